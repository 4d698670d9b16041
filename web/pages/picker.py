"""Form fields for people and clients that are searched by name.

A picker sends four fields: the value, the typed name (`.name`), the name the value was shown with (`.for`) and the
choice among several matches (`.pick`). If both names are equal, the value is kept, even if the caller may not see it.
Otherwise the typed name is searched; if it does not match exactly one value, the form asks which one was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from web.components import Choice, Picked
from web.form_fields import FormField, Typed

MAX_MATCHES = 8
"""How many matches a picker shows at once."""

NAME, STANDS_FOR, PICK = ".name", ".for", ".pick"
MORE = " There are more; type more of the name."


@dataclass(frozen=True, slots=True)
class Matches:
    """The result of a search: exact matches, similar ones, and whether there are more."""

    exact: Sequence[Choice]
    similar: Sequence[Choice]
    more: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picker's values come from, and its messages.

    `is_value` distinguishes a value from a name, `describe` returns choices for values (unknown ones included), and
    `search` finds values by name. `nothing`, `several` and `similar` are the messages for no match, several exact
    matches and only similar ones. `addable`: a new name may be added.
    """

    is_value: Callable[[str], bool]
    describe: Callable[[Iterable[str]], tuple[Choice, ...]]
    search: Callable[[str], Matches]
    nothing: str
    several: str
    similar: str
    addable: bool = False


def look_up(form_field: FormField, typed: Typed, source: Source, *, takes_several: bool) -> tuple[list[str], Picked]:
    """Resolve a picker's input. Returns its values and how the field is shown."""
    values = typed.of(form_field).split()
    text = " ".join(typed.text(form_field.name + NAME).split())
    stands_for = " ".join(typed.text(form_field.name + STANDS_FOR).split())
    chosen = typed.joined(form_field.name + PICK).split() if text == stands_for else []
    if takes_several:
        return _several([*values, *chosen], "" if chosen else text, source)
    if chosen:
        return _one(chosen[:1], source)
    if not typed.has(form_field.name + NAME):
        if not values or source.is_value(values[0]):
            return _one(values[:1], source)
        text = " ".join(typed.text(form_field.name).split())
    elif values and text == stands_for:
        return values[:1], Picked(source.describe(values[:1]), text, stands_for)
    if not text:
        return [], Picked()
    match, unclear = _search(text, source)
    return ([match.value], Picked((match,), match.label, match.label)) if match else ([], unclear)


def with_values(
    typed: Typed, values: Mapping[str, list[str]], picked: Mapping[str, Picked], also: Iterable[str] = ()
) -> Typed:
    """The form with the resolved values of its pickers instead of their raw input; fields in `also` are removed."""
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
    """The single exact match for a text, or how the field asks for a choice."""
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
