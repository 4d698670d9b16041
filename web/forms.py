"""What people type into forms, read kindly: dates in several spellings, slugs from words, dotted names as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from api.schemas.firm import day_in
from domain.precision import Precision

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DAY_WORDS = re.compile(r"(\d{1,2})\.? ([a-z]+)\.?,? (\d{4})", re.ASCII)
_WORDS_DAY = re.compile(r"([a-z]+)\.? (\d{1,2}),? (\d{4})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
_MONTH_WORDS = re.compile(r"([a-z]+)\.? (\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})[- ]?q([1-4])", re.ASCII)
_QUARTER_WORDS = re.compile(r"q([1-4])[- ]?(\d{4})", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:[, ']\d{3})+(\.\d+)?", re.ASCII)

HOW_DATES_ARE_TYPED = "Type a date like 2026-03-01, 1 Mar 2026, Mar 2026, 2026-Q1 or 2026."


class Unreadable(ValueError):  # noqa: N818  (said like the domain's refusals)
    """What was typed cannot be read; the message says how it can be typed."""


@dataclass(frozen=True, slots=True)
class TypedDate:
    """A date as exactly as it was typed: the first day of the period that its precision names."""

    on: date
    precision: Precision


def read_date(text: str) -> TypedDate:
    """A date from one of the spellings people use; a month, a quarter or a year gives that precision.

    Quarters are those of the calendar year. Raises `Unreadable`.
    """
    typed = " ".join(text.lower().split())
    if typed.startswith("fy"):
        raise Unreadable("A quarter here is one of the calendar year, like 2026-Q1.")
    try:
        found = _parts(typed)
        if found is None:
            raise Unreadable(HOW_DATES_ARE_TYPED)
        year, month, day, precision = found
        return TypedDate(date(year, month, day), precision)
    except ValueError as fault:
        raise fault if isinstance(fault, Unreadable) else Unreadable("There is no such day in the calendar.") from None


def _parts(typed: str) -> tuple[int, int, int, Precision] | None:
    if found := _DAY.fullmatch(typed):
        return int(found[1]), int(found[2]), int(found[3]), Precision.DAY
    if (found := _DAY_WORDS.fullmatch(typed)) and (month := _month(found[2])):
        return int(found[3]), month, int(found[1]), Precision.DAY
    if (found := _WORDS_DAY.fullmatch(typed)) and (month := _month(found[1])):
        return int(found[3]), month, int(found[2]), Precision.DAY
    if found := _MONTH.fullmatch(typed):
        return int(found[1]), int(found[2]), 1, Precision.MONTH
    if (found := _MONTH_WORDS.fullmatch(typed)) and (month := _month(found[1])):
        return int(found[2]), month, 1, Precision.MONTH
    if found := _QUARTER.fullmatch(typed):
        return int(found[1]), 3 * int(found[2]) - 2, 1, Precision.QUARTER
    if found := _QUARTER_WORDS.fullmatch(typed):
        return int(found[2]), 3 * int(found[1]) - 2, 1, Precision.QUARTER
    if _YEAR.fullmatch(typed):
        return int(typed), 1, 1, Precision.YEAR
    return None


def _month(word: str) -> int:
    """The month a word names, from its first three letters on; 0 when it names none."""
    if word == "sept":
        return 9
    for number, (short, full) in enumerate(zip(_MONTHS, _FULL_MONTHS, strict=True), 1):
        if word in (short, full):
            return number
    return 0


def date_text(on: date, precision: Precision = Precision.DAY) -> str:
    """A date as `read_date` reads it back: `2026-03-01`, `2026-03`, `2026-Q1` or `2026`."""
    if precision is Precision.MONTH:
        return f"{on.year:04}-{on.month:02}"
    if precision is Precision.QUARTER:
        return f"{on.year:04}-Q{(on.month + 2) // 3}"
    if precision is Precision.YEAR:
        return f"{on.year:04}"
    return on.isoformat()


def read_day(text: str) -> date:
    """A date that must be known to the day. Raises `Unreadable`."""
    typed = read_date(text)
    if typed.precision is not Precision.DAY:
        raise Unreadable("Type a whole date, like 2026-03-01 or 1 Mar 2026.")
    return typed.on


def read_instant(text: str, zone: tzinfo = UTC) -> datetime:
    """An instant (RFC 3339, with a zone), or the end of a day in a time zone. Raises `Unreadable`."""
    typed = text.strip().replace(" ", "+") if "T" in text.upper() else text
    if "T" in typed.upper():
        try:
            found = datetime.fromisoformat(typed.upper().replace("Z", "+00:00"))
            if found.tzinfo is not None:
                return found.astimezone(UTC)
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
    """The last microsecond of a day in a time zone, in UTC."""
    return datetime.combine(day, time.max, zone).astimezone(UTC)


def read_number(text: str) -> Decimal | str:
    """A number, thousands perhaps grouped; what is none is given back as it was typed, for the check to refuse."""
    typed = text.strip()
    plain = re.sub(r"[, ']", "", typed) if _GROUPED.fullmatch(typed) else typed
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return typed
    return number if number.is_finite() and len(plain) <= 40 else typed


def read_amount(text: str) -> str:
    """An amount of money as the API takes it: its decimal text, without grouping."""
    typed = text.strip()
    return re.sub(r"[, ']", "", typed) if _GROUPED.fullmatch(typed) else typed


def slug_of(text: str) -> str:
    """A slug from words: `Model evaluation` is `model_evaluation`; what has no letters stays as it was typed."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "_".join(words) if words else text.strip()


def words_of(slug: str) -> str:
    """A slug as people read it: `model_evaluation` is `Model evaluation`, `ai_risk` is `AI risk`."""
    parts = [part for part in slug.replace("-", "_").split("_") if part]
    words = [_SPELLED.get(part, part.upper() if place and len(part) == 1 else part) for place, part in enumerate(parts)]
    text = " ".join(words) or slug
    return text[0].upper() + text[1:]


_SPELLED = {"ai": "AI", "mlops": "MLOps", "cto": "CTO", "caio": "CAIO", "roi": "ROI", "soc2": "SOC 2"}


def lines_of(text: str) -> list[str]:
    """The lines of a text that hold something."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def nested(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Dotted names as nested objects; where all names on a level are numbers, a list in their order."""
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
    """Nested objects, and lists of objects, as dotted names; the way back from `nested`."""
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
