"""Words in pixels: what is said to fit does fit, and legends break their rows in time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.charts import legend
from web.charts.measure import fit_name, px, shorten, text_width


@given(st.text(max_size=80), st.floats(0, 400))
def test_shortened_text_fits_and_is_the_texts_beginning(text: str, room: float) -> None:
    cut = shorten(text, room, 11.5)
    assert text_width(cut, 11.5) <= room or not cut
    assert cut == text or text.startswith(cut.removesuffix("…"))


@given(st.text(max_size=60), st.floats(0, 300))
def test_a_fitted_name_fits(name: str, room: float) -> None:
    assert text_width(fit_name(name, room, 12.5), 12.5, 600) <= room


def test_a_name_is_given_up_step_by_step() -> None:
    widths = (200, 85, 40, 25, 5)
    assert [fit_name("Dana Whitfield", room, 12.5) for room in widths] == [
        "Dana Whitfield",
        "D. Whitfield",
        "Dana",
        "DW",
        "",
    ]


@pytest.mark.parametrize(
    ("one", "same"), [("Łódź", "Lodz"), ("Ångström", "Angstrom"), ("a\u202eb", "ab"), ("e\u0301", "e")]
)
def test_marks_on_letters_take_no_room(one: str, same: str) -> None:
    assert text_width(one, 100) == pytest.approx(text_width(same, 100), rel=0.05)


def test_wide_letters_are_wide() -> None:
    assert text_width("株式会社", 10) == 40


@pytest.mark.parametrize(("value", "written"), [(1.0, "1"), (1.005, "1"), (2.344999, "2.34"), (-0.001, "0")])
def test_coordinates_are_short(value: float, written: str) -> None:
    assert str(px(value)) == written


@given(st.lists(st.text(max_size=40), max_size=20), st.floats(300, 1200))
def test_a_legend_stays_within_its_width_and_below_its_chart(words: list[str], width: float) -> None:
    laid = legend.lay_out(words, width, 100)
    assert [item.words for item in laid.items] == words
    for item in laid.items:
        assert item.x == 0 or item.x + 32 + text_width(item.words, 11) <= width + 0.01
        assert 100 < item.y < 100 + laid.height
