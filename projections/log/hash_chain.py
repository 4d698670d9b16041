"""The hash chain of the log: what shows whether a stored event was changed, deleted, inserted, moved or cut off.

Each event has a link: the SHA-256 digest of the previous link of its stream and of the event as it is stored. A second
chain runs over the links of the whole log; its last digest is stored with the position of the last event. Both are
written in the transaction of the events. No key is needed to compute them: a person with all rights on the database can
forge the whole chain and its end, but not an end that was noted elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from struct import Struct
from typing import NamedTuple, TypeAlias, cast
from uuid import UUID

from eventsourcing.persistence import Notification

from projections.cache_use import CacheUse, Tally

ORIGIN = bytes(32)
"""What precedes the first link of a stream, and the first digest of the log."""

LINKS_CACHED = 10_000
"""The number of streams whose last link a writer remembers; others are looked up."""

LINKS_AT_ONCE = 5_000
"""The number of events in a transaction that gives old stores their links."""

Row: TypeAlias = tuple[int, UUID, int, str, bytes]
"""A stored event: position, stream, version, topic and state."""

_FRAME = Struct(">qq16sI")


class ChainRow(NamedTuple):
    """The link of the event at a position, and the digest of the log up to there."""

    position: int
    link: bytes
    digest: bytes


class ChainEnd(NamedTuple):
    """The end of the chain as it is stored: the position of the last event, and the digest of the log."""

    position: int = 0
    digest: bytes = ORIGIN

    def __str__(self) -> str:
        """`POSITION:DIGEST`, to be noted elsewhere."""
        return f"{self.position}:{self.digest.hex()}"


class StreamEnd(NamedTuple):
    """The version and link of the last event of a stream."""

    version: int
    link: bytes


FindLinks: TypeAlias = Callable[[Sequence[tuple[UUID, int]]], Mapping[UUID, bytes]]
"""Finds the links of events, given by stream and version, one of each stream; those without one are left out."""


def link_of(previous: bytes, row: Row) -> bytes:
    """The link of an event, from the previous link of its stream (`ORIGIN` for its first event)."""
    position, stream, version, topic, state = row
    encoded = topic.encode()
    digest = sha256(previous)
    # the lengths are fixed or given, so that no bytes can move from one value to the next
    digest.update(_FRAME.pack(position, version, stream.bytes, len(encoded)))
    digest.update(encoded)
    digest.update(state)
    return digest.digest()


def digest_of(previous: bytes, link: bytes) -> bytes:
    """The digest of the log up to an event, from the digest before it."""
    return sha256(previous + link).digest()


def parse_end(text: str) -> ChainEnd:
    """An end written as `POSITION:DIGEST`. Raises `ValueError`."""
    position, _, digest = text.strip().partition(":")
    end = ChainEnd(int(position), bytes.fromhex(digest))
    if end.position < 0 or len(end.digest) != len(ORIGIN):
        raise ValueError(text)
    return end


class StreamEnds:
    """The ends of the streams that were written last, as committed. Used by one thread."""

    def __init__(self, size: int = LINKS_CACHED) -> None:
        """Remember none of at most `size` streams."""
        self._ends: OrderedDict[UUID, StreamEnd] = OrderedDict()
        self._size = size
        self._tally = Tally()

    @property
    def use(self) -> CacheUse:
        """What is remembered."""
        return CacheUse("stream ends", len(self._ends), self._size, self._tally.hits, self._tally.misses)

    def get(self, stream: UUID) -> StreamEnd | None:
        """The end of a stream; null if it is not remembered. Another process may have written since."""
        end = self._ends.get(stream)
        self._tally.count(end is not None)
        return end

    def update(self, ends: Mapping[UUID, StreamEnd]) -> None:
        """Remember ends, and forget those written longest ago."""
        for stream, end in ends.items():
            self._ends[stream] = end
            self._ends.move_to_end(stream)
        while len(self._ends) > self._size:
            self._ends.popitem(last=False)


class ChainExtension:
    """The chain in a transaction: what it adds is remembered only once it is committed."""

    def __init__(self, digest: bytes, committed: StreamEnds, find_links: FindLinks) -> None:
        """`digest` is that of the log when the transaction begins."""
        self.digest = digest
        self._committed = committed
        self._find_links = find_links
        self._ends: dict[UUID, StreamEnd] = {}

    def extend(self, rows: Iterable[Row]) -> list[ChainRow]:
        """The rows of the chain for events in log order."""
        rows = list(rows)
        self._look_up(rows)
        added = []
        for row in rows:
            position, stream, version, _, _ = row
            end = self._ends.get(stream)
            link = link_of(end.link if end is not None and end.version == version - 1 else ORIGIN, row)
            self._ends[stream] = StreamEnd(version, link)
            self.digest = digest_of(self.digest, link)
            added.append(ChainRow(position, link, self.digest))
        return added

    def state(self) -> tuple[bytes, Mapping[UUID, StreamEnd]]:
        """What `restore` needs to undo later extensions."""
        return self.digest, dict(self._ends)

    def restore(self, state: tuple[bytes, Mapping[UUID, StreamEnd]]) -> None:
        """Undo the extensions since `state`."""
        self.digest, ends = state
        self._ends = dict(ends)

    def commit(self) -> None:
        """Remember the ends of the streams, because the transaction was committed."""
        self._committed.update(self._ends)

    def _look_up(self, rows: Sequence[Row]) -> None:
        """Find the ends of the rows' streams before the rows."""
        missing: dict[UUID, int] = {}
        begun: set[UUID] = set()
        for _, stream, version, _, _ in rows:
            if stream in begun:
                continue
            begun.add(stream)
            end = self._ends.get(stream) or self._committed.get(stream)
            if end is not None and end.version == version - 1:
                self._ends[stream] = end
            elif version > 1:
                missing[stream] = version - 1
        if missing:
            links = self._find_links(list(missing.items()))
            self._ends.update((stream, StreamEnd(missing[stream], link)) for stream, link in links.items())


def row_of(notification: Notification) -> Row:
    """The stored form of an event that is about to be inserted."""
    return (
        notification.id,
        cast("UUID", notification.originator_id),
        notification.originator_version,
        notification.topic,
        notification.state,
    )
