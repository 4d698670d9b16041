"""The filter of clients for lists and reports, as SQL conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, exists, or_, select

from domain.quarters import Quarter
from domain.seats import Structure, StructureGroup
from domain.text import fold
from domain.timeline import Status
from projections.column_types import normalized_text
from projections.engagements import ENGAGEMENTS
from projections.profiles import CLIENTS, PROFILES
from projections.read_model import id_in, known_at_instant, span_contains
from projections.spans import SEAT_SPANS, STATUS_SPANS, STRUCTURE_SPANS, TRANSITIONS


class ClientStatus(StrEnum):
    """A client's status on a day: not yet engaged, engaged, paused, or no longer engaged."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


SIZE_BANDS: Mapping[str, tuple[int, int | None]] = {
    "1-10": (0, 10),
    "11-50": (11, 50),
    "51-200": (51, 200),
    "201-500": (201, 500),
    "501-1000": (501, 1000),
    "1001+": (1001, None),
}
"""Ranges of headcounts by name, both ends included (null: no upper bound)."""


@dataclass(frozen=True, slots=True)
class ClientFilter:
    """Conditions on clients, all of which must hold; null fields do not restrict.

    They are tested on `as_of`, so that a filter selects the same clients in every row of a report. The last five
    lead from a report's row to its clients and have their own dates: `quarter_structure` is the structure at the end
    of `quarter` (on `as_of` in the current quarter; "null": no open engagement), and `transition_quarter` contains a
    transition by `as_of` from `from_structure` ("null": entered) to `to_structure` ("null": left).
    """

    q: str | None = None
    sector: str | None = None
    structure: Structure | StructureGroup | None = None
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

    def __post_init__(self) -> None:
        """Raise `ValueError` for an unknown size, or `quarter` without `quarter_structure` or the reverse."""
        if self.size is not None and self.size not in SIZE_BANDS:
            raise ValueError(f"size must be one of {', '.join(SIZE_BANDS)}")
        if (self.quarter is None) is not (self.quarter_structure is None):
            raise ValueError("quarter and quarter_structure go together")


EVERY_CLIENT = ClientFilter()


def day_in(quarter: Quarter, as_of: date) -> date:
    """The day that represents a quarter: `as_of` if the quarter contains it, or else its last day."""
    return as_of if quarter.contains(as_of) else quarter.end


def clients_where(
    filters: ClientFilter, *, as_of: date, known_at: datetime | None, visible: frozenset[UUID] | None
) -> ColumnElement[bool]:
    """The condition on `PROFILES` joined with `CLIENTS`; `visible` are the clients the caller may see (null: all)."""
    return and_(*_conditions(filters, as_of, known_at, visible))


def chosen_ids(
    filters: ClientFilter, *, as_of: date, known_at: datetime | None, visible: frozenset[UUID] | None
) -> Select[UUID] | None:
    """The query for the ids of the selected clients; null when that is every client."""
    if filters == EVERY_CLIENT and visible is None:
        return None
    of_both = PROFILES.join(CLIENTS, PROFILES.c.stream_id == CLIENTS.c.stream_id)
    where = clients_where(filters, as_of=as_of, known_at=known_at, visible=visible)
    return select(PROFILES.c.stream_id).select_from(of_both).where(where)


def _conditions(
    filters: ClientFilter, as_of: date, known_at: datetime | None, visible: frozenset[UUID] | None
) -> Iterator[ColumnElement[bool]]:
    yield known_at_instant(PROFILES, known_at)
    yield span_contains(PROFILES, as_of)
    yield known_at_instant(CLIENTS, known_at)
    if visible is not None:
        yield id_in(PROFILES.c.stream_id, visible)
    if filters.q is not None:
        yield _is_named(fold(filters.q), as_of, known_at)
    yield from _of_profile(filters)
    if filters.structure is not None:
        group = filters.structure.structures if isinstance(filters.structure, StructureGroup) else {filters.structure}
        yield _has(
            STRUCTURE_SPANS, known_at, span_contains(STRUCTURE_SPANS, as_of), STRUCTURE_SPANS.c.structure.in_(group)
        )
    if filters.status is not None:
        yield _has_status(filters.status, as_of, known_at)
    if filters.practice_lead is not None:
        led = ENGAGEMENTS.c.practice_lead_id == filters.practice_lead
        yield _has(ENGAGEMENTS, known_at, span_contains(ENGAGEMENTS, as_of), led)
    if filters.holder is not None:
        yield _has(SEAT_SPANS, known_at, span_contains(SEAT_SPANS, as_of), SEAT_SPANS.c.holder_id == filters.holder)
    if filters.quarter is not None:
        yield _had_structure(filters.quarter_structure, day_in(filters.quarter, as_of), known_at)
    if filters.transition_quarter or filters.from_structure or filters.to_structure:
        yield _moved(filters, as_of, known_at)


def _of_profile(filters: ClientFilter) -> Iterator[ColumnElement[bool]]:
    profile = PROFILES.c
    if filters.sector is not None:
        yield profile.sector == normalized_text(filters.sector)
    if filters.funding_stage is not None:
        yield profile.funding_stage == normalized_text(filters.funding_stage)
    if filters.regulated is not None:
        yield profile.regulated.is_(filters.regulated)
    for least, most in (
        SIZE_BANDS[filters.size] if filters.size is not None else (None, None),
        (filters.headcount_from, filters.headcount_to),
    ):
        if least is not None:
            yield profile.headcount >= least
        if most is not None:
            yield profile.headcount <= most


def _is_named(part: str, as_of: date, known_at: datetime | None) -> ColumnElement[bool]:
    """Whether the slug, or a name that the client has or had by `as_of`, contains a folded text."""
    named = PROFILES.alias("named")
    had_name = select(named.c.stream_id).where(
        known_at_instant(named, known_at), named.c.starts_on <= as_of, named.c.sort_name.contains(part, autoescape=True)
    )
    return or_(PROFILES.c.stream_id.in_(had_name), CLIENTS.c.slug.contains(part, autoescape=True))


def _has(table: Table, known_at: datetime | None, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the client has a known row that fulfils the conditions."""
    return exists().where(table.c.client_id == PROFILES.c.stream_id, known_at_instant(table, known_at), *conditions)


def _has_status(status: ClientStatus, as_of: date, known_at: datetime | None) -> ColumnElement[bool]:
    contains_day = span_contains(STATUS_SPANS, as_of)
    began = _has(ENGAGEMENTS, known_at, ENGAGEMENTS.c.starts_on <= as_of)
    match status:
        case ClientStatus.ACTIVE:
            return _has(STATUS_SPANS, known_at, contains_day, STATUS_SPANS.c.status == Status.OPEN)
        case ClientStatus.PAUSED:
            return _has(STATUS_SPANS, known_at, contains_day, STATUS_SPANS.c.status == Status.PAUSED)
        case ClientStatus.ENDED:
            return and_(began, ~_has(STATUS_SPANS, known_at, contains_day))
        case ClientStatus.PROSPECT:
            return ~began


def _had_structure(structure: Any, day: date, known_at: datetime | None) -> ColumnElement[bool]:
    contains_day = span_contains(STRUCTURE_SPANS, day)
    if structure == "null":
        return ~_has(STRUCTURE_SPANS, known_at, contains_day)
    return _has(STRUCTURE_SPANS, known_at, contains_day, STRUCTURE_SPANS.c.structure == structure)


def _moved(filters: ClientFilter, as_of: date, known_at: datetime | None) -> ColumnElement[bool]:
    move = TRANSITIONS.c
    conditions = [move.made_on <= as_of]
    if filters.transition_quarter is not None:
        conditions.append(move.made_on.between(filters.transition_quarter.start, filters.transition_quarter.end))
    for column, structure in ((move.before, filters.from_structure), (move.after, filters.to_structure)):
        if structure is not None:
            conditions.append(column.is_(None) if structure == "null" else column == structure)
    return _has(TRANSITIONS, known_at, *conditions)
