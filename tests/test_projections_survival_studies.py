"""Survival curves of published studies, beside lifelines' and beside what was printed of them.

lifelines is imported where it is used: loading it takes every worker seconds, and one worker needs it.
"""

from __future__ import annotations

import math

import pytest

from projections.survival import Lifetime, survival_of

# Weeks in remission after chemotherapy, `aml` in R's package survival: Miller, Survival Analysis (1981), page 49.
# Negative: censored.
MAINTAINED = [9, 13, -13, 18, 23, -28, 31, 34, -45, 48, -161]
NOT_MAINTAINED = [5, 5, 8, 8, 12, -16, 23, 27, 30, 33, 43, 45]
# `summary(survfit(Surv(aml$time, aml$status) ~ aml$x))` as R 2.11.1 printed it, in the tests of the package itself
# (github.com/therneau/survival, tests/doaml.Rout.save): time, at risk, survival, standard error. In the last row R
# prints NaN for the standard error and NA for both bounds. The test of both groups there: chi² 3.4, p 0.0653.
AML = {
    "Maintained": [
        (9, 11, 0.909, 0.0867),
        (13, 10, 0.818, 0.1163),
        (18, 8, 0.716, 0.1397),
        (23, 7, 0.614, 0.1526),
        (31, 5, 0.491, 0.1642),
        (34, 4, 0.368, 0.1627),
        (48, 2, 0.184, 0.1535),
    ],
    "Nonmaintained": [
        (5, 12, 0.8333, 0.1076),
        (8, 10, 0.6667, 0.1361),
        (12, 8, 0.5833, 0.1423),
        (23, 6, 0.4861, 0.1481),
        (27, 5, 0.3889, 0.1470),
        (30, 4, 0.2917, 0.1387),
        (33, 3, 0.1944, 0.1219),
        (43, 2, 0.0972, 0.0919),
        (45, 1, 0.0, math.nan),
    ],
}

STUDIES = {
    "lung": ("load_lung", "time", "status", "sex"),
    "gbsg2": ("load_gbsg2", "time", "cens", "horTh"),
    "waltons": ("load_waltons", "T", "E", "group"),
    "rossi": ("load_rossi", "week", "arrest", "fin"),
    "kidney": ("load_kidney_transplant", "time", "death", "black_male"),
}


@pytest.mark.parametrize("study", STUDIES)
def test_published_studies_are_counted_as_lifelines_counts_them(study: str) -> None:
    import lifelines.datasets
    import lifelines.statistics
    import lifelines.utils

    load, time, event, by = STUDIES[study]
    data = getattr(lifelines.datasets, load)().dropna(subset=[time, event, by]).astype({time: int, event: bool})
    lives = {
        str(name): [
            Lifetime(int(days), bool(happened)) for days, happened in zip(group[time], group[event], strict=True)
        ]
        for name, group in data.groupby(by)
    }
    survival = survival_of(lives)
    for median in survival.medians:
        group = lives[median.group]
        fitted = lifelines.KaplanMeierFitter().fit([days for days, _ in group], [happened for _, happened in group])
        band = fitted.confidence_interval_.where(fitted.survival_function_.iloc[:, 0] > 0)
        steps = [step for step in survival.steps if step.group == median.group]
        assert [(step.days, step.at_risk) for step in steps] == list(fitted.event_table["at_risk"].items())
        assert [step.survival for step in steps] == pytest.approx(list(fitted.survival_function_.iloc[:, 0]), abs=1e-12)
        for column, bounds in enumerate(([step.lower for step in steps], [step.upper for step in steps])):
            assert [math.nan if bound is None else bound for bound in bounds] == pytest.approx(
                list(band.iloc[:, column]), abs=1e-12, nan_ok=True
            )
        bounds = [fitted.median_survival_time_, *lifelines.utils.median_survival_times(band).to_numpy().ravel()]
        expected = [None if bound is None or math.isinf(bound) else int(bound) for bound in bounds]
        assert [median.days, median.lower, median.upper] == expected
    oracle = lifelines.statistics.multivariate_logrank_test(data[time], data[by], data[event])
    assert survival.log_rank is not None
    assert survival.log_rank.chi2 == pytest.approx(oracle.test_statistic, rel=1e-9)
    assert survival.log_rank.p_value == pytest.approx(oracle.p_value, rel=1e-9)


def test_men_and_women_with_lung_cancer_differ_as_it_was_printed() -> None:
    """Loprinzi and others, J Clin Oncol 12 (1994), 601-607; `survdiff(Surv(time, status) ~ sex, data = lung)` in R."""
    import lifelines.datasets

    data = lifelines.datasets.load_lung().astype({"time": int, "status": bool})
    survival = survival_of(
        {
            str(sex): [Lifetime(int(days), bool(died)) for days, died in zip(group.time, group.status, strict=True)]
            for sex, group in data.groupby("sex")
        }
    )
    assert [median.days for median in survival.medians] == [270, 426]
    assert survival.log_rank is not None
    assert survival.log_rank.chi2 == pytest.approx(10.3, abs=0.05)
    assert survival.log_rank.p_value == pytest.approx(0.001, abs=5e-4)


def _log_log(survival: float, error: float) -> tuple[float, float]:
    """The bounds of `conf.type = "log-log"`: the print has those of "log", and the standard error that both rest on."""
    spread = 1.959964 * error / survival / math.log(survival)
    low, high = (math.exp(-math.exp(math.log(-math.log(survival)) + sign * spread)) for sign in (-1, 1))
    return low, high


def test_patients_with_leukaemia_are_counted_as_survfit_prints_them() -> None:
    survival = survival_of(
        {
            group: [Lifetime(abs(weeks), weeks > 0) for weeks in lives]
            for group, lives in (("Maintained", MAINTAINED), ("Nonmaintained", NOT_MAINTAINED))
        }
    )
    for group, printed in AML.items():
        steps = [step for step in survival.steps if step.group == group and step.events]
        assert [(step.days, step.at_risk) for step in steps] == [row[:2] for row in printed]
        assert [step.survival for step in steps] == pytest.approx([row[2] for row in printed], abs=5e-4)
        bands = [(days, *_log_log(share, error)) for days, _, share, error in printed if not math.isnan(error)]
        for step, (_, lower, upper) in zip(steps, bands, strict=False):
            assert (step.lower, step.upper) == pytest.approx((lower, upper), abs=2e-3)
        assert all((step.lower, step.upper) == (None, None) for step in steps[len(bands) :])
        # the median is printed, its bounds are where the bands first reach one half
        median = next(median for median in survival.medians if median.group == group)
        assert median.days == {"Maintained": 31, "Nonmaintained": 23}[group]
        assert median.lower == next((days for days, lower, _ in bands if lower <= 0.5), None)
        assert median.upper == next((days for days, _, upper in bands if upper <= 0.5), None)
    assert survival.log_rank is not None
    assert survival.log_rank.chi2 == pytest.approx(3.4, abs=0.05)
    assert survival.log_rank.p_value == pytest.approx(0.0653, abs=5e-5)


def test_the_median_of_lung_patients_has_the_bounds_that_were_printed() -> None:
    """`survfit(SurvObj ~ sex, data = lung, conf.type = "log-log")` as R printed it in a published article.

    Shane Pederson, "An introduction to survival analysis", 7 February 2019: 270, 210, 306 and 426, 345, 524.
    """
    import lifelines.datasets

    data = lifelines.datasets.load_lung().astype({"time": int, "status": bool})
    survival = survival_of(
        {
            str(sex): [Lifetime(int(days), bool(died)) for days, died in zip(group.time, group.status, strict=True)]
            for sex, group in data.groupby("sex")
        }
    )
    assert [(median.days, median.lower, median.upper) for median in survival.medians] == [
        (270, 210, 306),
        (426, 345, 524),
    ]
