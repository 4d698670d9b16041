"""Every detector against a naive reading of its description, day by day, on random histories."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sign_oracle_1
from examples import examples
from histories import OPENED_ON
from hypothesis import event, given
from hypothesis import strategies as st
from sign_cases import ENGAGEMENT
from sign_diary import Day, diary, held_since
from sign_histories import SignHistory, sign_histories

from domain.signs.catalog import DETECTORS
from domain.signs.facts import EngagementFacts, facts_of
from domain.signs.runs import Run, runs_of
from domain.timeline import fold

ORACLES = {**sign_oracle_1.ORACLES}


def facts(history: SignHistory) -> EngagementFacts:
    return facts_of(ENGAGEMENT, fold(history.milestones), history.answers)


def held(runs: tuple[Run, ...], days: list[Day]) -> list[dict[str | None, tuple[Any, str]]]:
    """Since when what holds on each day has held, and how severe it is."""
    found = []
    for day in days:
        number = day.on.toordinal()
        parts = [(run, stretch) for run in runs if (stretch := run.on(number))]
        found.append(
            {run.subject: (day.on.fromordinal(run.since), str(s.finding.severity_on(number))) for run, s in parts}
        )
    return found


@examples(150)
@given(history=sign_histories())
def test_signs_hold_on_the_days_that_their_descriptions_say(history: SignHistory) -> None:
    days, known = diary(history), facts(history)
    for sign in ORACLES.keys() & DETECTORS.keys():
        expected = held_since(days, ORACLES[sign](days))
        event(f"{sign} {'holds' if any(expected) else 'never holds'}")
        found = held(runs_of(DETECTORS[sign], known), days)
        for day, should, does in zip(days, expected, found, strict=True):
            assert does == should, f"{sign} on {day.on}"


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
