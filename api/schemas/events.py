"""Log events as CloudEvents 1.0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from eventsourcing.utils import get_topic
from pydantic import AfterValidator, Field

from api.schemas.scalars import Answer, Instant
from domain.client import Client, Slug
from domain.decisions import Change, Corrected, Logged, Retracted
from domain.engagement import Engagement
from domain.milestones import Milestone
from projections.details_json import details_to_json
from projections.log import Event, Recorded
from projections.log.payloads import PAYLOADS

TYPE_PREFIX = "seatline."
EVENT_TYPES: Sequence[str] = sorted(TYPE_PREFIX + get_topic(payload.event) for payload in PAYLOADS)
"""The CloudEvents types of all events."""


def _event_type_of(text: str) -> str:
    if text not in EVENT_TYPES:
        raise ValueError(f"must be one of {', '.join(EVENT_TYPES)}")
    return text


EventType = Annotated[str, AfterValidator(_event_type_of)]
"""The CloudEvents type of an event. Another text is refused by name."""


class CloudEvent(Answer):
    """A recorded event. `position` is its position in the log, `subject` the id of its client or engagement."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str = Field(examples=["seatline.engagement.milestone_logged"])
    subject: str
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    position: int
    data: dict[str, Any]


class EventsAnswer(Answer):
    """A page of the log. `next` is the position to continue after, also at the end of the log."""

    items: list[CloudEvent]
    next: int


def event_type(event: Event) -> str:
    """The CloudEvents type of an event."""
    return TYPE_PREFIX + get_topic(type(event))


def cloud_event(recorded: Recorded, client: UUID, slug: str | None = None) -> CloudEvent:
    """A recorded event of a client. `slug` is the text of a slug event."""
    event = recorded.event
    return CloudEvent(
        id=str(recorded.position),
        source=f"/api/v1/clients/{client}",
        type=event_type(event),
        subject=str(event.originator_id),
        time=event.timestamp,
        position=recorded.position,
        data={"client": str(client), "recorded_by": str(event.recorded_by), "version": event.originator_version}
        | _data(event, slug),
    )


def _data(event: Event, slug: str | None) -> dict[str, Any]:
    match event:
        case Engagement.Event():
            data: dict[str, Any] = {
                "engagement": str(event.originator_id),
                "changes": [_change(change) for change in event.changes],
            }
            if isinstance(event, Engagement.MilestonesChanged | Engagement.EngagementRetracted):
                data["reason"] = event.reason
            return data
        case Client.Created():
            return {
                "name": event.name,
                "slug": event.slug,
                "profile": dict(event.profile),
                "fiscal_year_start_month": event.fiscal_year_start_month,
            }
        case Client.ProfileChanged():
            return {
                "effective_on": event.effective_on.isoformat(),
                "name": event.name,
                "profile": dict(event.profile),
            }
        case Client.EngagementBounded():
            return {
                "engagement": str(event.engagement),
                "started_on": event.started_on.isoformat(),
                "closed_on": None if event.closed_on is None else event.closed_on.isoformat(),
            }
        case Client.EngagementRetracted():
            return {"engagement": str(event.engagement)}
        case Client.ClientRetracted():
            return {"reason": event.reason}
        case Slug.Created():
            return {"slug": slug}
        case _:
            raise AssertionError(event_type(event))


def _change(change: Change) -> dict[str, Any]:
    match change:
        case Logged(milestone=milestone):
            return {"logged": _milestone(milestone)}
        case Corrected(milestone=milestone, reason=reason):
            return {"corrected": _milestone(milestone), "reason": reason}
        case Retracted():
            return {"retracted": str(change.milestone), "reason": change.reason, "links": list(change.links)}


def _milestone(milestone: Milestone) -> dict[str, Any]:
    return {
        "id": str(milestone.id),
        "kind": milestone.kind.value,
        "effective_on": milestone.effective_on.isoformat(),
        "precision": milestone.precision.value,
        "note": milestone.note,
        "links": list(milestone.links),
        "reported_on": None if milestone.reported_on is None else milestone.reported_on.isoformat(),
        "details": details_to_json(milestone.details),
    }
