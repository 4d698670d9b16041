"""A client's timeline: seats, structures, transitions and quarters over all its engagements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.milestones import Kind
from domain.quarters import Quarter, quarter_of, quarters_between
from domain.seats import Function, SeatTerms, Structure
from domain.timeline import Status, StructureSpan, is_within
from projections.assessments import TakenAssessment, taken_assessments
from projections.client_filter import ClientStatus, day_in
from projections.client_queries import PreparedQuery
from projections.clients import client_status, terms_of
from projections.milestone_versions import MilestoneVersion
from projections.milestones import standing_milestones
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS, STATUS_SPANS, STRUCTURE_SPANS, TRANSITIONS


@dataclass(frozen=True, slots=True)
class TimelineSeat:
    """One function in one seat on the same terms over `[start, end)`; `planned` means that it starts after `as_of`."""

    engagement: UUID
    function: Function
    seat: UUID
    terms: SeatTerms
    start: date
    end: date | None
    planned: bool
    milestone: UUID


@dataclass(frozen=True, slots=True)
class TimelineStructure:
    """One structure over `[start, end)`, and the milestone that began it; `planned` as for seats."""

    engagement: UUID
    structure: Structure
    start: date
    end: date | None
    planned: bool
    milestone: UUID


@dataclass(frozen=True, slots=True)
class TimelineTransition:
    """A transition between structures; `before` is null when the engagement begins, `after` when it closes."""

    engagement: UUID
    before: Structure | None
    after: Structure | None
    on: date
    planned: bool
    milestone: UUID


@dataclass(frozen=True, slots=True)
class StructureDays:
    """The number of days of a quarter with a structure, plans included."""

    structure: Structure
    days: int


@dataclass(frozen=True, slots=True)
class TimelineQuarter:
    """A quarter of a client's timeline; `structure` and `status` are those of its last day, or of `as_of` within it.

    `milestones` take effect in the quarter, in effective order; `planned` means that it starts after `as_of`.
    """

    quarter: Quarter
    structure: Structure | None
    structure_days: tuple[StructureDays, ...]
    milestones: tuple[UUID, ...]
    status: ClientStatus
    planned: bool

    @property
    def start(self) -> date:
        """The first day."""
        return self.quarter.start

    @property
    def end(self) -> date:
        """The last day."""
        return self.quarter.end


@dataclass(frozen=True, slots=True)
class ClientTimeline:
    """A client's whole timeline, or the part within some quarters."""

    client: UUID
    as_of: date
    known_at: datetime | None
    seat_spans: tuple[TimelineSeat, ...]
    structure_spans: tuple[TimelineStructure, ...]
    quarters: tuple[TimelineQuarter, ...]
    milestones: tuple[MilestoneVersion, ...]
    transitions: tuple[TimelineTransition, ...]
    assessments: tuple[TakenAssessment, ...]


def timeline_of(
    snapshot: Snapshot,
    client: UUID,
    *,
    as_of: date,
    known_at: datetime | None = None,
    first_quarter: Quarter | None = None,
    last_quarter: Quarter | None = None,
    fiscal_year_start_month: int = 1,
) -> ClientTimeline:
    """A client's timeline in fiscal quarters of years that start in `fiscal_year_start_month`.

    Without bounds, the quarters run from the first engagement to `as_of` or the last milestone, whichever is later.
    With bounds, only the spans that overlap these quarters and the milestones in them are included. Raises `ValueError`
    when a bound has another fiscal year, or the bounds are in the wrong order.
    """
    for bound in (first_quarter, last_quarter):
        if bound is not None and bound.fiscal_year_start_month != fiscal_year_start_month:
            raise ValueError(f"{bound} is not in a year that starts in month {fiscal_year_start_month}")
    if first_quarter is not None and last_quarter is not None and last_quarter < first_quarter:
        raise ValueError(f"{first_quarter} comes after {last_quarter}")
    history = read_history(snapshot, client, as_of, known_at)
    first_day = first_quarter.start if first_quarter else date.min
    last_day = last_quarter.end if last_quarter else date.max
    milestones = tuple(m for m in history.milestones if first_day <= m.takes_effect_on <= last_day)
    return ClientTimeline(
        client=client,
        as_of=as_of,
        known_at=known_at,
        seat_spans=tuple(span for span in history.seat_spans if _touches(span, first_day, last_day)),
        structure_spans=tuple(span for span in history.structure_spans if _touches(span, first_day, last_day)),
        quarters=_quarters(history, milestones, as_of, first_quarter, last_quarter, fiscal_year_start_month),
        milestones=milestones,
        transitions=tuple(t for t in history.transitions if first_day <= t.on <= last_day),
        assessments=tuple(a for a in history.assessments(as_of) if first_day <= a.on <= last_day),
    )


@dataclass(frozen=True, slots=True)
class ClientHistory:
    """All spans, transitions and milestones of a client, in order."""

    seat_spans: tuple[TimelineSeat, ...]
    structure_spans: tuple[TimelineStructure, ...]
    transitions: tuple[TimelineTransition, ...]
    milestones: tuple[MilestoneVersion, ...]
    statuses: tuple[tuple[Status, date, date | None], ...]
    began_on: date | None

    def assessments(self, as_of: date) -> tuple[TakenAssessment, ...]:
        """The client's assessments, with what became of each by a day."""
        structures = (StructureSpan(s.structure, s.start, s.end, s.milestone) for s in self.structure_spans)
        return taken_assessments(self.milestones, structures, as_of)


def read_history(snapshot: Snapshot, client: UUID, as_of: date, known_at: datetime | None) -> ClientHistory:
    """Everything known about a client's timeline at an instant (null: now)."""
    milestones = tuple(standing_milestones(snapshot, client=client, known_at=known_at))
    return ClientHistory(
        seat_spans=tuple(
            TimelineSeat(
                engagement=row.stream_id,
                function=row.function,
                seat=row.seat_id,
                terms=terms_of(row),
                start=row.starts_on,
                end=row.ends_on,
                planned=row.starts_on > as_of,
                milestone=row.milestone_id,
            )
            for row in _SEATS.rows(snapshot, client, known_at)
        ),
        structure_spans=tuple(
            TimelineStructure(
                engagement=row.stream_id,
                structure=row.structure,
                start=row.starts_on,
                end=row.ends_on,
                planned=row.starts_on > as_of,
                milestone=row.milestone_id,
            )
            for row in _STRUCTURES.rows(snapshot, client, known_at)
        ),
        transitions=tuple(
            TimelineTransition(
                engagement=row.stream_id,
                before=row.before,
                after=row.after,
                on=row.made_on,
                planned=row.made_on > as_of,
                milestone=row.milestone_id,
            )
            for row in _TRANSITIONS.rows(snapshot, client, known_at)
        ),
        milestones=milestones,
        statuses=tuple((row.status, row.starts_on, row.ends_on) for row in _STATUSES.rows(snapshot, client, known_at)),
        began_on=min((m.takes_effect_on for m in milestones if m.kind is Kind.OPENED), default=None),
    )


# technology first
_SEATS = PreparedQuery.prepare(SEAT_SPANS, order=(SEAT_SPANS.c.function.desc(), SEAT_SPANS.c.starts_on))
_STRUCTURES = PreparedQuery.prepare(STRUCTURE_SPANS, order=(STRUCTURE_SPANS.c.starts_on,))
# an engagement may close on the day on which the next one begins
_TRANSITIONS = PreparedQuery.prepare(TRANSITIONS, order=(TRANSITIONS.c.made_on, TRANSITIONS.c.before.is_(None)))
_STATUSES = PreparedQuery.prepare(STATUS_SPANS, order=(STATUS_SPANS.c.starts_on,))


def _touches(span: TimelineSeat | TimelineStructure, first_day: date, last_day: date) -> bool:
    return span.start <= last_day and (span.end is None or span.end > first_day)


def _quarters(
    history: ClientHistory,
    milestones: Sequence[MilestoneVersion],
    as_of: date,
    first: Quarter | None,
    last: Quarter | None,
    fiscal_year_start_month: int,
) -> tuple[TimelineQuarter, ...]:
    if history.began_on is None and first is None and last is None:
        return ()
    if first is None:
        first = quarter_of(history.began_on or as_of, fiscal_year_start_month)
    if last is None:
        latest = max([as_of, *(m.takes_effect_on for m in history.milestones[-1:])])
        last = quarter_of(latest, fiscal_year_start_month)
    return tuple(_quarter(history, milestones, quarter, as_of) for quarter in quarters_between(first, last))


def _quarter(
    history: ClientHistory, milestones: Sequence[MilestoneVersion], quarter: Quarter, as_of: date
) -> TimelineQuarter:
    day, last = day_in(quarter, as_of), quarter.end
    days: dict[Structure, int] = {}
    for span in history.structure_spans:
        if held_days := quarter.days_held(span.start, span.end):
            days[span.structure] = days.get(span.structure, 0) + held_days
    structure = next((s.structure for s in history.structure_spans if is_within(s.start, s.end, day)), None)
    status = next((status for status, start, end in history.statuses if is_within(start, end, day)), None)
    return TimelineQuarter(
        quarter=quarter,
        structure=structure,
        structure_days=tuple(StructureDays(*pair) for pair in days.items()),
        milestones=tuple(m.id for m in milestones if quarter.start <= m.takes_effect_on <= last),
        status=client_status(status, has_begun=history.began_on is not None and history.began_on <= day),
        planned=quarter.start > as_of,
    )
