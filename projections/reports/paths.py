"""Paths: the sequences of structures that clients went through, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from domain.seats import Structure
from domain.signs.periods import FOREVER
from projections.reports.by_client import FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.reports.walks import AWAY, Walked
from projections.snapshot import Snapshot, cached

Path: TypeAlias = tuple[Structure | None, ...]
"""Structures in order; null for the time between two engagements."""


@dataclass(frozen=True, slots=True)
class PathRow:
    """The clients with the same path.

    `median_days` is the median of the days from a client's first day to the start of its last step; `step_days` are the
    medians of the days in each step except the last. `ended` counts the clients that are no longer engaged.
    """

    path: Path
    clients: int
    ended: int
    median_days: float
    step_days: tuple[float, ...]
    link: Link


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths, most common first; `clients` and `distinct` are for all of them, also when `rows` is limited."""

    question: ReportQuestion
    rows: tuple[PathRow, ...]
    clients: int
    distinct: int


_RANKS = {structure: rank for rank, structure in enumerate(Structure)}


@cached
def paths(snapshot: Snapshot, question: ReportQuestion, *, limit: int | None = None) -> Paths:
    """Group clients by their whole path, up to `as_of` or the end of the last quarter, whichever is earlier.

    A path covers all engagements of a client. Consecutive equal structures are one step; `none`, and the time between
    two engagements (null), are steps too. A first quarter leaves out clients that had left by then, and does not
    shorten the paths of the others.
    """
    walked = _walked(snapshot, question)
    steps = [_path(name) for name in walked.names]
    clients, ended = walked.clients(), walked.ended()
    median_days, step_days = walked.median_days(), walked.median_step_days()
    common = sorted(
        range(len(steps)),
        key=lambda number: (-clients[number], len(steps[number]), [_rank(step) for step in steps[number]]),
    )
    link = question.link_to_row("paths", with_quarters=True)
    return Paths(
        question,
        tuple(
            PathRow(
                path=steps[number],
                clients=clients[number],
                ended=ended[number],
                median_days=median_days[number],
                step_days=step_days[number],
                link=link(walked.names[number]),
            )
            for number in common[:limit]
        ),
        clients=sum(clients),
        distinct=len(steps),
    )


def paths_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """Each client's path, and the days from its first day to the start of its last step."""
    return {client: {name: days} for client, name, days in _walked(snapshot, question).by_client()}


def _walked(snapshot: Snapshot, question: ReportQuestion) -> Walked:
    last_day = question.as_of if question.last is None else min(question.as_of, question.last.end)
    first_day = 0 if question.first is None else question.first.start.toordinal()
    if first_day > last_day.toordinal():
        first_day = FOREVER  # nobody
    return Walked(snapshot, question, first_day, last_day.toordinal())


def _path(name: str) -> Path:
    return tuple(None if step == AWAY else Structure(step) for step in name.split("."))


def _rank(step: Structure | None) -> int:
    return -1 if step is None else _RANKS[step]


def _path_row(name: str, question: ReportQuestion) -> RowQuery:
    """`unified_fractional.null.fractional_pair`: the steps of a path."""
    return RowQuery(question, paths_by_client)


def _table(answer: Paths, names: Names) -> Table:
    """One row per path, with its steps in one cell and the median days of each step in another."""
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


REPORT = Report("paths", paths, paths_by_client, _table, _path_row, is_bounded=False)
