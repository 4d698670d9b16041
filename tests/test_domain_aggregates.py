"""Clients and engagements: bounds that never overlap, streams saved together, refusals that leave no trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from examples import examples
from firm import FIRST, HALCYON, SECOND, Firm, opening
from hypothesis import event
from hypothesis import given as supposing
from hypothesis import strategies as st
from story import AI, DANA, IRIS, TECHNOLOGY, chosen, closed, correct, day, named, on, retract, seat, split, two_hats

from domain.application import MOST_TRIES, TooBusy
from domain.decisions import Bounds, Log, Request, Retract
from domain.engagement import Engagement
from domain.errors import (
    EngagementsOverlap,
    EngagementStillOpen,
    InvalidField,
    NothingToChange,
    NotUnified,
    Refusal,
    UnknownClient,
    UnknownEngagement,
)
from domain.kinds.agreements import AlignmentHeld
from domain.kinds.engagement import Closed, Opened, Paused, Resumed
from domain.milestones import Kind
from domain.unit_of_work import UnitOfWork, VersionConflict


@pytest.fixture
def firm() -> Firm:
    """A firm with one client."""
    firm = Firm()
    firm.register()
    return firm


# Engagements of one client


def test_opening_an_engagement_records_it_and_its_bounds_together(firm: Firm) -> None:
    result = firm.opens(FIRST, "2024-01-15")
    assert {type(r.domain_event).__qualname__ for r in result.recordings} == {
        "Engagement.Created",
        "Client.EngagementBounded",
    }
    assert result.position == max(r.notification.id for r in result.recordings)
    assert firm.client().engagements == {FIRST: Bounds(day("2024-01-15"), None)}
    assert firm.engagement().client == HALCYON


def test_an_engagement_begins_with_its_opening(firm: Firm) -> None:
    with pytest.raises(InvalidField):
        firm.run(lambda d: d.open_engagement(FIRST, HALCYON, on("2024-01-15", Paused()), recorded_by=DANA))


def test_a_client_with_an_open_engagement_refuses_a_second(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    before = firm.recorded()
    for text in ("2023-01-01", "2024-01-15", "2025-01-01"):
        with pytest.raises(EngagementStillOpen):
            firm.opens(SECOND, text)
    assert firm.recorded() == before


def test_an_engagement_does_not_start_before_the_last_ones_close(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, closed("2024-09-30"))
    for text in ("2023-01-01", "2024-09-29"):
        with pytest.raises(EngagementsOverlap):
            firm.opens(SECOND, text)


@pytest.mark.parametrize("close", ["2024-09-30", "2150-09-30"])
def test_a_new_engagement_may_open_on_the_day_the_one_before_closes(firm: Firm, close: str) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, closed(close))
    firm.opens(SECOND, close)
    assert firm.client().engagements == {
        FIRST: Bounds(day("2024-01-15"), day(close)),
        SECOND: Bounds(day(close), None),
    }


@pytest.mark.parametrize(
    ("engagement", "name", "to"),
    [
        (FIRST, "closed 2024-09-30", "2024-12-02"),
        (FIRST, "closed 2024-09-30", None),
        (SECOND, f"the opening of {SECOND}", "2024-09-29"),
    ],
)
def test_no_correction_or_retraction_makes_two_engagements_overlap(
    firm: Firm, engagement: UUID, name: str, to: str | None
) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, closed("2024-09-30"))
    firm.opens(SECOND, "2024-12-01")
    before = firm.recorded()
    with pytest.raises(EngagementsOverlap):
        firm.changes(engagement, correct(name, to) if to else retract(name))
    assert firm.recorded() == before


def test_a_close_may_move_as_far_as_the_next_opening(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, closed("2024-09-30"))
    firm.opens(SECOND, "2024-12-01")
    result = firm.changes(FIRST, correct("closed 2024-09-30", "2024-12-01"))
    assert len(result.recordings) == 2
    assert firm.client().engagements[FIRST] == Bounds(day("2024-01-15"), day("2024-12-01"))


def test_a_change_that_moves_no_bounds_touches_the_engagement_alone(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    version = firm.client().version
    result = firm.changes(FIRST, chosen("2024-02-01", two_hats(DANA)))
    assert [type(r.domain_event).__qualname__ for r in result.recordings] == ["Engagement.MilestoneLogged"]
    assert firm.client().version == version


@examples(150)
@supposing(rolls=st.lists(st.integers(0, 10**6), max_size=20))
def test_engagements_of_a_client_never_overlap_whatever_is_tried(rolls: list[int]) -> None:
    firm = Firm()
    firm.register()
    days: dict[UUID, tuple[date, date | None]] = {}
    for number, roll in enumerate(rolls):
        kind, roll = roll % 4, roll // 4
        some_day = date(2024, 1, 1) + timedelta(days=roll % 40)
        engagement = (
            named(f"engagement {number}") if kind == 0 else sorted(days)[roll // 40 % len(days)] if days else None
        )
        if engagement is None:
            continue
        wanted, request = what_it_would_be(firm, days, kind, engagement, some_day)
        if request is None:
            continue
        refusal = refusal_of(firm, engagement, request)
        event("fits" if refusal is None else type(refusal).__name__)
        if refusal is None:
            days[engagement] = wanted
            assert may_be(days)
        else:
            assert isinstance(refusal, NothingToChange) or not may_be({**days, engagement: wanted})
        assert {e: tuple(b) for e, b in firm.client().engagements.items()} == days
        for other in days:
            assert tuple(firm.engagement(other).bounds) == days[other]


Days = tuple[date, date | None]


def refusal_of(firm: Firm, engagement: UUID, request: Request) -> Refusal | None:
    try:
        if isinstance(request, Log) and isinstance(request.details, Opened):
            firm.opens(engagement, request.effective_on.isoformat())
        else:
            firm.changes(engagement, request)
    except Refusal as refusal:
        return refusal
    return None


def what_it_would_be(
    firm: Firm, days: dict[UUID, Days], kind: int, engagement: UUID, some_day: date
) -> tuple[Days, Request | None]:
    """The bounds after opening (0), closing (1), retracting the close (2) or moving the opening (3)."""
    if kind == 0:
        return (some_day, None), opening(engagement, some_day.isoformat())
    start, close = days[engagement]
    standing = firm.engagement(engagement).standing.milestones.values()
    closing = next((m for m in standing if m.kind is Kind.CLOSED), None)
    if kind == 1 and closing is None:
        name = f"close {len(firm.recorded())}"
        return (start, some_day), on(some_day.isoformat(), Closed("done"), name)
    if kind == 2 and closing is not None:
        return (start, None), Retract(closing.id, "it goes on")
    if kind == 3:
        return (some_day, close), correct(f"the opening of {engagement}", some_day.isoformat())
    return (start, close), None


def may_be(days: dict[UUID, Days]) -> bool:
    """No engagement closes before it opens, no day lies in two of them, and at most one is open."""
    far = date(2025, 1, 1)
    lived = [set(range(start.toordinal(), (close or far).toordinal())) for start, close in days.values()]
    inside = [
        (a, b) for a in days for b in days if a != b and days[a][0] < days[b][0] and (days[a][1] or far) > days[b][0]
    ]
    return (
        all(close is None or start <= close for start, close in days.values())
        and sum(map(len, lived)) == len(set().union(*lived))
        and not inside
        and sum(close is None for _, close in days.values()) <= 1
    )


# Telling


def test_a_refused_command_changes_nothing(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    before = firm.recorded(), firm.engagement().version, firm.client().version
    with pytest.raises(NotUnified):
        firm.changes(FIRST, closed("2024-09-30"), split("2024-06-10", DANA, IRIS))
    assert (firm.recorded(), firm.engagement().version, firm.client().version) == before


def test_a_use_case_is_saved_as_a_whole_or_not_at_all(firm: Firm) -> None:
    def open_and_fail(unit: UnitOfWork) -> None:
        unit.open_engagement(FIRST, HALCYON, opening(FIRST, "2024-01-15"), recorded_by=DANA)
        unit.change(FIRST, [split("2024-06-10", DANA, IRIS)], recorded_by=DANA)

    before = firm.recorded()
    with pytest.raises(NotUnified):
        firm.run(open_and_fail)
    assert firm.recorded() == before


def test_one_use_case_may_do_several_things_to_several_streams(firm: Firm) -> None:
    def a_whole_story(unit: UnitOfWork) -> None:
        unit.open_engagement(FIRST, HALCYON, opening(FIRST, "2024-01-15"), recorded_by=DANA)
        unit.change(FIRST, [chosen("2024-02-01", two_hats(DANA))], recorded_by=DANA)
        unit.change(FIRST, [closed("2024-09-30")], recorded_by=DANA)
        unit.open_engagement(SECOND, HALCYON, opening(SECOND, "2024-09-30"), recorded_by=DANA)

    result = firm.run(a_whole_story)
    assert len(result.recordings) == 7
    assert result.position == max(r.notification.id for r in result.recordings)
    assert firm.engagement().bounds == Bounds(day("2024-01-15"), day("2024-09-30"))


def test_who_lost_a_race_is_decided_anew_on_what_stands_then(firm: Firm) -> None:
    tries = []

    def slowly(unit: UnitOfWork) -> Engagement:
        client = unit.client(HALCYON)
        tries.append(client.version)
        if len(tries) == 1:
            firm.run(
                lambda d: d.client(HALCYON).change_profile(day("2024-01-01"), None, {"headcount": 9}, recorded_by=IRIS)
            )
        return unit.open_engagement(FIRST, HALCYON, opening(FIRST, "2024-01-15"), recorded_by=DANA)

    firm.run(slowly)
    assert tries == [1, 2]


def test_who_lost_a_race_against_a_second_engagement_is_refused(firm: Firm) -> None:
    def too_late(unit: UnitOfWork) -> Engagement:
        unit.client(HALCYON)
        if not firm.client().engagements:
            firm.opens(FIRST, "2024-01-15")
        return unit.open_engagement(SECOND, HALCYON, opening(SECOND, "2024-03-01"), recorded_by=DANA)

    with pytest.raises(EngagementStillOpen):
        firm.run(too_late)
    assert set(firm.client().engagements) == {FIRST}


def test_who_loses_every_race_is_told_to_come_back(firm: Firm) -> None:
    tries = []

    def never(unit: UnitOfWork) -> None:
        unit.client(HALCYON).change_profile(day("2024-01-01"), None, {"headcount": 1}, recorded_by=DANA)
        tries.append(1)
        firm.run(
            lambda d: d.client(HALCYON).change_profile(day("2024-01-01"), None, {"headcount": 2}, recorded_by=IRIS)
        )

    with pytest.raises(TooBusy):
        firm.run(never)
    assert len(tries) == MOST_TRIES


def test_a_version_that_was_expected_is_the_one_that_stands(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    meeting = on("2024-02-01", AlignmentHeld((DANA,)))
    firm.run(lambda unit: unit.change(FIRST, [meeting], recorded_by=DANA, expected_version=1))
    with pytest.raises(VersionConflict) as caught:
        firm.run(
            lambda unit: unit.change(
                FIRST, [retract("alignment_held 2024-02-01")], recorded_by=DANA, expected_version=1
            )
        )
    assert caught.value.version == 2
    with pytest.raises(VersionConflict):
        firm.run(
            lambda unit: unit.open_engagement(
                SECOND, HALCYON, opening(SECOND, "2025-01-01"), recorded_by=DANA, expected_version=1
            )
        )


def test_what_is_not_on_record_is_unknown(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    with pytest.raises(UnknownClient):
        firm.query(lambda unit: unit.client(named("nobody")))
    with pytest.raises(UnknownEngagement):
        firm.query(lambda unit: unit.engagement(named("nothing")))
    with pytest.raises(UnknownClient):
        firm.query(lambda unit: unit.client(FIRST))
    with pytest.raises(UnknownEngagement):
        firm.query(lambda unit: unit.engagement(HALCYON))


def test_a_preview_says_what_a_change_would_do_and_records_nothing(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    seats = chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI))
    events = firm.recorded()
    before, after = firm.query(lambda unit: unit.preview(FIRST, [seats]))
    assert firm.recorded() == events
    assert before == firm.engagement().standing.timeline()
    firm.changes(FIRST, seats)
    assert after == firm.engagement().standing.timeline()


def test_a_preview_is_refused_where_the_change_would_be(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, closed("2024-09-30"))
    firm.opens(SECOND, "2024-12-01")
    with pytest.raises(EngagementsOverlap):
        firm.query(lambda unit: unit.preview(FIRST, [retract("closed 2024-09-30")]))


def test_looking_saves_nothing_even_when_something_was_done(firm: Firm) -> None:
    before = firm.recorded()
    firm.query(lambda unit: unit.open_engagement(FIRST, HALCYON, opening(FIRST, "2024-01-15"), recorded_by=DANA))
    assert firm.recorded() == before


def test_telling_nothing_new_records_nothing(firm: Firm) -> None:
    result = firm.run(lambda unit: unit.client(HALCYON).name)
    assert (result.value, result.recordings, result.position) == ("Halcyon Health", (), None)


# Events


def test_a_change_alone_is_an_event_of_its_own_and_several_are_one(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, chosen("2024-02-01", two_hats(DANA), called="the choice"))
    firm.changes(FIRST, correct("the choice", "2024-02-05"))
    firm.changes(FIRST, retract("the choice"))
    firm.changes(FIRST, on("2024-03-01", Paused()), on("2024-04-01", Resumed()))
    firm.changes(FIRST, on("2024-05-01", Paused()), reason="as agreed on the telephone")
    assert firm.recorded()[-5:] == [
        "Engagement.MilestoneLogged",
        "Engagement.MilestoneCorrected",
        "Engagement.MilestoneRetracted",
        "Engagement.MilestonesChanged",
        "Engagement.MilestonesChanged",
    ]


def test_events_give_back_the_engagement_they_made(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, replace(chosen("2024-02-01", two_hats(DANA)), note="signed"))
    again = firm.engagement()
    assert again.standing.timeline() == firm.engagement().standing.timeline()
    assert [m.note for m in again.standing.milestones.values()] == [None, "signed"]
    assert again.version == 2
