"""The choices of a milestone form: holders of seats, open conflicts, signs and initiatives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from domain.kinds.agreements import ConflictRaised, SignObserved
from domain.kinds.engagement import AssessmentTaken
from domain.kinds.work import InitiativeLive, InitiativeStarted
from domain.milestones import Kind
from domain.seats import BOTH, Function
from domain.timeline import is_within
from projections.engagements import EngagementRow
from projections.milestones import standing_milestones, standing_of_kind
from projections.timelines import TimelineSeat, timeline_of
from web.charts.wording import effective_words
from web.kinds.fields import FormContext
from web.kinds.page import Naming
from web.pages.clients.client_facts import initiatives, observed_signs, open_conflicts
from web.pages.page_context import PageContext
from web.pages.people.picker_fields import described, people_by_id

_MOST_INVOLVED = 12
"""How many of those who lead or hold seats are offered unasked; others are found by typing."""


def form_context(page: PageContext, engagement: EngagementRow, as_of: date) -> FormContext:
    """The form context of an engagement as of a day."""
    with page.snapshot() as snapshot:
        milestones = standing_milestones(snapshot, engagement=engagement.id)
        timeline = timeline_of(snapshot, engagement.client, as_of=as_of)
        taken = standing_of_kind(snapshot, Kind.ASSESSMENT_TAKEN, [engagement.client])
    spans = [s for s in timeline.seat_spans if s.engagement == engagement.id]
    leads = [engagement.practice_lead] if engagement.practice_lead else []
    involved = list(dict.fromkeys([*leads, *(span.terms.holder for span in reversed(spans))]))
    assessors = {m.id: details.assessor for m in taken if (details := m.details_as(AssessmentTaken))}
    naming = page.naming({*involved, *assessors.values()})
    currencies = [span.terms.monthly_fee.currency for span in spans if span.terms.monthly_fee]
    return FormContext(
        seats=_seats(
            {span.function: span for span in spans if is_within(span.start, span.end, as_of)},
            naming,
        ),
        involved=described(page, people_by_id(page, involved[:_MOST_INVOLVED])),
        conflicts=tuple(
            raised.conflict
            for standing in open_conflicts(milestones, date.max)
            if (raised := standing.milestone.details_as(ConflictRaised))
        ),
        initiatives=tuple(
            work.initiative
            for m in (standing.milestone for standing in initiatives(milestones, date.max))
            if (work := m.details_as(InitiativeStarted) or m.details_as(InitiativeLive))
        ),
        signs=tuple(
            (observed.sign, effective_words(standing.since, standing.precision))
            for standing in observed_signs(milestones, date.max)
            if (observed := standing.milestone.details_as(SignObserved))
        ),
        assessments=tuple(
            (m.id, f"{effective_words(m.effective_on, m.precision.value)}, by {naming(assessors[m.id])}")
            for m in taken
            if m.id in assessors
        ),
        currency=currencies[-1] if currencies else page.context.firm.currency,
    )


def _seats(spans: Mapping[Function, TimelineSeat], naming: Naming) -> Mapping[str, str]:
    """Who holds each seat today, or why there is no such seat, by the value of the seat in a form."""

    def holder_of(span: TimelineSeat) -> str:
        return f"today: {naming(span.terms.holder)}, {span.terms.commitment.value.replace('_', '-')}"

    technology, ai = (spans.get(function) for function in BOTH)
    if technology and ai and technology.seat == ai.seat:
        holder = holder_of(technology)
        return {"technology+ai": holder, **dict.fromkeys(("technology", "ai"), f"{holder}, in the unified seat")}
    return {
        "technology": holder_of(technology) if technology else "vacant today",
        "ai": holder_of(ai) if ai else "vacant today",
        "technology+ai": "there is no unified seat today",
    }
