"""Parses the cells of a table into the JSON values of fields, by the type of the field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import EnumMeta
from functools import lru_cache
from typing import Any

from api.imports.tables.dates import AmbiguousDate, DateOrder, TableDate, UnreadableDate, read_date
from api.imports.tables.grid import Cell, CellFault, text_of
from api.imports.tables.people import PeopleInTable
from domain.field_types import FieldSpec, FieldType
from domain.precision import Precision
from domain.seats import BOTH, Function
from domain.text import fold

UNKNOWN = "unknown"
"""What a cell says for a value that is not known, where an empty cell means "as before"."""

_LINKS = re.compile(r"\s*[;\n]\s*(?=https?://)|\s+(?=https?://)", re.IGNORECASE)
_FUNCTIONS_BY_WORD: Mapping[str, tuple[Function, ...]] = {
    "technology": (Function.TECHNOLOGY,),
    "tech": (Function.TECHNOLOGY,),
    "cto": (Function.TECHNOLOGY,),
    "ai": (Function.AI,),
    "caio": (Function.AI,),
    "both": BOTH,
}
_TRUE, _FALSE = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_COMMA_NUMBER = re.compile(r"[+-]?\d+(,\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[, ']\d{3})+(\.\d+)?", re.ASCII)
_GROUPED_COMMA = re.compile(r"[+-]?\d{1,3}(?:[. ']\d{3})+(,\d+)?", re.ASCII)
_ONLY_COMMA = re.compile(
    r"(?:[A-Z]{3} ?)?[+-]?(?:\d+(?:[ ']\d{3})*,(?:\d{1,2}|\d{4,})|\d{1,3}(?:\.\d{3})+,\d+)(?: ?[A-Z]{3})?",
    re.ASCII | re.I,
)
"""A number, with or without a currency, of which the comma can only be the decimal sign."""
_CURRENCY_LAST = re.compile(r"(.*[\d])\s*([A-Za-z]{3})", re.ASCII)
_CURRENCY_FIRST = re.compile(r"([A-Za-z]{3})\s*([\d+-].*)", re.ASCII)
_WORD_FOR_NULL = re.compile(r'"*(?:unknown|null)"*', re.IGNORECASE)
_QUOTED_WORD = re.compile(r'"+(?:unknown|null)"+', re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u202f]+")


class UnreadableCell(ValueError):  # noqa: N818  (named like the domain's refusals)
    """A cell holds no value of its field; the message says what is wrong."""


class UnorderedDates(Exception):  # noqa: N818  (named like the domain's refusals)
    """A date of the file can be read in two ways, and no date order was given."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(slots=True)
class RowCells:
    """The non-empty cells of a row by our column. Problems are collected, so that a row names all of them."""

    number: int
    cells: Mapping[str, Cell]
    values: ValueReader
    faults: list[tuple[str, str]] = field(default_factory=list)
    people: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of a column and the ref of the person that it names."""
    used: set[str] = field(default_factory=set)
    default_employer: str | None = None
    """Whom a new holder works for if no column says so."""

    def has(self, column: str) -> bool:
        """Whether the row has a value in the column."""
        return column in self.cells

    def below(self, path: str) -> bool:
        """Whether the row has a value in a column below the path."""
        return any(column.startswith(f"{path}.") for column in self.cells)

    def take(self, column: str) -> Cell:
        """The cell of a column; it counts as used."""
        self.used.add(column)
        return self.cells[column]

    def text(self, column: str) -> str:
        """The text of a column; empty without a value, or if the cell has no usable one (the fault is collected)."""
        return str(self.read(column, text_of) or "").strip()

    def read(self, column: str, parse: Callable[[Cell], Any]) -> Any:
        """The parsed value of a column; null without a value, or if it cannot be parsed (the fault is collected)."""
        if column not in self.cells:
            return None
        cell = self.take(column)
        if isinstance(cell, CellFault):
            self.faults.append((column, cell.message))
            return None
        try:
            return parse(cell)
        except AmbiguousDate as fault:
            raise UnorderedDates(column, str(fault)) from None
        except (UnreadableCell, UnreadableDate) as fault:
            self.faults.append((column, str(fault)))
            return None

    def person(self, column: str, employer: str | None) -> str | None:
        """The ref of the person that a column names."""
        ref = self.read(column, lambda cell: self.values.people.ref_of(text_of(cell), employer))
        if ref is None:
            return None
        self.people.append((column, ref))
        return str(ref)


@dataclass(frozen=True, slots=True)
class ValueReader:
    """Parses cells by the rules of one file."""

    has_decimal_comma: bool
    starts_1904: bool
    date_order: DateOrder | None
    people: PeopleInTable

    def date(self, cell: Cell) -> TableDate:
        """A date with its precision. Raises `UnreadableDate` and `AmbiguousDate`."""
        return read_date(cell, self.date_order, starts_1904=self.starts_1904)

    def day(self, cell: Cell) -> str:
        """A whole date in ISO form."""
        parsed = self.date(cell)
        if parsed.precision is not Precision.DAY:
            raise UnreadableDate("must be a whole date like 2026-03-01")
        return parsed.on.isoformat()

    def month(self, cell: Cell) -> str:
        """A calendar month like `2026-03`; the first day of a month is one too, as workbooks store months so."""
        parsed = self.date(cell)
        if parsed.precision is Precision.MONTH or (parsed.precision is Precision.DAY and parsed.on.day == 1):
            return f"{parsed.on:%Y-%m}"
        raise UnreadableDate("must be a month like 2026-03")

    def number(self, cell: Cell) -> Decimal:
        """A decimal number. Raises `UnreadableCell`."""
        if isinstance(cell, bool | date):
            raise UnreadableCell("must be a number")
        if isinstance(cell, int | Decimal):
            return Decimal(cell)
        typed = _as_typed(cell)
        plain, grouped = (_COMMA_NUMBER, _GROUPED_COMMA) if self.has_decimal_comma else (_PLAIN_NUMBER, _GROUPED)
        if self.has_decimal_comma and _PLAIN_NUMBER.fullmatch(typed):
            if grouped.fullmatch(typed):
                raise UnreadableCell(f"{typed} can be read in two ways; write it without a point")
            return Decimal(typed)
        if not plain.fullmatch(typed) and not grouped.fullmatch(typed):
            raise UnreadableCell(f"must be a number like {'12,5' if self.has_decimal_comma else '12.5'}")
        if self.has_decimal_comma:
            typed = typed.replace(".", "").replace(",", ".")
        try:
            return Decimal(re.sub(r"[, ']", "", typed))
        except InvalidOperation:
            raise UnreadableCell("must be a number") from None

    def count(self, cell: Cell) -> int:
        """A whole number. Raises `UnreadableCell`."""
        number = self.number(cell)
        if number != number.to_integral_value():
            raise UnreadableCell("must be a whole number")
        return int(number)

    def money(self, row: RowCells, path: str) -> Mapping[str, str] | None:
        """Money from one cell (`8500.00 USD`), or from an amount and a currency."""
        column = path if row.has(path) else f"{path}.amount"
        currency = row.read(f"{path}.currency", lambda cell: text_of(cell).strip().upper())
        amount = row.read(column, self._amount)
        if amount is None:
            if currency is not None and not row.has(column):
                row.faults.append((f"{path}.currency", "has no amount"))
            return None
        number, own_currency = amount
        if own_currency and currency and own_currency != currency:
            row.faults.append((f"{path}.currency", f"differs from {own_currency} in {column}"))
        if not (own_currency or currency):
            row.faults.append((column, "must have a currency, for example 8500.00 USD"))
            return None
        return {"amount": f"{number:f}", "currency": own_currency or currency}

    def one_cell_money(self, cell: Cell) -> Mapping[str, str]:
        """Money with its currency in one cell. Raises `UnreadableCell`."""
        number, currency = self._amount(cell)
        if not currency:
            raise UnreadableCell("must have a currency, for example 8500.00 USD")
        return {"amount": f"{number:f}", "currency": currency}

    def _amount(self, cell: Cell) -> tuple[Decimal, str]:
        typed = text_of(cell).strip() if isinstance(cell, str) else ""
        if match := _CURRENCY_LAST.fullmatch(typed):
            return self._positive(match[1].strip()), match[2].upper()
        if match := _CURRENCY_FIRST.fullmatch(typed):
            return self._positive(match[2].strip()), match[1].upper()
        return self._positive(cell), ""

    def _positive(self, cell: Cell) -> Decimal:
        try:
            number = self.number(cell)
        except UnreadableCell as fault:
            form = "8500,00 EUR" if self.has_decimal_comma else "8500.00 USD"
            message = str(fault) if "two ways" in str(fault) else f"must be an amount like {form}"
            raise UnreadableCell(message) from None
        if number < 0:
            raise UnreadableCell("must not be negative")
        return number

    def plain(self, spec: FieldSpec, cell: Cell) -> Any:
        """The value of a field that is neither a part, money nor a person."""
        match spec.type:
            case FieldType.MONTH:
                return self.month(cell)
            case FieldType.WORKED_HOURS | FieldType.MEASURE | FieldType.AGREED_HOURS:
                return self.number(cell)
            case FieldType.COUNT:
                return self.count(cell)
            case None if spec.value is bool:
                return flag(cell)
            case None if spec.value is date:
                return self.day(cell)
            case None if isinstance(spec.value, EnumMeta):
                return member(spec.value, cell)
            case _:
                return without_quotes(text_of(cell).strip())


def has_decimal_comma(cell: Cell) -> bool:
    """Whether a cell is a text with a number such as `4200,50`, which can be read in one way only."""
    return isinstance(cell, str) and "," in cell and _ONLY_COMMA.fullmatch(_as_typed(cell)) is not None


def _as_typed(cell: Cell) -> str:
    """The text of a number with plain signs, apostrophes and spaces."""
    return _SPACES.sub(" ", text_of(cell).strip().replace("\u2212", "-").replace("\u2019", "'"))


def is_word_for_null(text: str) -> bool:
    """Whether a text stands for a value that is not known."""
    return text.lower() in (UNKNOWN, "null")


def quoted_word(text: str) -> str:
    """A text as a cell: in quotes where it would otherwise be read as a value that is not known."""
    return f'"{text}"' if _WORD_FOR_NULL.fullmatch(text) else text


def without_quotes(text: str) -> str:
    """The inverse of `quoted_word`."""
    return text[1:-1] if _QUOTED_WORD.fullmatch(text) else text


def flag(cell: Cell) -> bool:
    """A yes or no. Raises `UnreadableCell`."""
    word = text_of(cell).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise UnreadableCell("must be yes or no")


def member(members: Any, cell: Cell) -> str:
    """The member of an enumeration that a cell names, as its value or in words. Raises `UnreadableCell`."""
    word = slug_of(text_of(cell))
    by_word = _members_by_word(members)
    if word in by_word:
        return by_word[word]
    if members is Function and word in _FUNCTIONS_BY_WORD and len(_FUNCTIONS_BY_WORD[word]) == 1:
        return _FUNCTIONS_BY_WORD[word][0].value
    raise UnreadableCell("must be one of " + ", ".join(str(one.value) for one in members))


@lru_cache(maxsize=1024)
def _members_by_word(members: Any) -> Mapping[str, str]:
    """The values of an enumeration's members by every word for them."""
    words = {slug_of(getattr(one, "label", "")): str(one.value) for one in members}
    return words | {slug_of(str(one.value)): str(one.value) for one in members}


def functions(cell: Cell) -> list[str]:
    """Functions such as `technology+ai`. Raises `UnreadableCell`."""
    words = [word for word in re.split(r"[+;,/&\s]+|\band\b", text_of(cell).strip().lower()) if word]
    if not words or any(word not in _FUNCTIONS_BY_WORD for word in words):
        raise UnreadableCell("must be technology, ai or technology+ai")
    return [function.value for word in words for function in _FUNCTIONS_BY_WORD[word]]


def items(cell: Cell) -> list[str]:
    """A list separated by semicolons, or written as a JSON list. Raises `UnreadableCell`."""
    text = text_of(cell).strip()
    if text.startswith("["):
        try:
            listed = json.loads(text)
        except ValueError:
            listed = None
        if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
            return listed
    return [item.strip() for item in text.split(";") if item.strip()]


def links(cell: Cell) -> list[str]:
    """URLs separated by semicolons, blanks or line breaks, or written as a JSON list."""
    if text_of(cell).strip().startswith("["):
        return items(cell)
    return [link.strip().rstrip(";").strip() for link in _LINKS.split(text_of(cell).strip()) if link.strip()]


def slug_of(text: str) -> str:
    """A word or a phrase as lower-case letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", fold(text)).strip("_")
