"""The views: read models that follow the log, and the snapshots through which they are read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from projections.cache_use import CacheUse
from projections.catch_up import Follower, ProjectionFault
from projections.columnar import FROM_CLIENTS
from projections.healing import heal
from projections.judgements import Judgement
from projections.judging import EVENTS_PER_WRITE
from projections.log import Log, LogFault
from projections.read_model import ReadModel
from projections.read_models import READ_MODELS
from projections.rebuild import Progress, are_of_log, rebuild
from projections.snapshot import Snapshot, Stopped
from projections.stopped_streams import StoppedStreams
from projections.view_caches import ReaderCaches, ViewCaches
from projections.view_store import Checkpoint, ViewStore
from projections.view_store_postgres import PostgresViewStore
from projections.view_store_sqlite import SQLiteViewStore
from projections.views_errors import NotCaughtUp, ViewsUnavailable, unavailable
from projections.views_status import ReadModelStatus, ViewsStatus

__all__ = [
    "NotCaughtUp",
    "ProjectionFault",
    "ReadModelStatus",
    "Views",
    "ViewsStatus",
    "ViewsUnavailable",
    "open_views",
]

WAIT_SECONDS = 5.0
"""How long a reader waits for the read models to catch up."""

FOLLOW_SECONDS = 0.5
"""How often the follower polls the log when it gets no notification."""

EVENTS_PER_CACHE_WRITE = 5_000
"""The number of events after which the columnar cache is written to disk again."""

BATCH_SECONDS = 0.05
"""How long the follower waits for more events before it projects them as one batch."""

JUDGE_SECONDS = 1.0
"""How long more events are awaited before clients are judged again in the background; a request does not wait."""

HEAL_SECONDS = 1.0
"""How often the events at which streams stopped are tried again."""

RETRY_SECONDS = 5.0
"""How long a failed rebuild's error is reported before the next attempt."""


class Views:
    """Read models in a store that may be deleted at any time. The caller that opens them closes them."""

    def __init__(
        self,
        store: ViewStore,
        log: Log,
        models: Sequence[ReadModel] = READ_MODELS,
        columns_from_clients: int = FROM_CLIENTS,
        folder: Path | None = None,
    ) -> None:
        """The views of a log in a store; use `open_views`.

        Firms with at least `columns_from_clients` clients use the columnar cache for portfolio reports; it is written
        to `folder` for the next start (null: not written).
        """
        self._store = store
        self._log = log
        self._models = models
        self._follower = Follower(log, models)
        self._following = threading.Lock()
        self._building = threading.Lock()
        self._opening = threading.Lock()
        self._changed = threading.Condition()
        self._builder: threading.Thread | None = None
        self._progress: tuple[int, int] | None = None
        self._fault: Exception | None = None
        self._failed_at = -RETRY_SECONDS
        self._was_verified = False
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._caches = ViewCaches(store, log, columns_from_clients, folder, self._stopping)
        self._judging = self._caches.judging

    @contextmanager
    def reading(self, after: int | None = None) -> Iterator[Snapshot]:
        """A snapshot of everything recorded so far, and at least up to position `after`.

        Raises `NotCaughtUp` when that takes more than 5 seconds, `ProjectionFault`, `ViewsUnavailable`, and what the
        log raises.
        """
        try:
            with self._caught_up(after or 0, WAIT_SECONDS) as snapshot:
                yield snapshot
        except OperationalError as fault:
            raise unavailable(fault) from fault

    @contextmanager
    def _discarding_damage(self) -> Iterator[None]:
        """Discard read models that turn out to be damaged; raises `ViewsUnavailable` then, and they are rebuilt."""
        try:
            yield
        except DBAPIError as fault:
            if not self._store.is_damaged(fault):
                raise
            self._fault = ViewsUnavailable("The read models were damaged, and are being rebuilt.")
            with self._opening:
                self._store.discard()
                self._was_verified = False
            raise self._fault from fault

    def caches(self) -> Sequence[CacheUse]:
        """What is cached of the read models."""
        return (self._follower.use, *self._caches.uses())

    def known_at(self, snapshot: Snapshot) -> datetime | None:
        """When a snapshot's last event was recorded (UTC); null for an empty log."""
        return self._log.instant_at(snapshot.position)

    @property
    def stopped(self) -> StoppedStreams:
        """The stopped streams, as this process last saw them."""
        return self._caches.stopped

    def catch_up(self) -> int:
        """Project everything recorded so far, without a time limit; returns the position reached."""
        with self._caught_up(0, float("inf")) as snapshot:
            return snapshot.position

    def status(self) -> ViewsStatus:
        """The status of the read models, without waiting; a missing one is at position -1."""
        fault = None if self._fault is None else str(self._fault)
        reached, head = -1, 0
        try:
            head = self._log.head()
            with self._connect() as (_, position, _):
                reached = -1 if position is None else position
        except (SQLAlchemyError, LogFault) as unavailable:
            fault = fault or f"The database does not respond: {type(unavailable).__name__}."
        lag = max(head - max(reached, 0), 0)
        return ViewsStatus(
            tuple(ReadModelStatus(model.name, model.version, reached, lag, fault) for model in self._models),
            self._progress,
            self._caches.stopped.causes,
        )

    def follow(self, judgements: Callable[[], Sequence[Judgement]] = tuple) -> None:
        """Start threads that keep the read models up to date until `close`.

        For large firms, what `judgements` names is judged of every client, so that no request has to wait for it.
        """
        self._judging.want(judgements)
        self._threads = [
            threading.Thread(target=self._follow, name="views-follower", daemon=True),
            threading.Thread(target=self._judge, name="views-judge", daemon=True),
            threading.Thread(target=self._heal, name="views-healer", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def rebuild(self, progress: Progress | None = None) -> int:
        """Rebuild all read models in a second store and switch to it; returns the position reached.

        A call during a rebuild by this process waits for it, then rebuilds again. `progress` is called with the events
        done and the total. Streams with an event that cannot be read or projected are stopped there: see `stopped`.
        Raises `ProjectionFault`, and `NotCaughtUp` when another process is rebuilding.
        """

        def report(done: int, to_do: int) -> None:
            if self._stopping.is_set():
                raise Stopped
            self._progress = (done, to_do)
            if progress is not None:
                progress(done, to_do)

        with self._building:
            try:
                reached = rebuild(self._store, self._log, self._models, report, self._following)
            finally:
                self._progress = None
        if reached is None:
            raise NotCaughtUp(self._log.head(), 0, "Another process is rebuilding them.")
        self._fault = None
        self._caches.drop()
        with self._connect() as (connection, position, caches):
            if position is not None:
                self._caches.load_columns(self._caches.snapshot(connection, position, caches))
        return reached

    def close(self) -> None:
        """Stop following and rebuilding, and close the store."""
        self._stopping.set()
        self._log.wake()
        for thread in (*self._threads, self._builder):
            if thread is not None:
                thread.join()
        self._caches.columnar.write_files()
        self._judging.write()
        self._store.close()

    @contextmanager
    def _caught_up(self, after: int, wait_seconds: float) -> Iterator[Snapshot]:
        with self._discarding_damage(), self._reaching(after, wait_seconds) as snapshot:
            yield snapshot

    @contextmanager
    def _reaching(self, after: int, wait_seconds: float) -> Iterator[Snapshot]:
        deadline = monotonic() + wait_seconds
        if after > self._log.head():
            self._log.wait(after - 1, wait_seconds)
        required = max(after, self._log.head())
        while True:
            with self._connect() as (connection, position, caches):
                if position is not None and position >= required:
                    self._fault = None
                    yield self._caches.snapshot(connection, position, caches)
                    return
            if position is None:
                self._caches.drop()
                self._wait_for_build(required, deadline)
            else:
                self._catch_up_to(required, deadline)

    @contextmanager
    def _connect(self) -> Iterator[tuple[Connection, int | None, ReaderCaches]]:
        """A connection, the position of the read models it sees (null: they must be rebuilt), and caches for them."""
        with self._opening:
            if not self._store.is_current():
                self._store.reopen()
                self._caches.drop()
                self._was_verified = False
        with self._store.connect() as connection:
            marks = self._store.marks(connection)
            position = self._position(marks)
            generation = next((mark.generation for mark in marks.values()), 0)
            yield connection, position, self._caches.of_reader(connection, position, generation)

    def _position(self, marks: Mapping[str, Checkpoint]) -> int | None:
        if {name: mark.version for name, mark in marks.items()} != {m.name: m.version for m in self._models}:
            if marks and self._was_verified:
                # while two versions of the program run at once, only the one that started last may read
                raise NotCaughtUp(self._log.head(), 0, "They belong to another version of the program now.")
            return None
        position = next(iter(marks.values())).position
        if not self._was_verified:
            if position > self._log.head() or not are_of_log(marks, self._log, self._models):
                return None
            self._was_verified = True
        return position

    def _catch_up_to(self, required: int, deadline: float) -> None:
        """Project events up to a position, unless others do; may return early, then the caller checks again."""
        if not self._following.acquire(timeout=_seconds_to(deadline)):
            raise NotCaughtUp(required, 0, "They are catching up.")
        try:
            with self._connect() as (_, position, caches):
                pass
            while position is not None and position < required:
                if monotonic() > deadline or self._stopping.is_set():
                    raise NotCaughtUp(required, position)
                reached = self._follower.follow(self._store, position, stopped=caches.stopped)
                if reached == position:
                    # another follower was faster, or the announced events are not visible yet
                    self._stopping.wait(0.005)
                    return
                position = reached
        except ProjectionFault as fault:
            self._fault = fault
            raise
        except OperationalError as fault:
            self._fault = unavailable(fault)
            raise
        finally:
            self._following.release()

    def _wait_for_build(self, required: int, deadline: float) -> None:
        """Wait for a rebuild; starts one unless one is running or has just failed."""
        with self._changed:
            if self._builder is None or not self._builder.is_alive():
                if monotonic() < self._failed_at + RETRY_SECONDS and self._fault is not None:
                    raise self._fault
                if self._stopping.is_set():
                    raise NotCaughtUp(required, 0, "They are being closed.")
                self._builder = threading.Thread(target=self._build, name="views-builder", daemon=True)
                self._builder.start()
            if not self._changed.wait(_seconds_to(deadline)):
                done, to_do = self._progress or (0, required)
                raise NotCaughtUp(required, 0, f"They are being rebuilt: {done} of {to_do} events are done.")

    def _build(self) -> None:
        try:
            self.rebuild()
        except NotCaughtUp:
            # another process is rebuilding: check again shortly
            self._stopping.wait(0.2)
        except Stopped:
            pass
        except (LogFault, OSError, ProjectionFault, SQLAlchemyError) as fault:
            self._fault, self._failed_at = fault, monotonic()
        finally:
            with self._changed:
                self._builder = None
                self._changed.notify_all()

    def _follow(self) -> None:
        is_copied = False

        def copy(snapshot: Snapshot) -> None:
            nonlocal is_copied
            if not is_copied:
                # at the start, before the first request needs it
                self._caches.load_columns(snapshot)
                is_copied = True

        self._at_every_position(copy, partial(self._caches.columnar.write_files, EVENTS_PER_CACHE_WRITE), BATCH_SECONDS)

    def _heal(self) -> None:
        pause = HEAL_SECONDS
        while not self._stopping.wait(pause):
            began = monotonic()
            try:
                if self._caches.stopped.by_stream:
                    self.heal()
            except (LogFault, NotCaughtUp, OSError, SQLAlchemyError):
                pass  # it is tried again
            # where very many streams are stopped, most of the time is left to others
            pause = max(HEAL_SECONDS, 20 * (monotonic() - began))

    def heal(self) -> None:
        """Resume the streams whose events can be read again; their rows are replaced."""
        with self._following:
            with self._connect() as (_, position, caches):
                pass
            if position is not None and caches.stopped.by_stream:
                for stream in heal(self._store, self._log, self._models, position, caches.stopped):
                    self._follower.forget(stream)

    def _judge(self) -> None:
        def keep_up(snapshot: Snapshot) -> None:
            if snapshot.columns is not None:
                self._judging.keep_up(snapshot)

        self._at_every_position(keep_up, partial(self._judging.write, EVENTS_PER_WRITE), JUDGE_SECONDS)

    def _at_every_position(
        self, work: Callable[[Snapshot], None], write: Callable[[], None], batch_seconds: float
    ) -> None:
        """Work on a snapshot after every batch of events, and then write, until the views are closed."""
        while not self._stopping.is_set():
            try:
                with self._caught_up(0, FOLLOW_SECONDS) as snapshot:
                    position = snapshot.position
                    work(snapshot)
                write()

                if self._log.wait(position, FOLLOW_SECONDS, self._stopping.is_set) > position:
                    self._stopping.wait(batch_seconds)
            except NotCaughtUp:
                continue
            except Stopped:
                return
            except (LogFault, OSError, ProjectionFault, SQLAlchemyError, ViewsUnavailable):
                self._stopping.wait(FOLLOW_SECONDS)


def _seconds_to(deadline: float) -> float:
    """The seconds left until a deadline, limited to what `threading` accepts."""
    return min(max(deadline - monotonic(), 0.0), threading.TIMEOUT_MAX)


def open_views(store: Path | str, log: Log, *, columns_from_clients: int = FROM_CLIENTS) -> Views:
    """Open the views of a log; `store` is a data folder (SQLite, `views.db` in it) or a PostgreSQL URL.

    Returns immediately. If the read models are missing or have another version, the first read starts a rebuild in the
    background and waits for it up to its limit of 5 seconds. Firms with at least `columns_from_clients` clients use the
    columnar cache for portfolio reports.
    """
    opened = SQLiteViewStore(store) if isinstance(store, Path) else PostgresViewStore(store)
    folder = store if isinstance(store, Path) else None
    return Views(opened, log, columns_from_clients=columns_from_clients, folder=folder)
