"""How often links with a token were used, and when last."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from sqlalchemy import Connection, Table, update

from projections.log import Log, LogFault

WRITE_INTERVAL = timedelta(seconds=10)
"""How long uses are counted in memory before they are written, so that embedded pictures cause few writes."""


@dataclass(slots=True)
class LinkUses:
    """Counts uses of links in memory and writes them in intervals, so that not every view is a write."""

    table: Table
    """The table of the links, with the columns `id`, `uses` and `last_used_at`."""
    is_paused: bool = False
    """Whether uses are not counted: a read-only server writes nothing."""
    _uses: dict[UUID, tuple[int, datetime]] = field(default_factory=dict)
    _written_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def note(self, link_id: UUID, at: datetime, log: Log) -> None:
        """Count a use of a link."""
        if self.is_paused:
            return
        with self._lock:
            count, _ = self._uses.get(link_id, (0, at))
            self._uses[link_id] = (count + 1, at)
            is_due = self._written_at is None or at - self._written_at >= WRITE_INTERVAL
            if is_due:
                self._written_at = at
        if is_due:
            with suppress(LogFault):  # viewing continues while nothing can be written
                self.flush(log)

    def flush(self, log: Log) -> None:
        """Write the counted uses; if that fails, they stay counted."""
        with self._lock:
            uses, self._uses = self._uses, {}
        if not uses:
            return

        def write(connection: Connection) -> None:
            for link, (count, at) in uses.items():
                connection.execute(
                    update(self.table)
                    .where(self.table.c.id == link)
                    .values(uses=self.table.c.uses + count, last_used_at=at)
                )

        try:
            log.write(write)
        except BaseException:
            with self._lock:
                for link, (count, at) in uses.items():
                    more, later = self._uses.get(link, (0, at))
                    self._uses[link] = (count + more, max(at, later))
            raise
