"""What is advised to each client, how its structure differs, and what became of its assessments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

import numpy as np

from domain.assessment import Advice, Answers, Direction, Drift, advice, drift
from domain.assessment.following import AdviceStatus, FollowUp
from domain.milestones import Kind
from domain.seats import Structure
from domain.signs.periods import FOREVER
from domain.text import key_of_name
from projections.advice_facts import AdviceFacts, advice_facts, advice_facts_in
from projections.assessments import REPLY_KINDS
from projections.client_rows import ClientRows
from projections.dated_rows import Column, JudgedClient
from projections.judgements import Judgement
from projections.profiles import EVER_SINCE
from projections.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class DriftSince:
    """A client's drift on a day, and the first day from which it lasted through every change of facts."""

    structure: Structure
    advice: Advice
    direction: Direction
    reasons: tuple[str, ...]
    since: date


@dataclass(frozen=True, slots=True)
class DatedFollowUp:
    """What became of an assessment, and the day on which it was taken."""

    taken_on: date
    follow_up: FollowUp


@dataclass(frozen=True, slots=True)
class ClientAdvice:
    """What is judged of a client on a day. `drift` is null where the structure agrees with the advice.

    `follow_ups` are those of the assessments by the day, in effective order. `place` orders clients by name.
    """

    client: UUID
    slug: str
    name: str
    place: tuple[str, UUID]
    drift: DriftSince | None
    follow_ups: tuple[DatedFollowUp, ...]


def client_advice(
    snapshot: Snapshot, clients: Collection[UUID], *, as_of: date, known_at: datetime | None = None
) -> Iterator[ClientAdvice]:
    """The advice for some clients on a day; clients without any are left out."""
    for facts in advice_facts(snapshot, clients, known_at=known_at):
        if (judged := _judged(facts, as_of)) is not None:
            yield judged


DIRECTIONS: Final = tuple(Direction)
STATUSES: Final = tuple(AdviceStatus)
"""The numbers in the columns `direction` and `status`."""

NO_STRUCTURE: Final = "null"
"""In the column `recommended`: no single structure is advised."""

NO_DAYS: Final = -1
"""In the column `days`: the advice is open."""


ADVICE_KINDS: Final = (Kind.OPENED, Kind.ASSESSMENT_TAKEN, *REPLY_KINDS)
"""The kinds of milestones that are looked at."""


def _judge_drift(rows: ClientRows) -> Iterator[JudgedClient]:
    for facts in advice_facts_in(rows):
        yield facts.client.bytes, list(_drift_over_time(facts))


DRIFT: Final = Judgement(
    "drift",
    (Column("direction", np.int8), Column.of_words("recommended"), Column("since", np.int32)),
    _judge_drift,
    ADVICE_KINDS,
)
"""The drift of clients over time."""


def _judge_follow_ups(rows: ClientRows) -> Iterator[JudgedClient]:
    for facts in advice_facts_in(rows, assessed_only=True):
        yield facts.client.bytes, list(_follow_ups_over_time(facts))


FOLLOW_UPS: Final = Judgement(
    "follow-ups",
    (Column("taken_on", np.int32), Column("status", np.int8), Column("days", np.int32)),
    _judge_follow_ups,
    ADVICE_KINDS,
)
"""What became of assessments over time."""


def _drift_over_time(facts: AdviceFacts) -> Iterator[tuple[int, int, int, str, int]]:
    """Direction, recommended structure and since on the days `[start, end)`, in order."""
    days = sorted({day for day in facts.changes() if day > EVER_SINCE})
    direction, since = Direction.NONE, date.min
    for start, end in pairwise([*days, None]):
        if start is None:
            return
        advised, differs = _advice_and_drift(facts, start)
        if differs.direction is not direction:
            direction, since = differs.direction, start
        if direction is not Direction.NONE and facts.profile_on(start) is not None:
            structure = advised.outcome.structure
            recommended = NO_STRUCTURE if structure is None else structure.value
            until = FOREVER if end is None else end.toordinal()
            yield start.toordinal(), until, DIRECTIONS.index(direction), recommended, since.toordinal()


def _follow_ups_over_time(facts: AdviceFacts) -> Iterator[tuple[int, int, int, int, int]]:
    """The day of the assessment, status and days on the days `[start, end)`, for each assessment."""
    taken_on = {one.advice.assessment: one.advice.on.toordinal() for one in facts.assessments}
    days = {*facts.changes(), *(reply.on for reply in facts.replies)}
    current: dict[UUID, tuple[int, FollowUp]] = {}
    for day in sorted(days):
        became = facts.follow_ups_on(day) if facts.profile_on(day) is not None else ()
        for follow_up in became:
            start, before = current.get(follow_up.assessment, (day.toordinal(), follow_up))
            if (before.status, before.days) != (follow_up.status, follow_up.days):
                yield _state(start, day.toordinal(), before, taken_on)
                start = day.toordinal()
            current[follow_up.assessment] = (start, follow_up)
    for start, follow_up in current.values():
        yield _state(start, FOREVER, follow_up, taken_on)


def _state(start: int, end: int, follow_up: FollowUp, taken_on: Mapping[UUID, int]) -> tuple[int, int, int, int, int]:
    days = NO_DAYS if follow_up.days is None else follow_up.days
    return start, end, taken_on[follow_up.assessment], STATUSES.index(follow_up.status), days


def newest_answers(snapshot: Snapshot, client: UUID, *, as_of: date, known_at: datetime | None = None) -> Answers:
    """A client's newest answers to the frameworks' questions by a day: seats on record, profile and assessments."""
    [facts] = advice_facts(snapshot, [client], known_at=known_at)
    return facts.answers_on(as_of)


def _judged(facts: AdviceFacts, day: date) -> ClientAdvice | None:
    differs = _drift_since(facts, day)
    profile = facts.profile_on(day)
    taken_on = {one.advice.assessment: one.advice.on for one in facts.assessments}
    became = tuple(DatedFollowUp(taken_on[one.assessment], one) for one in facts.follow_ups_on(day))
    if profile is None or (differs is None and not became):
        return None
    place = (key_of_name(profile.name), facts.client)
    return ClientAdvice(facts.client, facts.slug, profile.name, place, differs, became)


def _drift_since(facts: AdviceFacts, day: date) -> DriftSince | None:
    structure = facts.structure_on(day)
    if structure is None:
        return None
    advised, differs = _advice_and_drift(facts, day)
    if differs.direction is Direction.NONE:
        return None
    since = day
    for change in facts.changes_until(day):
        if _advice_and_drift(facts, change)[1].direction is not differs.direction:
            break
        since = change
    return DriftSince(structure, advised, differs.direction, differs.reasons, since)


def _advice_and_drift(facts: AdviceFacts, day: date) -> tuple[Advice, Drift]:
    advised = advice(facts.answers_on(day))
    return advised, drift(advised.outcome, facts.structure_on(day))
