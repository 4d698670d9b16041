"""Every report as a flat table: columns, and rows of typed cells, for whoever writes spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import singledispatch
from typing import NamedTuple, TypeAlias
from uuid import UUID

from domain.client import is_uuid
from projections.reports.capacity import Capacity, CapacityRow
from projections.reports.drift import DriftReport
from projections.reports.groups import Field
from projections.reports.hour_bands import Verdict
from projections.reports.paths import Paths
from projections.reports.plan import Plan
from projections.reports.quarter_grid import QuarterGrid
from projections.reports.revenue import Revenue
from projections.reports.structure_mix import StructureMix
from projections.reports.then_and_now import ThenAndNow
from projections.reports.time_to import TimeTo
from projections.reports.transitions import Transitions
from projections.timeline_changes import MilestoneDifference

Cell: TypeAlias = str | int | float | Decimal | bool | date | datetime | UUID | None
"""A value as it is: numbers stay numbers, and a null is an empty cell."""

Names: TypeAlias = Mapping[UUID, str]
"""People's names, which no read model knows."""


class Table(NamedTuple):
    """Rows under their columns; the rows are made while they are read, once."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Cell, ...]]


@singledispatch
def rows_for_export(answer: object, names: Names | None = None) -> Table:
    """A report's answer as a table; people are named as far as `names` knows them."""
    raise TypeError(f"{type(answer).__name__} is no report that has a table")


@rows_for_export.register
def _(answer: StructureMix, names: Names | None = None) -> Table:
    rows = ((row.quarter.label, row.structure, row.clients, row.planned) for row in answer.rows)
    return Table(("quarter", "structure", "clients", "planned"), rows)


@rows_for_export.register
def _(answer: QuarterGrid, names: Names | None = None) -> Table:
    """Wide: a client a row, a quarter a column."""
    labels = (quarter.label for quarter in answer.parameters.quarters)
    rows = ((row.name, row.slug, *(cell.structure for cell in row.cells)) for row in answer.rows)
    return Table(("client", "slug", *labels), rows)


@rows_for_export.register
def _(answer: Transitions, names: Names | None = None) -> Table:
    rows = ((row.quarter.label, row.before, row.after, row.clients, row.times) for row in answer.rows)
    return Table(("quarter", "from", "to", "clients", "times"), rows)


@rows_for_export.register
def _(answer: Paths, names: Names | None = None) -> Table:
    """A path in one cell, its steps with the median days in each of them."""
    rows = (
        (
            " > ".join("null" if step is None else step for step in row.path),
            row.clients,
            row.ended,
            row.median_days,
            "; ".join(f"{days:g}" for days in row.step_days),
        )
        for row in answer.rows
    )
    return Table(("path", "clients", "ended", "median_days", "step_days"), rows)


@rows_for_export.register
def _(answer: TimeTo, names: Names | None = None) -> Table:
    """The curves, step by step, each with its group's median."""
    medians = {median.group: median for median in answer.survival.medians}
    columns = ("group", "days", "at_risk", "events", "censored", "survival", "lower", "upper")
    of_group = ("median_days", "median_lower", "median_upper", "small")
    rows = (
        (
            *(_group(answer, step.group, names), *(getattr(step, column) for column in columns[1:])),
            *((median := medians[step.group]).days, median.lower, median.upper, median.small),
        )
        for step in answer.survival.steps
    )
    return Table((*columns, *of_group), rows)


@rows_for_export.register
def _(answer: Revenue, names: Names | None = None) -> Table:
    columns = ("quarter", "structure", "function", "amount", "to_date", "currency", "clients", "planned")
    rows = ((row.quarter.label, *(getattr(row, column) for column in columns[1:])) for row in answer.rows)
    return Table(columns, rows)


@rows_for_export.register
def _(answer: Capacity, names: Names | None = None) -> Table:
    """Of the source's bands: for how many engagements hours lie under, within and over them."""
    columns = (
        *("person", "name", "quarter", "hours", "clients", "seats"),
        *("agreed_technology", "agreed_ai", "to_date_technology", "to_date_ai", "reported_technology", "reported_ai"),
        *("unagreed", "planned"),
        *(f"{said}_{verdict}" for said in ("agreed", "reported") for verdict in Verdict),
    )
    return Table(columns, (_capacity_row(row, names or {}) for row in answer.rows))


@rows_for_export.register
def _(answer: Plan, names: Names | None = None) -> Table:
    rows = ((row.quarter.label, row.before, row.after, row.clients, row.times, row.first_on) for row in answer.rows)
    return Table(("quarter", "from", "to", "clients", "times", "first_on"), rows)


@rows_for_export.register
def _(answer: DriftReport, names: Names | None = None) -> Table:
    columns = ("client", "slug", "structure", "recommended", "direction", "since", "frameworks", "reasons")
    rows = (
        (
            *(row.name, row.slug, row.structure, row.recommended, row.direction, row.since),
            *("; ".join(row.frameworks), "; ".join(row.reasons)),
        )
        for row in answer.rows
    )
    return Table(columns, rows)


@rows_for_export.register
def _(answer: ThenAndNow, names: Names | None = None) -> Table:
    """A row a figure that differs, with all that is said otherwise of its client."""
    rows = (
        (
            *(one.client, one.name, figure.row, figure.then, figure.now),
            *("; ".join(_milestone(milestone) for milestone in one.milestones), "; ".join(one.profile)),
        )
        for one in answer.clients
        for figure in one.figures
    )
    return Table(("client", "name", "row", "then", "now", "milestones", "profile"), rows)


def _milestone(milestone: MilestoneDifference) -> str:
    """A milestone's kind and day, and whether it was added, changed or removed."""
    said = milestone.after or milestone.before
    told = f"{said.kind} {said.effective_on}" if said else str(milestone.milestone)
    return f"{told} ({milestone.difference})"


def _capacity_row(row: CapacityRow, names: Names) -> tuple[Cell, ...]:
    hats = (row.agreed, row.to_date, row.reported)
    return (
        *(row.person, names.get(row.person), row.quarter.label, row.hours, row.clients, row.seats),
        *(hours for hat in hats for hours in (hat.technology, hat.ai)),
        *(row.unagreed, row.planned),
        *(found.get(verdict, 0) for found in (row.agreed_verdicts, row.reported_verdicts) for verdict in Verdict),
    )


def _group(answer: TimeTo, group: str, names: Names | None) -> str:
    """A group's name; that of a practice lead is the person's, where it is known."""
    if answer.by is not Field.PRACTICE_LEAD or names is None or not is_uuid(group):
        return group
    return names.get(UUID(group), group)
