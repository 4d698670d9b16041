"""Logging, correcting and retracting: what is allowed, what is kept, and several at once."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from story import AI, DANA, IRIS, SOFIA, TECHNOLOGY, chosen, correct, day, given, named, on, retract, split, two_hats

from domain.decisions import Corrected, Logged, Retract, Retracted, decide
from domain.errors import (
    AlreadyRetracted,
    InvalidField,
    NothingToChange,
    NotOneSeat,
    NotUnified,
    OpeningStays,
    OpensOnce,
    UnknownMilestone,
)
from domain.kinds.agreements import AlignmentHeld
from domain.kinds.engagement import Closed, Opened, Paused
from domain.kinds.seats import HandedOver
from domain.milestones import Precision

UNIFIED = chosen("2024-02-01", two_hats(DANA), called="the choice")


def test_a_correction_moves_a_milestone_and_keeps_its_id_and_order() -> None:
    story = given(UNIFIED).when(correct("the choice", "2024-03-01"))
    (_, moved) = story.timeline.milestones
    assert (moved.id, moved.order, moved.effective_on) == (named("the choice"), 1, day("2024-03-01"))


def test_a_correction_changes_only_what_it_names() -> None:
    story = given(
        replace(UNIFIED, note="as signed", links=("https://example.org/letter",), reported_on=day("2024-02-09"))
    )
    (_, before) = story.timeline.milestones
    (_, noted) = story.when(correct("the choice", note="as countersigned")).timeline.milestones
    assert noted == replace(before, note="as countersigned")
    (_, without) = story.when(correct("the choice", note=None, links=())).timeline.milestones
    assert without == replace(before, note=None, links=())


def test_a_correction_of_details_works_on_the_details_as_they_stand() -> None:
    story = given(UNIFIED).when(correct("the choice", details=lambda d: replace(d, rationale="one budget line")))
    (_, milestone) = story.timeline.milestones
    assert milestone.details == replace(UNIFIED.details, rationale="one budget line")  # type: ignore[type-var]


def test_a_correction_keeps_the_kind() -> None:
    refusal = given(UNIFIED).refuses(correct("the choice", details=lambda _: Paused()), because=InvalidField)
    assert isinstance(refusal, InvalidField)
    assert refusal.field == "details.kind"


def test_a_correction_that_changes_nothing_is_refused() -> None:
    given(UNIFIED).refuses(correct("the choice", "2024-02-01"), because=NothingToChange, naming="the choice")


def test_a_date_is_corrected_together_with_its_precision() -> None:
    story = given(on("2024-04-01", AlignmentHeld((DANA,)), "met", Precision.QUARTER))
    story.refuses(correct("met", "2024-05-13"), because=InvalidField)
    corrected = story.when(correct("met", "2024-05-13", precision=Precision.DAY))
    assert corrected.timeline.milestones[1].effective_on == day("2024-05-13")


def test_the_opening_can_be_corrected_but_not_retracted() -> None:
    story = given(UNIFIED)
    assert story.when(correct("the opening", "2024-01-10")).timeline.opened_on == day("2024-01-10")
    renamed = story.when(correct("the opening", details=lambda d: replace(d, name="Two hats", practice_lead=IRIS)))
    assert renamed.timeline.milestones[0].details == Opened("Two hats", IRIS)
    story.refuses(retract("the opening"), because=OpeningStays, naming="the opening")


def test_an_engagement_is_opened_once() -> None:
    given().refuses(on("2024-05-01", Opened("again")), because=OpensOnce)


def test_a_retracted_milestone_is_gone_for_good() -> None:
    story = given(UNIFIED).when(retract("the choice"))
    assert story.structures == ["none 2024-01-15.."]
    story.refuses(retract("the choice"), because=AlreadyRetracted, naming="the choice")
    story.refuses(correct("the choice", "2024-03-01"), because=AlreadyRetracted, naming="the choice")
    refusal = story.refuses(UNIFIED, because=InvalidField)  # not even its id is free
    assert refusal.detail == "milestone: that id is taken"


def test_an_unknown_milestone_can_neither_be_corrected_nor_retracted() -> None:
    given().refuses(correct("nobody knows", "2024-03-01"), because=UnknownMilestone)
    given().refuses(retract("nobody knows"), because=UnknownMilestone)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_correction_and_a_retraction_need_a_reason(reason: str) -> None:
    story = given(UNIFIED)
    story.refuses(replace(correct("the choice", "2024-03-01"), reason=reason), because=InvalidField)
    story.refuses(Retract(named("the choice"), reason), because=InvalidField)


def test_changes_that_only_fit_together_are_made_together() -> None:
    story = given(
        UNIFIED,
        split("2024-06-10", DANA, IRIS, "the split"),
        on("2024-07-01", HandedOver((AI,), SOFIA), "the handover"),
    )
    later_split, later_handover = correct("the split", "2024-07-15"), correct("the handover", "2024-08-01")
    story.refuses(later_split, because=NotOneSeat, naming="the handover")
    for both in ((later_split, later_handover), (later_handover, later_split)):
        assert story.when(*both).seats(AI) == [
            "Dana fractional 2024-02-01..2024-07-15",
            "Iris fractional 2024-07-15..2024-08-01",
            "Sofia fractional 2024-08-01..",
        ]


def test_changes_are_refused_as_a_whole() -> None:
    story = given(UNIFIED)
    fits = on("2024-03-01", HandedOver((TECHNOLOGY, AI), SOFIA))
    story.refuses(fits, split("2024-01-20", DANA, IRIS, "too early"), because=NotUnified, naming="too early")
    assert story.structures[-1] == "unified_fractional 2024-02-01.."


def test_a_milestone_logged_and_put_right_in_one_command_is_known_as_put_right() -> None:
    story = given().when(UNIFIED, correct("the choice", "2024-02-05"))
    assert story.structures[-1] == "unified_fractional 2024-02-05.."


def test_no_changes_are_no_command() -> None:
    with pytest.raises(InvalidField):
        decide(given().standing, ())


def test_what_was_decided_says_what_it_changes() -> None:
    story = given(UNIFIED)
    requests = (split("2024-06-10", DANA, IRIS, "the split"), correct("the choice", "2024-02-05"))
    logged, corrected = decide(story.standing, requests).changes
    assert isinstance(logged, Logged)
    assert isinstance(corrected, Corrected)
    assert (logged.milestone.order, corrected.milestone.order) == (2, 1)
    assert corrected.reason == "it was otherwise"
    (retracted,) = decide(story.standing, [replace(retract("the choice"), links=("https://example.org",))]).changes
    assert retracted == Retracted(named("the choice"), "it never happened", ("https://example.org",))


def test_the_place_of_a_retracted_milestone_is_never_given_again() -> None:
    story = given(UNIFIED, on("2024-03-01", AlignmentHeld((DANA,)), "a meeting")).when(retract("a meeting"))
    after = story.when(on("2024-03-01", AlignmentHeld((DANA,)), "the meeting"))
    assert [m.order for m in after.timeline.milestones] == [0, 1, 3]


def test_bounds_are_the_first_day_and_the_close() -> None:
    story = given(UNIFIED)
    assert story.standing.bounds() == (day("2024-01-15"), None)
    ended = story.when(on("2024-01-01", Closed("never begun"), "the close", Precision.YEAR), retract("the choice"))
    assert ended.standing.bounds() == (day("2024-01-15"), day("2024-01-15"))
    assert isinstance(named("x"), UUID)
