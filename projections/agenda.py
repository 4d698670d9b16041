"""The agenda: plans, due dates and expected meetings of clients as dated entries, for calendars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from domain.due_dates import DueKind
from domain.governance import next_alignment
from domain.milestones import Kind, Precision
from domain.seats import Function
from projections.milestones import last_recordings, planned_milestones
from projections.profiles import names_of
from projections.reports.governance_facts import governance_facts
from projections.reports.plan import due_dates, overdue_dates
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot


class AgendaKind(StrEnum):
    """What an entry is about."""

    PLANNED = "planned"
    NOTICE = "notice"
    RENEWAL = "renewal"
    FIRST_QUARTER = "first_quarter"
    FIRST_90_DAYS = "first_90_days"
    ALIGNMENT = "alignment"


_OF_DUE: Mapping[DueKind, AgendaKind] = {
    DueKind.NOTICE: AgendaKind.NOTICE,
    DueKind.RENEWAL: AgendaKind.RENEWAL,
    DueKind.FIRST_QUARTER: AgendaKind.FIRST_QUARTER,
    DueKind.FIRST_90_DAYS: AgendaKind.FIRST_90_DAYS,
}


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """One day in the agenda.

    `id` stays the same while the day moves. `revision` increases with every change of the entry, and `changed_at` is
    the instant of the last. `milestone` is what was planned, in its `precision`; `function` owes what is due.
    """

    id: UUID
    kind: AgendaKind
    on: date
    client: UUID
    name: str
    revision: int
    changed_at: datetime
    milestone: Kind | None = None
    precision: Precision = Precision.DAY
    function: Function | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """The entries nearest to today, by day; `total` counts those left out as well."""

    entries: tuple[AgendaEntry, ...]
    total: int


def agenda(
    snapshot: Snapshot,
    *,
    today: date,
    day_of: Callable[[datetime], date],
    visible: frozenset[UUID] | None,
    limit: int,
) -> Agenda:
    """Upcoming dates of the visible clients (null: all), and overdue ones, which stay on their day.

    `day_of` gives the date of an instant: what was recorded before its day, and takes effect today, is still shown.
    """
    question = ReportQuestion(None, None, today, visible=visible)
    entries = [
        *_planned(snapshot, today, day_of, visible),
        *_due(snapshot, question),
        *_alignments(snapshot, question),
    ]
    total = len(entries)
    entries.sort(key=lambda entry: (abs(entry.on - today), entry.id))
    nearest = sorted(entries[:limit], key=lambda entry: (entry.on, entry.name, entry.id))
    return Agenda(tuple(nearest), total)


def _planned(
    snapshot: Snapshot, today: date, day_of: Callable[[datetime], date], visible: frozenset[UUID] | None
) -> Iterator[AgendaEntry]:
    plans = [
        plan
        for plan in planned_milestones(snapshot, as_of=today - timedelta(days=1), visible=visible, limit=None)
        if plan.takes_effect_on > today or day_of(plan.recorded_at) < today
    ]
    names = names_of(snapshot, {plan.client for plan in plans}, as_of=today)
    for plan in plans:
        yield AgendaEntry(
            id=plan.id,
            kind=AgendaKind.PLANNED,
            on=plan.takes_effect_on,
            client=plan.client,
            name=names[plan.client],
            revision=plan.version - 1,
            changed_at=plan.recorded_at,
            milestone=plan.kind,
            precision=plan.precision,
        )


def _due(snapshot: Snapshot, question: ReportQuestion) -> Iterator[AgendaEntry]:
    due = (*overdue_dates(snapshot, question, limit=None), *due_dates(snapshot, question, limit=None))
    recordings = last_recordings(snapshot, {one.engagement for one in due})
    for one in due:
        revision, changed_at = recordings[one.engagement]
        yield AgendaEntry(
            id=uuid5(one.milestone, f"{one.kind}/{one.function or ''}"),
            kind=_OF_DUE[one.kind],
            on=one.on,
            client=one.client,
            name=one.name,
            revision=revision,
            changed_at=changed_at,
            function=one.function,
        )


def _alignments(snapshot: Snapshot, question: ReportQuestion) -> Iterator[AgendaEntry]:
    today = question.as_of.toordinal()
    expected = {
        facts.engagement: (client, on)
        for client, engagements in governance_facts(snapshot, question).items()
        for facts in engagements
        if (on := next_alignment(facts, today)) is not None
    }
    recordings = last_recordings(snapshot, expected)
    names = names_of(snapshot, {client for client, _ in expected.values()}, as_of=question.as_of)
    for engagement, (client, on) in expected.items():
        revision, changed_at = recordings[engagement]
        yield AgendaEntry(
            id=uuid5(engagement, AgendaKind.ALIGNMENT),
            kind=AgendaKind.ALIGNMENT,
            on=date.fromordinal(on),
            client=client,
            name=names[client],
            revision=revision,
            changed_at=changed_at,
        )
