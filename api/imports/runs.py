"""Records imports in the background, one at a time: how far each has come, and what becomes of it.

An import is one transaction, which also ends its run (`finish_run`). Therefore a run that is said to have failed
recorded nothing, and one whose process was killed either became an import as a whole or will be said to have failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event, Lock
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from api.http.error_handlers import as_problem
from api.http.problems import IMPORT_INTERRUPTED, IMPORTS_BUSY, INTERNAL, Problem
from api.state.import_runs import ImportRun, RunStatus, extend_run, fail_run, list_ended_runs
from projections.log import Log, LogFault

MOST_AT_ONCE = 5
"""How many imports a server has in memory: one that it records, and others that wait for it."""
RETRY_SECONDS = 5

Work = Callable[[Callable[[int], None]], object]
"""Records an import; it gets a function to call with the number of lines processed."""

log = structlog.get_logger("seatline")


class RunEnded(Exception):  # noqa: N818  (an outcome, not an error)
    """The server stops, or the run has been marked as failed: it must not record anything."""


@dataclass(slots=True)
class _Active:
    """A run of this process: the lines processed, whether it must end, and why it failed."""

    done: int = 0
    must_end: bool = False
    problem: Mapping[str, Any] | None = None
    finished: Event = field(default_factory=Event)


class ImportRuns:
    """The imports that this process records in the background."""

    def __init__(self, store: Log, now: Callable[[], datetime], is_closing: Callable[[], bool]) -> None:
        """`is_closing` tells whether the server stops; then imports that are not decided yet fail."""
        self._log = store
        self._now = now
        self._is_closing = is_closing
        self._active: dict[UUID, _Active] = {}
        self._lock = Lock()
        self._stopping = False
        self._executor = ThreadPoolExecutor(1, "imports")

    def reserve(self, run_id: UUID) -> None:
        """Reserve a place for a run that is about to be stored. Raises `Problem` 503 if there is none."""
        with self._lock:
            if len(self._active) >= MOST_AT_ONCE:
                raise Problem(IMPORTS_BUSY, headers={"Retry-After": str(RETRY_SECONDS)})
            self._active[run_id] = _Active()

    def release(self, run_id: UUID) -> None:
        """Give up the place of a run."""
        with self._lock:
            active = self._active.pop(run_id, None)
        if active is not None:
            active.finished.set()

    def start(self, run_id: UUID, work: Work) -> None:
        """Begin the work of a run that is stored, as soon as those before it are done."""
        self._executor.submit(self._run, run_id, self._active[run_id], work)

    def wait(self, run_id: UUID, seconds: float) -> None:
        """Wait until a run of this process has ended, at most some seconds."""
        with self._lock:
            active = self._active.get(run_id)
        if active is not None:
            active.finished.wait(seconds)

    def current(self, run: ImportRun) -> ImportRun:
        """A stored run as it is now, if this process works on it."""
        with self._lock:
            active = self._active.get(run.id)
        if active is None or run.status is RunStatus.FAILED:
            return run
        if active.problem is not None:
            return replace(run, status=RunStatus.FAILED, problem=active.problem)
        return replace(run, done=max(run.done, active.done))

    def beat(self) -> None:
        """Store the progress of the runs of this process, and that those of servers which have stopped failed.

        Must be called every few seconds. Raises what `Log.write` raises.
        """
        with self._lock:
            active = dict(self._active)
        for run_id, run in active.items():
            if run.problem is not None:
                self._store_failure(run_id, run)
            elif not self._log.write(self._extending(run_id, run.done)):
                run.must_end = True
        with self._log.engine.connect() as connection:
            ended = list_ended_runs(connection, at=self._now())
        with self._lock:  # after reading: a run is reserved before it is stored
            ended = [run_id for run_id in ended if run_id not in self._active]
        for run_id in ended:
            self._log.write(self._interrupting(run_id))

    def stop(self) -> None:
        """End the runs of this process: those that are not decided yet fail, the others are recorded."""
        self._stopping = True
        self._executor.shutdown()

    def _run(self, run_id: UUID, active: _Active, work: Work) -> None:
        def note(done: int) -> None:
            if active.must_end or self._stopping or self._is_closing():
                raise RunEnded
            active.done = max(active.done, done)

        try:
            note(0)
            work(note)
        except RunEnded:
            active.problem = Problem(IMPORT_INTERRUPTED).body()
        except Exception as fault:
            problem = as_problem(fault)
            if problem.kind is INTERNAL:
                log.error("an import failed", fault=type(fault).__name__, exc_info=fault)
            active.problem = problem.body()
        if active.problem is None:
            self.release(run_id)
            return
        try:
            self._store_failure(run_id, active)
        except (LogFault, SQLAlchemyError) as fault:
            log.warning("a failed import waits for the store", fault=type(fault).__name__)
            active.finished.set()

    def _store_failure(self, run_id: UUID, active: _Active) -> None:
        problem = active.problem or {}
        self._log.write(lambda connection: fail_run(connection, run_id, problem))
        self.release(run_id)

    def _extending(self, run_id: UUID, done: int) -> Callable[[Connection], bool]:
        return lambda connection: extend_run(connection, run_id, done, at=self._now())

    def _interrupting(self, run_id: UUID) -> Callable[[Connection], None]:
        problem = Problem(IMPORT_INTERRUPTED).body()
        return lambda connection: fail_run(connection, run_id, problem)
