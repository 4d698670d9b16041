"""What became of an assessment's advice: followed, followed in part, declined, or open.

Two things can happen to the advice: a milestone names its assessment (a change of seats that follows it, or a decision
to decline it), or the structure comes to equal the advice without a word. The newest of these counts:

- A change of seats that names the assessment follows it if the structure on its day equals the advice, and follows it
  in part otherwise. It counts whenever it happens, also after a newer assessment and in a later engagement.
- Without a word, the advice is followed on the day on which the structure comes to equal it, until a newer assessment
  is taken: from then on, what is done is done about the newer one. If the structure equals the advice on the day of the
  assessment, it is followed at once, after 0 days.
- A structure that later moves away again does not undo this; drift reports it.
- On one day, a milestone that names the assessment counts before a structure that only comes to equal it, and of two
  such milestones the later one in effective order.
- The structure equals the advice if the undecided dimensions can be completed so that they amount to it: advice of two
  seats, without a word on how much of each, equals every pair. Advice that decides nothing cannot be followed without a
  word; a change of seats that names it follows it.

All of it is as of a day: what happens later, plans included, does not count yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

from domain.assessment.framework import Advised, First, Seats
from domain.assessment.outcome import Outcome, structure_advised
from domain.kinds.agreements import AdviceDeclined
from domain.milestones import Details
from domain.seats import Structure
from domain.timeline import StructureSpan, is_within


class AdviceStatus(StrEnum):
    """What became of the advice of an assessment."""

    FOLLOWED = "followed"
    IN_PART = "in_part"
    DECLINED = "declined"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class GivenAdvice:
    """An assessment with the day on which it was taken and its advice, by the rules under which it was recorded."""

    assessment: UUID
    on: date
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AdviceReply:
    """A milestone that names an assessment; `reason` is null unless it declines the advice."""

    milestone: UUID
    assessment: UUID
    on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What became of an assessment's advice as of a day.

    `milestones` are those that followed it, or the one that declined it; none where the structure equalled the advice
    already. `on` is the day since when the status holds, and `days` how many days that is after the assessment; both
    are null while the advice is open. `reason` is that of a decline.
    """

    assessment: UUID
    status: AdviceStatus
    milestones: tuple[UUID, ...] = ()
    on: date | None = None
    days: int | None = None
    reason: str | None = None


def reply_of(milestone: UUID, details: Details, on: date) -> AdviceReply | None:
    """The reply to an assessment that a milestone contains; null if it names none."""
    assessment: UUID | None = getattr(details, "assessment", None)
    if assessment is None:
        return None
    return AdviceReply(milestone, assessment, on, details.reason if isinstance(details, AdviceDeclined) else None)


def follow_ups(
    advice: Sequence[GivenAdvice], replies: Sequence[AdviceReply], structures: Sequence[StructureSpan], as_of: date
) -> tuple[FollowUp, ...]:
    """What became of each assessment of one client by a day; assessments after that day are left out.

    All three are those of the client's engagements in effective order.
    """
    taken = [item for item in advice if item.on <= as_of]
    until = [*(later.on for later in taken[1:]), None]
    spans = [span for span in structures if span.start <= as_of]
    return tuple(
        _follow_up(item, [r for r in replies if r.assessment == item.assessment and r.on <= as_of], spans, newer)
        for item, newer in zip(taken, until, strict=False)
    )


def advised_structures(outcome: Outcome) -> frozenset[Structure]:
    """The structures that advice amounts to, once its undecided dimensions are completed in any way.

    Empty for advice that decides neither the number of seats nor how much of either function.
    """
    return _advised_structures(outcome.seats, outcome.technology, outcome.ai)


def outcome_in(recommendation: Mapping[str, Any]) -> Outcome:
    """The advice in a recommendation as it is stored with an assessment."""
    first = recommendation.get("first")
    return Outcome(
        Seats(recommendation.get("seats", Seats.UNDECIDED)),
        Advised(recommendation.get("technology", Advised.UNDECIDED)),
        Advised(recommendation.get("ai", Advised.UNDECIDED)),
        None if first is None else First(first),
    )


@lru_cache(maxsize=128)
def _advised_structures(seats: Seats, technology: Advised, ai: Advised) -> frozenset[Structure]:
    undecided = [one for one in (technology, ai) if one is Advised.UNDECIDED]
    if seats is Seats.UNDECIDED and len(undecided) == 2:
        return frozenset()
    is_both = seats in (Seats.ONE, Seats.TWO)  # one leader for both functions, or two
    completions = product(_seats(seats), _levels(technology, is_both), _levels(ai, is_both))
    structures = {structure for one in completions if (structure := structure_advised(*one)) is not None}
    if undecided and seats is not Seats.UNDECIDED:
        structures.discard(Structure.NONE)  # a seat is advised
    return frozenset(structures)


def _seats(seats: Seats) -> Iterable[Seats]:
    return (seats,) if seats is not Seats.UNDECIDED else (one for one in Seats if one is not Seats.UNDECIDED)


def _levels(advised: Advised, is_filled: bool) -> Iterable[Advised]:
    if advised is not Advised.UNDECIDED:
        return (advised,)
    filled = (Advised.FRACTIONAL, Advised.FULL_TIME)
    return filled if is_filled else (Advised.NONE, *filled)


class _Step(NamedTuple):
    """One thing that happened to the advice; `milestone` is null where the structure equalled it already."""

    on: date
    is_named: bool
    status: AdviceStatus
    milestone: UUID | None
    reason: str | None = None


def _follow_up(
    advice: GivenAdvice, replies: Iterable[AdviceReply], structures: Sequence[StructureSpan], newer: date | None
) -> FollowUp:
    advised = advised_structures(advice.outcome)
    steps = [
        *_silent_steps(advice.on, advised, structures, newer),
        *(_named_step(reply, advised, structures) for reply in replies),
    ]
    steps.sort(key=lambda step: (step.on, step.is_named))
    result = FollowUp(advice.assessment, AdviceStatus.OPEN)
    for step in steps:
        result = _after(result, step, advice.on)
    return result


def _after(before: FollowUp, step: _Step, taken_on: date) -> FollowUp:
    is_repeated = step.status is before.status and step.status is not AdviceStatus.DECLINED
    if is_repeated and not step.is_named:
        return before
    starts_anew = AdviceStatus.DECLINED in (before.status, step.status)
    milestones = () if starts_anew else before.milestones
    on = before.on if is_repeated and before.on is not None else step.on
    return FollowUp(
        before.assessment,
        step.status,
        milestones if step.milestone is None or step.milestone in milestones else (*milestones, step.milestone),
        on,
        max(0, (on - taken_on).days),  # an imprecise milestone may be dated before the assessment that it names
        step.reason,
    )


def _silent_steps(
    taken_on: date, advised: Collection[Structure], structures: Sequence[StructureSpan], newer: date | None
) -> Iterator[_Step]:
    """When the structure came to equal the advice before a newer assessment, or equalled it already."""
    equalled_until: date | None = None
    for span in structures:
        if span.structure not in advised or (span.end is not None and span.end <= taken_on):
            continue
        is_new = span.start != equalled_until
        equalled_until = span.end
        if span.start < taken_on:
            yield _Step(taken_on, False, AdviceStatus.FOLLOWED, None)
        elif span.start == taken_on or (is_new and (newer is None or span.start < newer)):
            yield _Step(span.start, False, AdviceStatus.FOLLOWED, span.milestone)


def _named_step(reply: AdviceReply, advised: Collection[Structure], structures: Iterable[StructureSpan]) -> _Step:
    if reply.reason is not None:
        return _Step(reply.on, True, AdviceStatus.DECLINED, reply.milestone, reply.reason)
    after = next((span.structure for span in structures if is_within(span.start, span.end, reply.on)), None)
    is_whole = after in advised if advised else after is not None
    return _Step(reply.on, True, AdviceStatus.FOLLOWED if is_whole else AdviceStatus.IN_PART, reply.milestone)
