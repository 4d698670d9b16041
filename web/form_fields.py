"""Form fields: convert text typed into forms to JSON, and JSON to form text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, TypeAlias

from domain.areas import SIGNS
from domain.precision import Precision
from web.components import Choice, Field, Picked
from web.forms import (
    Unreadable,
    date_text,
    lines_of,
    nested,
    read_amount,
    read_date,
    read_day,
    read_number,
    slug_of,
    words_of,
)

_SLUG = re.compile(r"[a-z0-9_-]+", re.ASCII)
UNKNOWN = "unknown"
"""The choice "no longer known" (null); an empty choice means unchanged."""


class Reads(Enum):
    """How a field's text is parsed."""

    TEXT = auto()
    SLUG = auto()
    NUMBER = auto()
    AMOUNT = auto()
    CURRENCY = auto()
    MONTH = auto()
    DAY = auto()
    SIGN = auto()
    STANDING_SIGN = auto()
    ASSESSMENT = auto()
    CHOICE = auto()
    FUNCTIONS = auto()
    SEVERAL = auto()
    LINES = auto()
    FLAG = auto()
    CLEARS = auto()
    PERSON = auto()
    PEOPLE = auto()
    CLIENT = auto()
    CLIENTS = auto()


_MANY = (Reads.SEVERAL, Reads.PEOPLE, Reads.CLIENTS)
"""Fields with several values, separated by spaces."""

_COMPONENTS: Mapping[Reads, str] = {
    Reads.PERSON: "person",
    Reads.PEOPLE: "people",
    Reads.CLIENT: "client",
    Reads.CLIENTS: "clients",
    Reads.FLAG: "checkbox",
    Reads.CLEARS: "checkbox",
    Reads.FUNCTIONS: "radio",
    Reads.SEVERAL: "checks",
    Reads.LINES: "textarea",
    Reads.ASSESSMENT: "select",
}
"""The components of fields that always have the same one."""


@dataclass(frozen=True, slots=True)
class FormField:
    """A form field. `name` is its dotted JSON path; `choices` make it a list.

    `proposals` are suggestions; other text is allowed. A `guide` explains them one by one, to choose from. Adjacent
    fields with the same `row` share a line. A `CLEARS` field is a checkbox that sets the name without `.cleared` to
    null. A `PERSON` or `PEOPLE` field holds ids, found by typing names (see `people_fields`); `is_addable` offers to
    add a new person. A `CLIENT` or `CLIENTS` field holds slugs or ids in the same way (see `client_fields`). A button
    sets the field to its `default`.
    """

    name: str
    label: str
    reads: Reads = Reads.TEXT
    required: bool = False
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    proposals: tuple[str, ...] = ()
    guide: tuple[Choice, ...] = ()
    preset: str = ""
    long: bool = False
    row: str = ""
    is_addable: bool = True
    default: Choice | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def list_id(self) -> str:
        """The id of the list of suggestions."""
        return "l-" + self.name.replace(".", "-")

    def field(self, value: str, error: str = "", picked: Picked | None = None, blank: str = "") -> Field:
        """The component with its value and error. A value that is not among the choices is added to them.

        `picked` describes the values of a field that is filled by typing names.
        """
        options = dict(self.options)
        if self.proposals:
            options["list"] = self.list_id
        return Field(
            name=self.name,
            label=self.label,
            value=value,
            kind=self._kind(value),
            hint=self.hint,
            error=error or (picked.error if picked else ""),
            required=self.required,
            choices=self._choices_with(value),
            options=options,
            blank=blank,
            picked=picked,
            default=self.default,
        )

    def _choices_with(self, value: str) -> tuple[Choice, ...]:
        if self.reads not in (Reads.CHOICE, Reads.FUNCTIONS, Reads.SEVERAL, Reads.STANDING_SIGN) or not value:
            return self.choices
        values = value.split() if self.reads is Reads.SEVERAL else [value]
        offered = {choice.value for choice in self.choices}
        return (*self.choices, *(Choice(one, words_of(one)) for one in values if one not in offered))

    def _kind(self, value: str) -> str:
        if self.reads in _COMPONENTS:
            return _COMPONENTS[self.reads]
        if self.reads is Reads.STANDING_SIGN:
            return "select" if self.choices else "text"
        if self.reads is Reads.CHOICE:
            return "radio" if 0 < len(self.choices) <= 3 and self.required else "select"
        return "textarea" if self.long or "\n" in value else "text"

    def read(self, typed: str) -> Any:
        """Parse typed text to JSON; invalid text is returned unchanged for validation to refuse."""
        return _READERS.get(self.reads, str.strip)(typed)

    def typed(self, value: Any) -> str:
        """The text for a JSON value."""
        if value is None and self.reads is Reads.CHOICE:
            return UNKNOWN if any(choice.value == UNKNOWN for choice in self.choices) else ""
        write = _WRITERS.get(self.reads)
        return write(value) if write else "" if value is None else LINE_ENDS.sub("\n", str(value))


LINE_ENDS = re.compile(r"\r\n?")
"""Line ends as browsers send them; each becomes a line feed."""


def _slug_words(slug: str) -> str:
    """A slug in words, if they mean the same slug."""
    words = words_of(slug)
    return words if slug_of(words) == slug else slug


def _date_words(text: str) -> str:
    """A date (`2026-03-01`) or month (`2026-03`) as pages write it; any other text as it is."""
    try:
        parsed = read_date(text)
    except Unreadable:
        return text
    return date_text(parsed.on, parsed.precision)


def _month_text(typed: str) -> str:
    try:
        parsed = read_date(typed)
    except Unreadable:
        return typed.strip()
    return f"{parsed.on.year:04}-{parsed.on.month:02}" if parsed.precision is Precision.MONTH else typed.strip()


def _day_text(typed: str) -> str:
    try:
        return read_day(typed).isoformat()
    except Unreadable:
        return typed.strip()


def _sign_of(typed: str) -> str | None:
    """The sign with this id or title, or the text itself if it is a slug; None otherwise."""
    text = typed.strip()
    sign = _sign_titled(text) or (text.upper() if text.upper() in SIGNS else None)
    return sign or (text if _SLUG.fullmatch(text) else None)


def _sign_titled(typed: str) -> str | None:
    return {title.casefold(): sign for sign, title in SIGNS.items()}.get(typed.strip().casefold())


_READERS: Mapping[Reads, Callable[[str], Any]] = {
    Reads.SLUG: slug_of,
    Reads.NUMBER: read_number,
    Reads.AMOUNT: read_amount,
    Reads.CURRENCY: lambda typed: typed.strip().upper(),
    Reads.MONTH: _month_text,
    Reads.DAY: _day_text,
    Reads.SIGN: lambda typed: _sign_of(typed) or slug_of(typed),
    Reads.STANDING_SIGN: lambda typed: _sign_titled(typed) or typed.strip(),
    Reads.CHOICE: lambda typed: None if typed == UNKNOWN else typed,
    Reads.FUNCTIONS: lambda typed: typed.split("+"),
    **dict.fromkeys(_MANY, str.split),
    Reads.LINES: lines_of,
    Reads.FLAG: lambda typed: True,
    Reads.CLEARS: lambda typed: None,
}
"""How typed text becomes JSON, for fields that are not plain text."""

_WRITERS: Mapping[Reads, Callable[[Any], str]] = {
    Reads.FUNCTIONS: lambda value: "+".join(value or ()),
    **dict.fromkeys(_MANY, lambda value: " ".join(value or ())),
    Reads.LINES: lambda value: "\n".join(value or ()),
    Reads.FLAG: lambda value: "true" if value else "",
    Reads.CLEARS: lambda value: "",
    **dict.fromkeys((Reads.DAY, Reads.MONTH), lambda value: _date_words(value or "")),
    Reads.SLUG: _slug_words,
    **dict.fromkeys((Reads.SIGN, Reads.STANDING_SIGN), lambda value: SIGNS.get(str(value), str(value))),
}
"""How JSON becomes text, for fields that are not plain text."""


@dataclass(frozen=True, slots=True)
class FormSection:
    """Fields under a heading; without a `title` they have none."""

    title: str
    form_fields: tuple[FormField, ...]
    hint: str = ""


UNSTORABLE = "\ufffe"
"""Stands in a submitted text for each character that cannot be stored. No text on record has it."""
NOT_STORABLE = "has a character that cannot be stored; enter the text again"


class Typed:
    """The submitted form: all texts for each name, in order.

    `picked` describes, for each field of people, the people its ids refer to, or why they are ambiguous.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], picked: Mapping[str, Picked] = MappingProxyType({})) -> None:
        """`pairs` are names with texts, as submitted by a browser."""
        self.picked = picked
        self._texts: dict[str, list[str]] = {}
        for name, text in pairs:
            self._texts.setdefault(name, []).append(text)

    def text(self, name: str) -> str:
        """The first text of a name, or an empty text."""
        return self._texts.get(name, [""])[0]

    def has(self, name: str) -> bool:
        """Whether the form had a field of that name."""
        return name in self._texts

    def joined(self, name: str) -> str:
        """All non-empty texts of a name, separated by spaces."""
        return " ".join(text for text in self._texts.get(name, ()) if text)

    def of(self, form_field: FormField) -> str:
        """The text of a field."""
        return self.joined(form_field.name) if form_field.reads in _MANY else self.text(form_field.name)

    def unclear(self) -> list[tuple[str, str]]:
        """The fields with ambiguous names or characters that cannot be stored, each with the reason."""
        ambiguous = [(name, picked.error) for name, picked in self.picked.items() if picked.error]
        return [*ambiguous, *self.unstorable()]

    def unstorable(self) -> list[tuple[str, str]]:
        """The fields with characters that cannot be stored, each with the reason."""
        return [
            (name, NOT_STORABLE) for name, texts in self._texts.items() if any(UNSTORABLE in text for text in texts)
        ]

    def pairs(self) -> list[tuple[str, str]]:
        """All names with their texts."""
        return [(name, text) for name, texts in self._texts.items() for text in texts]


def body_of(form_fields: Iterable[FormField], typed: Typed) -> dict[str, Any]:
    """The form as nested JSON, without empty fields and without currencies that have no amount."""
    form_fields = list(form_fields)
    texts = {form_field.name: typed.of(form_field) for form_field in form_fields}
    values: list[tuple[str, Any]] = []
    for form_field in form_fields:
        text = texts[form_field.name]
        if not text.strip():
            continue
        name = form_field.name
        if form_field.reads is Reads.CLEARS:
            name = name.removesuffix(".cleared")
            values = [(other, value) for other, value in values if not other.startswith(f"{name}.")]
        elif form_field.reads is Reads.CURRENCY and not texts.get(name.removesuffix("currency") + "amount", "").strip():
            continue
        values.append((name, form_field.read(text)))
    return nested(values)


def typed_from(form_fields: Iterable[FormField], flat: Mapping[str, Any]) -> Typed:
    """The form text for flattened JSON."""
    return Typed(_typed_pairs(form_fields, flat))


def _typed_pairs(form_fields: Iterable[FormField], flat: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for form_field in form_fields:
        cleared = form_field.name.removesuffix(".cleared")
        if form_field.reads is Reads.CLEARS:
            if cleared in flat and flat[cleared] is None:
                yield form_field.name, "true"
        elif form_field.name in flat:
            yield form_field.name, form_field.typed(flat[form_field.name])


def preset_of(form_fields: Iterable[FormField]) -> Typed:
    """The form with its preset values."""
    return Typed((form_field.name, form_field.preset) for form_field in form_fields if form_field.preset)


Row: TypeAlias = list[tuple[FormField, Field]]
"""Fields that share a line."""


def painted(
    blocks: Sequence[FormSection], typed: Typed, errors: Mapping[str, str]
) -> list[tuple[FormSection, list[Row]]]:
    """The sections with their fields, row by row, ready to render."""
    return [(block, list(_rows(block, typed, errors))) for block in blocks]


def _rows(block: FormSection, typed: Typed, errors: Mapping[str, str]) -> Iterator[Row]:
    row: Row = []
    for form_field in block.form_fields:
        if row and (not form_field.row or row[-1][0].row != form_field.row):
            yield row
            row = []
        row.append(
            (
                form_field,
                form_field.field(
                    typed.of(form_field), errors.get(form_field.name, ""), typed.picked.get(form_field.name)
                ),
            )
        )
    if row:
        yield row
