"""The requests that the writer thread executes, and the interface of the database they are written to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import Connection

from projections.log.entries import Command, CommandRow, KnownCommand, LogHead, PlacedEvent, Recorded, microseconds
from projections.log.errors import CommandKnown, DiskFull, LogClosed, LogUnavailable
from projections.log.hash_chain import StreamEnds
from projections.log.mapper import EventMapper, with_timestamp
from projections.log.payloads import Event

TICK = timedelta(microseconds=1)
INSERTED_AT_ONCE = 2_000


class WriteTransaction(Protocol):
    """An open, exclusive write transaction of the log's database."""

    @property
    def connection(self) -> Connection:
        """The SQLAlchemy connection, for state changes."""

    @property
    def head(self) -> LogHead:
        """The end of the log, including what this transaction inserted."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Roll back what is written inside when it fails, and keep what was written before.

        When the database itself fails, the whole transaction is lost: that raises `DiskFull` or `LogUnavailable`.
        """

    def insert(self, entries: Sequence[PlacedEvent], commands: Sequence[CommandRow], head: LogHead) -> None:
        """Insert events and commands and set the head.

        Raises `IntegrityError` when a stream already has one of the versions, or a command is already completed.
        """

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A completed command, or null, as seen by this transaction."""

    def announce_state_change(self) -> None:
        """Notify other processes, on commit, that the state has changed."""


class WriteStore(Protocol):
    """Writes to the log's database."""

    stream_ends: StreamEnds
    """The ends of the streams that were written last."""

    @property
    def head(self) -> LogHead:
        """The end of the log after this process's last write."""

    def transaction(self) -> AbstractContextManager[WriteTransaction]:
        """An exclusive write transaction, committed at the end.

        Raises `DiskFull` when nothing was recorded, and `LogUnavailable` when that is not certain.
        """

    def close(self) -> None:
        """Close the database."""


class WriteRequest:
    """A request to the writer thread, and the future that its caller waits on."""

    def __init__(self, command: Command | None) -> None:
        """`command` is recorded as completed by this request."""
        self.command = command
        self.future: Future[Any] = Future()
        # a request cannot be cancelled once it is queued
        self.future.set_running_or_notify_cancel()
        self._deliver: Callable[[], None] = partial(self.future.set_exception, LogClosed())
        self.has_succeeded = False

    @property
    def changes_state(self) -> bool:
        """Whether the request may change the state."""
        return self.command is not None and self.command.also is not None

    def succeed(self, answer: object) -> None:
        """Set the result that is delivered after the commit."""
        self._deliver = partial(self.future.set_result, answer)
        self.has_succeeded = True

    def fail(self, fault: BaseException) -> None:
        """Fail this request regardless of the rest of the batch."""
        self._deliver = partial(self.future.set_exception, fault)
        self.has_succeeded = False

    def fail_unless_completed(self, transaction: WriteTransaction, fault: BaseException) -> None:
        """Fail with `CommandKnown` if the command is already completed, or else with `fault`."""
        self.fail(self.completed_error(transaction) or fault)

    def completed_error(self, transaction: WriteTransaction) -> CommandKnown | None:
        """The error for a command that is already completed; null if it is not."""
        if self.command is None or self.command.key is None:
            return None
        completed = transaction.find_command(self.command.key, self.command.caller)
        return completed and CommandKnown(completed.request_hash, completed.answer)

    def row(self, recorded: Sequence[Recorded], at: datetime) -> CommandRow | None:
        """The row for the completed command, if it has a key; raises what computing its response raises."""
        command = self.command
        if command is None or command.key is None:
            return None
        return CommandRow(command.caller, command.key, command.request_hash, command.answer(recorded), microseconds(at))

    def deliver(self) -> None:
        """Resolve the future."""
        self._deliver()


class AppendEvents(WriteRequest):
    """Appends events to their streams."""

    def __init__(self, events: Sequence[Event], command: Command | None) -> None:
        """Each event has the next version of its stream, as the caller read it."""
        super().__init__(command)
        self.events = events

    def decide(self) -> None:
        """Do nothing: the events are given."""

    def write_also(self, connection: Connection, recorded: Sequence[Recorded]) -> None:
        """Write the state that belongs to the command's events; raises what `Command.also` raises."""
        if self.command is not None and self.command.also is not None:
            self.command.also(connection, recorded)


class DecideAndAppend(AppendEvents):
    """Runs a command in the writer thread, while no other writer is active, and appends its events."""

    def __init__(self, decide: Callable[[], Sequence[Event]], command: Command | None) -> None:
        """`decide` runs in the writer thread and reads committed data; it must not wait for another write."""
        super().__init__((), command)
        self._decide = decide

    def decide(self) -> None:
        """Run the command on current data; raises what it raises."""
        self.events = self._decide()


class StateChange(WriteRequest):
    """Changes the state with a function of the caller's."""

    def __init__(self, change: Callable[[Connection], object], command: Command | None) -> None:
        """`change` runs in the writer thread and must not commit or roll back."""
        super().__init__(command)
        self._change = change

    @property
    def changes_state(self) -> bool:
        """Always true."""
        return True

    def execute(self, transaction: WriteTransaction, at: datetime) -> None:
        """Run the change. If it fails, it is rolled back and only this request fails.

        Raises `DiskFull` and `LogUnavailable`, which fail the whole batch.
        """
        if completed := self.completed_error(transaction):
            self.fail(completed)
            return
        try:
            with transaction.savepoint():
                self.succeed(self._change(transaction.connection))
                if row := self.row((), at):
                    transaction.insert((), [row], transaction.head)
        except (DiskFull, LogUnavailable):
            raise
        except BaseException as fault:  # noqa: BLE001  (re-raised in the waiting caller)
            self.fail(fault)


class BulkLoad(WriteRequest):
    """Records many events with their own timestamps."""

    def __init__(self, events: Iterator[Event], limit: int) -> None:
        """`events` have ascending timestamps (UTC); at most `limit` of them are recorded."""
        super().__init__(None)
        self._events = islice(events, limit)

    def execute(self, transaction: WriteTransaction, mapper: EventMapper) -> None:
        """Record the events. If that fails, all are rolled back and only this request fails.

        Raises `DiskFull` and `LogUnavailable`, which fail the whole batch.
        """
        count = 0
        try:
            with transaction.savepoint():
                while entries := self._place(transaction.head, mapper):
                    transaction.insert(entries, (), _head_of(entries))
                    count += len(entries)
            self.succeed(count)
        except (DiskFull, LogUnavailable):
            raise
        except BaseException as fault:  # noqa: BLE001  (re-raised in the waiting caller)
            self.fail(fault)

    def _place(self, head: LogHead, mapper: EventMapper) -> list[PlacedEvent]:
        position, at = head
        entries = []
        for event in islice(self._events, INSERTED_AT_ONCE):
            position, at = position + 1, max(event.timestamp, at + TICK)
            entries.append(PlacedEvent(with_timestamp(event, at), mapper.notification(event, at, position)))
        return entries


def _head_of(entries: Sequence[PlacedEvent]) -> LogHead:
    event, notification = entries[-1]
    return LogHead(notification.id, event.timestamp)
