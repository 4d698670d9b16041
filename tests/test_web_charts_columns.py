"""Stacked columns of amounts, evolutions as lanes, hours by person: what is drawn is in proportion to what is told."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seats import Structure
from web.charts import columns, hours, paths

QUARTERS = [f"{year}-Q{quarter}" for year in range(2020, 2027) for quarter in range(1, 5)]
PARTS = [columns.Series(structure.value, structure.value, structure) for structure in Structure]
amounts = st.decimals(1, 10**9, places=2)


@given(st.lists(st.dictionaries(st.sampled_from([part.key for part in PARTS]), amounts), min_size=1, max_size=28))
def test_every_panels_blocks_stand_on_one_another_in_one_measure(stacks: list[dict[str, Decimal]]) -> None:
    quarters = [
        columns.StackedQuarter(label, {key: columns.SeriesValue(amount, key) for key, amount in stack.items()})
        for label, stack in zip(QUARTERS, stacks, strict=False)
    ]
    drawn = columns.lay_out("Fees", [("EUR", quarters), ("USD", quarters)], PARTS)
    for panel in drawn.panels:
        by_column = {x: list(blocks) for x, blocks in itertools.groupby(panel.blocks, key=lambda block: block.x)}
        filled = [stack for stack in stacks if stack]
        assert len(by_column) == len(filled)
        whole = {x: sum(block.height for block in blocks) for x, blocks in by_column.items()}
        most, tallest = max(map(_sum, filled), default=Decimal(1)), max(whole.values(), default=0.0)
        for stack, (x, blocks) in zip(filled, by_column.items(), strict=True):
            assert blocks[0].y + blocks[0].height == pytest.approx(panel.floor, abs=0.02)
            assert all(b.y + b.height == pytest.approx(a.y, abs=0.03) for a, b in itertools.pairwise(blocks))
            assert whole[x] == pytest.approx(tallest * float(_sum(stack) / most), abs=0.2)
            assert [block.part.key for block in blocks] == [part.key for part in PARTS if part.key in stack]
    assert {part.key for part in drawn.parts} == {key for stack in stacks for key in stack}


def _sum(stack: dict[str, Decimal]) -> Decimal:
    return sum(stack.values(), Decimal())


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0"),
        (950, "950"),
        (9_500, "9,500"),
        (12_500, "12.5K"),
        (22_000, "22K"),
        (284_100, "284K"),
        (1_200_000, "1.2M"),
        (10**9, "1B"),
    ],
)
def test_amounts_are_told_in_few_characters(amount: int, words: str) -> None:
    assert columns.compact(amount) == words


@given(st.lists(st.lists(st.integers(0, 2000), min_size=0, max_size=6), min_size=1, max_size=8))
def test_a_lane_is_as_long_as_its_steps_and_all_lanes_share_one_axis(walks: list[list[int]]) -> None:
    drawn = paths.lay_out(
        [
            paths.PathOf((*itertools.islice(itertools.cycle(Structure), len(days) + 1),), tuple(map(float, days)), 3, 1)
            for days in walks
        ]
    )
    longest = max(sum(days) for days in walks)
    for lane, days in zip(drawn.lanes, walks, strict=True):
        assert len(lane.steps) == len(days) + 1
        assert [step.is_last for step in lane.steps] == [False] * len(days) + [True]
        assert all(step.x + step.width <= following.x for step, following in itertools.pairwise(lane.steps))
        for step, length in zip(lane.steps, days, strict=False):
            share = length / max(longest, 91.3125)
            room = drawn.width - drawn.plot - 128 - 4
            assert step.width == pytest.approx(max(0.5, max(2.0, share * room) - 1.5), abs=0.05)


def test_a_path_says_in_words_what_its_lane_shows() -> None:
    path = paths.PathOf((Structure.UNIFIED_FRACTIONAL, None, Structure.FRACTIONAL_PAIR), (365.25, 91.3125), 2, 1)
    words = "2 clients: Unified, fractional (4.0 quarters), then Not engaged (1.0 quarters), "
    assert paths.path_words(path) == words + "then Two seats, both fractional; 1 ended"


def test_hours_are_drawn_in_one_measure_for_everybody() -> None:
    def cell(*numbers: int) -> hours.PersonQuarter:
        agreed_technology, agreed_ai, reported_technology, reported_ai = map(Decimal, numbers)
        return hours.PersonQuarter(agreed_technology, agreed_ai, reported_technology, reported_ai, 0, 1, "x")

    people = [
        hours.PersonHours("Dana", {0: cell(60, 40, 30, 20)}),
        hours.PersonHours("Ravi", {0: cell(0, 25, 0, 0), 1: cell(0, 0, 0, 0)}),
    ]
    drawn = hours.lay_out(["2026-Q1", "2026-Q2"], people, planned_from=1)
    dana, ravi, nothing = drawn.cells
    lengths = {(bar.hat, bar.is_reported): bar.width for bar in dana.bars}
    assert lengths["technology", False] == pytest.approx(lengths["technology", True] * 2, abs=0.02)
    assert lengths["ai", False] == pytest.approx(lengths["ai", True] * 2, abs=0.02)
    assert ravi.bars[0].width == pytest.approx(lengths["ai", False] * 25 / 40, abs=0.02)
    assert (dana.words, ravi.words, nothing.words, nothing.bars) == ("100 / 50 h", "25 h", "", ())
    assert (dana.mark, dana.planned, nothing.planned) == ("▲", False, True)
