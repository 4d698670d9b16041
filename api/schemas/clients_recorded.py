"""Schemas for clients and engagements as just recorded."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.schemas.clients import ProfileAnswer
from api.schemas.milestone_responses import MilestoneAnswer
from api.schemas.scalars import Answer, Day, Id, Instant


class ClientRecorded(Answer):
    """A client as just registered."""

    id: Id
    slug: str
    name: str
    fiscal_year_start_month: int | None
    profile: ProfileAnswer
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int


class ProfileChangeRecorded(Answer):
    """A profile change as just recorded."""

    client: Id
    effective_on: Day
    name: str | None
    profile: dict[str, Any]
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int


class EngagementRecorded(Answer):
    """An engagement as just opened, with its first milestone."""

    id: Id
    client: Id
    name: str
    started_on: Day
    practice_lead: Id | None
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int
    milestone: MilestoneAnswer
    milestones: list[MilestoneAnswer] = Field(description="The milestones logged with it, in request order.")


class EngagementRetracted(Answer):
    """An engagement as just retracted."""

    engagement: Id
    client: Id
    reason: str
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int


class ClientRetracted(Answer):
    """A client as just retracted."""

    client: Id
    reason: str
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int
