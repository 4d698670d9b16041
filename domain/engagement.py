"""The engagement aggregate: the firm's work with one client under one engagement letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from domain.cross_checks import TakenOn, assessments_of, no_assessment
from domain.decisions import (
    Bounds,
    Change,
    Corrected,
    Decision,
    Log,
    Logged,
    Request,
    Retracted,
    Standing,
    check_reason,
    decide,
)
from domain.errors import InvalidField, UnknownEngagement
from domain.kinds.engagement import Opened


class Engagement(Aggregate):
    """Decides changes to its milestones against the whole timeline, and records them."""

    TOPIC = "engagement"

    class Event(Aggregate.Event):
        """An event of an engagement. The log sets `timestamp` (UTC) at commit."""

        recorded_by: UUID

        @property
        def recorded_at(self) -> datetime:
            """The instant of recording (UTC, microseconds), strictly increasing over the whole log."""
            return self.timestamp

        @property
        def changes(self) -> tuple[Change, ...]:
            """The changes that the event records, in order."""
            return ()

    class Created(Event, Aggregate.Created):
        """The engagement was opened."""

        TOPIC = "engagement.opened"
        client: UUID
        logged: Logged

        @property
        def changes(self) -> tuple[Change, ...]:
            """The opening."""
            return (self.logged,)

    class OpenedWithMilestones(Created):
        """The engagement was opened together with further milestones, possibly including its close."""

        TOPIC = "engagement.opened_with_milestones"
        further: tuple[Logged, ...]

        @property
        def changes(self) -> tuple[Change, ...]:
            """The opening, then the other milestones in request order."""
            return (self.logged, *self.further)

    class MilestoneLogged(Event):
        """A milestone was logged."""

        TOPIC = "engagement.milestone_logged"
        logged: Logged

        @property
        def changes(self) -> tuple[Change, ...]:
            """The logged milestone."""
            return (self.logged,)

    class MilestoneCorrected(Event):
        """A milestone was corrected."""

        TOPIC = "engagement.milestone_corrected"
        corrected: Corrected

        @property
        def changes(self) -> tuple[Change, ...]:
            """The correction."""
            return (self.corrected,)

    class MilestoneRetracted(Event):
        """A milestone was retracted."""

        TOPIC = "engagement.milestone_retracted"
        retracted: Retracted

        @property
        def changes(self) -> tuple[Change, ...]:
            """The retraction."""
            return (self.retracted,)

    class MilestonesChanged(Event):
        """Several interdependent changes were made at one instant."""

        TOPIC = "engagement.milestones_changed"
        made: tuple[Change, ...]
        reason: str | None

        @property
        def changes(self) -> tuple[Change, ...]:
            """All changes, in order."""
            return self.made

    class EngagementRetracted(Event):
        """The whole engagement was retracted: it never existed."""

        TOPIC = "engagement.retracted"
        reason: str

    def __init__(self, client: UUID, logged: Logged, further: tuple[Logged, ...] = ()) -> None:
        """Initialise from the first event."""
        self.client = client
        self.standing = Standing().after((logged, *further))
        self.is_retracted = False

    @classmethod
    def open(
        cls,
        engagement_id: UUID,
        client: UUID,
        opening: Log,
        further: Sequence[Log] = (),
        *,
        recorded_by: UUID,
        today: date | None = None,
        taken_on: TakenOn = no_assessment,
    ) -> Engagement:
        """Open an engagement; `opening` logs its first milestone, `opened`, on the day it starts.

        `further` milestones are checked together with it and recorded in the same event. A refusal names the first one
        that does not fit. `today` and `taken_on` are those of `domain.decisions.decide`.
        """
        if not isinstance(opening.details, Opened):
            raise InvalidField("kind", "an engagement begins with being opened")
        logged, *others = decide(Standing(), (opening, *further), today=today, taken_on=taken_on).changes
        if not others:
            return cls._create(cls.Created, id=engagement_id, client=client, logged=logged, recorded_by=recorded_by)
        return cls._create(
            cls.OpenedWithMilestones,
            id=engagement_id,
            client=client,
            logged=logged,
            further=tuple(others),
            recorded_by=recorded_by,
        )

    @property
    def bounds(self) -> Bounds:
        """The engagement's first and closing day."""
        return self.standing.bounds()

    @property
    def assessments(self) -> Mapping[UUID, date]:
        """The current assessments with the days on which they were taken."""
        if self.is_retracted:
            return {}
        return assessments_of(self.standing.milestones.values(), self.bounds.started_on)

    def decide(
        self, requests: Sequence[Request], *, today: date | None = None, taken_on: TakenOn = no_assessment
    ) -> Decision:
        """Decide what requests change, against the whole timeline. Raises a refusal; changes nothing.

        `today` and `taken_on` are those of `domain.decisions.decide`.
        """
        self._check_stands()
        return decide(self.standing, requests, today=today, taken_on=taken_on)

    def record(self, decision: Decision, *, reason: str | None, recorded_by: UUID) -> None:
        """Record a decision as one event."""
        match decision.changes:
            case (Logged() as logged,) if reason is None:
                self._log(logged, recorded_by)
            case (Corrected() as corrected,) if reason is None:
                self._correct(corrected, recorded_by)
            case (Retracted() as retracted,) if reason is None:
                self._retract(retracted, recorded_by)
            case changes:
                self._change(changes, reason, recorded_by)

    def retract(self, reason: str, *, recorded_by: UUID) -> None:
        """Retract the whole engagement: it never existed. An already retracted engagement is refused as unknown."""
        self._check_stands()
        self._retract_all(check_reason(reason), recorded_by)

    def _check_stands(self) -> None:
        if self.is_retracted:
            raise UnknownEngagement

    @event(MilestoneLogged)
    def _log(self, logged: Logged, recorded_by: UUID) -> None:
        self.standing = self.standing.after((logged,))

    @event(MilestoneCorrected)
    def _correct(self, corrected: Corrected, recorded_by: UUID) -> None:
        self.standing = self.standing.after((corrected,))

    @event(MilestoneRetracted)
    def _retract(self, retracted: Retracted, recorded_by: UUID) -> None:
        self.standing = self.standing.after((retracted,))

    @event(MilestonesChanged)
    def _change(self, made: tuple[Change, ...], reason: str | None, recorded_by: UUID) -> None:
        self.standing = self.standing.after(made)

    @event(EngagementRetracted)
    def _retract_all(self, reason: str, recorded_by: UUID) -> None:
        self.is_retracted = True
