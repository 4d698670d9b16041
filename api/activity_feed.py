"""The activity feed: audit entries and recorded events in one list, newest first, each with its author and origin."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Connection

from api.auth.access import Door
from api.context import AppContext
from api.event_clients import EventClients
from api.schemas.events import TYPE_PREFIX, event_type
from api.state.audit import Act, AuditRecord, list_acts
from api.state.event_sessions import key_ids_among, sessions_of_events
from api.state.people import OWNER, names_of
from domain.decisions import Change, Corrected, Logged, Retracted
from domain.engagement import Engagement
from projections.log import Event, Recorded

BATCH_SIZE = 500
MAX_SCANNED = 20_000
"""How many events are scanned for one page."""
RECORDED = "recorded"
"""The kind that selects all events of the log."""


class FeedPosition(NamedTuple):
    """The sort position of an entry: its instant; at the same instant events precede audit entries."""

    at: datetime
    is_act: bool
    number: int


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. `by` is null for unauthenticated callers; `subject` is the id of the affected record."""

    place: FeedPosition
    kind: str
    by: UUID | None
    door: Door | None
    door_id: UUID | None
    subject: UUID | None
    client: UUID | None
    detail: Mapping[str, Any]

    @property
    def position(self) -> int | None:
        """The position of an event in the log; null for an audit entry."""
        return None if self.place.is_act else self.place.number


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """Filters of the feed: author, kind, and `[since, until)`; null means no filter.

    A kind is an audit action (`key.made`), its subject (`key`), an event type, or `recorded` for all events.
    """

    by: UUID | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def acts(self) -> Collection[Act] | None:
        """The selected audit actions; null means all."""
        if self.kind is None:
            return None
        return [act for act in Act if self.kind in (act.value, act.value.partition(".")[0])]

    @property
    def is_of_events(self) -> bool:
        """Whether events are selected."""
        return self.kind is None or self.kind == RECORDED or self.kind.startswith(TYPE_PREFIX)

    def matches(self, event: Event) -> bool:
        """Whether an event matches the filters, except for its time."""
        if self.by is not None and event.recorded_by != self.by:
            return False
        return self.kind in (None, RECORDED, event_type(event))


Events: TypeAlias = Sequence[Recorded]


def read_feed(
    context: AppContext, query: FeedQuery, *, limit: int, before: FeedPosition | None = None
) -> tuple[list[FeedEntry], FeedPosition | None]:
    """A page of entries before a position, newest first, and the position of the next page (null: last page)."""
    acts: Sequence[AuditRecord] = ()
    actions = query.acts
    with context.log.engine.connect() as connection:
        if actions is None or actions:
            acts = list_acts(
                connection,
                limit=limit + 1,
                before=None if before is None else (before.at, before.number if before.is_act else 0),
                caller=query.by,
                among=actions,
                since=query.since,
                until=query.until,
            )
        events, scanned_to = _events(context, query, before, limit + 1) if query.is_of_events else ([], None)
        entries = [_entry_of_act(done) for done in acts] + _entries_of_events(context, connection, events)
    entries.sort(key=lambda entry: entry.place, reverse=True)
    if scanned_to is not None:
        # Entries older than the last scanned event belong to the next page: unscanned events may lie between them.
        entries = [entry for entry in entries if entry.place >= scanned_to]
    if len(entries) > limit:
        return entries[:limit], entries[limit - 1].place
    return entries, scanned_to


def names_in_feed(connection: Connection, entries: Sequence[FeedEntry]) -> Mapping[UUID, str]:
    """The names of the people and keys that are authors or subjects of entries."""
    ids = {id_ for entry in entries for id_ in (entry.by, entry.subject) if id_ is not None}
    return names_of(connection, ids)


def _events(
    context: AppContext, query: FeedQuery, before: FeedPosition | None, limit: int
) -> tuple[Events, FeedPosition | None]:
    """Matching events before a position, newest first, and where the scan stopped (null: at the start of the log)."""
    head = context.log.head()
    if before is not None:
        head = before.number - 1 if not before.is_act else _last_up_to(context, before.at, head)
    if query.until is not None:
        head = min(head, _last_up_to(context, query.until, head, exclusive=True))
    first = 0 if query.since is None else _last_up_to(context, query.since, head, exclusive=True)
    matches: list[Recorded] = []
    scanned = 0
    while head > first:
        after = max(first, head - BATCH_SIZE)
        events = context.log.scan(after, head - after).events
        batch = [recorded for recorded in events if recorded.position <= head]
        matches += [recorded for recorded in reversed(batch) if query.matches(recorded.event)]
        scanned += BATCH_SIZE
        if (len(matches) >= limit or scanned >= MAX_SCANNED) and batch and after > first:
            return matches, FeedPosition(batch[0].event.timestamp, False, batch[0].position)
        head = after
    return matches, None


def _last_up_to(context: AppContext, at: datetime, head: int, *, exclusive: bool = False) -> int:
    """The position of the last event recorded up to an instant (`exclusive`: before it); 0 without one.

    A binary search, because instants grow with positions over the whole log.
    """
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        recorded_at = context.log.instant_at(middle)
        if recorded_at is None or recorded_at < at or (not exclusive and recorded_at == at):
            low = middle
        else:
            high = middle - 1
    return low


def _entry_of_act(entry: AuditRecord) -> FeedEntry:
    return FeedEntry(
        place=FeedPosition(entry.at, True, entry.number),
        kind=entry.act.value,
        by=entry.caller,
        door=None if entry.door is None else Door(entry.door),
        door_id=entry.door_id,
        subject=entry.subject,
        client=None,
        detail=entry.detail,
    )


def _entries_of_events(context: AppContext, connection: Connection, events: Events) -> list[FeedEntry]:
    sessions = sessions_of_events(connection, [recorded.position for recorded in events])
    keys = key_ids_among(connection, {recorded.event.recorded_by for recorded in events})
    clients = EventClients(context.log)
    entries = []
    for position, event in events:
        by = event.recorded_by
        door, door_id = None, None
        if position in sessions:
            door, door_id = Door.SESSION, sessions[position]
        elif by == OWNER:
            door, door_id = Door.COMMAND_LINE, OWNER
        elif by in keys:
            door, door_id = Door.KEY, by
        entries.append(
            FeedEntry(
                place=FeedPosition(event.timestamp, False, position),
                kind=event_type(event),
                by=by,
                door=door,
                door_id=door_id,
                subject=event.originator_id,
                client=clients.client_of(event),
                detail=_detail(event),
            )
        )
    return entries


def _detail(event: Event) -> Mapping[str, Any]:
    """The change as ids and kinds. Free text and names stay in the log."""
    if isinstance(event, Engagement.Event):
        return {"engagement": str(event.originator_id), "changes": [_change(change) for change in event.changes]}
    return {}


def _change(change: Change) -> Mapping[str, Any]:
    match change:
        case Logged(milestone=milestone):
            return {"logged": str(milestone.id), "kind": milestone.kind.value}
        case Corrected(milestone=milestone):
            return {"corrected": str(milestone.id), "kind": milestone.kind.value}
        case Retracted():
            return {"retracted": str(change.milestone)}
