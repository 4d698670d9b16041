"""Lists of clients ordered by a column: structure, since when, practice lead, monthly fee, or warning signs.

What clients are ordered by is either in the read models (structure, fees), judged (signs), or outside of them (the
names of people), so each column first gives every client a value. Clients without a value come last in both
directions; those with the same value are ordered by name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import total_ordering
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import LargeBinary, Text, select, type_coerce

from domain.seats import Structure
from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds
from domain.timeline import Status
from projections.client_filter import ClientFilter
from projections.clients import ClientRow, TimePoint, client_heads, client_rows_of, list_clients
from projections.engagements import ENGAGEMENTS
from projections.profiles import PROFILES
from projections.read_model import id_in, known_at_instant, span_contains
from projections.sign_runs import sign_counts
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS, STATUS_SPANS, STRUCTURE_SPANS

SortValue: TypeAlias = tuple[str, int | str]
"""A group, and the value within it. Groups have the same order in both directions."""

OrderPlace: TypeAlias = tuple[str, int | str, str, UUID]
"""The position of a row in an ordered list: its value, the folded name (empty where that is the value) and the id."""

_LAST = "~"
"""The group of clients without a value, which comes after every currency."""


class ClientColumn(StrEnum):
    """What a list of clients may be ordered by."""

    NAME = "name"
    STRUCTURE = "structure"
    SINCE = "since"
    PRACTICE_LEAD = "practice_lead"
    MONTHLY_FEE = "monthly_fee"
    SIGNS = "signs"


class SortDirection(StrEnum):
    """The direction of an order."""

    ASCENDING = "asc"
    DESCENDING = "desc"

    @property
    def other(self) -> SortDirection:
        """The other direction."""
        return SortDirection.ASCENDING if self is SortDirection.DESCENDING else SortDirection.DESCENDING


def usual_direction(column: ClientColumn) -> SortDirection:
    """The direction of a column unless one is given: the largest fee and the most severe signs come first."""
    is_amount = column in (ClientColumn.MONTHLY_FEE, ClientColumn.SIGNS)
    return SortDirection.DESCENDING if is_amount else SortDirection.ASCENDING


class NamesOfPeople(NamedTuple):
    """How people are ordered: `keys` gives the sort keys of people's names, `mark` changes with any name."""

    keys: Callable[[Collection[UUID]], Mapping[UUID, str]]
    mark: Hashable


@dataclass(frozen=True, slots=True)
class ClientOrder:
    """The order of a list of clients.

    `currency` is the one whose fees come before those in other currencies, by which a client with several is ordered.
    """

    column: ClientColumn
    direction: SortDirection
    people: NamesOfPeople
    currency: str = "USD"
    thresholds: FirmThresholds = DEFAULTS

    @property
    def place_types(self) -> tuple[type, ...]:
        """The types of an `OrderPlace` in this order."""
        value = str if self.column in (ClientColumn.NAME, ClientColumn.PRACTICE_LEAD) else int
        return (str, value, str, UUID)

    @property
    def key(self) -> Hashable:
        """What the order depends on besides the log."""
        depends = {
            ClientColumn.PRACTICE_LEAD: self.people.mark,
            ClientColumn.MONTHLY_FEE: self.currency,
            ClientColumn.SIGNS: self.thresholds,
        }
        return self.column, self.direction, depends.get(self.column)


_Place: TypeAlias = tuple[str, int | str, str, bytes]


@dataclass(frozen=True, slots=True)
class _Places:
    """The places of all clients of a list, in order."""

    rows: Sequence[_Place]

    @property
    def weight(self) -> int:
        """The memory used, in units of one report row."""
        return len(self.rows) // 4


def list_clients_in_order(
    snapshot: Snapshot,
    filters: ClientFilter,
    order: ClientOrder,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
    limit: int = 50,
    after: OrderPlace | None = None,
) -> tuple[tuple[ClientRow, ...], OrderPlace | None]:
    """A page of the selected clients in an order, and the place of its last row (null on the last page)."""
    if order.column is ClientColumn.NAME and order.direction is SortDirection.ASCENDING:
        start = None if after is None else (str(after[1]), after[3])
        listed = list_clients(
            snapshot, filters, as_of=as_of, known_at=known_at, visible=visible, limit=limit, after=start
        )
        return listed.items, None if listed.next is None else ("", listed.next[0], "", listed.next[1])
    moment = TimePoint(as_of, known_at)
    question = ("clients in order", snapshot.position, order.key, filters, moment, visible)
    places = snapshot.answers.answer(question, lambda: _places(snapshot, filters, order, moment, visible)).rows
    is_descending = order.direction is SortDirection.DESCENDING
    first = 0
    if after is not None:
        stored = (*after[:3], after[3].bytes)
        first = bisect_right(places, _sort_key(stored, is_descending), key=lambda row: _sort_key(row, is_descending))
    page = places[first : first + limit]
    ids = [UUID(bytes=place[-1]) for place in page]
    heads = client_heads(filters, moment, visible).where(id_in(PROFILES.c.stream_id, ids))
    numbers = {client: number for number, client in enumerate(ids)}
    of_page = sorted(snapshot.connection.execute(heads).all(), key=lambda head: numbers[head.stream_id])
    last = page[-1] if first + limit < len(places) else None
    return client_rows_of(snapshot, of_page, moment), None if last is None else (*last[:3], UUID(bytes=last[-1]))


def _places(
    snapshot: Snapshot,
    filters: ClientFilter,
    order: ClientOrder,
    moment: TimePoint,
    visible: frozenset[UUID] | None,
) -> _Places:
    named = client_heads(filters, moment, visible).subquery().c
    rows = snapshot.connection.execute(
        select(type_coerce(named.stream_id, LargeBinary), type_coerce(named.sort_name, Text))
    )
    names = [(bytes(client), name) for client, name in rows]
    if order.column is ClientColumn.NAME:
        places: list[_Place] = [("", name, "", client) for client, name in names]
    else:
        values = _VALUES[order.column](snapshot, order, moment)
        group = "" if order.column is ClientColumn.SIGNS else _LAST  # no signs is fewest, and not unknown
        none = "" if order.column is ClientColumn.PRACTICE_LEAD else 0
        places = [(*values.get(client, (group, none)), name, client) for client, name in names]
    # sorting keeps the order of equal values: first by what comes last
    places.sort(key=itemgetter(2, 3))
    places.sort(key=itemgetter(1), reverse=order.direction is SortDirection.DESCENDING)
    places.sort(key=itemgetter(0))
    return _Places(places)


@total_ordering
class _Reversed:
    """A value that is ordered the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and bool(self.value == other.value)

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.value < self.value)

    __hash__ = None  # type: ignore[assignment]


def _sort_key(place: _Place, is_descending: bool) -> tuple[Any, ...]:
    group, value, *rest = place
    return (group, _Reversed(value) if is_descending else value, *rest)


Values: TypeAlias = Mapping[bytes, SortValue]
"""By the id of the client, as stored."""


def _structures(snapshot: Snapshot, order: ClientOrder, moment: TimePoint) -> Values:
    numbers = {str(structure): number for number, structure in enumerate(Structure)}
    spans = STRUCTURE_SPANS.c
    query = _on(STRUCTURE_SPANS, moment, type_coerce(spans.structure, Text))
    return {bytes(client): ("", numbers[structure]) for client, structure in snapshot.connection.execute(query)}


def _since(snapshot: Snapshot, order: ClientOrder, moment: TimePoint) -> Values:
    query = _on(STRUCTURE_SPANS, moment, STRUCTURE_SPANS.c.starts_on)
    return {bytes(client): ("", since.toordinal()) for client, since in snapshot.connection.execute(query)}


def _leads(snapshot: Snapshot, order: ClientOrder, moment: TimePoint) -> Values:
    lead = ENGAGEMENTS.c.practice_lead_id
    rows = snapshot.connection.execute(_on(ENGAGEMENTS, moment, lead).where(lead.is_not(None))).all()
    keys = order.people.keys({person for _, person in rows})
    return {bytes(client): ("", keys[person]) for client, person in rows if person in keys}


def _fees(snapshot: Snapshot, order: ClientOrder, moment: TimePoint) -> Values:
    """The sum in the firm's currency, or else in the first of the client's; a seat with both functions counts once."""
    seat = SEAT_SPANS.c
    status = STATUS_SPANS.c
    paused = select(status.stream_id).where(
        known_at_instant(STATUS_SPANS, moment.known_at),
        span_contains(STATUS_SPANS, moment.as_of),
        status.status == Status.PAUSED,
    )
    query = _on(SEAT_SPANS, moment, type_coerce(seat.seat_id, LargeBinary), seat.fee_currency, seat.fee_amount).where(
        seat.fee_amount.is_not(None), seat.stream_id.not_in(paused)
    )
    sums: dict[bytes, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for client, _, currency, amount in {
        (bytes(c), bytes(s), *fee) for c, s, *fee in snapshot.connection.execute(query)
    }:
        sums[client]["" if currency == order.currency else currency] += amount
    return {client: min(by_currency.items()) for client, by_currency in sums.items()}


def _signs(snapshot: Snapshot, order: ClientOrder, moment: TimePoint) -> Values:
    """More severe signs count more."""
    counts = sign_counts(snapshot, **moment._asdict(), thresholds=order.thresholds)
    return {
        client.bytes: ("", (count.high << 40) + (count.medium << 20) + count.low) for client, count in counts.items()
    }


def _on(table: Any, moment: TimePoint, *columns: Any) -> Any:
    """The query for the client (as stored) and some columns of the rows that hold on the day."""
    return select(type_coerce(table.c.client_id, LargeBinary), *columns).where(
        known_at_instant(table, moment.known_at), span_contains(table, moment.as_of)
    )


_VALUES: Mapping[ClientColumn, Callable[[Snapshot, ClientOrder, TimePoint], Values]] = {
    ClientColumn.STRUCTURE: _structures,
    ClientColumn.SINCE: _since,
    ClientColumn.PRACTICE_LEAD: _leads,
    ClientColumn.MONTHLY_FEE: _fees,
    ClientColumn.SIGNS: _signs,
}
