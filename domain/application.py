"""The use cases: fetch, tell, save. A desk holds what one use case has fetched until all of it is saved together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import IntegrityError, Recording

from domain.changes import Bounds, Decision, Log, Request
from domain.client import Client, Slug, slug_from, slug_id
from domain.cross_checks import TakenOn, check_advice_elsewhere
from domain.engagement import Engagement
from domain.errors import Refusal, SlugTaken, UnknownClient, UnknownEngagement
from domain.timeline import Timeline

R = TypeVar("R")
A = TypeVar("A", bound=Aggregate)

MOST_TRIES = 20
"""How often a use case that lost a race is decided anew before the caller is told to come back."""


class VersionConflict(Refusal):
    """The stream has another version than the caller expected."""

    def __init__(self, version: int) -> None:
        """`version` is the one the stream has."""
        super().__init__(f"The current version is {version}.")
        self.version = version


class TooBusy(Exception):  # noqa: N818  (a condition that passes, not an error in the program)
    """Other writers won every race; nothing was recorded, try again later."""


@dataclass(frozen=True, slots=True)
class Told(Generic[R]):
    """What a use case answered, and what was recorded of it: events with their positions in the whole log."""

    answer: R
    recordings: Sequence[Recording[UUID]]

    @property
    def position(self) -> int | None:
        """The place of the last recorded event in the whole log; null when nothing was recorded."""
        return self.recordings[-1].notification.id if self.recordings else None


class Desk:
    """The clients and engagements that one use case works on. A refused command leaves all of them as they were."""

    def __init__(self, fetch: Callable[[UUID], Aggregate], today: date | None = None) -> None:
        """`fetch` reads an aggregate from the log or raises `AggregateNotFoundError`; `today` is the firm's date.

        Without a date nothing is refused for lying ahead of it.
        """
        self._fetch = fetch
        self._today = today
        self._held: dict[UUID, Aggregate] = {}
        self._deferred: dict[UUID, dict[UUID, Bounds]] | None = None

    @property
    def held(self) -> Sequence[Aggregate]:
        """What was fetched or made, in that order."""
        return tuple(self._held.values())

    def defer_bounds(self) -> None:
        """Forget everything, and from now on let engagements overlap until `settle_bounds` is called."""
        self._held, self._deferred = {}, {}

    @property
    def deferred_bounds(self) -> Mapping[UUID, Mapping[UUID, Bounds]]:
        """The bounds that are still to be checked, by client and engagement."""
        return self._deferred or {}

    def settle_bounds(self, *, recorded_by: UUID) -> None:
        """Check the bounds that were deferred and record them. Raises the refusal of the first that overlaps."""
        for client_id, bounds in self.deferred_bounds.items():
            self.client(client_id).bound_all(bounds, recorded_by=recorded_by)
        self._deferred = None

    def client(self, client_id: UUID) -> Client:
        """A client; raises `UnknownClient`, also for one that is retracted."""
        client = self._find(client_id, Client, UnknownClient)
        if client.is_retracted:
            raise UnknownClient
        return client

    def engagement(self, engagement_id: UUID, *, expected_version: int | None = None) -> Engagement:
        """An engagement; raises `UnknownEngagement` (also for one that is retracted) and `VersionConflict`."""
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
        """Register a client under a slug of its own; one that is given and taken is refused (`SlugTaken`).

        Without a `slug` one is made from `latin_name`, the name in Latin letters, or from the name itself.
        """
        if slug is None:
            slug = self._free_slug(slug_from(latin_name or name))
        elif self._is_taken(slug):
            raise SlugTaken(f"Another client has the slug {slug!r}.")
        client = Client.register(client_id, name, slug, profile, fiscal_year_start_month, recorded_by=recorded_by)
        taken = Slug.take(slug, client_id, recorded_by=recorded_by)
        self._held[taken.id] = taken
        self._held[client_id] = client
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
        """Open an engagement of a client, with further milestones where these are told at once.

        It must not overlap with another engagement of the client. `expected_version` is the client's.
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
        self._bound(client, engagement_id, engagement.bounds, recorded_by)
        self._held[engagement_id] = engagement
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
        """Log, correct and retract milestones together, the client's other engagements in view."""
        engagement = self.engagement(engagement_id, expected_version=expected_version)
        before = engagement.bounds
        decision = self._decide(engagement, requests)
        after = Bounds(decision.timeline.opened_on, decision.timeline.closed_on)
        if after != before:
            self._bound(self.client(engagement.client), engagement_id, after, recorded_by)
            # The client's event goes first: the position of what was changed is then that of the last event.
            self._held[engagement_id] = self._held.pop(engagement_id)
        engagement.record(decision, reason=reason, recorded_by=recorded_by)
        return engagement

    def retract_engagement(self, engagement_id: UUID, reason: str, *, recorded_by: UUID) -> Engagement:
        """Retract an engagement as a whole: the client is free for another."""
        engagement = self.engagement(engagement_id)
        self._check_advice_of_others(engagement, dict.fromkeys(engagement.assessments))
        engagement.retract(reason, recorded_by=recorded_by)
        self.client(engagement.client).retract_engagement(engagement_id, recorded_by=recorded_by)
        return engagement

    def retract_client(self, client_id: UUID, reason: str, *, recorded_by: UUID) -> Client:
        """Retract a client none of whose engagements stands. Its slug stays taken, so that it never means another."""
        client = self.client(client_id)
        client.retract(reason, recorded_by=recorded_by)
        return client

    def preview(self, engagement_id: UUID, requests: Sequence[Request]) -> tuple[Timeline, Timeline]:
        """The timeline before and after; raises what `change` would raise, and changes nothing."""
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
        """What requests amount to; the assessments of the client's other engagements are in view."""
        taken_on = self._assessments_but_of(engagement.id, engagement.client)
        decision = engagement.decide(requests, today=self._today, taken_on=taken_on)
        self._check_advice_of_others(engagement, decision.moved_assessments(engagement.standing))
        return decision

    def _assessments_but_of(self, engagement: UUID, client: UUID) -> TakenOn:
        """Looks up the assessments of a client's other engagements."""

        def taken_on(assessment: UUID) -> date | None:
            days = (other.assessments.get(assessment) for other in self._others(engagement, client))
            return next((day for day in days if day is not None), None)

        return taken_on

    def _check_advice_of_others(self, engagement: Engagement, moved: Mapping[UUID, date | None]) -> None:
        """Refuse to move or to take back an assessment that milestones of another engagement name."""
        if moved:
            for other in self._others(engagement.id, engagement.client):
                check_advice_elsewhere(other.standing.milestones.values(), moved)

    def _others(self, engagement: UUID, client: UUID) -> Iterator[Engagement]:
        known = {**self.client(client).engagements, **(self._deferred or {}).get(client, {})}
        return (self.engagement(other) for other in known if other != engagement)

    def _find(self, aggregate_id: UUID, kind: type[A], unknown: type[Refusal]) -> A:
        found = self._held.get(aggregate_id)
        if found is None:
            try:
                found = self._fetch(aggregate_id)
            except AggregateNotFoundError:
                raise unknown from None
            self._held[aggregate_id] = found
        if not isinstance(found, kind):
            raise unknown
        return found

    def _is_taken(self, slug: str) -> bool:
        try:
            self._find(slug_id(slug), Slug, SlugTaken)
        except SlugTaken:
            return False
        return True

    def _free_slug(self, wanted: str) -> str:
        slug, number = wanted, 1
        while self._is_taken(slug):
            number += 1
            slug = f"{wanted}-{number}"
        return slug


class Engagements(Application[UUID]):
    """All clients and their engagements."""

    name = "seatline"
    most_tries = MOST_TRIES
    today: Callable[[], date | None] = staticmethod(lambda: None)
    """The firm's date. Without one nothing is refused for lying ahead of it."""

    def tell(self, use_case: Callable[[Desk], R], *, command: object = None) -> Told[R]:
        """Run a use case on a new desk and save everything it changed as a whole.

        When another writer was faster the use case is decided anew on what stands then. Raises the refusals of the
        use case, and `TooBusy` when every race was lost. `command` is handed to the log as it is.
        """
        for _ in range(self.most_tries):
            desk = Desk(self.repository.get, self.today())
            answer = use_case(desk)
            changed = [aggregate for aggregate in desk.held if aggregate.pending_events]
            if not changed:
                return Told(answer, ())
            try:
                return Told(answer, self.save(*changed, command=command))
            except IntegrityError:
                continue
        raise TooBusy

    def look(self, question: Callable[[Desk], R]) -> R:
        """Ask something of a desk whose changes are never saved."""
        return question(Desk(self.repository.get, self.today()))


def check_version(aggregate: Aggregate, expected: int | None) -> None:
    """Refuse (`VersionConflict`) when the caller expected another version; null expects nothing."""
    if expected is not None and aggregate.version != expected:
        raise VersionConflict(aggregate.version)
