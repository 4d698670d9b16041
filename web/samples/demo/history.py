"""What is recorded of one engagement in the demonstration: milestones, what puts them right, and chairs by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from domain.changes import Correct, Log, Request, Retract
from domain.kinds.engagement import Opened
from domain.milestones import KEEP, Details, Keep, Precision
from domain.seats import Commitment, Function, Hours, Provider, ReportsTo, SeatTerms, SeatWithFunctions
from web.samples.demo.firm_builder import Account

TECHNOLOGY, AI = Function.TECHNOLOGY, Function.AI
BOTH = (TECHNOLOGY, AI)


@dataclass(frozen=True, slots=True)
class Chair:
    """A seat as the stories speak of it: the holder by name, agreed hours and the fee a month as plain numbers.

    `employed` says whether the client employs the holder; whoever is full-time is, unless it says otherwise.
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
        """Whose person sits in it."""
        return Provider.CLIENT if (self.full_time if self.employed is None else self.employed) else Provider.FIRM


cto = partial(Chair, (TECHNOLOGY,))
caio = partial(Chair, (AI,))
both_hats = partial(Chair, (TECHNOLOGY, AI))


class EngagementHistory:
    """One engagement's story."""

    def __init__(
        self,
        account: Account,
        name: str,
        on: str,
        note: str | None = None,
        *,
        lead: str | None = None,
        told: str | None = None,
        precision: Precision = Precision.DAY,
    ) -> None:
        """It opens on that day, led by the client's partner unless another is named."""
        self.account = account
        self.telling = telling = account.telling
        self.lead = lead = lead or account.lead
        self.id = engagement_id = telling.id_of("engagement", account.name, name, on)
        self._logged = 0
        opening = self._log(on, Opened(name, telling.person(lead)), precision, note, None)
        self.opening = opening.milestone
        client_id, by = account.id, telling.person(lead)
        telling.at(
            self._instant(opening.effective_on, told),
            lambda unit: unit.open_engagement(engagement_id, client_id, opening, recorded_by=by),
        )

    def log(
        self,
        on: str,
        details: Details,
        note: str | None = None,
        *,
        told: str | None = None,
        precision: Precision = Precision.DAY,
        reported_on: str | None = None,
        by: str | None = None,
    ) -> UUID:
        """A milestone; `told` is the day on which it was recorded, a few days later unless given."""
        request = self._log(on, details, precision, note, reported_on)
        self._change(self._instant(request.effective_on, told), (request,), by=by)
        return request.milestone

    def request(self, on: str, details: Details, note: str | None = None) -> Log:
        """A milestone to be logged together with other changes."""
        return self._log(on, details, Precision.DAY, note, None)

    def corrects(
        self,
        milestone: UUID,
        told: str,
        reason: str,
        *,
        on: str | None = None,
        precision: Precision | Keep = KEEP,
        details: Callable[[Details], Details] | None = None,
        note: str | Keep = KEEP,
    ) -> None:
        """A milestone is put right on the day told."""
        self.changes(
            told, None, self.correction(milestone, reason, on=on, precision=precision, details=details, note=note)
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
        """A correction to be made together with other changes."""
        day = KEEP if on is None else self._dated(on, Precision.DAY if isinstance(precision, Keep) else precision)
        return Correct(milestone, reason, effective_on=day, precision=precision, details=details, note=note)

    def retracts(self, milestone: UUID, told: str, reason: str) -> None:
        """A milestone is taken back on the day told."""
        self.changes(told, None, Retract(milestone, reason))

    def changes(self, told: str, reason: str | None, *requests: Request) -> None:
        """Several changes that only fit together, made on the day told."""
        self._change(self.account.told(self.telling.day(told)), requests, reason=reason)

    def terms(self, chair: Chair) -> SeatTerms:
        """A chair as a seat's terms."""
        return SeatTerms(
            holder=self.telling.person(chair.holder),
            commitment=Commitment.FULL_TIME if chair.full_time else Commitment.FRACTIONAL,
            provider=chair.provider,
            interim=chair.interim,
            reports_to=None if chair.reports_to is None else ReportsTo(chair.reports_to),
            hours_per_month=self.hours(chair),
            monthly_fee=self.account.money(chair.fee),
        )

    def seat(self, chair: Chair) -> SeatWithFunctions:
        """A chair as a seat with its functions."""
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
        """The hours agreed for a chair."""
        if chair.hours is None:
            return None
        if isinstance(chair.hours, tuple):
            return Hours(technology=Decimal(chair.hours[0]), ai=Decimal(chair.hours[1]))
        hours = Decimal(chair.hours)
        return Hours(technology=hours) if TECHNOLOGY in chair.functions else Hours(ai=hours)

    def _log(self, on: str, details: Details, precision: Precision, note: str | None, reported_on: str | None) -> Log:
        self._logged += 1
        return Log(
            milestone=self.telling.id_of("milestone", str(self.id), str(self._logged)),
            effective_on=self._dated(on, precision),
            details=details,
            precision=precision,
            note=note,
            reported_on=None if reported_on is None else self.telling.day(reported_on),
        )

    def _dated(self, on: str, precision: Precision) -> date:
        day = self.telling.day(on)
        while not precision.is_first_day(day):
            day -= timedelta(days=1)
        return day

    def _instant(self, effective_on: date, told: str | None) -> datetime:
        if told is not None:
            return self.account.told(self.telling.day(told))
        return self.account.clock(effective_on, None)

    def _change(
        self, instant: datetime, requests: Sequence[Request], *, reason: str | None = None, by: str | None = None
    ) -> None:
        engagement_id, recorded_by, made = self.id, self.telling.person(by or self.lead), tuple(requests)
        self.telling.at(
            instant,
            lambda unit: unit.change(engagement_id, made, reason=reason, recorded_by=recorded_by),
        )
