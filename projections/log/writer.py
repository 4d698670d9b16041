"""The one thread of a process that writes to the log: it commits for all who wait (group commit).

A commit costs a sync of the disk, whoever it is for. While one is under way others come to wait, and the next commit
takes all of them: the more there is to do, the less each of it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Thread
from typing import Any, NamedTuple, Protocol, TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, Recording, StoredEvent
from sqlalchemy import Connection

from projections.log.entries import Command, CommandRow, Head, KnownCommand, Recorded, microseconds
from projections.log.errors import CommandKnown, LogClosed, LogFault
from projections.log.mapper import EventMapper, stamped
from projections.log.payloads import Event

T = TypeVar("T")

TICK = timedelta(microseconds=1)
MOST_AT_ONCE = 256
"""How many requests one transaction takes; the others are next."""


class Transaction(Protocol):
    """One transaction of the log's database, begun, with no other writer beside it."""

    @property
    def head(self) -> Head:
        """Where the log ended as the transaction began."""

    def savepoint(self) -> AbstractContextManager[None]:
        """What is written inside is undone when it fails; what was written before it stays.

        When the database itself fails nothing can be undone in part: then the whole transaction is lost.
        """

    def insert_events(self, events: Sequence[StoredEvent]) -> Sequence[int]:
        """Add events, and tell their positions. Raises `IntegrityError` when a stream has one of the versions."""

    def insert_commands(self, commands: Sequence[CommandRow]) -> None:
        """Add commands. Raises `IntegrityError` when one of them is known."""

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that is known by now."""

    def move_head(self, head: Head) -> None:
        """Keep for the other writers where the log ends with this transaction."""

    def run(self, change: Callable[[Connection], T]) -> T:
        """Let somebody else write in this transaction."""


class Ledger(Protocol):
    """The database of the log, from the side on which it is written."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A transaction, committed at the end.

        Raises `DiskFull` and `LogUnavailable`; then nothing of it was recorded, or it is not known whether it was.
        """

    def close(self) -> None:
        """Let go of the database."""


class Request:
    """Somebody who waits for something to be written."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.future: Future[Any] = Future()
        self._deliver: Callable[[], None] = partial(self.future.set_exception, LogClosed())

    def accept(self, answer: object) -> None:
        """Once it is committed: that."""
        self._deliver = partial(self.future.set_result, answer)

    def refuse(self, fault: BaseException) -> None:
        """Whatever becomes of the others: no."""
        self._deliver = partial(self.future.set_exception, fault)

    def deliver(self) -> None:
        """Let the one who waits know."""
        self._deliver()


class Append(Request):
    """Somebody who has events to record, and maybe a command to remember."""

    def __init__(self, events: Sequence[Event], command: Command | None) -> None:
        """`events` are of streams as they were read: each has the version that is next by then."""
        super().__init__()
        self.events = events
        self.command = command


class Turn(Request):
    """Somebody who writes by themselves."""

    def __init__(self, change: Callable[[Connection], object], command: Command | None) -> None:
        """`change` runs in the writer's thread and neither commits nor rolls back."""
        super().__init__()
        self._change = change
        self._command = command

    def take(self, transaction: Transaction, at: datetime) -> None:
        """Write. What fails in `change` is undone and belongs to the one who waits."""
        try:
            with transaction.savepoint():
                self.accept(transaction.run(self._change))
                if self._command is not None:
                    transaction.insert_commands(_rows(self._command, (), at))
        except LogFault:
            raise
        except (IntegrityError, _Unanswered) as fault:
            _refuse(transaction, self, self._command, fault)
        except BaseException as fault:  # noqa: BLE001  (it belongs to the one who waits)
            self.refuse(fault)


class Writer:
    """The queue, and the thread that works it off."""

    def __init__(self, ledger: Ledger, mapper: EventMapper, clock: Callable[[], datetime], head: Head) -> None:
        """Begin to work. `clock` tells the time in UTC; `head` is where the log ends now."""
        self._ledger = ledger
        self._mapper = mapper
        self._clock = clock
        self._head = head
        self._moved = Condition()
        self._inbox: SimpleQueue[Request | None] = SimpleQueue()
        self._door = Lock()
        self._closed = False
        self._thread = Thread(target=self._work, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def head(self) -> Head:
        """Where the log ended when this process last wrote to it."""
        return self._head

    def append(self, events: Sequence[Event], command: Command | None) -> list[Recording[UUID]]:
        """Record events, all or none, and tell what was recorded.

        Raises the library's `IntegrityError` when another writer was faster, `CommandKnown` when the command was
        carried out before, `UnknownTopic` for an event that has no place here, `DiskFull`, `LogUnavailable` and
        `LogClosed`.
        """
        request = Append(events, command)
        self._put(request)
        recordings: list[Recording[UUID]] = request.future.result()
        return recordings

    def write(self, change: Callable[[Connection], T], command: Command | None = None) -> T:
        """Let `change` write in the writer's transaction; raises what it raises, and then it changed nothing.

        With a `command` its answer is stored too; raises `CommandKnown` when it was carried out before.
        """
        request = Turn(change, command)
        self._put(request)
        answer: T = request.future.result()
        return answer

    def wait(self, after: int, timeout: float) -> int:
        """Wait until this process has recorded something after a position, or that many seconds; tells the end."""
        with self._moved:
            self._moved.wait_for(lambda: self._head.position > after, timeout)
        return self._head.position

    def close(self) -> None:
        """Take nothing more, finish what was taken, and let go of the database."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._inbox.put(None)
        self._thread.join()
        self._ledger.close()

    def _put(self, request: Request) -> None:
        with self._door:
            if self._closed:
                raise LogClosed
            self._inbox.put(request)

    def _work(self) -> None:
        while (first := self._inbox.get()) is not None:
            batch = [first]
            last = False
            while len(batch) < MOST_AT_ONCE:
                try:
                    request = self._inbox.get_nowait()
                except Empty:
                    break
                if request is None:
                    last = True
                    break
                batch.append(request)
            self._carry_out(batch)
            if last:
                break

    def _carry_out(self, batch: Sequence[Request]) -> None:
        appends = [request for request in batch if isinstance(request, Append)]
        try:
            with self._ledger.transaction() as transaction:
                head = self._append(transaction, transaction.head, appends) if appends else transaction.head
                for request in batch:
                    if isinstance(request, Turn):
                        request.take(transaction, self._clock())
                if head != transaction.head:
                    transaction.move_head(head)
        except BaseException as fault:  # noqa: BLE001  (whatever it is, nobody may wait for ever, and the thread goes on)
            for request in batch:
                request.refuse(fault)
        else:
            self._publish(head)
        for request in batch:
            request.deliver()

    def _publish(self, head: Head) -> None:
        if head != self._head:
            with self._moved:
                self._head = head
                self._moved.notify_all()

    def _append(self, transaction: Transaction, head: Head, appends: Sequence[Append]) -> Head:
        """Add what all of them bring at once; where that does not fit, what each of them brings, one by one."""
        ready, recorded_at = self._stamp(head.recorded_at, appends)
        if not ready:
            return head
        try:
            with transaction.savepoint():
                accepted = self._insert(transaction, ready)
        except (IntegrityError, _Unanswered) as fault:
            if len(ready) > 1:
                for append, _ in ready:
                    head = self._append(transaction, head, [append])
            else:
                _refuse(transaction, ready[0][0], ready[0][0].command, fault)
            return head
        for append, recordings in accepted:
            append.accept(recordings)
        return Head(accepted[-1][1][-1].notification.id, recorded_at)

    def _stamp(
        self, recorded_at: datetime, appends: Sequence[Append]
    ) -> tuple[list[tuple[Append, list[Stamped]]], datetime]:
        """What each of them brings, with the instants of recording; refuses those with an event that has no place here.

        No instant comes twice, and none before the last one, whatever the clock says.
        """
        ready = []
        for append in appends:
            at, events = max(self._clock(), recorded_at + TICK), []
            try:
                for event in append.events:
                    events.append(Stamped(stamped(event, at), self._mapper.store(event, at)))
                    recorded_at, at = at, at + TICK
            except BaseException as fault:  # noqa: BLE001  (it belongs to the one who brought the event)
                append.refuse(fault)
            else:
                ready.append((append, events))
        return ready, recorded_at

    def _insert(
        self, transaction: Transaction, ready: Sequence[tuple[Append, list[Stamped]]]
    ) -> list[tuple[Append, list[Recording[UUID]]]]:
        positions = iter(transaction.insert_events([event.stored for _, events in ready for event in events]))
        accepted = [(append, [_recording(event, next(positions)) for event in events]) for append, events in ready]
        commands = [
            row
            for append, recordings in accepted
            if append.command
            for row in _rows(append.command, recordings, cast("Event", recordings[-1].domain_event).timestamp)
        ]
        if commands:
            transaction.insert_commands(commands)
        for append, _ in accepted:
            if append.command and append.command.also:
                _write_also(transaction, append.command.also)
        return accepted


class Stamped(NamedTuple):
    """An event with the instant of its recording, and as it is stored."""

    event: Event
    stored: StoredEvent


class _Unanswered(Exception):  # noqa: N818  (carries the fault of a command's own code out of a savepoint)
    """A command made no answer of its events, or could not write what it has to keep beside them."""


def _refuse(
    transaction: Transaction, request: Request, command: Command | None, fault: IntegrityError | _Unanswered
) -> None:
    if isinstance(fault, _Unanswered):
        request.refuse(fault.__cause__ or fault)
    elif command and command.key and (known := transaction.find_command(command.key, command.caller)):
        request.refuse(CommandKnown(known.request_hash, known.answer))
    else:
        request.refuse(fault)


def _recording(event: Stamped, position: int) -> Recording[UUID]:
    stored = event.stored
    return Recording(
        event.event,
        Notification(stored.originator_id, stored.originator_version, stored.topic, stored.state, position),
    )


def _rows(command: Command, recordings: Sequence[Recording[UUID]], at: datetime) -> list[CommandRow]:
    if command.key is None:
        return []
    events = [Recorded(recording.notification.id, cast("Event", recording.domain_event)) for recording in recordings]
    try:
        answer = command.answer(events)
    except BaseException as fault:
        raise _Unanswered from fault
    return [CommandRow(command.caller, command.key, command.request_hash, answer, microseconds(at))]


def _write_also(transaction: Transaction, change: Callable[[Connection], None]) -> None:
    try:
        transaction.run(change)
    except LogFault:
        raise
    except BaseException as fault:
        raise _Unanswered from fault
