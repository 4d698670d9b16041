"""An event of every class and a milestone of every kind, whose JSON lies in `tests/golden`.

The files are what the program wrote when that version was new. They are never changed: a new version of an event gets
a file of its own (`….v2.json`) beside the old one, and both must read as the event that is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from eventsourcing.utils import get_topic

from domain.areas import DecisionOwner, Resolver
from domain.client import Client, Slug
from domain.decisions import Corrected, Logged, Retracted
from domain.engagement import Engagement
from domain.kinds.agreements import (
    AdviceDeclined,
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SignCleared,
    SignObserved,
    SpendingLimitSet,
)
from domain.kinds.engagement import AssessmentTaken, Closed, Opened, Paused, RenewalSet, Resumed
from domain.kinds.seats import (
    HandedOver,
    HatAdded,
    MergedToOneRole,
    SeatFilled,
    SeatVacated,
    SplitToTwoRoles,
    StructureChosen,
    TermsChanged,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import KEEP, Details, Kind, Milestone, Precision
from domain.seats import (
    BOTH,
    Commitment,
    Function,
    Hours,
    Money,
    Provider,
    ReportsTo,
    SeatTerms,
    SeatWithFunctions,
)
from projections.log import Event
from projections.log.payloads import AGGREGATES

ADA, BO, CY = UUID(int=0xA), UUID(int=0xB), UUID(int=0xC)
STREAM, CLIENT, MILESTONE = UUID(int=1), UUID(int=2), UUID(int=3)
RECORDED_AT = datetime(2026, 3, 4, 5, 6, 7, 80, tzinfo=UTC)
FEE = Money(Decimal("9500.00"), "EUR")

DETAILS: Mapping[Kind, Details] = {
    details.kind: details
    for details in (
        Opened("CTO and CAIO", ADA),
        AssessmentTaken(
            {"company": {"ai_spend": None, "headcount": 140}, "signals": ["model_risk"]}, ADA, {"rule": {"version": 1}}
        ),
        StructureChosen(
            (
                SeatWithFunctions(
                    BOTH,
                    ADA,
                    Commitment.FRACTIONAL,
                    Provider.FIRM,
                    interim=True,
                    reports_to=ReportsTo.CEO,
                    hours_per_month=Hours(Decimal("20.0"), Decimal(12)),
                    monthly_fee=FEE,
                ),
            ),
            rationale="Zu früh für zwei: noch.",
            assessment=MILESTONE,
        ),
        SplitToTwoRoles(
            SeatTerms(ADA, Commitment.FRACTIONAL, Provider.FIRM, hours_per_month=Hours(technology=Decimal("20.5"))),
            SeatTerms(BO, Commitment.FULL_TIME, Provider.CLIENT, reports_to=ReportsTo.CTO),
        ),
        MergedToOneRole(SeatTerms(CY, Commitment.FULL_TIME, Provider.CLIENT)),
        TransitionedToFullTime((Function.TECHNOLOGY,), BO, reports_to=KEEP, monthly_fee=FEE),
        TransitionedToFractional((Function.AI,), BO, interim=True, reports_to=None),
        HatAdded(Function.AI, ReportsTo.BOARD, Hours(ai=Decimal(8))),
        HandedOver(BOTH, CY, interim=True),
        SeatFilled(SeatWithFunctions((Function.AI,), CY, Commitment.FRACTIONAL, Provider.FIRM)),
        SeatVacated((Function.AI,), "Left."),
        TermsChanged((Function.TECHNOLOGY,), hours_per_month=None, monthly_fee=KEEP, reports_to=ReportsTo.OTHER),
        DecisionRightAssigned("mlops", DecisionOwner.JOINT, Money(Decimal("25000"), "USD")),
        DeliverableIssued("model_registry", Function.AI),
        HoursReported("2026-02", Function.TECHNOLOGY, Decimal("17.25")),
        AlignmentHeld((ADA, BO), ("Roadmap", "Hiring")),
        ConflictRaised("c-1", "Who buys the GPUs"),
        ConflictResolvedBy("c-1", Resolver.CEO),
        InitiativeStarted("support-bot"),
        InitiativeLive("support-bot"),
        OutcomeMeasured("support-bot", "deflection", Decimal("0.31"), "share", Decimal("0.10")),
        SignObserved("shadow_ai", "Three teams pay for their own models."),
        SignCleared("shadow_ai", None),
        AdviceDeclined(MILESTONE, "No budget for a second seat."),
        RenewalSet(date(2027, 1, 31), date(2026, 11, 30)),
        SpendingLimitSet(Function.AI, Money(Decimal("5000.00"), "EUR")),
        Paused("Funding"),
        Resumed(None),
        Closed("completed", "The client hired."),
    )
}


def milestone(details: Details, **fields: Any) -> Milestone:
    return Milestone(MILESTONE, 4, date(2026, 1, 1), details, **fields)


def event(kind: Callable[..., Event], **fields: Any) -> Event:
    """An event of a class, with the attributes that every event has."""
    first = AGGREGATES.get(kind)  # type: ignore[call-overload]
    if first is not None:
        fields |= {"originator_topic": get_topic(first)}
    version = 2 if first is None else 1
    return kind(originator_id=STREAM, originator_version=version, timestamp=RECORDED_AT, recorded_by=ADA, **fields)


FULL = milestone(
    Paused(None),
    precision=Precision.QUARTER,
    note="Told \N{EM DASH} by phone\n",
    links=("https://example.org/minutes?id=1",),
    reported_on=date(2026, 2, 3),
)

EVENTS: Mapping[str, Event] = {
    "engagement.opened": event(
        Engagement.Created, client=CLIENT, logged=Logged(milestone(Opened("First letter", None)))
    ),
    "engagement.opened_with_milestones": event(
        Engagement.OpenedWithMilestones,
        client=CLIENT,
        logged=Logged(milestone(Opened("First letter", ADA))),
        further=(Logged(FULL), Logged(milestone(Closed("completed", None)))),
    ),
    "engagement.retracted": event(Engagement.EngagementRetracted, reason="Opened at the wrong client."),
    "engagement.milestone_logged": event(Engagement.MilestoneLogged, logged=Logged(FULL)),
    "engagement.milestone_corrected": event(
        Engagement.MilestoneCorrected, corrected=Corrected(milestone(Resumed("Paid")), "The month was wrong.")
    ),
    "engagement.milestone_retracted": event(
        Engagement.MilestoneRetracted, retracted=Retracted(MILESTONE, "Another client.", ("https://example.org/",))
    ),
    "engagement.milestones_changed": event(
        Engagement.MilestonesChanged,
        made=(
            Logged(FULL),
            Corrected(milestone(Resumed(None)), "A week later."),
            Retracted(UUID(int=9), "It never happened."),
        ),
        reason="The split was in April.",
    ),
    "client.registered": event(
        Client.Created,
        name="Äcme & Söhne",
        slug="acme",
        profile={"headcount": 140, "ai_spend": {"amount": "1200000.00", "currency": "EUR"}, "regulated": None},
        fiscal_year_start_month=4,
    ),
    "client.profile_changed": event(
        Client.ProfileChanged, effective_on=date(2026, 2, 1), name=None, profile={"regulated": True}
    ),
    "client.engagement_bounded": event(
        Client.EngagementBounded, engagement=STREAM, started_on=date(2024, 1, 15), closed_on=None
    ),
    "client.engagement_retracted": event(Client.EngagementRetracted, engagement=STREAM),
    "client.retracted": event(Client.ClientRetracted, reason="Registered twice."),
    "slug.taken": event(Slug.Created, client=CLIENT),
    **{
        f"milestone.{kind}": event(Engagement.MilestoneLogged, logged=Logged(milestone(details)))
        for kind, details in DETAILS.items()
    },
}
