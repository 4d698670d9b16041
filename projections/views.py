"""The views: read models that follow the log, and the door through which they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence


class NotCaughtUp(Exception):  # noqa: N818  (a condition that passes, not an error in the program)
    """The read models have not reached that position yet; try again in a moment."""

    def __init__(self, wanted: int, reached: int, why: str = "") -> None:
        """`wanted` and `reached` are positions in the log."""
        super().__init__(f"The read models have reached {reached} of {wanted}.{f' {why}' if why else ''}")
        self.wanted = wanted
        self.reached = reached


class ProjectionFault(Exception):  # noqa: N818  (it names what is wrong with the record, not with the caller)
    """An event cannot be projected. Nothing can be read until it can: no event is ever skipped."""

    def __init__(self, position: int, stream: UUID | None, why: str) -> None:
        """`position` and `stream` name the event; `why` says nothing of what is in it."""
        super().__init__(f"The event at position {position} of stream {stream} cannot be projected: {why}.")
        self.position = position
        self.stream = stream


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


class Views:
    """Read models in a store of their own, which may be deleted at any time."""

    @contextmanager
    def reading(self, after: int | None = None) -> Iterator[Connection]:
        """A connection on which everything recorded by now, and at least position `after`, can be read.

        All questions asked of it see one state. Raises `NotCaughtUp` when that takes more than 5 s, and
        `ProjectionFault`.
        """
        raise NotImplementedError
        yield

    def status(self) -> ViewsStatus:
        """Where the read models are, without waiting for anything."""
        raise NotImplementedError

    def follow(self) -> None:
        """Keep the read models near the log's head from a thread of its own, until `close`."""
        raise NotImplementedError

    def wake(self) -> None:
        """Tell the follower that something was recorded (cheap; from any thread)."""
        raise NotImplementedError

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Build all read models anew beside the present ones, then switch; the position reached.

        `progress` is told of events done and to do.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Stop following and let go of the store."""
        raise NotImplementedError


def open_views(store: Path | str, log: object) -> Views:
    """The views of a log: `store` is a data folder (SQLite, `views.db` in it) or a PostgreSQL address.

    Returns at once. When the store is missing, or holds other versions of the read models, they are rebuilt in the
    background; reading waits for that, up to its 5 s.
    """
    raise NotImplementedError
