"""The portfolio's charts: axes, grid, sparkline, river of transitions, survival."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seats import Structure
from projections.reports.flows import Outside, State
from projections.survival import survival_of
from web.charts import axis, flow, grid, sparkline, survival
from web.charts.flow import FlowLink
from web.charts.measure import px

QUARTERS = [f"{year}-Q{quarter}" for year in range(2012, 2027) for quarter in range(1, 5)]
structures = st.none() | st.sampled_from(Structure)


@pytest.mark.parametrize(("most", "step"), [(0, 1), (4, 1), (9, 2), (30, 10), (36, 10), (500, 100), (100_000, 20_000)])
def test_ticks_are_round(most: int, step: int) -> None:
    assert axis.nice_step(most) == step


@pytest.mark.parametrize("quarters", [1, 8, 24, 60])
def test_labels_under_columns_do_not_touch(quarters: int) -> None:
    quarters_at, years_at = axis.column_labels(QUARTERS[:quarters], 38.0, 518.0 / quarters)
    assert years_at
    assert all(b.at - a.at > 30 for a, b in itertools.pairwise(years_at))
    assert bool(quarters_at) is (quarters <= 24)


@given(st.integers(1, 40), st.data())
def test_runs_tell_every_quarter_of_every_client_once(quarters: int, data: st.DataObject) -> None:
    rows = [
        grid.GridRow(f"client {i}", tuple(data.draw(st.lists(structures, min_size=quarters, max_size=quarters))))
        for i in range(data.draw(st.integers(0, 6)))
    ]
    drawn = grid.lay_out(QUARTERS[:quarters], rows, data.draw(st.none() | st.integers(0, quarters)))
    cells: list[list[Structure | None]] = [[None] * quarters for _ in rows]
    for run in drawn.runs:
        row = round((run.y - drawn.top - 1.5) / drawn.row_height)
        for quarter in range(run.first, run.last + 1):
            assert cells[row][quarter] is None
            cells[row][quarter] = run.structure
        assert drawn.left <= run.x < run.x + run.width <= drawn.right + 0.01
    assert [tuple(row) for row in cells] == [row.structures for row in rows]


def test_a_grid_of_five_hundred_is_light_when_nothing_changes() -> None:
    rows = [grid.GridRow(str(i), (Structure.FULL_TIME_PAIR,) * 24) for i in range(500)]
    assert len(grid.lay_out(QUARTERS[:24], rows).runs) == 500


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 quarters"):
        grid.lay_out(QUARTERS[:2], [grid.GridRow("x", (None,))])


def test_long_names_are_cut_to_their_column() -> None:
    drawn = grid.lay_out(
        QUARTERS[:2], [grid.GridRow("Atlas Legal and Partners of the Northern Counties", (None, None))]
    )
    assert drawn.names[0].text.endswith("…")
    assert drawn.names[0].full.endswith("Counties")


@given(st.lists(structures, max_size=40))
def test_a_sparkline_shows_both_lanes_wherever_the_client_was_observed(quarters: list[Structure | None]) -> None:
    drawn = sparkline.lay_out(quarters)
    each = drawn.width / max(1, len(quarters))
    for lane in ("technology", "ai"):
        shown = sum(sliver.width for sliver in drawn.slivers if sliver.lane in (lane, "both"))
        assert shown == pytest.approx(sum(s is not None for s in quarters) * each, abs=0.5)


STATES = [Outside.BEFORE, *Structure, Outside.AFTER]
histories = st.lists(st.lists(st.sampled_from(STATES), min_size=4, max_size=4), min_size=1, max_size=80)


def links_of(lives: list[list[State]]) -> list[FlowLink]:
    steps = Counter((at, life[at], life[at + 1]) for life in lives for at in range(3))
    return [FlowLink(at, source, target, clients) for (at, source, target), clients in steps.items()]


@given(histories)
def test_every_client_stands_in_one_node_a_column_and_no_two_nodes_touch(lives: list[list[State]]) -> None:
    drawn = flow.lay_out(["a", "b", "c", "d"], links_of(lives))
    for column in range(4):
        nodes = [node for node in drawn.nodes if node.column == column]
        assert {node.state: node.clients for node in nodes} == Counter(life[column] for life in lives)
        assert all(b.y >= a.y + a.height for a, b in itertools.pairwise(nodes))
        assert nodes[-1].y + nodes[-1].height <= drawn.height
        assert [STATES.index(n.state) for n in nodes] == sorted(STATES.index(n.state) for n in nodes)


@given(histories)
def test_ribbons_leave_and_enter_their_nodes_edge_to_edge(lives: list[list[State]]) -> None:
    drawn = flow.lay_out(["a", "b", "c", "d"], links_of(lives))
    for node in drawn.nodes:
        if node.column == 3:
            continue
        starts = []
        for ribbon, link in zip(drawn.ribbons, drawn.links, strict=True):
            if (link.column, ribbon.source) == (node.column, node.state):
                edge = px(node.x + drawn.node)
                top, bottom = re.findall(rf"(?:M|\s){edge},([\d.]+)", ribbon.path)
                starts.append((float(top), float(bottom)))
        starts.sort()
        assert starts[0][0] == pytest.approx(node.y, abs=0.02)
        assert starts[-1][1] == pytest.approx(node.y + node.height, abs=0.02)
        assert all(b[0] == pytest.approx(a[1], abs=0.02) for a, b in itertools.pairwise(starts))


def test_a_link_outside_the_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="two neighbouring"):
        flow.lay_out(["a", "b"], [FlowLink(1, Structure.NONE, Structure.NONE, 1)])


lifetimes = st.lists(st.tuples(st.integers(0, 5000), st.booleans()), max_size=60)


@given(st.dictionaries(st.text(max_size=20), lifetimes, max_size=8))
def test_a_curve_never_rises_and_its_band_lies_around_it(groups: dict[str, list[tuple[int, bool]]]) -> None:
    drawn = survival.lay_out(survival_of(groups), "the split")
    assert [curve.name for curve in drawn.curves] == list(groups)
    for curve in drawn.curves:
        heights = [float(y) for y in re.findall(r"V([\d.]+)", curve.line)]
        assert heights == sorted(heights)
        assert all(drawn.top <= y <= drawn.floor for y in heights)
        xs = [float(x) for x in re.findall(r"H([\d.]+)", curve.line + curve.band)]
        assert all(drawn.left <= x <= drawn.right for x in xs)


@given(lifetimes)
def test_numbers_at_risk_are_those_still_watched(watched: list[tuple[int, bool]]) -> None:
    drawn = survival.lay_out(survival_of({"all": watched}), "the split")
    (curve,) = drawn.curves
    for tick, (_, number) in zip(drawn.ticks, curve.at_risk, strict=True):
        day = int(tick.text) * survival.DAYS_A_QUARTER
        assert number == sum(days >= day for days, _ in watched)


def test_every_one_who_left_early_has_a_tick_on_the_curve() -> None:
    drawn = survival.lay_out(survival_of({"all": [(100, True), (150, False), (150, False), (300, False)]}), "the split")
    assert [words for _, _, words in drawn.curves[0].left_early] == [
        "2 engagements seen for 150 days",
        "1 engagement seen for 300 days",
    ]


def test_a_median_that_is_not_reached_is_said_so_and_has_no_mark() -> None:
    drawn = survival.lay_out(survival_of({"all": [(100, True), *[(300, False)] * 9]}), "the split")
    assert drawn.curves[0].median is None
    assert drawn.curves[0].median_label == "median not reached"
    assert drawn.curves[0].title.startswith("all: median not reached, 95% CI 1.1 to not reached, ")


def test_bounds_of_a_median_that_are_undefined_are_not_reached() -> None:
    split = survival_of({"all": [(days, True) for days in (10, 20, 30, 40)], "one": [(300, True)]})
    assert [survival.median_words(median) for median in split.medians] == [
        "median 0.2 quarters, 95% CI 0.1 to not reached",
        "median 3.3 quarters",
    ]
    assert [survival.bounds_words(median, str) for median in split.medians] == ["10 to not reached", ""]
    assert [survival.band_words(step) for step in split.steps][-2:] == ["100.0 to 100.0%", ""]


def test_a_band_ends_where_the_curve_falls_to_zero() -> None:
    drawn = survival.lay_out(survival_of({"all": [(days, True) for days in (10, 20, 30, 40)]}), "the split")
    (curve,) = drawn.curves
    lowest = max(float(y) for y in re.findall(r"V([\d.]+)", curve.band))
    assert float(curve.line.rpartition("V")[2]) == drawn.floor
    assert lowest < drawn.floor
    end = float(curve.line.rpartition("H")[2].partition("V")[0])
    assert f"H{end:.0f}V" in curve.band


def test_bands_too_thin_to_see_are_left_out_of_a_flow_and_nodes_keep_their_size() -> None:
    links = [
        flow.FlowLink(0, Structure.NONE, Structure.UNIFIED_FRACTIONAL, 2000),
        flow.FlowLink(0, Structure.NONE, Structure.FULL_TIME_PAIR, 2),
        flow.FlowLink(0, Structure.FULL_TIME_PAIR, Structure.FULL_TIME_PAIR, 40),
    ]
    layout = flow.lay_out(["2026-Q1", "2026-Q2"], links)
    assert [(band.source, band.target) for band in layout.ribbons] == [
        (Structure.NONE, Structure.UNIFIED_FRACTIONAL),
        (Structure.FULL_TIME_PAIR, Structure.FULL_TIME_PAIR),
    ]
    assert layout.has_thin_bands
    assert 2 < layout.least_drawn <= 40
    assert {node.clients for node in layout.nodes if node.column == 1} == {2000, 42}
    assert not flow.lay_out(["2026-Q1", "2026-Q2"], links[2:]).has_thin_bands
