"""What is advised to each client, how its structure differs, and what became of its assessments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

from domain.assessment import Advice, Answers, Direction, Drift, advice, drift
from domain.assessment.following import FollowUp
from domain.seats import Structure
from domain.text import key_of_name
from projections.advice_facts import AdviceFacts, advice_facts
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

FEW_CLIENTS: Final = 500
"""So few clients are judged for one question, without judging and caching all."""


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


def client_advice(snapshot: Snapshot, question: ReportQuestion) -> Collection[ClientAdvice]:
    """What is judged of the chosen clients on `as_of`; clients of whom there is nothing to say are left out."""
    judge = partial(_judge, snapshot, question.as_of, question.known_at)
    chosen = question.chosen_ids()
    ids: set[UUID] | None = None
    if chosen is not None:
        ids = {row.stream_id for row in snapshot.connection.execute(chosen)}
    if question.known_at is not None or (ids is not None and len(ids) <= FEW_CLIENTS):
        return judge(ids).values()
    judged = snapshot.judged(("advice", question.as_of), judge)
    return judged.values() if ids is None else [one for client, one in judged.items() if client in ids]


def newest_answers(snapshot: Snapshot, client: UUID, *, as_of: date, known_at: datetime | None = None) -> Answers:
    """A client's newest answers to the frameworks' questions by a day: seats on record, profile and assessments."""
    [facts] = advice_facts(snapshot, [client], known_at=known_at)
    return facts.answers_on(as_of)


def _judge(
    snapshot: Snapshot, day: date, known_at: datetime | None, clients: Collection[UUID] | None
) -> Mapping[UUID, ClientAdvice]:
    facts = advice_facts(snapshot, clients, known_at=known_at)
    return {one.client: judged for one in facts if (judged := _judged(one, day)) is not None}


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
