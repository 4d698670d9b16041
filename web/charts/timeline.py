"""The evolution timeline of a client: who held which hat, when that changed, and the resulting structure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.seats import Function, Structure
from web.charts.axis import DateAxis, Tick, YearBand, axis_of
from web.charts.measure import px, text_width
from web.charts.rail import MilestoneDrawn, Rail, rail_of
from web.charts.seat_bars import FAR, Holding, Lane, LaneFrame, SeatBar, SeatHeld, Stretch, bar_of, stretches
from web.charts.sign_bars import SignHeld, SignRows, sign_rows
from web.charts.wording import STRUCTURES, counted, day_words, span_words

KINDS = (
    *("unified", "fractional", "full-time", "vacant"),
    *("planned", "interim", "paused", "unobserved", "sign", "differs"),
)
"""What the legend explains: the first four always, the others where they occur."""

_LEFT, _RIGHT = 98.0, 20.0
_HEADER = 24.0
_FRAME = LaneFrame(top=_HEADER + 92, height=46.0, between=18.0)
_PHASE_TEXT = _HEADER + 69
_RAIL = _FRAME.bottom + 32
_LABEL_ROW = 18.0
_PILL = 92.0
_AT_LEAST_QUARTERS = 4
_LEAST_UNOBSERVED = 18.0
_DAYS_A_QUARTER = 91.3125


@dataclass(frozen=True, slots=True)
class StructureHeld:
    """A structure over `[start, end)`; `end` None is open."""

    structure: Structure
    start: date
    end: date | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause `[start, end)` of the engagement; `end` None is open."""

    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class EngagementDrawn:
    """An engagement over `[start, end)` with its spans; `end` None is open."""

    name: str
    start: date
    end: date | None
    seats: tuple[SeatHeld, ...] = ()
    structures: tuple[StructureHeld, ...] = ()
    paused: tuple[Paused, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A span `[start, end)` of a lane that differs in the compared history, and what that history shows (`words`)."""

    function: Function
    start: date
    end: date | None
    words: str


@dataclass(frozen=True, slots=True)
class TimelineDrawing:
    """Everything that the timeline shows.

    Engagements are in sequence; days between them are not observed. `first` and `last` limit the chart to the quarters
    that contain them. `differences` mark where two histories disagree, under `difference_label`.
    """

    client: str
    as_of: date
    engagements: tuple[EngagementDrawn, ...]
    milestones: tuple[MilestoneDrawn, ...] = ()
    fiscal_year_start_month: int = 1
    first: date | None = None
    last: date | None = None
    differences: tuple[Difference, ...] = ()
    difference_label: str = "Changed since"
    signs: tuple[SignHeld, ...] = ()


@dataclass(frozen=True, slots=True)
class Phase:
    """A structure's bracket above the lanes; `label` and `count` are empty if they do not fit."""

    x: float
    width: float
    label: str
    count: str
    text_x: float
    count_x: float
    title: str
    href: str | None
    planned: bool


@dataclass(frozen=True, slots=True)
class Stripe:
    """A span across the lanes: outside engagements, a pause, or a lane's difference."""

    x: float
    y: float
    width: float
    height: float
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of the as-of cursor and its label."""

    x: float
    label_x: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The laid-out timeline; lengths in pixels, paths absolute."""

    client: str
    width: float
    height: float
    left: float
    right: float
    frame: LaneFrame
    header_y: float
    rail_y: float
    phase_y: float
    axis: DateAxis
    as_of: date
    years: tuple[YearBand, ...]
    ticks: tuple[Tick, ...]
    months: tuple[Tick, ...]
    phases: tuple[Phase, ...]
    bars: tuple[SeatBar, ...]
    unobserved: tuple[Stripe, ...]
    paused: tuple[Stripe, ...]
    differences: tuple[Stripe, ...]
    difference_label: str
    cursor: Cursor
    rail: Rail
    sign_rows: SignRows
    signs: tuple[SignHeld, ...]
    structures: tuple[StructureHeld, ...] = field(repr=False)
    stretches: tuple[Stretch, ...] = field(repr=False)
    pill: float = _PILL

    @property
    def summary(self) -> str:
        """The timeline in words, for screen readers."""
        first, last = self.axis.quarters[0].label, self.axis.quarters[-1].label
        structures = next((s for s in self.structures if s.start <= self.as_of < (s.end or FAR)), None)
        now = STRUCTURES[structures.structure].name if structures else "not observed"
        holding = [sign.title for sign in self.signs if sign.end is None]
        signs = f" Warning signs that hold: {', '.join(holding)}." if holding else ""
        return (
            f"{counted(len(self.structures), 'structure')} from {first} to {last}; on {day_words(self.as_of)}: {now}. "
            "Two lanes, the CTO seat above and the CAIO seat below; a bar across both is one person in a unified seat. "
            f"Hatched is fractional, solid is full-time, a dashed outline is vacant.{signs}"
        )

    @property
    def holdings(self) -> frozenset[str]:
        """What the legend must explain in addition: `interim`, `paused`, `unobserved`, `planned`, `differs`, ..."""
        present = {
            "interim": any(bar.flag for bar in self.bars),
            "paused": bool(self.paused),
            "unobserved": bool(self.unobserved),
            "planned": any((bar.end or FAR) > self.as_of and bar.holding is not Holding.VACANT for bar in self.bars),
            "sign": bool(self.sign_rows.bars),
            "differs": bool(self.differences) or any(mark.change for mark in self.rail.marks),
        }
        return frozenset(name for name, is_there in present.items() if is_there)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the legend explains, in its order."""
        return tuple(kind for kind in KINDS if kind in self.holdings or kind in KINDS[:4])


def lay_out(drawing: TimelineDrawing, width: float = 1120.0) -> Timeline:
    """Lay out the timeline at a width. Raises `ValueError` if there is no engagement."""
    if not drawing.engagements:
        raise ValueError("a timeline needs an engagement")
    axis = _axis(drawing, width)
    shown = [e for e in drawing.engagements if e.start < axis.end and (e.end or FAR) > axis.first]
    all_stretches = tuple(s for e in drawing.engagements for s in stretches(e.seats, e.start, e.end))
    visible = [s for s in all_stretches if s.start < axis.end and (s.end or FAR) > axis.first]
    structures = tuple(s for e in drawing.engagements for s in e.structures)
    rail = rail_of(drawing.milestones, axis, drawing.as_of)
    below_rail = _RAIL + 24 + _LABEL_ROW * max(rail.rows, 0)
    signs = sign_rows(drawing.signs, axis, drawing.as_of, below_rail + 6)
    return Timeline(
        client=drawing.client,
        width=px(width),
        height=px(below_rail + (signs.height + 14 if signs.bars else 0)),
        left=_LEFT,
        right=_RIGHT,
        frame=_FRAME,
        header_y=_HEADER,
        rail_y=_RAIL,
        phase_y=_PHASE_TEXT,
        axis=axis,
        as_of=drawing.as_of,
        years=axis.year_bands(),
        ticks=axis.ticks(drawing.as_of),
        months=axis.months(),
        phases=tuple(_phases(structures, axis, drawing.as_of)),
        bars=tuple(bar_of(s, axis, _FRAME, drawing.as_of) for s in visible),
        unobserved=tuple(_unobserved(shown, axis)),
        paused=tuple(_paused(shown, axis)),
        differences=tuple(_differences(drawing.differences, drawing.difference_label, axis)),
        difference_label=drawing.difference_label,
        cursor=_cursor(drawing.as_of, axis, width),
        rail=rail,
        sign_rows=signs,
        signs=drawing.signs,
        structures=structures,
        stretches=all_stretches,
    )


def _axis(drawing: TimelineDrawing, width: float) -> DateAxis:
    """From the first engagement's quarter to the latest of: `as_of`, the last milestone, the last known end."""
    days = [drawing.as_of, *(m.on for m in drawing.milestones)]
    for engagement in drawing.engagements:
        days.append(engagement.start)
        days.extend(end - timedelta(days=1) for end in (engagement.end, *(s.end for s in engagement.seats)) if end)
    first = drawing.first or min(drawing.as_of, *(e.start for e in drawing.engagements))
    last = drawing.last or max(days)
    return axis_of(
        first,
        max(first, last),
        drawing.fiscal_year_start_month,
        _LEFT,
        width - _LEFT - _RIGHT,
        at_least=1 if drawing.last else _AT_LEAST_QUARTERS,
    )


def _phases(structures: Sequence[StructureHeld], axis: DateAxis, as_of: date) -> Iterator[Phase]:
    """The bracket of each structure with as much of its name as fits; it may use room of an unlabelled neighbour."""
    for structure in structures:
        left, right = axis.x(structure.start), axis.x(structure.end or FAR)
        if right <= left:
            continue
        gap = min(1.5, (right - left) / 5)
        x, width = left + gap, right - left - 2 * gap
        words = STRUCTURES[structure.structure]
        until = structure.end or max(as_of + timedelta(days=1), structure.start)
        quarters = max(1, round((until - structure.start).days / _DAYS_A_QUARTER))
        label = next((name for name in (words.name, words.short) if text_width(name, 11.5, 600) <= width), "")
        count = counted(quarters, "quarter")
        room = text_width(label, 11.5, 600) + text_width(count, 11.5) + 9
        if label == words.name and room > width and words.short != words.name:
            short = text_width(words.short, 11.5, 600) + text_width(count, 11.5) + 9
            if short <= width:
                label, room = words.short, short
        yield Phase(
            x=px(x),
            width=px(width),
            label=label,
            count=count if label and room <= width else "",
            text_x=px(x + 1),
            count_x=px(x + 8 + text_width(label, 11.5, 600)),
            title=f"{words.name}, {span_words(structure.start, structure.end)}",
            href=structure.href,
            planned=structure.start > as_of,
        )


def _unobserved(engagements: Sequence[EngagementDrawn], axis: DateAxis) -> Iterator[Stripe]:
    """The days on the axis without an open engagement."""
    day = axis.first
    for engagement in [*engagements, None]:
        start = engagement.start if engagement else axis.end
        x0, x1 = axis.x(day), axis.x(start)
        if x1 - x0 >= _LEAST_UNOBSERVED:
            between = day > axis.first and engagement is not None
            words = "Not observed" if between else ("Before the engagement" if engagement else "No engagement")
            label = words if text_width(words, 11) + 16 <= x1 - x0 else ""
            title = f"{words}: no engagement open, {span_words(day, start)}"
            yield Stripe(px(x0), _FRAME.top, px(x1 - x0), px(_FRAME.bottom - _FRAME.top), label, title)
        if engagement is None or engagement.end is None:
            return
        day = max(day, engagement.end)


def _paused(engagements: Sequence[EngagementDrawn], axis: DateAxis) -> Iterator[Stripe]:
    for engagement in engagements:
        for pause in engagement.paused:
            x0, x1 = axis.x(pause.start), axis.x(pause.end or engagement.end or FAR)
            if x1 > x0:
                label = "Paused" if text_width("Paused", 11, 600) + 30 <= x1 - x0 else ""
                title = f"Paused {span_words(pause.start, pause.end or engagement.end)}"
                yield Stripe(px(x0), _FRAME.top, px(x1 - x0), px(_FRAME.bottom - _FRAME.top), label, title)


def _differences(differences: Sequence[Difference], label: str, axis: DateAxis) -> Iterator[Stripe]:
    for difference in differences:
        x0, x1 = axis.x(difference.start), axis.x(difference.end or FAR)
        if x1 > x0:
            top = _FRAME.top if difference.function is Function.TECHNOLOGY else _FRAME.ai_top
            title = f"{label}: {difference.words}, {span_words(difference.start, difference.end)}"
            yield Stripe(px(x0), top, px(x1 - x0), _FRAME.height, difference.words, title)


def _cursor(as_of: date, axis: DateAxis, width: float) -> Cursor:
    x = axis.x(as_of)
    label_x = min(max(x, axis.left + _PILL / 2 - 8), width - _PILL / 2 - 1)
    return Cursor(px(x), px(label_x), day_words(as_of))


def differing(now: Sequence[EngagementDrawn], then: Sequence[EngagementDrawn]) -> tuple[Difference, ...]:
    """Where two histories of a client's seats differ visibly: holder, commitment, interim, or vacancy.

    Days without a difference are left out; neighbouring days with the same earlier text are one difference.
    """
    differences: list[Difference] = []
    for function in Function:
        ours, theirs = _held_by(now, function), _held_by(then, function)
        cuts = sorted({day for spans in (ours, theirs) for start, end, _ in spans for day in (start, end)})
        for day, following in itertools.pairwise(cuts):
            here, there = _words_on(ours, day), _words_on(theirs, day)
            if here == there:
                continue
            end = None if following == FAR else following
            words = there or "not observed"
            last = differences[-1] if differences else None
            if last and last.function is function and last.end == day and last.words == words:
                differences[-1] = Difference(function, last.start, end, words)
            else:
                differences.append(Difference(function, day, end, words))
    return tuple(differences)


def _held_by(engagements: Sequence[EngagementDrawn], function: Function) -> list[tuple[date, date, str]]:
    return [
        (stretch.start, stretch.end or FAR, _holder_words(stretch))
        for engagement in engagements
        for stretch in stretches(engagement.seats, engagement.start, engagement.end)
        if stretch.lane in (Lane.BOTH, Lane(function.value))
    ]


def _holder_words(stretch: Stretch) -> str:
    if not stretch.parts:
        return "vacant"
    seat = stretch.parts[0]
    words = [seat.holder, seat.commitment.value.replace("_", "-")]
    if stretch.lane is Lane.BOTH:
        words.append("unified seat")
    if seat.interim:
        words.append("interim")
    return ", ".join(words)


def _words_on(spans: Sequence[tuple[date, date, str]], day: date) -> str | None:
    return next((words for start, end, words in spans if start <= day < end), None)
