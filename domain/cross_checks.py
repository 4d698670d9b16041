"""Rules between milestones: the advice they follow, and the hours of a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias
from uuid import UUID

from domain.errors import LaterAssessment, Refusal, TooManyHours, UnknownAssessment
from domain.kinds.engagement import AssessmentTaken
from domain.kinds.work import HoursReported
from domain.milestones import Milestone
from domain.precision import day_words, month_words
from domain.reported_hours import hours_text, most_hours, shares_of
from domain.seats import Function
from domain.timeline import Timeline

TakenOn: TypeAlias = Callable[[UUID], date | None]
"""Looks up the day of an assessment in the client's other engagements; None for any other id."""


def no_assessment(_: UUID) -> date | None:
    """The client has no other engagement with an assessment."""
    return None


class Fault(NamedTuple):
    """A broken rule: its `subject`, the degree (`measure`), and the refusal."""

    subject: tuple[object, ...]
    measure: Fraction
    refusal: Refusal


def check_together(before: Callable[[], Timeline] | None, after: Timeline, taken_on: TakenOn = no_assessment) -> None:
    """Refuse the first fault of `after` that `before` did not have to the same degree.

    So milestones recorded under earlier rules do not block other changes.
    """
    faults = list(faults_of(after, taken_on))
    if not faults:
        return
    tolerated = {fault.subject: fault.measure for fault in faults_of(before(), taken_on)} if before else {}
    for fault in faults:
        if fault.subject not in tolerated or fault.measure > tolerated[fault.subject]:
            raise fault.refusal


def advice_named_by(milestone: Milestone) -> UUID | None:
    """The assessment that a milestone follows or declines."""
    assessment: UUID | None = getattr(milestone.details, "assessment", None)
    return assessment


def assessments_of(milestones: Iterable[Milestone], opened_on: date) -> Mapping[UUID, date]:
    """The assessments among an engagement's milestones, with their days."""
    return {m.id: m.takes_effect_on(opened_on) for m in milestones if isinstance(m.details, AssessmentTaken)}


def check_advice_elsewhere(milestones: Iterable[Milestone], moved: Mapping[UUID, date | None]) -> None:
    """Refuse if milestones of another engagement refer to assessments that are removed (null) or now later."""
    for milestone in milestones:
        assessment = advice_named_by(milestone)
        if assessment is None or assessment not in moved:
            continue
        if refusal := _refusal_of(milestone, moved[assessment]):
            label, day = milestone.kind.label, milestone.effective_on
            refusal.about = f"“{label}” on {day_words(day)} in another engagement refers to the assessment"
            raise refusal


def faults_of(timeline: Timeline, taken_on: TakenOn = no_assessment) -> Iterator[Fault]:
    """All broken rules between the milestones of a timeline."""
    yield from _advice_faults(timeline, taken_on)
    yield from _hours_faults(timeline)


def _advice_faults(timeline: Timeline, taken_on: TakenOn) -> Iterator[Fault]:
    own = assessments_of(timeline.milestones, timeline.opened_on)
    for milestone in timeline.milestones:
        assessment = advice_named_by(milestone)
        if assessment is None:
            continue
        refusal = _refusal_of(milestone, own.get(assessment) or taken_on(assessment))
        if refusal is not None:
            yield Fault((milestone.id, assessment), Fraction(0), refusal)


def _refusal_of(milestone: Milestone, taken_on: date | None) -> Refusal | None:
    if taken_on is None:
        return UnknownAssessment(milestone=milestone.id)
    # An imprecise milestone may have been on the last day of its period.
    if taken_on > milestone.precision.last_day(milestone.effective_on):
        return LaterAssessment(f"The assessment was taken later, on {day_words(taken_on)}.", milestone=milestone.id)
    return None


class _Report(NamedTuple):
    milestone: Milestone
    function: Function
    hours: Decimal


def _hours_faults(timeline: Timeline) -> Iterator[Fault]:
    months: dict[str, list[_Report]] = defaultdict(list)
    for milestone in timeline.milestones:
        if isinstance(details := milestone.details, HoursReported):
            months[details.month].append(_Report(milestone, details.function, details.hours))
    for month, reports in months.items():
        most = most_hours(month)
        if sum(report.hours for report in reports) > most:
            yield from _faults_of_month(timeline, month, sorted(reports, key=lambda r: r.milestone.order), most)


def _faults_of_month(timeline: Timeline, month: str, reports: Sequence[_Report], most: int) -> Iterator[Fault]:
    """The seats and people with more hours than the month has; one person holds a seat at a time.

    The hours of a function handed over within the month are divided among its holders by days held that were
    not paused.
    """
    shares = {function: shares_of(timeline, month, function) for function in Function}
    sums: dict[tuple[object, ...], Fraction] = defaultdict(Fraction)
    over: dict[tuple[object, ...], Refusal] = {}
    for report in reports:
        holders = (((month, holder), share) for holder, share in shares[report.function].items())
        worked: list[tuple[tuple[object, ...], Fraction]] = [((month, report.function), Fraction(1)), *holders]
        for subject, share in worked:
            on_record, hours = sums[subject], Fraction(report.hours) * share
            sums[subject] += hours
            if sums[subject] > most and subject not in over:
                over[subject] = TooManyHours(
                    f"{month_words(month)} has {most} hours. {hours_text(on_record)} h are on record for that month "
                    f"and holder, and {hours_text(hours)} h more do not fit.",
                    milestone=report.milestone.id,
                )
    for subject, refusal in over.items():
        yield Fault(subject, sums[subject], refusal)
