"""The status of the read models, for readiness and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from projections.stopped_streams import StoppedStream


@dataclass(frozen=True, slots=True)
class ReadModelStatus:
    """A read model's code version, its position in the log and lag in events, and its last error (null: none)."""

    name: str
    version: int
    position: int
    lag: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class ViewsStatus:
    """All read models, and the progress of a rebuild (events done and total; null when none is running).

    `stopped` are the streams with an event that cannot be read or projected; all others are followed.
    """

    read_models: Sequence[ReadModelStatus]
    rebuilding: tuple[int, int] | None
    stopped: Sequence[StoppedStream]

    @property
    def is_ready(self) -> bool:
        """Whether queries can be answered: no read model has failed or is missing."""
        return all(model.fault is None and model.position >= 0 for model in self.read_models)
