"""The JSON form of each event: explicit for the event's fields, derived from the domain's types for the details.

Nulls and defaults are written out, so that changing a default in the program does not change recorded events. Unknown
fields, which a newer version of the program may have written, are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from eventsourcing.domain import Aggregate
from pydantic import TypeAdapter

from domain.client import Client, Slug
from domain.decisions import Change, Corrected, Logged, Retracted
from domain.engagement import Engagement
from domain.milestones import DETAILS, Details, Kind, Milestone, Precision

Event: TypeAlias = Engagement.Event | Client.Event | Slug.Created
Json: TypeAlias = dict[str, Any]

_PRECISIONS = {precision.value: precision for precision in Precision}
read_id: Callable[[object], UUID] = TypeAdapter(UUID).validator.validate_python
"""Parses an id, five times as fast as `UUID`; raises `ValueError`."""

read_id_cached = lru_cache(maxsize=4_096)(read_id)
"""`read_id` with a cache, for the ids of streams and people, which repeat."""


class Payload(NamedTuple):
    """How the fields of one event class are encoded and decoded, without the ids and timestamp common to all."""

    event: type[Aggregate.Event]
    write: Callable[[Any], Json]
    """Returns the event's fields, as JSON values or values that `json_default` encodes."""
    read: Callable[[Json], Json]
    """Returns the event's attributes; raises `KeyError`, `TypeError` or `ValueError` for invalid JSON."""


def json_default(value: object) -> str:
    """Encode a decimal as a string with its digits (`20.0` stays `20.0`). Raises `TypeError` for other types."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"an event cannot contain a value of type {type(value).__name__}")


def upcast(kind: type[Any], current: int, state: Json, written: int) -> None:
    """Upcast a state from version `written` of a class to version `current`, in place.

    The class has a static method `upcast_vN_vM(state)` for every step. Raises `ValueError` for an unknown version.
    """
    if not 1 <= written <= current:
        raise ValueError
    for version in range(written, current):
        getattr(kind, f"upcast_v{version}_v{version + 1}")(state)


def class_version_of(kind: type[Any]) -> int:
    """The `class_version` of a class of events or details; 1 by default."""
    version: int = getattr(kind, "class_version", 1)
    return version


def _milestone_to_json(milestone: Milestone) -> Json:
    state = {
        "id": milestone.id,
        "order": milestone.order,
        "kind": milestone.kind,
        "effective_on": milestone.effective_on,
        "precision": milestone.precision,
        "details": milestone.details,
        "note": milestone.note,
        "links": milestone.links,
        "reported_on": milestone.reported_on,
    }
    if (version := class_version_of(type(milestone.details))) > 1:
        state["details_version"] = version
    return state


def _milestone_from_json(state: Json) -> Milestone:
    details, current, read = details_reader(state["kind"])
    if (written := state.get("details_version", 1)) != current:
        upcast(details, current, state["details"], written)
    return Milestone(
        read_id(state["id"]),
        state["order"],
        date.fromisoformat(state["effective_on"]),
        read(state["details"]),
        _PRECISIONS[state["precision"]],
        state["note"],
        tuple(state["links"]),
        _date_or_null(state["reported_on"]),
    )


@lru_cache(maxsize=1024)
def details_reader(kind: str) -> tuple[type[Details], int, Callable[[object], Details]]:
    """The class of a kind's details, its version, and what reads them from JSON of that version."""
    details = DETAILS[Kind(kind)]
    return details, class_version_of(details), TypeAdapter[Details](details).validator.validate_python


def _change_to_json(change: Change) -> Json:
    match change:
        case Logged(milestone):
            return {"change": "logged", "milestone": _milestone_to_json(milestone)}
        case Corrected(milestone, reason):
            return {"change": "corrected", "milestone": _milestone_to_json(milestone), "reason": reason}
        case Retracted(milestone, reason, links):
            return {"change": "retracted", "milestone": milestone, "reason": reason, "links": links}


def _change_from_json(state: Json) -> Change:
    match state["change"]:
        case "logged":
            return Logged(_milestone_from_json(state["milestone"]))
        case "corrected":
            return Corrected(_milestone_from_json(state["milestone"]), state["reason"])
        case "retracted":
            return Retracted(read_id(state["milestone"]), state["reason"], tuple(state["links"]))
        case _:
            raise ValueError


def _date_or_null(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _plain(*fields: str) -> Callable[[Any], Json]:
    return lambda event: {field: getattr(event, field) for field in fields}


PAYLOADS: Sequence[Payload] = (
    Payload(
        Engagement.Created,
        lambda e: {"client": e.client, "milestone": _milestone_to_json(e.logged.milestone)},
        lambda s: {"client": read_id(s["client"]), "logged": Logged(_milestone_from_json(s["milestone"]))},
    ),
    Payload(
        Engagement.OpenedWithMilestones,
        lambda e: {
            "client": e.client,
            "milestone": _milestone_to_json(e.logged.milestone),
            "further": [_milestone_to_json(logged.milestone) for logged in e.further],
        },
        lambda s: {
            "client": read_id(s["client"]),
            "logged": Logged(_milestone_from_json(s["milestone"])),
            "further": tuple(Logged(_milestone_from_json(milestone)) for milestone in s["further"]),
        },
    ),
    Payload(
        Engagement.MilestoneLogged,
        lambda e: {"milestone": _milestone_to_json(e.logged.milestone)},
        lambda s: {"logged": Logged(_milestone_from_json(s["milestone"]))},
    ),
    Payload(
        Engagement.MilestoneCorrected,
        lambda e: {"milestone": _milestone_to_json(e.corrected.milestone), "reason": e.corrected.reason},
        lambda s: {"corrected": Corrected(_milestone_from_json(s["milestone"]), s["reason"])},
    ),
    Payload(
        Engagement.MilestoneRetracted,
        lambda e: {"milestone": e.retracted.milestone, "reason": e.retracted.reason, "links": e.retracted.links},
        lambda s: {"retracted": Retracted(read_id(s["milestone"]), s["reason"], tuple(s["links"]))},
    ),
    Payload(
        Engagement.MilestonesChanged,
        lambda e: {"made": [_change_to_json(change) for change in e.made], "reason": e.reason},
        lambda s: {"made": tuple(_change_from_json(change) for change in s["made"]), "reason": s["reason"]},
    ),
    Payload(Engagement.EngagementRetracted, _plain("reason"), lambda s: {"reason": s["reason"]}),
    Payload(
        Client.Created,
        _plain("name", "slug", "profile", "fiscal_year_start_month"),
        lambda s: {field: s[field] for field in ("name", "slug", "profile", "fiscal_year_start_month")},
    ),
    Payload(
        Client.ProfileChanged,
        _plain("effective_on", "name", "profile"),
        lambda s: {
            "effective_on": date.fromisoformat(s["effective_on"]),
            "name": s["name"],
            "profile": s["profile"],
        },
    ),
    Payload(
        Client.EngagementBounded,
        _plain("engagement", "started_on", "closed_on"),
        lambda s: {
            "engagement": read_id(s["engagement"]),
            "started_on": date.fromisoformat(s["started_on"]),
            "closed_on": _date_or_null(s["closed_on"]),
        },
    ),
    Payload(
        Client.EngagementRetracted,
        _plain("engagement"),
        lambda s: {"engagement": read_id(s["engagement"])},
    ),
    Payload(Client.ClientRetracted, _plain("reason"), lambda s: {"reason": s["reason"]}),
    Payload(
        Slug.Created,
        _plain("client"),
        lambda s: {"client": read_id(s["client"])},
    ),
)
"""Every event class that the log may contain."""

AGGREGATES: Mapping[type[Aggregate.Event], type[Aggregate]] = {
    Engagement.Created: Engagement,
    Engagement.OpenedWithMilestones: Engagement,
    Client.Created: Client,
    Slug.Created: Slug,
}
"""The aggregate class that a creation event creates; determined by the event class, never read from the log."""
