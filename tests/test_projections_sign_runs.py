"""Runs of warning signs, detected and observed, as of a day and as known at an instant."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from examples import whole_firms
from hypothesis import given
from portfolios import firm_of, question_about, seeds, store_of, told
from story import DANA, IRIS, chosen, closed, correct, day, named, on, split, two_hats

from domain.kinds.agreements import SignCleared, SignObserved
from domain.kinds.engagement import Opened
from domain.signs.detector import Severity
from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds, ThresholdSetting
from domain.signs.runs import Detected
from projections import sign_runs
from projections.client_facts import client_facts
from projections.sign_runs import NO_SIGNS, ShownSign, sign_counts, signs_of

HALCYON = named("halcyon")


def setting(sign: str, name: str, value: int, counts_from: str, recorded_at: datetime) -> ThresholdSetting:
    return ThresholdSetting(sign, name, value, day(counts_from), recorded_at, UUID(int=7))


def words(signs: tuple[ShownSign, ...]) -> list[str]:
    return [f"{s.sign} {s.severity} {s.since}..{s.until or ''} {s.detected}" for s in signs]


def test_an_observed_sign_stands_beside_a_detected_one_and_each_is_cleared_by_its_own() -> None:
    events = told(
        halcyon=[
            on("2024-01-15", Opened("Letter")),
            chosen("2024-02-01", two_hats(DANA)),
            on("2024-02-20", SignObserved("A06", "nobody knows who decides"), "seen"),
            on("2024-03-10", SignCleared("A06")),
        ]
    )
    with store_of(events) as snapshot:
        assert words(signs_of(snapshot, HALCYON, as_of=day("2024-03-05"))) == [
            "A06 medium 2024-02-20.. observed",
            "A06 medium 2024-03-02.. rule",
        ]
        observed, detected = signs_of(snapshot, HALCYON, as_of=day("2024-03-20"))
    assert (observed.until, observed.evidence) == (day("2024-03-10"), (named("seen"),))
    assert (detected.until, detected.details) == (None, ("architecture", "ai_risk"))
    assert dict(detected.thresholds) == {"grace": 30}


def test_plans_count_for_nothing() -> None:
    events = told(
        halcyon=[
            on("2024-01-15", Opened("Letter")),
            chosen("2024-02-01", two_hats(DANA)),
            split("2024-04-01", DANA, IRIS),
            closed("2024-12-31"),
        ]
    )
    with store_of(events) as snapshot:
        assert signs_of(snapshot, HALCYON, as_of=day("2024-03-01")) == ()
        assert words(signs_of(snapshot, HALCYON, as_of=day("2024-03-31"))) == ["A06 medium 2024-03-02.. rule"]
        assert "A06 high 2024-03-02.. rule" in words(signs_of(snapshot, HALCYON, as_of=day("2024-12-30")))
        assert "A06 high 2024-03-02..2024-12-31 rule" in words(signs_of(snapshot, HALCYON, as_of=day("2024-12-31")))


def test_a_correction_changes_the_past_as_known_now_and_not_as_known_then() -> None:
    events = told(
        halcyon=[
            on("2024-01-15", Opened("Letter")),
            chosen("2024-02-01", two_hats(DANA), called="the choice"),
            correct("the choice", to="2024-02-15"),
        ]
    )
    with store_of(events) as snapshot:
        now = signs_of(snapshot, HALCYON, as_of=day("2024-06-01"))
        then = signs_of(snapshot, HALCYON, as_of=day("2024-06-01"), known_at=events[-2].event.timestamp)
    assert [s.since for s in now if s.sign == "A06"] == [day("2024-03-16")]
    assert [s.since for s in then if s.sign == "A06"] == [day("2024-03-02")]


def test_thresholds_count_from_their_day_as_known_at_the_instant() -> None:
    events = told(halcyon=[on("2024-01-15", Opened("Letter")), chosen("2024-02-01", two_hats(DANA))])
    recorded = events[-1].event.timestamp
    looser = setting("A06", "grace", 60, "2024-03-10", recorded + timedelta(days=1))
    firm = FirmThresholds((looser,))
    with store_of(events) as snapshot:

        def since(as_of: str, known_at: datetime | None = None, of: FirmThresholds = firm) -> list[str]:
            signs = signs_of(snapshot, HALCYON, as_of=day(as_of), known_at=known_at, thresholds=of)
            return [f"{s.since}..{s.until or ''} {s.thresholds['grace']}" for s in signs if s.sign == "A06"]

        assert since("2024-03-09") == ["2024-03-02.. 30"]
        assert since("2024-05-01") == ["2024-03-02..2024-03-10 30", "2024-04-01.. 60"]
        assert since("2024-05-01", known_at=recorded) == ["2024-03-02.. 30"]
        throughout = FirmThresholds((looser,), throughout=day("2024-05-01"))
        assert since("2024-05-01", of=throughout) == ["2024-04-01.. 60"]
        before = FirmThresholds((looser,), throughout=day("2024-03-09"))
        assert since("2024-05-01", of=before) == ["2024-03-02.. 30"]


def test_of_two_thresholds_for_one_day_the_one_recorded_last_counts_whatever_was_recorded_in_between() -> None:
    noon = datetime.fromisoformat("2026-01-01T12:00:00+00:00")
    first = setting("A06", "grace", 10, "2026-02-01", noon)
    second = setting("A06", "grace", 20, "2026-02-01", noon + timedelta(hours=1))
    earlier = setting("A06", "grace", 5, "2026-01-15", noon + timedelta(hours=2))
    firm = FirmThresholds((first, second, earlier))
    assert firm.recorded_at == earlier.recorded_at
    assert DEFAULTS.recorded_at is None
    changes = firm.history().changes["A06"]
    assert [(date.fromordinal(c.day), dict(c.values)) for c in changes] == [
        (day("2026-01-15"), {"grace": 5}),
        (day("2026-02-01"), {"grace": 10}),
        (day("2026-02-01"), {"grace": 20}),
    ]
    assert firm.known_at(first.recorded_at).settings == (first,)
    assert hash(firm) == hash(FirmThresholds((first, second, earlier)))


@whole_firms(100)
@given(seeds)
def test_counts_in_columns_are_those_of_the_signs_of_each_client_at_every_instant(seed: int) -> None:
    events = firm_of(seed)
    question = question_about(events, seed)
    times = {"as_of": question.as_of, "known_at": question.known_at}
    with store_of(events) as snapshot, pytest.MonkeyPatch.context() as patch:
        clients = [facts.client for facts in client_facts(snapshot, known_at=question.known_at)]
        every = sign_counts(snapshot, **times)  # type: ignore[arg-type]
        some = sign_counts(snapshot, clients[:2], **times)  # type: ignore[arg-type]
        patch.setattr(sign_runs, "FEW_CLIENTS", 0)
        assert sign_counts(snapshot, clients, **times) == every  # type: ignore[arg-type]
        assert some == {client: every[client] for client in clients[:2] if client in every}
        for client in clients:
            signs = signs_of(snapshot, client, **times)  # type: ignore[arg-type]
            for sign in signs:
                assert sign.since <= question.as_of
                assert sign.until is None or sign.since < sign.until <= question.as_of
                assert sign.detected in Detected
            holding = Counter(sign.severity for sign in signs if sign.until is None)
            counts = every.get(client, NO_SIGNS)
            assert counts == (holding[Severity.HIGH], holding[Severity.MEDIUM], holding[Severity.LOW])
