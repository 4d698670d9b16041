"""Clients: their names and profiles over time, and which of them there are by what they have on a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from domain.quarters import Quarter
from domain.seats import Function, Money, SeatTerms, Structure


class ClientStatus(StrEnum):
    """Where the firm stands with a client on a day."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts about a company on a day; null: not known. Counts are of that day, amounts are money a year."""

    sector: str | None = None
    headcount: int | None = None
    engineers: int | None = None
    products: int | None = None
    annual_revenue: Money | None = None
    ai_spend: Money | None = None
    ai_people: int | None = None
    ai_initiatives: int | None = None
    funding_stage: str | None = None
    regulated: bool | None = None


@dataclass(frozen=True, slots=True)
class ProfileSpan:
    """A client's name and profile from `start` (null: ever since) until the day before `end` (null: it goes on)."""

    name: str
    profile: Profile
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """A seat as it is held on a day: its functions (technology first), its terms, and since when on these terms."""

    id: UUID
    functions: tuple[Function, ...]
    terms: SeatTerms
    since: date


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as it stands on a day.

    `structure`, `engagement` and `practice_lead` are null when no engagement is open on that day. `version` is the
    stream's, as known. `fiscal_year_start_month` null means: the firm's.
    """

    id: UUID
    slug: str
    name: str
    profile: Profile
    fiscal_year_start_month: int | None
    status: ClientStatus
    structure: Structure | None
    seats: tuple[HeldSeat, ...]
    engagement: UUID | None
    practice_lead: UUID | None
    version: int
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class ClientPage:
    """Some clients in the order of their names; `next` is the cursor of the page after this one, null on the last."""

    items: tuple[ClientRow, ...]
    next: str | None


SIZE_BANDS: Mapping[str, tuple[int, int | None]] = {
    "1-10": (0, 10),
    "11-50": (11, 50),
    "51-200": (51, 200),
    "201-500": (201, 500),
    "501-1000": (501, 1000),
    "1001+": (1001, None),
}
"""Names for headcounts: from, and up to (null: no bound)."""


@dataclass(frozen=True, slots=True)
class ClientFilter:
    """Which clients. Fields that are null do not restrict; those that are given must all hold.

    All are tested on the reader's `as_of`, so that one filter means one set of clients in every row of a report. The
    last five are the way from a report's row to its clients and say their own time: `quarter_structure` holds at the
    end of `quarter` (on `as_of` in the quarter that holds it; "null": no engagement open there), and a transition
    from `from_structure` to `to_structure` ("null": entered, left) lies in `transition_quarter`, up to `as_of`.
    """

    q: str | None = None
    sector: str | None = None
    structure: Structure | None = None
    status: ClientStatus | None = None
    practice_lead: UUID | None = None
    holder: UUID | None = None
    size: str | None = None
    headcount_from: int | None = None
    headcount_to: int | None = None
    funding_stage: str | None = None
    regulated: bool | None = None
    quarter: Quarter | None = None
    quarter_structure: Structure | Literal["null"] | None = None
    transition_quarter: Quarter | None = None
    from_structure: Structure | Literal["null"] | None = None
    to_structure: Structure | Literal["null"] | None = None


EVERY_CLIENT = ClientFilter()


def find_client(
    connection: Connection,
    id_or_slug: UUID | str,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
) -> ClientRow | None:
    """One client, by its id (also as text) or its slug; null when there is none, or none the caller may see."""
    raise NotImplementedError


def list_clients(
    connection: Connection,
    chosen: ClientFilter = EVERY_CLIENT,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> ClientPage:
    """The chosen clients by name (then id), a page at a time; raises `InvalidCursor`."""
    raise NotImplementedError


def count_clients(
    connection: Connection,
    chosen: ClientFilter = EVERY_CLIENT,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
) -> int:
    """How many clients the whole list has."""
    raise NotImplementedError


def profile_history(
    connection: Connection, client: UUID, *, known_at: datetime | None = None
) -> tuple[ProfileSpan, ...]:
    """The client's names and profiles over time, in order; empty for an unknown client."""
    raise NotImplementedError


def names_of(
    connection: Connection, clients: Collection[UUID], *, as_of: date, known_at: datetime | None = None
) -> dict[UUID, str]:
    """The names of some clients on a day; unknown ones are left out."""
    raise NotImplementedError
