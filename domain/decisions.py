"""Decides requests to log, correct and retract an engagement's milestones, and the changes that result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, TypeAlias, cast
from uuid import UUID

from domain.assessment import (
    Answers,
    AnswersRefused,
    answers_mapping,
    check_amounts,
    evaluate,
    parse_answers,
    verdicts_mapping,
)
from domain.assessment.record import RECORD, SeatsOnRecord, with_seats
from domain.cross_checks import TakenOn, assessments_of, check_together, no_assessment
from domain.errors import (
    AlreadyRetracted,
    HoursNotHeld,
    InvalidField,
    NothingToChange,
    OpeningStays,
    OpensOnce,
    Refusal,
    Unfitting,
    UnknownMilestone,
    within,
)
from domain.kinds.engagement import AssessmentTaken, Closed, Opened
from domain.kinds.work import HoursReported
from domain.milestones import KEEP, Details, Keep, Milestone, Precision
from domain.precision import day_words, month_words
from domain.timeline import Timeline, fold, misfits
from domain.validation import check_clean, check_dates, check_details, check_milestone, check_texts


@dataclass(frozen=True, slots=True)
class Log:
    """A request to log a milestone under a new id."""

    milestone: UUID
    effective_on: date
    details: Details
    precision: Precision = Precision.DAY
    note: str | None = None
    links: tuple[str, ...] = ()
    reported_on: date | None = None
    check: Callable[[Details], None] | None = field(default=None, compare=False)
    """An extra check of the details, run in request order."""


@dataclass(frozen=True, slots=True)
class Correct:
    """A request to correct a milestone. Omitted fields stay; `details` maps the current details to new ones."""

    milestone: UUID
    reason: str
    effective_on: date | Keep = KEEP
    precision: Precision | Keep = KEEP
    details: Callable[[Details], Details] | None = None
    note: str | Keep | None = KEEP
    links: tuple[str, ...] | Keep = KEEP


@dataclass(frozen=True, slots=True)
class Retract:
    """A request to retract a milestone: it never happened."""

    milestone: UUID
    reason: str
    links: tuple[str, ...] = ()


Request: TypeAlias = Log | Correct | Retract


@dataclass(frozen=True, slots=True)
class Logged:
    """A milestone was logged."""

    milestone: Milestone


@dataclass(frozen=True, slots=True)
class Corrected:
    """A milestone was corrected; `milestone` is the new version."""

    milestone: Milestone
    reason: str


@dataclass(frozen=True, slots=True)
class Retracted:
    """A milestone was retracted; `links` are the sources."""

    milestone: UUID
    reason: str
    links: tuple[str, ...] = ()


Change: TypeAlias = Logged | Corrected | Retracted


class Bounds(NamedTuple):
    """The first day of an engagement and the day of its close (null: open)."""

    started_on: date
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The current milestones of an engagement, and those that were retracted."""

    milestones: Mapping[UUID, Milestone] = field(default_factory=dict)
    retracted: Mapping[UUID, Milestone] = field(default_factory=dict)

    def after(self, changes: Sequence[Change]) -> Standing:
        """The state after more changes. Never refuses, because recorded changes are already decided."""
        milestones, retracted = dict(self.milestones), self.retracted
        for change in changes:
            if isinstance(change, Retracted):
                retracted = {**retracted, change.milestone: milestones.pop(change.milestone)}
            else:
                milestones[change.milestone.id] = change.milestone
        return Standing(milestones, retracted)

    @property
    def next_order(self) -> int:
        """The order of the next new milestone."""
        return len(self.milestones) + len(self.retracted)

    def bounds(self) -> Bounds:
        """The engagement's first and closing day, without folding the timeline."""
        milestones = self.milestones.values()
        opened_on = next(m.effective_on for m in milestones if isinstance(m.details, Opened))
        closed = next((m for m in milestones if isinstance(m.details, Closed)), None)
        return Bounds(opened_on, closed.takes_effect_on(opened_on) if closed else None)

    def timeline(self) -> Timeline:
        """The timeline of the current milestones. Raises a refusal if they do not fit together."""
        return fold(self.milestones.values())

    def find(self, milestone: UUID) -> Milestone:
        """A current milestone. Raises a refusal if it is unknown or retracted."""
        if milestone in self.retracted:
            raise AlreadyRetracted(milestone=milestone)
        if milestone not in self.milestones:
            raise UnknownMilestone(f"The engagement has no milestone {milestone}.")
        return self.milestones[milestone]


@dataclass(frozen=True, slots=True)
class Decision:
    """The changes that result from requests, and the timeline after them."""

    changes: tuple[Change, ...]
    timeline: Timeline

    def moved_assessments(self, standing: Standing) -> Mapping[UUID, date | None]:
        """The current assessments that these changes remove (null) or move to another day."""
        if all(isinstance(change, Logged) for change in self.changes):
            return {}
        before = assessments_of(standing.milestones.values(), standing.bounds().started_on)
        after = assessments_of(self.timeline.milestones, self.timeline.opened_on)
        return {assessment: after.get(assessment) for assessment, day in before.items() if after.get(assessment) != day}


def decide(
    standing: Standing,
    requests: Sequence[Request],
    *,
    today: date | None = None,
    taken_on: TakenOn = no_assessment,
) -> Decision:
    """Decide what requests change.

    The whole timeline is checked once, with all changes applied, so that interdependent changes can be made together.
    An assessment is evaluated on its answers and the seats held when it applies in that timeline.
    `today` is the firm's date (None: no month counts as future); `taken_on` looks up assessments of the client's other
    engagements. Raises a refusal, in which case nothing may be recorded.
    """
    if not requests:
        raise InvalidField("changes", "must hold at least one change")
    changes: list[Change] = []
    after = standing
    before: list[Milestone | None] = []
    for number, request in enumerate(requests):
        try:
            change = _decide_one(after, request)
            if today is not None and not isinstance(change, Retracted):
                _check_begun(change.milestone, today)
        except Refusal as refused:
            refused.request = number
            raise
        changes.append(change)
        before.append(after.milestones.get(request.milestone))
        after = after.after((change,))
    try:
        timeline = after.timeline()
        check_together(standing.timeline if standing.milestones else None, timeline, taken_on)
        return _evaluated(changes, before, timeline)
    except Unfitting as first:
        requested = [request.milestone for request in requests]
        refusal = _first_of(requested, first, after)
        refusal.is_new = refusal.milestone not in standing.milestones
        refusal.request = next((n for n, milestone in enumerate(requested) if milestone == refusal.milestone), None)
        if refusal.milestone is not None and requested != [refusal.milestone]:
            milestone = after.milestones[refusal.milestone]
            fits = "does not fit" if milestone.id in requested else "no longer fits"
            refusal.about = f"“{milestone.kind.label}” on {day_words(milestone.effective_on)} {fits}"
        raise refusal from None


def _first_of(requested: Sequence[UUID], refusal: Refusal, after: Standing) -> Refusal:
    """If several requested changes do not fit, the refusal of the first one requested."""
    if len(requested) < 2 or refusal.milestone not in requested:
        return refusal
    refused = [misfit for misfit in misfits(after.milestones.values()) if misfit.milestone in requested]
    return min(refused, key=lambda misfit: requested.index(cast("UUID", misfit.milestone)), default=refusal)


def _check_begun(milestone: Milestone, today: date) -> None:
    """Refuse hours for a month that has not begun."""
    if isinstance(details := milestone.details, HoursReported) and details.month > f"{today:%Y-%m}":
        raise HoursNotHeld(
            f"{month_words(details.month)} has not begun, so no hours can be reported for it.", milestone=milestone.id
        )


def _decide_one(standing: Standing, request: Request) -> Change:
    match request:
        case Log():
            return Logged(_logged(standing, request))
        case Correct():
            return Corrected(_corrected(standing.find(request.milestone), request), check_reason(request.reason))
        case Retract():
            if isinstance(standing.find(request.milestone).details, Opened):
                raise OpeningStays(milestone=request.milestone)
            return Retracted(request.milestone, check_reason(request.reason), request.links)


def _logged(standing: Standing, request: Log) -> Milestone:
    if isinstance(request.details, Opened) and standing.next_order > 0:
        raise OpensOnce
    if request.milestone in standing.milestones or request.milestone in standing.retracted:
        raise InvalidField("milestone", "that id is taken")
    milestone = Milestone(
        id=request.milestone,
        order=standing.next_order,
        effective_on=request.effective_on,
        details=request.details,
        precision=request.precision,
        note=request.note,
        links=request.links,
        reported_on=request.reported_on,
    )
    check_milestone(milestone)
    if request.check is not None:
        request.check(milestone.details)
    check_texts(milestone)
    return replace(milestone, details=_unevaluated(milestone.details))


def _corrected(before: Milestone, request: Correct) -> Milestone:
    details = request.details(before.details) if request.details else before.details
    if details.kind is not before.kind:
        raise InvalidField("details.kind", "a correction keeps the kind of a milestone")
    if details.comparable() == before.details.comparable():
        details = before.details
    after = replace(
        before,
        details=details,
        effective_on=before.effective_on if isinstance(request.effective_on, Keep) else request.effective_on,
        precision=before.precision if isinstance(request.precision, Keep) else request.precision,
        note=before.note if isinstance(request.note, Keep) else request.note,
        links=before.links if isinstance(request.links, Keep) else request.links,
    )
    check_dates(after)
    if details is not before.details:  # unchanged details may predate the current rules
        with within("details"):
            check_details(details, before.details)
            check_texts(replace(before, details=details), before)
    check_texts(after, before)
    if after == before:
        raise NothingToChange(milestone=before.id)
    if details is before.details:
        return after
    with within("details"):
        return replace(after, details=_unevaluated(details))


def _unevaluated(details: Details) -> Details:
    """Check an assessment's answers; it is evaluated once all changes are applied. Other details stay as they are."""
    if not isinstance(details, AssessmentTaken):
        return details
    try:
        check_amounts(parse_answers(details.answers))
    except AnswersRefused as refused:
        name, message = refused.errors[0]
        raise InvalidField(f"answers.{name}", message) from None
    return replace(details, verdicts=None)


def _evaluated(changes: Sequence[Change], before: Sequence[Milestone | None], timeline: Timeline) -> Decision:
    """The decision, with the frameworks' verdicts added to the assessments among the changed milestones."""
    evaluated, assessed = list(changes), dict[UUID, Milestone]()
    for place, (change, earlier) in enumerate(zip(changes, before, strict=True)):
        if isinstance(change, Retracted) or not isinstance(details := change.milestone.details, AssessmentTaken):
            continue
        milestone = _assessed(change.milestone, details, earlier, timeline)
        evaluated[place], assessed[milestone.id] = replace(change, milestone=milestone), milestone
    if not assessed:
        return Decision(tuple(changes), timeline)
    milestones = tuple(assessed.get(milestone.id, milestone) for milestone in timeline.milestones)
    return Decision(tuple(evaluated), replace(timeline, milestones=milestones))


def _assessed(
    milestone: Milestone, details: AssessmentTaken, before: Milestone | None, timeline: Timeline
) -> Milestone:
    """Evaluate an assessment by the rules in force when it is recorded, on its answers and the seats held before it.

    A correction of its date alone evaluates it again only where other seats were held on the new day.
    """
    if details.verdicts is not None and before is not None and milestone.effective_on == before.effective_on:
        return milestone
    on_record = _seats_before(milestone, timeline)
    stored = answers_mapping(on_record)
    if details.verdicts is not None and details.verdicts.get(RECORD, {}) == stored:
        return milestone
    verdicts = verdicts_mapping(evaluate(with_seats(parse_answers(details.answers), on_record)))
    return replace(milestone, details=replace(details, verdicts={**verdicts, RECORD: stored} if stored else verdicts))


def _seats_before(milestone: Milestone, timeline: Timeline) -> Answers:
    """The answers of the seats held when a milestone takes effect. On its day, only those recorded before it count.

    Nothing comes earlier where the same changes date the milestone before the opening and retract it.
    """
    opened_on = timeline.opened_on
    place = milestone.takes_effect_on(opened_on), milestone.order
    earlier = [m for m in timeline.milestones if (m.takes_effect_on(opened_on), m.order) < place]
    return SeatsOnRecord.of_spans(fold(earlier).seat_spans).answers_on(place[0]) if earlier else Answers()


def check_reason(reason: str) -> str:
    """Return the reason of a correction or retraction; refuses (`InvalidField`) an empty one."""
    if not reason.strip():
        raise InvalidField("reason", "must not be empty")
    check_clean("reason", reason)
    return reason
