"""What cannot fit on a date: never said of a kind of which some milestone would be taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from histories import Dice, history, milestone_id, numbers, one_more
from hypothesis import given
from hypothesis import strategies as st
from story import DANA, IRIS, Story, chosen, day, named, on, split, two_hats
from story import given as engagement

from domain.decisions import Log, Standing, decide
from domain.errors import AlreadyFullTime, AlreadyPaused, NotPaused, NotUnified, Refusal, UnknownConflict
from domain.kinds.engagement import Closed, Paused
from domain.kinds.seats import TransitionedToFullTime
from domain.kinds.work import InitiativeStarted
from domain.milestones import Kind, Milestone
from domain.possible_kinds import unfitting_kinds
from domain.seats import BOTH


@given(rolls=st.lists(numbers, min_size=1, max_size=12), roll=numbers, days=st.integers(-20, 400))
def test_a_kind_that_is_said_not_to_fit_never_fits(rolls: list[int], roll: int, days: int) -> None:
    milestones = history(rolls)
    around = milestones[0].effective_on + timedelta(days=days)
    one = one_more(milestones, Dice(roll), len(milestones), around)
    standing = Standing({milestone.id: milestone for milestone in milestones})
    try:
        unfit = unfitting_kinds(milestones, one.effective_on)
        decide(standing, [Log(milestone_id(999), one.effective_on, one.details)])
    except Refusal:
        return
    assert one.kind not in unfit


def test_what_cannot_fit_says_why_and_because_of_what() -> None:
    milestones = history([])
    opened = milestones[0].effective_on
    unfit = unfitting_kinds(milestones, opened)
    assert {Kind.SPLIT_TO_TWO_ROLES, Kind.RESUMED, Kind.CONFLICT_RESOLVED, Kind.HANDED_OVER} <= set(unfit)
    assert isinstance(unfit[Kind.RESUMED], NotPaused)
    assert isinstance(unfit[Kind.CONFLICT_RESOLVED], UnknownConflict)
    assert Kind.STRUCTURE_CHOSEN not in unfit


def test_no_kind_fits_before_the_opening_or_after_the_close() -> None:
    milestones = history([])
    opened = milestones[0].effective_on
    logged = set(Kind) - {Kind.OPENED}
    assert set(unfitting_kinds(milestones, opened - timedelta(days=1))) == logged
    closed = [*milestones, Milestone(milestone_id(1), 1, opened + timedelta(days=9), Closed("completed"))]
    assert set(unfitting_kinds(closed, opened + timedelta(days=10))) == logged


def unfit_on(text: str, story: Story) -> Mapping[Kind, Refusal]:
    return unfitting_kinds(list(story.standing.milestones.values()), day(text))


def test_what_stands_on_the_same_day_is_in_force_and_comes_once() -> None:
    story = engagement(on("2024-03-01", Paused()), on("2024-03-01", InitiativeStarted("triage")))
    unfit = unfit_on("2024-03-01", story)
    assert isinstance(unfit[Kind.PAUSED], AlreadyPaused)
    assert not {Kind.RESUMED, Kind.ALIGNMENT_HELD, Kind.INITIATIVE_LIVE} & set(unfit)


def test_a_later_milestone_that_would_no_longer_fit_is_named_before_other_reasons() -> None:
    unified = chosen("2024-02-01", two_hats(DANA))
    vacated = unfit_on("2024-03-01", engagement(unified, split("2024-06-10", DANA, IRIS, "the split")))
    assert isinstance(vacated[Kind.SEAT_VACATED], NotUnified)
    assert vacated[Kind.SEAT_VACATED].milestone == named("the split")
    full_time = on("2024-06-10", TransitionedToFullTime(BOTH, DANA), "full-time")
    promoted = unfit_on("2024-03-01", engagement(unified, full_time))  # one hat alone is no seat, which is no better
    assert isinstance(promoted[Kind.TRANSITIONED_TO_FULL_TIME], AlreadyFullTime)
    assert promoted[Kind.TRANSITIONED_TO_FULL_TIME].milestone == named("full-time")


def test_of_several_reasons_the_first_is_given() -> None:
    refusal = unfit_on("2024-03-01", engagement())[Kind.HAT_ADDED]
    assert refusal.detail == "The AI function is vacant too, so no holder can take on a second hat."
    assert refusal.milestone is None
