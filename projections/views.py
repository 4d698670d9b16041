"""The views: read models that follow the log, and the door through which they are read."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from sqlite3 import SQLITE_FULL
from time import monotonic

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from projections.catch_up import Follower, ProjectionFault
from projections.columnar import FROM_CLIENTS
from projections.columnar.cache_file import CacheFiles
from projections.columnar.columnar_cache import ColumnarCache
from projections.log import Log, LogFault
from projections.read_model import ReadModel
from projections.read_models import READ_MODELS
from projections.rebuild import Progress, checkpoints_at, rebuild
from projections.reports.answer_cache import AnswerCache
from projections.snapshot import Snapshot
from projections.view_store import Checkpoint, ViewStore
from projections.view_store_postgres import PostgresViewStore
from projections.view_store_sqlite import SQLiteViewStore

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
"""How long a reader waits for the read models."""

FOLLOW_SECONDS = 0.5
"""How often the follower looks up when nothing wakes it."""

EVENTS_PER_CACHE_WRITE = 5_000
"""After how many events the copy in memory is kept anew for the next start."""

BATCH_SECONDS = 0.05
"""How long the follower lets more come, once it is woken: fifty events at once cost it hardly more than one."""

RETRY_SECONDS = 5.0
"""How long a fault of a rebuild is told before it is tried again."""


class NotCaughtUp(Exception):  # noqa: N818  (a condition that passes, not an error in the program)
    """The read models have not reached that position yet; try again in a moment."""

    def __init__(self, required: int, reached: int, why: str = "") -> None:
        """`wanted` and `reached` are positions in the log."""
        super().__init__(f"The read models have reached {reached} of {required}.{f' {why}' if why else ''}")
        self.required = required
        self.reached = reached


class ViewsUnavailable(Exception):  # noqa: N818  (a condition that passes, not an error in the program)
    """The store of the read models does not answer; try again in a moment."""


class _Stopped(Exception):  # noqa: N818  (not an error)
    """The views are closed while they are being rebuilt."""


@dataclass(frozen=True, slots=True)
class ReadModelStatus:
    """A read model's code version, its place in the log and how far that is behind, and its last fault."""

    name: str
    version: int
    position: int
    lag: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class ViewsStatus:
    """All read models, and how far a rebuild has come (events done and to do; null when none is running)."""

    read_models: Sequence[ReadModelStatus]
    rebuilding: tuple[int, int] | None

    @property
    def is_ready(self) -> bool:
        """Whether questions are answered: nothing is faulty, and no read model is missing."""
        return all(model.fault is None and model.position >= 0 for model in self.read_models)


class Views:
    """Read models in a store of their own, which may be deleted at any time. To be closed by whoever opened them."""

    def __init__(
        self,
        store: ViewStore,
        log: Log,
        models: Sequence[ReadModel] = READ_MODELS,
        columns_from_clients: int = FROM_CLIENTS,
        folder: Path | None = None,
    ) -> None:
        """The views of a log in a store; `open_views` opens the store.

        From `columns_from_clients` clients on, the portfolio's reports are counted in a copy in memory; it is kept
        in `folder` from one start to the next.
        """
        self._store = store
        self._log = log
        self._models = models
        self._follower = Follower(log, models)
        self._columnar = ColumnarCache(log, columns_from_clients, CacheFiles(folder, log) if folder else None)
        self._answers = AnswerCache()
        self._following = threading.Lock()
        self._building = threading.Lock()
        self._opening = threading.Lock()
        self._changed = threading.Condition()
        self._builder: threading.Thread | None = None
        self._progress: tuple[int, int] | None = None
        self._fault: Exception | None = None
        self._failed_at = -RETRY_SECONDS
        self._was_verified = False
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    @contextmanager
    def reading(self, after: int | None = None) -> Iterator[Snapshot]:
        """A snapshot of everything recorded by now, and at least up to position `after`.

        Raises `NotCaughtUp` when that takes more than 5 s, `ProjectionFault` and `ViewsUnavailable`, and what the log
        raises.
        """
        try:
            with self._caught_up(after or 0, WAIT_SECONDS) as snapshot:
                yield snapshot
        except OperationalError as fault:
            raise _unavailable(fault) from fault

    def known_at(self, snapshot: Snapshot) -> datetime | None:
        """When the newest event of a snapshot was recorded; null where there is none."""
        position = snapshot.position
        newest = self._log.read(position - 1, 1) if position > 0 else ()
        return newest[0].event.timestamp if newest else None

    def catch_up(self) -> int:
        """Bring the read models up to the log's head, however long that takes; the position reached."""
        with self._caught_up(0, float("inf")) as snapshot:
            return snapshot.position

    def status(self) -> ViewsStatus:
        """Where the read models are, without waiting for anything; one that is missing is at position -1."""
        fault = None if self._fault is None else str(self._fault)
        reached, head = -1, 0
        try:
            head = self._log.head()
            with self._connect() as (_, position):
                reached = -1 if position is None else position
        except (SQLAlchemyError, LogFault) as unavailable:
            fault = fault or f"No answer: {type(unavailable).__name__}."
        lag = max(head - max(reached, 0), 0)
        return ViewsStatus(
            tuple(ReadModelStatus(model.name, model.version, reached, lag, fault) for model in self._models),
            self._progress,
        )

    def follow(self) -> None:
        """Keep the read models near the log's head from a thread of its own, until `close`."""
        self._thread = threading.Thread(target=self._follow, name="views-follower", daemon=True)
        self._thread.start()

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build all read models anew beside the present ones, then switch; the position reached.

        Whoever asks while this process is at it already waits for that, and then has them built once more. `progress`
        is told of events done and to do. Raises `ProjectionFault`, and `NotCaughtUp` when another process is
        rebuilding.
        """

        def report(done: int, to_do: int) -> None:
            if self._stopping.is_set():
                raise _Stopped
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
        self._drop_caches()
        with self._connect() as (connection, position):
            if position is not None:
                self._columnar.make(connection, position)
        return reached

    def _drop_caches(self) -> None:
        """What was read is of other views."""
        self._columnar.forget()
        self._answers = AnswerCache()

    def close(self) -> None:
        """Stop following and rebuilding, and let go of the store."""
        self._stopping.set()
        for thread in (self._thread, self._builder):
            if thread is not None:
                thread.join()
        self._columnar.keep()
        self._store.close()

    @contextmanager
    def _caught_up(self, after: int, wait_seconds: float) -> Iterator[Snapshot]:
        deadline = monotonic() + wait_seconds
        if after > self._log.head():
            self._log.wait(after - 1, wait_seconds)
        required = max(after, self._log.head())
        while True:
            with self._connect() as (connection, position):
                if position is not None and position >= required:
                    self._fault = None
                    columns = partial(self._columnar.columns, connection, position)
                    yield Snapshot(connection, position, self._answers, columns)
                    return
            if position is None:
                self._drop_caches()
                self._wait_for_build(required, deadline)
            else:
                self._catch_up_to(required, deadline)

    @contextmanager
    def _connect(self) -> Iterator[tuple[Connection, int | None]]:
        """A connection, and the position of the read models it sees; null when they must be built."""
        with self._opening:
            if not self._store.is_current():
                self._store.open_anew()
                self._drop_caches()
                self._was_verified = False
        with self._store.connect() as connection:
            marks = self._store.marks(connection)
            yield connection, self._position(marks)

    def _position(self, marks: Mapping[str, Checkpoint]) -> int | None:
        if {name: mark.version for name, mark in marks.items()} != {m.name: m.version for m in self._models}:
            if marks and self._was_verified:
                # as long as two versions of the program run side by side, only the one that started last may read
                raise NotCaughtUp(self._log.head(), 0, "They belong to another version of the program now.")
            return None
        position = next(iter(marks.values())).position
        if not self._was_verified:
            if position > self._log.head() or marks != checkpoints_at(self._log, self._models, position):
                return None
            self._was_verified = True
        return position

    def _catch_up_to(self, required: int, deadline: float) -> None:
        """Take in events up to a position, unless others do; may come back early, for the caller to look again."""
        if not self._following.acquire(timeout=_seconds_to(deadline)):
            raise NotCaughtUp(required, 0, "They are catching up.")
        try:
            with self._connect() as (_, position):
                pass
            while position is not None and position < required:
                if monotonic() > deadline or self._stopping.is_set():
                    raise NotCaughtUp(required, position)
                reached = self._follower.follow(self._store, position)
                if reached == position:
                    # somebody else was faster, or the log has announced what it does not show yet
                    self._stopping.wait(0.005)
                    return
                position = reached
        except ProjectionFault as fault:
            self._fault = fault
            raise
        except OperationalError as fault:
            self._fault = _unavailable(fault)
            raise
        finally:
            self._following.release()

    def _wait_for_build(self, required: int, deadline: float) -> None:
        """Wait for a rebuild, which is started unless one is running or has just failed."""
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
            # another process is at it: look again in a moment
            self._stopping.wait(0.2)
        except _Stopped:
            pass
        except (LogFault, OSError, ProjectionFault, SQLAlchemyError) as fault:
            self._fault, self._failed_at = fault, monotonic()
        finally:
            with self._changed:
                self._builder = None
                self._changed.notify_all()

    def _follow(self) -> None:
        is_copied = False
        while not self._stopping.is_set():
            try:
                with self._caught_up(0, FOLLOW_SECONDS) as snapshot:
                    position = snapshot.position
                    if not is_copied:
                        # at the start, before anybody asks for it
                        self._columnar.make(snapshot.connection, position)
                        is_copied = True
                self._columnar.keep(after_events=EVENTS_PER_CACHE_WRITE)

                if self._log.wait(position, FOLLOW_SECONDS) > position:
                    self._stopping.wait(BATCH_SECONDS)
            except NotCaughtUp:
                continue
            except (LogFault, OSError, ProjectionFault, SQLAlchemyError):
                self._stopping.wait(FOLLOW_SECONDS)


def _unavailable(fault: OperationalError) -> ViewsUnavailable:
    """What is told of a store that fails: a disk without room by name, of anything else only its type."""
    name = type(fault.orig).__name__
    if name == "DiskFull" or getattr(fault.orig, "sqlite_errorcode", None) == SQLITE_FULL:
        return ViewsUnavailable("The store of the read models has no room left.")
    return ViewsUnavailable(f"The store of the read models failed: {name}.")


def _seconds_to(deadline: float) -> float:
    """The time that is left, as the waiting functions of `threading` take it."""
    return min(max(deadline - monotonic(), 0.0), threading.TIMEOUT_MAX)


def open_views(store: Path | str, log: Log, *, columns_from_clients: int = FROM_CLIENTS) -> Views:
    """The views of a log: `store` is a data folder (SQLite, `views.db` in it) or a PostgreSQL address.

    Returns at once. When the store is missing, or holds other versions of the read models, they are rebuilt in the
    background; reading waits for that, up to its 5 s. From `columns_from_clients` clients on, the reports of the
    portfolio are counted in a copy in memory.
    """
    opened = SQLiteViewStore(store) if isinstance(store, Path) else PostgresViewStore(store)
    folder = store if isinstance(store, Path) else None
    return Views(opened, log, columns_from_clients=columns_from_clients, folder=folder)
