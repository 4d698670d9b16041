"""Parses dates as people write them in tables. A date that can be read in two ways is never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from api.imports.tables.grid import Cell, ShownDate
from api.imports.tables.months import month_number
from domain.precision import FULL_MONTH_NAMES, Precision
from domain.text import fold

_MIDNIGHT = r"(?:[t ]00:00(?::00(?:\.0+)?)?z?)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_MIDNIGHT}", re.ASCII)
_DAY_WORDS = re.compile(
    rf"(?:[a-z]+\.?,? )?(\d{{1,2}})(?:st|nd|rd|th|er|o|\.)?[ -](?:de )?([a-z]+)\.?,?[ -](?:de )?(\d{{4}}){_MIDNIGHT}",
    re.ASCII,
)
_WORDS_DAY = re.compile(rf"(?:[a-z]+, )?([a-z]+)\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_MIDNIGHT}", re.ASCII)
_DOTS = re.compile(rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}){_MIDNIGHT}", re.ASCII)
_SLASHES = re.compile(rf"(\d{{1,2}})([/-])(\d{{1,2}})\2(\d{{4}}){_MIDNIGHT}", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})", re.ASCII)
_MONTH_FIRST = re.compile(r"(\d{1,2})[/.](\d{4})", re.ASCII)
_MONTH_WORDS = re.compile(r"([a-z]+)\.?,?[ -](?:de )?(\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})[- /]?q([1-4])", re.ASCII)
_QUARTER_FIRST = re.compile(r"q([1-4])[- /]?(\d{4})", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_SERIAL = re.compile(r"\d{5,6}(?:[.,]0+)?", re.ASCII)
_TIMED = re.compile(r".*\d[t ]\d{1,2}:\d{2}.*", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}", re.ASCII)

_FORMS = "must be a date like 2026-03-01, 1 Mar 2026, 01.03.2026, 2026-03, 2026-Q1 or 2026"
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class DateOrder(StrEnum):
    """The order of day and month in dates with slashes."""

    DMY = "dmy"
    MDY = "mdy"


class UnreadableDate(ValueError):  # noqa: N818  (named like the domain's refusals)
    """A cell holds no date; the message says what is wrong."""


class AmbiguousDate(UnreadableDate):
    """A date with slashes is ambiguous without a date order."""


@dataclass(frozen=True, slots=True)
class TableDate:
    """A date and its precision; of a period, `on` is the first day."""

    on: date
    precision: Precision = Precision.DAY


def read_date(cell: Cell, order: DateOrder | None = None, *, starts_1904: bool = False) -> TableDate:
    """Parse a date cell. Quarters are calendar quarters. Raises `UnreadableDate` and `AmbiguousDate`."""
    match cell:
        case ShownDate():
            parsed = _shown(cell)
        case datetime():
            parsed = TableDate(_day_at_midnight(cell))
        case date():
            parsed = TableDate(cell)
        case bool():
            raise UnreadableDate(_FORMS)
        case int() | Decimal():
            parsed = _number(Decimal(cell), starts_1904)
        case str():
            parsed = _text(" ".join(cell.lower().split()), order, starts_1904)
        case _:
            raise UnreadableDate(_FORMS)
    if not _FIRST_YEAR <= parsed.on.year <= _LAST_YEAR:
        raise UnreadableDate(f"must be between {_FIRST_YEAR} and {_LAST_YEAR}")
    return parsed


def _shown(cell: ShownDate) -> TableDate:
    precision = Precision(cell.shows)
    return TableDate(cell.on, precision if precision.is_first_day(cell.on) else Precision.DAY)


def _day_at_midnight(instant: datetime) -> date:
    if instant.time() != time.min:
        raise UnreadableDate("has a time of day; enter only the date")
    return instant.date()


def _number(number: Decimal, starts_1904: bool) -> TableDate:
    """A year, or the serial number of a day."""
    if number != number.to_integral_value():
        raise UnreadableDate("has a time of day; enter only the date")
    if _FIRST_YEAR <= number <= _LAST_YEAR:
        return TableDate(date(int(number), 1, 1), Precision.YEAR)
    if not 10_000 <= number <= 200_000:
        raise UnreadableDate(_FORMS)
    # in the 1900 system day 60 is a 29 February that never was; all days accepted here come after it
    return TableDate((date(1904, 1, 1) if starts_1904 else date(1899, 12, 30)) + timedelta(days=int(number)))


def _text(typed: str, order: DateOrder | None, starts_1904: bool) -> TableDate:
    if typed.startswith("fy"):
        raise UnreadableDate("must be a calendar quarter like 2026-Q1, not one of a fiscal year")
    if _SERIAL.fullmatch(typed):
        try:
            return _number(Decimal(typed.replace(",", ".")), starts_1904)
        except InvalidOperation:
            raise UnreadableDate(_FORMS) from None
    if match := _SLASHES.fullmatch(typed):
        return TableDate(_with_order(int(match[1]), int(match[3]), int(match[4]), order))
    words = fold(typed)
    parts = _day_parts(words)
    if parts is not None:
        return TableDate(_day(*parts))
    period = _period_parts(words)
    if period is not None:
        year, month, precision = period
        return TableDate(_day(year, month, 1), precision)
    if _SHORT_YEAR.fullmatch(typed):
        raise UnreadableDate("must have a year of four digits")
    if _TIMED.fullmatch(typed):
        raise UnreadableDate("has a time of day; enter only the date")
    raise UnreadableDate(_FORMS)


def _with_order(first: int, second: int, year: int, order: DateOrder | None) -> date:
    if order is None and first != second and first <= 12 and second <= 12:
        raise AmbiguousDate(f"{first:02}/{second:02}/{year} can be a day in {_name(first)} or in {_name(second)}")
    is_month_first = order is DateOrder.MDY if order is not None else second > 12
    return _day(year, first, second) if is_month_first else _day(year, second, first)


def _name(month: int) -> str:
    return FULL_MONTH_NAMES[month - 1] if 1 <= month <= 12 else str(month)


def _day_parts(typed: str) -> tuple[int, int, int] | None:
    if match := _ISO.fullmatch(typed):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DOTS.fullmatch(typed):
        return int(match[3]), int(match[2]), int(match[1])
    if (match := _DAY_WORDS.fullmatch(typed)) and (month := month_number(match[2])):
        return int(match[3]), month, int(match[1])
    if (match := _WORDS_DAY.fullmatch(typed)) and (month := month_number(match[1])):
        return int(match[3]), month, int(match[2])
    return None


def _period_parts(typed: str) -> tuple[int, int, Precision] | None:
    if match := _MONTH.fullmatch(typed):
        return int(match[1]), int(match[2]), Precision.MONTH
    if match := _MONTH_FIRST.fullmatch(typed):
        return int(match[2]), int(match[1]), Precision.MONTH
    if (match := _MONTH_WORDS.fullmatch(typed)) and (month := month_number(match[1])):
        return int(match[2]), month, Precision.MONTH
    if match := _QUARTER.fullmatch(typed):
        return int(match[1]), 3 * int(match[2]) - 2, Precision.QUARTER
    if match := _QUARTER_FIRST.fullmatch(typed):
        return int(match[2]), 3 * int(match[1]) - 2, Precision.QUARTER
    if _YEAR.fullmatch(typed):
        return int(typed), 1, Precision.YEAR
    return None


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableDate("is not a day of the calendar") from None
