"""Functions, seats, arrangements and the structures derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.field_types import AgreedHours, Amount, Currency, PersonId


class Function(StrEnum):
    """A leadership function that every client needs."""

    TECHNOLOGY = "technology"
    AI = "ai"

    @property
    def other(self) -> Function:
        """The other function."""
        return Function.AI if self is Function.TECHNOLOGY else Function.TECHNOLOGY

    @property
    def words(self) -> str:
        """The function for use in a sentence."""
        return "AI" if self is Function.AI else "technology"


BOTH = (Function.TECHNOLOGY, Function.AI)


class Commitment(StrEnum):
    """The commitment of a seat's holder."""

    FRACTIONAL = "fractional"
    FULL_TIME = "full_time"


class Provider(StrEnum):
    """The employer of a seat's holder."""

    FIRM = "firm"
    CLIENT = "client"


class ReportsTo(StrEnum):
    """The person to whom a seat reports."""

    CEO = "ceo"
    COO = "coo"
    CTO = "cto"
    BOARD = "board"
    OTHER = "other"


class Structure(StrEnum):
    """The classification of an arrangement. Always derived, never entered."""

    NONE = "none"
    CTO_ONLY_FRACTIONAL = "cto_only_fractional"
    CTO_ONLY_FULL_TIME = "cto_only_full_time"
    CAIO_ONLY_FRACTIONAL = "caio_only_fractional"
    CAIO_ONLY_FULL_TIME = "caio_only_full_time"
    UNIFIED_FRACTIONAL = "unified_fractional"
    UNIFIED_FULL_TIME = "unified_full_time"
    FRACTIONAL_PAIR = "fractional_pair"
    FULL_TIME_CTO_FRACTIONAL_CAIO = "full_time_cto_fractional_caio"
    FRACTIONAL_CTO_FULL_TIME_CAIO = "fractional_cto_full_time_caio"
    FULL_TIME_PAIR = "full_time_pair"


class StructureGroup(StrEnum):
    """A property shared by several structures; a structure may be in more than one group."""

    ENGAGED = "engaged"
    ONE_SEAT = "one_seat"
    TWO_SEATS = "two_seats"
    SEAT_FULL_TIME = "seat_full_time"
    FUNCTION_UNOWNED = "function_unowned"

    @property
    def structures(self) -> frozenset[Structure]:
        """The structures in the group."""
        return _GROUPS[self]


@dataclass(frozen=True, slots=True)
class Money:
    """A decimal amount in one currency (ISO 4217 code). Amounts in different currencies are never added."""

    amount: Amount
    currency: Currency


@dataclass(frozen=True, slots=True)
class Hours:
    """Agreed hours a month by hat; null if nothing is agreed."""

    technology: AgreedHours | None = None
    ai: AgreedHours | None = None

    def of(self, function: Function) -> Decimal | None:
        """The hours agreed for one function."""
        return self.technology if function is Function.TECHNOLOGY else self.ai

    def only(self, function: Function) -> Hours | None:
        """The agreement reduced to this function; None if nothing remains."""
        hours = self.of(function)
        if hours is None:
            return None
        return Hours(technology=hours) if function is Function.TECHNOLOGY else Hours(ai=hours)


@dataclass(frozen=True, slots=True)
class SeatTerms:
    """The terms of a seat, where the context determines its functions."""

    holder: PersonId
    commitment: Commitment
    provider: Provider
    interim: bool = False
    reports_to: ReportsTo | None = None
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None


@dataclass(frozen=True, slots=True)
class SeatWithFunctions:
    """The terms of a seat with its functions (one, or both in either order)."""

    functions: tuple[Function, ...]
    holder: PersonId
    commitment: Commitment
    provider: Provider
    interim: bool = False
    reports_to: ReportsTo | None = None
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None

    @property
    def terms(self) -> SeatTerms:
        """The terms without the functions."""
        return SeatTerms(
            self.holder,
            self.commitment,
            self.provider,
            self.interim,
            self.reports_to,
            self.hours_per_month,
            self.monthly_fee,
        )


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat with its holder and terms. Its id stays the same across changes of holder and terms."""

    id: UUID
    terms: SeatTerms


def in_order(functions: tuple[Function, ...]) -> tuple[Function, ...]:
    """Functions in their usual order: technology first."""
    return tuple(f for f in BOTH if f in functions)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The seats on one date. Each function is in at most one seat; one seat may carry both."""

    technology: Seat | None = None
    ai: Seat | None = None

    def seat_of(self, function: Function) -> Seat | None:
        """The seat that carries a function; None if it is vacant."""
        return self.technology if function is Function.TECHNOLOGY else self.ai

    @property
    def is_unified(self) -> bool:
        """Whether one seat carries both functions."""
        return self.technology is not None and self.ai is not None and self.technology.id == self.ai.id

    @property
    def is_pair(self) -> bool:
        """Whether two seats are held."""
        return self.technology is not None and self.ai is not None and self.technology.id != self.ai.id

    @property
    def is_vacant(self) -> bool:
        """Whether both functions are vacant."""
        return self.technology is None and self.ai is None

    def with_seat(self, seat: Seat | None, *functions: Function) -> Arrangement:
        """A copy with these functions in that seat (or vacant)."""
        return Arrangement(
            technology=seat if Function.TECHNOLOGY in functions else self.technology,
            ai=seat if Function.AI in functions else self.ai,
        )


VACANT = Arrangement()

_CTO_ONLY = {
    Commitment.FRACTIONAL: Structure.CTO_ONLY_FRACTIONAL,
    Commitment.FULL_TIME: Structure.CTO_ONLY_FULL_TIME,
}
_CAIO_ONLY = {
    Commitment.FRACTIONAL: Structure.CAIO_ONLY_FRACTIONAL,
    Commitment.FULL_TIME: Structure.CAIO_ONLY_FULL_TIME,
}
_UNIFIED = {
    Commitment.FRACTIONAL: Structure.UNIFIED_FRACTIONAL,
    Commitment.FULL_TIME: Structure.UNIFIED_FULL_TIME,
}
_PAIRS = {
    (Commitment.FRACTIONAL, Commitment.FRACTIONAL): Structure.FRACTIONAL_PAIR,
    (Commitment.FULL_TIME, Commitment.FRACTIONAL): Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
    (Commitment.FRACTIONAL, Commitment.FULL_TIME): Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
    (Commitment.FULL_TIME, Commitment.FULL_TIME): Structure.FULL_TIME_PAIR,
}


def structure_of(arrangement: Arrangement) -> Structure:
    """The structure of an arrangement. An interim seat counts by its commitment."""
    technology, ai = arrangement.technology, arrangement.ai
    if technology is None:
        return Structure.NONE if ai is None else _CAIO_ONLY[ai.terms.commitment]
    if ai is None:
        return _CTO_ONLY[technology.terms.commitment]
    if technology.id == ai.id:
        return _UNIFIED[technology.terms.commitment]
    return _PAIRS[technology.terms.commitment, ai.terms.commitment]


_GROUPS = {
    StructureGroup.ENGAGED: frozenset(Structure),
    StructureGroup.ONE_SEAT: frozenset(_UNIFIED.values()),
    StructureGroup.TWO_SEATS: frozenset(_PAIRS.values()),
    StructureGroup.SEAT_FULL_TIME: frozenset(
        {
            *(by_commitment[Commitment.FULL_TIME] for by_commitment in (_CTO_ONLY, _CAIO_ONLY, _UNIFIED)),
            *(structure for commitments, structure in _PAIRS.items() if Commitment.FULL_TIME in commitments),
        }
    ),
    StructureGroup.FUNCTION_UNOWNED: frozenset({Structure.NONE, *_CTO_ONLY.values(), *_CAIO_ONLY.values()}),
}
