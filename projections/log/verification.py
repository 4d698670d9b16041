"""Verifies the log against its hash chain, and names every event that is not as it was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from projections.log.hash_chain import ORIGIN, ChainEnd, ChainRow, Row, StreamEnd, digest_of, link_of

MOST_LISTED = 100
"""The most damages that are listed; the others are counted."""


class DamageKind(StrEnum):
    """What is wrong with the log at a position."""

    CHANGED = "changed"
    """The event is not the one that was recorded there."""
    DELETED = "deleted"
    """The event is missing."""
    UNLINKED = "unlinked"
    """The event has no link: another program inserted it, or the link was deleted."""
    CHAIN_CHANGED = "chain_changed"
    """The event fits its link, but not the chain of the whole log."""
    CUT_OFF = "cut_off"
    """The log ends before the position at which it once ended."""
    END_CHANGED = "end_changed"
    """The stored end of the chain is missing or is not its end."""
    OTHER_HISTORY = "other_history"
    """The log up to this position is not the one whose digest was noted."""


_WORDS = {
    DamageKind.CHANGED: "The event at position {0} was changed or moved{1}.",
    DamageKind.DELETED: "The event at position {0} was deleted{1}.",
    DamageKind.UNLINKED: "The event at position {0} has no link{1}: it was inserted by another program, or its link "
    "was deleted.",
    DamageKind.CHAIN_CHANGED: "The event at position {0} does not continue the chain{1}: it, or the one before it, "
    "was changed together with its link.",
    DamageKind.CUT_OFF: "The log was cut off: it once ended at position {0}.",
    DamageKind.END_CHANGED: "The stored end of the chain was changed: the last event is at position {0}.",
    DamageKind.OTHER_HISTORY: "The log up to position {0} is not the one whose digest was noted.",
}


class Damage(NamedTuple):
    """A damage at a position of the log; of an event whose stream and version are known, these too."""

    kind: DamageKind
    position: int
    stream: UUID | None = None
    version: int | None = None

    def __str__(self) -> str:
        """A sentence for people."""
        where = "" if self.stream is None else f" (version {self.version} of stream {self.stream})"
        return _WORDS[self.kind].format(self.position, where)


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of a verification: the number of events, the end of the chain, and the damages.

    `damages` lists the first `MOST_LISTED` of `damage_count`.
    """

    events: int
    end: ChainEnd
    damages: Sequence[Damage]
    damage_count: int

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damage_count


def verify(
    rows: Iterable[Row], chain: Iterable[ChainRow], end: ChainEnd | None, noted: Iterable[ChainEnd] = ()
) -> Verification:
    """Compare events with their chain; both are in log order, and `end` is the stored end (null: missing).

    `noted` are ends that were noted before; the log must still contain them. Reads everything once.
    """
    walk = _Walk(noted)
    for position, row, link in _merged(rows, chain):
        walk.step(position, row, link)
    walk.finish(end)
    damages = sorted(walk.damages, key=lambda damage: damage.position)
    return Verification(walk.events, ChainEnd(walk.position, walk.digest or ORIGIN), damages, walk.damage_count)


class _Walk:
    """The state of a verification after a position."""

    def __init__(self, noted: Iterable[ChainEnd]) -> None:
        self.position = 0
        self.digest: bytes | None = ORIGIN
        """The digest stored at the position; null if unknown."""
        self.events = 0
        self.damages: list[Damage] = []
        self.damage_count = 0
        self._noted: dict[int, set[bytes]] = defaultdict(set)
        for position, digest in noted:
            self._noted[position].add(digest)
        self._ends: dict[UUID, StreamEnd] = {}
        self._unclaimed: dict[bytes, int] = {}
        """The links of deleted events whose stream is unknown yet, with the places of their damages."""
        self._has_gaps = False
        """Whether events were deleted together with their links."""

    def step(self, position: int, row: Row | None, link: ChainRow | None) -> None:
        """Look at the next position that has an event or a link."""
        if position > self.position + 1:
            self._has_gaps = True
            self.digest = None
            self._add_all(DamageKind.DELETED, range(self.position + 1, position))
        self.position = position
        if row is not None:
            self.events += 1
            self._compare(row, link)
        elif link is not None:
            if len(self.damages) < MOST_LISTED:
                self._unclaimed[link.link] = len(self.damages)
            self._add(DamageKind.DELETED, position)
        if link is None:
            self.digest = None
            return
        if self.digest is not None and digest_of(self.digest, link.link) != link.digest:
            self._add(DamageKind.CHAIN_CHANGED, position, row)
        self.digest = link.digest
        if position in self._noted and self._noted[position] != {link.digest}:
            self._add(DamageKind.OTHER_HISTORY, position)

    def finish(self, end: ChainEnd | None) -> None:
        """Compare the last position with the stored end, and with noted ones."""
        further = max([0 if end is None else end.position, *self._noted])
        if further > self.position:
            self._add(DamageKind.CUT_OFF, further)
        elif end is None or end.position != self.position or end.digest != (self.digest or end.digest):
            self._add(DamageKind.END_CHANGED, self.position)

    def _compare(self, row: Row, link: ChainRow | None) -> None:
        """Compare an event with its link."""
        _, stream, version, _, _ = row
        end = self._ends.pop(stream, None)
        previous = ORIGIN if version == 1 and end is None else None
        if end is not None and end.version == version - 1:
            previous = end.link
        expected = None if previous is None else link_of(previous, row)
        if link is None:
            self._add(DamageKind.UNLINKED, self.position, row)
            if expected is not None:
                self._ends[stream] = StreamEnd(version, expected)
            return
        if expected != link.link and not (expected is None and self._follows_deleted(row, link)):
            self._add(DamageKind.CHANGED, self.position, row)
        self._ends[stream] = StreamEnd(version, link.link)

    def _follows_deleted(self, row: Row, link: ChainRow) -> bool:
        """Whether an event may follow a deleted one of its stream; its link shows which one that is."""
        _, stream, version, _, _ = row
        for previous, place in self._unclaimed.items():
            if link_of(previous, row) == link.link:
                self.damages[place] = self.damages[place]._replace(stream=stream, version=version - 1)
                del self._unclaimed[previous]
                return True
        return self._has_gaps

    def _add(self, kind: DamageKind, position: int, row: Row | None = None) -> None:
        self.damage_count += 1
        if len(self.damages) < MOST_LISTED:
            self.damages.append(Damage(kind, position, *((None, None) if row is None else row[1:3])))

    def _add_all(self, kind: DamageKind, positions: range) -> None:
        for position in positions[: MOST_LISTED - len(self.damages)]:
            self.damages.append(Damage(kind, position))
        self.damage_count += len(positions)


def _merged(rows: Iterable[Row], chain: Iterable[ChainRow]) -> Iterator[tuple[int, Row | None, ChainRow | None]]:
    """Events and links by position; null where one is missing."""
    events = ((row[0], row, None) for row in rows)
    links = ((link.position, None, link) for link in chain)
    both: Iterator[tuple[int, Row | None, ChainRow | None]] = merge(events, links, key=itemgetter(0))
    for position, parts in groupby(both, key=itemgetter(0)):
        row: Row | None = None
        link: ChainRow | None = None
        for _, part, other in parts:
            row, link = part or row, other or link
        yield position, row, link
