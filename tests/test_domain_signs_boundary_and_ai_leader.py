"""Clean boundary (A01), pilots on the side (A02), the bottleneck (A03), central AI without a leader (A04), strategy
without shipping (A05): dates worked out by hand."""

from __future__ import annotations

from sign_cases import answers, runs, words
from sign_story import goes_live, hands_over, issued, measured, met, owns, pair, pauses, resumes, starts
from story import (
    AI,
    DANA,
    IRIS,
    SOFIA,
    TECHNOLOGY,
    chosen,
    closed,
    correct,
    day,
    given,
    on,
    seat,
    split,
    terms,
    two_hats,
)

from domain.areas import DecisionOwner
from domain.kinds.seats import HatAdded, MergedToOneRole, SeatVacated
from domain.milestones import KEEP
from domain.signs.runs import ThresholdChange, ThresholdHistory

JOINT, TECH = DecisionOwner.JOINT, DecisionOwner.TECHNOLOGY


def stricter(sign: str, text: str, **values: int) -> ThresholdHistory:
    return ThresholdHistory({sign: (ThresholdChange(day(text).toordinal(), values),)})


# A01


def test_a_boundary_is_clean_once_two_shared_areas_have_an_owner_and_none_is_joint() -> None:
    story = given(pair("2024-02-01"), met("2024-02-28", DANA, IRIS), owns("2024-02-20", "mlops", TECH))
    assert words(runs("A01", story)) == []
    divided = story.when(owns("2024-03-05", "data_governance"))
    assert words(runs("A01", divided)) == ["2024-03-05.. medium until 2024-03-21, high"]
    assert words(runs("A01", divided.when(owns("2024-03-15", "mlops", JOINT)))) == ["2024-03-05..2024-03-15 medium"]


def test_only_shared_areas_make_a_boundary() -> None:
    story = given(pair("2024-02-01"), owns("2024-02-05", "architecture", TECH), owns("2024-02-05", "ai_risk"))
    assert words(runs("A01", story.when(owns("2024-02-06", "mlops", TECH)))) == []


def test_a_boundary_counts_from_the_second_seat_and_ends_with_it() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        owns("2024-02-05", "mlops", TECH),
        owns("2024-02-05", "tool_selection"),
        split("2024-03-01", DANA, IRIS),
        met("2024-03-10", DANA, IRIS),
        on("2024-03-20", MergedToOneRole(terms(DANA))),
    )
    assert words(runs("A01", story)) == ["2024-03-01..2024-03-20 medium"]


def test_an_area_assigned_anew_counts_by_its_newest_owner() -> None:
    story = given(
        pair("2024-02-01"),
        owns("2024-02-02", "mlops", JOINT),
        owns("2024-02-03", "tool_selection", TECH),
        owns("2024-02-10", "mlops", TECH),
    )
    assert words(runs("A01", story)) == ["2024-02-10.. medium until 2024-02-23, high"]


def test_a_boundary_names_the_areas_and_the_milestones_that_stand_on_a_day() -> None:
    story = given(pair("2024-02-01"), owns("2024-02-03", "mlops"), owns("2024-02-05", "tool_selection", TECH))
    (run,) = runs("A01", story.when(owns("2024-02-09", "mlops", TECH)))
    on_the_fifth = run.on(day("2024-02-05").toordinal())
    assert on_the_fifth is not None
    assert on_the_fifth.finding.details_on(on_the_fifth.start) == ("mlops", "tool_selection")
    assert on_the_fifth.finding.evidence_on(on_the_fifth.start) == tuple(story.order()[1:])


def test_more_areas_may_be_required_from_a_day_on() -> None:
    story = given(pair("2024-02-01"), owns("2024-02-03", "mlops"), owns("2024-02-05", "tool_selection", TECH))
    assert words(runs("A01", story, thresholds=stricter("A01", "2024-02-12", min_assigned=3))) == [
        "2024-02-05..2024-02-12 medium"
    ]


# A02

BUSY = answers(("2024-03-01", {"cto_bandwidth": "stretched"}))


def test_pilots_stall_180_days_after_the_second_one_started() -> None:
    story = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY)), starts("2024-02-01", "search"), starts("2024-03-01", "triage")
    )
    assert words(runs("A02", story, BUSY)) == ["2024-08-28.. medium"]
    assert words(runs("A02", story.when(goes_live("2024-08-27", "search")), BUSY)) == []
    assert words(runs("A02", story.when(goes_live("2024-09-10", "search")), BUSY)) == ["2024-08-28..2024-09-10 medium"]


def test_one_pilot_or_no_answer_or_room_to_spare_is_no_sign_of_stalled_pilots() -> None:
    one = given(chosen("2024-02-01", two_hats(DANA)), starts("2024-02-01", "search"))
    assert words(runs("A02", one, BUSY)) == []
    two = one.when(starts("2024-03-01", "triage"))
    assert words(runs("A02", two)) == []
    spare = answers(("2024-03-01", {"cto_bandwidth": "full"}), ("2024-10-01", {"cto_bandwidth": "spare"}))
    assert words(runs("A02", two, spare)) == ["2024-08-28..2024-10-01 medium"]
    assert words(runs("A02", two, answers(("2024-12-01", {"cto_bandwidth": "full"})))) == ["2024-12-01.. medium"]


def test_an_unknown_bandwidth_does_not_replace_a_known_one() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)), starts("2024-02-01", "search"), starts("2024-03-01", "triage"))
    unknown_later = answers(
        ("2024-03-01", {"cto_bandwidth": "stretched"}), ("2024-09-01", {"cto_bandwidth": "unknown"})
    )
    assert words(runs("A02", story, unknown_later)) == ["2024-08-28.. medium"]


def test_paused_days_do_not_age_pilots_and_a_seat_of_its_own_for_ai_clears_them() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        starts("2024-02-01", "search"),
        starts("2024-03-01", "triage"),
        pauses("2024-04-01"),
        resumes("2024-05-01"),
        split("2024-10-15", DANA, IRIS),
    )  # thirty days of pause
    assert words(runs("A02", story, BUSY)) == ["2024-09-27..2024-10-15 medium"]


# A03

WIDE = ["sales", "support", "operations", "finance", "product"]


def test_one_seat_is_a_bottleneck_once_ai_must_land_in_five_functions_besides_engineering() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)))
    five = answers(("2024-03-01", {"ai_functions": WIDE}))
    assert words(runs("A03", story, five)) == ["2024-03-01.. high"]
    with_engineering = answers(("2024-03-01", {"ai_functions": [*WIDE[:4], "engineering"]}))
    assert words(runs("A03", story, with_engineering)) == []
    fewer_later = answers(("2024-01-01", {"ai_functions": WIDE}), ("2024-04-01", {"ai_functions": WIDE[:4]}))
    assert words(runs("A03", story, fewer_later)) == ["2024-02-01..2024-04-01 high"]


def test_a_cto_alone_is_a_bottleneck_and_a_caio_alone_or_two_seats_are_not() -> None:
    wide = answers(("2024-01-20", {"ai_functions": WIDE}))
    assert words(runs("A03", given(chosen("2024-02-01", seat(DANA, TECHNOLOGY))), wide)) == ["2024-02-01.. high"]
    assert words(runs("A03", given(chosen("2024-02-01", seat(IRIS, AI))), wide)) == []
    assert words(runs("A03", given(pair("2024-02-01")), wide)) == []
    evolved = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY)),
        on("2024-03-01", HatAdded(AI, KEEP)),
        hands_over("2024-04-01", SOFIA, TECHNOLOGY, AI),
        split("2024-05-01", SOFIA, IRIS),
    )
    assert words(runs("A03", evolved, wide)) == ["2024-02-01..2024-05-01 high"]


# A04

CENTRAL = answers(("2024-03-01", {"ai_centrality": "core"}))


def test_central_ai_lacks_a_leader_from_the_later_of_the_answer_and_the_cto_seat() -> None:
    alone = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY)))
    assert words(runs("A04", alone, CENTRAL)) == ["2024-03-01.. medium"]
    assert words(runs("A04", given(chosen("2024-04-01", seat(DANA, TECHNOLOGY))), CENTRAL)) == ["2024-04-01.. medium"]
    assert words(runs("A04", alone, answers(("2024-03-01", {"ai_centrality": "important"})))) == []


def test_central_ai_has_a_leader_once_ai_is_held_by_anybody() -> None:
    alone = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY)))
    assert words(runs("A04", alone.when(on("2024-05-01", HatAdded(AI, KEEP))), CENTRAL)) == [
        "2024-03-01..2024-05-01 medium"
    ]
    less = answers(("2024-03-01", {"ai_centrality": "differentiator"}), ("2024-06-01", {"ai_centrality": "feature"}))
    assert words(runs("A04", alone, less)) == ["2024-03-01..2024-06-01 medium"]


def test_central_ai_without_a_leader_is_severe_180_days_after_the_third_initiative_without_an_outcome() -> None:
    story = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY)),
        starts("2024-02-05", "search"),
        starts("2024-02-10", "triage"),
        starts("2024-03-01", "quotes"),
    )
    assert words(runs("A04", story, CENTRAL)) == ["2024-03-01.. medium until 2024-08-28, high"]
    one_measured = story.when(measured("2024-10-01", "search"))
    assert words(runs("A04", one_measured, CENTRAL)) == [
        "2024-03-01.. medium until 2024-08-28, high until 2024-10-01, medium"
    ]


# A05


def test_strategy_does_not_ship_180_days_after_the_ai_seat_with_two_papers_and_nothing_live() -> None:
    story = given(pair("2024-02-01"), issued("2024-03-01", "ai_strategy", AI))
    assert words(runs("A05", story)) == []
    two = story.when(issued("2024-04-01", "ai_capability_map", AI))
    assert words(runs("A05", two)) == ["2024-07-30.. high"]
    assert words(runs("A05", story.when(issued("2024-09-01", "ai_capability_map", AI)))) == ["2024-09-01.. high"]
    shipped = two.when(starts("2024-05-01", "search"), goes_live("2024-09-01", "search"))
    assert words(runs("A05", shipped)) == ["2024-07-30..2024-09-01 high"]


def test_technology_papers_and_papers_from_before_the_seat_are_no_ai_strategy() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        issued("2024-02-10", "ai_strategy", AI),
        split("2024-03-01", DANA, IRIS),
        issued("2024-03-10", "roadmap", TECHNOLOGY),
        issued("2024-03-11", "governance_framework", AI),
    )
    assert words(runs("A05", story)) == []


def test_a_hand_over_and_an_empty_cto_seat_do_not_restart_the_ai_seat_and_a_merger_ends_it() -> None:
    story = given(
        pair("2024-02-01"),
        issued("2024-03-01", "ai_strategy", AI),
        issued("2024-03-02", "ai_capability_map", AI),
        hands_over("2024-04-01", SOFIA, AI),
        on("2024-05-01", SeatVacated((TECHNOLOGY,))),
        on("2024-08-20", SeatVacated((AI,))),
    )
    assert words(runs("A05", story)) == ["2024-07-30..2024-08-20 high"]


def test_an_initiative_that_was_live_before_the_ai_seat_does_not_count_as_shipped() -> None:
    story = given(
        chosen("2024-01-15", seat(DANA, TECHNOLOGY)),
        starts("2024-01-16", "search"),
        goes_live("2024-01-31", "search"),
        pair("2024-02-01"),
        issued("2024-03-01", "ai_strategy", AI),
        issued("2024-03-02", "ai_capability_map", AI),
    )
    assert words(runs("A05", story)) == ["2024-07-30.. high"]
    later = story.when(correct("search live", "2024-02-01"))
    assert words(runs("A05", later)) == []


def test_a_close_ends_every_sign_and_a_second_engagement_is_judged_by_its_own_facts() -> None:
    papers = (issued("2024-03-01", "ai_strategy", AI), issued("2024-03-02", "ai_capability_map", AI))
    first = given(pair("2024-02-01"), *papers, closed("2024-09-15"))
    assert words(runs("A05", first)) == ["2024-07-30..2024-09-15 high"]
    second = given(pair("2024-10-01"), opened="2024-10-01")
    assert words(runs("A05", second)) == []
    answered_in_the_first = answers(("2024-03-01", {"ai_functions": WIDE}))
    unified = given(chosen("2024-10-01", two_hats(DANA)), opened="2024-10-01")
    assert words(runs("A03", unified, answered_in_the_first)) == ["2024-10-01.. high"]
