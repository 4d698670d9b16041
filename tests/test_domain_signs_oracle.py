"""Every detector against a naive reading of its description, day by day, on random histories."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import sign_oracle_1
import sign_oracle_2
from examples import examples
from histories import OPENED_ON
from hypothesis import event, given
from hypothesis import strategies as st
from sign_cases import ENGAGEMENT
from sign_diary import Day, diary, held_since
from sign_histories import SignHistory, sign_histories

from domain.signs.catalog import DETECTORS
from domain.signs.facts import EngagementFacts, facts_of
from domain.signs.periods import ALWAYS_BEFORE, FOREVER
from domain.signs.runs import Run, ThresholdChange, ThresholdHistory, runs_of
from domain.timeline import fold

ORACLES = {**sign_oracle_1.ORACLES, **sign_oracle_2.ORACLES}


def facts(history: SignHistory) -> EngagementFacts:
    return facts_of(ENGAGEMENT, fold(history.milestones), history.answers)


def held(runs: tuple[Run, ...], days: list[Day]) -> list[dict[str | None, tuple[Any, str]]]:
    """Since when what holds on each day has held, and how severe it is."""
    found: list[dict[str | None, tuple[Any, str]]] = [{} for _ in days]
    first = days[0].on.toordinal()
    for run in runs:
        since = date.fromordinal(run.since)
        for start, end, severity in run.severities():
            for on_day in found[start - first : end - first]:
                on_day[run.subject] = since, str(severity)
    return found


@examples(50)
@given(history=sign_histories())
def test_signs_hold_on_the_days_that_their_descriptions_say(history: SignHistory) -> None:
    days, known = diary(history), facts(history)
    for sign in ORACLES.keys() & DETECTORS.keys():
        expected = held_since(days, ORACLES[sign](days))
        event(f"{sign} {'holds' if any(expected) else 'never holds'}")
        found = held(runs_of(DETECTORS[sign], known), days)
        for day, should, does in zip(days, expected, found, strict=True):
            assert does == should, f"{sign} on {day.on}"


def test_every_detector_has_a_naive_reading() -> None:
    assert ORACLES.keys() == DETECTORS.keys()


@given(history=sign_histories(), days=st.integers(0, 900), factor=st.sampled_from((Fraction(1, 2), Fraction(2))))
def test_each_day_is_judged_by_the_thresholds_in_force_on_it(history: SignHistory, days: int, factor: Fraction) -> None:
    known = facts(history)
    changed_on = OPENED_ON.toordinal() + days
    for sign, detector in DETECTORS.items():
        values = {name: max(1, int(value * factor)) for name, value in detector.defaults.items()}
        changed = ThresholdHistory({sign: (ThresholdChange(changed_on, values),)})
        after = runs_of(detector, known, changed.throughout(changed_on))
        expected = held_days(runs_of(detector, known), ALWAYS_BEFORE, changed_on) | held_days(
            after, changed_on, FOREVER
        )
        assert held_days(runs_of(detector, known, changed), ALWAYS_BEFORE, FOREVER) == expected, sign


def held_days(runs: tuple[Run, ...], first: int, end: int) -> set[tuple[str | None, int, str]]:
    """The subject, day and severity of runs within some days; of those without an end, the first 2,000 days."""
    last = min(end, OPENED_ON.toordinal() + 2000)
    return {
        (run.subject, day, str(severity))
        for run in runs
        for start, until, severity in run.severities()
        for day in range(max(start, first), min(until, last))
    }


@given(history=sign_histories(), days=st.integers(0, 900))
def test_what_a_sign_says_of_a_day_depends_on_nothing_later(history: SignHistory, days: int) -> None:
    day = OPENED_ON + timedelta(days=days)
    whole, cut = facts(history), facts(history.up_to(day))
    for detector in DETECTORS.values():
        full, before = (on_day(day.toordinal(), runs_of(detector, one)) for one in (whole, cut))
        assert full == before, detector.id


def on_day(day: int, runs: tuple[Run, ...]) -> list[Any]:
    stretches = [(run, stretch) for run in runs if (stretch := run.on(day))]
    return [
        (run.subject, run.since, s.finding.severity_on(day), s.finding.evidence_on(day), s.finding.details_on(day))
        for run, s in stretches
    ]


@given(history=sign_histories())
def test_the_evidence_of_a_sign_takes_effect_by_the_day_it_is_evidence_for(history: SignHistory) -> None:
    effective = {m.id: m.takes_effect_on(OPENED_ON).toordinal() for m in history.milestones}
    known = facts(history)
    for detector in DETECTORS.values():
        for run in runs_of(detector, known):
            for stretch in run.stretches:
                evidence = stretch.finding.evidence_on(stretch.start)
                assert all(effective[milestone] <= stretch.start for milestone in evidence), detector.id
