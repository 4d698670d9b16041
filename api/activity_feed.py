"""The trail: acts and recorded events in one list, newest first, each with who did it and by what they came in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Connection

from api.auth.access import Door
from api.context import AppContext
from api.schemas.events import TYPE_PREFIX, event_type
from api.state.audit import Act, AuditRecord, list_acts
from api.state.event_sessions import key_ids_among, sessions_of_events
from api.state.people import OWNER, names_of
from domain.changes import Change, Corrected, Logged, Retracted
from domain.client import Client, Slug
from domain.engagement import Engagement
from projections.log import Event, Recorded

AT_ONCE = 500
MOST_LOOKED_AT = 20_000
"""How many events one page looks at for those that were asked for."""
RECORDED = "recorded"
"""The kind that stands for every event of the log."""


class FeedPosition(NamedTuple):
    """Where an entry stands in the trail: by its instant, an event before an act of the same one."""

    at: datetime
    is_act: bool
    number: int


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """Something that was done; `by` null: by nobody we know. `subject` is the id of what it was done to."""

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
        """The place of an event in the log; null for an act."""
        return None if self.place.is_act else self.place.number


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What of the trail somebody asks for: of whom, of which kind, in `[since, until)`; null: all of it.

    A kind is an act's (`key.made`), the thing before its dot (`key`), an event's type, or `recorded`: every event.
    """

    by: UUID | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def acts(self) -> Collection[Act] | None:
        """The acts among it; null: all."""
        if self.kind is None:
            return None
        return [act for act in Act if self.kind in (act.value, act.value.partition(".")[0])]

    @property
    def is_of_events(self) -> bool:
        """Whether events are among it."""
        return self.kind is None or self.kind == RECORDED or self.kind.startswith(TYPE_PREFIX)

    def holds(self, event: Event) -> bool:
        """Whether an event is among it, its instant left aside."""
        if self.by is not None and event.recorded_by != self.by:
            return False
        return self.kind in (None, RECORDED, event_type(event))


Events: TypeAlias = Sequence[Recorded]


def trail(
    context: AppContext, asked: FeedQuery, *, limit: int, before: FeedPosition | None = None
) -> tuple[list[FeedEntry], FeedPosition | None]:
    """The entries before a place, newest first, and the place to go on before; null when there are no more."""
    acts: Sequence[AuditRecord] = ()
    among = asked.acts
    with context.log.engine.connect() as connection:
        if among is None or among:
            acts = list_acts(
                connection,
                limit=limit + 1,
                before=None if before is None else (before.at, before.number if before.is_act else 0),
                caller=asked.by,
                among=among,
                since=asked.since,
                until=asked.until,
            )
        events, looked_down_to = _events(context, asked, before, limit + 1) if asked.is_of_events else ([], None)
        entries = [_of_act(done) for done in acts] + _of_events(context, connection, events)
    entries.sort(key=lambda entry: entry.place, reverse=True)
    if looked_down_to is not None:
        # What is older than the last event that was looked at may have events between it: that is the next page's.
        entries = [entry for entry in entries if entry.place >= looked_down_to]
    if len(entries) > limit:
        return entries[:limit], entries[limit - 1].place
    return entries, looked_down_to


def names_in(connection: Connection, entries: Sequence[FeedEntry]) -> Mapping[UUID, str]:
    """What those are called who did it or had it done to them, as far as they are people or keys."""
    ids = {id_ for entry in entries for id_ in (entry.by, entry.subject) if id_ is not None}
    return names_of(connection, ids)


def _events(
    context: AppContext, asked: FeedQuery, before: FeedPosition | None, limit: int
) -> tuple[Events, FeedPosition | None]:
    """Events before a place, newest first; and where the look ended, if it did before the beginning of the log."""
    head = context.log.head()
    if before is not None:
        head = before.number - 1 if not before.is_act else _last_up_to(context, before.at, head)
    if asked.until is not None:
        head = min(head, _last_up_to(context, asked.until, head, exclusive=True))
    first = 0 if asked.since is None else _last_up_to(context, asked.since, head, exclusive=True)
    found: list[Recorded] = []
    looked = 0
    while head > first:
        after = max(first, head - AT_ONCE)
        some = [recorded for recorded in context.log.read(after, head - after) if recorded.position <= head]
        found += [recorded for recorded in reversed(some) if asked.holds(recorded.event)]
        looked += AT_ONCE
        if (len(found) >= limit or looked >= MOST_LOOKED_AT) and some and after > first:
            return found, FeedPosition(some[0].event.timestamp, False, some[0].position)
        head = after
    return found, None


def _last_up_to(context: AppContext, at: datetime, head: int, *, exclusive: bool = False) -> int:
    """The position of the last event recorded up to an instant (`exclusive`: before it); 0 when there is none.

    Instants grow with positions over the whole log, so that halving finds it.
    """
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        some = context.log.read(middle - 1, 1)
        if some and (some[0].event.timestamp < at or (not exclusive and some[0].event.timestamp == at)):
            low = max(middle, min(some[0].position, high))
        else:
            high = middle - 1
    return low


def _of_act(done: AuditRecord) -> FeedEntry:
    return FeedEntry(
        place=FeedPosition(done.at, True, done.number),
        kind=done.act.value,
        by=done.caller,
        door=None if done.door is None else Door(done.door),
        door_id=done.door_id,
        subject=done.subject,
        client=None,
        detail=done.detail,
    )


def _of_events(context: AppContext, connection: Connection, events: Events) -> list[FeedEntry]:
    sessions = sessions_of_events(connection, [recorded.position for recorded in events])
    keys = key_ids_among(connection, {recorded.event.recorded_by for recorded in events})
    clients: dict[UUID, UUID] = {}
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
                client=_client_of(context, event, clients),
                detail=_detail(event),
            )
        )
    return entries


def _client_of(context: AppContext, event: Event, known: dict[UUID, UUID]) -> UUID:
    match event:
        case Client.Event():
            return event.originator_id
        case Slug.Created() | Engagement.Created():
            return event.client
        case _:
            if event.originator_id not in known:
                first = context.log.stream(event.originator_id)[0].event
                assert isinstance(first, Engagement.Created)  # noqa: S101  (for the type checker)
                known[event.originator_id] = first.client
            return known[event.originator_id]


def _detail(event: Event) -> Mapping[str, Any]:
    """What was recorded, in ids and words of the domain: free text and names stay in the log."""
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
