"""The marks of milestones and plans on report charts: each in its quarter, one row a group, where there is room."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.seats import Structure, StructureGroup
from projections.reports.move_groups import MoveGroup, group_of
from web.charts import columns
from web.charts.annotations import ROW, Annotation, lay_out, strip_height, title_of
from web.charts.measure import text_width
from web.kinds.page import Family

QUARTERS = [f"{year}-Q{quarter}" for year in range(2020, 2030) for quarter in range(1, 5)]
ROWS = ("Opened", "Split", "Closed")
made = st.tuples(st.sampled_from(ROWS), st.integers(0, 23), st.booleans(), st.integers(1, 5000))


def an_annotation(row: str, quarter: int, planned: bool, count: int) -> Annotation:
    return Annotation(QUARTERS[quarter], row, Family.SEAT, count, f"{row} {count}", planned)


@example([("Opened", 0, False, 1)], 40, 300.0)
@given(st.lists(made, unique_by=lambda one: one[:3]), st.integers(24, 40), st.floats(300, 1200))
def test_every_mark_lies_in_its_quarter_and_row_and_touches_no_other(
    drawn: list[tuple[str, int, bool, int]], quarters: int, width: float
) -> None:
    each = width / quarters
    places = {label: (48 + place * each, each) for place, label in enumerate(QUARTERS[:quarters])}
    given_order = [an_annotation(*one) for one in sorted(drawn)]
    strip = lay_out(given_order, places, 200, 48 + width)
    assert sum(len(row.marks) for row in strip.rows) == len(drawn)
    assert strip.height == strip_height(given_order)
    for row in strip.rows:
        assert row.y - ROW / 2 > 200
        assert row.y + ROW / 2 <= 200 + strip.height
        for mark, one in zip(row.marks, (one for one in given_order if one.row == row.label), strict=True):
            left, wide = places[one.quarter]
            assert left - 0.02 <= mark.left <= mark.x <= mark.left + mark.width <= left + wide + 0.02
            assert mark.title == one.title
            assert mark.planned is one.planned
            if mark.number:
                assert mark.number_x + text_width(mark.number, 10.5, 600) <= mark.left + mark.width + 0.02
        assert all(b.left >= a.left + a.width - 0.02 for a, b in itertools.pairwise(row.marks))


def test_rows_keep_their_order_and_a_number_is_shown_beside_more_than_one() -> None:
    places = {"2020-Q1": (48.0, 130.0), "2020-Q2": (178.0, 130.0)}
    marks = [an_annotation("Split", 1, False, 3), an_annotation("Closed", 0, True, 1)]
    strip = lay_out(marks, places, 100, 308)
    assert [row.label for row in strip.rows] == ["Split", "Closed"]
    assert [mark.number for row in strip.rows for mark in row.marks] == ["3", ""]
    assert strip.has_plans
    assert strip.summary == "Marks: split, closed."


def test_a_chart_without_annotations_has_no_strip_and_with_some_grows_by_it() -> None:
    series = [columns.Series("a", "A", Structure.NONE)]
    quarters = [columns.StackedQuarter("2020-Q1", {"a": columns.SeriesValue(Decimal(1), "one")})]
    plain = columns.lay_out("Fees", [("EUR", quarters)], series)
    marked = columns.lay_out("Fees", [("EUR", quarters)], series, annotations=[an_annotation("Split", 0, False, 2)])
    assert plain.strip.rows == ()
    assert plain.strip.height == 0
    assert marked.height == pytest.approx(plain.height + marked.strip.height)
    assert "split" in marked.summary


def test_a_title_names_the_first_and_counts_the_others() -> None:
    assert (
        title_of("2026-Q1", "1 split", ["Halcyon Health, 3 Feb 2026"], 1)
        == "2026-Q1: 1 split\nHalcyon Health, 3 Feb 2026"
    )
    assert title_of("2026-Q1", "5 splits", ["A", "B"], 5) == "2026-Q1: 5 splits\nA\nB\nand 3 more"
    assert title_of("2026-Q1", "5 splits", [], 5) == "2026-Q1: 5 splits"


@given(st.none() | st.sampled_from(Structure), st.none() | st.sampled_from(Structure))
def test_every_move_is_in_the_group_that_its_structures_say(before: Structure | None, after: Structure | None) -> None:
    one, two = StructureGroup.ONE_SEAT.structures, StructureGroup.TWO_SEATS.structures
    expected = {
        MoveGroup.OPENED: before is None,
        MoveGroup.CLOSED: before is not None and after is None,
        MoveGroup.SPLIT: before in one and after in two,
        MoveGroup.MERGED: before in two and after in one,
    }
    groups = [group for group, holds in expected.items() if holds] or [MoveGroup.CHANGED]
    assert groups == [group_of(before, after)]
