"""Whole evolutions: which structures clients went through, in which order, and how long that took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, TypeAlias
from uuid import UUID

from domain.seats import Structure
from projections.reports.answer_cache import cached
from projections.reports.parameters import Link
from projections.reports.scope import Contributions, Scope, links_to_rows
from projections.reports.spells import spells_by_client
from projections.snapshot import Snapshot

Path: TypeAlias = tuple[Structure | None, ...]
"""Structures in the order in which they held; null where a client was away between two engagements."""


@dataclass(frozen=True, slots=True)
class PathRow:
    """Clients with one and the same evolution.

    `median_days` is the median of the days from a client's first day to the day its last structure was reached;
    `step_days` are the medians of the days in each step but the last. `ended`: so many of them are engaged no more.
    """

    path: Path
    clients: int
    ended: int
    median_days: float
    step_days: tuple[float, ...]
    link: Link


@dataclass(frozen=True, slots=True)
class Paths:
    """Evolutions, most common first; `clients` and `distinct` count all of them, also where `rows` were limited."""

    parameters: Scope
    rows: tuple[PathRow, ...]
    clients: int
    distinct: int


_STRUCTURES = {str(structure): structure for structure in Structure}
_RANKS = {structure: rank for rank, structure in enumerate(Structure)}


class _Walk(NamedTuple):
    """One client's evolution: its steps, the days on which they began, and whether it is over."""

    client: bytes
    path: Path
    began: tuple[int, ...]
    is_over: bool


@cached
def paths(snapshot: Snapshot, parameters: Scope, *, limit: int | None = None) -> Paths:
    """Group clients by their whole evolution, up to `as_of` or the end of the last quarter given.

    An evolution runs over all engagements of a client. Equal neighbours are one step, `none` is a step like any other,
    and so is a time between two engagements (null). A first quarter leaves out clients that were no longer engaged by
    then; those that are left have their evolution whole.
    """
    walks: dict[Path, list[_Walk]] = defaultdict(list)
    for walk in _walks(snapshot, parameters):
        walks[walk.path].append(walk)
    common = sorted(walks, key=lambda path: (-len(walks[path]), len(path), [_rank(step) for step in path]))
    link = links_to_rows("paths", parameters)
    return Paths(
        parameters,
        tuple(_row(path, walks[path], link) for path in common[:limit]),
        clients=sum(map(len, walks.values())),
        distinct=len(walks),
    )


def paths_by_client(snapshot: Snapshot, parameters: Scope) -> Contributions:
    """Each client's evolution, and the days from its first day to the one on which its last structure was reached."""
    return {
        UUID(bytes=walk.client): {_name(walk.path): walk.began[-1] - walk.began[0]}
        for walk in _walks(snapshot, parameters)
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


def _walks(snapshot: Snapshot, parameters: Scope) -> Iterator[_Walk]:
    last_day = parameters.as_of if parameters.last is None else min(parameters.as_of, parameters.last.end)
    first_day = 0 if parameters.first is None else parameters.first.start.toordinal()
    if first_day > last_day.toordinal():
        return
    for client, spans in spells_by_client(snapshot, parameters, last_day):
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
