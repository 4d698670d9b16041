"""Projects the events of one stream, up to the first that cannot be read or projected."""

from __future__ import annotations

from collections.abc import Sequence

from eventsourcing.utils import get_topic

from projections.log import History, Recorded, Unreadable
from projections.log.application import INVALID
from projections.read_model import ReadModel, StreamProjection


def project_history(history: History, models: Sequence[ReadModel]) -> tuple[StreamProjection | None, Unreadable | None]:
    """The projection of a stream before its first bad event (null: no events), and that event (null: none is bad)."""
    if not history.events:
        return None, history.unreadable
    projection = StreamProjection(history.stream, history.events[0].event, models)
    for number, recorded in enumerate(history.events):
        try:
            projection.add(recorded)
        except INVALID as fault:
            # a part of it may have been added: start again, without it
            earlier = history._replace(events=history.events[:number], unreadable=unprojectable(recorded, fault))
            return project_history(earlier, models)
    return projection, history.unreadable


def unprojectable(recorded: Recorded, fault: Exception) -> Unreadable:
    """An event that can be decoded, but not projected, without its contents."""
    event = recorded.event
    why = f"it cannot be projected ({type(fault).__name__})"
    return Unreadable(recorded.position, event.originator_id, event.originator_version, get_topic(type(event)), why)
