"""Drift: the clients whose structure has less, or more, than the frameworks advise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from domain.assessment import Direction
from domain.assessment.following import FollowUp
from domain.quarters import Quarter, quarter_of
from domain.seats import Structure
from domain.text import key_of_name
from projections.client_advice import DIRECTIONS, DRIFT, ClientAdvice, DriftSince, client_advice
from projections.columnar.array_column import Array
from projections.dated_rows import DatedRows, counted
from projections.judgements import judged_of
from projections.profiles import NamePosition
from projections.reports.by_client import FiguresByClient
from projections.reports.paging import placed_by_name
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached


@dataclass(frozen=True, slots=True)
class DriftRow:
    """A client whose structure on `as_of` differs from the advice.

    `recommended` is null when no single structure is advised; `reasons` explain the difference. `since` is the first
    day from which the drift lasted through every change of structure, profile and assessments. `frameworks` are those
    that agree with the advice in at least one respect. `assessment` is the newest one by the day, and `follow_up` what
    became of it; both are null without one.
    """

    client: UUID
    slug: str
    name: str
    structure: Structure
    recommended: Structure | None
    direction: Direction
    since: date
    frameworks: tuple[str, ...]
    reasons: tuple[str, ...]
    assessment: UUID | None
    follow_up: FollowUp | None


@dataclass(frozen=True, slots=True)
class DriftReport:
    """A page of clients in drift by name, and how many there are; `next` is the position after which more follow.

    `counts` has the clients by the quarter in which drift began, and direction.
    """

    question: ReportQuestion
    rows: tuple[DriftRow, ...]
    counts: Mapping[tuple[Quarter, Direction], int]
    next: NamePosition | None = None

    @property
    def clients(self) -> int:
        """The number of clients on all pages."""
        return sum(self.counts.values())

    def towards(self, direction: Direction) -> int:
        """The number of clients that drifted in one direction."""
        return sum(clients for (_, other), clients in self.counts.items() if other is direction)


@cached
def drift_report(
    snapshot: Snapshot,
    question: ReportQuestion,
    *,
    direction: Direction | None = None,
    limit: int | None = None,
    after: NamePosition | None = None,
) -> DriftReport:
    """Every client with an open engagement on `as_of` whose structure differs from the advice on that day.

    `direction` null means both; `limit` null gives all clients.
    """
    rows, places = _places(snapshot, question, direction)
    placed = placed_by_name(snapshot, question, rows, places)

    def rows_of(clients: frozenset[UUID]) -> Sequence[DriftRow]:
        judged = client_advice(snapshot, clients, as_of=question.as_of, known_at=question.known_at)
        drifting = [_row(one, one.drift) for one in judged if one.drift is not None]
        return sorted(drifting, key=place_of)

    page, last = placed.page(rows_of, place_of, after, limit)
    kinds = counted(rows["since"][places], rows["direction"][places])
    counts: Counter[tuple[Quarter, Direction]] = Counter()
    for (since, towards), clients in kinds:
        counts[_quarter(question, since), DIRECTIONS[towards]] += clients
    return DriftReport(question, page, counts, last)


def place_of(row: DriftRow) -> NamePosition:
    """The position of a row in the report."""
    return key_of_name(row.name), row.client


def drift_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The structure advised to each client in drift (`null`: no single one), by the quarter since and direction."""
    rows, places = _places(snapshot, question, None)
    columns = (rows[column][places].tolist() for column in ("since", "direction", "recommended"))
    return {
        client: {f"{_quarter(question, since)}.{DIRECTIONS[direction]}": rows.words.names[recommended]}
        for client, since, direction, recommended in zip(rows.client_ids(rows["client"][places]), *columns, strict=True)
    }


def _places(snapshot: Snapshot, question: ReportQuestion, direction: Direction | None) -> tuple[DatedRows, Array]:
    """The judged rows, and the places of those of the chosen clients on the day."""
    rows, is_chosen = judged_of(snapshot, DRIFT, question)
    places = rows.on(question.as_of.toordinal())
    places = places[is_chosen[rows["client"][places]]]
    if direction is not None:
        places = places[rows["direction"][places] == DIRECTIONS.index(direction)]
    return rows, places


def _quarter(question: ReportQuestion, day: int) -> Quarter:
    return quarter_of(date.fromordinal(day), question.fiscal_year_start_month)


def link_to_drift(question: ReportQuestion, quarter: str, direction: str) -> Link:
    """The link to the clients in drift in a direction since a quarter; both may be `any`."""
    return question.link_to_row("drift")(f"{quarter}.{direction}")


def _row(judged: ClientAdvice, drift: DriftSince) -> DriftRow:
    newest = judged.follow_ups[-1].follow_up if judged.follow_ups else None
    return DriftRow(
        client=judged.client,
        slug=judged.slug,
        name=judged.name,
        structure=drift.structure,
        recommended=drift.advice.outcome.structure,
        direction=drift.direction,
        since=drift.since,
        frameworks=drift.advice.frameworks,
        reasons=drift.reasons,
        assessment=newest.assessment if newest else None,
        follow_up=newest,
    )


def _drift_row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.outgrown`: the quarter in which it began, and the direction. The report is not bounded by quarters."""
    quarter = quarter_of(question.as_of, question.fiscal_year_start_month)
    return RowQuery(replace(question, first=quarter, last=quarter), drift_by_client)


def _table(answer: DriftReport, names: Names) -> Table:
    columns = ("client", "slug", "structure", "recommended", "direction", "since", "frameworks", "reasons", "advice")
    rows = (
        (
            *(row.name, row.slug, row.structure, row.recommended, row.direction, row.since),
            *("; ".join(row.frameworks), "; ".join(row.reasons), row.follow_up.status if row.follow_up else None),
        )
        for row in answer.rows
    )
    return Table(columns, rows)


REPORT = Report("drift", drift_report, drift_by_client, _table, _drift_row, has_wildcards=True)
