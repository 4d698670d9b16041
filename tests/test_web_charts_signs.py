"""Warning signs under the timeline: a row for each sign, a bar for each run."""

from __future__ import annotations

from datetime import date, timedelta

from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from web.charts.axis import axis_of
from web.charts.measure import text_width
from web.charts.render import standalone
from web.charts.sign_bars import MOST_ROWS, ROW, SignHeld, sign_rows
from web.charts.timeline import EngagementDrawn, TimelineDrawing, lay_out

FIRST, AS_OF = date(2025, 1, 1), date(2026, 6, 30)
AXIS = axis_of(FIRST, date(2026, 12, 31), 1, 98.0, 1000.0, at_least=4)
TITLES = ("CTO and CAIO do not talk", "Nobody answers for AI risk", "One hat always wins", "A", "B", "C", "D", "E")


def held(title: str, start: date, end: date | None = None, rank: int = 1, is_observed: bool = False) -> SignHeld:
    noticed = "Observed" if is_observed else "Detected"
    return SignHeld(title, ("High", "Medium", "Low")[rank], rank, noticed, is_observed, start, end)


days = st.integers(-200, 545).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def runs(draw: st.DrawFn) -> SignHeld:
    start = draw(days.filter(lambda day: day <= AS_OF))
    end = draw(st.none() | st.integers(1, 300).map(lambda number: start + timedelta(days=number)))
    return held(draw(st.sampled_from(TITLES)), start, end, draw(st.integers(0, 2)), draw(st.booleans()))


@examples(60)
@given(st.lists(runs(), max_size=14))
def test_bars_and_their_titles_stay_on_the_axis_each_sign_in_a_row_of_its_own(signs: list[SignHeld]) -> None:
    rows = sign_rows(signs, AXIS, AS_OF, 300.0)
    on_axis = [sign for sign in signs if sign.end is None or sign.end > AXIS.first]
    titles = {sign.title for sign in on_axis}
    assert rows.omitted == max(0, len(titles) - MOST_ROWS)
    assert rows.height == ROW * min(len(titles), MOST_ROWS)
    shown = {bar.title.partition(",")[0]: set[int]() for bar in rows.bars}
    for bar in rows.bars:
        assert AXIS.left <= bar.x
        assert bar.x + bar.width <= AXIS.right + 4
        assert rows.top <= bar.y
        assert bar.y + bar.height <= rows.top + rows.height
        shown[bar.title.partition(",")[0]].add(int((bar.y - rows.top) // ROW))
    assert all(len(places) == 1 for places in shown.values())
    assert len(rows.bars) == sum(sign.title in shown for sign in on_axis)
    assert {label.text for label in rows.labels} == shown.keys(), "each row is named"
    for label in rows.labels:
        width = text_width(label.text, 11.0)
        left = label.x if label.anchor == "start" else label.x - width
        assert AXIS.left - 0.1 <= left
        assert left + width <= AXIS.right + 0.1


def test_a_bar_from_end_to_end_has_its_title_over_it() -> None:
    (label,) = sign_rows([held("One hat always wins", FIRST)], AXIS, AXIS.end, 0.0).labels
    assert label.is_over
    (label,) = sign_rows([held("One hat always wins", AS_OF)], AXIS, AS_OF, 0.0).labels
    assert not label.is_over


def test_what_holds_comes_first_by_severity_then_what_held_last() -> None:
    signs = [
        held("gone early", date(2025, 2, 1), date(2025, 3, 1)),
        held("low", date(2025, 2, 1), rank=2),
        held("gone late", date(2025, 2, 1), date(2026, 3, 1)),
        held("high", date(2026, 2, 1), rank=0),
    ]
    bars = sign_rows(signs, AXIS, AS_OF, 0.0).bars
    assert [bar.title.partition(",")[0] for bar in bars] == ["high", "low", "gone late", "gone early"]
    assert [bar.height for bar in bars] == [10.0, 4.0, 7.0, 7.0]
    assert bars[0].title == "high, high, detected, from 1 Feb 2026, ongoing"


def test_the_drawing_names_signs_in_words_marks_and_tables() -> None:
    drawing = TimelineDrawing(
        "Halcyon",
        AS_OF,
        (EngagementDrawn("Letter", FIRST, None),),
        signs=(held("One hat always wins", date(2026, 1, 1), is_observed=True),),
    )
    laid_out = lay_out(drawing)
    assert "Warning signs that hold: One hat always wins." in laid_out.summary
    svg = standalone("timeline", laid_out)
    assert "One hat always wins, medium, observed, from 1 Jan 2026, ongoing" in svg
    assert "Warning sign (hollow: observed by people)" in svg
    without = lay_out(TimelineDrawing("Halcyon", AS_OF, (EngagementDrawn("Letter", FIRST, None),)))
    assert "Warning sign" not in standalone("timeline", without)
    assert without.height < laid_out.height
