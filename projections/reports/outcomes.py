"""Outcomes: AI initiatives from the start to production to what was measured.

One row per metric of each initiative that was started by `as_of`, in whichever engagement; an initiative without a
measurement has one row without a metric. Quarters, if given, leave initiatives out of which nothing happened in them.
`domain.outcomes` says what counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Final, TypeAlias
from urllib.parse import quote, unquote
from uuid import UUID

import numpy as np

from domain.kinds.work import InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.outcomes import KINDS, Initiative, Measurement, Stage, initiatives_on
from domain.signs.facts import EngagementFacts
from domain.signs.periods import FOREVER
from domain.text import key_of_name
from projections.client_facts import engagement_facts, engagements_in
from projections.client_rows import ClientRows
from projections.columnar.array_column import Array
from projections.dated_rows import Column, DatedRows, JudgedClient, counted
from projections.judgements import Judgement, ids_of, judged_of
from projections.profiles import names_and_slugs_of
from projections.reports.by_client import ANY, Figure, FiguresByClient
from projections.reports.paging import PlacedRows, placed_by_name
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Cell, Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached

STAGE: Final = "stage"

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
    """The number of initiatives at each stage, and the median number of days until they were in production."""

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


def _rows(snapshot: Snapshot, question: ReportQuestion) -> Iterator[OutcomeRow]:
    day = question.as_of.toordinal()
    initiatives = {
        client: [
            (facts.engagement, initiative)
            for facts in engagements
            for initiative in initiatives_on(facts, day)
            if _is_within(initiative, question)
        ]
        for client, engagements in engagement_facts(
            snapshot, KINDS, ids_of(snapshot, question.chosen_ids()), known_at=question.known_at
        )
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


def _judge(rows: ClientRows) -> Iterator[JudgedClient]:
    for client, engagements in engagements_in(rows):
        judged = sorted(_rows_over_time(engagements), key=itemgetter(0))
        numbers: dict[tuple[int, str, UUID], int] = {}
        yield (
            client,
            [
                (start, end, numbers.setdefault((started, name, engagement), len(numbers)), stage, started, live, on)
                for (started, name, _, engagement), start, end, (stage, live, on) in judged
            ],
        )


_NEVER: Final = 0
"""The day of what has not happened."""

_STAGES: Final = tuple(Stage)

OUTCOMES: Final = Judgement(
    "outcomes",
    (
        Column("initiative", np.int32),
        Column("stage", np.int8),
        *(Column(day, np.int32) for day in ("started_on", "live_on", "measured_on")),
    ),
    _judge,
    KINDS,
)
"""The rows of the report over time, those of a client in order; `initiative` numbers the initiatives of the client."""

_Identity: TypeAlias = tuple[int, str, str, UUID]
"""What a row is about, and its place: the initiative's start and name, the metric, and the engagement."""


def _rows_over_time(
    engagements: Iterable[EngagementFacts],
) -> Iterator[tuple[_Identity, int, int, tuple[int, int, int]]]:
    """What each row is about, its days `[start, end)`, its stage, and the days of production and measurement."""
    for facts in engagements:
        days = {
            entry.day for kind in (InitiativeStarted, InitiativeLive, OutcomeMeasured) for entry in facts.entries(kind)
        }
        current: dict[_Identity, tuple[int, tuple[int, int, int]]] = {}
        for day in sorted(days):
            rows = {row: state for one in initiatives_on(facts, day) for row, state in _states(facts.engagement, one)}
            for row, (start, state) in list(current.items()):
                if rows.get(row) != state:
                    yield row, start, day, state
                    del current[row]
            for row, state in rows.items():
                current.setdefault(row, (day, state))
        for row, (start, state) in current.items():
            yield row, start, FOREVER, state


def _states(engagement: UUID, initiative: Initiative) -> Iterator[tuple[_Identity, tuple[int, int, int]]]:
    started = initiative.started_on.toordinal()
    live = _NEVER if initiative.live_on is None else initiative.live_on.toordinal()
    for measured in initiative.measurements or (None,):
        metric, on = ("", _NEVER) if measured is None else (measured.metric, measured.measured_on.toordinal())
        yield (started, initiative.name, metric, engagement), (_STAGES.index(initiative.stage), live, on)


@cached
def outcomes(
    snapshot: Snapshot, question: ReportQuestion, *, limit: int | None = None, after: OutcomePlace | None = None
) -> OutcomesReport:
    """The initiatives with their metrics; `limit` null gives all rows."""
    placed = placed_by_name(snapshot, question, *_places(snapshot, question))

    def rows_of(clients: frozenset[UUID]) -> Sequence[OutcomeRow]:
        return sorted(_rows(snapshot, replace(question, visible=clients)), key=place_of)

    page, last = placed.page(rows_of, place_of, after, limit)
    return OutcomesReport(question, page, _totals(placed), last)


def _places(snapshot: Snapshot, question: ReportQuestion) -> tuple[DatedRows, Array]:
    """The judged rows, and the places of those that the question is about."""
    rows, is_chosen = judged_of(snapshot, OUTCOMES, question)
    places = rows.on(question.as_of.toordinal())
    places = places[is_chosen[rows["client"][places]]]
    if not len(places) or (question.first is None and question.last is None):
        return rows, places
    first = _NEVER + 1 if question.first is None else question.first.start.toordinal()
    last = FOREVER if question.last is None else question.last.end.toordinal()
    days = np.stack([rows[day][places] for day in ("started_on", "live_on", "measured_on")])
    is_within = ((first <= days) & (days <= last)).any(axis=0)
    initiative = _initiatives(rows, places)
    return rows, places[np.isin(initiative, initiative[is_within])]


def _initiatives(rows: DatedRows, places: Array) -> Array:
    """A number for each initiative of all clients."""
    most = int(rows["initiative"].max(initial=0)) + 1
    return rows["client"][places].astype(np.int64) * most + rows["initiative"][places]


def _totals(placed: PlacedRows) -> OutcomeTotals:
    _, first = np.unique(_initiatives(placed.rows, placed.places), return_index=True)
    started, live = placed.values("started_on")[first], placed.values("live_on")[first]
    days = (live - started)[live != _NEVER]
    stages = {_STAGES[stage]: count for (stage,), count in counted(placed.values("stage")[first])}
    return OutcomeTotals(len(first), Counter(stages), float(np.median(days)) if len(days) else None)


def outcomes_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The facts of each client's initiatives: when each was started and live, and the value of each metric."""
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for row in _rows(snapshot, question):
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
    """The rows that count clients by the stage of their initiatives, such as `stage.live`."""
    rows, places = _places(snapshot, question)
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for number, stage in enumerate(_STAGES):
        of_stage = np.unique(rows["client"][places[rows["stage"][places] == number]])
        for client in rows.client_ids(of_stage):
            figures[client][f"{STAGE}.{stage}"] = 1
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
