"""What is cached of the read models in this process, and dropped as a whole when rows of earlier positions change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Lock

from sqlalchemy import Connection

from projections.answer_cache import AnswerCache
from projections.cache_use import CacheUse
from projections.changed_clients import changed_clients
from projections.columnar.cache_file import CacheFiles
from projections.columnar.columnar_cache import ColumnarCache
from projections.columnar.columnar_view import CacheState
from projections.judgement_cache import JudgementCache
from projections.judging import Judging
from projections.log import Log
from projections.snapshot import Snapshot
from projections.stopped_streams import NONE_STOPPED, StoppedStreams, read_stopped
from projections.view_store import ViewStore


@dataclass(frozen=True, slots=True)
class ReaderCaches:
    """The caches of one reader: none of them has answers from other rows than its connection sees."""

    stopped: StoppedStreams
    answers: AnswerCache
    columns: CacheState
    judgements: JudgementCache


class ViewCaches:
    """All caches that are keyed by positions of the log, and the stopped streams, on which their rows depend, too."""

    def __init__(
        self, store: ViewStore, log: Log, columns_from_clients: int, folder: Path | None, stopping: Event
    ) -> None:
        """Empty caches; see `Views`."""
        self._log = log
        self.columnar = ColumnarCache(log, columns_from_clients, CacheFiles(folder, log) if folder else None)
        self.judging = Judging(store, log, stopping)
        self.stopped = NONE_STOPPED
        self._answers = AnswerCache()
        self._lock = Lock()

    def drop(self) -> None:
        """Drop everything that was cached from replaced rows."""
        with self._lock:
            self._drop()

    def of_reader(self, connection: Connection, position: int | None, generation: int) -> ReaderCaches:
        """The caches for a connection that sees the read models at a position, with stopped streams of a generation.

        When streams were stopped or went on, rows of earlier positions may be others: all caches are dropped.
        """
        with self._lock:
            if position is not None and generation != self.stopped.generation:
                self.stopped = read_stopped(connection, generation)
                self._drop()
            return ReaderCaches(self.stopped, self._answers, self.columnar.state, self.judging.cache)

    def uses(self) -> Sequence[CacheUse]:
        """What the caches have."""
        state = self.columnar.state
        columnar = (state.choices.use("columnar choices"), state.labels.use("columnar labels"))
        return (self._answers.use, self._answers.latest.use, self.judging.cache.use, *columnar)

    def snapshot(self, connection: Connection, position: int, caches: ReaderCaches) -> Snapshot:
        """The snapshot of a reader."""
        return Snapshot(
            connection,
            position,
            caches.answers,
            partial(self.columnar.columns, connection, position, caches.columns),
            caches.judgements,
            partial(changed_clients, self._log),
            self.judging.find,
            self.judging.history.at,
            stopped=caches.stopped,
        )

    def load_columns(self, snapshot: Snapshot) -> None:
        """Load the columnar copy of a large firm and write its files, so that no request has to wait."""
        if snapshot.columns is not None:
            snapshot.columns.load_all()
            self.columnar.write_files()

    def _drop(self) -> None:
        self.columnar.clear(self.stopped.generation)
        self._answers = AnswerCache()
        self.judging.clear(self.stopped.generation)
