"""Whose hands a function was in, and what became of it: worked out from the spans of all holders."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.seats import BOTH, Commitment, Function
from projections.tenures import HolderSpan, Tenure, tenures_of

CLIENT, ENGAGEMENT = UUID(int=1), UUID(int=2)
DANA, RAVI = UUID(int=11), UUID(int=12)
START = date(2025, 1, 1)


def span(function: Function, holder: UUID, first: int, after: int | None, full: bool = False) -> HolderSpan:
    commitment = Commitment.FULL_TIME if full else Commitment.FRACTIONAL
    end = None if after is None else START + timedelta(days=after)
    return HolderSpan(CLIENT, ENGAGEMENT, function, holder, commitment, START + timedelta(days=first), end)


def test_new_terms_continue_a_tenure_and_a_gap_begins_another() -> None:
    spans = [span(Function.AI, DANA, 0, 10), span(Function.AI, DANA, 10, 20, True), span(Function.AI, DANA, 25, None)]
    later, first = tenures_of(DANA, spans, {})
    assert (first.start, first.end, len(first.spans)) == (START, START + timedelta(days=20), 2)
    assert (first.after, first.filled_on) == (DANA, START + timedelta(days=25))
    assert (later.before, later.end) == (None, None)


def test_both_functions_are_one_tenure_while_nothing_tells_them_apart() -> None:
    spans = [span(function, DANA, 0, None) for function in BOTH]
    [both] = tenures_of(DANA, spans, {})
    assert both.functions == BOTH
    ai, technology = tenures_of(DANA, [spans[0], span(Function.AI, DANA, 0, 9), span(Function.AI, RAVI, 9, None)], {})
    assert {ai.functions, technology.functions} == {(Function.AI,), (Function.TECHNOLOGY,)}
    assert {ai.after, technology.after} == {RAVI, None}


def test_a_closed_engagement_leaves_no_vacancy() -> None:
    end = START + timedelta(days=9)
    [tenure] = tenures_of(DANA, [span(Function.AI, DANA, 0, 9)], {ENGAGEMENT: end})
    assert tenure.is_closed
    [tenure] = tenures_of(DANA, [span(Function.AI, DANA, 0, 9)], {ENGAGEMENT: end + timedelta(days=1)})
    assert not tenure.is_closed


@given(st.lists(st.sampled_from([None, DANA, RAVI]), max_size=12))
def test_tenures_are_the_unbroken_days_of_a_person(days: list[UUID | None]) -> None:
    spans = [span(Function.AI, holder, day, day + 1) for day, holder in enumerate(days) if holder is not None]
    held: set[date] = set()
    for tenure in tenures_of(DANA, spans, {}):
        assert tenure.end is not None
        own = {tenure.start + timedelta(days=place) for place in range((tenure.end - tenure.start).days)}
        assert not own & held
        held |= own
        for edge in (tenure.start - timedelta(days=1), tenure.end):
            place = (edge - START).days
            assert not (0 <= place < len(days) and days[place] == DANA)
        assert isinstance(tenure, Tenure)
    assert held == {START + timedelta(days=day) for day, holder in enumerate(days) if holder == DANA}
