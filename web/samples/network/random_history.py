"""Simulates a random history: dice propose what happens next, and the domain accepts or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from domain.areas import DECISION_AREAS, DELIVERABLES, Resolver
from domain.decisions import Correct, Log, Retract
from domain.kinds.agreements import (
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SignCleared,
    SignObserved,
)
from domain.kinds.engagement import Closed, Opened, Paused, Resumed
from domain.kinds.seats import HandedOver
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import Details, Milestone, Precision
from domain.seats import BOTH, Arrangement, Function
from domain.timeline import Status, Timeline
from web.samples.network.seating import Seating
from web.samples.network.template import SCALE, WATCHED_DAYS, DateSensitive, Template, TemplateBuilder

_TRIES = 12
_REPORTED_AFTER_DAYS = 38
"""Days after which the hours of a working day have been reported, for any day of a month."""


def plot_of(dice: Random, events: int, days: int, *, ends_open: bool) -> Template:
    """A template of about this many events over about this many days."""
    builder = TemplateBuilder(dice)
    _register(builder)
    letters = 0
    while len(builder.steps) < events - 5 and (builder.day - _first_day(builder)).days < days:
        letter = EngagementPlan(builder, letters)
        is_last = letters > 0 or dice.random() < 0.85
        share = 1.0 if is_last else dice.uniform(0.4, 0.7)
        letter.live(events, days, share)
        letters += 1
        if is_last and ends_open:
            break
        if not letter.close() or is_last:
            break
        builder.day += timedelta(days=dice.randrange(20, 200))
    return builder.plot(ends_open=ends_open)


def prospect(dice: Random) -> Template:
    """The template of a client without an engagement."""
    builder = TemplateBuilder(dice)
    _register(builder)
    builder.day += timedelta(days=dice.randrange(5, 90))
    return builder.plot(ends_open=True)


def _first_day(builder: TemplateBuilder) -> date:
    return builder.day - timedelta(days=builder.steps[-1].after.days)


def _register(builder: TemplateBuilder) -> None:
    counts = ("headcount", "engineers", "products", "ai_people", "ai_initiatives")
    profile: dict[str, object] = dict.fromkeys(counts, SCALE)
    money = {"amount": f"{SCALE}.00", "currency": "USD"}
    profile |= {"sector": "any", "funding_stage": "seed", "regulated": False, "annual_revenue": money}
    start_month = builder.dice.choices((None, 4, 7), (90, 6, 4))[0]
    builder.tell(
        lambda unit: unit.register_client(
            builder.client, "Client", "client", profile, start_month, recorded_by=builder.firm[0]
        )
    )


class EngagementPlan:
    """A simulated engagement."""

    def __init__(self, builder: TemplateBuilder, number: int) -> None:
        """The engagement opens some days from now."""
        self._builder, self._dice = builder, builder.dice
        self._seating = Seating(builder.dice, builder.firm[1:], builder.hire)
        self._lead = builder.firm[0] if number == 0 else builder.firm[1]
        self._reported: dict[Function, date] = {}
        self._threads = 0
        self._seen: tuple[int, Timeline] | None = None
        builder.day = self._workday(builder.day + timedelta(days=self._dice.randrange(5, 40)))
        self._opened_on = opened_on = builder.day - timedelta(days=self._dice.choice((0, 0, 1, 3)))
        self._id = engagement = builder.new_id()
        name = self._dice.choice(("CTO+CAIO", "Technology leadership", "AI leadership", "Fractional CTO", "Two seats"))
        opening = Log(builder.new_id(), opened_on, Opened(name, self._lead))
        builder.tell(
            lambda unit: unit.open_engagement(engagement, builder.client, opening, recorded_by=builder.firm[0])
        )

    def live(self, events: int, days: int, share: float) -> None:
        """Simulate until a share of the events and days is reached."""
        builder, dice = self._builder, self._dice
        last_day = _first_day(builder) + timedelta(days=round(days * share))
        left = max(round(events * share) - len(builder.steps) - 4, 1)
        self._advance(dice.randrange(7, 35))
        builder.may(self._seat)
        while left > 0 and builder.day < last_day:
            self._advance(max(round((last_day - builder.day).days / left * dice.uniform(0.3, 1.7)), 0))
            if self._something():
                left -= 1
            elif self._dice.random() < 0.2:
                return

    def close(self) -> bool:
        """Close the engagement if possible."""
        worked = [day for _, day in self._builder.worked_in(self._id)]
        planned = [m.effective_on for m in self._milestones()]
        on = max([self._builder.day, *planned, *(day + timedelta(days=WATCHED_DAYS) for day in worked)])
        self._builder.day = self._workday(on + timedelta(days=self._dice.randrange(1, 9)))
        on += timedelta(days=1)
        outcome = self._dice.choices(("completed", "hired_out", "ended_early", "acquired"), (5, 3, 2, 1))[0]
        return self._builder.may(lambda: self._log(Closed(outcome), on))

    def _something(self) -> bool:
        happenings: tuple[tuple[int, Callable[[], None]], ...] = (
            (30, self._report_hours),
            (21, self._seat),
            (10, self._issue),
            (8, self._assign),
            (8, self._meet),
            (5, self._conflict),
            (5, self._initiative),
            (3, self._sign),
            (3, self._pause),
            (4, self._change_profile),
            (7, self._correct),
            (2, self._retract),
            (4, self._plan),
            (2, self._together),
        )
        weights, what = zip(*happenings, strict=True)
        return any(self._builder.may(self._dice.choices(what, weights)[0]) for _ in range(_TRIES))

    def _seat(self) -> None:
        on = self._when()
        self._log(self._seating.next(self._timeline().arrangement_on(on)), on)

    def _plan(self) -> None:
        on = self._builder.day + timedelta(days=self._dice.randrange(10, 120))
        self._log(self._seating.next(self._timeline().arrangement_on(on)), on)

    def _together(self) -> None:
        """A split, and a hand-over of one of its seats the next day, recorded together."""
        on, builder = self._when(), self._builder
        first = self._seating.next(self._timeline().arrangement_on(on))
        hand = HandedOver((Function.TECHNOLOGY,), self._dice.choice(builder.firm[1:]), interim=True)
        requests = (self._request(first, on), self._request(hand, on + timedelta(days=1)))
        builder.change(self._id, requests, by=self._lead, reason="One decision of the board.")

    def _report_hours(self) -> None:
        builder, dice = self._builder, self._dice
        function = dice.choice(BOTH)
        if function in self._reported:
            day = self._reported[function] + timedelta(days=31)
        else:
            day = self._opened_on + timedelta(days=dice.randrange(15, 60))
        if builder.day < day + timedelta(days=_REPORTED_AFTER_DAYS):
            raise DateSensitive
        if self._timeline().arrangement_on(day).seat_of(function) is None:
            self._reported[function] = day + timedelta(days=1)
            raise DateSensitive
        hours = Decimal(dice.randrange(16, 100)) / 2
        after = timedelta(days=dice.randrange(1, 6))
        request = self._request(HoursReported(f"{day:%Y-%m}", function, hours), month_after(day) + after)
        builder.change(self._id, (request,), by=self._lead)
        self._reported[function] = day
        builder.worked[request.milestone] = function, day

    def _issue(self) -> None:
        deliverable, function = self._dice.choice(tuple(DELIVERABLES.items()))
        self._log_in_period(DeliverableIssued(deliverable, function))

    def _assign(self) -> None:
        area, owner = self._dice.choice(tuple(DECISION_AREAS.items()))
        self._log_in_period(DecisionRightAssigned(area, owner))

    def _meet(self) -> None:
        on = self._when()
        seats = self._timeline().arrangement_on(on)
        if not seats.is_pair:
            raise DateSensitive
        self._log(AlignmentHeld(_holders(seats), ("roadmap", "model risk")[: self._dice.randrange(3)]), on)

    def _conflict(self) -> None:
        resolved = {m.details.conflict for m in self._milestones() if isinstance(m.details, ConflictResolvedBy)}
        raised = [m.details.conflict for m in self._milestones() if isinstance(m.details, ConflictRaised)]
        if standing := [conflict for conflict in raised if conflict not in resolved]:
            self._log(ConflictResolvedBy(standing[0], self._dice.choice(tuple(Resolver))), self._when())
        else:
            self._log(ConflictRaised(self._thread("conflict"), "who decides"), self._when())

    def _initiative(self) -> None:
        started = [m.details.initiative for m in self._milestones() if isinstance(m.details, InitiativeStarted)]
        live = {m.details.initiative for m in self._milestones() if isinstance(m.details, InitiativeLive)}
        details: Details = InitiativeStarted(self._thread("initiative"))
        if started and started[-1] not in live:
            details = InitiativeLive(started[-1])
        elif started and self._dice.random() < 0.7:
            value, baseline = (Decimal(self._dice.randrange(10, 900)) / 10 for _ in range(2))
            details = OutcomeMeasured(started[-1], "hours saved", value, "hours", baseline)
        self._log(details, self._when())

    def _sign(self) -> None:
        observed = [m.details.sign for m in self._milestones() if isinstance(m.details, SignObserved)]
        cleared = [m.details.sign for m in self._milestones() if isinstance(m.details, SignCleared)]
        if len(observed) > len(cleared):
            self._log(SignCleared(observed[-1], "Seen to."), self._when())
        else:
            self._log(SignObserved(f"A{self._dice.randrange(1, 13):02}", "Told in the weekly call."), self._when())

    def _pause(self) -> None:
        is_paused = self._timeline().status_on(self._builder.day) is Status.PAUSED
        self._log(Resumed() if is_paused else Paused("budget"), self._builder.day)

    def _change_profile(self) -> None:
        builder, grown = self._builder, self._dice.randrange(700, 2_600)
        profile: dict[str, object] = {"headcount": grown, "engineers": grown}
        if self._dice.random() < 0.4:
            profile["annual_revenue"] = {"amount": f"{grown}.00", "currency": "USD"}
        if self._dice.random() < 0.3:
            profile["funding_stage"] = self._dice.choice(("series_a", "series_b", "series_c"))
        on = self._when()
        builder.tell(lambda unit: unit.client(builder.client).change_profile(on, None, profile, recorded_by=self._lead))

    def _correct(self) -> None:
        milestone = self._dice.choice(self._milestones())
        reason, moved = "Put right from the minutes.", self._dice.choice((-9, -6, -3, -2, 2, 4, 7))
        details = milestone.details
        if isinstance(details, HoursReported):
            more = Decimal(self._dice.randrange(1, 12)) / 2
            request = Correct(milestone.id, reason, details=_with_hours(details.hours + more))
        elif milestone.precision is not Precision.DAY or self._dice.random() < 0.35:
            request = Correct(milestone.id, reason, note="Agreed by telephone, confirmed in writing.")
        elif isinstance(details, Opened):
            request = Correct(milestone.id, reason, effective_on=milestone.effective_on - timedelta(days=2))
        else:
            request = Correct(milestone.id, reason, effective_on=milestone.effective_on + timedelta(days=moved))
        self._builder.change(self._id, (request,), by=self._lead)

    def _retract(self) -> None:
        milestone = self._dice.choice(self._milestones())
        self._builder.change(self._id, (Retract(milestone.id, "It did not happen."),), by=self._lead)

    def _log_in_period(self, details: Details) -> None:
        """Log a milestone that fits on any day, sometimes with month or quarter precision."""
        on = self._when()
        precision = self._dice.choices((Precision.DAY, Precision.MONTH, Precision.QUARTER), (8, 1, 1))[0]
        first = first_of_period(on, precision)
        if first <= self._opened_on:
            first, precision = on, Precision.DAY
        self._log(details, first, precision)

    def _log(self, details: Details, on: date, precision: Precision = Precision.DAY) -> None:
        self._builder.change(self._id, (self._request(details, on, precision),), by=self._lead)

    def _request(self, details: Details, on: date, precision: Precision = Precision.DAY) -> Log:
        has_note = self._dice.random() < 0.1
        note = "From the partners' call." if has_note else None
        return Log(self._builder.new_id(), on, details, precision, note)

    def _when(self) -> date:
        """The effective date: usually a few days ago, sometimes long ago, always since the opening."""
        late = self._dice.randrange(20, 90) if self._dice.random() < 0.1 else self._dice.choice((0, 0, 1, 1, 2, 3, 6))
        return max(self._builder.day - timedelta(days=late), self._opened_on)

    def _thread(self, what: str) -> str:
        self._threads += 1
        return f"{what}-{self._threads}"

    def _timeline(self) -> Timeline:
        version = self._builder.engagement(self._id).version
        if self._seen is None or self._seen[0] != version:
            self._seen = version, self._builder.engagement(self._id).standing.timeline()
        return self._seen[1]

    def _milestones(self) -> list[Milestone]:
        return list(self._builder.engagement(self._id).standing.milestones.values())

    def _advance(self, days: int) -> None:
        self._builder.day = self._workday(self._builder.day + timedelta(days=days))

    def _workday(self, day: date) -> date:
        return day + timedelta(days=max(8 - day.isoweekday(), 0) if day.isoweekday() > 5 else 0)


def month_after(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def first_of_period(day: date, precision: Precision) -> date:
    """The first day of the period of a precision that contains a day."""
    if precision is Precision.DAY:
        return day
    return date(day.year, (day.month - 1) // precision.months * precision.months + 1, 1)


def _holders(seats: Arrangement) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(seat.terms.holder for seat in (seats.technology, seats.ai) if seat is not None))


def _with_hours(hours: Decimal) -> Callable[[Details], Details]:
    def corrected(details: Any) -> Details:
        changed: Details = replace(details, hours=hours)
        return changed

    return corrected
