"""Taking back what was recorded: everything is as before, and what was changed since stands in the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from uuid import UUID

from story import DANA, IRIS, Story, chosen, closed, correct, day, given, named, on, retract, two_hats

from domain.kinds.agreements import AlignmentHeld, SignObserved
from domain.milestones import Milestone, Precision
from domain.reversal import Reversal, added_since, reversal

SIGN = replace(
    on("2024-04-01", SignObserved("A07", "seen"), "the sign", Precision.MONTH),
    note="by phone",
    links=("https://example.org/1",),
)
MEETING = replace(
    on("2024-05-01", AlignmentHeld((DANA, IRIS)), "the meeting", Precision.MONTH),
    note="at noon",
    links=("https://example.org/2",),
    reported_on=day("2024-06-03"),
)
UNTOUCHED = on("2024-04-02", AlignmentHeld((IRIS,)), "untouched")
BEFORE = given(chosen("2024-02-01", two_hats(DANA), called="the choice"), SIGN, UNTOUCHED, MEETING)
IMPORTED = BEFORE.when(
    correct(
        "the sign",
        "2024-04-09",
        precision=Precision.DAY,
        details=lambda _: SignObserved("A05", "seen twice"),
        note=None,
        links=(),
    ),
    retract("the meeting"),
    on("2024-03-01", AlignmentHeld((DANA,)), "the new one"),
)


def taken_back(before: Story, after: Story, now: Story) -> Reversal:
    numbers = count(1)
    return reversal(
        before.standing, after.standing, now.standing, "by mistake", lambda: named(f"again {next(numbers)}")
    )


def recorded(story: Story) -> dict[UUID, Milestone]:
    """The milestones, each with the same order, since one that is logged again is the newest."""
    return {key: replace(milestone, order=0) for key, milestone in story.standing.milestones.items()}


def test_what_was_logged_corrected_and_retracted_is_as_before_and_logged_again_under_a_new_id() -> None:
    back = taken_back(BEFORE, IMPORTED, IMPORTED)
    assert back.changed_since == ()
    again = recorded(IMPORTED.when(*back.requests))
    expected = recorded(BEFORE)
    meeting = expected.pop(named("the meeting"))
    assert again.pop(named("again 1")) == replace(meeting, id=named("again 1"))
    assert again == expected


def test_what_was_corrected_since_stands_in_the_way() -> None:
    now = IMPORTED.when(correct("the new one", "2024-03-02"))
    back = taken_back(BEFORE, IMPORTED, now)
    assert back.changed_since == (now.standing.milestones[named("the new one")],)
    assert [request.milestone for request in back.requests] == [named("the sign"), named("again 1")]


def test_what_was_retracted_since_is_left_alone() -> None:
    back = taken_back(BEFORE, IMPORTED, IMPORTED.when(retract("the new one"), retract("the sign")))
    assert back.changed_since == ()
    assert [request.milestone for request in back.requests] == [named("again 1")]


def test_where_nothing_changed_there_is_nothing_to_take_back() -> None:
    assert taken_back(IMPORTED, IMPORTED, IMPORTED.when(closed("2024-09-30"))) == Reversal((), ())


def test_added_since_is_what_was_logged_or_corrected_and_nothing_else() -> None:
    now = IMPORTED.when(closed("2024-09-30"), correct("the new one", "2024-03-02"), retract("the sign"))
    added = added_since(IMPORTED.standing, now.standing)
    assert [milestone.id for milestone in added] == [named("the new one"), named("closed 2024-09-30")]
    assert added_since(now.standing, now.standing) == ()
