"""Parses what people type into forms: dates in several spellings, slugs from words, dotted names as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from api.clock import day_in
from domain.precision import Precision, day_words, month_number
from web.charts.wording import effective_words

_SPELLINGS = tuple(
    (re.compile(pattern, re.ASCII), precision)
    for pattern, precision in (
        (r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", Precision.DAY),
        (r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})", Precision.DAY),
        (r"(?P<day>\d{1,2})\.? (?P<name>[a-z]+)\.?,? (?P<year>\d{4})", Precision.DAY),
        (r"(?P<name>[a-z]+)\.? (?P<day>\d{1,2}),? (?P<year>\d{4})", Precision.DAY),
        (r"(?P<year>\d{4})-(?P<month>\d{1,2})", Precision.MONTH),
        (r"(?P<name>[a-z]+)\.? (?P<year>\d{4})", Precision.MONTH),
        (r"(?P<year>\d{4})[- ]?q(?P<quarter>[1-4])", Precision.QUARTER),
        (r"q(?P<quarter>[1-4])[- ]?(?P<year>\d{4})", Precision.QUARTER),
        (r"(?P<year>\d{4})", Precision.YEAR),
    )
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:[, ']\d{3})+(\.\d+)?", re.ASCII)

HOW_DATES_ARE_TYPED = "Type a date like 2026-03-01, 1 Mar 2026, Mar 2026, 2026-Q1 or 2026."

HOW_DAYS_ARE_TYPED = "Type a date like 2026-03-01 or 1 Mar 2026."
_CALENDAR_QUARTER = "A quarter here is one of the calendar year, like 2026-Q1."


class Unreadable(ValueError):  # noqa: N818  (said like the domain's refusals)
    """The text cannot be parsed; the message explains the expected form."""


@dataclass(frozen=True, slots=True)
class TypedDate:
    """A date with its precision: the first day of the period."""

    on: date
    precision: Precision


def read_date(text: str) -> TypedDate:
    """Parse a date in a common spelling; a month, quarter or year has that precision.

    Quarters are calendar quarters. With dots the day comes first; with slashes a part over 12 has to tell day and month
    apart. Raises `Unreadable`.
    """
    typed = " ".join(text.lower().split())
    if typed.startswith("fy"):
        raise Unreadable(_CALENDAR_QUARTER)
    try:
        parts = _parts(typed)
        if parts is None:
            raise Unreadable(HOW_DATES_ARE_TYPED)
        year, month, day, precision = parts
        return TypedDate(date(year, month, day), precision)
    except ValueError as fault:
        raise fault if isinstance(fault, Unreadable) else Unreadable("There is no such day in the calendar.") from None


def _parts(typed: str) -> tuple[int, int, int, Precision] | None:
    """Year, month, day and precision of a date in one of the spellings."""
    if match := _SLASHED.fullmatch(typed):
        return _slashed(int(match[1]), int(match[2]), int(match[3]))
    for pattern, precision in _SPELLINGS:
        if (match := pattern.fullmatch(typed)) and (month := _month_of(parts := match.groupdict())) is not None:
            return int(parts["year"]), month, int(parts.get("day", "1")), precision
    return None


def _month_of(parts: Mapping[str, str]) -> int | None:
    """The month by its number or name, or the first of a quarter or year; null for a word that names no month."""
    if "name" in parts:
        return month_number(parts["name"]) or None
    return 3 * int(parts["quarter"]) - 2 if "quarter" in parts else int(parts.get("month", "1"))


def _slashed(one: int, other: int, year: int) -> tuple[int, int, int, Precision]:
    """A date with slashes, in which day or month can come first."""
    if one == other or one > 12 >= other:
        return year, other, one, Precision.DAY
    if other > 12 >= one:
        return year, one, other, Precision.DAY
    either = date(year, other, one), date(year, one, other)
    raise Unreadable(f"This can be two days. Enter {' or '.join(map(day_words, either))}.")


def date_text(on: date, precision: Precision = Precision.DAY) -> str:
    """A date as forms and pages write it, which `read_date` parses: `1 Mar 2026`, `Mar 2026`, `Q1 2026` or `2026`."""
    return effective_words(on, precision)


def read_day(text: str) -> date:
    """Parse a date with day precision. Raises `Unreadable`."""
    try:
        typed = read_date(text)
    except Unreadable as fault:
        raise (
            Unreadable(HOW_DAYS_ARE_TYPED) if str(fault) in (HOW_DATES_ARE_TYPED, _CALENDAR_QUARTER) else fault
        ) from None
    if typed.precision is not Precision.DAY:
        raise Unreadable("Type a whole date, like 2026-03-01 or 1 Mar 2026.")
    return typed.on


def read_instant(text: str, zone: tzinfo = UTC) -> datetime:
    """Parse an instant (RFC 3339 with a zone), or a day as its end in a time zone. Raises `Unreadable`."""
    typed = text.strip().replace(" ", "+") if "T" in text.upper() else text
    if "T" in typed.upper():
        try:
            instant = datetime.fromisoformat(typed.upper().replace("Z", "+00:00"))
            if instant.tzinfo is not None:
                return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise Unreadable("Type an instant like 2026-03-31T09:30:00Z, or a day.")
    try:
        return end_of(read_day(text), zone)
    except OverflowError:
        raise Unreadable("There is no such day in the calendar.") from None


def read_known_at(text: str, zone: tzinfo, now: datetime) -> datetime:
    """An instant or the end of a day in a time zone, of which the end of today is now. Raises `Unreadable`."""
    instant = read_instant(text, zone)
    return now if instant == end_of(day_in(now, zone), zone) else instant


def start_of(day: date, zone: tzinfo) -> datetime:
    """The midnight with which a day begins in a time zone, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def end_of(day: date, zone: tzinfo = UTC) -> datetime:
    """The last microsecond of a day in a time zone, as UTC."""
    return datetime.combine(day, time.max, zone).astimezone(UTC)


def read_number(text: str) -> Decimal | str:
    """Parse a number, with or without digit grouping; invalid text is returned unchanged for validation to refuse."""
    typed = text.strip()
    plain = re.sub(r"[, ']", "", typed) if _GROUPED.fullmatch(typed) else typed
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return typed
    return number if number.is_finite() and len(plain) <= 40 else typed


def read_amount(text: str) -> str:
    """Parse an amount of money to the API's decimal text, without grouping."""
    typed = text.strip()
    return re.sub(r"[, ']", "", typed) if _GROUPED.fullmatch(typed) else typed


def slug_of(text: str) -> str:
    """A slug from words: `Model evaluation` becomes `model_evaluation`; text without letters is returned unchanged."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "_".join(words) if words else text.strip()


def words_of(slug: str) -> str:
    """A slug for display: `model_evaluation` becomes `Model evaluation`, `ai_risk` becomes `AI risk`."""
    parts = [part for part in slug.replace("-", "_").split("_") if part]
    words = [_SPELLED.get(part, part.upper() if place and len(part) == 1 else part) for place, part in enumerate(parts)]
    text = " ".join(words) or slug
    return text[0].upper() + text[1:]


_SPELLED = {"ai": "AI", "mlops": "MLOps", "cto": "CTO", "caio": "CAIO", "roi": "ROI", "soc2": "SOC 2"}


def lines_of(text: str) -> list[str]:
    """The non-empty lines of a text."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def nested(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Nest dotted names into objects; levels with only numeric names become lists in that order."""
    tree: dict[str, Any] = {}
    for name, value in values:
        *path, last = name.split(".")
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = value
    return {name: _listed(branch) for name, branch in tree.items()}


def _listed(branch: Any) -> Any:
    if not isinstance(branch, dict):
        return branch
    members = {name: _listed(member) for name, member in branch.items()}
    if members and all(name.isdecimal() for name in members):
        return [members[name] for name in sorted(members, key=int)]
    return members


def flattened(value: Any, prefix: str = "") -> dict[str, Any]:
    """Flatten nested objects and lists to dotted names; the inverse of `nested`."""
    if isinstance(value, Mapping):
        members: Iterable[tuple[str, Any]] = value.items()
    elif isinstance(value, list) and value and all(isinstance(member, Mapping) for member in value):
        members = ((str(place), member) for place, member in enumerate(value))
    else:
        return {prefix: value}
    flat: dict[str, Any] = {}
    for name, member in members:
        flat.update(flattened(member, f"{prefix}.{name}" if prefix else name))
    return flat
