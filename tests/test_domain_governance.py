"""What governance owes and has: the pack, the first quarter, decision areas, limits, alignment and conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from examples import examples
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from sign_cases import facts
from story import (
    AI,
    DANA,
    IRIS,
    TECHNOLOGY,
    Story,
    chosen,
    closed,
    correct,
    day,
    fee,
    given,
    on,
    retract,
    seat,
    split,
    two_hats,
)

from domain.areas import DECISION_AREAS, GOVERNANCE_PACK, DecisionOwner, Resolver
from domain.decisions import Request
from domain.governance import (
    Governance,
    GovernanceFacts,
    HatActivity,
    WeekState,
    activity_between,
    alignment_weeks,
    governance_on,
    next_alignment,
    total_activity,
)
from domain.kinds.agreements import (
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SpendingLimitSet,
)
from domain.kinds.engagement import Paused, Resumed
from domain.kinds.seats import HatAdded, SeatVacated
from domain.kinds.work import DeliverableIssued, HoursReported
from domain.milestones import Details
from domain.seats import BOTH, Function

OPENED = date(2024, 1, 15)


def issued(text: str, slug: str, function: Function = AI) -> Request:
    return on(text, DeliverableIssued(slug, function), called=f"{slug} {text}")


def governance(story: Story, text: str) -> Governance:
    return governance_on(GovernanceFacts.of(facts(story)), day(text).toordinal())


def test_the_pack_counts_its_seven_artifacts_from_the_day_each_is_first_issued() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        issued("2024-03-01", "model_registry"),
        issued("2024-05-01", "model_registry"),
        issued("2024-03-10", "ai_capability_map"),
        issued("2024-03-10", "roadmap", TECHNOLOGY),
    )
    assert governance(story, "2024-02-29").pack == 0
    assert governance(story, "2024-03-01").pack == 1
    after = governance(story, "2024-06-01")
    assert after.pack == 2
    assert after.artifacts == dict.fromkeys(GOVERNANCE_PACK) | {
        "model_registry": date(2024, 3, 1),
        "ai_capability_map": date(2024, 3, 10),
    }
    assert {slug: on_day for slug, on_day in after.first_90_days.items() if on_day} == {
        "roadmap": date(2024, 3, 10),
        "ai_capability_map": date(2024, 3, 10),
    }
    assert list(after.first_90_days) == [
        *("roadmap", "architecture_read", "hiring_plan", "decision_log"),
        *("ai_capability_map", "ai_strategy", "governance_framework"),
    ]


def test_the_first_quarter_is_due_90_days_after_the_first_seat_and_overdue_from_the_next_day() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)))
    assert governance(story, "2024-01-31").first_due_on is None
    assert governance(story, "2024-02-01").first_due_on == date(2024, 5, 1)
    due, late = governance(story, "2024-05-01"), governance(story, "2024-05-02")
    assert [due.is_overdue(function) for function in BOTH] == [False, False]
    assert [late.is_overdue(function) for function in BOTH] == [True, True]


def test_a_function_that_is_taken_on_later_owes_its_deliverables_90_days_after_that() -> None:
    story = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY)), on("2024-06-01", HatAdded(AI)))
    before, late = governance(story, "2024-08-30"), governance(story, "2024-08-31")
    assert late.due_on == {TECHNOLOGY: date(2024, 5, 1), AI: date(2024, 8, 30)}
    assert late.first_due_on == date(2024, 5, 1)
    assert [before.is_overdue(AI), late.is_overdue(AI)] == [False, True]


def test_a_function_that_nobody_holds_owes_nothing() -> None:
    story = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY)))
    late = governance(story, "2024-09-01")
    assert [late.is_overdue(function) for function in BOTH] == [True, False]


def test_ai_owes_both_of_its_deliverables_of_the_first_quarter_and_technology_the_read() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        issued("2024-03-01", "roadmap", TECHNOLOGY),
        issued("2024-03-02", "ai_capability_map"),
    )
    half = governance(story, "2024-06-01")
    assert [half.first_quarter(function) for function in BOTH] == [None, None]
    whole = governance(
        story.when(issued("2024-03-20", "technology_read", TECHNOLOGY), issued("2024-04-01", "governance_framework")),
        "2024-06-01",
    )
    assert [whole.first_quarter(function) for function in BOTH] == [date(2024, 3, 20), date(2024, 4, 1)]
    assert [whole.is_overdue(function) for function in BOTH] == [False, False]


def test_the_newest_owner_of_an_area_and_the_newest_limit_of_a_function_apply() -> None:
    story = given(
        on("2024-02-01", DecisionRightAssigned("mlops", DecisionOwner.TECHNOLOGY)),
        on("2024-03-01", DecisionRightAssigned("mlops", DecisionOwner.JOINT)),
        on("2024-02-02", DecisionRightAssigned("brand_voice", DecisionOwner.AI)),
        on("2024-02-01", SpendingLimitSet(AI, fee(5000)), called="the first limit"),
        on("2024-04-01", SpendingLimitSet(AI, fee(8000, "EUR")), called="the second limit"),
    )
    before, after = governance(story, "2024-02-15"), governance(story, "2024-04-01")
    assert before.areas == {"mlops": DecisionOwner.TECHNOLOGY, "brand_voice": DecisionOwner.AI}
    assert (before.joint, after.joint) == (0, 1)
    assert after.unsettled == tuple(area for area in DECISION_AREAS if area != "mlops")
    assert (before.spending_limits, after.spending_limits) == ({AI: fee(5000)}, {AI: fee(8000, "EUR")})


def test_open_conflicts_are_those_raised_and_not_resolved_by_the_day() -> None:
    story = given(
        on("2024-02-01", ConflictRaised("budget", "the cluster")),
        on("2024-02-10", ConflictRaised("people", "the data team")),
        on("2024-03-01", ConflictResolvedBy("budget", Resolver.AI)),
    )
    on_days = [governance(story, text) for text in ("2024-01-31", "2024-02-10", "2024-02-29", "2024-03-01")]
    assert [governed.open_conflicts for governed in on_days] == [0, 2, 2, 1]
    budget, people = date(2024, 2, 1), date(2024, 2, 10)
    assert [governed.oldest_conflict_on for governed in on_days] == [None, budget, budget, people]


def test_after_the_close_governance_stays_as_it_was_on_the_closing_day() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        on("2024-02-20", AlignmentHeld((DANA, IRIS))),
        closed("2024-03-01"),
    )
    assert governance(story, "2024-09-01") == governance(story, "2024-03-01")
    assert governance(story, "2024-09-01").days_since_alignment == 10
    assert GovernanceFacts.of(facts(story)).is_open_on(day("2024-02-29").toordinal())
    assert not GovernanceFacts.of(facts(story)).is_open_on(day("2024-03-01").toordinal())


def test_a_correction_and_a_retraction_change_what_was_issued_when() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)), issued("2024-03-01", "model_registry"))
    assert governance(story.when(correct("model_registry 2024-03-01", to="2024-04-01")), "2024-03-15").pack == 0
    assert governance(story.when(retract("model_registry 2024-03-01")), "2024-09-15").pack == 0


def weeks(story: Story, text: str, count: int = 6) -> str:
    """The weeks as letters: met, missed (x), pending (?), not expected (.)."""
    letters = {WeekState.MET: "m", WeekState.MISSED: "x", WeekState.PENDING: "?", WeekState.NOT_EXPECTED: "."}
    found = alignment_weeks(GovernanceFacts.of(facts(story)), day(text).toordinal(), count)
    assert [week.monday.weekday() for week in found] == [0] * count
    assert found[-1].monday <= day(text) < found[-1].monday + timedelta(days=7)
    return "".join(letters[week.state] for week in found)


def test_a_week_without_a_meeting_is_missed_only_if_two_seats_were_held_and_worked_throughout() -> None:
    # 2024-04-01 is a Monday
    pair = given(
        chosen("2024-02-01", two_hats(DANA)),
        split("2024-04-03", DANA, IRIS),
        on("2024-04-16", AlignmentHeld((DANA, IRIS))),
    )
    assert weeks(pair, "2024-05-05") == "..xmxx"
    assert weeks(pair, "2024-05-06") == ".xmxx?"
    assert weeks(pair, "2024-05-12") == ".xmxxx"
    paused = pair.when(on("2024-04-24", Paused()), on("2024-05-01", Resumed()))
    assert weeks(paused, "2024-05-12") == ".xm..x"
    assert weeks(given(chosen("2024-02-01", two_hats(DANA))), "2024-05-12") == "......"


def next_meeting(story: Story, text: str) -> str | None:
    """The day by which the two functions are next expected to meet."""
    expected = next_alignment(GovernanceFacts.of(facts(story)), day(text).toordinal())
    return None if expected is None else str(date.fromordinal(expected))


def test_a_meeting_is_expected_a_week_after_the_last_one_while_two_seats_are_held_and_worked() -> None:
    pair = given(
        chosen("2024-02-01", two_hats(DANA)),
        split("2024-04-03", DANA, IRIS),
        on("2024-04-16", AlignmentHeld((DANA, IRIS))),
    )
    assert next_meeting(pair, "2024-04-02") is None
    assert next_meeting(pair, "2024-04-03") is None  # the one of 16 April is planned
    assert [next_meeting(pair, text) for text in ("2024-04-16", "2024-06-30")] == ["2024-04-23"] * 2
    paused = pair.when(on("2024-04-24", Paused()), on("2024-05-01", Resumed()))
    assert [next_meeting(paused, text) for text in ("2024-04-23", "2024-04-24", "2024-05-01")] == [
        "2024-04-23",
        None,
        "2024-04-23",
    ]
    never_met = given(chosen("2024-02-01", two_hats(DANA)), split("2024-04-03", DANA, IRIS))
    assert next_meeting(never_met, "2024-04-05") == "2024-04-10"


@pytest.mark.parametrize(("end", "state"), [("2024-05-12", "."), ("2024-05-13", "x"), ("2024-05-14", "x")])
def test_a_week_is_missed_only_if_two_seats_were_held_until_its_sunday(end: str, state: str) -> None:
    pair = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI)))
    assert weeks(pair.when(on(end, SeatVacated((AI,)))), "2024-05-19", 2) == f"{state}."


def test_what_happens_on_the_day_itself_counts() -> None:
    story = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI)),
        on("2024-05-08", AlignmentHeld((DANA, IRIS))),
        on("2024-05-08", DecisionRightAssigned("mlops", DecisionOwner.AI)),
    )
    known = GovernanceFacts.of(facts(story))
    assert known.is_open_on(OPENED.toordinal())
    assert not known.is_open_on(OPENED.toordinal() - 1)
    before, on_the_day = governance(story, "2024-05-07"), governance(story, "2024-05-08")
    assert (before.last_alignment, before.areas) == (None, {})
    assert (on_the_day.last_alignment, on_the_day.areas) == (day("2024-05-08"), {"mlops": DecisionOwner.AI})
    assert weeks(story, "2024-05-07", 1) == "?"
    assert weeks(story, "2024-05-08", 1) == "m"


@pytest.mark.parametrize("text", ["2024-04-01", "2024-06-30"])
def test_activity_includes_the_first_and_the_last_day(text: str) -> None:
    story = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI)),
        on("2024-03-01", ConflictRaised("cluster", "who pays")),
        issued(text, "model_registry"),
        on(text, DecisionRightAssigned("mlops", DecisionOwner.AI)),
        on(text, ConflictResolvedBy("cluster", Resolver.AI)),
        on(text, HoursReported("2024-04", AI, Decimal(9))),
    )
    start, end = day("2024-04-01").toordinal(), day("2024-07-01").toordinal()
    known, last = GovernanceFacts.of(facts(story)), day(text).toordinal()
    assert activity_between(known, AI, start, end, last) == HatActivity(Decimal(9), 2, 1)
    assert activity_between(known, AI, start, end, last - 1) == HatActivity()
    assert activity_between(known, AI, start - 91, start, last) == HatActivity()
    assert activity_between(known, AI, start, last, last).decisions == 0


def test_activities_add_up() -> None:
    one, other = HatActivity(Decimal(1), 2, 3), HatActivity(Decimal(10), 20, 30)
    assert total_activity([one, other]) == HatActivity(Decimal(11), 22, 33)
    assert total_activity([]) == HatActivity()


def test_activity_counts_hours_by_their_month_and_the_rest_by_its_day() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        on("2024-04-02", HoursReported("2024-03", AI, Decimal("7.5")), called="March"),
        on("2024-04-30", HoursReported("2024-04", AI, Decimal(9)), called="April"),
        on("2024-03-31", DecisionRightAssigned("ai_risk", DecisionOwner.AI)),
        on("2024-03-31", DecisionRightAssigned("mlops", DecisionOwner.JOINT), called="joint"),
        on("2024-02-05", ConflictRaised("budget", "the cluster")),
        on("2024-03-01", ConflictResolvedBy("budget", Resolver.AI)),
        issued("2024-03-05", "ai_strategy"),
        issued("2024-04-01", "model_registry"),
    )
    governance_facts = GovernanceFacts.of(facts(story))

    def activity(function: Function, until: str) -> HatActivity:
        start, end = day("2024-01-01").toordinal(), day("2024-04-01").toordinal()
        return activity_between(governance_facts, function, start, end, day(until).toordinal())

    assert activity(AI, "2024-12-31") == HatActivity(Decimal("7.5"), 2, 1)
    assert activity(AI, "2024-04-01") == HatActivity(Decimal(0), 2, 1)
    assert activity(AI, "2024-03-04") == HatActivity(Decimal(0), 1, 0)
    assert activity(TECHNOLOGY, "2024-12-31") == HatActivity()


SLUGS = (*GOVERNANCE_PACK[:3], "governance_framework", "technology_read", "roadmap", "own_paper")
AREAS = ("architecture", "ai_risk", "mlops", "own_area")
days = st.integers(0, 200)
deliverables = st.builds(DeliverableIssued, st.sampled_from(SLUGS), st.sampled_from(BOTH))
rights = st.builds(DecisionRightAssigned, st.sampled_from(AREAS), st.sampled_from(DecisionOwner))
limits = st.builds(SpendingLimitSet, st.sampled_from(BOTH), st.integers(0, 9).map(fee))
meetings = st.just(AlignmentHeld((DANA, IRIS)))
recordings = st.lists(st.tuples(days, st.one_of(deliverables, rights, limits, meetings)), max_size=25)


@pytest.fixture(scope="module")
def base() -> Story:
    return given(chosen("2024-02-01", two_hats(DANA)), split("2024-04-03", DANA, IRIS))


@examples(60)
@hypothesis_given(recordings, st.integers(0, 250))
def test_governance_is_what_a_look_at_every_day_until_then_finds(
    base: Story, recordings: Sequence[tuple[int, Details]], until: int
) -> None:
    logs = [
        on((OPENED + timedelta(days=offset)).isoformat(), details, called=f"number {place}")
        for place, (offset, details) in enumerate(recordings)
    ]
    as_of = OPENED + timedelta(days=until)
    governed = governance(base.when(*logs) if logs else base, as_of.isoformat())
    first: dict[str, date] = {}
    owners: dict[str, Any] = {}
    limited: dict[Function, Any] = {}
    met = None
    for offset in range(until + 1):
        on_day = OPENED + timedelta(days=offset)
        for details in (details for place, details in recordings if place == offset):
            match details:
                case DeliverableIssued():
                    first.setdefault(details.deliverable, on_day)
                case DecisionRightAssigned():
                    owners[details.area] = details.owner
                case SpendingLimitSet():
                    limited[details.function] = details.limit
                case _:
                    met = on_day
    assert governed.issued == first
    assert governed.pack == sum(slug in first for slug in GOVERNANCE_PACK)
    assert governed.areas == owners
    assert governed.spending_limits == limited
    assert governed.last_alignment == met
    assert governed.days_since_alignment == (None if met is None else (as_of - met).days)
    assert set(governed.unsettled) == {area for area in DECISION_AREAS if area not in owners}


@examples(40)
@hypothesis_given(st.lists(st.integers(0, 150), max_size=8), st.integers(20, 200))
def test_a_week_is_met_exactly_if_a_meeting_was_held_in_it(base: Story, offsets: Sequence[int], until: int) -> None:
    held = [OPENED + timedelta(days=offset) for offset in offsets]
    logs = [on(one.isoformat(), AlignmentHeld((DANA, IRIS)), called=f"n {n}") for n, one in enumerate(held)]
    story = base.when(*logs) if logs else base
    as_of = OPENED + timedelta(days=until)
    for week in alignment_weeks(GovernanceFacts.of(facts(story)), as_of.toordinal(), 10):
        met = any(week.monday <= one < week.monday + timedelta(days=7) and one <= as_of for one in held)
        assert (week.state is WeekState.MET) is met
        if not met:
            split_on, sunday = date(2024, 4, 3), week.monday + timedelta(days=6)
            expected = {WeekState.NOT_EXPECTED}
            if week.monday >= split_on:
                expected = {WeekState.MISSED if sunday <= as_of else WeekState.PENDING}
            assert {week.state} == expected
