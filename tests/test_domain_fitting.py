"""What cannot fit on a date: never said of a kind of which some milestone would be taken."""

from __future__ import annotations

from datetime import timedelta

from histories import Dice, history, milestone_id, numbers, one_more
from hypothesis import given
from hypothesis import strategies as st

from domain.changes import Log, Standing, decide
from domain.errors import NotPaused, Refusal, UnknownConflict
from domain.fitting import unfitting_kinds
from domain.kinds.engagement import Closed
from domain.milestones import Kind, Milestone


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
