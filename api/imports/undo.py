"""Takes back everything that an import recorded, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any
from uuid import UUID

from api.http.problems import IMPORT_IN_USE, Problem
from api.imports.lines import LineType
from api.state.imports import Import
from domain.client import Client
from domain.decisions import Standing
from domain.engagement import Engagement
from domain.errors import Unknown
from domain.kinds.engagement import Opened
from domain.milestones import Milestone
from domain.profile import PROFILE_FIELDS
from domain.reversal import added_since, reversal
from domain.unit_of_work import UnitOfWork
from projections.log import Event, Log, Recorded

_MOST_NAMED = 50


@dataclass(slots=True)
class ImportReversal:
    """Takes the events of an import back within a unit of work, the newest stream first.

    Engagements and clients that it made are retracted as a whole. People stay: what was recorded still names them.
    """

    log: Log
    unit: UnitOfWork
    reason: str
    recorded_by: UUID
    new_id: Callable[[], UUID]
    obstacles: list[tuple[str, str]] = field(default_factory=list)
    """What stands in the way: what it is, and why."""
    milestone: UUID | None = None
    """The first milestone that stands in the way."""
    _made: frozenset[UUID] = frozenset()
    """The clients and engagements that the import made."""

    def take_back(self, events: Sequence[Event]) -> None:
        """Take events back. Raises `Problem` 409 with all obstacles, and the refusals of the domain."""
        self.unit.defer_bounds()
        by_stream: dict[UUID, list[Event]] = {}
        for event in events:
            if isinstance(event, Engagement.Event | Client.Event):
                by_stream.setdefault(event.originator_id, []).append(event)
        streams = list(reversed(by_stream.values()))
        self._made = frozenset(stream for stream, first in by_stream.items() if _is_new(first))
        for of_kind in (Engagement.Event, Client.Event):
            for stream in streams:
                if isinstance(stream[0], of_kind):
                    self._take_back(stream)
        if self.obstacles:
            named = [message for _, message in self.obstacles[:_MOST_NAMED]]
            raise Problem(IMPORT_IN_USE, " ".join(named), errors=self.obstacles[:_MOST_NAMED], milestone=self.milestone)
        self.unit.settle_bounds(recorded_by=self.recorded_by)

    def _take_back(self, stream: Sequence[Event]) -> None:
        aggregate_id = stream[0].originator_id
        try:
            if isinstance(stream[0], Client.Event):
                client = self.unit.client(aggregate_id)
            else:
                engagement = self.unit.engagement(aggregate_id)
        except Unknown:
            # Retracted: what the import retracted itself stays so; if somebody else did it, nothing is left to do.
            if isinstance(stream[-1], Engagement.EngagementRetracted | Client.ClientRetracted) and not _is_new(stream):
                noun = "client" if isinstance(stream[-1], Client.Event) else "engagement"
                what = f"The import retracted the {noun} {aggregate_id}, which is final."
                self.obstacles.append((f"{noun}s.{aggregate_id}", what))
            return
        if isinstance(stream[0], Client.Event):
            self._take_back_client(client, stream)
        else:
            self._take_back_engagement(engagement, stream)

    def _take_back_engagement(self, engagement: Engagement, stream: Sequence[Event]) -> None:
        before, after = self._standings(stream)
        if _is_new(stream):
            self._note_milestones(engagement, after, added_since(after, engagement.standing))
            if not self.obstacles:
                self.unit.retract_engagement(engagement.id, self.reason, recorded_by=self.recorded_by)
            return
        undoing = reversal(before, after, engagement.standing, self.reason, self.new_id)
        self._note_milestones(engagement, after, undoing.changed_since)
        if undoing.requests and not self.obstacles:
            common = self.reason if len(undoing.requests) > 1 else None
            self.unit.change(engagement.id, undoing.requests, recorded_by=self.recorded_by, reason=common)

    def _standings(self, stream: Sequence[Event]) -> tuple[Standing, Standing]:
        """The milestones of an engagement before and after the import."""
        first, last = stream[0].originator_version, stream[-1].originator_version
        before, after = Standing(), Standing()
        for _, event in self.log.stream(stream[0].originator_id):
            if isinstance(event, Engagement.Event) and event.originator_version <= last:
                after = after.after(event.changes)
                if event.originator_version < first:
                    before = after
        return before, after

    def _note_milestones(self, engagement: Engagement, after: Standing, milestones: Sequence[Milestone]) -> None:
        client = self.unit.client(engagement.client)
        for milestone in milestones:
            done = "corrected" if milestone.id in after.milestones else "logged"
            what = f"“{milestone.kind.label}” on {milestone.effective_on} in “{_name_of(engagement)}” at {client.name}"
            self.obstacles.append((f"milestones.{milestone.id}", f"{what} was {done} since."))
            self.milestone = self.milestone or milestone.id

    def _take_back_client(self, client: Client, stream: Sequence[Event]) -> None:
        changes = [e for _, e in self.log.stream(client.id) if isinstance(e, Client.Created | Client.ProfileChanged)]
        imported = {event.originator_version for event in stream}
        if not _is_new(stream):
            self._restore_profile(client, [e for e in changes if isinstance(e, Client.ProfileChanged)], imported)
            return
        for engagement_id in client.engagements.keys() - self._made:
            engagement = self.unit.engagement(engagement_id)
            what = f"“{_name_of(engagement)}” at {client.name} was opened since."
            self.obstacles.append((f"engagements.{engagement_id}", what))
        if any(change.originator_version > max(imported) for change in changes):
            self.obstacles.append((f"clients.{client.id}", f"The profile of {client.name} was changed since."))
        if not self.obstacles:
            self.unit.retract_client(client.id, self.reason, recorded_by=self.recorded_by)

    def _restore_profile(
        self, client: Client, changes: Sequence[Client.ProfileChanged], imported: frozenset[int] | set[int]
    ) -> None:
        """Set what the import changed to what it was from the same day on, by all other changes."""
        created = next(e for _, e in self.log.stream(client.id) if isinstance(e, Client.Created))
        others = [change for change in changes if change.originator_version not in imported]
        restored: dict[date, set[str]] = {}
        for change in changes:
            if change.originator_version in imported:
                names = {*change.profile, *(["name"] if change.name is not None else [])}
                restored.setdefault(change.effective_on, set()).update(names)
        for on, fields in sorted(restored.items(), key=itemgetter(0)):
            facts = _facts_on(created, others, on)
            name = str(facts["name"]) if "name" in fields else None
            profile = {field: facts.get(field) for field in sorted(fields) if field in PROFILE_FIELDS}
            client.change_profile(on, name, profile, recorded_by=self.recorded_by)


def events_of(log: Log, record: Import) -> Sequence[Event]:
    """The events that an import recorded."""
    if record.first_position is None or record.position is None:
        return ()
    return [
        event
        for _, event in log.read(record.first_position - 1, record.position - record.first_position + 1)
        if event.recorded_by == record.made_by
    ]


def first_line_of(log: Log, recorded: Sequence[Recorded]) -> str | None:
    """The type and ref that an export gives the first of some new events that it has a line for."""
    names = (_line_name_of(log, event) for _, event in recorded)
    return next((name for name in names if name is not None), None)


def _line_name_of(log: Log, event: Event) -> str | None:
    """The type and ref that an export gives the line of an event which takes something back; null without a line."""
    stream, ref = event.originator_id, f"{event.originator_id}.{event.originator_version}"
    match event:
        case Engagement.EngagementRetracted():
            return f"{LineType.ENGAGEMENT_RETRACTION} {stream}"
        case Engagement.MilestoneLogged():
            return f"{LineType.MILESTONE} {event.logged.milestone.id}"
        case Engagement.MilestoneCorrected():
            return f"{LineType.CORRECTION} {ref}"
        case Engagement.MilestoneRetracted():
            return f"{LineType.RETRACTION} {ref}"
        case Engagement.MilestonesChanged():
            return f"{LineType.CHANGES} {ref}"
        case Client.ClientRetracted():
            return f"{LineType.CLIENT_RETRACTION} {stream}"
        case Client.ProfileChanged():
            earlier = sum(isinstance(e, Client.ProfileChanged) for _, e in log.stream(stream))
            return f"{LineType.PROFILE_CHANGE} {stream}.{earlier + 1}"
        case _:
            return None


def _is_new(stream: Sequence[Event]) -> bool:
    """Whether the import made the client or engagement."""
    return isinstance(stream[0], Engagement.Created | Client.Created)


def _name_of(engagement: Engagement) -> str:
    return next(m.details.name for m in engagement.standing.milestones.values() if isinstance(m.details, Opened))


def _facts_on(created: Client.Created, changes: Sequence[Client.ProfileChanged], on: date) -> Mapping[str, Any]:
    """The name and profile on a day, by some of the changes; those of one day apply in the order of recording."""
    facts: dict[str, Any] = {"name": created.name, **created.profile}
    for change in sorted(changes, key=lambda change: (change.effective_on, change.originator_version)):
        if change.effective_on <= on:
            facts |= change.profile if change.name is None else {"name": change.name, **change.profile}
    return facts
