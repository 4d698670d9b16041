"""What reports are made of: which clients stand behind a row, and what each of them contributes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select

from domain.quarters import Quarter, parse_quarter, quarter_of
from domain.seats import Structure
from projections.folding import known
from projections.reports.capacity import capacity_by_client
from projections.reports.drift import drift_by_client
from projections.reports.flows import STATES, flows_by_client
from projections.reports.groups import Field
from projections.reports.parameters import ReportParameters
from projections.reports.paths import paths_by_client
from projections.reports.plan import plan_by_client
from projections.reports.quarter_grid import quarter_grid
from projections.reports.revenue import revenue_by_client
from projections.reports.scope import ANY, Contributions, Scope, of_chosen
from projections.reports.time_to import Awaited, times_by_client
from projections.snapshot import Snapshot
from projections.spans import TRANSITIONS


class UnknownRow(ValueError):  # noqa: N818  (what a reader wrote is refused; the program is in order)
    """No report has a row of that name."""


class Report(StrEnum):
    """Reports whose rows have names by which they can be asked for their clients."""

    TRANSITIONS = "transitions"
    PATHS = "paths"
    PLAN = "plan"
    TIME_TO = "time-to"
    REVENUE = "revenue"
    CAPACITY = "capacity"
    DRIFT = "drift"


_LIKE = (Report.TRANSITIONS, Report.PLAN, Report.REVENUE, Report.DRIFT)
"""Those whose names take `any` for a part."""


def structures_by_client(snapshot: Snapshot, parameters: ReportParameters) -> Contributions:
    """Each client's structure at the end of each quarter: what mix and grid are made of."""
    return {
        row.client: {str(cell.quarter): str(cell.structure) for cell in row.cells if cell.structure is not None}
        for row in quarter_grid(snapshot, parameters).rows
    }


def moves_by_client(snapshot: Snapshot, parameters: ReportParameters) -> Contributions:
    """How often each client moved from one structure to another, quarter by quarter, up to `as_of`."""
    move = TRANSITIONS.c
    query = select(move.client_id, move.made_on, move.before, move.after).where(
        known(TRANSITIONS, parameters.known_at),
        move.made_on.between(parameters.first.start, min(parameters.last.end, parameters.as_of)),
        of_chosen(move.client_id, parameters),
    )
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    for client, on, before, after in snapshot.connection.execute(query):
        quarter = quarter_of(on, parameters.first.fiscal_year_start_month)
        found[client][f"{quarter}.{before or 'null'}.{after or 'null'}"] += 1
    return found


def clients_of_row(snapshot: Snapshot, report: Report, row: str, asked: Scope) -> frozenset[UUID]:
    """The clients behind the row of that name, among those who are chosen; raises `UnknownRow`."""
    try:
        contributions = _behind(snapshot, report, row, asked)
    except ValueError:
        raise UnknownRow(f"The report {report} has no such row.") from None
    if report in _LIKE:
        return frozenset(client for client, rows in contributions.items() if any(_is_like(row, name) for name in rows))
    return frozenset(client for client, rows in contributions.items() if row in rows)


def _is_like(row: str, name: str) -> bool:
    parts, others = row.split("."), name.split(".")
    return len(parts) == len(others) and all(part in (ANY, other) for part, other in zip(parts, others, strict=True))


def _behind(snapshot: Snapshot, report: Report, row: str, asked: Scope) -> Contributions:
    match report:
        case Report.TRANSITIONS:
            return _flows(snapshot, row, asked)
        case Report.PATHS:
            return paths_by_client(snapshot, asked)
        case Report.TIME_TO:
            event, by, first, _ = row.split(".", maxsplit=3)
            return times_by_client(
                snapshot,
                asked,
                Awaited(event),
                by=Field(by) if by else None,
                first_arrangement=Structure(first) if first else None,
            )
        case Report.PLAN:
            quarter = _quarter_in(row, asked)
            return plan_by_client(snapshot, replace(asked, first=quarter, last=quarter))
        case Report.REVENUE:
            return revenue_by_client(snapshot, _in_quarter(row, asked))
        case Report.CAPACITY:
            return capacity_by_client(snapshot, _in_quarter(row, asked))
        case Report.DRIFT:
            return drift_by_client(snapshot, _on_the_day(asked))


def _flows(snapshot: Snapshot, row: str, asked: Scope) -> Contributions:
    """The states at the ends of the quarters that a row names."""
    labels, states = row.split(".")[::2], row.split(".")[1::2]
    if len(labels) != len(states) or not set(states) <= {*STATES, ANY}:
        raise UnknownRow(f"{row} does not name a state for each quarter.")
    quarters = [parse_quarter(label, asked.fiscal_year_start_month) for label in labels]
    if len(quarters) < 2 or any(later <= quarter for quarter, later in pairwise(quarters)):
        raise UnknownRow(f"{row} does not name quarters one after the other.")
    between = ReportParameters(quarters[0], quarters[-1], asked.as_of, asked.known_at, asked.chosen, asked.visible)
    return flows_by_client(snapshot, between, quarters)


def _on_the_day(asked: Scope) -> ReportParameters:
    """What is asked, where no quarter matters."""
    quarter = quarter_of(asked.as_of, asked.fiscal_year_start_month)
    return ReportParameters(quarter, quarter, asked.as_of, asked.known_at, asked.chosen, asked.visible)


def _in_quarter(row: str, asked: Scope) -> ReportParameters:
    """What is asked, of the one quarter in which the row is."""
    quarter = _quarter_in(row, asked)
    return ReportParameters(quarter, quarter, asked.as_of, asked.known_at, asked.chosen, asked.visible)


def _quarter_in(row: str, asked: Scope) -> Quarter:
    return parse_quarter(row.partition(".")[0], asked.fiscal_year_start_month)
