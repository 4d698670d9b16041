"""Survival curves and tests against lifelines, scipy, exact fractions and published figures.

The libraries are imported where they are used: loading them takes every worker seconds, and one worker needs them.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest
from examples import examples
from hypothesis import assume, example, given
from hypothesis import strategies as st

from projections.survival import (
    Lifetime,
    Step,
    chi2_tail,
    curve_of,
    log_rank_of,
    median_of,
    survival_of,
)

Lifetimes = Sequence[tuple[int, bool]]

# Weeks in remission of leukaemia patients: Freireich and others, Blood 21 (1963), 699-716. Negative: censored.
TREATED = [-6, 6, 6, 6, 7, -9, -10, 10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
FREIREICH = {
    "6-MP": [Lifetime(abs(weeks), weeks > 0) for weeks in TREATED],
    "placebo": [Lifetime(weeks, True) for weeks in PLACEBO],
}

# Each example costs the library some milliseconds.
against_a_library = examples(60)

lifetimes = st.lists(st.tuples(st.integers(0, 25), st.booleans()), min_size=1, max_size=40)
spread_lifetimes = st.lists(st.tuples(st.integers(0, 4000), st.booleans()), min_size=1, max_size=60)


def columns(group: Lifetimes) -> tuple[list[int], list[bool]]:
    return [days for days, _ in group], [happened for _, happened in group]


def naive_curve(group: Lifetimes) -> list[tuple[int, Fraction]]:
    """Count again from the beginning on every day, in exact fractions."""
    curve, survival = [], Fraction(1)
    for day in range(max(days for days, _ in group) + 1):
        at_risk = sum(days >= day for days, _ in group)
        events = sum(days == day and happened for days, happened in group)
        survival *= 1 - Fraction(events, at_risk)
        curve.append((day, survival))
    return curve


@against_a_library
@given(lifetimes | spread_lifetimes)
@example([(0, True)])
@example([(0, False)])
@example([(5, True)])
@example([(7, True), (7, True), (7, True)])
@example([(7, True), (7, False)])
@example([(0, True), (0, False), (3, True)])
def test_curves_and_bands_equal_those_of_lifelines(group: Lifetimes) -> None:
    import lifelines

    days, happened = columns(group)
    fitted = lifelines.KaplanMeierFitter().fit(days, happened)
    steps = curve_of("all", group)
    table = fitted.event_table
    assert [step.days for step in steps] == list(table.index)
    assert [step.at_risk for step in steps] == list(table["at_risk"])
    assert [step.events for step in steps] == list(table["observed"])
    assert [step.censored for step in steps] == list(table["censored"])
    band = fitted.confidence_interval_
    for step, survival, lower, upper in zip(
        steps, fitted.survival_function_.iloc[:, 0], band.iloc[:, 0], band.iloc[:, 1], strict=True
    ):
        assert step.survival == pytest.approx(survival, abs=1e-12)
        if survival == 0:  # the library gives 0 for a bound that is undefined
            assert step.lower is step.upper is None
        else:
            assert step.lower == pytest.approx(lower, abs=1e-12)
            assert step.upper == pytest.approx(upper, abs=1e-12)


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined:RuntimeWarning")
@against_a_library
@given(lifetimes)
def test_curves_and_bands_equal_those_of_scipy(group: Lifetimes) -> None:
    import scipy.stats

    sample = scipy.stats.CensoredData(
        uncensored=[days for days, happened in group if happened],
        right=[days for days, happened in group if not happened],
    )
    estimate = scipy.stats.ecdf(sample).sf
    inside = [step for step in curve_of("all", group) if 0 < step.survival < 1]
    assume(inside)
    band = estimate.confidence_interval(0.95, method="log-log")
    for step in inside:
        assert step.survival == pytest.approx(float(estimate.evaluate(step.days)), abs=1e-12)
        assert step.lower == pytest.approx(float(band.low.evaluate(step.days)), abs=1e-9)
        assert step.upper == pytest.approx(float(band.high.evaluate(step.days)), abs=1e-9)


@given(lifetimes)
def test_every_step_is_the_count_of_those_days(group: Lifetimes) -> None:
    exact = dict(naive_curve(group))
    steps = curve_of("all", group)
    assert steps[0].days == 0
    assert {step.days for step in steps} == {0, *columns(group)[0]}
    for step in steps:
        assert step.survival == pytest.approx(float(exact[step.days]), abs=1e-14)
        if step.survival == 0:
            assert step.lower is step.upper is None
        else:
            assert step.lower is not None
            assert step.upper is not None
            assert 0 <= step.lower <= step.survival <= step.upper <= 1


@given(lifetimes)
@example([(1, True), (2, True), (3, False), (4, False)])
@example([(day, True) for day in range(1, 25)])  # the product of floats is 0.5000000000000001
def test_the_median_is_the_first_day_at_exactly_a_half_or_below(group: Lifetimes) -> None:
    at_half = next((day for day, survival in naive_curve(group) if survival <= Fraction(1, 2)), None)
    assert median_of("all", curve_of("all", group)).days == at_half


@against_a_library
@given(lifetimes)
def test_the_bounds_of_the_median_are_where_the_band_crosses_a_half(group: Lifetimes) -> None:
    import lifelines.utils

    days, happened = columns(group)
    fitted = lifelines.KaplanMeierFitter().fit(days, happened)
    band = fitted.confidence_interval_[fitted.survival_function_.iloc[:, 0] > 0]
    assume(len(band))
    crossing = lifelines.utils.median_survival_times(band)
    assume(not any(abs(bound - 0.5) < 1e-9 for bound in band.to_numpy().ravel()))
    expected = [None if math.isinf(bound) else int(bound) for bound in crossing.to_numpy().ravel()]
    median = median_of("all", curve_of("all", group))
    assert [median.lower, median.upper] == expected
    if median.days is not None:
        assert (median.lower or 0) <= median.days <= (median.days if median.upper is None else median.upper)


def test_the_curve_of_freireich_is_the_published_one() -> None:
    published = {
        6: (21, 0.8571, 0.6197, 0.9516),
        7: (17, 0.8067, 0.5631, 0.9228),
        10: (15, 0.7529, 0.5032, 0.8894),
        13: (12, 0.6902, 0.4316, 0.8491),
        16: (11, 0.6275, 0.3675, 0.8049),
        22: (7, 0.5378, 0.2678, 0.7468),
        23: (6, 0.4482, 0.1881, 0.6801),
    }
    steps = {step.days: step for step in curve_of("6-MP", FREIREICH["6-MP"]) if step.events}
    assert steps.keys() == published.keys()
    for days, (at_risk, survival, lower, upper) in published.items():
        assert steps[days].at_risk == at_risk
        assert steps[days].survival == pytest.approx(survival, abs=5e-5)
        assert steps[days].lower == pytest.approx(lower, abs=5e-5)
        assert steps[days].upper == pytest.approx(upper, abs=5e-5)


def test_the_medians_and_the_test_of_freireich_are_the_published_ones() -> None:
    survival = survival_of(FREIREICH)
    treated, placebo = survival.medians
    assert (treated.group, treated.days, treated.lower, treated.upper) == ("6-MP", 23, 13, None)
    assert (placebo.group, placebo.days, placebo.lower, placebo.upper) == ("placebo", 8, 4, 11)
    assert (treated.subjects, treated.events, treated.small) == (21, 9, False)
    assert survival.log_rank is not None
    assert survival.log_rank.chi2 == pytest.approx(16.79, abs=5e-3)
    assert survival.log_rank.df == 1
    assert survival.log_rank.p_value == pytest.approx(4.17e-5, abs=5e-8)


def test_groups_stand_in_the_order_given() -> None:
    backwards = dict(reversed(FREIREICH.items()))
    survival = survival_of(backwards)
    assert [median.group for median in survival.medians] == ["placebo", "6-MP"]
    assert survival.steps == curve_of("placebo", FREIREICH["placebo"]) + curve_of("6-MP", FREIREICH["6-MP"])


def test_those_censored_on_the_day_of_an_event_were_at_risk_for_it() -> None:
    tied = curve_of("all", [(5, True), (5, False), (9, False), (9, False)])[1]
    assert (tied.days, tied.at_risk, tied.events, tied.censored, tied.survival) == (5, 4, 1, 1, 0.75)


def test_where_nothing_happened_the_curve_stays_at_one() -> None:
    survival = survival_of({"all": [(3, False), (8, False)]})
    assert [(step.days, step.survival, step.lower, step.upper) for step in survival.steps] == [
        (0, 1.0, 1.0, 1.0),
        (3, 1.0, 1.0, 1.0),
        (8, 1.0, 1.0, 1.0),
    ]
    (median,) = survival.medians
    assert (median.days, median.lower, median.upper, median.events) == (None, None, None, 0)
    assert survival.log_rank is None


def test_where_it_happened_to_all_on_one_day_the_curve_falls_to_zero() -> None:
    survival = survival_of({"all": [(8, True)] * 12})
    assert survival.steps == (
        Step("all", 0, 12, 0, 0, 1.0, 1.0, 1.0),
        Step("all", 8, 12, 12, 0, 0.0, None, None),
    )
    assert (survival.medians[0].days, survival.medians[0].small) == (8, False)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([300], (300, None, None)),
        ([10, 20, 30, 40], (20, 10, None)),
        ([0], (0, None, None)),
        ([5, 5, 5], (5, None, None)),
    ],
)
def test_at_survival_zero_the_bounds_are_undefined(days: list[int], expected: tuple[int | None, ...]) -> None:
    survival = survival_of({"all": [(day, True) for day in days]})
    (median,) = survival.medians
    assert (median.days, median.lower, median.upper) == expected
    assert (survival.steps[-1].survival, survival.steps[-1].lower, survival.steps[-1].upper) == (0.0, None, None)


def test_what_happened_on_day_zero_is_counted_in_the_first_step() -> None:
    steps = curve_of("all", [(0, True), (0, False), (4, True), (6, False)])
    assert [(step.days, step.at_risk, step.events, step.censored, step.survival) for step in steps] == [
        (0, 4, 1, 1, 0.75),
        (4, 2, 1, 0, 0.375),
        (6, 1, 0, 1, 0.375),
    ]


def test_a_single_subject_is_a_small_group() -> None:
    (median,) = survival_of({"all": [(30, True)]}).medians
    assert (median.days, median.subjects, median.events, median.small) == (30, 1, 1, True)


def test_a_group_of_nobody_has_no_curve_and_no_median() -> None:
    survival = survival_of({"none": [], **FREIREICH})
    assert {step.group for step in survival.steps} == {"6-MP", "placebo"}
    nobody = survival.medians[0]
    assert (nobody.group, nobody.days, nobody.lower, nobody.upper) == ("none", None, None, None)
    assert (nobody.subjects, nobody.events, nobody.small) == (0, 0, True)
    assert survival.log_rank == survival_of(FREIREICH).log_rank


def test_without_groups_there_is_nothing_to_say() -> None:
    survival = survival_of({})
    assert (survival.steps, survival.medians, survival.log_rank) == ((), (), None)


@pytest.mark.parametrize(("subjects", "small"), [(2, True), (3, False)])
def test_a_group_is_small_below_the_size_stated(subjects: int, small: bool) -> None:
    (median,) = survival_of({"all": [(4, True)] * subjects}, small_below=3).medians
    assert median.small is small


def test_a_negative_number_of_days_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 days"):
        survival_of({"all": [(4, True), (-1, True)]})


@against_a_library
@given(lifetimes, lifetimes)
def test_the_test_between_two_groups_equals_scipy(one: Lifetimes, other: Lifetimes) -> None:
    import scipy.stats

    result = log_rank_of({"one": one, "other": other})
    assume(result is not None)
    assert result is not None
    samples = [
        scipy.stats.CensoredData(
            uncensored=[days for days, happened in group if happened],
            right=[days for days, happened in group if not happened],
        )
        for group in (one, other)
    ]
    oracle = scipy.stats.logrank(*samples)
    assert result.df == 1
    assert result.chi2 == pytest.approx(float(oracle.statistic) ** 2, rel=1e-9, abs=1e-12)
    assert result.p_value == pytest.approx(float(oracle.pvalue), rel=1e-8, abs=1e-12)


@against_a_library
@given(st.lists(lifetimes | spread_lifetimes, min_size=2, max_size=6))
def test_the_test_between_many_groups_equals_lifelines(groups: list[Lifetimes]) -> None:
    import lifelines.statistics

    happenings = [days for group in groups for days, happened in group if happened]
    heard = [group for group in groups if happenings and any(days >= min(happenings) for days, _ in group)]
    result = log_rank_of({str(index): group for index, group in enumerate(groups)})
    together = [(days, happened) for group in heard for days, happened in group]
    at_risk = sum(days >= min(happenings) for days, _ in together) if happenings else 0
    if len(heard) < 2 or happenings.count(min(happenings)) == at_risk:
        assert result is None
        return
    assert result is not None
    names = [index for index, group in enumerate(heard) for _ in group]
    oracle = lifelines.statistics.multivariate_logrank_test(*columns(together)[:1], names, columns(together)[1])
    assert result.df == len(heard) - 1
    assert result.chi2 == pytest.approx(oracle.test_statistic, rel=1e-7, abs=1e-9)
    assert result.p_value == pytest.approx(oracle.p_value, rel=1e-6, abs=1e-12)


def test_groups_alike_are_told_apart_by_nothing() -> None:
    result = log_rank_of({"one": FREIREICH["6-MP"], "other": FREIREICH["6-MP"]})
    assert result is not None
    assert result.chi2 == pytest.approx(0, abs=1e-20)
    assert result.p_value == pytest.approx(1)


@against_a_library
@given(st.floats(0, 400), st.integers(1, 60))
@example(2000.0, 2000)
@example(5000.0, 1)
@example(5e-324, 2)
@example(5e-324, 3)
def test_the_tail_of_chi_squared_equals_scipy(chi2: float, df: int) -> None:
    import scipy.stats

    assert chi2_tail(chi2, df) == pytest.approx(float(scipy.stats.chi2.sf(chi2, df)), rel=1e-9, abs=1e-300)
