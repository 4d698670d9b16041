"""Queries for clients as of a day: one, a page by name, and a count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, Table, case, func, or_, select

from domain.client import is_uuid
from domain.profile import Profile
from domain.seats import BOTH, Function, Hours, Money, SeatTerms, Structure
from domain.text import fold
from domain.timeline import Status
from projections.client_filter import EVERY_CLIENT, SIZE_BANDS, ClientFilter, ClientStatus, clients_where
from projections.column_types import from_hundredths, from_ten_thousandths
from projections.engagements import ENGAGEMENTS
from projections.profiles import (
    CLIENTS,
    PROFILES,
    NamePosition,
    ProfileSpan,
    after_name,
    client_versions,
    name_and_profile,
    names_of,
    profile_history,
)
from projections.read_model import id_in, known_at_instant, span_contains
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS, STATUS_SPANS, STRUCTURE_SPANS

__all__ = [
    "EVERY_CLIENT",
    "SIZE_BANDS",
    "ClientFilter",
    "ClientPage",
    "ClientRow",
    "ClientSeat",
    "ClientStatus",
    "Profile",
    "ProfileSpan",
    "count_clients",
    "find_client",
    "find_clients",
    "list_clients",
    "names_of",
    "profile_history",
    "terms_of",
]


@dataclass(frozen=True, slots=True)
class ClientSeat:
    """A filled seat on a day.

    `functions` lists technology first; `since` is the first day with all these functions on these terms.
    """

    id: UUID
    functions: tuple[Function, ...]
    terms: SeatTerms
    since: date


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as of a day.

    `structure`, `since` (its first day), `engagement` and `practice_lead` are null when no engagement is open on that
    day. `version` is the stream's version at `known_at`. A null `fiscal_year_start_month` means the firm's.
    """

    id: UUID
    slug: str
    name: str
    profile: Profile
    fiscal_year_start_month: int | None
    status: ClientStatus
    structure: Structure | None
    since: date | None
    seats: tuple[ClientSeat, ...]
    engagement: UUID | None
    practice_lead: UUID | None
    version: int
    registered_at: datetime

    @property
    def monthly_fees(self) -> tuple[Money, ...]:
        """The sums of the monthly fees in force, by currency; none while the engagement is paused."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for seat in self.seats if self.status is ClientStatus.ACTIVE else ():
            if seat.terms.monthly_fee is not None:
                sums[seat.terms.monthly_fee.currency] += seat.terms.monthly_fee.amount
        return tuple(Money(amount, currency) for currency, amount in sorted(sums.items()))


@dataclass(frozen=True, slots=True)
class ClientPage:
    """A page of clients by name; `next` is the position after which the next page starts, null on the last page."""

    items: tuple[ClientRow, ...]
    next: NamePosition | None


class TimePoint(NamedTuple):
    """A day, as known at an instant (null: now)."""

    as_of: date
    known_at: datetime | None


def find_client(
    snapshot: Snapshot,
    id_or_slug: UUID | str,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
) -> ClientRow | None:
    """One client, by its id (also as text) or slug; null when it does not exist or the caller may not see it."""
    if isinstance(id_or_slug, str) and is_uuid(id_or_slug):
        id_or_slug = UUID(id_or_slug)
    is_that = CLIENTS.c.stream_id == id_or_slug if isinstance(id_or_slug, UUID) else CLIENTS.c.slug == id_or_slug
    moment = TimePoint(as_of, known_at)
    rows = snapshot.connection.execute(client_heads(EVERY_CLIENT, moment, visible).where(is_that)).all()
    return next(iter(client_rows_of(snapshot, rows, moment)), None)


def list_clients(
    snapshot: Snapshot,
    filters: ClientFilter = EVERY_CLIENT,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
    limit: int = 50,
    after: NamePosition | None = None,
) -> ClientPage:
    """A page of the selected clients, ordered by name, then id."""
    moment = TimePoint(as_of, known_at)
    name, client = PROFILES.c.sort_name, PROFILES.c.stream_id
    query = client_heads(filters, moment, visible).order_by(name, client).limit(limit + 1)
    if after is not None:
        query = query.where(after_name(after))
    rows = snapshot.connection.execute(query).all()
    shown = rows[:limit]
    more = (shown[-1].sort_name, shown[-1].stream_id) if len(rows) > limit else None
    return ClientPage(client_rows_of(snapshot, shown, moment), more)


def find_clients(
    snapshot: Snapshot, text: str, *, as_of: date, visible: frozenset[UUID] | None = None, limit: int
) -> tuple[ClientRow, ...]:
    """The first clients that a text may mean, the likeliest first; an empty text finds every client.

    The order: clients whose name or slug is the text, then those whose name begins with it, then those that have it
    elsewhere in a name, also a former one, each by name.
    """
    typed, name = fold(text), PROFILES.c.sort_name
    is_that = or_(name == typed, CLIENTS.c.slug == text.strip())
    likeliest = case((is_that, 0), (name.startswith(typed, autoescape=True), 1), else_=2)
    moment = TimePoint(as_of, None)
    query = client_heads(ClientFilter(q=text) if typed else EVERY_CLIENT, moment, visible).order_by(
        likeliest, name, PROFILES.c.stream_id
    )
    return client_rows_of(snapshot, snapshot.connection.execute(query.limit(limit)).all(), moment)


def count_clients(
    snapshot: Snapshot,
    filters: ClientFilter = EVERY_CLIENT,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
) -> int:
    """The number of selected clients."""
    heads = client_heads(filters, TimePoint(as_of, known_at), visible).subquery()
    return snapshot.connection.execute(select(func.count()).select_from(heads)).scalar_one()


def client_heads(filters: ClientFilter, moment: TimePoint, visible: frozenset[UUID] | None) -> Select[Any]:
    """The query for the selected clients: one row each, from which `client_rows_of` makes what is shown."""
    of_both = PROFILES.join(CLIENTS, PROFILES.c.stream_id == CLIENTS.c.stream_id)
    return (
        select(
            PROFILES.c.stream_id,
            PROFILES.c.sort_name,
            PROFILES.c.content,
            CLIENTS.c.slug,
            CLIENTS.c.fiscal_year_start_month,
            CLIENTS.c.known_from,
        )
        .select_from(of_both)
        .where(clients_where(filters, as_of=moment.as_of, known_at=moment.known_at, visible=visible))
    )


def client_rows_of(snapshot: Snapshot, heads: Sequence[Row[Any]], moment: TimePoint) -> tuple[ClientRow, ...]:
    """The clients of rows of `client_heads`, in their order, as of a moment."""
    clients = [head.stream_id for head in heads]
    if not clients:
        return ()
    versions = client_versions(snapshot, clients, known_at=moment.known_at)
    engagements: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in _known_rows(snapshot, ENGAGEMENTS, clients, moment):
        engagements[row.client_id].append(row)
    statuses = {row.client_id: row for row in _rows_on(snapshot, STATUS_SPANS, clients, moment)}
    structures = {row.client_id: row for row in _rows_on(snapshot, STRUCTURE_SPANS, clients, moment)}
    seats: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in _rows_on(snapshot, SEAT_SPANS, clients, moment):
        seats[row.client_id].append(row)
    rows = []
    for head in heads:
        client = head.stream_id
        open_status, structure = statuses.get(client), structures.get(client)
        has_begun = any(row.starts_on <= moment.as_of for row in engagements[client])
        name, profile = name_and_profile(head.content)
        rows.append(
            ClientRow(
                id=client,
                slug=head.slug,
                name=name,
                profile=profile,
                fiscal_year_start_month=head.fiscal_year_start_month,
                status=client_status(open_status.status if open_status else None, has_begun=has_begun),
                structure=structure.structure if structure else None,
                since=structure.starts_on if structure else None,
                seats=_seats_of(seats[client]),
                engagement=open_status.stream_id if open_status else None,
                practice_lead=next(
                    (
                        e.practice_lead_id
                        for e in engagements[client]
                        if open_status and e.stream_id == open_status.stream_id
                    ),
                    None,
                ),
                version=versions[client],
                registered_at=head.known_from,
            )
        )
    return tuple(rows)


def client_status(status: Status | None, *, has_begun: bool) -> ClientStatus:
    """A client's status, from the open engagement's status (null: none) and whether any engagement has begun."""
    match status:
        case Status.OPEN:
            return ClientStatus.ACTIVE
        case Status.PAUSED:
            return ClientStatus.PAUSED
        case _:
            return ClientStatus.ENDED if has_begun else ClientStatus.PROSPECT


def terms_of(row: Row[Any]) -> SeatTerms:
    """The seat terms in a row of `SEAT_SPANS`."""
    hours = (_number(row.technology_hours), _number(row.ai_hours))
    return SeatTerms(
        holder=row.holder_id,
        commitment=row.commitment,
        provider=row.provider,
        interim=row.interim,
        reports_to=row.reports_to,
        hours_per_month=None if hours == (None, None) else Hours(*hours),
        monthly_fee=None
        if row.fee_amount is None
        else Money(from_ten_thousandths(row.fee_amount, row.fee_currency), row.fee_currency),
    )


def _number(stored: int | None) -> Decimal | None:
    return None if stored is None else from_hundredths(stored)


def _seats_of(rows: Sequence[Row[Any]]) -> tuple[ClientSeat, ...]:
    by_function = {row.function: row for row in rows}
    seats: dict[UUID, ClientSeat] = {}
    for function in BOTH:
        row = by_function.get(function)
        if row is not None:
            seat = seats.get(row.seat_id)
            functions = (*seat.functions, function) if seat else (function,)
            since = max(seat.since, row.starts_on) if seat else row.starts_on
            seats[row.seat_id] = ClientSeat(row.seat_id, functions, terms_of(row), since)
    return tuple(seats.values())


def _known_rows(snapshot: Snapshot, table: Table, clients: Sequence[UUID], moment: TimePoint) -> Sequence[Row[Any]]:
    query = select(table).where(id_in(table.c.client_id, clients), known_at_instant(table, moment.known_at))
    return snapshot.connection.execute(query).all()


def _rows_on(snapshot: Snapshot, table: Table, clients: Sequence[UUID], moment: TimePoint) -> Sequence[Row[Any]]:
    query = select(table).where(
        id_in(table.c.client_id, clients), known_at_instant(table, moment.known_at), span_contains(table, moment.as_of)
    )
    return snapshot.connection.execute(query).all()
