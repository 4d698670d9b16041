"""Paths: the sequences of structures that clients went through, and how long that took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, TypeAlias
from uuid import UUID

from domain.seats import Structure
from projections.reports.by_client import FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.reports.structure_runs import structure_runs
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


_STRUCTURES = {str(structure): structure for structure in Structure}
_RANKS = {structure: rank for rank, structure in enumerate(Structure)}


class _Walk(NamedTuple):
    """One client's path: its steps, the day numbers on which they began, and whether the client has left."""

    client: bytes
    path: Path
    began: tuple[int, ...]
    is_over: bool


@cached
def paths(snapshot: Snapshot, question: ReportQuestion, *, limit: int | None = None) -> Paths:
    """Group clients by their whole path, up to `as_of` or the end of the last quarter, whichever is earlier.

    A path covers all engagements of a client. Consecutive equal structures are one step; `none`, and the time between
    two engagements (null), are steps too. A first quarter leaves out clients that had left by then, and does not
    shorten the paths of the others.
    """
    walks: dict[Path, list[_Walk]] = defaultdict(list)
    for walk in _walks(snapshot, question):
        walks[walk.path].append(walk)
    common = sorted(walks, key=lambda path: (-len(walks[path]), len(path), [_rank(step) for step in path]))
    link = question.link_to_row("paths", with_quarters=True)
    return Paths(
        question,
        tuple(_row(path, walks[path], link) for path in common[:limit]),
        clients=sum(map(len, walks.values())),
        distinct=len(walks),
    )


def paths_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """Each client's path, and the days from its first day to the start of its last step."""
    return {
        UUID(bytes=walk.client): {_name(walk.path): walk.began[-1] - walk.began[0]}
        for walk in _walks(snapshot, question)
    }


def _row(path: Path, walks: Sequence[_Walk], link: Callable[[str], Link]) -> PathRow:
    return PathRow(
        path=path,
        clients=len(walks),
        ended=sum(walk.is_over for walk in walks),
        median_days=float(median(walk.began[-1] - walk.began[0] for walk in walks)),
        step_days=tuple(
            float(median(walk.began[step + 1] - walk.began[step] for walk in walks)) for step in range(len(path) - 1)
        ),
        link=link(_name(path)),
    )


def _walks(snapshot: Snapshot, question: ReportQuestion) -> Iterator[_Walk]:
    last_day = question.as_of if question.last is None else min(question.as_of, question.last.end)
    first_day = 0 if question.first is None else question.first.start.toordinal()
    if first_day > last_day.toordinal():
        return
    for client, spans in structure_runs(snapshot, question, last_day):
        path: list[Structure | None] = []
        began: list[int] = []
        end: int | None = None
        for _, word, start, finish in spans:
            if end is not None and end < start:
                path.append(None)
                began.append(end)
            structure = _STRUCTURES[word]
            if not path or path[-1] is not structure:
                path.append(structure)
                began.append(start)
            end = finish
        if end is None or end > first_day:
            yield _Walk(client, tuple(path), tuple(began), end is not None and end <= last_day.toordinal())


def _name(path: Path) -> str:
    return ".".join("null" if step is None else step for step in path)


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
