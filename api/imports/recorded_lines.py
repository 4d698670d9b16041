"""Recorded events as lines of the import format, so that a history can be imported into another store.

The ref of a client, an engagement, a milestone and a person is its id. What has no id of its own is named by its
stream: `ENGAGEMENT.3` is the third event of an engagement, `CLIENT.2` a client's second profile change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import orjson

from api.imports.lines import LineType
from api.imports.refs import ImportedRecord
from api.schemas.details import MERGED
from api.state.people import ERASED_NAME, Person
from domain.client import Client
from domain.decisions import Change, Corrected, Logged, Retracted, Standing
from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.milestones import Milestone, Precision
from projections.details_json import details_to_json
from projections.log import Event, Recorded

T = TypeVar("T")

NO_CONTENT = b""
"""The content hash of a record that is known by its id."""


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line of the import format that says what one event recorded, and the record that its ref stands for.

    `items` are the milestones that the line names within, by their refs.
    """

    type: LineType
    content: Mapping[str, Any]
    record: ImportedRecord
    items: Mapping[str, ImportedRecord] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """The ref of the line."""
        return str(self.content["ref"])


def person_line(person: Person) -> RecordedLine:
    """The line of a person. An erased person has only the id."""
    content = {"name": person.name or ERASED_NAME, "email": person.email, "employer": person.employer.value}
    return _line(LineType.PERSON, str(person.id), _filled(content), ImportedRecord(person.id, NO_CONTENT, None))


def lines_of_stream(events: Sequence[Recorded]) -> Iterator[tuple[int, RecordedLine]]:
    """The lines of a client or an engagement with their positions, from all events of its stream.

    Events that follow from others, such as a client's dates of engagements, have no line.
    """
    standing, profile_changes = Standing(), 0
    for position, event in events:
        if isinstance(event, Client.ProfileChanged):
            profile_changes += 1
        line = line_of(event, partial(_same, standing), partial(_same, profile_changes))
        if line is not None:
            yield position, line
        if isinstance(event, Engagement.Event):
            standing = standing.after(event.changes)


def _same(value: T) -> T:
    return value


def line_of(
    event: Event, standing_before: Callable[[], Standing], profile_changes: Callable[[], int]
) -> RecordedLine | None:
    """The line of an event; null where it has none.

    `standing_before` returns the engagement's milestones before the event, and `profile_changes` the number of the
    client's profile changes up to the event. They are called only if they are needed.
    """
    match event:
        case Client.Event():
            return _client_line(event, profile_changes)
        case Engagement.Created():
            return _engagement_line(event)
        case Engagement.EngagementRetracted():
            engagement = event.originator_id
            content = {"engagement": str(engagement), "reason": event.reason}
            record = ImportedRecord(engagement, NO_CONTENT, None)
            return _line(LineType.ENGAGEMENT_RETRACTION, str(engagement), content, record)
        case Engagement.Event():
            return _milestones_line(event, standing_before)
        case _:
            return None


def _client_line(event: Client.Event, profile_changes: Callable[[], int]) -> RecordedLine | None:
    content: Mapping[str, Any]
    client = event.originator_id
    record = ImportedRecord(client, NO_CONTENT, None)
    match event:
        case Client.Created():
            content = {
                "name": event.name,
                "slug": event.slug,
                "profile": dict(event.profile),
                "fiscal_year_start_month": event.fiscal_year_start_month,
            }
            return _line(LineType.CLIENT, str(client), _filled(content), record)
        case Client.ProfileChanged():
            named = {} if event.name is None else {"name": event.name}
            content = {"client": str(client), "effective_on": event.effective_on.isoformat(), **named, **event.profile}
            # nulls stay, because they clear fields of the profile
            return _line(LineType.PROFILE_CHANGE, f"{client}.{profile_changes()}", content, record)
        case Client.ClientRetracted():
            content = {"client": str(client), "reason": event.reason}
            return _line(LineType.CLIENT_RETRACTION, str(client), content, record)
        case _:
            return None


def _engagement_line(event: Engagement.Created) -> RecordedLine:
    engagement, opening = event.originator_id, event.logged.milestone
    details = opening.details
    assert isinstance(details, Opened)  # noqa: S101  (for the type checker: an engagement begins with being opened)
    further = [change.milestone for change in event.changes[1:] if isinstance(change, Logged)]
    content: Mapping[str, Any] = {
        "client": str(event.client),
        "opening": str(opening.id),
        "name": details.name,
        "started_on": opening.effective_on.isoformat(),
        "practice_lead": details.practice_lead and str(details.practice_lead),
        **_circumstances(opening),
        "milestones": [{"ref": str(milestone.id), **_milestone(milestone)} for milestone in further],
    }
    return _line(
        LineType.ENGAGEMENT,
        str(engagement),
        _filled(content),
        ImportedRecord(engagement, NO_CONTENT, event.client),
        _items(engagement, [opening, *further]),
    )


def _milestones_line(event: Engagement.Event, standing_before: Callable[[], Standing]) -> RecordedLine:
    engagement = event.originator_id
    ref = f"{engagement}.{event.originator_version}"
    content: Mapping[str, Any]
    match event:
        case Engagement.MilestoneLogged(logged=Logged(milestone=milestone)):
            content = {"engagement": str(engagement), **_milestone(milestone)}
            record = ImportedRecord(milestone.id, NO_CONTENT, engagement)
            return _line(LineType.MILESTONE, str(milestone.id), content, record)
        case Engagement.MilestoneCorrected(corrected=Corrected() as corrected):
            content = _correction(corrected, standing_before())
            record = ImportedRecord(corrected.milestone.id, NO_CONTENT, engagement)
            return _line(LineType.CORRECTION, ref, content, record)
        case Engagement.MilestoneRetracted(retracted=Retracted() as retracted):
            record = ImportedRecord(retracted.milestone, NO_CONTENT, engagement)
            return _line(LineType.RETRACTION, ref, _retraction(retracted), record)
        case Engagement.MilestonesChanged():
            changes, standing = [], standing_before()
            for change in event.made:
                changes.append(_change(change, standing))
                standing = standing.after((change,))
            content = {"engagement": str(engagement), "reason": event.reason, "changes": changes}
            logged = [change.milestone for change in event.made if isinstance(change, Logged)]
            record = ImportedRecord(engagement, NO_CONTENT, engagement)
            return _line(LineType.CHANGES, ref, _filled(content), record, _items(engagement, logged))
        case _:
            raise AssertionError(type(event).__name__)


def _change(change: Change, standing: Standing) -> Mapping[str, Any]:
    match change:
        case Logged(milestone=milestone):
            return {"log": {"ref": str(milestone.id), **_milestone(milestone)}}
        case Corrected():
            return {"correct": _correction(change, standing)}
        case Retracted():
            return {"retract": _retraction(change)}


def _milestone(milestone: Milestone) -> Mapping[str, Any]:
    """A milestone as the body that logs it. An assessment is evaluated again when it is imported."""
    details = {name: value for name, value in details_to_json(milestone.details).items() if name != "verdicts"}
    reported_on = milestone.reported_on and milestone.reported_on.isoformat()
    return {
        "kind": milestone.kind.value,
        "effective_on": milestone.effective_on.isoformat(),
        **_filled({**_circumstances(milestone), "reported_on": reported_on}),
        **details,
    }


def _circumstances(milestone: Milestone) -> Mapping[str, Any]:
    precision = None if milestone.precision is Precision.DAY else milestone.precision.value
    return {"precision": precision, "note": milestone.note, "links": list(milestone.links)}


def _correction(corrected: Corrected, standing: Standing) -> Mapping[str, Any]:
    after = corrected.milestone
    before = standing.milestones[after.id]
    changed: dict[str, Any] = {}
    if after.effective_on != before.effective_on:
        changed["effective_on"] = after.effective_on.isoformat()
    if after.precision is not before.precision:
        changed["precision"] = after.precision.value
    details = _changed_details(details_to_json(before.details), details_to_json(after.details))
    if details:
        changed["details"] = details
    if after.note != before.note:
        changed["note"] = after.note
    if after.links != before.links:
        changed["links"] = list(after.links)
    return {"milestone": str(after.id), "reason": corrected.reason, **changed}


def _changed_details(before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members that a correction changes. Seats and answers are merged, so only their changed members are named."""
    changed: dict[str, Any] = {}
    for name, value in after.items():
        earlier = before.get(name)
        if name == "verdicts" or (name in before and earlier == value):
            continue
        if name in MERGED and isinstance(value, Mapping) and isinstance(earlier, Mapping):
            value = {key: member for key, member in value.items() if key not in earlier or earlier[key] != member}
        changed[name] = value
    return changed


def _retraction(retracted: Retracted) -> Mapping[str, Any]:
    return _filled({"milestone": str(retracted.milestone), "reason": retracted.reason, "links": list(retracted.links)})


def _items(engagement: UUID, milestones: Sequence[Milestone]) -> Mapping[str, ImportedRecord]:
    return {str(milestone.id): ImportedRecord(milestone.id, NO_CONTENT, engagement) for milestone in milestones}


def _line(
    kind: LineType,
    ref: str,
    content: Mapping[str, Any],
    record: ImportedRecord,
    items: Mapping[str, ImportedRecord] | None = None,
) -> RecordedLine:
    # as it is read back from JSON, so that it can be compared with a line of a file
    parsed = orjson.loads(orjson.dumps({"type": kind.value, "ref": ref, **content}, default=str))
    return RecordedLine(kind, parsed, record, items or {})


def _filled(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in content.items() if value is not None and value not in ([], {})}
