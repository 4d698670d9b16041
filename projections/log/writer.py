"""The one thread of a process that writes to the log: it commits for all who wait (group commit).

A commit costs a sync of the disk, whoever it is for. While one is under way others come to wait, and the next commit
takes all of them: the more there is to do, the less each of it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Thread
from typing import NamedTuple, TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, Recording, StoredEvent
from sqlalchemy import Connection

from projections.log.entries import Command, CommandRow, Head, Recorded
from projections.log.errors import LogClosed
from projections.log.mapper import EventMapper, stamped
from projections.log.payloads import Event
from projections.log.requests import Append, Ledger, Request, Transaction, Turn, Unanswered

T = TypeVar("T")

TICK = timedelta(microseconds=1)
MOST_AT_ONCE = 256
"""How many requests one transaction takes; the others are next."""


class Writer:
    """The queue, and the thread that works it off."""

    def __init__(self, ledger: Ledger, mapper: EventMapper, clock: Callable[[], datetime]) -> None:
        """Begin to work. `clock` tells the time in UTC."""
        self._ledger = ledger
        self._mapper = mapper
        self._clock = clock
        self._head = ledger.head
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

    def write(self, change: Callable[[Connection], T], command: Command | None) -> T:
        """Let `change` write in the writer's transaction; raises what it raises, and then it changed nothing.

        With a `command` its answer (to no events) is stored too; raises `CommandKnown` when it was carried out before,
        `DiskFull`, `LogUnavailable` and `LogClosed`.
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
        except (IntegrityError, Unanswered) as fault:
            if len(ready) == 1:
                own = fault.__cause__ if isinstance(fault, Unanswered) else None
                ready[0][0].refuse_unless_known(transaction, own or fault)
                return head
            for append, _ in ready:
                head = self._append(transaction, head, [append])
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
        rows = [_row(append, recordings) for append, recordings in accepted]
        if commands := [row for row in rows if row]:
            transaction.insert_commands(commands)
        for append, _ in ready:
            append.write_also(transaction)
        return accepted


class Stamped(NamedTuple):
    """An event with the instant of its recording, and as it is stored."""

    event: Event
    stored: StoredEvent


def _recording(event: Stamped, position: int) -> Recording[UUID]:
    stored = event.stored
    return Recording(
        event.event,
        Notification(stored.originator_id, stored.originator_version, stored.topic, stored.state, position),
    )


def _row(append: Append, recordings: Sequence[Recording[UUID]]) -> CommandRow | None:
    events = [Recorded(recording.notification.id, cast("Event", recording.domain_event)) for recording in recordings]
    return append.row(events, events[-1].event.timestamp)
