"""Keeps the judgements of all clients up to date, in memory and across restarts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import Final

from projections.dated_rows import DatedRows
from projections.judged_history import JudgedHistory
from projections.judgement_cache import JudgementCache
from projections.judgement_store import JudgementStore
from projections.judgements import Judgement, judge_together, judged
from projections.log import Log
from projections.snapshot import Snapshot, Stopped
from projections.view_store import ViewStore

BURST_SECONDS: Final = 0.02
"""How long clients are judged in the background before requests have as long for themselves."""

EVENTS_PER_WRITE: Final = 20_000
"""The number of events after which judgements are written again."""


class Judging:
    """Keeps judgements in memory and in the database up to date."""

    def __init__(self, store: ViewStore, log: Log, stopping: Event) -> None:
        """Write to `store`; background work ends when `stopping` is set."""
        self.cache = JudgementCache()
        self.history = JudgedHistory(store, log)
        self._store = JudgementStore(store, log)
        self._stopping = stopping
        self._is_kept = False
        self._wanted: Callable[[], Sequence[Judgement]] = tuple
        self._written_at: dict[str, int] = {}
        self._resumed_at = 0.0

    def want(self, judgements: Callable[[], Sequence[Judgement]]) -> None:
        """Keep these judgements up to date from now on. They are read each time: the firm may change its thresholds."""
        self._wanted = judgements

    def clear(self, generation: int = 0) -> None:
        """Drop everything that was judged from replaced rows; `generation` is that of the stopped streams."""
        self.cache = JudgementCache(generation=generation)
        self._written_at = {}

    def find(self, snapshot: Snapshot, judgement: Judgement) -> tuple[int, DatedRows] | None:
        """What an earlier process wrote of a judgement, with its position; null if nothing can be used."""
        stored = self._store.find(snapshot, judgement)
        if stored is not None:
            self._written_at[judgement.name] = stored[0]
        return stored

    def keep_up(self, snapshot: Snapshot) -> None:
        """Judge what is wanted at the position of a snapshot, in the background. Raises `Stopped`."""
        self._is_kept, self._resumed_at = True, monotonic()
        pausing = replace(snapshot, pause=self._pause)
        judge_together(pausing, self._wanted(), self._store)
        for judgement in self._wanted():
            judged(pausing, judgement)
        self.write(EVENTS_PER_WRITE)
        self.history.keep_up(pausing, self._wanted())

    def write(self, after_events: int = 1) -> None:
        """Write the judgements that are kept up and moved on by `after_events` positions since they were written."""
        cache = self.cache
        for judgement in self._wanted() if self._is_kept else ():
            cached = cache.at((judgement, None))
            if (
                cached is not None
                and cached[0] - self._written_at.get(judgement.name, -EVENTS_PER_WRITE) >= after_events
            ):
                self._store.write(judgement, *cached, cache.generation)
                self._written_at[judgement.name] = cached[0]

    def _pause(self) -> None:
        if self._stopping.is_set():
            raise Stopped
        worked = monotonic() - self._resumed_at
        if worked >= BURST_SECONDS:
            if not self.cache.is_awaited:
                self._stopping.wait(worked)
            self._resumed_at = monotonic()
