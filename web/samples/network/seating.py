"""Proposes changes of seats and terms in a simulated engagement."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import cast
from uuid import UUID

from domain.kinds.seats import (
    HandedOver,
    HatAdded,
    MergedToOneRole,
    SeatFilled,
    SeatVacated,
    SplitToTwoRoles,
    StructureChosen,
    TermsChanged,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.milestones import Details
from domain.seats import (
    BOTH,
    Arrangement,
    Commitment,
    Function,
    Hours,
    Money,
    Provider,
    ReportsTo,
    Seat,
    SeatTerms,
    SeatWithFunctions,
)

_FEE_AN_HOUR = 240


class Seating:
    """The seats of one simulated engagement."""

    def __init__(self, dice: Random, firm: tuple[UUID, ...], hire: Callable[[], UUID]) -> None:
        """`firm` are the firm's available people; `hire` returns a new employee of the client."""
        self._dice = dice
        self._firm = firm
        self._hire = hire
        self._currency = dice.choices(("USD", "EUR", "GBP"), (7, 2, 1))[0]

    def next(self, arrangement: Arrangement) -> Details:
        """A plausible next change of these seats."""
        if arrangement.is_vacant:
            return self._choose()
        if arrangement.is_unified:
            return self._after_one(arrangement)
        if arrangement.is_pair:
            return self._after_two(arrangement)
        return self._after_half(arrangement)

    def _choose(self) -> StructureChosen:
        dice = self._dice
        what = dice.choices(("one", "technology", "ai", "two"), (55, 15, 12, 18))[0]
        if what == "one":
            return StructureChosen((self._seat(BOTH, full_time=dice.random() < 0.06),))
        if what == "two":
            technology = self._seat((Function.TECHNOLOGY,), full_time=dice.random() < 0.3)
            ai = self._seat((Function.AI,), full_time=dice.random() < 0.08)
            return StructureChosen((technology, ai))
        function = Function(what)
        return StructureChosen((self._seat((function,), full_time=dice.random() < 0.2),))

    def _after_one(self, arrangement: Arrangement) -> Details:
        seat = cast("Seat", arrangement.technology)
        is_full_time = seat.terms.commitment is Commitment.FULL_TIME
        what = self._dice.choices(("split", "commit", "hand", "vacate", "terms"), (48, 8, 18, 6, 20))[0]
        if what == "split":
            technology = self._terms((Function.TECHNOLOGY,), full_time=is_full_time or self._dice.random() < 0.12)
            ai = self._terms((Function.AI,), full_time=self._dice.random() < 0.06)
            return SplitToTwoRoles(technology, ai)
        if what == "vacate":
            return SeatVacated((self._dice.choice(BOTH),), "moves on")
        return self._of_seat(what, seat, BOTH)

    def _after_two(self, arrangement: Arrangement) -> Details:
        what = self._dice.choices(("commit", "hand", "vacate", "terms", "merge"), (40, 22, 8, 22, 8))[0]
        if what == "merge":
            return MergedToOneRole(self._terms(BOTH, full_time=self._dice.random() < 0.2))
        function = self._dice.choices(BOTH, (3, 2))[0]
        if what == "vacate":
            return SeatVacated((function,), "moves on")
        return self._of_seat(what, cast("Seat", arrangement.seat_of(function)), (function,))

    def _after_half(self, arrangement: Arrangement) -> Details:
        current = Function.TECHNOLOGY if arrangement.technology is not None else Function.AI
        what = self._dice.choices(("hat", "fill", "commit", "hand", "vacate", "terms"), (22, 30, 14, 14, 5, 15))[0]
        if what == "hat":
            return HatAdded(current.other, hours_per_month=self._hours(BOTH), monthly_fee=self._fee())
        if what == "fill":
            return SeatFilled(self._seat((current.other,), full_time=self._dice.random() < 0.2))
        if what == "vacate":
            return SeatVacated((current,), "moves on")
        return self._of_seat(what, cast("Seat", arrangement.seat_of(current)), (current,))

    def _of_seat(self, what: str, seat: Seat, functions: tuple[Function, ...]) -> Details:
        is_full_time = seat.terms.commitment is Commitment.FULL_TIME
        if what == "hand":
            holder = self._hire() if is_full_time else self._dice.choice(self._firm)
            return HandedOver(functions, holder, interim=self._dice.random() < 0.15)
        if what == "terms":
            hours = None if is_full_time else self._hours(functions)
            return TermsChanged(functions, hours_per_month=hours, monthly_fee=None if is_full_time else self._fee())
        if is_full_time:
            hours, fee = self._hours(functions), self._fee()
            return TransitionedToFractional(
                functions, self._dice.choice(self._firm), hours_per_month=hours, monthly_fee=fee
            )
        return TransitionedToFullTime(functions, self._hire())

    def _seat(self, functions: tuple[Function, ...], *, full_time: bool) -> SeatWithFunctions:
        terms = self._terms(functions, full_time=full_time)
        return SeatWithFunctions(
            functions,
            terms.holder,
            terms.commitment,
            terms.provider,
            reports_to=terms.reports_to,
            hours_per_month=terms.hours_per_month,
            monthly_fee=terms.monthly_fee,
        )

    def _terms(self, functions: tuple[Function, ...], *, full_time: bool) -> SeatTerms:
        reports_to = self._dice.choices((ReportsTo.CEO, ReportsTo.COO, ReportsTo.BOARD, None), (8, 2, 1, 1))[0]
        if full_time:
            return SeatTerms(self._hire(), Commitment.FULL_TIME, Provider.CLIENT, reports_to=reports_to)
        return SeatTerms(
            self._dice.choice(self._firm),
            Commitment.FRACTIONAL,
            Provider.FIRM,
            reports_to=reports_to,
            hours_per_month=self._hours(functions),
            monthly_fee=self._fee(),
        )

    def _hours(self, functions: tuple[Function, ...]) -> Hours:
        technology, ai = (Decimal(self._dice.randrange(8, 48, 2)) for _ in BOTH)
        return Hours(
            technology if Function.TECHNOLOGY in functions else None,
            ai if Function.AI in functions else None,
        )

    def _fee(self) -> Money:
        return Money(Decimal(self._dice.randrange(12, 60) * _FEE_AN_HOUR).quantize(Decimal("0.01")), self._currency)
