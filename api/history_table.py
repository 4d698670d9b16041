"""What stands on record as rows of the table that imports read: people, clients, engagements and their milestones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api.imports.tables.cells import cells_of, list_text, profile_cells
from api.imports.tables.clients import client_names
from api.imports.tables.columns import NEW_NAME, OPENING
from api.imports.tables.people import stands_for_name
from api.imports.tables.values import is_word_for_null
from api.state.people import ERASED_NAME, Person
from domain.client import Client
from domain.decisions import Standing
from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.milestones import Milestone, Precision
from domain.text import fold
from projections.details_json import details_to_json, people_named
from projections.log import Log, Recorded

Cells = Mapping[str, str]
"""The cells of a row by column."""
_CLIENTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ClientHistory:
    """What stands about a client: its registration and the changes of its profile."""

    registered: Client.Created
    changes: Sequence[tuple[int, Client.ProfileChanged]]
    """With the number that each has in the export of JSON Lines."""
    engagements: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class HistoryTable:
    """The table of some clients (by their ids, in that order) as known at an instant (null: now)."""

    log: Log
    clients: Sequence[UUID]
    known_at: datetime | None
    _names: dict[UUID, str] = field(default_factory=dict)
    """How cells name people."""

    def people_mentioned(self) -> frozenset[UUID]:
        """The people whom the milestones of the table name."""
        return frozenset(
            person
            for history in self._histories()
            for standing in self._standings(history).values()
            for milestone in standing.milestones.values()
            for _, person in people_named(milestone.kind, details_to_json(milestone.details))
        )

    def rows(self, people: Iterable[Person]) -> Iterator[Cells]:
        """The rows: people, then every client with its profile and its engagements."""
        listed = list(people)
        self._names.update(person_names(listed))
        yield from map(person_row, listed)
        heads = [history.registered for history in self._histories()]
        cells = client_names((str(head.originator_id), head.name, head.slug) for head in heads)
        for history in self._histories():
            yield from self._client_rows(history, cells[str(history.registered.originator_id)])

    def _histories(self) -> Iterator[ClientHistory]:
        for start in range(0, len(self.clients), _CLIENTS_AT_ONCE):
            ids = self.clients[start : start + _CLIENTS_AT_ONCE]
            streams = self.log.histories(ids)
            for client in ids:
                history = client_history(self._known(streams[client].events if client in streams else ()))
                if history is not None:
                    yield history

    def _known(self, events: Sequence[Recorded]) -> Sequence[Recorded]:
        return [r for r in events if self.known_at is None or r.event.timestamp <= self.known_at]

    def _standings(self, history: ClientHistory) -> Mapping[UUID, Standing]:
        """The milestones of a client's engagements that stand, by engagement, the first engagement first."""
        standings: dict[UUID, Standing] = {}
        for engagement, stream in self.log.histories(history.engagements).items():
            standing: Standing | None = Standing()
            for recorded in self._known(stream.events):
                if isinstance(recorded.event, Engagement.EngagementRetracted):
                    standing = None
                elif isinstance(recorded.event, Engagement.Event) and standing is not None:
                    standing = standing.after(recorded.event.changes)
            if standing is not None and standing.milestones:
                standings[engagement] = standing
        return dict(sorted(standings.items(), key=lambda item: (item[1].bounds().started_on, item[0])))

    def _client_rows(self, history: ClientHistory, client: str) -> Iterator[Cells]:
        registered = history.registered
        month = registered.fiscal_year_start_month
        profile = {name: value for name, value in registered.profile.items() if value is not None}
        yield {
            "client": registered.name,
            "client.slug": registered.slug,
            "client.fiscal_year_start_month": "" if month is None else str(month),
            "ref": str(registered.originator_id),
            **profile_cells(profile),
        }
        for number, change in history.changes:
            yield {
                "client": client,
                "effective_on": change.effective_on.isoformat(),
                "ref": f"{registered.originator_id}.{number}",
                NEW_NAME: change.name or "",
                **profile_cells(change.profile),
            }
        standings = self._standings(history)
        names = _engagement_names(standings)
        for engagement, standing in standings.items():
            for milestone in _in_order(standing):
                yield {"client": client, **self._milestone_row(engagement, milestone, names[engagement])}

    def _milestone_row(self, engagement: UUID, milestone: Milestone, engagement_cell: str) -> Cells:
        details = {name: value for name, value in details_to_json(milestone.details).items() if name != "verdicts"}
        refs = {"ref": str(milestone.id)}
        if isinstance(milestone.details, Opened):
            engagement_cell = str(details.pop("name"))
            refs = {"ref": str(engagement), OPENING: str(milestone.id)}
        return {
            "engagement": engagement_cell,
            "kind": milestone.kind.value,
            "effective_on": milestone.effective_on.isoformat(),
            "precision": "" if milestone.precision is Precision.DAY else milestone.precision.value,
            "note": milestone.note or "",
            "links": list_text(list(milestone.links)),
            "reported_on": "" if milestone.reported_on is None else milestone.reported_on.isoformat(),
            **refs,
            **cells_of(milestone.kind, details, lambda person: self._names.get(UUID(person), person)),
        }


def client_history(events: Sequence[Recorded]) -> ClientHistory | None:
    """What the events of a client say; null without events, and of a client that was retracted."""
    registered: Client.Created | None = None
    changes: list[Client.ProfileChanged] = []
    engagements: dict[UUID, None] = {}
    for _, event in events:
        match event:
            case Client.Created():
                registered = event
            case Client.ProfileChanged():
                changes.append(event)
            case Client.EngagementBounded():
                engagements[event.engagement] = None
            case Client.ClientRetracted():
                return None
            case _:
                pass
    return None if registered is None else ClientHistory(registered, list(enumerate(changes, 1)), list(engagements))


def person_row(person: Person) -> Cells:
    """The row of a person. An erased person has only the id."""
    return {
        "ref": str(person.id),
        "person.name": person.name or ERASED_NAME,
        "person.email": person.email or "",
        "person.employer": person.employer.value,
    }


def person_names(people: Sequence[Person]) -> Mapping[UUID, str]:
    """How cells name people: by their names, or by their ids where a name is not theirs alone."""
    times = Counter(fold(person.name or ERASED_NAME) for person in people)
    return {
        person.id: name if times[fold(name)] == 1 and stands_for_name(name) and not is_word_for_null(name) else one_id
        for person in people
        for name, one_id in [(person.name or ERASED_NAME, str(person.id))]
    }


def _engagement_names(standings: Mapping[UUID, Standing]) -> Mapping[UUID, str]:
    """How cells name a client's engagements: by their names, or by their ids where several have a name."""
    names = {
        engagement: milestone.details.name
        for engagement, standing in standings.items()
        for milestone in standing.milestones.values()
        if isinstance(milestone.details, Opened)
    }
    times = Counter(map(fold, names.values()))
    return {engagement: name if times[fold(name)] == 1 else str(engagement) for engagement, name in names.items()}


def _in_order(standing: Standing) -> Sequence[Milestone]:
    """The opening, then the other milestones as they take effect."""
    opened_on = standing.bounds().started_on
    return sorted(
        standing.milestones.values(),
        key=lambda one: (not isinstance(one.details, Opened), one.takes_effect_on(opened_on), one.order),
    )
