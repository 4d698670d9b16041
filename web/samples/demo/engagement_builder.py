"""Builds the engagements of the demonstration: one method per kind of milestone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from domain.areas import GOVERNANCE_PACK, DecisionOwner, Resolver
from domain.assessment.answers import answers_mapping, parse_answers
from domain.governance import FIRST_90_DAYS
from domain.kinds.agreements import (
    AdviceDeclined,
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SignCleared,
    SignObserved,
    SpendingLimitSet,
)
from domain.kinds.engagement import AssessmentTaken, Closed, Paused, RenewalSet, Resumed
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
    """One engagement. Every method takes the day first and the firm's note last."""

    def takes(
        self,
        on: str,
        *chairs: Chair,
        why: str | None = None,
        assessment: UUID | None = None,
        note: str | None = None,
        recorded: str | None = None,
        precision: Precision = Precision.DAY,
    ) -> UUID:
        """The client chooses a structure."""
        seats = tuple(self.seat(chair) for chair in chairs)
        return self.log(on, StructureChosen(seats, why, assessment), note, recorded=recorded, precision=precision)

    def splits(
        self,
        on: str,
        technology: Chair,
        ai: Chair,
        note: str | None = None,
        *,
        assessment: UUID | None = None,
        recorded: str | None = None,
    ) -> UUID:
        """One role becomes two."""
        details = SplitToTwoRoles(self.terms(technology), self.terms(ai), assessment=assessment)
        return self.log(on, details, note, recorded=recorded)

    def merges(self, on: str, chair: Chair, note: str | None = None, *, assessment: UUID | None = None) -> UUID:
        """Two roles become one."""
        return self.log(on, MergedToOneRole(self.terms(chair), assessment=assessment), note)

    def goes_full_time(
        self,
        on: str,
        chair: Chair,
        note: str | None = None,
        *,
        assessment: UUID | None = None,
        recorded: str | None = None,
    ) -> UUID:
        """A seat becomes full-time."""
        terms = self.terms(chair)
        details = TransitionedToFullTime(
            chair.functions,
            terms.holder,
            terms.provider,
            terms.interim,
            hours_per_month=terms.hours_per_month,
            monthly_fee=terms.monthly_fee,
            assessment=assessment,
        )
        return self.log(on, details, note, recorded=recorded)

    def goes_fractional(
        self, on: str, chair: Chair, note: str | None = None, *, assessment: UUID | None = None
    ) -> UUID:
        """A full-time seat becomes fractional."""
        terms = self.terms(chair)
        details = TransitionedToFractional(
            chair.functions,
            terms.holder,
            terms.provider,
            terms.interim,
            hours_per_month=terms.hours_per_month,
            monthly_fee=terms.monthly_fee,
            assessment=assessment,
        )
        return self.log(on, details, note)

    def adds_hat(
        self,
        on: str,
        function: Function,
        hours: tuple[int, int],
        fee: int,
        note: str | None = None,
        *,
        recorded: str | None = None,
    ) -> UUID:
        """The holder of one function takes on the other; `hours` are for technology and AI."""
        agreed = Hours(Decimal(hours[0]), Decimal(hours[1]))
        details = HatAdded(function, hours_per_month=agreed, monthly_fee=self.account.money(fee))
        return self.log(on, details, note, recorded=recorded)

    def hands_over(
        self,
        on: str,
        functions: tuple[Function, ...],
        holder: str,
        note: str | None = None,
        *,
        interim: bool = False,
        recorded: str | None = None,
    ) -> UUID:
        """A seat gets a new holder."""
        return self.log(on, HandedOver(functions, self.firm.person(holder), interim), note, recorded=recorded)

    def fills(
        self,
        on: str,
        chair: Chair,
        note: str | None = None,
        *,
        assessment: UUID | None = None,
        recorded: str | None = None,
    ) -> UUID:
        """A vacant seat is filled."""
        return self.log(on, SeatFilled(self.seat(chair), assessment=assessment), note, recorded=recorded)

    def leaves(
        self,
        on: str,
        *functions: Function,
        reason: str | None = None,
        note: str | None = None,
        recorded: str | None = None,
    ) -> UUID:
        """A seat, or one hat, becomes vacant."""
        return self.log(on, SeatVacated(functions, reason), note, recorded=recorded)

    def changes_terms(self, on: str, chair: Chair, note: str | None = None, *, recorded: str | None = None) -> UUID:
        """New hours and a new fee for a seat."""
        details = TermsChanged(chair.functions, self.hours(chair), self.account.money(chair.fee))
        return self.log(on, details, note, recorded=recorded)

    def answers_to(self, on: str, functions: tuple[Function, ...], whom: str, note: str | None = None) -> UUID:
        """A seat gets a new reporting line."""
        return self.log(on, TermsChanged(functions, reports_to=ReportsTo(whom)), note)

    def writes_down_rights(
        self, on: str, owners: Mapping[str, str], limit: int | None = None, note: str | None = None
    ) -> None:
        """Assigns decision areas to `technology`, `ai` or `joint`; `limit` is what one hat may spend alone."""
        money = self.account.money(limit)
        for area, owner in owners.items():
            decides = DecisionOwner(owner)
            self.log(on, DecisionRightAssigned(area, decides, None if decides is DecisionOwner.JOINT else money), note)

    def spends_up_to(self, on: str, technology: int | None, ai: int | None) -> None:
        """Sets what each function may spend in a month without approval."""
        for function, limit in ((TECHNOLOGY, self.account.money(technology)), (AI, self.account.money(ai))):
            if limit is not None:
                self.log(on, SpendingLimitSet(function, limit))

    def issues(
        self,
        on: str,
        deliverable: str,
        function: Function,
        note: str | None = None,
        *,
        recorded: str | None = None,
        precision: Precision = Precision.DAY,
    ) -> UUID:
        """A deliverable is issued."""
        return self.log(on, DeliverableIssued(deliverable, function), note, recorded=recorded, precision=precision)

    def issues_pack(self, first: str, days: int, *but: str) -> None:
        """The deliverables of the governance pack, one every `days` days, without those issued otherwise."""
        day = date.fromisoformat(first)
        for deliverable in GOVERNANCE_PACK:
            if deliverable not in but:
                self.issues(day.isoformat(), deliverable, AI)
                day += timedelta(days=days)

    def first_90_days(self, technology: str | None, ai: str | None, *but: str) -> None:
        """The plans of the first 90 days: those of technology one a week, without those issued otherwise; AI's one."""
        if technology:
            day = date.fromisoformat(technology)
            for deliverable in FIRST_90_DAYS[TECHNOLOGY]:
                if deliverable not in but:
                    self.issues(day.isoformat(), deliverable, TECHNOLOGY)
                    day += timedelta(days=7)
        if ai:
            self.issues(ai, "ai_strategy", AI)

    def meets(self, on: str, *people: str, topics: tuple[str, ...] = (), note: str | None = None) -> UUID:
        """The two hats meet."""
        return self.log(on, AlignmentHeld(tuple(map(self.firm.person, people)), topics), note)

    def holds_alignments_every(self, days: int, first: str, last: str, *people: str) -> None:
        """The two hats meet every `days` days, sometimes one or two days later."""
        day, end = date.fromisoformat(first), date.fromisoformat(last)
        topics = ("capacity for the next sprint", "model costs", "what ships before renewal", "open risks", "hiring")
        while day <= end:
            off = self.dice.choice((0, 0, 0, 1, 2))
            self.meets((day + timedelta(days=off)).isoformat(), *people, topics=(self.dice.choice(topics),))
            day += timedelta(days=days)

    def reports_hours(self, function: Function, first: str, last: str, about: int) -> None:
        """Monthly hours worked under one hat (`2026-03`), reported in the first days of the next month."""
        year, month = map(int, first.split("-"))
        while f"{year}-{month:02}" <= last:
            worked = Decimal(about) + Decimal(self.dice.randrange(-6, 7)) / 2
            after = date(year + month // 12, month % 12 + 1, self.dice.choice((1, 2, 3, 4)))
            self.log(after.isoformat(), HoursReported(self._month_of(year, month), function, max(worked, Decimal(0))))
            year, month = after.year, after.month

    def _month_of(self, year: int, month: int) -> str:
        return self.firm.day(f"{year}-{month:02}-15").strftime("%Y-%m")

    def raises(self, on: str, conflict: str, topic: str, note: str | None = None) -> UUID:
        """The two hats disagree."""
        return self.log(on, ConflictRaised(conflict, topic), note)

    def settles(self, on: str, conflict: str, by: str, note: str | None = None) -> UUID:
        """A disagreement is resolved by `technology`, `ai`, both (`joint`) or the `ceo`."""
        return self.log(on, ConflictResolvedBy(conflict, Resolver(by)), note)

    def starts(self, on: str, initiative: str, note: str | None = None) -> UUID:
        """An AI initiative starts."""
        return self.log(on, InitiativeStarted(initiative), note)

    def goes_live(self, on: str, initiative: str, note: str | None = None, *, recorded: str | None = None) -> UUID:
        """An AI initiative is in production."""
        return self.log(on, InitiativeLive(initiative), note, recorded=recorded)

    def measures(
        self,
        on: str,
        initiative: str,
        metric: str,
        baseline: str | None,
        value: str,
        unit: str,
        note: str | None = None,
        *,
        recorded: str | None = None,
    ) -> UUID:
        """The outcome of an AI initiative is measured."""
        before = None if baseline is None else Decimal(baseline)
        return self.log(on, OutcomeMeasured(initiative, metric, Decimal(value), unit, before), note, recorded=recorded)

    def observes(self, on: str, sign: str, evidence: str) -> UUID:
        """A warning sign is observed."""
        return self.log(on, SignObserved(sign, evidence))

    def clears(self, on: str, sign: str, evidence: str) -> UUID:
        """A warning sign is gone."""
        return self.log(on, SignCleared(sign, evidence))

    def renews(self, on: str, renews_on: str, notice_by: str | None = None, note: str | None = None) -> UUID:
        """The renewal of the letter is agreed, and until when either side may give notice."""
        notice = None if notice_by is None else self.firm.day(notice_by)
        return self.log(on, RenewalSet(self.firm.day(renews_on), notice), note)

    def declines(self, on: str, assessment: UUID, reason: str) -> UUID:
        """The client decides against the advice of an assessment."""
        return self.log(on, AdviceDeclined(assessment, reason))

    def pauses(self, on: str, reason: str, *, recorded: str | None = None) -> UUID:
        """The engagement is paused."""
        return self.log(on, Paused(reason), recorded=recorded)

    def resumes(self, on: str, reason: str, *, recorded: str | None = None) -> UUID:
        """The engagement is resumed."""
        return self.log(on, Resumed(reason), recorded=recorded)

    def closes(self, on: str, outcome: str, reason: str | None = None, *, recorded: str | None = None) -> UUID:
        """The engagement ends."""
        return self.log(on, Closed(outcome, reason), recorded=recorded)

    def assessed(self, on: str, note: str | None = None, *, recorded: str | None = None) -> UUID:
        """An assessment: the profile of that day, with the answers in `ANSWERS` and those of earlier assessments."""
        day = self.firm.day(on)
        answers = self.account.answer(day, parse_answers(ANSWERS[self.account.name, on], as_of=day))
        details = AssessmentTaken(answers_mapping(answers), self.firm.person(self.lead))
        return self.log(on, details, note, recorded=recorded)

    def first_quarter(self, technology: str | None, ai: str | None, governance: str | None = None) -> None:
        """The deliverables of a client's first quarter: the technology read and, separately, the AI half."""
        if technology:
            self.issues(technology, "technology_read", TECHNOLOGY)
        if ai:
            self.issues(ai, "ai_capability_map", AI)
        if governance:
            self.issues(governance, "governance_framework", AI)
