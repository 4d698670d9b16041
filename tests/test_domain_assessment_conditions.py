"""Laws of conditions on answers: what they say of known and unknown answers, and which changes they name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assessment.conditions import (
    LARGEST_WAY,
    above,
    all_of,
    among,
    answered,
    any_of,
    at_least,
    at_most,
    below,
    between,
    count_of,
    exactly,
    no,
    spread,
    yes,
)
from domain.assessment.predicates import Comparison, Condition, Values, in_figures, in_words

REGULATED, SERVICE, CORE = yes("regulated"), no("service_business"), among("ai_centrality", "core", "differentiator")
LARGE, FEW, WIDE = at_least("headcount", 30), below("products", 2), spread(2, leaving_out=("engineering",))
LEAVES = (REGULATED, SERVICE, CORE, LARGE, FEW, WIDE)
"""Conditions on six different questions."""

ANSWERS: dict[str, list[Any]] = {
    "regulated": [True, False],
    "service_business": [True, False],
    "ai_centrality": ["feature", "core", "differentiator"],
    "headcount": [10, 29, 30, 60],
    "products": [1, 2, 5],
    "ai_functions": [(), ("sales",), ("sales", "engineering"), ("sales", "support", "legal")],
}
values_given = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(options) for name, options in ANSWERS.items()}
).map(Values)


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, list[Condition]]:
    """A number, and some conditions of which so many must hold, two of them perhaps a condition of their own."""
    parts: list[Condition] = draw(st.lists(st.sampled_from(LEAVES), min_size=2, unique=True))
    if len(parts) > 2 and draw(st.booleans()):
        inner = draw(st.sampled_from([all_of, any_of]))
        parts = [*parts[2:], inner(*parts[:2])]
    return draw(st.integers(1, len(parts))), parts


@given(counts(), values_given)
def test_a_count_of_conditions_is_decided_as_soon_as_enough_hold_or_too_many_fail(
    counted: tuple[int, list[Condition]], values: Values
) -> None:
    count, parts = counted
    outcomes = [part.holds(values) for part in parts]
    expected: bool | None = None
    if outcomes.count(True) >= count:
        expected = True
    elif len(parts) - outcomes.count(False) < count:
        expected = False
    condition = count_of(count, *parts)
    assert condition.holds(values) is expected
    assert bool(condition.missing(values)) == (expected is None)
    assert values.keys().isdisjoint(condition.missing(values))


@given(counts(), values_given)
def test_the_grounds_of_a_condition_make_it_hold_without_any_other_answer(
    counted: tuple[int, list[Condition]], values: Values
) -> None:
    condition = count_of(counted[0], *counted[1])
    grounds = condition.grounds(values)
    if condition.holds(values):
        assert condition.holds(Values({name: values[name] for name in grounds})) is True
    assert len(set(grounds)) == len(grounds)
    assert all(any(part.holds(values) and name in part.grounds(values) for part in counted[1]) for name in grounds)


@given(counts(), values_given, st.booleans())
def test_a_way_to_another_outcome_is_short_and_leads_there(
    counted: tuple[int, list[Condition]], values: Values, outcome: bool
) -> None:
    condition = count_of(counted[0], *counted[1])
    already = (condition.holds(values) is True) == outcome
    for way in condition.ways_to(outcome, values):
        assert bool(way) != already
        assert len(way) <= LARGEST_WAY
        assert (condition.holds(values.after(way)) is True) == outcome


@given(counts(), values_given, st.booleans())
def test_values_after_changes_are_judged_as_if_they_had_always_been_so(
    counted: tuple[int, list[Condition]], values: Values, outcome: bool
) -> None:
    for way in count_of(counted[0], *counted[1]).ways_to(outcome, values):
        after = values.after(way)
        anew = Values({**values, **{change.name: change.value for change in way}})
        assert (after, after.true, after.false) == (anew, anew.true, anew.false)


def test_one_part_that_fails_leaves_the_others_a_chance() -> None:
    either = any_of(all_of(REGULATED, SERVICE), LARGE)
    assert either.holds(Values({"regulated": False})) is None
    assert either.holds(Values({"regulated": False, "headcount": 30})) is True
    assert either.holds(Values({"regulated": False, "headcount": 29})) is False


def test_a_condition_needs_each_question_of_its_parts_once() -> None:
    nested = any_of(all_of(LARGE, REGULATED), all_of(CORE, LARGE))
    assert nested.needs == ("headcount", "regulated", "ai_centrality")


def test_a_condition_reads_as_its_parts_joined() -> None:
    large, regulated, few = "headcount: 30 or more", "regulated: yes", "products: below 2"
    assert all_of(LARGE, REGULATED).text == f"{large} AND {regulated}"
    assert any_of(LARGE, REGULATED).text == f"{large} OR {regulated}"
    assert count_of(2, LARGE, REGULATED, FEW).text == f"2 or more of: {large}; {regulated}; {few}"
    assert any_of(all_of(LARGE, REGULATED), FEW).text == f"({large} AND {regulated}) OR {few}"
    assert all_of(between("headcount", 30, 1200), FEW).text == f"headcount: from 30 to 1,200 AND {few}"


def test_parts_that_need_as_many_changes_as_may_be_taken_are_turned_together() -> None:
    both = all_of(REGULATED, SERVICE)
    (way,) = both.ways_to(True, Values({"regulated": False, "service_business": True}))
    assert [(change.name, change.value) for change in way] == [("regulated", True), ("service_business", False)]
    assert all_of(REGULATED, SERVICE, LARGE).ways_to(True, Values({"headcount": 10})) == []


def test_each_part_that_can_turn_a_condition_by_itself_is_a_way() -> None:
    values = Values({"regulated": False, "headcount": 29})
    ways = any_of(REGULATED, LARGE, FEW).ways_to(True, values)
    assert [[(change.name, change.value) for change in way] for way in ways] == [
        [("regulated", True)],
        [("headcount", 30)],
        [("products", 1)],
    ]


def test_changes_that_contradict_one_another_are_no_way() -> None:
    grown_and_small = all_of(at_least("headcount", 30), at_most("headcount", 20))
    assert grown_and_small.ways_to(True, Values({"headcount": 25})) == []


def test_a_way_of_too_many_changes_is_none() -> None:
    three = all_of(all_of(REGULATED, SERVICE), LARGE)
    assert three.ways_to(True, Values({"regulated": False, "service_business": True, "headcount": 10})) == []


def test_a_condition_lacks_what_is_left_of_it_if_that_is_one_answer() -> None:
    small_and_regulated = all_of(LARGE, REGULATED)
    assert small_and_regulated.short_of(Values({"headcount": 30})) == ("regulated: yes",)
    assert small_and_regulated.short_of(Values({"regulated": False})) is None
    assert small_and_regulated.short_of(Values({"headcount": 30, "regulated": True})) is None
    two_of_three = count_of(2, LARGE, REGULATED, FEW)
    assert two_of_three.short_of(Values({"headcount": 30})) == ("regulated: yes", "products: below 2")


def test_a_condition_may_lack_another_one_that_is_made_of_several() -> None:
    values = Values({"regulated": True, "headcount": 29, "products": 5})
    large_or_few = any_of(LARGE, FEW)
    assert all_of(REGULATED, large_or_few).short_of(values) == (large_or_few.text,)
    assert any_of(CORE, large_or_few).short_of(values) == ("headcount: 30 or more",)
    assert all_of(CORE, large_or_few).short_of(values) is None


def test_one_of_several_is_lacking_only_where_a_number_is_near() -> None:
    either = any_of(REGULATED, LARGE)
    assert either.short_of(Values({"headcount": 29})) == ("headcount: 30 or more",)
    assert either.short_of(Values({"headcount": 10})) is None
    assert either.short_of(Values({"headcount": 29, "regulated": True})) is None


@pytest.mark.parametrize(
    ("condition", "holding", "failing", "text"),
    [
        (below("headcount", 30), 29, 30, "below 30"),
        (at_most("headcount", 30), 30, 31, "at most 30"),
        (above("headcount", 30), 31, 30, "more than 30"),
        (at_least("headcount", 30), 30, 29, "30 or more"),
        (exactly("headcount", 30), 30, 31, "exactly 30"),
    ],
)
def test_a_number_is_compared_as_its_words_say_and_crosses_by_the_smallest_step(
    condition: Condition, holding: int, failing: int, text: str
) -> None:
    assert condition.text == f"headcount: {text}"
    opposite = {"below 30": "30 or more", "at most 30": "more than 30", "more than 30": "at most 30"}
    for value, outcome in ((holding, True), (failing, False)):
        values = Values({"headcount": value})
        assert condition.holds(values) is outcome
        assert condition.ways_to(outcome, values) == [()]
        ((change,),) = condition.ways_to(not outcome, values)
        assert change.value == (failing if outcome else holding)
        other = {**opposite, "30 or more": "below 30", "exactly 30": "more than 30"}[text]
        assert change.text == f"headcount: {other if outcome else text}"
    assert condition.holds(Values({})) is None
    assert condition.missing(Values({})) == ("headcount",)


def test_an_amount_crosses_its_threshold_by_a_cent() -> None:
    spend = above("ai_spend", Decimal(5_000_000))
    assert spend.text == "AI spend: more than 5,000,000 USD"
    ((change,),) = spend.ways_to(True, Values({"ai_spend": Decimal(10)}))
    assert change.value == Decimal("5000000.01")


def test_figures_are_grouped_and_amounts_show_cents_only_where_there_are_some() -> None:
    assert in_figures(12_000) == "12,000"
    assert in_figures(Decimal("12000.00")) == "12,000 USD"
    assert in_figures(Decimal("12000.50")) == "12,000.50 USD"


def test_a_team_is_bounded_by_the_company_while_its_size_is_unknown() -> None:
    many = at_least("engineers", 26, at_most_as_many_as="headcount")
    few = below("engineers", 26, at_most_as_many_as="headcount")
    no_more = Comparison("engineers", "<=", 25, "headcount")
    assert many.needs == few.needs == no_more.needs == ("engineers", "headcount")
    for headcount, is_many, is_few in ((25, False, True), (26, None, None)):
        values = Values({"headcount": headcount})
        assert many.holds(values) is is_many
        assert few.holds(values) is no_more.holds(values) is is_few
    assert few.grounds(Values({"headcount": 25})) == ("headcount",)
    assert few.grounds(Values({"headcount": 90, "engineers": 3})) == ("engineers",)
    assert many.holds(Values({"headcount": 25, "engineers": 26})) is True


def test_without_answers_no_condition_is_decided() -> None:
    nothing = Values({})
    assert (nothing.true, nothing.false) == (0, 0)
    assert [condition.holds(nothing) for condition in LEAVES] == [None] * len(LEAVES)


@pytest.mark.parametrize(("headcount", "is_near"), [(79, False), (80, True), (99, True), (100, False), (None, False)])
def test_a_number_is_near_its_threshold_within_a_fifth_of_it(headcount: int | None, is_near: bool) -> None:
    values = Values({} if headcount is None else {"headcount": headcount})
    assert at_least("headcount", 100).short_of(values) == (("headcount: 100 or more",) if is_near else None)


@pytest.mark.parametrize(("headcount", "is_near"), [(121, False), (120, True), (101, True), (100, False)])
def test_a_number_may_be_near_from_above(headcount: int, is_near: bool) -> None:
    assert (at_most("headcount", 100).short_of(Values({"headcount": headcount})) is not None) == is_near


@pytest.mark.parametrize(
    ("condition", "before", "outcome", "after"),
    [
        (among("ai_centrality", "core", "differentiator"), "peripheral", True, "core"),
        (among("ai_centrality", "peripheral", "core"), "differentiator", True, "core"),
        (among("ai_centrality", "peripheral", "core"), None, True, "peripheral"),
        (among("ai_centrality", "core", "differentiator"), "differentiator", False, "important"),
        (yes("regulated"), False, True, True),
        (yes("regulated"), True, False, False),
        (no("regulated"), True, True, False),
    ],
)
def test_a_choice_moves_to_the_nearest_one(condition: Condition, before: Any, outcome: bool, after: Any) -> None:
    (name,) = condition.needs
    ((change,),) = condition.ways_to(outcome, Values({} if before is None else {name: before}))
    assert (change.name, change.value) == (name, after)


def test_a_choice_reads_in_words() -> None:
    assert CORE.text == "AI centrality: core or differentiator"
    ((change,),) = CORE.ways_to(False, Values({"ai_centrality": "core"}))
    assert change.text == "AI centrality: peripheral or feature or important"
    ((change,),) = CORE.ways_to(True, Values({"ai_centrality": "feature"}))
    assert change.text == "AI centrality: core or differentiator"
    assert no("regulated").text == "regulated: no"
    assert [in_words(one) for one in ("vp_engineering", "caio", "full_time", True)] == [
        "VP engineering",
        "CAIO",
        "full time",
        "yes",
    ]


def test_choices_have_no_distance_and_a_sector_has_no_neighbour() -> None:
    assert CORE.short_of(Values({"ai_centrality": "important"})) is None
    sector = among("sector", "fintech")
    assert sector.holds(Values({"sector": "retail"})) is False
    assert sector.ways_to(True, Values({"sector": "retail"})) == []
    assert among("regulated", True, False).ways_to(False, Values({"regulated": True})) == []


def test_a_question_is_answered_or_not_yet() -> None:
    condition = answered("stakes")
    assert condition.text == "stakes of an AI failure: answered"
    assert condition.holds(Values({"stakes": "low"})) is True
    assert condition.holds(Values({})) is None
    assert condition.short_of(Values({})) is None
    assert condition.ways_to(True, Values({})) == []
    assert condition.ways_to(True, Values({"stakes": "low"})) == [()]
    assert condition.ways_to(False, Values({"stakes": "low"})) == []


def test_ai_work_is_spread_over_functions_beyond_those_left_out() -> None:
    assert WIDE.text == "functions with AI work: 2 or more beyond engineering"
    assert spread(2, leaving_out=("customer_success", "engineering")).text.endswith(
        "2 or more beyond customer success and engineering"
    )
    assert spread(5).text == "functions with AI work: 5 or more"
    assert WIDE.holds(Values({"ai_functions": ("engineering", "sales")})) is False
    assert WIDE.holds(Values({"ai_functions": ("sales", "legal")})) is True
    assert WIDE.short_of(Values({"ai_functions": ("engineering", "sales")})) == (WIDE.text,)
    assert WIDE.short_of(Values({"ai_functions": ("engineering",)})) is None
    assert WIDE.short_of(Values({})) is None


def test_work_spreads_to_the_next_functions_and_withdraws_from_the_last() -> None:
    ((more,),) = WIDE.ways_to(True, Values({"ai_functions": ("engineering", "sales")}))
    assert more.value == ("engineering", "sales", "marketing")
    ((first,),) = WIDE.ways_to(True, Values({}))
    assert first.value == ("sales", "marketing")
    ((fewer,),) = WIDE.ways_to(False, Values({"ai_functions": ("sales", "engineering", "legal", "support")}))
    assert (fewer.value, fewer.text) == (("sales", "engineering"), "functions with AI work: fewer than 2")
