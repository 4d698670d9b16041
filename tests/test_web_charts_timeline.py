"""The evolution timeline's layout: what must hold of every drawing, whatever the history."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from domain.seats import Commitment, Function, Provider, Structure
from web.charts.rail import MilestoneDrawn, spread
from web.charts.seat_bars import FAR, Holding, Lane, SeatHeld, Stretch, stretches
from web.charts.timeline import (
    Difference,
    EngagementDrawn,
    Paused,
    StructureHeld,
    Timeline,
    TimelineDrawing,
    differing,
    lay_out,
)
from web.kinds import KIND_NAMES

DAY = date(2023, 4, 17)
T, A = Function.TECHNOLOGY, Function.AI


def held(
    function: Function,
    seat: int,
    start: date,
    end: date | None,
    commitment: Commitment = Commitment.FRACTIONAL,
    holder: str = "Dana Whitfield",
    interim: bool = False,
    note: str = "",
) -> SeatHeld:
    return SeatHeld(function, UUID(int=seat), holder, commitment, start, end, Provider.FIRM, interim, note)


def both(seat: int, start: date, end: date | None, **terms: object) -> tuple[SeatHeld, SeatHeld]:
    return held(T, seat, start, end, **terms), held(A, seat, start, end, **terms)  # type: ignore[arg-type]


@st.composite
def engagements(draw: st.DrawFn) -> tuple[EngagementDrawn, ...]:
    """One to three engagements in sequence, each a run of arrangements of every shape."""
    drawn = []
    day = date(2015, 1, 1) + timedelta(draw(st.integers(0, 2000)))
    seat = 0
    for place in range(draw(st.integers(1, 3))):
        start = day
        seats: list[SeatHeld] = []
        for _ in range(draw(st.integers(0, 6))):
            end = day + timedelta(draw(st.integers(1, 500)))
            shape = draw(st.sampled_from(["nobody", "both", "pair", "technology", "ai"]))
            one, other = draw(st.tuples(*[st.sampled_from(Commitment)] * 2))
            interim = draw(st.booleans())
            seat += draw(st.integers(0, 1)) * 10  # 0: the same chair goes on
            if shape == "both":
                seats.extend(both(seat, day, end, commitment=one, interim=interim))
            if shape in ("pair", "technology"):
                seats.append(held(T, seat + 1, day, end, one, draw(st.sampled_from(["Ada", "Dana Whitfield"]))))
            if shape in ("pair", "ai"):
                seats.append(held(A, seat + 2, day, end, other, interim=interim))
            day = end
        end = day if day > start else day + timedelta(draw(st.integers(1, 400)))
        drawn.append(EngagementDrawn(f"letter {place}", start, end, tuple(seats)))
        day = end + timedelta(draw(st.integers(0, 400)))
    last = drawn[-1]
    if draw(st.booleans()):
        seats = [
            SeatHeld(
                s.function, s.seat, s.holder, s.commitment, s.start, None if s.end == last.end else s.end, s.provider
            )
            for s in last.seats
        ]
        drawn[-1] = EngagementDrawn(last.name, last.start, None, tuple(seats))
    return tuple(drawn)


@st.composite
def drawings(draw: st.DrawFn) -> TimelineDrawing:
    letters = draw(engagements())
    days = st.dates(letters[0].start, letters[0].start + timedelta(4000))
    milestones = tuple(
        MilestoneDrawn(str(i), kind, on, title)
        for i, (kind, on, title) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.sampled_from(sorted(KIND_NAMES)), days, st.text(max_size=60)),
                    max_size=draw(st.sampled_from([4, 20, 150])),
                )
            )
        )
    )
    return TimelineDrawing("A client", draw(days), letters, milestones, draw(st.integers(1, 12)))


def tells(spans: Sequence[SeatHeld], function: Function, day: date) -> SeatHeld | None:
    return next((s for s in spans if s.function is function and s.start <= day < (s.end or FAR)), None)


def lanes_of(stretch: Stretch) -> tuple[Lane, ...]:
    return (Lane.TECHNOLOGY, Lane.AI) if stretch.lane is Lane.BOTH else (stretch.lane,)


@given(engagements())
def test_bars_tile_both_lanes_of_every_engagement(letters: tuple[EngagementDrawn, ...]) -> None:
    for letter in letters:
        bars = stretches(letter.seats, letter.start, letter.end)
        for lane in (Lane.TECHNOLOGY, Lane.AI):
            mine = sorted((b for b in bars if lane in lanes_of(b)), key=lambda b: b.start)
            assert mine[0].start == letter.start
            assert mine[-1].end == letter.end
            assert all(one.end == other.start for one, other in itertools.pairwise(mine))


@given(engagements(), st.integers(0, 3000))
def test_a_bar_says_of_every_day_what_the_record_says(letters: tuple[EngagementDrawn, ...], after: int) -> None:
    for letter in letters:
        day = letter.start + timedelta(after % ((letter.end or letter.start + timedelta(900)) - letter.start).days)
        bars = [b for b in stretches(letter.seats, letter.start, letter.end) if b.start <= day < (b.end or FAR)]
        technology, ai = (tells(letter.seats, function, day) for function in (T, A))
        if technology and ai and technology.seat == ai.seat:
            assert [bar.lane for bar in bars] == [Lane.BOTH]
            assert bars[0].holding == technology.commitment.value
        else:
            shown = {bar.lane: bar for bar in bars}
            for lane, seat in ((Lane.TECHNOLOGY, technology), (Lane.AI, ai)):
                assert shown[lane].holding == (seat.commitment.value if seat else Holding.VACANT)
                if seat:
                    assert seat.holder in {part.holder for part in shown[lane].parts}


@examples(50)
@given(drawings())
def test_painted_bars_never_overlap_in_a_lane(drawing: TimelineDrawing) -> None:
    timeline = lay_out(drawing)
    for lane in (Lane.TECHNOLOGY, Lane.AI):
        edges = sorted((b.x, b.x + b.width) for b in timeline.bars if b.lane in (lane, Lane.BOTH))
        assert all(right <= left + 0.02 for (_, right), (left, _) in itertools.pairwise(edges))
        assert all(left < right for left, right in edges)


@examples(50)
@given(drawings())
def test_everything_lies_within_the_frame_and_the_cursor_within_the_axis(drawing: TimelineDrawing) -> None:
    timeline = lay_out(drawing)
    axis = timeline.axis
    assert axis.left <= timeline.cursor.x <= axis.right
    assert timeline.pill / 2 <= timeline.cursor.label_x <= timeline.width - timeline.pill / 2
    for bar in timeline.bars:
        assert axis.left - 0.01 <= bar.x <= bar.x + bar.width <= axis.right + 0.01
    for mark in timeline.rail.marks:
        assert axis.left <= mark.x - mark.width / 2 + 0.01
        assert mark.x + mark.width / 2 <= timeline.width
        if mark.label:
            assert mark.label.x + mark.label.width <= timeline.width
            assert timeline.rail_y + 26 + 18 * mark.label.row < timeline.height


@examples(50)
@given(drawings(), st.data())
def test_later_days_never_lie_further_left(drawing: TimelineDrawing, data: st.DataObject) -> None:
    axis = lay_out(drawing).axis
    one, other = sorted(data.draw(st.tuples(*[st.dates(date(2014, 1, 1), date(2035, 1, 1))] * 2)))
    assert axis.x(one) <= axis.x(other)


@examples(50)
@given(drawings())
def test_every_milestone_is_on_the_rail_once_and_in_order(drawing: TimelineDrawing) -> None:
    rail = lay_out(drawing).rail
    assert sum(mark.count for mark in rail.marks) + len(rail.quiet) == len(drawing.milestones)
    places = [mark.x for mark in rail.marks]
    assert places == sorted(places)
    assert [mark.on for mark in rail.marks] == sorted(mark.on for mark in rail.marks)


@examples(50)
@given(drawings())
def test_labels_and_their_leaders_do_not_collide(drawing: TimelineDrawing) -> None:
    marks = [mark for mark in lay_out(drawing).rail.marks if mark.label]
    for one in marks:
        for other in marks:
            if one is other:
                continue
            a, b = one.label, other.label
            assert a is not None
            assert b is not None
            if a.row == b.row:
                assert a.x + a.width < b.x or b.x + b.width < a.x
            if a.row < b.row:
                assert not a.x <= other.x <= a.x + a.width


@given(st.lists(st.floats(0, 1000), max_size=60))
def test_marks_spread_apart_without_leaving_or_changing_places(wanted: list[float]) -> None:
    wanted.sort()
    places = spread(wanted, [13.0] * len(wanted), 0.0, 1000.0)
    assert places == sorted(places)
    assert all(6.49 <= place <= 993.51 for place in places)
    assert all(b - a >= 13 for a, b in itertools.pairwise(places))


def test_marks_that_have_room_stay_where_they_are() -> None:
    assert spread([100.0, 200.0, 300.0], [13.0, 13.0, 13.0], 0.0, 1000.0) == [100.0, 200.0, 300.0]


def test_a_hundred_milestones_become_clusters_with_a_count() -> None:
    milestones = tuple(
        MilestoneDrawn(str(i), "deliverable_issued", DAY + timedelta(3 * i), "Roadmap") for i in range(200)
    )
    rail = lay_out(TimelineDrawing("c", DAY, (EngagementDrawn("e", DAY, None),), milestones)).rail
    assert len(rail.marks) < 90
    assert sum(mark.count for mark in rail.marks) == 200
    assert any(mark.family is None and str(mark.count) in mark.title for mark in rail.marks)


def test_reported_hours_are_ticks_and_take_no_room_from_others() -> None:
    milestones = tuple(MilestoneDrawn(str(i), "hours_reported", DAY + timedelta(30 * i), "") for i in range(24))
    rail = lay_out(TimelineDrawing("c", DAY, (EngagementDrawn("e", DAY, None),), milestones)).rail
    assert rail.marks == ()
    assert len(rail.quiet) == 24


def timeline_of(*seats: SeatHeld, **more: object) -> Timeline:
    letter = EngagementDrawn("e", DAY, None, seats, more.pop("structures", ()), more.pop("paused", ()))  # type: ignore[arg-type]
    return lay_out(TimelineDrawing("c", DAY + timedelta(500), (letter,), **more))  # type: ignore[arg-type]


def test_a_unified_seat_is_one_bar_across_both_lanes() -> None:
    (bar,) = timeline_of(*both(1, DAY, None)).bars
    assert bar.lane is Lane.BOTH
    assert bar.height > 2 * 46
    assert "Dana Whitfield" in bar.title


def test_a_split_forks_and_a_merge_eases_back() -> None:
    later, latest = DAY + timedelta(200), DAY + timedelta(400)
    timeline = timeline_of(
        *both(1, DAY, later), held(T, 2, later, latest), held(A, 3, later, latest), *both(4, latest, None)
    )
    middle = f"{timeline.frame.middle - 0.75:g}"
    technology = next(bar for bar in timeline.bars if bar.lane is Lane.TECHNOLOGY)
    assert technology.path.count("C") == 2
    assert middle in technology.path
    assert [bar.path.count("C") for bar in timeline.bars if bar.lane is Lane.BOTH] == [0, 0]


def test_when_one_hat_is_laid_down_the_other_eases_out_of_the_unified_bar() -> None:
    later = DAY + timedelta(200)
    bars = timeline_of(*both(1, DAY, later), held(A, 1, later, None)).bars
    (ai,) = (bar for bar in bars if bar.lane is Lane.AI)
    (technology,) = (bar for bar in bars if bar.lane is Lane.TECHNOLOGY)
    assert ai.path.count("C") == 1
    assert technology.holding is Holding.VACANT
    assert "C" not in technology.path


def test_changed_terms_notch_the_bar_instead_of_ending_it() -> None:
    later = DAY + timedelta(300)
    timeline = timeline_of(held(T, 1, DAY, later, note="20 h a month"), held(T, 1, later, None, note="28 h a month"))
    (bar,) = (bar for bar in timeline.bars if bar.lane is Lane.TECHNOLOGY)
    assert len(bar.notches) == 1
    assert {"20 h a month", "28 h a month"} <= {line.text for line in bar.texts}


def test_going_from_acting_to_permanent_is_a_new_bar_and_only_the_first_carries_the_flag() -> None:
    later = DAY + timedelta(300)
    timeline = timeline_of(held(T, 1, DAY, later, interim=True), held(T, 1, later, None))
    flags = [bar.flag is not None for bar in timeline.bars if bar.lane is Lane.TECHNOLOGY]
    assert flags == [True, False]


def test_days_between_engagements_are_not_observed() -> None:
    first = EngagementDrawn("one", DAY, DAY + timedelta(300), both(1, DAY, DAY + timedelta(300)))
    second = EngagementDrawn("two", DAY + timedelta(500), None)
    timeline = lay_out(TimelineDrawing("c", DAY + timedelta(700), (first, second)))
    between = [stripe for stripe in timeline.unobserved if stripe.label == "Not observed"]
    assert len(between) == 1
    assert between[0].x == pytest.approx(timeline.axis.x(DAY + timedelta(300)), abs=0.01)
    assert "unobserved" in timeline.holdings


def test_a_pause_is_marked_across_both_lanes() -> None:
    timeline = timeline_of(*both(1, DAY, None), paused=(Paused(DAY + timedelta(50), DAY + timedelta(250)),))
    (stripe,) = timeline.paused
    assert stripe.label == "Paused"
    assert stripe.height == timeline.frame.bottom - timeline.frame.top


@pytest.mark.parametrize(("quarters", "labelled", "months"), [(2, True, True), (16, True, False), (60, False, False)])
def test_the_axis_says_as_much_as_there_is_room_for(quarters: int, labelled: bool, months: bool) -> None:
    start = date(2026, 9, 1) - timedelta(91 * (quarters - 1))
    timeline = lay_out(TimelineDrawing("c", date(2026, 9, 1), (EngagementDrawn("e", start, None),)))
    assert any(tick.label for tick in timeline.ticks) is labelled
    assert bool(timeline.months) is months
    assert any(year.label for year in timeline.years)


def test_sixty_years_are_labelled_only_where_labels_fit() -> None:
    timeline = lay_out(TimelineDrawing("c", date(2026, 1, 1), (EngagementDrawn("e", date(1906, 1, 1), None),)))
    named = [year for year in timeline.years if year.label]
    assert 5 < len(named) < 40
    assert all(b.x - a.x > 20 for a, b in itertools.pairwise(named))


def test_fiscal_years_are_named_for_the_year_they_end_in() -> None:
    letter = EngagementDrawn("e", date(2025, 2, 3), None)
    timeline = lay_out(TimelineDrawing("c", date(2025, 12, 1), (letter,), fiscal_year_start_month=2))
    assert timeline.years[0].title == "FY2026"
    assert timeline.ticks[0].label == "Q1"


def test_the_cut_drawing_keeps_to_its_quarters() -> None:
    letter = EngagementDrawn("e", date(2020, 1, 1), None, both(1, date(2020, 1, 1), None))
    drawing = TimelineDrawing("c", date(2024, 5, 1), (letter,), first=date(2023, 1, 1), last=date(2024, 12, 31))
    timeline = lay_out(drawing)
    assert [quarter.label for quarter in timeline.axis.quarters][::7] == ["2023-Q1", "2024-Q4"]
    (bar,) = timeline.bars
    assert (bar.x, bar.x + bar.width) == (timeline.axis.left, timeline.axis.right)


def test_the_structures_name_shortens_before_it_is_left_out() -> None:
    def label(days: int) -> str:
        spans = (
            StructureHeld(Structure.UNIFIED_FRACTIONAL, DAY, DAY + timedelta(days)),
            StructureHeld(Structure.NONE, DAY + timedelta(days), None),
        )
        return timeline_of(structures=spans).phases[0].label

    assert [label(400), label(70), label(3)] == ["Unified, fractional", "Unified", ""]


def test_a_name_keeps_clear_of_the_cursor() -> None:
    timeline = lay_out(
        TimelineDrawing("c", DAY + timedelta(60), (EngagementDrawn("e", DAY, None, (held(T, 1, DAY, None),)),))
    )
    (bar,) = (bar for bar in timeline.bars if bar.lane is Lane.TECHNOLOGY)
    (name,) = bar.texts
    assert name.text == "Dana Whitfield"
    assert not name.x < timeline.cursor.x < name.x + 90


def test_two_tellings_differ_where_they_name_other_holders() -> None:
    first, second = DAY + timedelta(100), DAY + timedelta(130)
    now = (EngagementDrawn("e", DAY, None, (held(T, 1, DAY, second), held(T, 2, second, None, holder="Elena Brandt"))),)
    then = (EngagementDrawn("e", DAY, None, (held(T, 1, DAY, first), held(T, 2, first, None, holder="Elena Brandt"))),)
    assert differing(now, then) == (Difference(T, first, second, "Elena Brandt, fractional"),)
    assert differing(now, now) == ()


def test_a_difference_is_outlined_in_its_own_lane() -> None:
    timeline = timeline_of(
        held(T, 1, DAY, None), differences=(Difference(A, DAY, DAY + timedelta(90), "Ravi Menon, fractional"),)
    )
    (stripe,) = timeline.differences
    assert stripe.y == timeline.frame.ai_top
    assert "Ravi Menon" in stripe.title


def test_paths_hold_numbers_and_commands_alone() -> None:
    bars = timeline_of(*both(1, DAY, DAY + timedelta(90)), held(T, 2, DAY + timedelta(90), None)).bars
    assert all(re.fullmatch(r"[MHVCQqZ0-9.,\- ]+", bar.path) for bar in bars)


def test_a_client_without_an_engagement_has_no_timeline() -> None:
    with pytest.raises(ValueError, match="engagement"):
        lay_out(TimelineDrawing("c", DAY, ()))
