"""Between those who have something to record, the writer, and the database of the log."""

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
from projections.log.mapper import EventMapper, with_timestamp
from projections.log.payloads import Event

TICK = timedelta(microseconds=1)
INSERTED_AT_ONCE = 2_000


class WriteTransaction(Protocol):
    """One transaction of the log's database, begun, with no other writer beside it."""

    @property
    def connection(self) -> Connection:
        """For those who write by themselves."""

    @property
    def head(self) -> LogHead:
        """Where the log ends, with what was inserted so far."""

    def savepoint(self) -> AbstractContextManager[None]:
        """What is written inside is undone when it fails; what was written before it stays.

        When the database itself fails nothing can be undone in part: that raises `DiskFull` or `LogUnavailable`, and
        the whole transaction is lost.
        """

    def insert(self, entries: Sequence[PlacedEvent], commands: Sequence[CommandRow], head: LogHead) -> None:
        """Add events and commands, after which the log ends there.

        Raises `IntegrityError` when a stream has one of the versions, or a command is known.
        """

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that is known by now."""

    def announce_state_change(self) -> None:
        """Let other processes know, once it is committed, that the kept state has changed."""


class WriteStore(Protocol):
    """The database of the log, from the side on which it is written."""

    @property
    def head(self) -> LogHead:
        """Where the log ended when it was last seen."""

    def transaction(self) -> AbstractContextManager[WriteTransaction]:
        """A transaction, committed at the end.

        Raises `DiskFull` and `LogUnavailable`; then nothing of it was recorded, or it is not known whether it was.
        """

    def close(self) -> None:
        """Let go of the database."""


class WriteRequest:
    """Somebody who waits for something to be written."""

    def __init__(self, command: Command | None) -> None:
        """`command` is to be remembered with it."""
        self.command = command
        self.future: Future[Any] = Future()
        # Whoever stops waiting takes nothing back: it is under way.
        self.future.set_running_or_notify_cancel()
        self._deliver: Callable[[], None] = partial(self.future.set_exception, LogClosed())

    @property
    def changes_state(self) -> bool:
        """Whether the kept state may be changed by it."""
        return self.command is not None and self.command.also is not None

    def accept(self, answer: object) -> None:
        """Once it is committed: that."""
        self._deliver = partial(self.future.set_result, answer)

    def refuse(self, fault: BaseException) -> None:
        """Whatever becomes of the others: no."""
        self._deliver = partial(self.future.set_exception, fault)

    def refuse_unless_known(self, transaction: WriteTransaction, fault: BaseException) -> None:
        """No, or if the command was carried out before: that."""
        self.refuse(self.find(transaction) or fault)

    def find(self, transaction: WriteTransaction) -> CommandKnown | None:
        """The command, if it was carried out before."""
        if self.command is None or self.command.key is None:
            return None
        completed = transaction.find_command(self.command.key, self.command.caller)
        return completed and CommandKnown(completed.request_hash, completed.answer)

    def row(self, recorded: Sequence[Recorded], at: datetime) -> CommandRow | None:
        """What is to be remembered, if anything; raises what the command's answer raises."""
        command = self.command
        if command is None or command.key is None:
            return None
        return CommandRow(command.caller, command.key, command.request_hash, command.answer(recorded), microseconds(at))

    def deliver(self) -> None:
        """Let the one who waits know."""
        self._deliver()


class AppendEvents(WriteRequest):
    """Somebody who has events to record."""

    def __init__(self, events: Sequence[Event], command: Command | None) -> None:
        """`events` are of streams as they were read: each has the version that is next by then."""
        super().__init__(command)
        self.events = events

    def decide(self) -> None:
        """Nothing is left to decide: the events were brought."""

    def write_also(self, connection: Connection, recorded: Sequence[Recorded]) -> None:
        """Write what the command keeps beside the events; raises what that raises."""
        if self.command is not None and self.command.also is not None:
            self.command.also(connection, recorded)


class DecideAndAppend(AppendEvents):
    """Somebody who lost races, and decides while nobody else can record anything."""

    def __init__(self, decide: Callable[[], Sequence[Event]], command: Command | None) -> None:
        """`decide` runs in the writer's thread, reads what is committed by then, and waits for nothing written."""
        super().__init__((), command)
        self._decide = decide

    def decide(self) -> None:
        """Decide on what stands now; raises what that raises."""
        self.events = self._decide()


class StateChange(WriteRequest):
    """Somebody who writes by themselves."""

    def __init__(self, change: Callable[[Connection], object], command: Command | None) -> None:
        """`change` runs in the writer's thread and neither commits nor rolls back."""
        super().__init__(command)
        self._change = change

    @property
    def changes_state(self) -> bool:
        """It may."""
        return True

    def take(self, transaction: WriteTransaction, at: datetime) -> None:
        """Write. What fails in `change` is undone and belongs to the one who waits.

        Raises `DiskFull` and `LogUnavailable`: that belongs to all who wait.
        """
        if completed := self.find(transaction):
            self.refuse(completed)
            return
        try:
            with transaction.savepoint():
                self.accept(self._change(transaction.connection))
                if row := self.row((), at):
                    transaction.insert((), [row], transaction.head)
        except (DiskFull, LogUnavailable):
            raise
        except BaseException as fault:  # noqa: BLE001  (it belongs to the one who waits)
            self.refuse(fault)


class BulkLoad(WriteRequest):
    """Somebody who brings many events that say themselves when they were recorded."""

    def __init__(self, events: Iterator[Event], limit: int) -> None:
        """`events` have instants (UTC) that rise; so many of them are taken at most."""
        super().__init__(None)
        self._events = islice(events, limit)

    def take(self, transaction: WriteTransaction, mapper: EventMapper) -> None:
        """Record them. What fails is undone and belongs to the one who waits.

        Raises `DiskFull` and `LogUnavailable`: that belongs to all who wait.
        """
        count = 0
        try:
            with transaction.savepoint():
                while entries := self._place(transaction.head, mapper):
                    transaction.insert(entries, (), _head_of(entries))
                    count += len(entries)
            self.accept(count)
        except (DiskFull, LogUnavailable):
            raise
        except BaseException as fault:  # noqa: BLE001  (it belongs to the one who waits)
            self.refuse(fault)

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
