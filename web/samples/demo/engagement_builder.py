"""Engagements as the demonstration tells them: a verb for everything that may happen under a letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from domain.areas import DecisionOwner, Resolver
from domain.assessment.answers import answers_from_profile, answers_mapping, merge_answers, parse_answers
from domain.assessment.recommendation import evaluate
from domain.assessment.serialization import verdicts_mapping
from domain.kinds.agreements import (
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SignCleared,
    SignObserved,
)
from domain.kinds.engagement import AssessmentTaken, Closed, Paused, Resumed
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
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import Precision
from domain.seats import Function, Hours, ReportsTo
from web.samples.demo.answers import ANSWERS
from web.samples.demo.history import AI, TECHNOLOGY, Chair, EngagementHistory

MONTH, QUARTER, YEAR = Precision.MONTH, Precision.QUARTER, Precision.YEAR


class EngagementBuilder(EngagementHistory):
    """One engagement's story, verb by verb. Every verb takes the day and, at its end, the note in our words."""

    def takes(
        self,
        on: str,
        *chairs: Chair,
        why: str | None = None,
        assessment: UUID | None = None,
        note: str | None = None,
        told: str | None = None,
        precision: Precision = Precision.DAY,
    ) -> UUID:
        """The client chooses a structure."""
        seats = tuple(self.seat(chair) for chair in chairs)
        return self.log(on, StructureChosen(seats, why, assessment), note, told=told, precision=precision)

    def splits(
        self, on: str, technology: Chair, ai: Chair, note: str | None = None, *, told: str | None = None
    ) -> UUID:
        """One role becomes two."""
        return self.log(on, SplitToTwoRoles(self.terms(technology), self.terms(ai)), note, told=told)

    def merges(self, on: str, chair: Chair, note: str | None = None, *, told: str | None = None) -> UUID:
        """Two roles become one."""
        return self.log(on, MergedToOneRole(self.terms(chair)), note, told=told)

    def goes_full_time(self, on: str, chair: Chair, note: str | None = None, *, told: str | None = None) -> UUID:
        """A seat becomes full-time."""
        return self.log(on, self.full_time(chair), note, told=told)

    def full_time(self, chair: Chair) -> TransitionedToFullTime:
        """What a seat's becoming full-time says."""
        terms = self.terms(chair)
        return TransitionedToFullTime(
            chair.functions,
            terms.holder,
            terms.provider,
            terms.interim,
            hours_per_month=terms.hours_per_month,
            monthly_fee=terms.monthly_fee,
        )

    def goes_fractional(self, on: str, chair: Chair, note: str | None = None, *, told: str | None = None) -> UUID:
        """A full-time seat becomes fractional."""
        terms = self.terms(chair)
        details = TransitionedToFractional(
            chair.functions,
            terms.holder,
            terms.provider,
            terms.interim,
            hours_per_month=terms.hours_per_month,
            monthly_fee=terms.monthly_fee,
        )
        return self.log(on, details, note, told=told)

    def adds_hat(
        self,
        on: str,
        function: Function,
        hours: tuple[int, int],
        fee: int,
        note: str | None = None,
        *,
        told: str | None = None,
    ) -> UUID:
        """The holder of one function takes on the other; hours for technology and for AI."""
        agreed = Hours(Decimal(hours[0]), Decimal(hours[1]))
        details = HatAdded(function, hours_per_month=agreed, monthly_fee=self.account.money(fee))
        return self.log(on, details, note, told=told)

    def hands_over(
        self,
        on: str,
        functions: tuple[Function, ...],
        holder: str,
        note: str | None = None,
        *,
        interim: bool = False,
        told: str | None = None,
    ) -> UUID:
        """A seat gets a new holder."""
        return self.log(on, HandedOver(functions, self.telling.person(holder), interim), note, told=told)

    def fills(
        self,
        on: str,
        chair: Chair,
        note: str | None = None,
        *,
        told: str | None = None,
        precision: Precision = Precision.DAY,
    ) -> UUID:
        """Somebody takes a vacant seat."""
        return self.log(on, SeatFilled(self.seat(chair)), note, told=told, precision=precision)

    def leaves(
        self,
        on: str,
        *functions: Function,
        reason: str | None = None,
        note: str | None = None,
        told: str | None = None,
    ) -> UUID:
        """A seat, or one hat, falls vacant."""
        return self.log(on, SeatVacated(functions, reason), note, told=told)

    def changes_terms(self, on: str, chair: Chair, note: str | None = None, *, told: str | None = None) -> UUID:
        """New hours and a new fee for a seat."""
        details = TermsChanged(chair.functions, self.hours(chair), self.account.money(chair.fee))
        return self.log(on, details, note, told=told)

    def answers_to(self, on: str, functions: tuple[Function, ...], whom: str, note: str | None = None) -> UUID:
        """A seat reports to somebody else."""
        return self.log(on, TermsChanged(functions, reports_to=ReportsTo(whom)), note)

    def writes_down_rights(
        self, on: str, owners: Mapping[str, str], limit: int | None = None, note: str | None = None
    ) -> None:
        """Who decides in which area, `technology`, `ai` or `joint`; the limit is what one hat may spend alone."""
        money = self.account.money(limit)
        for area, owner in owners.items():
            decides = DecisionOwner(owner)
            self.log(on, DecisionRightAssigned(area, decides, None if decides is DecisionOwner.JOINT else money), note)

    def issues(
        self,
        on: str,
        deliverable: str,
        function: Function,
        note: str | None = None,
        *,
        told: str | None = None,
        precision: Precision = Precision.DAY,
    ) -> UUID:
        """The client gets a deliverable."""
        return self.log(on, DeliverableIssued(deliverable, function), note, told=told, precision=precision)

    def meets(self, on: str, *people: str, topics: tuple[str, ...] = (), note: str | None = None) -> UUID:
        """The two hats meet."""
        return self.log(on, AlignmentHeld(tuple(map(self.telling.person, people)), topics), note)

    def meets_every(self, days: int, first: str, last: str, *people: str) -> None:
        """The two hats meet at an interval of days, now and then a day or two off."""
        day, end = date.fromisoformat(first), date.fromisoformat(last)
        topics = ("capacity for the next sprint", "model costs", "what ships before renewal", "open risks", "hiring")
        while day <= end:
            off = self.telling.dice.choice((0, 0, 0, 1, 2))
            self.meets((day + timedelta(days=off)).isoformat(), *people, topics=(self.telling.dice.choice(topics),))
            day += timedelta(days=days)

    def reports_hours(self, function: Function, first: str, last: str, about: int) -> None:
        """Hours worked under one hat, month by month (`2026-03`), in the first days of the month after."""
        year, month = map(int, first.split("-"))
        while f"{year}-{month:02}" <= last:
            worked = Decimal(about) + Decimal(self.telling.dice.randrange(-6, 7)) / 2
            after = date(year + month // 12, month % 12 + 1, self.telling.dice.choice((1, 2, 3, 4)))
            self.log(after.isoformat(), HoursReported(self._month_of(year, month), function, max(worked, Decimal(0))))
            year, month = after.year, after.month

    def _month_of(self, year: int, month: int) -> str:
        return self.telling.day(f"{year}-{month:02}-15").strftime("%Y-%m")

    def raises(self, on: str, conflict: str, topic: str, note: str | None = None) -> UUID:
        """The two hats disagree."""
        return self.log(on, ConflictRaised(conflict, topic), note)

    def settles(self, on: str, conflict: str, by: str, note: str | None = None) -> UUID:
        """A disagreement is resolved by `technology`, `ai`, both (`joint`) or the `ceo`."""
        return self.log(on, ConflictResolvedBy(conflict, Resolver(by)), note)

    def starts(self, on: str, initiative: str, note: str | None = None) -> UUID:
        """AI work begins."""
        return self.log(on, InitiativeStarted(initiative), note)

    def goes_live(self, on: str, initiative: str, note: str | None = None, *, told: str | None = None) -> UUID:
        """AI work is in production."""
        return self.log(on, InitiativeLive(initiative), note, told=told)

    def measures(
        self,
        on: str,
        initiative: str,
        metric: str,
        baseline: str | None,
        value: str,
        unit: str,
        note: str | None = None,
    ) -> UUID:
        """What AI work was worth."""
        before = None if baseline is None else Decimal(baseline)
        return self.log(on, OutcomeMeasured(initiative, metric, Decimal(value), unit, before), note)

    def observes(self, on: str, sign: str, evidence: str) -> UUID:
        """Somebody sees an anti-pattern."""
        return self.log(on, SignObserved(sign, evidence))

    def clears(self, on: str, sign: str, evidence: str) -> UUID:
        """The anti-pattern is gone."""
        return self.log(on, SignCleared(sign, evidence))

    def pauses(self, on: str, reason: str, *, told: str | None = None) -> UUID:
        """The engagement rests."""
        return self.log(on, Paused(reason), told=told)

    def resumes(self, on: str, reason: str, *, told: str | None = None) -> UUID:
        """The engagement goes on."""
        return self.log(on, Resumed(reason), told=told)

    def closes(self, on: str, outcome: str, reason: str | None = None, *, told: str | None = None) -> UUID:
        """The engagement ends."""
        return self.log(on, Closed(outcome, reason), told=told)

    def assessed(self, on: str, note: str | None = None) -> UUID:
        """The partner takes an assessment: the profile as it stood, and what was answered beside it."""
        day = self.telling.day(on)
        asked = parse_answers(ANSWERS[self.account.name, on], as_of=day)
        facts, dates = self.account.profile_on(day)
        answers = merge_answers(answers_from_profile(facts, as_of=dates), asked)
        verdicts = verdicts_mapping(evaluate(answers))
        return self.log(on, AssessmentTaken(answers_mapping(answers), self.telling.person(self.lead), verdicts), note)

    def first_quarter(self, technology: str | None, ai: str | None, governance: str | None = None) -> None:
        """What a client should have after its first quarter: the read of its technology, and the AI half on its own."""
        if technology:
            self.issues(technology, "technology_read", TECHNOLOGY)
        if ai:
            self.issues(ai, "ai_capability_map", AI)
        if governance:
            self.issues(governance, "governance_framework", AI)
