"""Queries: for which caller, at which dates and instants, and at least up to which position of the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.auth.access import Caller, Door, needs
from api.context import AppContext, AppContextDep
from api.http.problems import invalid
from api.schemas.scalars import Day, Instant
from api.state.people import ids_made_by
from api.state.roles import Role
from domain.errors import UnknownClient, UnknownEngagement
from projections.clients import ClientRow, find_client
from projections.details_json import people_named
from projections.engagements import EngagementRow, find_engagement
from projections.milestones import standing_milestones
from projections.snapshot import Snapshot

MOST_POSITION = 2**53


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, and the instant whose knowledge counts (null: now)."""

    as_of: date
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueryContext:
    """One request that reads. Its methods return only what is visible to the caller."""

    context: AppContext
    caller: Caller
    after: int | None

    @property
    def visible(self) -> frozenset[UUID] | None:
        """The clients that are visible to the caller; null means all."""
        return self.caller.visible

    @contextmanager
    def views(self) -> Iterator[Connection]:
        """The read models, caught up with the log and with what the caller has just written."""
        with self.snapshot() as snapshot:
            yield snapshot.connection

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The same as a snapshot, which reports take."""
        with self.context.views.reading(self.after) as snapshot:
            yield snapshot

    def known_at(self, snapshot: Snapshot, asked: datetime | None) -> datetime:
        """The instant whose knowledge counts: the requested one, or else that of the newest event.

        A query for this instant has the same answer whatever is recorded later.
        """
        return asked or self.context.views.known_at(snapshot) or self.context.now()

    @contextmanager
    def kept(self) -> Iterator[Connection]:
        """A connection to the kept state."""
        with self.context.log.engine.connect() as connection:
            yield connection

    def people(self) -> frozenset[UUID] | None:
        """The people named at the clients that are visible to the caller; null means everyone."""
        if self.visible is None:
            return None
        with self.views() as connection:
            return frozenset(
                person
                for client in self.visible
                for milestone in standing_milestones(connection, client=client)
                for _, person in people_named(milestone.kind, milestone.details)
            )

    def client(self, connection: Connection, id_or_slug: str, moment: Moment) -> ClientRow:
        """A client that is visible to the caller. Raises `UnknownClient` for any other, whether it exists or not."""
        found = find_client(connection, id_or_slug, as_of=moment.as_of, known_at=moment.known_at, visible=self.visible)
        if found is None:
            raise UnknownClient
        return found

    def engagement(self, connection: Connection, engagement: UUID, moment: Moment) -> EngagementRow:
        """An engagement of a visible client. Raises `UnknownEngagement` for any other."""
        found = find_engagement(
            connection, engagement, as_of=moment.as_of, known_at=moment.known_at, visible=self.visible
        )
        if found is None:
            raise UnknownEngagement
        return found

    def acquainted(self, people: Collection[UUID]) -> frozenset[UUID]:
        """The people among some who exist for the caller: named at a visible client, or added by the caller."""
        among = self.people()
        if among is None:
            return frozenset(people)
        strangers = set(people) - among
        if not strangers:
            return frozenset(people)
        with self.kept() as connection:
            return frozenset(people) - (strangers - ids_made_by(connection, strangers, self.caller.id))


def reads(role: Role, door: Door | None = None, *, whole: bool = False) -> Callable[..., Awaitable[QueryContext]]:
    """The dependency for queries of a role; refuses callers without it."""

    rule = Depends(needs(role, door, whole=whole))

    async def ask(
        context: AppContextDep,
        after_position: Annotated[
            int | None, Query(ge=0, le=MOST_POSITION, description="Wait until this position of the log can be read.")
        ] = None,
        seatline_after: Annotated[
            int | None, Header(ge=0, le=MOST_POSITION, description="The same as `after_position`.")
        ] = None,
        caller: Caller = rule,
    ) -> QueryContext:
        wanted = [position for position in (after_position, seatline_after) if position is not None]
        return QueryContext(context, caller, max(wanted, default=None))

    return ask


def check_past(context: AppContext, **instants: datetime | None) -> None:
    """Refuse (422) instants after now: what will be known by then changes with the next event.

    The newest event may be ahead of the clock, where that was put back; what was known then can be asked for.
    """
    later = [name for name, instant in instants.items() if instant is not None and instant > context.now()]
    if not later:
        return
    with context.views.reading(None) as connection:
        newest = context.views.known_at(connection)
    for name in later:
        instant = instants[name]
        if newest is None or (instant is not None and instant > newest):
            raise invalid((name, "must not lie in the future"))


async def moment(
    context: AppContextDep,
    as_of: Annotated[Day | None, Query(description="What held on that day; today when left out.")] = None,
    known_at: Annotated[
        Instant | None, Query(description="What had been recorded by that instant; now when left out.")
    ] = None,
) -> Moment:
    """The dependency that reads the two times."""
    if known_at is not None and known_at > context.now():
        await run_in_threadpool(check_past, context, known_at=known_at)
    return Moment(as_of or context.today(), known_at)


Reading = Annotated[QueryContext, Depends(reads(Role.VIEWER))]
OwnReading = Annotated[QueryContext, Depends(reads(Role.VIEWER, Door.SESSION))]
"""For the caller's own account. Browser sessions only."""
AdminReading = Annotated[QueryContext, Depends(reads(Role.ADMIN))]
GoverningReading = Annotated[QueryContext, Depends(reads(Role.ADMIN, whole=True))]
"""For what concerns the whole firm, by an admin of all clients."""
At = Annotated[Moment, Depends(moment)]
