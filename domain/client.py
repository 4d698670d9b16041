"""The client aggregate: a company the firm serves, its profile over time, and the dates of its engagements."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from domain.decisions import Bounds, check_reason
from domain.errors import (
    ClientHasEngagements,
    EngagementsOverlap,
    EngagementStillOpen,
    InvalidField,
    NothingToChange,
    UnknownClient,
)
from domain.field_checks import check_date
from domain.precision import day_words
from domain.profile import check_profile
from domain.text import fold
from domain.validation import check_name

_SLUGS = UUID("5d4f0f3e-6a86-5a4e-9a3e-0b8f6d3a7c11")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 80


class Client(Aggregate):
    """A client with its profile over time. Ensures that its engagements do not overlap.

    It is saved together with any engagement whose first day or close changes.
    """

    TOPIC = "client"

    class Event(Aggregate.Event):
        """An event of a client. The log sets `timestamp` (UTC) at commit."""

        recorded_by: UUID

        @property
        def recorded_at(self) -> datetime:
            """The instant of recording (UTC, microseconds), strictly increasing over the whole log."""
            return self.timestamp

    class Created(Event, Aggregate.Created):
        """The client was registered. Its first profile applies from the beginning of time."""

        TOPIC = "client.registered"
        name: str
        slug: str
        profile: Mapping[str, object]
        fiscal_year_start_month: int | None

    class ProfileChanged(Event):
        """The profile changed on a date: the listed fields, and the name if set."""

        TOPIC = "client.profile_changed"
        effective_on: date
        name: str | None
        profile: Mapping[str, object]

    class EngagementBounded(Event):
        """The first and closing day of one of the client's engagements were set."""

        TOPIC = "client.engagement_bounded"
        engagement: UUID
        started_on: date
        closed_on: date | None

    class EngagementRetracted(Event):
        """An engagement was retracted: its days are free again."""

        TOPIC = "client.engagement_retracted"
        engagement: UUID

    class ClientRetracted(Event):
        """The client was retracted: it never existed."""

        TOPIC = "client.retracted"
        reason: str

    def __init__(self, name: str, slug: str) -> None:
        """Initialise from the first event."""
        self.name = name
        self.slug = slug
        self.engagements: dict[UUID, Bounds] = {}
        self.is_retracted = False

    @classmethod
    def register(
        cls,
        client_id: UUID,
        name: str,
        slug: str,
        profile: Mapping[str, object],
        fiscal_year_start_month: int | None,
        *,
        recorded_by: UUID,
    ) -> Client:
        """Register a client. `fiscal_year_start_month` is 1 to 12; null uses the firm's."""
        check_name("name", name)
        if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
            raise InvalidField("slug", "must be lower-case letters and digits, in words joined by hyphens")
        if is_uuid(slug):
            raise InvalidField("slug", "must not look like an id")
        if fiscal_year_start_month is not None and not 1 <= fiscal_year_start_month <= 12:
            raise InvalidField("fiscal_year_start_month", "must be a month from 1 to 12")
        return cls._create(
            cls.Created,
            id=client_id,
            name=name,
            slug=slug,
            profile=check_profile(profile),
            fiscal_year_start_month=fiscal_year_start_month,
            recorded_by=recorded_by,
        )

    def change_profile(
        self, effective_on: date, name: str | None, profile: Mapping[str, object], *, recorded_by: UUID
    ) -> None:
        """Set profile fields from `effective_on`; a null value clears the field."""
        check_date("effective_on", effective_on)
        if name is None and not profile:
            raise NothingToChange("A profile change names at least one field.")
        if name is not None:
            check_name("name", name)
        self._change_profile(effective_on, name, check_profile(profile), recorded_by)

    def check_bounds(self, engagement: UUID, bounds: Bounds) -> None:
        """Refuse bounds that overlap another engagement of the client."""
        for other_id, other in self.engagements.items():
            if other_id != engagement and overlap(other, bounds):
                raise overlap_refusal(bounds, other, is_new=engagement not in self.engagements)

    def bound(self, engagement: UUID, bounds: Bounds, *, recorded_by: UUID) -> None:
        """Record an engagement's bounds if they changed."""
        self.bound_all({engagement: bounds}, recorded_by=recorded_by)

    def bound_all(self, bounds: Mapping[UUID, Bounds], *, recorded_by: UUID) -> None:
        """Record the bounds of several engagements; overlaps are checked with all of them applied."""
        after = {**self.engagements, **bounds}
        for engagement, new in bounds.items():
            for other_id, other in after.items():
                if other_id != engagement and overlap(other, new):
                    raise overlap_refusal(new, other, is_new=engagement not in self.engagements)
        for engagement, new in bounds.items():
            if self.engagements.get(engagement) != new:
                self._bound(engagement, new.started_on, new.closed_on, recorded_by)

    def retract_engagement(self, engagement: UUID, *, recorded_by: UUID) -> None:
        """Free the days of a retracted engagement."""
        self._retract_engagement(engagement, recorded_by)

    def retract(self, reason: str, *, recorded_by: UUID, engagements: Collection[UUID] = ()) -> None:
        """Retract the client: it never existed. Refused while it has engagements.

        `engagements` are those that are not bounded yet.
        """
        if self.is_retracted:
            raise UnknownClient
        if number := len({*self.engagements, *engagements}):
            raise ClientHasEngagements(
                "The client has one engagement; retract it first."
                if number == 1
                else f"The client has {number} engagements; retract them first."
            )
        self._retract(check_reason(reason), recorded_by)

    @event(ProfileChanged)
    def _change_profile(
        self, effective_on: date, name: str | None, profile: Mapping[str, object], recorded_by: UUID
    ) -> None:
        pass

    @event(EngagementBounded)
    def _bound(self, engagement: UUID, started_on: date, closed_on: date | None, recorded_by: UUID) -> None:
        self.engagements = {**self.engagements, engagement: Bounds(started_on, closed_on)}

    @event(EngagementRetracted)
    def _retract_engagement(self, engagement: UUID, recorded_by: UUID) -> None:
        self.engagements = {e: bounds for e, bounds in self.engagements.items() if e != engagement}

    @event(ClientRetracted)
    def _retract(self, reason: str, recorded_by: UUID) -> None:
        self.is_retracted = True


class Slug(Aggregate):
    """A slug in use. Its id is derived from its text, so the log allows only one client to have it."""

    TOPIC = "slug"

    class Created(Aggregate.Created):
        """A client took the slug."""

        TOPIC = "slug.taken"
        client: UUID
        recorded_by: UUID

    def __init__(self, client: UUID) -> None:
        """Initialise from the only event."""
        self.client = client

    @classmethod
    def take(cls, slug: str, client: UUID, *, recorded_by: UUID) -> Slug:
        """Take a slug for a client."""
        return cls._create(cls.Created, id=slug_id(slug), client=client, recorded_by=recorded_by)


def slug_id(slug: str) -> UUID:
    """The stream id of a slug."""
    return uuid5(_SLUGS, slug)


def slug_from(name: str) -> str:
    """Make a slug from a name: lower-case letters and digits, words joined by hyphens; `client` if none remain."""
    slug = "-".join(re.findall(r"[a-z0-9]+", fold(name)))[: LONGEST_SLUG - 6].strip("-")
    return f"client-{slug}" if is_uuid(slug) else slug or "client"


def is_uuid(text: str) -> bool:
    """Whether a text parses as a UUID."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def overlap(one: Bounds, other: Bounds) -> bool:
    """Whether two engagements overlap. One may open on the day the other closes."""
    first, second = sorted((one, other), key=lambda b: (b.started_on, b.closed_on or date.max))
    return first.closed_on is None or second.started_on < first.closed_on


def overlap_refusal(bounds: Bounds, other: Bounds, *, is_new: bool) -> EngagementStillOpen | EngagementsOverlap:
    """The refusal for bounds that overlap another engagement; `is_new`: the engagement is not recorded yet."""
    is_second_open = bounds.closed_on is None or other.started_on <= bounds.started_on
    if other.closed_on is None and is_new and is_second_open:
        return EngagementStillOpen(f"The engagement that started on {day_words(other.started_on)} is still open.")
    until = f"until {day_words(other.closed_on)}" if other.closed_on else "and is still open"
    return EngagementsOverlap(f"Another engagement runs from {day_words(other.started_on)} {until}.")
