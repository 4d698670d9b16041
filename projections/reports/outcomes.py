"""Outcomes: AI initiatives from the start to production to what was measured.

One row per metric of each initiative that was started by `as_of`, in whichever engagement; an initiative without a
measurement has one row without a metric. Quarters, if given, leave initiatives out of which nothing happened in them.
`domain.outcomes` says what counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from statistics import median
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote
from uuid import UUID

from sqlalchemy import Select, select

from domain.milestones import Kind
from domain.outcomes import KINDS, Initiative, Measurement, Stage, initiatives_on
from domain.signs.facts import EngagementFacts
from domain.text import key_of_name
from projections.client_facts import engagement_facts
from projections.milestone_versions import MILESTONES
from projections.profiles import names_and_slugs_of
from projections.read_model import known_at_instant
from projections.reports.by_client import ANY, Figure, FiguresByClient
from projections.reports.paging import page_of
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Cell, Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached

STAGE: Final = "stage"
_CACHE_KEY: Final = "outcomes"

OutcomePlace: TypeAlias = tuple[str, UUID, int, str, str, UUID]
"""A row's position: the client's folded name and id, the initiative's start and name, the metric, the engagement."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """A metric of an initiative; `measurement` is null for an initiative without any."""

    client: UUID
    slug: str
    name: str
    engagement: UUID
    initiative: Initiative
    measurement: Measurement | None


@dataclass(frozen=True, slots=True)
class OutcomeTotals:
    """All initiatives of the question: how many have come how far, and the median of days until they were live."""

    initiatives: int
    stages: Mapping[Stage, int]
    median_days_to_live: float | None


@dataclass(frozen=True, slots=True)
class OutcomesReport:
    """A page of rows by client and start, and the totals of all; `next` is the position after which more follow."""

    question: ReportQuestion
    rows: tuple[OutcomeRow, ...]
    totals: OutcomeTotals
    next: OutcomePlace | None = None


def place_of(row: OutcomeRow) -> OutcomePlace:
    """The position of a row in the report."""
    metric = "" if row.measurement is None else row.measurement.metric
    started = row.initiative.started_on.toordinal()
    return key_of_name(row.name), row.client, started, row.initiative.name, metric, row.engagement


@cached
def _whole_report(snapshot: Snapshot, question: ReportQuestion) -> OutcomesReport:
    rows = tuple(sorted(_rows(snapshot, question), key=place_of))
    return OutcomesReport(question, rows, _totals(rows))


def _rows(snapshot: Snapshot, question: ReportQuestion) -> Iterator[OutcomeRow]:
    day = question.as_of.toordinal()
    initiatives = {
        client: [
            (facts.engagement, initiative)
            for facts in engagements
            for initiative in initiatives_on(facts, day)
            if _is_within(initiative, question)
        ]
        for client, engagements in _facts(snapshot, question).items()
    }
    clients = names_and_slugs_of(snapshot, initiatives, as_of=question.as_of, known_at=question.known_at)
    for client, of_client in initiatives.items():
        name, slug = clients[client]
        for engagement, initiative in of_client:
            for measurement in initiative.measurements or (None,):
                yield OutcomeRow(client, slug, name, engagement, initiative, measurement)


def _is_within(initiative: Initiative, question: ReportQuestion) -> bool:
    """Whether it was started, live or measured within the question's quarters, if given."""
    measured = (measurement.measured_on for measurement in initiative.measurements)
    days = [initiative.started_on, *((initiative.live_on,) if initiative.live_on else ()), *measured]
    first, last = question.first, question.last
    return any((first is None or first.start <= day) and (last is None or day <= last.end) for day in days)


_Facts: TypeAlias = Mapping[UUID, tuple[EngagementFacts, ...]]


def _facts(snapshot: Snapshot, question: ReportQuestion) -> _Facts:
    """The engagements of the chosen clients that have initiatives."""
    chosen: Select[Any] | None = question.chosen_ids()
    clients = None if chosen is None else frozenset(snapshot.connection.execute(chosen).scalars())
    if question.known_at is not None:
        return _read(snapshot, clients, known_at=question.known_at)
    every_client = snapshot.judged(_CACHE_KEY, partial(_read, snapshot))
    if clients is None:
        return every_client
    return {client: facts for client, facts in every_client.items() if client in clients}


def _read(snapshot: Snapshot, clients: Collection[UUID] | None, *, known_at: datetime | None = None) -> _Facts:
    if clients is None:
        clients = _with_initiatives(snapshot, known_at)
    return {
        client: engagements
        for client, engagements in engagement_facts(snapshot, KINDS, clients, known_at=known_at)
        if any(True for facts in engagements for _ in initiatives_on(facts, date.max.toordinal()))
    }


def _with_initiatives(snapshot: Snapshot, known_at: datetime | None) -> frozenset[UUID]:
    """The clients that have ever started an initiative, as was known; the others need not be read."""
    table = MILESTONES.c
    query = select(table.client_id).where(known_at_instant(MILESTONES, known_at), table.kind == Kind.INITIATIVE_STARTED)
    return frozenset(snapshot.connection.execute(query.distinct()).scalars().all())


def outcomes(
    snapshot: Snapshot, question: ReportQuestion, *, limit: int | None = None, after: OutcomePlace | None = None
) -> OutcomesReport:
    """The initiatives with their metrics; `limit` null gives all rows."""
    whole = _whole_report(snapshot, question)
    rows, last = page_of(whole.rows, place_of, after, limit)
    return replace(whole, rows=tuple(rows), next=last)


def _totals(rows: Iterable[OutcomeRow]) -> OutcomeTotals:
    initiatives = {(row.engagement, row.initiative.name): row.initiative for row in rows}.values()
    days = [one.days_to_live for one in initiatives if one.days_to_live is not None]
    return OutcomeTotals(
        len(initiatives),
        Counter(initiative.stage for initiative in initiatives),
        float(median(days)) if days else None,
    )


def outcomes_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The facts of each client's initiatives: when each was started and live, and the value of each metric."""
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for row in _whole_report(snapshot, question).rows:
        figures[row.client].update(_figures(row))
    return figures


def _figures(row: OutcomeRow) -> Iterator[tuple[str, Figure]]:
    initiative, name = row.initiative, in_row_name(row.initiative.name)
    yield f"{Stage.STARTED}.{name}", initiative.started_on.isoformat()
    if initiative.live_on is not None:
        yield f"{Stage.LIVE}.{name}", initiative.live_on.isoformat()
    if row.measurement is not None:
        measured = row.measurement
        yield f"{Stage.MEASURED}.{name}.{in_row_name(measured.metric)}", f"{measured.value} {measured.unit}"


def _stages_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """Each client's contribution to the counts of initiatives by stage: 1 for `stage.live` if it has one there."""
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for row in _whole_report(snapshot, question).rows:
        figures[row.client][f"{STAGE}.{row.initiative.stage}"] = 1
    return figures


def in_row_name(text: str) -> str:
    """A name as a part of a row's name, which may hold no dot."""
    return quote(text, safe=" ").replace(".", "%2E")


def out_of_row_name(part: str) -> str:
    """The name in a part of a row's name."""
    return unquote(part)


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """A fact (`live.claims triage`, `measured.claims triage.minutes`), or a stage (`stage.live`)."""
    topic, *parts = name.split(".")
    if topic == STAGE and len(parts) == 1 and parts[0] in (ANY, *Stage):
        return RowQuery(question, _stages_by_client)
    if topic in set(Stage) and len(parts) == (2 if topic == Stage.MEASURED else 1) and all(parts):
        return RowQuery(question, outcomes_by_client)
    raise ValueError(f"{name!r} is no row of the outcomes report")


def link_to_stage(question: ReportQuestion, stage: str) -> Link:
    """The link to the clients with an initiative that has come so far; `stage` may be `any`."""
    return question.link_to_row("outcomes", with_quarters=True)(f"{STAGE}.{stage}")


def _table(answer: OutcomesReport, names: Names) -> Table:
    columns = (
        *("client", "slug", "initiative", "started_on", "live_on", "days_to_live"),
        *("metric", "baseline", "value", "change", "unit", "measured_on", "owner", "owner_name"),
    )
    return Table(columns, (_cells(row, names) for row in answer.rows))


def _cells(row: OutcomeRow, names: Names) -> tuple[Cell, ...]:
    initiative, measured = row.initiative, row.measurement
    measurement: tuple[Cell, ...] = (None,) * 6
    if measured is not None:
        measurement = (
            *(measured.metric, measured.baseline, measured.value),
            *(measured.change, measured.unit, measured.measured_on),
        )
    return (
        *(row.name, row.slug, initiative.name, initiative.started_on, initiative.live_on, initiative.days_to_live),
        *measurement,
        *(initiative.owner, None if initiative.owner is None else names.get(initiative.owner)),
    )


REPORT = Report("outcomes", outcomes, outcomes_by_client, _table, _row, is_bounded=False, has_wildcards=True)
"""The outcomes report: AI initiatives from the start to production to what was measured."""
