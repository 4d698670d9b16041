"""The AI half dropped (A08), one bundled paper (A13), AI that nobody owns (W08): dates worked out by hand."""

from __future__ import annotations

import pytest
from sign_cases import answers, runs, words
from sign_story import goes_live, hands_over, issued, measured, owns, pauses, resumes, starts, worked
from story import AI, DANA, IRIS, SOFIA, TECHNOLOGY, chosen, correct, day, given, on, retract, seat, split, two_hats

from domain.areas import DecisionOwner
from domain.decisions import Log
from domain.kinds.seats import HatAdded, SeatVacated
from domain.milestones import KEEP
from domain.signs.runs import ThresholdChange, ThresholdHistory

# A08

UNIFIED = given(chosen("2024-02-01", two_hats(DANA)))


def test_ai_is_dropped_92_days_after_the_seat_began_where_only_technology_left_traces() -> None:
    story = UNIFIED.when(issued("2024-03-01", "roadmap", TECHNOLOGY))
    assert words(runs("A08", story)) == ["2024-05-03.. high"]
    assert words(runs("A08", UNIFIED)) == []


def test_ai_is_dropped_92_days_after_its_last_trace() -> None:
    story = UNIFIED.when(issued("2024-04-10", "ai_strategy", AI), issued("2024-05-01", "roadmap", TECHNOLOGY))
    assert words(runs("A08", story)) == ["2024-07-11.. high"]


def test_technology_traces_count_only_within_the_quiet_days() -> None:
    before = UNIFIED.when(issued("2024-03-01", "roadmap", TECHNOLOGY), issued("2024-04-10", "ai_strategy", AI))
    assert words(runs("A08", before)) == []
    same_day = UNIFIED.when(issued("2024-04-10", "roadmap", TECHNOLOGY), issued("2024-04-10", "ai_strategy", AI))
    assert words(runs("A08", same_day)) == []
    late = before.when(owns("2024-09-01", "architecture", DecisionOwner.TECHNOLOGY))
    assert words(runs("A08", late)) == ["2024-09-01.. high"]


@pytest.mark.parametrize(
    "trace",
    [
        issued("2024-06-01", "ai_strategy", AI),
        worked("2024-06-01", "2024-03", AI, 4),
        owns("2024-06-01", "ai_risk", DecisionOwner.AI),
        starts("2024-06-01", "search"),
    ],
    ids=["deliverable", "hours", "decision right", "initiative"],
)
def test_any_trace_of_ai_ends_the_quiet(trace: Log) -> None:
    story = UNIFIED.when(issued("2024-03-01", "roadmap", TECHNOLOGY), trace)
    assert words(runs("A08", story)) == ["2024-05-03..2024-06-01 high"]
    again = story.when(issued("2024-07-01", "hiring_plan", TECHNOLOGY))
    assert words(runs("A08", again)) == ["2024-05-03..2024-06-01 high", "2024-09-01.. high"]


def test_an_initiative_that_goes_live_or_is_measured_is_a_trace_of_ai() -> None:
    story = UNIFIED.when(
        issued("2024-03-01", "roadmap", TECHNOLOGY),
        starts("2024-03-02", "search"),
        goes_live("2024-05-01", "search"),
        measured("2024-07-30", "search"),
    )
    assert words(runs("A08", story)) == []


def test_no_hours_and_joint_decision_rights_are_no_trace_of_ai() -> None:
    story = UNIFIED.when(
        worked("2024-03-01", "2024-02", TECHNOLOGY, 20),
        worked("2024-03-01", "2024-02", AI, 0),
        owns("2024-03-02", "mlops", DecisionOwner.JOINT),
    )
    assert words(runs("A08", story)) == ["2024-05-03.. high"]


def test_paused_days_are_not_quiet_and_a_seat_of_its_own_for_ai_ends_the_quiet() -> None:
    story = UNIFIED.when(
        issued("2024-03-01", "roadmap", TECHNOLOGY),
        pauses("2024-04-01"),
        resumes("2024-05-01"),
        hands_over("2024-05-10", SOFIA, TECHNOLOGY, AI),
        split("2024-07-01", SOFIA, IRIS),
    )  # thirty days of pause
    assert words(runs("A08", story)) == ["2024-06-02..2024-07-01 high"]


def test_a_dropped_half_names_the_last_trace_of_each_hat() -> None:
    story = UNIFIED.when(issued("2024-04-10", "ai_strategy", AI), issued("2024-05-01", "roadmap", TECHNOLOGY))
    (run,) = runs("A08", story)
    stretch = run.on(day("2024-07-11").toordinal())
    assert stretch is not None
    assert set(stretch.finding.evidence_on(stretch.start)) == set(story.order()[1:])


def test_a_retracted_trace_was_never_one() -> None:
    story = UNIFIED.when(issued("2024-03-01", "roadmap", TECHNOLOGY), issued("2024-04-10", "ai_strategy", AI))
    assert words(runs("A08", story)) == []
    assert words(runs("A08", story.when(retract("ai_strategy 2024-04-10")))) == ["2024-05-03.. high"]


# A13


def test_only_the_technology_paper_after_the_first_quarter_is_one_paper() -> None:
    story = UNIFIED.when(issued("2024-03-01", "technology_read", TECHNOLOGY))
    assert words(runs("A13", story)) == ["2024-05-01.. medium"]
    map_only = story.when(issued("2024-04-01", "ai_capability_map", AI))
    assert words(runs("A13", map_only)) == ["2024-05-01.. medium"]
    in_time = map_only.when(issued("2024-04-30", "governance_framework", AI))
    assert words(runs("A13", in_time)) == []
    late = map_only.when(issued("2024-05-20", "governance_framework", AI))
    assert words(runs("A13", late)) == ["2024-05-01..2024-05-20 medium"]


def test_only_the_ai_papers_after_the_first_quarter_are_one_sided_too() -> None:
    story = UNIFIED.when(
        issued("2024-03-01", "ai_capability_map", AI), issued("2024-03-01", "governance_framework", AI)
    )
    assert words(runs("A13", story)) == ["2024-05-01.. medium"]
    assert words(runs("A13", story.when(issued("2024-06-01", "decision_log", TECHNOLOGY)))) == [
        "2024-05-01..2024-06-01 medium"
    ]


def test_no_paper_at_all_or_one_ai_paper_alone_is_no_bundle() -> None:
    assert words(runs("A13", UNIFIED)) == []
    assert words(runs("A13", UNIFIED.when(issued("2024-03-01", "ai_capability_map", AI)))) == []


def test_two_papers_with_one_link_are_a_bundle_from_the_day_of_the_second() -> None:
    paper, another = "https://files.example/read.pdf", "https://files.example/ai.pdf"
    story = UNIFIED.when(
        issued("2024-03-01", "technology_read", TECHNOLOGY, paper),
        issued("2024-03-10", "ai_capability_map", AI, another, paper),
        issued("2024-03-12", "governance_framework", AI, another),
    )
    assert words(runs("A13", story)) == ["2024-03-10.. medium"]
    corrected = story.when(correct("ai_capability_map 2024-03-10", links=(another,)))
    assert words(runs("A13", corrected)) == []


def test_a_bundle_names_what_is_missing_after_the_first_quarter() -> None:
    story = UNIFIED.when(
        issued("2024-03-01", "technology_read", TECHNOLOGY), issued("2024-04-01", "ai_capability_map", AI)
    )
    (run,) = runs("A13", story)
    stretch = run.on(day("2024-05-01").toordinal())
    assert stretch is not None
    assert stretch.finding.details_on(stretch.start) == ("governance_framework",)
    assert set(stretch.finding.evidence_on(stretch.start)) == set(story.order()[1:])


def test_a_bundle_needs_one_seat_and_its_quarter_leaves_out_paused_days() -> None:
    story = UNIFIED.when(
        issued("2024-03-01", "technology_read", TECHNOLOGY),
        pauses("2024-04-01"),
        resumes("2024-04-11"),
        split("2024-06-01", DANA, IRIS),
    )
    assert words(runs("A13", story)) == ["2024-05-11..2024-06-01 medium"]
    two = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI)), issued("2024-03-01", "roadmap", TECHNOLOGY)
    )
    assert words(runs("A13", two)) == []


# W08

ALONE = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY)))


def test_ai_work_has_no_owner_thirty_days_after_an_initiative_started_without_an_ai_seat() -> None:
    story = ALONE.when(starts("2024-06-01", "search"))
    assert words(runs("W08", story)) == ["2024-07-01.. high"]
    assert words(runs("W08", ALONE)) == []
    assert words(runs("W08", story.when(on("2024-06-30", HatAdded(AI, KEEP))))) == []
    assert words(runs("W08", story.when(on("2024-07-15", HatAdded(AI, KEEP))))) == ["2024-07-01..2024-07-15 high"]


def test_initiatives_in_the_profile_are_ai_work_from_the_opening_on() -> None:
    counted = answers(("profile:2024-01-01", {"ai_initiatives": 2}))
    assert words(runs("W08", ALONE, counted)) == ["2024-02-14.. high"]
    none_any_more = answers(
        ("profile:2024-01-01", {"ai_initiatives": 2}), ("profile:2024-03-01", {"ai_initiatives": 0})
    )
    assert words(runs("W08", ALONE, none_any_more)) == ["2024-02-14..2024-03-01 high"]


@pytest.mark.parametrize("owner", ["caio", "cto", "other"])
def test_an_owner_by_name_ends_it_and_an_owner_in_theory_does_not(owner: str) -> None:
    story = ALONE.when(starts("2024-06-01", "search"))
    named = answers(("2024-08-01", {"ai_outcome_owner": owner}))
    assert words(runs("W08", story, named)) == ["2024-07-01..2024-08-01 high"]
    for nobody in ("nobody", "cto_in_theory", "unknown"):
        assert words(runs("W08", story, answers(("2024-08-01", {"ai_outcome_owner": nobody})))) == ["2024-07-01.. high"]


def test_a_vacated_ai_seat_leaves_running_ai_work_without_an_owner() -> None:
    story = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI)),
        starts("2024-02-10", "search"),
        on("2024-06-01", SeatVacated((AI,))),
        pauses("2024-06-11"),
        resumes("2024-06-21"),
    )  # ten days before the pause, so twenty after it
    assert words(runs("W08", story)) == ["2024-07-11.. high"]


def test_the_days_of_grace_of_ai_work_may_change_from_a_day_on() -> None:
    story = ALONE.when(starts("2024-06-01", "search"))
    longer = ThresholdHistory({"W08": (ThresholdChange(day("2024-07-10").toordinal(), {"grace": 60}),)})
    assert words(runs("W08", story, thresholds=longer)) == ["2024-07-01..2024-07-10 high", "2024-07-31.. high"]
