"""What signs say on first and last days, in second periods and of second subjects; dates worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from sign_cases import answers, facts, runs, words
from sign_story import goes_live, issued, measured, met, owns, pair, starts
from story import AI, DANA, IRIS, SOFIA, TECHNOLOGY, Story, chosen, day, given, named, on, seat, split, terms, two_hats

from domain.areas import DecisionOwner, Resolver
from domain.decisions import Log
from domain.kinds.agreements import (
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SignCleared,
    SignObserved,
)
from domain.kinds.seats import HandedOver, MergedToOneRole, SeatVacated
from domain.kinds.work import HoursReported
from domain.seats import Function
from domain.signs.detector import Evidence, Finding, Severity
from domain.signs.evidence import entry_evidence, seat_evidence
from domain.signs.facts import newest
from domain.signs.observed import observed_runs
from domain.signs.periods import FOREVER, ActiveDays, Periods
from domain.signs.runs import Detected, Run, Stretch, ThresholdChange, ThresholdHistory

TECH = DecisionOwner.TECHNOLOGY
ONE_SEAT = given(chosen("2024-02-01", two_hats(DANA), called="one seat"))
PAIR = given(pair("2024-02-01"))


def ordinal(text: str) -> int:
    return day(text).toordinal()


def thresholds(sign: str, **values: int) -> ThresholdHistory:
    return ThresholdHistory({sign: (ThresholdChange(ordinal("2024-01-01"), values),)})


def evidence_on(sign: str, story: Story, text: str) -> list[UUID]:
    """The milestones on which the runs of a sign rest on a day."""
    return [
        one
        for run in runs(sign, story)
        if (stretch := run.on(ordinal(text))) is not None
        for one in stretch.finding.evidence_on(ordinal(text))
    ]


# answers


def test_an_answer_that_is_unknown_does_not_hide_those_after_it() -> None:
    known = answers(("2024-03-01", {"headcount": "unknown", "engineers": 5}))
    assert known.of("headcount") == ()
    assert [one.value for one in known.of("engineers")] == [5]


def test_an_answer_counts_from_its_day_until_the_day_before_the_next() -> None:
    known = answers(
        ("2024-03-01", {"headcount": 5}), ("2024-03-01", {"headcount": 6}), ("2024-04-01", {"headcount": 7})
    )
    assert [(one.value, one.milestone) for one in known.of("headcount")] == [(6, UUID(int=1001)), (7, UUID(int=1002))]
    on_days = [
        known.on("headcount", ordinal(text)) for text in ("2024-02-29", "2024-03-01", "2024-03-31", "2024-04-01")
    ]
    assert [one.value if one is not None else None for one in on_days] == [None, 6, 6, 7]


def test_an_answer_is_given_on_the_day_to_which_it_applies() -> None:
    known = answers(("2024-03-01", {"headcount": {"value": 5, "as_of": "2024-02-10"}}))
    (answer,) = known.of("headcount")
    assert (answer.day, answer.given_on) == (ordinal("2024-03-01"), ordinal("2024-02-10"))


# evidence


def test_a_value_that_is_replaced_on_its_own_day_never_stood() -> None:
    story = ONE_SEAT.when(
        owns("2024-03-01", "mlops", TECH),
        on("2024-03-01", DecisionRightAssigned("mlops", DecisionOwner.AI), "again"),
        on("2024-04-01", DecisionRightAssigned("mlops", DecisionOwner.JOINT), "later"),
    )
    rights = newest(facts(story).entries(DecisionRightAssigned), key=lambda right: right.area)
    assert [(start, end, right.milestone) for start, end, right in rights["mlops"]] == [
        (ordinal("2024-03-01"), ordinal("2024-04-01"), named("again")),
        (ordinal("2024-04-01"), FOREVER, named("later")),
    ]


def test_a_finding_rests_on_its_evidence_until_the_day_before_its_end() -> None:
    finding = Finding(Periods.since(1), Severity.LOW, (Evidence(DANA, 3, 5), Evidence(IRIS, 1, 3)))
    assert [finding.evidence_on(number) for number in (2, 3, 4, 5)] == [(IRIS,), (DANA,), (DANA,), ()]


def test_a_hand_over_leaves_a_seat_with_the_milestone_that_began_it() -> None:
    story = ONE_SEAT.when(on("2024-06-01", HandedOver((TECHNOLOGY, AI), IRIS)))
    (seat_of_ai,) = seat_evidence(facts(story), Function.AI)
    assert seat_of_ai == Evidence(named("one seat"), ordinal("2024-02-01"), FOREVER)


def test_milestones_are_evidence_from_their_own_day_until_the_day_given() -> None:
    rights = facts(ONE_SEAT.when(owns("2024-03-01", "mlops", TECH))).entries(DecisionRightAssigned)
    start = ordinal("2024-03-01")
    assert [(one.start, one.end) for one in entry_evidence(rights)] == [(start, FOREVER)]
    assert [(one.start, one.end) for one in entry_evidence(rights, start + 5)] == [(start, start + 5)]


# periods


def test_active_days_that_end_where_enough_have_passed_go_on_after_the_pause() -> None:
    active = ActiveDays(Periods(((0, 10), (20, 30))))
    assert [active.after(0, days) for days in (9, 10, 11, 19, 20)] == [9, 20, 21, 29, FOREVER]


def test_active_days_before_a_day_do_not_count_from_it() -> None:
    active = ActiveDays(Periods(((0, 10), (12, 15), (20, 30))))
    assert [active.after(start, 3) for start in (0, 11, 22)] == [3, 20, 25]


def test_a_condition_that_ends_as_it_has_lasted_long_enough_never_has() -> None:
    active = ActiveDays(Periods.since(0))
    assert not active.lasting(Periods(((0, 10),)), 10)
    assert active.lasting(Periods(((0, 10),)), 9) == Periods(((9, 10),))


# runs


def run_of(*parts: tuple[int, int, Severity, tuple[tuple[Severity, Periods], ...]]) -> Run:
    stretches = (
        Stretch(start, end, Finding(Periods(((start, end),)), severity, raised=raised), {})
        for start, end, severity, raised in parts
    )
    return Run("A01", DANA, parts[0][0], tuple(stretches))


def test_a_part_of_a_run_contains_its_first_day_and_not_its_end() -> None:
    run = run_of((1, 5, Severity.LOW, ()), (5, 9, Severity.MEDIUM, ()))
    assert [stretch and stretch.start for stretch in map(run.on, (0, 1, 4, 5, 8, 9))] == [None, 1, 1, 5, 5, None]


def test_neighbours_of_equal_severity_are_one_part() -> None:
    high = ((Severity.HIGH, Periods(((1, 3), (6, 9)))),)
    run = run_of(
        (1, 5, Severity.LOW, high), (5, 6, Severity.LOW, ()), (6, 9, Severity.MEDIUM, high), (9, 12, Severity.LOW, ())
    )
    assert run.severities() == (
        (1, 3, Severity.HIGH),
        (3, 6, Severity.LOW),
        (6, 9, Severity.HIGH),
        (9, 12, Severity.LOW),
    )
    three = run_of((1, 2, Severity.LOW, ()), (2, 3, Severity.LOW, ()), (3, 4, Severity.LOW, ()))
    assert three.severities() == ((1, 4, Severity.LOW),)


def test_each_subject_has_runs_of_its_own() -> None:
    story = ONE_SEAT.when(
        *(starts("2024-02-10", name) for name in ("search", "assistant")),
        goes_live("2024-03-01", "search"),
        goes_live("2024-04-01", "assistant"),
    )
    assert words(runs("W03", story)) == ["search: 2024-05-30.. medium", "assistant: 2024-06-30.. medium"]


def test_a_subject_that_was_settled_before_new_thresholds_hides_no_other() -> None:
    story = ONE_SEAT.when(
        *(starts("2024-02-05", name) for name in ("search", "assistant")),
        goes_live("2024-02-10", "search"),
        goes_live("2024-03-01", "assistant"),
        measured("2024-05-20", "search"),
    )
    change = ThresholdChange(ordinal("2024-05-25"), {"days": 90})
    assert words(runs("W03", story, thresholds=ThresholdHistory({"W03": (change,)}))) == [
        "search: 2024-05-10..2024-05-20 medium",
        "assistant: 2024-05-30.. medium",
    ]


def test_an_observed_run_is_never_taken_for_a_detected_one() -> None:
    story = ONE_SEAT.when(
        on("2024-03-01", SignObserved("W01", "said so"), "seen"),
        on("2024-04-01", SignCleared("W01"), "cleared"),
        on("2024-05-01", SignObserved("W01", "said so again"), "seen again"),
    )
    assert [run.detected for run in observed_runs(facts(story))] == [Detected.OBSERVED] * 2


def test_a_sign_that_makes_another_one_severe_is_judged_by_the_thresholds_of_the_firm() -> None:
    story = PAIR.when(owns("2024-02-05", "mlops", TECH), owns("2024-02-05", "data_governance"))
    assert words(runs("A01", story)) == ["2024-02-05.. medium until 2024-02-23, high"]
    patient = thresholds("A07", gap=300)
    assert words(runs("A01", story, thresholds=patient)) == ["2024-02-05.. medium until 2024-11-28, high"]


# conflicts


def conflict(text: str, name: str, resolved: str | None = None) -> list[Log]:
    raised = on(text, ConflictRaised(name, "who pays"), name)
    if resolved is None:
        return [raised]
    return [raised, on(resolved, ConflictResolvedBy(name, Resolver.JOINT), f"{name} resolved")]


def test_a_conflict_is_overdue_whichever_others_are_not() -> None:
    long, short = conflict("2024-03-01", "budget"), conflict("2024-03-05", "data", "2024-03-10")
    assert words(runs("X01", PAIR.when(*long, *short))) == ["2024-03-29.. medium until 2024-04-27, high"]
    later = conflict("2024-06-01", "data")
    ended = conflict("2024-03-01", "budget", "2024-05-01")
    assert words(runs("X01", PAIR.when(*ended, *later))) == [
        "2024-03-29..2024-05-01 medium until 2024-04-27, high",
        "2024-06-29.. medium until 2024-07-28, high",
    ]


def test_a_conflict_that_is_not_overdue_leaves_another_severe_for_two_seats() -> None:
    known = answers(("profile:2024-01-15", {"headcount": 12}))
    long, short = conflict("2024-03-01", "budget"), conflict("2024-03-05", "data", "2024-03-10")
    assert words(runs("A10", PAIR.when(*long, *short), known)) == ["2024-02-01.. medium until 2024-03-29, high"]


# one seat


def test_depth_is_judged_for_each_holder_in_turn() -> None:
    story = ONE_SEAT.when(on("2024-08-01", HandedOver((TECHNOLOGY, AI), SOFIA)))
    assert words(runs("A11", story)) == ["2024-05-01..2024-08-01 low", "2024-10-30.. low"]
    shallow = answers(("2024-03-01", {"cto_ai_depth": "none"}), ("2024-09-01", {"cto_ai_depth": "uses_tools"}))
    assert words(runs("A11", story, shallow)) == ["2024-03-01..2024-08-01 high", "2024-09-01.. high"]


@pytest.mark.parametrize(
    ("traces", "run"),
    [
        ([issued("2024-02-01", "roadmap", TECHNOLOGY)], ["2024-05-03.. high"]),
        ([issued("2024-02-01", "ai_strategy", AI), issued("2024-02-01", "roadmap", TECHNOLOGY)], []),
        (
            [issued("2024-03-01", "ai_strategy", AI), issued("2024-03-02", "roadmap", TECHNOLOGY)],
            ["2024-06-01.. high"],
        ),
    ],
    ids=["the seat's first day", "a day with AI work", "the day after AI work"],
)
def test_technology_work_counts_from_the_first_quiet_day(traces: list[Log], run: list[str]) -> None:
    assert words(runs("A08", ONE_SEAT.when(*traces))) == run


def reported(text: str, month: str, technology: str, ai: str) -> list[Log]:
    return [
        on(text, HoursReported(month, function, Decimal(amount)), f"{function} {month} {text}")
        for function, amount in ((TECHNOLOGY, technology), (AI, ai))
    ]


def test_hours_of_one_month_and_role_add_up() -> None:
    story = ONE_SEAT.when(
        *(log for month in ("2024-02", "2024-03") for log in reported("2024-04-05", month, "30", "1")),
        *reported("2024-05-05", "2024-04", "30", "4"),
        on("2024-05-05", HoursReported("2024-04", AI, Decimal(4)), "more hours"),
    )
    assert words(runs("A12", story)) == []


def test_a_month_without_hours_clears_nothing() -> None:
    losing = [
        *reported("2024-03-05", "2024-02", "30", "1"),
        *reported("2024-04-05", "2024-03", "30", "1"),
        *reported("2024-05-05", "2024-04", "30", "1"),
    ]
    story = ONE_SEAT.when(*losing, *reported("2024-06-05", "2024-05", "0", "0"))
    assert words(runs("A12", story)) == ["2024-04-30.. medium"]


def test_the_newest_months_in_a_row_count_after_a_month_without_a_report() -> None:
    story = ONE_SEAT.when(
        *reported("2024-03-05", "2024-02", "30", "1"),
        *reported("2024-05-05", "2024-04", "30", "1"),
        *reported("2024-06-05", "2024-05", "30", "1"),
        *reported("2024-07-05", "2024-06", "30", "1"),
    )
    assert words(runs("A12", story)) == ["2024-06-30.. medium"]


def test_a_role_that_loses_again_by_the_month_that_cleared_it_does_so_since_the_end_of_that_month() -> None:
    story = ONE_SEAT.when(
        *(log for month in ("2024-02", "2024-03", "2024-04") for log in reported("2024-05-05", month, "30", "1")),
        *reported("2024-07-05", "2024-06", "30", "1"),
        *reported("2024-08-05", "2024-07", "30", "1"),
        *reported("2024-08-31", "2024-08", "30", "10"),
        on("2024-09-05", HoursReported("2024-08", TECHNOLOGY, Decimal(90)), "more for technology"),
    )
    first, second = runs("A12", story)
    assert words([first, second]) == ["2024-04-30..2024-08-31 medium", "2024-08-31.. medium"]
    assert second.start == ordinal("2024-09-05")


# AI in a seat of its own, or in none


def test_ai_work_counts_from_the_answer_that_names_it_even_if_an_initiative_starts_later() -> None:
    story = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY)), starts("2024-06-01", "search"))
    known = answers(("2024-02-10", {"ai_initiatives": 1}))
    assert words(runs("W08", story, known)) == ["2024-03-11.. high"]


def test_what_a_sign_rests_on_is_not_carried_into_its_next_period() -> None:
    story = given(
        chosen("2024-02-01", seat(IRIS, AI), called="first"),
        starts("2024-03-01", "search"),
        on("2024-06-01", SeatVacated((AI,)), "vacated"),
        chosen("2024-09-01", seat(SOFIA, AI), called="second"),
    )
    assert evidence_on("A09", story, "2024-03-02") == [named("first"), named("search started")]
    assert evidence_on("A09", story, "2024-09-02") == [named("second")]


def test_papers_count_from_the_first_day_of_a_seat_and_only_in_it() -> None:
    papers = [issued("2024-02-01", "ai_strategy", AI), issued("2024-03-01", "ai_capability_map", AI)]
    assert words(runs("A05", PAIR.when(*papers))) == ["2024-07-30.. high"]
    late = PAIR.when(
        on("2024-03-01", MergedToOneRole(terms(DANA)), "merged"),
        split("2024-05-01", DANA, SOFIA),
        issued("2024-05-02", "ai_strategy", AI),
        issued("2024-05-03", "ai_capability_map", AI),
    )
    assert words(runs("A05", late)) == ["2024-10-28.. high"]
    again = PAIR.when(
        *papers,
        on("2024-09-01", MergedToOneRole(terms(DANA)), "merged"),
        split("2024-10-01", DANA, SOFIA),
        issued("2024-10-02", "governance_framework", AI),
        issued("2024-10-03", "ai_policy", AI),
    )
    assert evidence_on("A05", again, "2024-08-01")[1:] == [
        named("ai_strategy 2024-02-01"),
        named("ai_capability_map 2024-03-01"),
    ]
    assert evidence_on("A05", again, "2025-06-01")[1:] == [
        named("governance_framework 2024-10-02"),
        named("ai_policy 2024-10-03"),
    ]


def test_so_many_pilots_stall_from_the_last_of_those_needed() -> None:
    known = answers(("profile:2024-01-15", {"cto_bandwidth": "full"}))
    pilots = [starts(f"2024-0{month}-01", f"pilot {month}") for month in (3, 4, 5, 6)]
    story = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY)), *pilots)
    three = thresholds("A02", pilots=3)
    assert words(runs("A02", story, known, three)) == ["2024-10-28.. medium"]


def test_meetings_of_an_earlier_pair_are_still_what_its_days_rest_on() -> None:
    story = PAIR.when(
        met("2024-02-10", DANA, IRIS),
        on("2024-05-01", MergedToOneRole(terms(DANA)), "merged"),
        split("2024-06-01", DANA, SOFIA),
        met("2024-06-10", DANA, SOFIA),
    )
    meetings = [entry.milestone for entry in facts(story).entries(AlignmentHeld)]
    assert meetings[0] in evidence_on("A07", story, "2024-04-01")
    assert meetings[1] in evidence_on("A07", story, "2024-08-01")
