"""What became of an assessment's advice: followed, followed in part, declined, or open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assessment import Advised, First, Outcome, Seats
from domain.assessment.following import (
    AdviceReply,
    AdviceStatus,
    FollowUp,
    GivenAdvice,
    advised_structures,
    follow_ups,
    outcome_in,
    reply_of,
)
from domain.assessment.outcome import structure_advised
from domain.kinds.agreements import AdviceDeclined, AlignmentHeld
from domain.kinds.seats import HandedOver
from domain.seats import Function, Structure
from domain.timeline import StructureSpan

DAY = timedelta(days=1)
START = date(2025, 1, 6)
ASSESSMENT, NEWER = UUID(int=1), UUID(int=2)
UNDECIDED, FRACTIONAL, FULL_TIME = Advised.UNDECIDED, Advised.FRACTIONAL, Advised.FULL_TIME
PAIR = Outcome(Seats.TWO, FRACTIONAL, FRACTIONAL, None)
TWO_LEADERS = Outcome(Seats.TWO, UNDECIDED, UNDECIDED, None)
NOTHING = Outcome(Seats.UNDECIDED, UNDECIDED, UNDECIDED, None)
LATER = START + 900 * DAY


def on(number: int) -> date:
    return START + number * DAY


def milestone(number: int) -> UUID:
    return UUID(int=100 + number)


def spans(*changes: tuple[int, Structure]) -> list[StructureSpan]:
    """Structures that follow one another, each from its day; its milestone has the number of that day."""
    ends = [*(on(day) for day, _ in changes[1:]), None]
    return [
        StructureSpan(structure, on(day), end, milestone(day))
        for (day, structure), end in zip(changes, ends, strict=True)
    ]


def names(day: int, assessment: UUID = ASSESSMENT) -> AdviceReply:
    return AdviceReply(milestone(day), assessment, on(day))


def declines(day: int, reason: str = "No budget") -> AdviceReply:
    return AdviceReply(milestone(day), ASSESSMENT, on(day), reason)


def became(
    structures: Sequence[StructureSpan],
    *replies: AdviceReply,
    outcome: Outcome = PAIR,
    newer: int | None = None,
    as_of: date = LATER,
) -> FollowUp:
    """What became of an assessment on day 10."""
    advice = [GivenAdvice(ASSESSMENT, on(10), outcome)]
    if newer is not None:
        advice.append(GivenAdvice(NEWER, on(newer), outcome))
    return follow_ups(advice, replies, structures, as_of)[0]


UNIFIED = (0, Structure.UNIFIED_FRACTIONAL)


def test_advice_is_open_while_nobody_follows_or_declines_it() -> None:
    assert became(spans(UNIFIED)) == FollowUp(ASSESSMENT, AdviceStatus.OPEN)


def test_a_change_that_names_the_assessment_follows_it_if_the_structure_equals_the_advice() -> None:
    after = became(spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR)), names(30))
    assert after == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, (milestone(30),), on(30), 20)


def test_a_change_that_names_the_assessment_follows_it_in_part_if_the_structure_differs() -> None:
    after = became(spans(UNIFIED, (30, Structure.CTO_ONLY_FRACTIONAL)), names(30))
    assert after == FollowUp(ASSESSMENT, AdviceStatus.IN_PART, (milestone(30),), on(30), 20)


def test_following_in_two_steps_counts_the_days_to_the_second() -> None:
    structures = spans(UNIFIED, (30, Structure.CTO_ONLY_FRACTIONAL), (50, Structure.FRACTIONAL_PAIR))
    both = (milestone(30), milestone(50))
    assert became(structures, names(30), names(50)) == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, both, on(50), 40)
    assert became(structures, names(30)) == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, both, on(50), 40)


def test_a_structure_that_comes_to_equal_the_advice_follows_it_without_a_word() -> None:
    after = became(spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR)))
    assert after == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, (milestone(30),), on(30), 20)


def test_a_structure_that_equals_the_advice_already_follows_it_at_once() -> None:
    after = became(spans((0, Structure.FRACTIONAL_PAIR)))
    assert after == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, (), on(10), 0)


def test_a_structure_chosen_on_the_day_of_the_assessment_follows_it_after_no_days() -> None:
    after = became(spans(UNIFIED, (10, Structure.FRACTIONAL_PAIR)))
    assert after == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, (milestone(10),), on(10), 0)


@pytest.mark.parametrize("day", [40, 41])
def test_after_a_newer_assessment_only_a_change_that_names_the_older_one_follows_it(day: int) -> None:
    structures = spans(UNIFIED, (day, Structure.FRACTIONAL_PAIR))
    assert became(structures, newer=40).status is AdviceStatus.OPEN
    assert became(structures, names(day), newer=40).status is AdviceStatus.FOLLOWED


def test_a_newer_assessment_that_is_still_to_come_does_not_count_yet() -> None:
    structures = spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR))
    assert became(structures, newer=20).status is AdviceStatus.OPEN
    [only] = follow_ups(
        [GivenAdvice(ASSESSMENT, on(10), PAIR), GivenAdvice(NEWER, on(20), PAIR)], [], structures, on(19)
    )
    assert (only.assessment, only.status) == (ASSESSMENT, AdviceStatus.OPEN)


def test_each_assessment_has_its_own_follow_up() -> None:
    advice = [GivenAdvice(ASSESSMENT, on(10), PAIR), GivenAdvice(NEWER, on(40), PAIR)]
    older, newer = follow_ups(advice, [names(50, NEWER)], spans(UNIFIED, (50, Structure.FRACTIONAL_PAIR)), LATER)
    assert older.status is AdviceStatus.OPEN
    assert newer == FollowUp(NEWER, AdviceStatus.FOLLOWED, (milestone(50),), on(50), 10)


def test_declined_advice_has_its_reason() -> None:
    after = became(spans(UNIFIED), declines(30))
    assert after == FollowUp(ASSESSMENT, AdviceStatus.DECLINED, (milestone(30),), on(30), 20, "No budget")


def test_the_newest_decision_counts() -> None:
    structures = spans(UNIFIED, (50, Structure.FRACTIONAL_PAIR), (70, Structure.UNIFIED_FRACTIONAL))
    followed = became(structures, declines(30), names(50))
    assert (followed.status, followed.milestones, followed.reason) == (AdviceStatus.FOLLOWED, (milestone(50),), None)
    declined = became(structures, names(50), declines(60), declines(65, "The board said no"))
    assert (declined.status, declined.on, declined.reason) == (AdviceStatus.DECLINED, on(65), "The board said no")
    assert became(structures, declines(30)).status is AdviceStatus.FOLLOWED
    assert became(structures, names(50), names(70)).status is AdviceStatus.IN_PART


def test_on_one_day_a_decision_counts_before_a_structure_that_only_comes_to_equal_the_advice() -> None:
    structures = spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR))
    assert became(structures, declines(30)).status is AdviceStatus.DECLINED


def test_a_structure_that_moves_away_again_does_not_undo_that_the_advice_was_followed() -> None:
    structures = spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR), (60, Structure.UNIFIED_FRACTIONAL))
    assert became(structures) == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, (milestone(30),), on(30), 20)


def test_a_plan_follows_the_advice_only_from_its_day() -> None:
    structures = spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR))
    assert became(structures, names(30), as_of=on(29)).status is AdviceStatus.OPEN
    assert became(structures, names(30), as_of=on(30)).status is AdviceStatus.FOLLOWED


def test_advice_of_two_leaders_without_a_word_on_how_much_of_each_is_followed_by_every_pair() -> None:
    assert advised_structures(TWO_LEADERS) == {
        Structure.FRACTIONAL_PAIR,
        Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
        Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
        Structure.FULL_TIME_PAIR,
    }
    structures = spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR), (50, Structure.FULL_TIME_PAIR))
    after = became(structures, outcome=TWO_LEADERS)
    assert after == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, (milestone(30),), on(30), 20)


def test_one_leader_for_both_functions_is_no_leader_of_one_function() -> None:
    one = Outcome(Seats.ONE, UNDECIDED, UNDECIDED, None)
    assert advised_structures(one) == {Structure.UNIFIED_FRACTIONAL, Structure.UNIFIED_FULL_TIME}


def test_advice_that_decides_nothing_is_followed_only_by_a_change_that_names_it() -> None:
    structures = spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR))
    assert became(structures, outcome=NOTHING).status is AdviceStatus.OPEN
    assert became(structures, names(30), outcome=NOTHING).status is AdviceStatus.FOLLOWED


@pytest.mark.parametrize("structure", list(Structure))
def test_advice_of_a_whole_structure_is_followed_by_that_structure_alone(structure: Structure) -> None:
    decided = [one for one in Seats if one is not Seats.UNDECIDED]
    levels = [one for one in Advised if one is not UNDECIDED]
    for seats, technology, ai in product(decided, levels, levels):
        if structure_advised(seats, technology, ai) is structure:
            assert advised_structures(Outcome(seats, technology, ai, None)) == {structure}


def test_a_hand_over_in_a_structure_that_equals_the_advice_follows_it() -> None:
    assert became(spans((0, Structure.FRACTIONAL_PAIR)), names(30)).on == on(10)


def test_a_milestone_of_a_month_that_began_before_the_assessment_follows_it_after_no_days() -> None:
    assert became(spans(UNIFIED, (5, Structure.FRACTIONAL_PAIR)), names(5)).days == 0


def test_the_structure_in_a_later_engagement_follows_the_advice_too() -> None:
    structures = [
        StructureSpan(Structure.UNIFIED_FRACTIONAL, on(0), on(20), milestone(0)),
        StructureSpan(Structure.FRACTIONAL_PAIR, on(60), None, milestone(60)),
    ]
    assert became(structures).days == 50
    assert became(structures, names(30)).status is AdviceStatus.FOLLOWED


def test_what_happens_on_the_day_itself_counts() -> None:
    assert became(spans(UNIFIED), declines(30), as_of=on(30)).status is AdviceStatus.DECLINED
    assert became(spans(UNIFIED), as_of=on(10)) == FollowUp(ASSESSMENT, AdviceStatus.OPEN)


def test_of_two_replies_on_one_day_the_later_one_counts() -> None:
    structures = spans(UNIFIED, (30, Structure.FRACTIONAL_PAIR))
    assert became(structures, names(30), declines(30)).status is AdviceStatus.DECLINED
    assert became(structures, declines(30), names(30)).status is AdviceStatus.FOLLOWED


def test_every_change_that_names_the_assessment_follows_it_and_a_structure_only_once() -> None:
    structures = spans(
        UNIFIED,
        (30, Structure.FRACTIONAL_PAIR),
        (40, Structure.UNIFIED_FRACTIONAL),
        (50, Structure.FRACTIONAL_PAIR),
    )
    assert became(structures) == FollowUp(ASSESSMENT, AdviceStatus.FOLLOWED, (milestone(30),), on(30), 20)
    assert became(structures, names(35)).milestones == (milestone(30), milestone(35))


def test_a_structure_that_ended_on_the_day_of_the_assessment_did_not_follow_it() -> None:
    assert became(spans((0, Structure.FRACTIONAL_PAIR), (10, Structure.UNIFIED_FRACTIONAL))).status is AdviceStatus.OPEN


def test_a_structure_that_goes_on_after_a_decline_does_not_follow_the_advice_anew() -> None:
    """The second hat was handed over on day 40: two spans with the same structure."""
    pair = Structure.FRACTIONAL_PAIR
    structures = [
        *spans(UNIFIED, (30, pair))[:1],
        StructureSpan(pair, on(30), on(40), milestone(30)),
        StructureSpan(pair, on(40), None, milestone(40)),
    ]
    assert became(structures, declines(35)).status is AdviceStatus.DECLINED


def test_without_advice_there_is_nothing_to_follow() -> None:
    assert follow_ups([], [names(30)], spans(UNIFIED), LATER) == ()


def test_advice_without_a_number_of_seats_is_followed_by_every_structure_that_has_what_is_decided() -> None:
    full_time = Outcome(Seats.UNDECIDED, FULL_TIME, UNDECIDED, None)
    assert advised_structures(full_time) == {
        Structure.CTO_ONLY_FULL_TIME,
        Structure.UNIFIED_FULL_TIME,
        Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
        Structure.FULL_TIME_PAIR,
    }
    no_ai = Outcome(Seats.UNDECIDED, UNDECIDED, Advised.NONE, None)
    assert advised_structures(no_ai) == {
        Structure.NONE,
        Structure.CTO_ONLY_FRACTIONAL,
        Structure.CTO_ONLY_FULL_TIME,
    }
    one_of_two = Outcome(Seats.SINGLE, UNDECIDED, Advised.NONE, None)
    assert advised_structures(one_of_two) == {Structure.CTO_ONLY_FRACTIONAL, Structure.CTO_ONLY_FULL_TIME}


def test_only_milestones_that_name_an_assessment_reply_to_it() -> None:
    handed_over = HandedOver((Function.AI,), UUID(int=7))
    assert reply_of(milestone(1), handed_over, on(1)) is None
    assert reply_of(milestone(1), AlignmentHeld(()), on(1)) is None
    assert reply_of(milestone(1), AdviceDeclined(ASSESSMENT, "No budget"), on(1)) == declines(1)
    named = HandedOver((Function.AI,), UUID(int=7), assessment=ASSESSMENT)
    assert reply_of(milestone(1), named, on(1)) == names(1)


def test_advice_is_read_as_it_was_stored() -> None:
    stored = {"seats": "two", "technology": "full_time", "ai": "undecided", "first": "technology"}
    outcome = outcome_in(stored)
    assert (outcome.seats, outcome.technology, outcome.ai, outcome.first) == (
        Seats.TWO,
        FULL_TIME,
        UNDECIDED,
        First.TECHNOLOGY,
    )
    assert outcome_in({"ai": "fractional"}).ai is FRACTIONAL
    assert outcome_in({}) == NOTHING


def lived(
    outcome: Outcome,
    taken: date,
    newer: date | None,
    until: date,
    structure_on: Callable[[date], Structure | str | None],
    replies: Sequence[AdviceReply],
) -> tuple[AdviceStatus, date | None, str | None]:
    """The status, since when, and the reason, from evening to evening."""
    status, since, reason = AdviceStatus.OPEN, None, None
    advised = advised_structures(outcome)
    day = min([taken, *(reply.on for reply in replies)])
    while day <= until:
        structure = structure_on(day)
        words = [reply for reply in replies if reply.on == day]
        comes_to_equal = structure in advised and structure_on(day - DAY) not in advised
        if (day == taken and structure in advised) or (
            day > taken and comes_to_equal and (newer is None or day < newer)
        ):
            words.insert(0, AdviceReply(UUID(int=0), ASSESSMENT, day))
        for word in words:
            if word.reason is not None:
                status, since, reason = AdviceStatus.DECLINED, day, word.reason
                continue
            equals = structure in advised or (not advised and structure is not None)
            becomes = AdviceStatus.FOLLOWED if equals else AdviceStatus.IN_PART
            since = since if status is becomes else day
            status, reason = becomes, None
        day += DAY
    return status, since, reason


OUTCOMES = st.builds(Outcome, st.sampled_from(Seats), st.sampled_from(Advised), st.sampled_from(Advised), st.none())


@given(
    OUTCOMES,
    st.dictionaries(st.integers(0, 60), st.sampled_from(Structure), min_size=1, max_size=6),
    st.integers(0, 30),
    st.none() | st.integers(31, 60),
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=4),
)
def test_follow_ups_agree_with_a_day_by_day_account(
    outcome: Outcome,
    changes: dict[int, Structure],
    taken: int,
    newer: int | None,
    words: list[tuple[int, bool]],
) -> None:
    runs: list[tuple[int, Structure]] = []
    for day, structure in sorted(changes.items()):
        if not runs or runs[-1][1] is not structure:
            runs.append((day, structure))
    structures = spans(*runs)
    replies = [declines(taken + after) if declined else names(taken + after) for after, declined in sorted(words)]
    advice = [GivenAdvice(ASSESSMENT, on(taken), outcome)]
    if newer is not None:
        advice.append(GivenAdvice(NEWER, on(newer), outcome))
    after = follow_ups(advice, replies, structures, on(60))[0]

    def structure_on(day: date) -> Structure | None:
        return next((s.structure for s in structures if s.start <= day and (s.end is None or day < s.end)), None)

    later = None if newer is None else on(newer)
    assert (after.status, after.on, after.reason) == lived(outcome, on(taken), later, on(60), structure_on, replies)
    assert after.days == (None if after.on is None else (after.on - on(taken)).days)
    assert set(after.milestones) <= {r.milestone for r in replies} | {s.milestone for s in structures}
