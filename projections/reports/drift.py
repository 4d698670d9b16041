"""Drift: the clients whose structure has less, or more, than the frameworks advise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from domain.assessment import Direction
from domain.assessment.following import FollowUp
from domain.quarters import quarter_of
from domain.seats import Structure
from projections.client_advice import ClientAdvice, DriftSince, client_advice
from projections.reports.by_client import FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached


@dataclass(frozen=True, slots=True)
class DriftRow:
    """A client whose structure on `as_of` differs from the advice.

    `recommended` is null when no single structure is advised; `reasons` explain the difference. `since` is the first
    day from which the drift lasted through every change of structure, profile and assessments. `frameworks` are those
    that agree with the advice in at least one respect. `assessment` is the newest one by the day, and `follow_up` what
    became of it; both are null without any.
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
    """Clients in drift, by name."""

    question: ReportQuestion
    rows: tuple[DriftRow, ...]

    def towards(self, direction: Direction) -> DriftReport:
        """Only the clients that drifted in one direction."""
        return replace(self, rows=tuple(row for row in self.rows if row.direction is direction))


@cached
def drift_report(snapshot: Snapshot, question: ReportQuestion) -> DriftReport:
    """Every client with an open engagement on `as_of` whose structure differs from the advice on that day."""
    judged = sorted(client_advice(snapshot, question), key=lambda one: one.place)
    return DriftReport(question, tuple(_row(one, one.drift) for one in judged if one.drift is not None))


def drift_towards(snapshot: Snapshot, question: ReportQuestion, *, direction: Direction | None = None) -> DriftReport:
    """The clients in drift, in one direction or both."""
    report = drift_report(snapshot, question)
    return report if direction is None else report.towards(direction)


def drift_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The structure advised to each client in drift (`null`: no single one), by the quarter since and direction."""
    month = question.fiscal_year_start_month
    return {
        row.client: {f"{quarter_of(row.since, month)}.{row.direction}": str(row.recommended or "null")}
        for row in drift_report(snapshot, question).rows
    }


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
    """`2026-Q1.outgrown`: the quarter since which, and the direction. The report is not bounded by quarters."""
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


REPORT = Report("drift", drift_towards, drift_by_client, _table, _drift_row, has_wildcards=True)
