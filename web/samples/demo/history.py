"""The milestones and corrections of an engagement in the demonstration, with seats by holder name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from domain.decisions import Correct, Log, Request, Retract
from domain.kinds.engagement import Opened
from domain.milestones import KEEP, Details, Keep, Precision
from domain.seats import Commitment, Function, Hours, Provider, ReportsTo, SeatTerms, SeatWithFunctions
from web.samples.demo.firm_builder import Account

TECHNOLOGY, AI = Function.TECHNOLOGY, Function.AI
BOTH = (TECHNOLOGY, AI)


@dataclass(frozen=True, slots=True)
class Chair:
    """A seat: the holder by name, agreed hours and the monthly fee as plain numbers.

    `employed` says whether the client employs the holder; by default true for full-time seats.
    """

    functions: tuple[Function, ...]
    holder: str
    hours: int | tuple[int, int] | None = None
    fee: int | None = None
    full_time: bool = False
    interim: bool = False
    employed: bool | None = None
    reports_to: str | None = "ceo"

    @property
    def provider(self) -> Provider:
        """The holder's employer."""
        return Provider.CLIENT if (self.full_time if self.employed is None else self.employed) else Provider.FIRM


CHARTER = {"architecture": "technology", "ai_risk": "ai", "data_governance": "joint", "tool_selection": "joint"}
"""The decision rights that the firm writes down with every client that lets it."""

cto = partial(Chair, (TECHNOLOGY,))
caio = partial(Chair, (AI,))
both_hats = partial(Chair, (TECHNOLOGY, AI))


class EngagementHistory:
    """The recorded history of one engagement."""

    def __init__(
        self,
        account: Account,
        name: str,
        on: str,
        note: str | None = None,
        *,
        lead: str | None = None,
        recorded: str | None = None,
        precision: Precision = Precision.DAY,
    ) -> None:
        """The engagement opens on `on`, led by `lead` or else the client's practice lead."""
        self.account = account
        self.firm = firm = account.firm
        self.lead = lead = lead or account.lead
        self.id = engagement_id = firm.id_of("engagement", account.name, name, on)
        self.dice = firm.dice(engagement_id)
        self._logged = 0
        opening = self._log(on, Opened(name, firm.person(lead)), precision, note)
        self.opening = opening.milestone
        client_id, by = account.id, firm.person(lead)
        account.record(
            firm.day(on),
            lambda unit: unit.open_engagement(engagement_id, client_id, opening, recorded_by=by),
            None if recorded is None else firm.day(recorded),
        )

    def log(
        self,
        on: str,
        details: Details,
        note: str | None = None,
        *,
        recorded: str | None = None,
        precision: Precision = Precision.DAY,
    ) -> UUID:
        """Log a milestone; `recorded` is the day of recording, by default a few days later."""
        request = self._log(on, details, precision, note)
        self._change((request,), self.firm.day(on), None if recorded is None else self.firm.day(recorded))
        return request.milestone

    def corrects(
        self,
        milestone: UUID,
        recorded: str,
        reason: str,
        *,
        on: str | None = None,
        precision: Precision | Keep = KEEP,
        details: Callable[[Details], Details] | None = None,
        note: str | Keep = KEEP,
    ) -> None:
        """Correct a milestone on the day `recorded`."""
        self.changes(
            recorded, None, self.correction(milestone, reason, on=on, precision=precision, details=details, note=note)
        )

    def correction(
        self,
        milestone: UUID,
        reason: str,
        *,
        on: str | None = None,
        precision: Precision | Keep = KEEP,
        details: Callable[[Details], Details] | None = None,
        note: str | Keep = KEEP,
    ) -> Correct:
        """A correction, for use with other changes."""
        day = KEEP if on is None else self._dated(on, Precision.DAY if isinstance(precision, Keep) else precision)
        return Correct(milestone, reason, effective_on=day, precision=precision, details=details, note=note)

    def retracts(self, milestone: UUID, recorded: str, reason: str) -> None:
        """Retract a milestone on the day `recorded`."""
        self.changes(recorded, None, Retract(milestone, reason))

    def changes(self, recorded: str, reason: str | None, *requests: Request) -> None:
        """Make interdependent changes on the day `recorded`."""
        day = self.firm.day(recorded)
        self._change(requests, day, day, reason)

    def terms(self, chair: Chair) -> SeatTerms:
        """The terms of a seat."""
        return SeatTerms(
            holder=self.firm.person(chair.holder),
            commitment=Commitment.FULL_TIME if chair.full_time else Commitment.FRACTIONAL,
            provider=chair.provider,
            interim=chair.interim,
            reports_to=None if chair.reports_to is None else ReportsTo(chair.reports_to),
            hours_per_month=self.hours(chair),
            monthly_fee=self.account.money(chair.fee),
        )

    def seat(self, chair: Chair) -> SeatWithFunctions:
        """A seat with its functions."""
        terms = self.terms(chair)
        return SeatWithFunctions(
            chair.functions,
            terms.holder,
            terms.commitment,
            terms.provider,
            terms.interim,
            terms.reports_to,
            terms.hours_per_month,
            terms.monthly_fee,
        )

    def hours(self, chair: Chair) -> Hours | None:
        """The agreed hours of a seat."""
        if chair.hours is None:
            return None
        if isinstance(chair.hours, tuple):
            return Hours(technology=Decimal(chair.hours[0]), ai=Decimal(chair.hours[1]))
        hours = Decimal(chair.hours)
        return Hours(technology=hours) if TECHNOLOGY in chair.functions else Hours(ai=hours)

    def _log(self, on: str, details: Details, precision: Precision, note: str | None) -> Log:
        self._logged += 1
        return Log(
            milestone=self.firm.id_of("milestone", str(self.id), str(self._logged)),
            effective_on=self._dated(on, precision),
            details=details,
            precision=precision,
            note=note,
        )

    def _dated(self, on: str, precision: Precision) -> date:
        day = self.firm.day(on)
        while not precision.is_first_day(day):
            day -= timedelta(days=1)
        return day

    def _change(
        self, requests: Sequence[Request], happened: date, recorded: date | None, reason: str | None = None
    ) -> None:
        engagement_id, recorded_by, made = self.id, self.firm.person(self.lead), tuple(requests)
        self.account.record(
            happened,
            lambda unit: unit.change(engagement_id, made, reason=reason, recorded_by=recorded_by),
            recorded,
        )
