"""Initiatives from the start to production to what was measured, and who answers for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from examples import examples
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from sign_cases import facts
from story import AI, DANA, IRIS, SOFIA, TECHNOLOGY, Story, chosen, closed, day, given, on, seat, split, two_hats

from domain.decisions import Request
from domain.kinds.seats import HandedOver, SeatVacated
from domain.kinds.work import InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.outcomes import Initiative, Measurement, Stage, initiatives_on

BASE = given(
    chosen("2024-02-01", two_hats(DANA)),
    on("2024-03-01", InitiativeStarted("triage")),
    on("2024-05-30", InitiativeLive("triage")),
)


def measured(
    text: str, value: int, baseline: int | None = None, unit: str = "minutes", metric: str = "time"
) -> Request:
    details = OutcomeMeasured("triage", metric, Decimal(value), unit, None if baseline is None else Decimal(baseline))
    return on(text, details, called=f"{metric} {text}")


def the_initiative(story: Story, text: str) -> Initiative:
    (initiative,) = initiatives_on(facts(story), day(text).toordinal())
    return initiative


def test_an_initiative_comes_from_started_to_live_to_measured() -> None:
    assert list(initiatives_on(facts(BASE), day("2024-02-29").toordinal())) == []
    started = the_initiative(BASE, "2024-05-29")
    assert (started.stage, started.live_on, started.days_to_live) == (Stage.STARTED, None, None)
    live = the_initiative(BASE, "2024-05-30")
    assert (live.stage, live.live_on, live.days_to_live) == (Stage.LIVE, date(2024, 5, 30), 90)
    after = the_initiative(BASE.when(measured("2024-06-30", 12, 30)), "2024-06-30")
    assert after.stage is Stage.MEASURED
    assert after.measurements == (Measurement("time", Decimal(30), Decimal(12), "minutes", date(2024, 6, 30)),)
    assert after.measurements[0].change == Decimal(-18)


def test_the_newest_value_counts_and_the_newest_baseline_in_its_unit() -> None:
    story = BASE.when(measured("2024-06-30", 12, 30)).when(measured("2024-07-30", 10))
    (newest,) = the_initiative(story, "2024-12-31").measurements
    assert (newest.value, newest.baseline, newest.change) == (Decimal(10), Decimal(30), Decimal(-20))
    other = story.when(measured("2024-08-30", 600, unit="seconds"))
    (newest,) = the_initiative(other, "2024-12-31").measurements
    assert (newest.unit, newest.baseline, newest.change) == ("seconds", None, None)
    before = the_initiative(other, "2024-07-29").measurements
    assert [one.value for one in before] == [Decimal(12)]


def test_each_metric_has_its_newest_value() -> None:
    story = BASE.when(
        measured("2024-06-30", 12),
        measured("2024-06-30", 5, 3, "percent", "margin"),
        measured("2024-07-30", 9),
    )
    found = the_initiative(story, "2024-12-31").measurements
    assert [(one.metric, one.value, one.change) for one in found] == [
        ("time", Decimal(9), None),
        ("margin", Decimal(5), Decimal(2)),
    ]


@pytest.mark.parametrize(
    ("text", "owner"),
    [("2024-05-31", DANA), ("2024-06-01", IRIS), ("2024-08-31", IRIS), ("2024-09-01", None), ("2024-12-31", None)],
)
def test_the_holder_of_ai_on_the_day_answers_for_it(text: str, owner: object) -> None:
    story = BASE.when(split("2024-06-01", DANA, IRIS)).when(on("2024-09-01", SeatVacated((AI,))))
    assert the_initiative(story, text).owner == owner


def test_after_the_close_the_last_holder_answers_for_it() -> None:
    story = BASE.when(split("2024-06-01", DANA, IRIS)).when(closed("2024-08-01"))
    assert the_initiative(story, "2025-08-01").owner == IRIS


offsets = st.integers(1, 100)
measurements = st.lists(
    st.tuples(offsets, st.sampled_from(("time", "margin")), st.integers(0, 9), st.none() | st.integers(0, 9)),
    max_size=12,
)


@examples(60)
@hypothesis_given(measurements, st.integers(0, 120))
def test_measurements_are_those_of_a_look_at_every_day(
    values: Sequence[tuple[int, str, int, int | None]], until: int
) -> None:
    start = date(2024, 3, 1)
    logs = [
        on(
            (start + timedelta(days=offset)).isoformat(),
            OutcomeMeasured("triage", metric, Decimal(value), "u", None if base is None else Decimal(base)),
            called=f"number {place}",
        )
        for place, (offset, metric, value, base) in enumerate(values)
    ]
    newest: dict[str, int] = {}
    baselines: dict[str, int] = {}
    for offset in range(until + 1):
        for _, metric, value, base in (one for one in values if one[0] == offset):
            newest[metric] = value
            if base is not None:
                baselines[metric] = base
    initiative = the_initiative(BASE.when(*logs) if logs else BASE, (start + timedelta(days=until)).isoformat())
    assert {one.metric: one.value for one in initiative.measurements} == newest
    assert {one.metric: one.baseline for one in initiative.measurements if one.baseline is not None} == baselines


def test_an_initiative_belongs_to_the_holder_of_ai_on_the_last_day_before_the_close() -> None:
    story = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI)),
        on("2024-03-01", InitiativeStarted("triage")),
        on("2024-06-29", HandedOver((AI,), SOFIA)),
        closed("2024-06-30"),
    )
    assert [the_initiative(story, text).owner for text in ("2024-06-28", "2024-06-29", "2024-06-30", "2024-09-01")] == [
        IRIS,
        SOFIA,
        SOFIA,
        SOFIA,
    ]
