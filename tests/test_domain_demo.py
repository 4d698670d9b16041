"""The demonstration firm: one story a seed, with everything in it that the product has a word for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from story import Cabinet

from domain.assessment.recommendation import evaluate
from domain.assessment.record import evaluated_answers
from domain.assessment.serialization import verdicts_mapping
from domain.client import Client
from domain.decisions import Corrected, Retracted
from domain.engagement import Engagement
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import Kind, Precision, holders_of
from domain.seats import Provider, Structure
from domain.timeline import Status, Timeline
from web.samples.demo import Demonstration, demonstration

TODAY = date(2026, 11, 22)
DRILL_OF_SEEDS = pytest.mark.slow(reason="tells the whole story from another seed")
DRILL_OF_DAYS = pytest.mark.slow(reason="tells the whole story again for each day")


@cache
def told(today: date = TODAY, seed: int = 1) -> tuple[Demonstration, Cabinet]:
    """The whole story in a cabinet; a command that does not fit is refused, and fails the test."""
    story = demonstration(today, seed)
    cabinet = Cabinet()
    for step in story.steps:
        cabinet.run(step.tell, step.recorded_at)
    return story, cabinet


def clients(cabinet: Cabinet) -> list[Client]:
    return [a for a in map(cabinet.fetch, cabinet.streams) if isinstance(a, Client)]


def timelines(cabinet: Cabinet) -> dict[UUID, Timeline]:
    engagements = (a for a in map(cabinet.fetch, cabinet.streams) if isinstance(a, Engagement))
    return {engagement.id: engagement.standing.timeline() for engagement in engagements}


def what_was_recorded(cabinet: Cabinet) -> list[object]:
    hidden = {"timestamp", "_saved_recording_event_ids"}
    return [
        (at, type(event), {k: v for k, v in vars(event).items() if k not in hidden})
        for at, event in cabinet.recorded_at
    ]


def test_one_seed_tells_one_story() -> None:
    story, again = demonstration(TODAY, 1), Cabinet()
    assert story.people == told()[0].people
    for step in story.steps:
        again.run(step.tell, step.recorded_at)
    assert what_was_recorded(told()[1]) == what_was_recorded(again)


@DRILL_OF_SEEDS
def test_another_seed_tells_of_the_same_clients_under_other_ids() -> None:
    one, other = clients(told(seed=1)[1]), clients(told(seed=2)[1])
    assert {c.name for c in one} == {c.name for c in other}
    assert not {c.id for c in one} & {c.id for c in other}


@pytest.mark.parametrize(
    "today",
    [
        date(2028, 2, 29),
        *(pytest.param(day, marks=DRILL_OF_DAYS) for day in (date(2026, 1, 31), date(2031, 7, 30))),
    ],
)
def test_every_command_fits_whatever_day_is_today(today: date) -> None:
    story, cabinet = told(today)
    assert len(timelines(cabinet)) == len(timelines(told()[1]))
    assert story.steps[-1].recorded_at < datetime.combine(today, time(), UTC)


def test_instants_rise_and_lie_before_today() -> None:
    instants = [step.recorded_at for step in told()[0].steps]
    assert all(earlier < later for earlier, later in pairwise(instants))
    assert instants[-1] < datetime.combine(TODAY, time(), UTC)


def test_at_least_thirty_six_clients_over_sixteen_quarters() -> None:
    spans = timelines(told()[1]).values()
    assert len(clients(told()[1])) >= 36
    quarters = {(m.effective_on.year, (m.effective_on.month + 2) // 3) for t in spans for m in t.milestones}
    assert {(year, quarter) for year in range(2023, 2027) for quarter in range(1, 5)} <= quarters


def test_every_structure_is_held_and_every_kind_happens() -> None:
    spans = timelines(told()[1]).values()
    assert {s.structure for t in spans for s in t.structure_spans if s.start <= TODAY} == set(Structure)
    assert {m.kind for t in spans for m in t.milestones} == set(Kind)


def test_everybody_who_holds_a_seat_or_records_something_is_a_person_of_the_story() -> None:
    story, cabinet = told()
    people = {person.id for person in story.people}
    assert len({person.name for person in story.people}) == len(story.people) == len(people)
    assert {person.employer for person in story.people} == set(Provider)
    assert {
        holder for t in timelines(cabinet).values() for m in t.milestones for holder in holders_of(m.details)
    } <= people
    assert {event.recorded_by for _, event in cabinet.recorded_at} <= people  # type: ignore[attr-defined]


def test_there_are_prospects_paused_ended_and_returning_clients() -> None:
    _, cabinet = told()
    spans = timelines(cabinet)
    engagements = [[spans[e] for e in client.engagements] for client in clients(cabinet)]
    assert [] in engagements
    assert any(len(several) == 2 for several in engagements)
    statuses = [t.status_on(TODAY) for t in spans.values()]
    assert statuses.count(Status.PAUSED) >= 1
    assert statuses.count(Status.CLOSED) >= 4
    assert None in statuses  # one that is signed and has not begun


def test_there_are_plans_late_entries_corrections_retractions_and_changes_made_together() -> None:
    _, cabinet = told()
    spans = timelines(cabinet)
    assert sum(m.effective_on > TODAY for t in spans.values() for m in t.milestones) >= 5
    events = [(at, e) for at, e in cabinet.recorded_at if isinstance(e, Engagement.Event)]
    changes = [(at, change) for at, event in events for change in event.changes]
    assert sum(isinstance(change, Corrected) for _, change in changes) >= 5
    assert sum(isinstance(change, Retracted) for _, change in changes) >= 2
    assert any(len(event.changes) > 1 for _, event in events)
    late = [
        change
        for at, change in changes
        if at and not isinstance(change, Retracted) and at.date() - change.milestone.effective_on > timedelta(days=60)
    ]
    assert len(late) >= 5
    assert {m.precision for t in spans.values() for m in t.milestones} == set(Precision)


def test_assessments_agree_with_what_is_held_and_disagree_and_dissent_among_themselves() -> None:
    spans = timelines(told()[1]).values()
    taken = [(t, m, m.details) for t in spans for m in t.milestones if isinstance(m.details, AssessmentTaken)]
    assert len(taken) >= 20
    advised: list[Any] = []
    for _, _, details in taken:
        assert details.verdicts
        advised.append(verdicts_mapping(evaluate(evaluated_answers(details)))["recommendation"])
        assert advised[-1] == details.verdicts["recommendation"]
    assert {a["structure"] for a in advised} >= {None, "unified_fractional", "fractional_pair"}
    assert any(a["dissent"] for a in advised)
    later = [
        (t.structure_on(m.effective_on + timedelta(days=60)), a) for (t, m, _), a in zip(taken, advised, strict=True)
    ]
    assert any(held == a["structure"] for held, a in later)
    assert any(a["structure"] not in (None, held) for held, a in later)


def test_seats_are_paid_in_several_currencies_and_handed_over_for_the_time_being() -> None:
    seats = [s for t in timelines(told()[1]).values() for s in t.seat_spans]
    assert {s.terms.monthly_fee.currency for s in seats if s.terms.monthly_fee} >= {"USD", "EUR"}
    assert any(s.terms.interim for s in seats)
    assert {s.terms.provider for s in seats} == set(Provider)


def test_profiles_grow_and_some_clients_have_their_own_fiscal_year() -> None:
    _, cabinet = told()
    events = [event for _, event in cabinet.recorded_at]
    assert sum(isinstance(event, Client.ProfileChanged) for event in events) >= 30
    assert any(isinstance(event, Client.ProfileChanged) and event.name for event in events)
    assert sum(isinstance(e, Client.Created) and e.fiscal_year_start_month is not None for e in events) >= 4


def test_halcyon_health_went_from_nobody_over_one_leader_to_two_full_time_seats() -> None:
    story, cabinet = told()
    names = {person.id: person.name for person in story.people}
    halcyon = next(client for client in clients(cabinet) if client.name == "Halcyon Health")
    (engagement,) = halcyon.engagements
    timeline = timelines(cabinet)[engagement]
    assert [
        (s.structure.value, s.start.isoformat(), s.end and s.end.isoformat()) for s in timeline.structure_spans
    ] == [
        ("none", "2023-02-20", "2023-04-17"),
        ("unified_fractional", "2023-04-17", "2024-07-01"),
        ("fractional_pair", "2024-07-01", "2025-03-17"),
        ("full_time_cto_fractional_caio", "2025-03-17", "2025-12-19"),
        ("cto_only_full_time", "2025-12-19", "2026-02-16"),
        ("full_time_cto_fractional_caio", "2026-02-16", "2026-09-07"),
        ("full_time_pair", "2026-09-07", "2027-01-29"),
    ]
    today = timeline.arrangement_on(TODAY)
    assert today.technology
    assert today.ai
    assert names[today.technology.terms.holder] == "Elena Brandt"
    assert names[today.ai.terms.holder] == "Sofia Lind"
