"""What a client's page says of the renewal and of spending limits: the newest of each counts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from domain.milestones import Kind, Precision
from projections.milestone_versions import MilestoneVersion, RecordingKind
from web.pages.clients.client_facts import agreed_pairs

HERE, ELSEWHERE = UUID(int=1), UUID(int=2)


def on(day: date, kind: Kind, engagement: UUID = HERE, **details: Any) -> MilestoneVersion:
    return MilestoneVersion(
        id=HERE,
        engagement=engagement,
        client=HERE,
        kind=kind,
        effective_on=day,
        takes_effect_on=day,
        precision=Precision.DAY,
        order=1,
        details=details,
        note=None,
        links=(),
        reported_on=None,
        version=1,
        recording_kind=RecordingKind.LOGGED,
        reason=None,
        retraction_links=(),
        recorded_at=datetime(2026, 1, 2, tzinfo=UTC),
        recorded_by=HERE,
        engagement_version=1,
        position=1,
    )


MILESTONES = (
    on(date(2025, 1, 1), Kind.RENEWAL_SET, renews_on="2026-01-01", notice_by="2025-11-30"),
    on(
        date(2025, 2, 1),
        Kind.SPENDING_LIMIT_SET,
        function="ai",
        limit={"amount": "5000.00", "currency": "USD"},
    ),
    on(date(2025, 3, 1), Kind.RENEWAL_SET, ELSEWHERE, renews_on="2030-01-01", notice_by=None),
    on(date(2025, 9, 1), Kind.RENEWAL_SET, renews_on="2027-01-01", notice_by=None),
)


def test_the_newest_renewal_of_the_open_engagement_counts() -> None:
    assert list(agreed_pairs(HERE, MILESTONES, date(2025, 1, 31))) == [
        ("Renews on", "1 Jan 2026, notice by 30 Nov 2025")
    ]
    assert list(agreed_pairs(HERE, MILESTONES, date(2025, 9, 1))) == [
        ("Renews on", "1 Jan 2027"),
        ("CAIO spending limit", "5,000 USD a month"),
    ]


def test_without_an_open_engagement_nothing_is_agreed() -> None:
    assert not list(agreed_pairs(None, MILESTONES, date(2026, 1, 1)))
