"""Survival curves of published studies, beside lifelines' and beside what was printed of them."""

from __future__ import annotations

import math

import lifelines
import lifelines.datasets
import lifelines.statistics
import lifelines.utils
import pytest

from projections.survival import Lifetime, survival_of

STUDIES = {
    "lung": (lifelines.datasets.load_lung, "time", "status", "sex"),
    "gbsg2": (lifelines.datasets.load_gbsg2, "time", "cens", "horTh"),
    "waltons": (lifelines.datasets.load_waltons, "T", "E", "group"),
    "rossi": (lifelines.datasets.load_rossi, "week", "arrest", "fin"),
    "kidney": (lifelines.datasets.load_kidney_transplant, "time", "death", "black_male"),
}


@pytest.mark.parametrize("study", STUDIES)
def test_published_studies_are_counted_as_lifelines_counts_them(study: str) -> None:
    load, time, event, by = STUDIES[study]
    told = load().dropna(subset=[time, event, by]).astype({time: int, event: bool})
    lives = {
        str(name): [
            Lifetime(int(days), bool(happened)) for days, happened in zip(group[time], group[event], strict=True)
        ]
        for name, group in told.groupby(by)
    }
    survival = survival_of(lives)
    for median in survival.medians:
        group = lives[median.group]
        fitted = lifelines.KaplanMeierFitter().fit([days for days, _ in group], [happened for _, happened in group])
        band = fitted.confidence_interval_
        steps = [step for step in survival.steps if step.group == median.group]
        assert [(step.days, step.at_risk) for step in steps] == list(fitted.event_table["at_risk"].items())
        assert [step.survival for step in steps] == pytest.approx(list(fitted.survival_function_.iloc[:, 0]), abs=1e-12)
        assert [step.lower for step in steps] == pytest.approx(list(band.iloc[:, 0]), abs=1e-12)
        assert [step.upper for step in steps] == pytest.approx(list(band.iloc[:, 1]), abs=1e-12)
        bounds = [fitted.median_survival_time_, *lifelines.utils.median_survival_times(band).to_numpy().ravel()]
        expected = [None if math.isinf(bound) else int(bound) for bound in bounds]
        assert [median.days, median.lower, median.upper] == expected
    oracle = lifelines.statistics.multivariate_logrank_test(told[time], told[by], told[event])
    assert survival.log_rank is not None
    assert survival.log_rank.chi2 == pytest.approx(oracle.test_statistic, rel=1e-9)
    assert survival.log_rank.p_value == pytest.approx(oracle.p_value, rel=1e-9)


def test_men_and_women_with_lung_cancer_differ_as_it_was_printed() -> None:
    """Loprinzi and others, J Clin Oncol 12 (1994), 601-607, as R's manual tests it: chi² 10.3, p 0.001."""
    told = lifelines.datasets.load_lung().astype({"time": int, "status": bool})
    survival = survival_of(
        {
            str(sex): [Lifetime(int(days), bool(died)) for days, died in zip(group.time, group.status, strict=True)]
            for sex, group in told.groupby("sex")
        }
    )
    assert [median.days for median in survival.medians] == [270, 426]
    assert survival.log_rank is not None
    assert survival.log_rank.chi2 == pytest.approx(10.3, abs=0.05)
    assert survival.log_rank.p_value == pytest.approx(0.001, abs=5e-4)
