"""What a client has been given and is still owed on a day: deliverables, due dates and the governance pack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.areas import DELIVERABLES, GOVERNANCE_PACK
from domain.due_dates import DueDate, DueKind, Issue, deliverables_due, missing_papers, renewals_due
from domain.kinds.engagement import RenewalSet
from domain.kinds.state import HeldSpans
from domain.kinds.work import DeliverableIssued
from domain.seats import BOTH, Function
from projections.engagements import EngagementRow
from projections.milestone_versions import MilestoneVersion
from projections.timelines import ClientTimeline, TimelineSeat
from web.charts.wording import FUNCTIONS
from web.forms import words_of
from web.pages.urls import address

DUE = {
    DueKind.NOTICE: "Last day to give notice",
    DueKind.RENEWAL: "Renewal of the engagement letter",
    DueKind.FIRST_QUARTER: "First-quarter deliverables",
    DueKind.FIRST_90_DAYS: "Deliverables of the first 90 days",
}
"""The names of the kinds of due dates."""


@dataclass(frozen=True, slots=True)
class DueLine:
    """Something due or overdue; `missing` are the deliverables that are owed, `href` the form that logs what is due."""

    title: str
    on: date
    is_overdue: bool
    missing: tuple[str, ...] = ()
    href: str = ""


@dataclass(frozen=True, slots=True)
class DeliverableLine:
    """A deliverable: when it was first issued under which role, or null if it is missing from the governance pack."""

    name: str
    role: str
    milestone: MilestoneVersion | None
    note: str = ""


def due_lines(
    timeline: ClientTimeline, engagement: EngagementRow | None, client: str, *, may_record: bool
) -> list[DueLine]:
    """What is due or overdue in the open engagement on the day of the timeline, by day."""
    if engagement is None:
        return []
    day, issued = timeline.as_of, {issue.deliverable for issue in _issues(timeline, engagement)}
    lines = []
    for due in due_dates_of(timeline, engagement):
        if not (due.is_due_on(day) or due.is_overdue_on(day)):
            continue
        missing = missing_papers(due.kind, due.function, issued) if due.function else ()
        query = {"client": client, "engagement": engagement.id}
        if missing and due.function:
            query |= {"kind": "deliverable_issued", "deliverable": words_of(missing[0]), "function": due.function.value}
        else:
            query |= {"kind": "renewal_set"}
        title = f"{DUE[due.kind]}, {due.function.words}" if due.function else DUE[due.kind]
        href = address("/milestones/new", query) if may_record and due.kind is not DueKind.NOTICE else ""
        lines.append(DueLine(title, due.due_on, due.is_overdue_on(day), tuple(map(words_of, missing)), href))
    return sorted(lines, key=lambda line: line.on)


def due_dates_of(timeline: ClientTimeline, engagement: EngagementRow) -> Iterator[DueDate]:
    """All due dates of an engagement, from a client's whole timeline."""
    renewals = [
        (milestone.takes_effect_on, milestone.id, details)
        for milestone in timeline.milestones
        if milestone.engagement == engagement.id and (details := milestone.details_as(RenewalSet))
    ]
    yield from renewals_due(renewals, engagement.closed_on)
    issues = _issues(timeline, engagement)
    for function in BOTH:
        spans = [s for s in timeline.seat_spans if s.engagement == engagement.id and s.function is function]
        if spans:
            yield from deliverables_due(function, _held(spans), spans[0].milestone, issues, engagement.closed_on)


def _issues(timeline: ClientTimeline, engagement: EngagementRow) -> list[Issue]:
    return [
        Issue(milestone.takes_effect_on, details.deliverable, milestone.id)
        for milestone in timeline.milestones
        if milestone.engagement == engagement.id and (details := milestone.details_as(DeliverableIssued))
        if milestone.takes_effect_on <= timeline.as_of
    ]


def _held(spans: Sequence[TimelineSeat]) -> HeldSpans:
    """When a function is held, from its seat spans in order."""
    periods: list[tuple[date, date | None]] = []
    for span in spans:
        if periods and periods[-1][1] == span.start:
            periods[-1] = periods[-1][0], span.end
        else:
            periods.append((span.start, span.end))
    return tuple(periods)


def deliverable_lines(timeline: ClientTimeline) -> list[DeliverableLine]:
    """The deliverables issued by the day of the timeline, each once; then what is missing from the governance pack.

    The pack is listed only where the AI role is held on that day, or part of the pack was issued.
    """
    lines: dict[str, DeliverableLine] = {}
    for milestone in timeline.milestones:
        issue = milestone.details_as(DeliverableIssued)
        if issue and milestone.takes_effect_on <= timeline.as_of:
            role = FUNCTIONS[issue.function]
            lines[issue.deliverable] = DeliverableLine(
                words_of(issue.deliverable), role, milestone, milestone.note or ""
            )
    places = {slug: place for place, slug in enumerate(DELIVERABLES)}
    issued = [lines[slug] for slug in sorted(lines, key=lambda slug: (places.get(slug, len(places)), slug))]
    if not (_is_held(timeline, Function.AI) or any(slug in lines for slug in GOVERNANCE_PACK)):
        return issued
    missing = [DeliverableLine(words_of(slug), "AI", None) for slug in GOVERNANCE_PACK if slug not in lines]
    return [*issued, *missing]


def pack_count(timeline: ClientTimeline) -> int:
    """How many deliverables of the governance pack were issued by the day of the timeline."""
    details = [m.details_as(DeliverableIssued) for m in timeline.milestones if m.takes_effect_on <= timeline.as_of]
    return len({issue.deliverable for issue in details if issue} & set(GOVERNANCE_PACK))


def _is_held(timeline: ClientTimeline, function: Function) -> bool:
    day = timeline.as_of
    return any(
        s.function is function and s.start <= day and (s.end is None or day < s.end) for s in timeline.seat_spans
    )
