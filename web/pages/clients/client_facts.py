"""The facts on a client's page, derived from its timeline and milestones as of a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.areas import DECISION_AREAS
from domain.kinds.agreements import (
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SignCleared,
    SignObserved,
    SpendingLimitSet,
)
from domain.kinds.engagement import RenewalSet
from domain.kinds.work import InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.profile import Profile
from domain.seats import Function, Money, SeatTerms, Structure
from domain.timeline import is_within
from projections.clients import ClientRow, ProfileSpan
from projections.milestone_versions import MilestoneVersion
from projections.timelines import ClientTimeline, TimelineSeat, TimelineStructure
from web.bidi import isolate
from web.charts.wording import day_words
from web.formatting import hours_text, money_text, number_text, sign_title
from web.forms import words_of
from web.kinds.page import Naming
from web.pages.clients.profile_fields import PROFILE_LABELS

_REPORTING = {"ceo": "CEO", "coo": "COO", "cto": "CTO", "board": "the board", "other": "someone else"}
OWNERS = {"technology": "Technology", "ai": "AI", "joint": "Both together", "ceo": "CEO"}
"""The owners of decisions and deliverables."""

_OWNERS_IN_SENTENCES = {"technology": "technology", "ai": "AI", "joint": "both together"}


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat on unchanged terms over `[start, end)`; a unified seat is one row."""

    functions: tuple[Function, ...]
    terms: SeatTerms
    start: date
    end: date | None
    planned: bool
    engagement: UUID
    milestone: UUID

    @property
    def title(self) -> str:
        """The name of the seat."""
        return (
            "Unified seat"
            if len(self.functions) > 1
            else f"{'CTO' if self.functions[0].value == 'technology' else 'CAIO'} seat"
        )

    @property
    def hours(self) -> str:
        """Agreed hours a month."""
        return hours_text(self.terms.hours_per_month)

    @property
    def fee(self) -> str:
        """The monthly fee."""
        return money_text(self.terms.monthly_fee)

    @property
    def reports_to(self) -> str:
        """Whom the holder reports to."""
        return _REPORTING[self.terms.reports_to.value] if self.terms.reports_to else ""


def seat_rows(spans: Sequence[TimelineSeat]) -> list[SeatRow]:
    """Seat spans by start; the two spans of a unified seat are one row."""
    rows: dict[tuple[UUID, UUID, date], SeatRow] = {}
    for span in sorted(spans, key=lambda s: (s.start, s.function is Function.AI)):
        place = (span.engagement, span.seat, span.start)
        functions = (*rows[place].functions, span.function) if place in rows else (span.function,)
        rows[place] = SeatRow(
            functions, span.terms, span.start, span.end, span.planned, span.engagement, span.milestone
        )
    return list(rows.values())


def structure_on(spans: Sequence[TimelineStructure], day: date) -> TimelineStructure | None:
    """The structure span that contains a day; null without one."""
    return next((span for span in spans if is_within(span.start, span.end, day)), None)


def state_of(client: ClientRow, timeline: ClientTimeline, naming: Naming) -> list[tuple[str, str]]:
    """The client's state on the day of the timeline, as names and values."""
    as_of = timeline.as_of
    structure = structure_on(timeline.structure_spans, as_of)
    pairs: list[tuple[str, str]] = []
    for function, title in ((Function.TECHNOLOGY, "CTO"), (Function.AI, "CAIO")):
        seat = next((s for s in client.seats if function in s.functions), None)
        if client.structure is not None:
            pairs.append((title, _seat_words(seat.terms, naming) if seat else "vacant"))
    if structure is not None:
        pairs.append(("In this structure", _days(as_of, structure.start)))
    fees = _fees(client)
    if fees:
        pairs.append(("Monthly fees", fees))
    hours = sum(
        (
            n
            for seat in client.seats
            if seat.terms.hours_per_month
            for n in (seat.terms.hours_per_month.technology, seat.terms.hours_per_month.ai)
            if n is not None
        ),
        Decimal(0),
    )
    if hours:
        pairs.append(("Hours a month", number_text(hours)))
    if client.practice_lead:
        pairs.append(("Practice lead", naming(client.practice_lead)))
    pairs += agreed_pairs(client.engagement, timeline.milestones, as_of)
    pairs += _times_to(timeline)
    return pairs


def agreed_pairs(
    engagement: UUID | None, milestones: Sequence[MilestoneVersion], as_of: date
) -> Iterator[tuple[str, str]]:
    """The renewal date and the spending limits of the open engagement: the newest of each."""
    renewal: RenewalSet | None = None
    limits: dict[Function, Money] = {}
    for milestone in _up_to(milestones, as_of):
        if milestone.engagement == engagement:
            renewal = milestone.details_as(RenewalSet) or renewal
            if spending := milestone.details_as(SpendingLimitSet):
                limits[spending.function] = spending.limit
    if renewal is not None:
        until = f", notice by {day_words(renewal.notice_by)}" if renewal.notice_by else ""
        yield "Renews on", f"{day_words(renewal.renews_on)}{until}"
    for function, title in ((Function.TECHNOLOGY, "CTO spending limit"), (Function.AI, "CAIO spending limit")):
        if function in limits:
            yield title, f"{money_text(limits[function])} a month"


def _days(as_of: date, start: date) -> str:
    days = (as_of - start).days
    return "since today" if days == 0 else f"{days:,} day{'s' if days != 1 else ''}"


def _seat_words(terms: SeatTerms, naming: Naming) -> str:
    interim = ", interim" if terms.interim else ""
    return f"{isolate(naming(terms.holder))}, {terms.commitment.value.replace('_', '-')}{interim}"


def _fees(client: ClientRow) -> str:
    sums: dict[str, Decimal] = {}
    for seat in client.seats:
        if seat.terms.monthly_fee:
            fee = seat.terms.monthly_fee
            sums[fee.currency] = sums.get(fee.currency, Decimal(0)) + fee.amount
    return ", ".join(money_text(Money(amount, currency)) for currency, amount in sorted(sums.items()))


_UNIFIED = {Structure.UNIFIED_FRACTIONAL, Structure.UNIFIED_FULL_TIME}
_PAIRS = {
    Structure.FRACTIONAL_PAIR,
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
    Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
    Structure.FULL_TIME_PAIR,
}


def _times_to(timeline: ClientTimeline) -> Iterator[tuple[str, str]]:
    """Time to split and time to full-time in the open engagement, if they happened."""
    structure = structure_on(timeline.structure_spans, timeline.as_of)
    if structure is None:
        return
    spans = [s for s in timeline.structure_spans if s.engagement == structure.engagement and s.start <= timeline.as_of]
    unified = next((s.start for s in spans if s.structure in _UNIFIED), None)
    split = next((s.start for s in spans if unified and s.structure in _PAIRS and s.start > unified), None)
    if unified and split:
        yield "Time to split", f"{(split - unified).days:,} days"
    first = next((s.start for s in spans if s.structure is not Structure.NONE), None)
    full = next((s.start for s in spans if "full_time" in s.structure.value), None)
    if first and full and full > first:
        yield "Time to full-time", f"{(full - first).days:,} days"


@dataclass(frozen=True, slots=True)
class Standing:
    """A current fact set by a milestone: what, by whom or how, since when.

    `usual` is how the source articles have it, where that is different.
    """

    what: str
    how: str
    since: date
    precision: str
    milestone: MilestoneVersion
    note: str = ""
    usual: str = ""


def _up_to(milestones: Sequence[MilestoneVersion], as_of: date) -> Iterator[MilestoneVersion]:
    return (m for m in milestones if m.takes_effect_on <= as_of)


def _stands(milestone: MilestoneVersion, what: str, how: str, note: str = "") -> Standing:
    return Standing(what, how, milestone.effective_on, milestone.precision.value, milestone, note)


def decision_rights(milestones: Sequence[MilestoneVersion], as_of: date) -> list[Standing]:
    """The newest assignment of each decision area; the standard areas come first."""
    by_area: dict[str, Standing] = {}
    for milestone in _up_to(milestones, as_of):
        if right := milestone.details_as(DecisionRightAssigned):
            limit = money_text(right.spending_limit)
            usual = DECISION_AREAS.get(right.area, right.owner)
            by_area[right.area] = replace(
                _stands(milestone, words_of(right.area), OWNERS[right.owner], f"alone up to {limit}" if limit else ""),
                usual=_OWNERS_IN_SENTENCES[usual] if usual != right.owner else "",
            )
    places = {area: place for place, area in enumerate(DECISION_AREAS)}
    return [by_area[area] for area in sorted(by_area, key=lambda area: (places.get(area, len(places)), area))]


def open_areas(milestones: Sequence[MilestoneVersion], as_of: date) -> list[tuple[str, str]]:
    """The standard decision areas without an owner, each with its usual owner in the source articles."""
    rights = (milestone.details_as(DecisionRightAssigned) for milestone in _up_to(milestones, as_of))
    named = {right.area for right in rights if right is not None}
    return [(words_of(area), OWNERS[owner]) for area, owner in DECISION_AREAS.items() if area not in named]


def open_conflicts(milestones: Sequence[MilestoneVersion], as_of: date) -> list[Standing]:
    """The conflicts that are not resolved."""
    conflicts: dict[str, Standing] = {}
    for milestone in _up_to(milestones, as_of):
        if raised := milestone.details_as(ConflictRaised):
            conflicts[raised.conflict] = _stands(milestone, isolate(raised.conflict), isolate(raised.topic))
        elif resolved := milestone.details_as(ConflictResolvedBy):
            conflicts.pop(resolved.conflict, None)
    return list(conflicts.values())


def observed_signs(milestones: Sequence[MilestoneVersion], as_of: date) -> list[Standing]:
    """The observed signs that are not cleared."""
    signs: dict[str, Standing] = {}
    for milestone in _up_to(milestones, as_of):
        if observed := milestone.details_as(SignObserved):
            signs[observed.sign] = _stands(milestone, sign_title(observed.sign), isolate(observed.evidence))
        elif cleared := milestone.details_as(SignCleared):
            signs.pop(cleared.sign, None)
    return list(signs.values())


def initiatives(milestones: Sequence[MilestoneVersion], as_of: date) -> list[Standing]:
    """AI initiatives: since when they are started or live, and their last measurement."""
    by_name: dict[str, Standing] = {}
    for milestone in _up_to(milestones, as_of):
        if started := milestone.details_as(InitiativeStarted):
            by_name[started.initiative] = _stands(milestone, words_of(started.initiative), "started")
        elif live := milestone.details_as(InitiativeLive):
            by_name[live.initiative] = _stands(milestone, words_of(live.initiative), "live")
        elif (measured := milestone.details_as(OutcomeMeasured)) and measured.initiative in by_name:
            was = f"{number_text(measured.baseline)} to " if measured.baseline is not None else ""
            outcome = f"{isolate(measured.metric)}: {was}{number_text(measured.value)} {isolate(measured.unit)}"
            by_name[measured.initiative] = replace(by_name[measured.initiative], note=outcome)
    return list(by_name.values())


def profile_pairs(profile: Profile) -> list[tuple[str, str]]:
    """The known profile fields, as labels and values."""
    return [
        (PROFILE_LABELS[f.name], profile_text(getattr(profile, f.name)))
        for f in fields(profile)
        if getattr(profile, f.name) is not None
    ]


def profile_text(value: object) -> str:
    """The value of a profile field as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        return money_text(value)
    return number_text(value) if isinstance(value, int) else words_of(str(value))


def profile_changes(spans: Sequence[ProfileSpan]) -> list[tuple[date | None, list[str]]]:
    """The changes of name and profile, newest first, in words."""
    changes: list[tuple[date | None, list[str]]] = []
    before: ProfileSpan | None = None
    for span in spans:
        words = []
        if before is None:
            words = [f"{name}: {isolate(value)}" for name, value in profile_pairs(span.profile)]
        else:
            if span.name != before.name:
                words.append(f"Name: {isolate(span.name)} (was {isolate(before.name)})")
            for f in fields(span.profile):
                old, new = getattr(before.profile, f.name), getattr(span.profile, f.name)
                if old != new:
                    was = "not known" if old is None else profile_text(old)
                    now = "not known" if new is None else profile_text(new)
                    words.append(f"{PROFILE_LABELS[f.name]}: {isolate(now)} (was {isolate(was)})")
        if words:
            changes.append((span.start, words))
        before = span
    return changes[::-1]
