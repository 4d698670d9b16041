"""The clients and engagements that one command works on: fetched on demand, saved together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.domain import Aggregate

from domain.client import Client, Slug, slug_from, slug_id
from domain.cross_checks import TakenOn, check_advice_elsewhere
from domain.decisions import Bounds, Decision, Log, Logged, Request
from domain.engagement import Engagement
from domain.errors import RecordUnreadable, Refusal, SlugTaken, Unknown, UnknownClient, UnknownEngagement
from domain.hours_across import EngagementsWithHours, HoursAcrossEngagements, HoursElsewhere
from domain.timeline import Timeline

A = TypeVar("A", bound=Aggregate)


class VersionConflict(Refusal):
    """The stream's version is not the one the caller expected."""

    def __init__(self, version: int) -> None:
        """`version` is the stream's actual version."""
        super().__init__(f"The current version is {version}.")
        self.version = version


class UnitOfWork:
    """The clients and engagements of one command. A refused command leaves all of them unchanged."""

    def __init__(self, fetch: Callable[[UUID], Aggregate], today: date | None = None, *, may_read: bool = True) -> None:
        """`fetch` reads an aggregate from the log or raises `AggregateNotFoundError`; `today` is the firm's date.

        Without a date, nothing is refused for being in the future. `may_read` is false for a command that must be
        decided without reading from a store.
        """
        self.may_read = may_read
        self._fetch = fetch
        self._hours: HoursAcrossEngagements | None = None
        self._today = today
        self._aggregates: dict[UUID, Aggregate] = {}
        self._deferred: dict[UUID, dict[UUID, Bounds]] | None = None

    @property
    def aggregates(self) -> Sequence[Aggregate]:
        """The aggregates fetched or created, in order."""
        return tuple(self._aggregates.values())

    def defer_bounds(self) -> None:
        """Discard all aggregates, and allow engagements to overlap until `settle_bounds` is called."""
        self._aggregates, self._deferred = {}, {}
        if self._hours is not None:
            self.bound_hours(self._hours.find)

    def bound_hours(self, find: EngagementsWithHours) -> None:
        """Bound the hours that a person reports in a month in all engagements that `find` returns.

        The others are read, not written: two commands that report hours in different engagements at the same time may
        together exceed the bound. The next report of that month is then refused.
        """
        self._hours = HoursAcrossEngagements(find, self._hours_elsewhere)

    @property
    def deferred_bounds(self) -> Mapping[UUID, Mapping[UUID, Bounds]]:
        """The bounds still to be checked, by client and engagement."""
        return self._deferred or {}

    def is_free(self, aggregate_id: UUID) -> bool:
        """Whether nothing is recorded under an id."""
        try:
            self._find(aggregate_id, Aggregate, UnknownClient)
        except UnknownClient:
            return True
        except RecordUnreadable:
            return False
        return False

    def settle_bounds(self, *, recorded_by: UUID) -> None:
        """Check and record the deferred bounds. Raises the refusal of the first overlap."""
        for client_id, bounds in self.deferred_bounds.items():
            if bounds:
                self.client(client_id).bound_all(bounds, recorded_by=recorded_by)
        self._deferred = None

    def client(self, client_id: UUID) -> Client:
        """A client. Raises `UnknownClient`, also if it is retracted."""
        client = self._find(client_id, Client, UnknownClient)
        if client.is_retracted:
            raise UnknownClient
        return client

    def engagement(self, engagement_id: UUID, *, expected_version: int | None = None) -> Engagement:
        """An engagement. Raises `UnknownEngagement` (also if it is retracted) and `VersionConflict`."""
        engagement = self._find(engagement_id, Engagement, UnknownEngagement)
        if engagement.is_retracted:
            raise UnknownEngagement
        check_version(engagement, expected_version)
        return engagement

    def register_client(
        self,
        client_id: UUID,
        name: str,
        slug: str | None,
        profile: Mapping[str, object],
        fiscal_year_start_month: int | None,
        *,
        recorded_by: UUID,
        latin_name: str | None = None,
    ) -> Client:
        """Register a client under a unique slug; a requested slug that is taken is refused (`SlugTaken`).

        Without a `slug`, one is derived from `latin_name` (the name in Latin letters) or else from the name.
        """
        if slug is None:
            slug = self._free_slug(slug_from(latin_name or name))
        elif self._is_taken(slug):
            raise SlugTaken(f"Another client has the slug {slug!r}.")
        client = Client.register(client_id, name, slug, profile, fiscal_year_start_month, recorded_by=recorded_by)
        taken = Slug.take(slug, client_id, recorded_by=recorded_by)
        self._aggregates[taken.id] = taken
        self._aggregates[client_id] = client
        return client

    def open_engagement(
        self,
        engagement_id: UUID,
        client_id: UUID,
        opening: Log,
        further: Sequence[Log] = (),
        *,
        recorded_by: UUID,
        expected_version: int | None = None,
    ) -> Engagement:
        """Open an engagement of a client, with any further milestones recorded with it.

        It must not overlap another engagement of the client. `expected_version` is the client's.
        """
        client = self.client(client_id)
        check_version(client, expected_version)
        engagement = Engagement.open(
            engagement_id,
            client_id,
            opening,
            further,
            recorded_by=recorded_by,
            today=self._today,
            taken_on=self._assessments_but_of(engagement_id, client_id),
        )
        if self._hours is not None and further:
            logged = [Logged(engagement.standing.milestones[request.milestone]) for request in (opening, *further)]
            self._hours.check(engagement_id, None, engagement.standing.timeline(), logged)
        self._bound(client, engagement_id, engagement.bounds, recorded_by)
        self._aggregates[engagement_id] = engagement
        return engagement

    def change(
        self,
        engagement_id: UUID,
        requests: Sequence[Request],
        *,
        recorded_by: UUID,
        reason: str | None = None,
        expected_version: int | None = None,
    ) -> Engagement:
        """Log, correct and retract milestones together, checked against the client's other engagements."""
        engagement = self.engagement(engagement_id, expected_version=expected_version)
        before = engagement.bounds
        decision = self._decide(engagement, requests)
        after = Bounds(decision.timeline.opened_on, decision.timeline.closed_on)
        if after != before:
            self._bound(self.client(engagement.client), engagement_id, after, recorded_by)
            # The client's event goes first, so that the engagement's event has the last position.
            self._aggregates[engagement_id] = self._aggregates.pop(engagement_id)
        engagement.record(decision, reason=reason, recorded_by=recorded_by)
        return engagement

    def retract_engagement(self, engagement_id: UUID, reason: str, *, recorded_by: UUID) -> Engagement:
        """Retract a whole engagement; its days become free."""
        engagement = self.engagement(engagement_id)
        self._check_advice_of_others(engagement, dict.fromkeys(engagement.assessments))
        engagement.retract(reason, recorded_by=recorded_by)
        client = self.client(engagement.client)
        if self._deferred is not None:
            self._deferred.get(client.id, {}).pop(engagement_id, None)
        if engagement_id in client.engagements:
            client.retract_engagement(engagement_id, recorded_by=recorded_by)
        return engagement

    def retract_client(self, client_id: UUID, reason: str, *, recorded_by: UUID) -> Client:
        """Retract a client that has no engagements. Its slug stays taken, so that it never refers to another client."""
        client = self.client(client_id)
        client.retract(reason, recorded_by=recorded_by, engagements=set(self.deferred_bounds.get(client_id, ())))
        return client

    def preview(self, engagement_id: UUID, requests: Sequence[Request]) -> tuple[Timeline, Timeline]:
        """The timeline before and after. Raises what `change` would raise; changes nothing."""
        engagement = self.engagement(engagement_id)
        after = self._decide(engagement, requests).timeline
        self.client(engagement.client).check_bounds(engagement_id, Bounds(after.opened_on, after.closed_on))
        return engagement.standing.timeline(), after

    def _bound(self, client: Client, engagement: UUID, bounds: Bounds, recorded_by: UUID) -> None:
        if self._deferred is None:
            client.bound(engagement, bounds, recorded_by=recorded_by)
        else:
            self._deferred.setdefault(client.id, {})[engagement] = bounds

    def _decide(self, engagement: Engagement, requests: Sequence[Request]) -> Decision:
        """Decide requests, with access to the assessments of the client's other engagements."""
        taken_on = self._assessments_but_of(engagement.id, engagement.client)
        decision = engagement.decide(requests, today=self._today, taken_on=taken_on)
        self._check_advice_of_others(engagement, decision.moved_assessments(engagement.standing))
        if self._hours is not None:
            self._hours.check(engagement.id, engagement.standing.timeline, decision.timeline, decision.changes)
        return decision

    def _hours_elsewhere(self, engagement_id: UUID) -> HoursElsewhere | None:
        try:
            engagement = self.engagement(engagement_id)
            client = self.client(engagement.client)
        except (Unknown, RecordUnreadable):  # what cannot be read at one client must not stop the others
            return None
        return HoursElsewhere(client.name, engagement.standing)

    def _assessments_but_of(self, engagement: UUID, client: UUID) -> TakenOn:
        """Returns a lookup of assessments in the client's other engagements."""

        def taken_on(assessment: UUID) -> date | None:
            days = (other.assessments.get(assessment) for other in self._others(engagement, client))
            return next((day for day in days if day is not None), None)

        return taken_on

    def _check_advice_of_others(self, engagement: Engagement, moved: Mapping[UUID, date | None]) -> None:
        """Refuse to move or remove an assessment that another engagement's milestones refer to."""
        if moved:
            for other in self._others(engagement.id, engagement.client):
                check_advice_elsewhere(other.standing.milestones.values(), moved)

    def _others(self, engagement: UUID, client: UUID) -> Iterator[Engagement]:
        engagements = {**self.client(client).engagements, **(self._deferred or {}).get(client, {})}
        return (self.engagement(other) for other in engagements if other != engagement)

    def _find(self, aggregate_id: UUID, kind: type[A], unknown: type[Refusal]) -> A:
        aggregate = self._aggregates.get(aggregate_id)
        if aggregate is None:
            try:
                aggregate = self._fetch(aggregate_id)
            except AggregateNotFoundError:
                raise unknown from None
            self._aggregates[aggregate_id] = aggregate
        if not isinstance(aggregate, kind):
            raise unknown
        return aggregate

    def _is_taken(self, slug: str) -> bool:
        try:
            self._find(slug_id(slug), Slug, SlugTaken)
        except SlugTaken:
            return False
        except RecordUnreadable:
            return True
        return True

    def _free_slug(self, preferred: str) -> str:
        slug, number = preferred, 1
        while self._is_taken(slug):
            number += 1
            slug = f"{preferred}-{number}"
        return slug


def check_version(aggregate: Aggregate, expected: int | None) -> None:
    """Refuse (`VersionConflict`) an unexpected version; `expected` None accepts any."""
    if expected is not None and aggregate.version != expected:
        raise VersionConflict(aggregate.version)
