"""The stored rows of many clients, read as plain tuples, from which the facts about clients are made.

Ids, days and words are in their stored form, because converting every row would take longer than reading it; callers
convert the values that they need.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, select

from domain.milestones import Kind, takes_effect_on
from domain.precision import Precision
from domain.signs.facts import EngagementFacts
from domain.timeline import Status
from projections.column_types import from_json
from projections.milestone_versions import MILESTONES, RecordingKind
from projections.profiles import CLIENTS, PROFILES
from projections.read_model import id_in, known_at_instant
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS, STATUS_SPANS, STRUCTURE_SPANS

CLIENTS_AT_ONCE: Final = 100
"""How many clients are read in one query; so few that a thread which judges all clients does not hold up others."""

StoredRow: TypeAlias = tuple[Any, ...]
ByClient: TypeAlias = Mapping[bytes, Sequence[StoredRow]]
"""Rows by the id of their client, without it."""

_PRECISIONS = {str(precision): precision for precision in Precision}


class ClientRange(NamedTuple):
    """All clients whose ids lie between two, both included."""

    first: UUID
    last: UUID


class StandingRow(NamedTuple):
    """A standing milestone: the day on which it takes effect, its order, id and kind, and its content (JSON)."""

    day: int
    order: int
    milestone: bytes
    kind: str
    content: str


class ProfileRow(NamedTuple):
    """A profile over `[start, end)` (null: open), with all its fields as JSON values."""

    start: int
    end: int | None
    name: str
    fields: Mapping[str, Any]


class TableRead(NamedTuple):
    """What is read of a table: these columns, the first of which is the client's id, of the rows of some conditions."""

    table: Table
    columns: tuple[ColumnElement[Any], ...]
    conditions: tuple[ColumnElement[bool], ...] = ()

    @property
    def client_id(self) -> ColumnElement[UUID]:
        """The column of the client's id."""
        return self.columns[0]


def _columns_of(table: Table, *names: str) -> tuple[ColumnElement[Any], ...]:
    return tuple(table.c[name] for name in names)


TERMS_COLUMNS: Final = (
    *("holder_id", "commitment", "provider", "interim", "reports_to"),
    *("technology_hours", "ai_hours", "fee_amount", "fee_currency"),
)
"""The columns of `SEAT_SPANS` that hold a seat's terms."""

_SPAN_COLUMNS: Final = ("starts_on", "ends_on", "milestone_id")
SLUG_ROWS: Final = TableRead(CLIENTS, _columns_of(CLIENTS, "stream_id", "slug"))
PROFILE_ROWS: Final = TableRead(PROFILES, _columns_of(PROFILES, "stream_id", "starts_on", "ends_on", "content"))
MILESTONE_ROWS: Final = TableRead(
    MILESTONES,
    _columns_of(
        MILESTONES,
        *("client_id", "kind", "stream_id", "milestone_id"),
        *("effective_on", "precision", "place", "content"),
    ),
    (MILESTONES.c.said != RecordingKind.RETRACTED,),
)
SEAT_ROWS: Final = TableRead(
    SEAT_SPANS, _columns_of(SEAT_SPANS, "client_id", "stream_id", *TERMS_COLUMNS, "function", "seat_id", *_SPAN_COLUMNS)
)
STRUCTURE_ROWS: Final = TableRead(
    STRUCTURE_SPANS, _columns_of(STRUCTURE_SPANS, "client_id", "stream_id", "structure", *_SPAN_COLUMNS)
)
ACTIVE_ROWS: Final = TableRead(
    STATUS_SPANS,
    _columns_of(STATUS_SPANS, "client_id", "stream_id", "starts_on", "ends_on"),
    (STATUS_SPANS.c.status == Status.OPEN,),
)


@dataclass(frozen=True)
class ClientRows:
    """The rows of some clients as known at an instant (null: now). Each table is read when it is first needed."""

    snapshot: Snapshot
    clients: ClientRange | Collection[UUID]
    known_at: datetime | None
    kinds: Collection[Kind] | None = None
    """The kinds of milestones that are read (null: all)."""
    facts: dict[bytes, tuple[EngagementFacts, ...]] = field(default_factory=dict, compare=False, repr=False)
    """What was made of these rows, by client, for those who judge the same clients next."""

    @cached_property
    def slugs(self) -> Mapping[bytes, str]:
        """The slug of each client that is on record, by id."""
        return dict(self._rows(SLUG_ROWS))

    @cached_property
    def profiles(self) -> Mapping[bytes, Sequence[ProfileRow]]:
        """The profiles of each client, in order."""
        profiles: dict[bytes, list[ProfileRow]] = defaultdict(list)
        for client, start, end, content in self._rows(PROFILE_ROWS):
            fields = from_json(content)
            profiles[client].append(ProfileRow(start, end, fields.pop("name"), fields))
        for of_client in profiles.values():
            of_client.sort(key=lambda profile: profile.start)
        return profiles

    @cached_property
    def milestones(self) -> Mapping[bytes, Mapping[bytes, Sequence[StandingRow]]]:
        """The standing milestones by client and engagement, in effective order."""
        of_kinds = [] if self.kinds is None else [MILESTONES.c.kind.in_(self.kinds)]
        rows = self._rows(MILESTONE_ROWS, *of_kinds)
        opened = {row[2]: row[4] for row in rows if row[1] == Kind.OPENED}
        milestones: dict[bytes, dict[bytes, list[StandingRow]]] = {}
        for client, kind, engagement, milestone, day, precision, order, content in rows:
            if precision != Precision.DAY:
                day = _day_of(day, precision, opened[engagement])
            standing = milestones.setdefault(client, {}).setdefault(engagement, [])
            standing.append(StandingRow(day, order, milestone, kind, content))
        for engagements in milestones.values():
            for standing in engagements.values():
                standing.sort()  # by day and order, which no two milestones of an engagement share
        return milestones

    @cached_property
    def seats(self) -> ByClient:
        """Engagement, the columns of the terms (`TERMS_COLUMNS`), function, seat, start, end and milestone."""
        return _by_client(self._rows(SEAT_ROWS))

    @cached_property
    def structures(self) -> ByClient:
        """Engagement, structure, start, end and milestone."""
        return _by_client(self._rows(STRUCTURE_ROWS))

    @cached_property
    def active(self) -> ByClient:
        """Engagement, start and end of each span in which it is open and not paused."""
        return _by_client(self._rows(ACTIVE_ROWS))

    def _rows(self, read: TableRead, *more: ColumnElement[bool]) -> Sequence[StoredRow]:
        if isinstance(self.clients, ClientRange):
            chosen = and_(read.client_id >= self.clients.first, read.client_id <= self.clients.last)
        else:
            chosen = id_in(read.client_id, self.clients)
        where = (chosen, known_at_instant(read.table, self.known_at), *read.conditions, *more)
        return stored_rows(self.snapshot, select(*read.columns).where(*where))


def client_rows(
    snapshot: Snapshot,
    clients: Collection[UUID] | None = None,
    *,
    known_at: datetime | None = None,
    kinds: Collection[Kind] | None = None,
) -> Iterator[ClientRows]:
    """The rows of some clients, or of all (null), in parts that are read at once."""
    if clients is not None:
        ordered = sorted(clients)
        for first in range(0, len(ordered), CLIENTS_AT_ONCE):
            yield ClientRows(snapshot, ordered[first : first + CLIENTS_AT_ONCE], known_at, kinds)
        return
    for part in parts_of_clients(snapshot, known_at):
        yield ClientRows(snapshot, part, known_at, kinds)


def parts_of_clients(
    snapshot: Snapshot, known_at: datetime | None = None, *, after: UUID | None = None
) -> Iterator[ClientRange]:
    """All clients on record, or those after one, in ranges of `CLIENTS_AT_ONCE`, in order."""
    query = select(CLIENTS.c.stream_id).where(known_at_instant(CLIENTS, known_at)).order_by(CLIENTS.c.stream_id)
    if after is not None:
        query = query.where(CLIENTS.c.stream_id > after)
    ids = [client for (client,) in stored_rows(snapshot, query)]
    for first in range(0, len(ids), CLIENTS_AT_ONCE):
        part = ids[first : first + CLIENTS_AT_ONCE]
        yield ClientRange(UUID(bytes=part[0]), UUID(bytes=part[-1]))


def stored_rows(snapshot: Snapshot, query: Select[Any]) -> Sequence[StoredRow]:
    """The rows of a query as the driver gives them."""
    result = snapshot.connection.execute(query)
    try:
        rows: Sequence[StoredRow] = result.cursor.fetchall()
    finally:
        result.close()
    return rows


def _by_client(rows: Iterable[StoredRow]) -> ByClient:
    by_client: dict[bytes, list[StoredRow]] = defaultdict(list)
    for client, *row in rows:
        by_client[client].append(tuple(row))
    return by_client


def _day_of(day: int, precision: str, opened_on: int) -> int:
    on, opened = date.fromordinal(day), date.fromordinal(opened_on)
    return takes_effect_on(on, _PRECISIONS[precision], opened).toordinal()
