"""Fields whose values are found by typing names: what was typed, which values it means, and what the form asks back.

Four fields belong together: the value, the name that was typed (`.name`), the name that the value stands for (`.for`)
and what was chosen among several matches (`.pick`). As long as the two names are the same the value stands, also one
that the reader cannot look up. Another name is looked up; where it does not mean one value for certain, the form asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from web.components import Choice, Picked
from web.form_fields import FormField, Typed

OFFERED = 8
"""How many matches are offered at once."""

NAME, STANDS_FOR, PICK = ".name", ".for", ".pick"
MORE = " There are more; type more of the name."


@dataclass(frozen=True, slots=True)
class Matches:
    """What a text may mean: the values that it means exactly, all that resemble it, and whether there are more."""

    exact: Sequence[Choice]
    similar: Sequence[Choice]
    more: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where the values of a field come from, and the words for what a text does not find.

    `is_value` tells a value from a name, `describe` shows values, unknown ones included, and `search` finds values by
    a text. `nothing`, `several` and `similar` say what a text found instead of one value; `addable` is whether a new
    name may be put on record.
    """

    is_value: Callable[[str], bool]
    describe: Callable[[Iterable[str]], tuple[Choice, ...]]
    search: Callable[[str], Matches]
    nothing: str
    several: str
    similar: str
    addable: bool = False


def look_up(ask: FormField, typed: Typed, source: Source, *, takes_several: bool) -> tuple[list[str], Picked]:
    """The values of a field, and what the field shows."""
    values = typed.of(ask).split()
    text = " ".join(typed.text(ask.name + NAME).split())
    stands_for = " ".join(typed.text(ask.name + STANDS_FOR).split())
    chosen = typed.joined(ask.name + PICK).split() if text == stands_for else []
    if takes_several:
        return _several([*values, *chosen], "" if chosen else text, source)
    if chosen:
        return _one(chosen[:1], source)
    if not typed.has(ask.name + NAME):
        if not values or source.is_value(values[0]):
            return _one(values[:1], source)
        text = " ".join(typed.text(ask.name).split())
    elif values and text == stands_for:
        return values[:1], Picked(source.describe(values[:1]), text, stands_for)
    if not text:
        return [], Picked()
    match, unclear = _search(text, source)
    return ([match.value], Picked((match,), match.label, match.label)) if match else ([], unclear)


def with_values(
    typed: Typed, values: Mapping[str, list[str]], picked: Mapping[str, Picked], also: Iterable[str] = ()
) -> Typed:
    """What was typed, with the values of some fields in place of all that was typed to find them; `also` is dropped."""
    dropped = {name + suffix for name in values for suffix in ("", NAME, STANDS_FOR, PICK)} | set(also)
    pairs = [(name, text) for name, text in typed.pairs() if name not in dropped]
    pairs += [(name, text) for name, texts in values.items() for text in texts]
    return Typed(pairs, {**typed.picked, **picked})


def _one(values: list[str], source: Source) -> tuple[list[str], Picked]:
    shown = source.describe(values)
    if not shown:
        return [], Picked()
    return values, Picked(shown, shown[0].label, shown[0].label)


def _several(values: list[str], text: str, source: Source) -> tuple[list[str], Picked]:
    if not text:
        return values, Picked(source.describe(values))
    match, unclear = _search(text, source)
    if match is None:
        return values, replace(unclear, people=source.describe(values))
    values = list(dict.fromkeys([*values, match.value]))
    return values, Picked(source.describe(values))


def _search(text: str, source: Source) -> tuple[Choice | None, Picked]:
    """The one value that a text means for certain, or what to ask."""
    matches = source.search(text)
    if len(matches.exact) == 1:
        return matches.exact[0], Picked()
    addable = text if source.addable else ""
    if not matches.similar:
        return None, Picked(text=text, stands_for=text, error=source.nothing, addable=addable)
    shown = tuple(matches.exact or matches.similar)
    more = matches.more and len(matches.exact) in (0, len(matches.similar))
    error = (source.several if matches.exact else source.similar) + (MORE if more else "")
    return None, Picked((), text, text, shown, error, addable)
