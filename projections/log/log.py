"""The log: all that was recorded, in one order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeAlias, TypeVar
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder
from sqlalchemy import Connection, Engine

from projections.log.application import LogEventStore, LoggedEngagements
from projections.log.entries import Command, KnownCommand, Recorded
from projections.log.errors import NoBackup
from projections.log.mapper import EventMapper
from projections.log.payloads import Event
from projections.log.writer import LogWriter

T = TypeVar("T")

STREAMS_AT_ONCE = 500
EVENTS_AT_ONCE = 2_000
EVENTS_A_LOAD = 50_000
"""How many events one transaction takes of those that are loaded."""
ALL = 2**63 - 1
"""Up to a position that the log does not reach."""

_STREAM = itemgetter(1)


Row: TypeAlias = tuple[int, UUID, int, str, bytes]
"""An event as it is stored: its position, stream, version, topic and state."""


class ReadStore(Protocol):
    """The database of the log, from the side on which it is read."""

    @property
    def recorder(self) -> ApplicationRecorder:
        """The library's recorder, which reads streams for the aggregates."""

    def after(self, position: int, limit: int) -> Iterable[Row]:
        """Events by position."""

    def of_streams(self, streams: Sequence[UUID], up_to: int) -> Iterable[Row]:
        """The events of some streams up to a position, by stream and version."""

    def by_stream(self, stream: UUID, version: int, up_to: int, limit: int) -> Iterable[Row]:
        """Events up to a position by stream and version, after that version of that stream."""

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that was carried out."""


class Log(ABC):
    """All that was recorded, and the state that is kept beside it. To be closed by whoever opened it.

    Reading raises `LogUnavailable` when the database does not answer, `Undecodable` and `UnknownTopic` for an event
    that this program cannot read, and `LogClosed`.
    """

    def __init__(self, source: ReadStore, mapper: EventMapper, writer: LogWriter, engine: Engine) -> None:
        """The parts, open; `open_log` puts them together."""
        self._source = source
        self._mapper = mapper
        self._writer = writer
        self.engine = engine
        """For reading the kept state."""
        self.engagements = LoggedEngagements(LogEventStore(mapper, source.recorder, writer))
        """The use cases. What they save is recorded by the log's one writer."""

    @abstractmethod
    def head(self) -> int:
        """The position of the last recorded event; 0 when there is none."""

    @abstractmethod
    def wait(self, after: int, timeout: float) -> int:
        """Wait until something is recorded after a position, or that many seconds; tells the head."""

    @abstractmethod
    def kept_mark(self) -> int | None:
        """A number that is another one after each change of the kept state, for whoever remembers what they read there.

        Null where that cannot be vouched for at the moment: then nothing may be remembered.
        """

    def write(self, change: Callable[[Connection], T], *, command: Command | None = None) -> T:
        """Change the kept state in one transaction, with no other writer beside it.

        `change` runs in the writer's thread, must neither commit nor roll back, and should be quick: others wait. When
        it raises, it changed nothing. With a `command` its answer (to no events) is stored in the same transaction.
        Raises what `change` raises, `CommandKnown` when the command was carried out before, `DiskFull`,
        `LogUnavailable` and `LogClosed`.
        """
        return self._writer.write(change, command)

    def load(self, events: Iterable[Event], progress: Callable[[int], None] = lambda _: None) -> int:
        """Record many events that say themselves when they were recorded (UTC, rising), and tell how many.

        They are of streams as they stand, and made in the writer's thread while they are recorded, a large part of them
        in one transaction; `said` is told how many are recorded. What was recorded stays when the rest fails. Raises
        `DiskFull`, `LogUnavailable`, `LogClosed`, `UnknownTopic`, the library's `IntegrityError`, and what making the
        events raises.
        """
        remaining, recorded = iter(events), 0
        while count := self._writer.load(remaining, EVENTS_A_LOAD):
            recorded += count
            progress(recorded)
        return recorded

    def backup(self, path: Path) -> None:
        """Copy the log as it is now into a new file, while it is being written. Raises `FileExistsError`.

        Raises `NoBackup` where the database has a program of its own for that.
        """
        raise NoBackup(f"{path} was not written: back up a PostgreSQL database with pg_dump.")

    def read(self, after: int = 0, limit: int = EVENTS_AT_ONCE) -> Sequence[Recorded]:
        """The next events after a position, in the order of the log; none when there are no more."""
        return list(self._recorded(self._source.after(after, limit)))

    def stream(self, stream: UUID) -> Sequence[Recorded]:
        """The events of one stream in order; none when there is no such stream."""
        return list(self._recorded(self._source.of_streams([stream], ALL)))

    def streams(self, streams: Iterable[UUID], up_to: int = ALL) -> Mapping[UUID, Sequence[Recorded]]:
        """The events of some streams, each in order, up to a position; a stream without any is left out."""
        events: dict[UUID, list[Recorded]] = defaultdict(list)
        remaining = iter(streams)
        while batch := list(islice(remaining, STREAMS_AT_ONCE)):
            for recorded in self._recorded(self._source.of_streams(batch, up_to)):
                events[recorded.event.originator_id].append(recorded)
        return dict(events)

    def every_stream(self, up_to: int) -> Iterator[tuple[UUID, Sequence[Recorded]]]:
        """Every stream with its events in order, up to a position, by the order of the ids."""
        for stream, rows in groupby(self._rows_by_stream(up_to), _STREAM):
            yield stream, list(self._recorded(rows))

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that was carried out before."""
        return self._source.find_command(key, caller)

    def close(self) -> None:
        """Take nothing more, finish what was taken, and let go of the database."""
        self.engagements.close()
        self.engine.dispose()
        self._writer.close()

    def __enter__(self) -> Self:
        """The log itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _recorded(self, rows: Iterable[Row]) -> Iterator[Recorded]:
        load = self._mapper.load
        return (
            Recorded(position, load(topic, stream, version, state)) for position, stream, version, topic, state in rows
        )

    def _rows_by_stream(self, up_to: int) -> Iterator[Row]:
        stream, version = UUID(int=0), 0
        while rows := list(self._source.by_stream(stream, version, up_to, EVENTS_AT_ONCE)):
            yield from rows
            _, stream, version, _, _ = rows[-1]
