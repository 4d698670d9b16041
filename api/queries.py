"""The context of read requests: the caller, the two times, and the log position that must be readable."""

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
    """A date, and the instant of knowledge (null: now)."""

    as_of: date
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueryContext:
    """The context of a read request. Its methods return only what is visible to the caller."""

    context: AppContext
    caller: Caller
    after: int | None

    @property
    def visible(self) -> frozenset[UUID] | None:
        """The ids of the clients that are visible to the caller; null means all."""
        return self.caller.visible

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """A snapshot of the read models, caught up with the log and with the caller's own writes."""
        with self.context.views.reading(self.after) as snapshot:
            yield snapshot

    def known_at(self, snapshot: Snapshot, requested: datetime | None) -> datetime:
        """The instant of knowledge: the requested one, else that of the newest event.

        A query for this instant always has the same answer, whatever is recorded later.
        """
        return requested or self.context.views.known_at(snapshot) or self.context.now()

    @contextmanager
    def state(self) -> Iterator[Connection]:
        """A connection to the stored state."""
        with self.context.log.engine.connect() as connection:
            yield connection

    def people(self) -> frozenset[UUID] | None:
        """The ids of people who are mentioned at visible clients; null means everyone."""
        if self.visible is None:
            return None
        with self.snapshot() as snapshot:
            return frozenset(
                person
                for client in self.visible
                for milestone in standing_milestones(snapshot, client=client)
                for _, person in people_named(milestone.kind, milestone.details)
            )

    def client(self, snapshot: Snapshot, id_or_slug: str, moment: Moment) -> ClientRow:
        """A visible client by id or slug. Raises `UnknownClient` for others, whether they exist or not.

        Raises `UnreadableEvent` for a client with a stopped stream.
        """
        row = find_client(snapshot, id_or_slug, as_of=moment.as_of, known_at=moment.known_at, visible=self.visible)
        if row is None:
            self._check_unlisted_client(snapshot, id_or_slug)
            raise UnknownClient
        snapshot.stopped.check(row.id)
        return row

    def engagement(self, snapshot: Snapshot, engagement_id: UUID, moment: Moment) -> EngagementRow:
        """An engagement of a visible client. Raises `UnknownEngagement` for others, and `UnreadableEvent`."""
        row = find_engagement(
            snapshot, engagement_id, as_of=moment.as_of, known_at=moment.known_at, visible=self.visible
        )
        if row is None:
            self._check_unlisted_engagement(snapshot, engagement_id)
            raise UnknownEngagement
        snapshot.stopped.check(row.id)
        snapshot.stopped.check(row.client)
        return row

    def _check_unlisted_client(self, snapshot: Snapshot, id_or_slug: str) -> None:
        """Raise `UnreadableEvent` for a visible client that is missing because its first event cannot be read."""
        if snapshot.stopped.by_stream:
            client = self.context.client_id(id_or_slug)
            if self.caller.sees(client):
                snapshot.stopped.check(client)

    def _check_unlisted_engagement(self, snapshot: Snapshot, engagement_id: UUID) -> None:
        """The same for an engagement."""
        stopped = snapshot.stopped.by_stream.get(engagement_id)
        if stopped is not None and (self.visible is None or stopped.client in self.visible):
            raise stopped.fault

    def visible_people(self, people: Collection[UUID]) -> frozenset[UUID]:
        """The given people who are mentioned at a visible client or were added by the caller."""
        mentioned = self.people()
        if mentioned is None:
            return frozenset(people)
        others = set(people) - mentioned
        if not others:
            return frozenset(people)
        with self.state() as connection:
            return frozenset(people) - (others - ids_made_by(connection, others, self.caller.id))


def query_for(role: Role, door: Door | None = None, *, whole: bool = False) -> Callable[..., Awaitable[QueryContext]]:
    """A dependency for queries that require a role."""

    authorization = Depends(needs(role, door, whole=whole))

    async def query_context(
        context: AppContextDep,
        after_position: Annotated[
            int | None, Query(ge=0, le=MOST_POSITION, description="Wait until this position of the log can be read.")
        ] = None,
        seatline_after: Annotated[
            int | None, Header(ge=0, le=MOST_POSITION, description="The same as `after_position`.")
        ] = None,
        caller: Caller = authorization,
    ) -> QueryContext:
        positions = [position for position in (after_position, seatline_after) if position is not None]
        return QueryContext(context, caller, max(positions, default=None))

    return query_context


def check_not_in_future(context: AppContext, **instants: datetime | None) -> None:
    """Raise `Problem` 422 for instants in the future, whose knowledge would still change.

    If the clock was set back, the newest event or threshold may be ahead of it; instants up to that are accepted.
    """
    later = [name for name, instant in instants.items() if instant is not None and instant > context.now()]
    if not later:
        return
    with context.views.reading(None) as snapshot:
        recorded = [context.views.known_at(snapshot), context.thresholds.recorded_at]
    newest = max(filter(None, recorded), default=None)
    for name in later:
        instant = instants[name]
        if newest is None or (instant is not None and instant > newest):
            raise invalid((name, "must not be in the future"))


async def moment(
    context: AppContextDep,
    as_of: Annotated[Day | None, Query(description="The state on this day; defaults to today.")] = None,
    known_at: Annotated[
        Instant | None, Query(description="What had been recorded by this instant; defaults to now.")
    ] = None,
) -> Moment:
    """A dependency that reads `as_of` and `known_at`."""
    if known_at is not None and known_at > context.now():
        await run_in_threadpool(check_not_in_future, context, known_at=known_at)
    return Moment(as_of or context.today(), known_at)


ViewerQuery = Annotated[QueryContext, Depends(query_for(Role.VIEWER))]
OwnAccountQuery = Annotated[QueryContext, Depends(query_for(Role.VIEWER, Door.SESSION))]
"""For the caller's own account. Browser sessions only."""
AdminQuery = Annotated[QueryContext, Depends(query_for(Role.ADMIN))]
FirmAdminQuery = Annotated[QueryContext, Depends(query_for(Role.ADMIN, whole=True))]
"""For firm-wide data. Requires an admin of all clients."""
At = Annotated[Moment, Depends(moment)]
