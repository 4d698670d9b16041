"""The read model of clients: registration, names and profiles over time, and its queries."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Boolean, Column, ColumnElement, Integer, Text, and_, func, or_, select

from domain.client import Client
from domain.profile import PROFILE_FIELDS, Profile
from domain.seats import Money
from domain.text import key_of_name
from projections.column_types import SORTED_TEXT, Day, from_json, normalized_text, to_json
from projections.read_model import (
    ReadModel,
    StreamRows,
    add_index,
    id_in,
    known_at_instant,
    span_contains,
    versioned_table,
)
from projections.snapshot import Snapshot
from projections.span_rows import Content, RowSet

EVER_SINCE = date.min
"""The first day of a client's first profile."""


@dataclass(frozen=True, slots=True)
class ProfileSpan:
    """A client's name and profile over `[start, end)`; a null `start` means always, a null `end` means open."""

    name: str
    profile: Profile
    start: date | None
    end: date | None


CLIENTS = versioned_table(
    "clients",
    Column("slug", Text, nullable=False),
    Column("fiscal_year_start_month", Integer),
)
PROFILES = versioned_table(
    "profiles",
    Column("sort_name", SORTED_TEXT, nullable=False),
    Column("sector", Text),
    Column("headcount", Integer),
    Column("funding_stage", Text),
    Column("regulated", Boolean),
    Column("content", Text, nullable=False),
    Column("starts_on", Day, nullable=False),
    Column("ends_on", Day),
)
"""`sort_name` is the folded name; the name itself and the whole profile are in `content` (JSON)."""
CLIENT_RECORDINGS = versioned_table("client_recordings", Column("version", Integer, nullable=False))
"""One row per event, so that the stream's version at every instant can be queried."""

add_index(CLIENTS, "slug")
add_index(PROFILES, "sort_name", "stream_id")


class ClientProjector:
    """Projects the registration and profiles of one client."""

    def __init__(self, stream: bytes) -> None:
        """Start before the client's first event."""
        clients, profiles, recordings = StreamRows(stream), StreamRows(stream), StreamRows(stream)
        self.rows = ((CLIENTS, clients), (PROFILES, profiles), (CLIENT_RECORDINGS, recordings))
        self._clients, self._recordings = clients, recordings
        self._row_set = RowSet(profiles)
        self._changes: list[tuple[date, int, str | None, Mapping[str, object]]] = []

    def add(self, event: Client.Event, position: int, at: int) -> None:
        """Project the client's next event."""
        version = event.originator_version
        self._recordings.add(at, (version,))
        match event:
            case Client.Created():
                self._clients.add(at, (event.slug, event.fiscal_year_start_month))
                self._change(EVER_SINCE, version, event.name, event.profile, at)
            case Client.ProfileChanged():
                self._change(event.effective_on, version, event.name, event.profile, at)

    def _change(self, on: date, version: int, name: str | None, profile: Mapping[str, object], at: int) -> None:
        """Add a change of the name or profile from a day on; changes of one day apply in the order of recording."""
        insort(self._changes, (on, version, name, profile), key=lambda change: change[:2])
        name, profile_fields = "", dict[str, object]()
        spans: list[tuple[date, str, dict[str, object]]] = []
        for start, _, new_name, fields in self._changes:
            name, profile_fields = new_name or name, {**profile_fields, **fields}
            if spans and spans[-1][0] == start:
                spans.pop()
            if not spans or spans[-1][1:] != (name, profile_fields):
                spans.append((start, name, profile_fields))
        ends = [later[0].toordinal() for _, later in pairwise(spans)]
        self._row_set.replace(0, [_columns(*span, end) for span, end in zip(spans, [*ends, None], strict=True)], at)


def _columns(start: date, name: str, profile: Mapping[str, Any], end: int | None) -> Content:
    sector, funding_stage = profile.get("sector"), profile.get("funding_stage")
    return (
        key_of_name(name),
        None if sector is None else normalized_text(sector),
        profile.get("headcount"),
        None if funding_stage is None else normalized_text(funding_stage),
        profile.get("regulated"),
        to_json({"name": name, **{field: profile.get(field) for field in PROFILE_FIELDS}}),
        start.toordinal(),
        end,
    )


MODEL = ReadModel(
    "profiles",
    4,
    (CLIENTS, PROFILES, CLIENT_RECORDINGS),
    {Client.Event: ClientProjector},
)


def profile_history(snapshot: Snapshot, client: UUID, *, known_at: datetime | None = None) -> tuple[ProfileSpan, ...]:
    """A client's names and profiles over time, in order; empty for an unknown client."""
    query = select(PROFILES).where(PROFILES.c.stream_id == client, known_at_instant(PROFILES, known_at))
    return tuple(
        ProfileSpan(
            *name_and_profile(row.content),
            start=None if row.starts_on == EVER_SINCE else row.starts_on,
            end=row.ends_on,
        )
        for row in snapshot.connection.execute(query.order_by(PROFILES.c.starts_on))
    )


def names_of(
    snapshot: Snapshot, clients: Collection[UUID], *, as_of: date, known_at: datetime | None = None
) -> dict[UUID, str]:
    """The names of some clients on a day, by id; unknown clients are left out."""
    query = select(PROFILES.c.stream_id, PROFILES.c.content).where(
        id_in(PROFILES.c.stream_id, clients), known_at_instant(PROFILES, known_at), span_contains(PROFILES, as_of)
    )
    return {client: name_and_profile(content)[0] for client, content in snapshot.connection.execute(query)}


def names_and_slugs_of(
    snapshot: Snapshot, clients: Collection[UUID], *, as_of: date, known_at: datetime | None = None
) -> dict[UUID, tuple[str, str]]:
    """The name on a day and the slug of some clients, by id; unknown clients are left out."""
    query = (
        select(PROFILES.c.stream_id, PROFILES.c.content, CLIENTS.c.slug)
        .join_from(PROFILES, CLIENTS, PROFILES.c.stream_id == CLIENTS.c.stream_id)
        .where(
            id_in(PROFILES.c.stream_id, clients),
            known_at_instant(PROFILES, known_at),
            known_at_instant(CLIENTS, known_at),
            span_contains(PROFILES, as_of),
        )
    )
    return {client: (from_json(content)["name"], slug) for client, content, slug in snapshot.connection.execute(query)}


def client_names_with_keys(snapshot: Snapshot, keys: Collection[str]) -> dict[str, str]:
    """Of the clients on record, a name for each of these folded keys (a few hundred at most) that one has or had."""
    query = select(PROFILES.c.sort_name, PROFILES.c.content).where(
        PROFILES.c.sort_name.in_(keys), known_at_instant(PROFILES, None)
    )
    return {row.sort_name: name_and_profile(row.content)[0] for row in snapshot.connection.execute(query)}


@dataclass(frozen=True, slots=True)
class ClientFound:
    """A client that has, or had, a name."""

    id: UUID
    slug: str
    is_current: bool


def clients_by_names(snapshot: Snapshot, keys: Collection[str]) -> Mapping[str, Sequence[ClientFound]]:
    """The clients on record that have or had each of these folded names."""
    clients_by_key: dict[str, dict[UUID, ClientFound]] = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), _KEYS_AT_ONCE):
        query = (
            select(PROFILES.c.stream_id, PROFILES.c.sort_name, PROFILES.c.ends_on, CLIENTS.c.slug)
            .join(CLIENTS, CLIENTS.c.stream_id == PROFILES.c.stream_id)
            .where(
                PROFILES.c.sort_name.in_(ordered[start : start + _KEYS_AT_ONCE]),
                known_at_instant(PROFILES, None),
                known_at_instant(CLIENTS, None),
            )
        )
        for client_id, key, ends_on, slug in snapshot.connection.execute(query):
            clients = clients_by_key.setdefault(key, {})
            was_current = client_id in clients and clients[client_id].is_current
            clients[client_id] = ClientFound(client_id, slug, was_current or ends_on is None)
    return {key: tuple(clients.values()) for key, clients in clients_by_key.items()}


_KEYS_AT_ONCE = 500


def client_versions(
    snapshot: Snapshot, clients: Iterable[UUID], *, known_at: datetime | None = None
) -> dict[UUID, int]:
    """The stream version of each client, which is its number of events, at an instant (null: now)."""
    table = CLIENT_RECORDINGS.c
    query = select(table.stream_id, func.max(table.version)).where(id_in(table.stream_id, clients))
    if known_at is not None:
        query = query.where(table.known_from <= known_at)
    return dict(snapshot.connection.execute(query.group_by(table.stream_id)).all())


_AMOUNTS = tuple(name for name, spec in PROFILE_FIELDS.items() if spec.value is Money)


def name_and_profile(content: str) -> tuple[str, Profile]:
    """Decode the name and the profile in `content`."""
    values = from_json(content)
    name = values.pop("name")
    for amount in _AMOUNTS:
        if (money := values.get(amount)) is not None:
            values[amount] = Money(Decimal(money["amount"]), money["currency"])
    return name, Profile(**values)


NamePosition: TypeAlias = tuple[str, UUID]
"""The position of a client in a list by name: its folded name, then its id."""


def after_name(place: NamePosition) -> ColumnElement[bool]:
    """The condition that a row of `PROFILES` comes after a position in a list by name."""
    sort_name, client = place
    name = PROFILES.c.sort_name
    return or_(name > sort_name, and_(name == sort_name, PROFILES.c.stream_id > client))
