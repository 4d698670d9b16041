"""What was judged of clients as known at every instant: rows with the time over which they were known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from domain.signs.facts import EngagementFacts
from projections.client_row_history import NO_MILESTONE, STILL_KNOWN, RowHistory
from projections.judgements import Judgement
from projections.snapshot import Snapshot

JudgedRow: TypeAlias = tuple[Any, ...]


class KnownJudgedRow(NamedTuple):
    """A row of a client that was judged of what was known at any instant of `[known_from, known_to)` (microseconds)."""

    known_from: int
    known_to: int
    row: JudgedRow


class _Current(NamedTuple):
    """A row of the newest version; places order the rows of every version."""

    place: float
    known_from: int
    row: JudgedRow


class JudgedVersions:
    """The rows of one client from version to version. A row that stays is kept once."""

    def __init__(self) -> None:
        """Start without a version."""
        self._current: list[_Current] = []
        self._past: list[tuple[float, KnownJudgedRow]] = []

    def add(self, instant: int, rows: Sequence[JudgedRow]) -> None:
        """Add a version that is known from an instant, which is later than that of the version before."""
        if [one.row for one in self._current] == rows:
            return
        before = _matched([one.row for one in self._current], rows)
        places = _places([None if number is None else self._current[number].place for number in before])
        if any(place >= after for place, after in pairwise(places)):  # too many rows between two others
            before, places = [None] * len(rows), [float(number) for number in range(len(rows))]
        stays = {number for number in before if number is not None}
        for number, one in enumerate(self._current):
            if number not in stays:
                self._past.append((one.place, KnownJudgedRow(one.known_from, instant, one.row)))
        self._current = [
            _Current(place, instant if number is None else self._current[number].known_from, row)
            for place, number, row in zip(places, before, rows, strict=True)
        ]

    def rows(self) -> Sequence[KnownJudgedRow]:
        """The rows of all versions; those of one version are in their order."""
        current = [(one.place, KnownJudgedRow(one.known_from, STILL_KNOWN, one.row)) for one in self._current]
        return [row for _, row in sorted((*self._past, *current), key=lambda one: one[0])]


def _matched(before: Sequence[JudgedRow], after: Sequence[JudgedRow]) -> list[int | None]:
    """For each row after, the number of an equal one before; the numbers ascend."""
    numbers: dict[JudgedRow, list[int]] = defaultdict(list)
    for number in reversed(range(len(before))):
        numbers[before[number]].append(number)
    matched: list[int | None] = []
    last = -1
    for row in after:
        equal = numbers.get(row, [])
        while equal and equal[-1] <= last:
            equal.pop()
        matched.append(equal[-1] if equal else None)
        last = equal[-1] if equal else last
    return matched


def _places(places: Sequence[float | None]) -> list[float]:
    """Places for rows that have none, between those of their neighbours."""
    result: list[float] = []
    new = 0
    for place in (*places, None):
        if place is None and len(result) + new < len(places):
            new += 1
            continue
        first = result[-1] if result else None if place is None else place - new - 1
        start = 0.0 if first is None else first
        step = 1.0 if place is None else (place - start) / (new + 1)
        result += [start + step * number for number in range(1, new + 1)]
        if place is not None:
            result.append(place)
        new = 0
    return result


def judged_versions(
    snapshot: Snapshot, judgements: Sequence[Judgement], clients: Collection[UUID]
) -> Mapping[Judgement, Mapping[bytes, Sequence[KnownJudgedRow]]]:
    """What was judged of some clients as known at every instant up to the snapshot, for each judgement.

    A client is judged again only at the instants at which something changed that the judgement looks at.
    """
    history = RowHistory(snapshot, clients)
    versions: dict[Judgement, dict[bytes, JudgedVersions]] = {one: defaultdict(JudgedVersions) for one in judgements}
    instants = {client: list(changes) for client, changes in history.changes.items()}
    for number in range(max(map(len, instants.values()), default=0)):
        at = {client: of_client[number] for client, of_client in instants.items() if number < len(of_client)}
        facts: dict[bytes, tuple[EngagementFacts, ...]] = {}
        for judgement in judgements:
            changed = {client: at[client] for client in at if _looks_at(judgement, history.changes[client][at[client]])}
            judged = {}
            for client, rows in judgement.judge(history.as_known(changed, facts)) if changed else ():
                judged[client] = list(rows)
                snapshot.pause()
            for client, instant in changed.items():
                versions[judgement][client].add(instant, judged.get(client, []))
    return {
        judgement: {client: of_client.rows() for client, of_client in by_client.items()}
        for judgement, by_client in versions.items()
    }


def _looks_at(judgement: Judgement, changed: frozenset[str]) -> bool:
    return judgement.kinds is None or NO_MILESTONE in changed or not changed.isdisjoint(judgement.kinds)
