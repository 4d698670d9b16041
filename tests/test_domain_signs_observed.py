"""Named signs, and those that people observe."""

from __future__ import annotations

from sign_cases import facts, observed
from story import DANA, chosen, closed, day, given, on, retract, two_hats

from domain.areas import SIGNS
from domain.decisions import Log
from domain.kinds.agreements import SignCleared, SignObserved
from domain.kinds.engagement import Paused, Resumed
from domain.signs.catalog import DETECTORS, NAMED_SIGNS
from domain.signs.observed import observed_runs
from domain.signs.runs import Detected


def sees(text: str, sign: str, evidence: str = "said so in the weekly meeting") -> Log:
    return on(text, SignObserved(sign, evidence), f"{sign} seen {text}")


def clears(text: str, sign: str) -> Log:
    return on(text, SignCleared(sign), f"{sign} cleared {text}")


STORY = given(chosen("2024-02-01", two_hats(DANA)))


def test_every_named_sign_has_sources_and_a_title_of_its_own() -> None:
    assert list(NAMED_SIGNS) == sorted(NAMED_SIGNS)
    assert DETECTORS.items() <= NAMED_SIGNS.items()
    assert all(sign.sources and sign.about for sign in NAMED_SIGNS.values())
    titles = [sign.title for sign in NAMED_SIGNS.values()]
    assert len(set(titles)) == len(titles)
    assert NAMED_SIGNS.keys() == SIGNS.keys()


def test_symptoms_are_phrases_without_a_full_stop() -> None:
    for sign in NAMED_SIGNS.values():
        assert sign.symptoms, sign.id
        assert not any(symptom.endswith(".") for symptom in sign.symptoms), sign.id


def test_an_observed_sign_stands_until_it_is_cleared() -> None:
    story = STORY.when(sees("2024-03-01", "W01"))
    assert observed(story) == ["W01 2024-03-01.."]
    assert observed(story.when(clears("2024-04-01", "W01"))) == ["W01 2024-03-01..2024-04-01"]


def test_a_sign_observed_again_after_it_was_cleared_is_another_run() -> None:
    story = STORY.when(sees("2024-03-01", "W01"), clears("2024-04-01", "W01"), sees("2024-05-01", "W01"))
    assert observed(story) == ["W01 2024-03-01..2024-04-01", "W01 2024-05-01.."]


def test_a_sign_observed_again_on_the_day_it_was_cleared_is_one_run() -> None:
    story = STORY.when(sees("2024-03-01", "W01"), clears("2024-04-01", "W01"), sees("2024-04-01", "W01"))
    assert observed(story) == ["W01 2024-03-01.."]


def test_a_sign_cleared_on_the_day_it_was_observed_never_held() -> None:
    assert observed(STORY.when(sees("2024-03-01", "W01"), clears("2024-03-01", "W01"))) == []


def test_clearing_one_sign_leaves_others_and_slugs_of_the_firms_own_are_signs_too() -> None:
    story = STORY.when(sees("2024-03-01", "W01"), sees("2024-03-05", "slow_board"), clears("2024-04-01", "W01"))
    assert observed(story) == ["W01 2024-03-01..2024-04-01", "slow_board 2024-03-05.."]


def test_an_observed_sign_ends_at_the_close_and_does_not_hold_while_paused() -> None:
    story = STORY.when(sees("2024-03-01", "W01"), on("2024-04-01", Paused()), on("2024-05-01", Resumed()))
    assert observed(story.when(closed("2024-06-30"))) == [
        "W01 2024-03-01..2024-04-01",
        "W01 2024-05-01..2024-06-30",
    ]


def test_a_retracted_observation_was_never_a_sign() -> None:
    story = STORY.when(sees("2024-03-01", "W01"))
    assert observed(story.when(retract("W01 seen 2024-03-01"))) == []


def test_an_observed_run_names_its_milestone_and_what_was_seen() -> None:
    story = STORY.when(sees("2024-03-01", "A07", "they met once in May"))
    (run,) = observed_runs(facts(story))
    stretch = run.on(day("2024-03-20").toordinal())
    assert stretch is not None
    assert run.detected is Detected.OBSERVED
    assert stretch.finding.details_on(stretch.start) == ("they met once in May",)
    assert stretch.finding.evidence_on(stretch.start) == (story.timeline.milestones[-1].id,)
