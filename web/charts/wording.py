"""Names, codes and shapes of structures and seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.assessment.following import AdviceStatus
from domain.precision import MONTH_NAMES
from domain.precision import day_words as day_words
from domain.seats import Commitment, Function, Structure, StructureGroup


def instant_words(instant: datetime, *, to_second: bool = False) -> str:
    """`22 Nov 2026, 17:59 UTC` for an instant in UTC."""
    return f"{day_words(instant)}, {instant:{'%H:%M:%S' if to_second else '%H:%M'}} UTC"


def month_word(day: date) -> str:
    """`Nov`."""
    return MONTH_NAMES[day.month - 1]


def month_words(month: str) -> str:
    """`Nov 2026` for the month `2026-11`."""
    return effective_words(date.fromisoformat(f"{month}-01"), "month")


def effective_words(on: date, precision: str = "day") -> str:
    """A milestone's date in its precision: `22 Nov 2026`, `Nov 2026`, `Q4 2026` or `2026`."""
    if precision == "month":
        return f"{MONTH_NAMES[on.month - 1]} {on.year}"
    if precision == "quarter":
        return f"Q{(on.month + 2) // 3} {on.year}"
    if precision == "year":
        return str(on.year)
    return day_words(on)


def span_words(start: date, end: date | None) -> str:
    """`from 1 Jul 2024 until 17 Mar 2025`; the end is exclusive."""
    return f"from {day_words(start)} until {day_words(end)}" if end else f"from {day_words(start)}, ongoing"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 quarter`, `2 quarters`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


ADVICE_STATUSES: dict[AdviceStatus, str] = {
    AdviceStatus.FOLLOWED: "Followed",
    AdviceStatus.IN_PART: "Followed in part",
    AdviceStatus.DECLINED: "Declined",
    AdviceStatus.OPEN: "Open",
}


@dataclass(frozen=True, slots=True)
class StructureWords:
    """The name of a structure.

    `code` is one or two letters: T the technology seat, A the AI seat, U both in one, 0 vacant; capitals are full-time.
    """

    name: str
    short: str
    code: str


STRUCTURES: dict[Structure, StructureWords] = {
    Structure.NONE: StructureWords("Nobody yet", "Nobody yet", "0"),
    Structure.CTO_ONLY_FRACTIONAL: StructureWords("Fractional CTO, AI unowned", "CTO only", "t"),
    Structure.CTO_ONLY_FULL_TIME: StructureWords("Full-time CTO, AI unowned", "CTO only, full-time", "T"),
    Structure.CAIO_ONLY_FRACTIONAL: StructureWords("Fractional CAIO, technology unowned", "CAIO only", "a"),
    Structure.CAIO_ONLY_FULL_TIME: StructureWords("Full-time CAIO, technology unowned", "CAIO only, full-time", "A"),
    Structure.UNIFIED_FRACTIONAL: StructureWords("Unified, fractional", "Unified", "u"),
    Structure.UNIFIED_FULL_TIME: StructureWords("Unified, full-time", "Unified, full-time", "U"),
    Structure.FRACTIONAL_PAIR: StructureWords("Two seats, both fractional", "Both fractional", "ta"),
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO: StructureWords("Full-time CTO, fractional CAIO", "CTO full-time", "Ta"),
    Structure.FRACTIONAL_CTO_FULL_TIME_CAIO: StructureWords("Fractional CTO, full-time CAIO", "CAIO full-time", "tA"),
    Structure.FULL_TIME_PAIR: StructureWords("Two seats, both full-time", "Both full-time", "TA"),
}
"""Names of all structures, in stacking and listing order."""

ORDER: tuple[Structure, ...] = tuple(STRUCTURES)

GROUPS: dict[StructureGroup, str] = {
    StructureGroup.ENGAGED: "Clients engaged",
    StructureGroup.ONE_SEAT: "Unified seat",
    StructureGroup.TWO_SEATS: "Two seats",
    StructureGroup.SEAT_FULL_TIME: "A seat full-time",
    StructureGroup.FUNCTION_UNOWNED: "A function unowned",
}
"""Names of structure groups."""

COMMITMENTS = {Commitment.FRACTIONAL: "fractional", Commitment.FULL_TIME: "full-time"}
SEATS = {Function.TECHNOLOGY: "CTO seat", Function.AI: "CAIO seat"}
FUNCTIONS = {Function.TECHNOLOGY: "Technology", Function.AI: "AI"}
