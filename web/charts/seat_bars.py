"""Seats as bars in two lanes: technology above, AI below, and one bar across both for a unified seat."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.seats import Commitment, Function, Provider
from web.bidi import isolate
from web.charts.axis import DateAxis
from web.charts.measure import fit_name, px, text_width
from web.charts.wording import COMMITMENTS, FUNCTIONS, span_words

FAR = date.max
"""Stands for an open end, for comparisons only."""


class Lane(StrEnum):
    """The lane of a bar."""

    TECHNOLOGY = "technology"
    AI = "ai"
    BOTH = "both"


class Holding(StrEnum):
    """How a lane is held over the length of a bar."""

    VACANT = "vacant"
    FRACTIONAL = "fractional"
    FULL_TIME = "full_time"


@dataclass(frozen=True, slots=True)
class SeatHeld:
    """A seat span with its holder's name; a unified seat has one for each function.

    `note` is a short text (`20 h a month`); `end` None is open; `href` links to the milestone that started it.
    """

    function: Function
    seat: UUID
    holder: str
    commitment: Commitment
    start: date
    end: date | None
    provider: Provider = Provider.FIRM
    interim: bool = False
    note: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A bar before layout: seat spans that differ only in terms, or a vacancy.

    `parts` are its seat spans (empty for a vacancy); `fork`: it starts by leaving a unified bar; `merge`: it ends by
    joining one.
    """

    lane: Lane
    holding: Holding
    start: date
    end: date | None
    parts: tuple[SeatHeld, ...] = ()
    fork: bool = False
    merge: bool = False

    @property
    def words(self) -> str:
        """The bar in one sentence, for titles and tables."""
        lane = "Technology and AI, one seat" if self.lane is Lane.BOTH else FUNCTIONS[Function(self.lane.value)]
        if not self.parts:
            return f"{lane}: vacant, {span_words(self.start, self.end)}"
        seat = self.parts[0]
        facts = [isolate(seat.holder), COMMITMENTS[seat.commitment]]
        if seat.interim:
            facts.append("interim")
        if seat.provider is Provider.CLIENT:
            facts.append("employed by the client")
        if seat.note and len(self.parts) == 1 and seat.note not in facts:
            facts.append(isolate(seat.note))
        return f"{lane}: {', '.join(facts)}, {span_words(self.start, self.end)}"


def stretches(seats: Iterable[SeatHeld], start: date, end: date | None) -> tuple[Stretch, ...]:
    """The bars of an engagement `[start, end)`, including vacancies: they tile both lanes without overlap."""
    until = end or FAR
    seats_held = sorted((s for s in seats if s.start < until and (s.end or FAR) > start), key=lambda s: s.start)
    by_function = {function: [s for s in seats_held if s.function is function] for function in Function}
    cuts = {start, until}
    for seat in seats_held:
        cuts.update(day for day in (seat.start, seat.end or FAR) if start < day < until)
    ordered = sorted(cuts)
    open_stretches: dict[Lane, Stretch] = {}
    done: list[Stretch] = []
    for day, following in itertools.pairwise(ordered):
        pieces = dict(_pieces(by_function, day, None if following == FAR else following))
        done.extend(open_stretches.pop(lane) for lane in tuple(open_stretches) if lane not in pieces)
        for lane, piece in pieces.items():
            current = open_stretches.get(lane)
            if current is not None and _same_bar(current, piece):
                parts = current.parts if current.parts[-1:] == piece.parts else current.parts + piece.parts
                open_stretches[lane] = Stretch(lane, piece.holding, current.start, piece.end, parts)
            else:
                if current is not None:
                    done.append(current)
                open_stretches[lane] = piece
    done.extend(open_stretches.values())
    return _with_forks(sorted(done, key=lambda s: (s.start, s.lane)))


def _pieces(
    by_function: dict[Function, list[SeatHeld]], day: date, following: date | None
) -> Iterator[tuple[Lane, Stretch]]:
    """The seats from `day` until the next change, by lane."""
    technology, ai = (_on(by_function[f], day) for f in (Function.TECHNOLOGY, Function.AI))
    if technology is not None and ai is not None and technology.seat == ai.seat:
        yield Lane.BOTH, Stretch(Lane.BOTH, _holding(technology), day, following, (technology,))
        return
    for lane, seat in ((Lane.TECHNOLOGY, technology), (Lane.AI, ai)):
        yield lane, Stretch(lane, _holding(seat), day, following, (seat,) if seat else ())


def _on(seats: Sequence[SeatHeld], day: date) -> SeatHeld | None:
    return next((s for s in seats if s.start <= day < (s.end or FAR)), None)


def _holding(seat: SeatHeld | None) -> Holding:
    return Holding.VACANT if seat is None else Holding(seat.commitment.value)


def _same_bar(one: Stretch, other: Stretch) -> bool:
    """Whether neighbouring spans look the same as a bar: only hours, fee or reporting line change."""
    if not one.parts or not other.parts:
        return not one.parts and not other.parts
    a, b = one.parts[-1], other.parts[0]
    return (a.seat, a.holder, a.commitment, a.interim, a.provider) == (
        b.seat,
        b.holder,
        b.commitment,
        b.interim,
        b.provider,
    )


def _with_forks(bars: Sequence[Stretch]) -> tuple[Stretch, ...]:
    begins = {b.start for b in bars if b.lane is Lane.BOTH}
    ends = {b.end for b in bars if b.lane is Lane.BOTH}
    return tuple(
        b
        if b.lane is Lane.BOTH or b.holding is Holding.VACANT
        else Stretch(b.lane, b.holding, b.start, b.end, b.parts, fork=b.start in ends, merge=b.end in begins)
        for b in bars
    )


@dataclass(frozen=True, slots=True)
class LaneFrame:
    """The vertical position of the two lanes, in pixels."""

    top: float
    height: float
    between: float

    @property
    def ai_top(self) -> float:
        """The top of the AI lane."""
        return self.top + self.height + self.between

    @property
    def bottom(self) -> float:
        """The lower end of both lanes."""
        return self.ai_top + self.height

    @property
    def middle(self) -> float:
        """The line at which a unified bar splits."""
        return self.top + self.height + self.between / 2


@dataclass(frozen=True, slots=True)
class BarText:
    """A line of text within a bar."""

    x: float
    y: float
    text: str
    strong: bool


@dataclass(frozen=True, slots=True)
class SeatBar:
    """A laid-out bar: its outline as an SVG path, its texts, and the positions of changed terms.

    `flag` is the corner of the interim flag.
    """

    lane: Lane
    holding: Holding
    path: str
    x: float
    y: float
    width: float
    height: float
    texts: tuple[BarText, ...]
    notches: tuple[float, ...]
    flag: tuple[float, float] | None
    start: date
    end: date | None
    title: str
    href: str | None

    @property
    def until(self) -> date:
        """The end, or a far date for an open bar."""
        return self.end or FAR


_RADIUS, _JOINT, _EASE, _GAP = 7.0, 2.0, 52.0, 1.5
_NAME, _NOTE = 12.5, 11.0


def bar_of(stretch: Stretch, axis: DateAxis, frame: LaneFrame, as_of: date) -> SeatBar:
    """Lay out a bar; its text avoids the as-of cursor if there is room."""
    cursor = axis.x(as_of)
    left, right = axis.x(stretch.start), axis.x(stretch.end or FAR)
    gap = min(_GAP, (right - left) / 5)
    opens_here = stretch.start >= axis.first
    ends_here = stretch.end is not None and stretch.end <= axis.end
    x0, x1 = left + (gap if opens_here else 0), right - (gap if ends_here else 0)
    width = x1 - x0
    y = frame.ai_top if stretch.lane is Lane.AI else frame.top
    height = frame.bottom - frame.top if stretch.lane is Lane.BOTH else frame.height
    radius = min(_RADIUS, width / 2)
    rounded = radius if opens_here else 0.0, radius if ends_here else 0.0
    fork, merge = stretch.fork and opens_here, stretch.merge and ends_here
    ease = min(_EASE, width * (0.45 if fork and merge else 0.6))
    if stretch.lane is Lane.BOTH:
        path = _box(x0, x1, y, y + height, *rounded)
    elif stretch.lane is Lane.TECHNOLOGY:
        path = _eased(x0, x1, y, y + height, frame.middle - 0.75, rounded, ease, (fork, merge))
    else:
        path = _eased(x0, x1, y + height, y, frame.middle + 0.75, rounded, ease, (fork, merge))
    left_room, right_room = x0 + (16.0 if fork else 0.0), x1 - (10.0 if merge else 0.0)
    texts = tuple(_texts(stretch, axis, left_room, right_room, y + height / 2, cursor))
    seat = stretch.parts[0] if stretch.parts else None
    return SeatBar(
        lane=stretch.lane,
        holding=stretch.holding,
        path=path,
        x=px(x0),
        y=px(y),
        width=px(width),
        height=px(height),
        texts=texts,
        notches=tuple(px(axis.x(p.start)) for p in stretch.parts[1:] if axis.first < p.start < axis.end),
        flag=(px(max(x0 + 6, texts[0].x - 12 if texts else 0)), px(y + height / 2)) if seat and seat.interim else None,
        start=stretch.start,
        end=stretch.end,
        title=stretch.words,
        href=seat.href if seat else None,
    )


def _texts(stretch: Stretch, axis: DateAxis, x0: float, x1: float, middle: float, cursor: float) -> Iterator[BarText]:
    """The holder's name in the longest form that fits, and the agreed terms below it, part by part."""
    if not stretch.parts:
        if text_width("Vacant", _NOTE) + 12 <= x1 - x0:
            yield BarText(px(x0 + 8), px(middle + 4), "Vacant", False)
        return
    first = stretch.parts[0]
    if x0 < cursor < x1:
        x0, x1 = _beside(first.holder, x0, cursor, x1)
    start = x0 + min(11.0, (x1 - x0) / 4) + (7.0 if first.interim else 0.0)
    name = fit_name(first.holder, x1 - start - 6, _NAME)
    if not name:
        return
    notes = []
    for place, part in enumerate(stretch.parts):
        text = f"interim, {part.note}".rstrip(", ") if part.interim else part.note
        at = start if place == 0 else axis.x(part.start) + 6
        until = x1 if place == len(stretch.parts) - 1 else axis.x(stretch.parts[place + 1].start)
        if text and text_width(text, _NOTE) <= until - at - 4:
            notes.append(BarText(px(at), px(middle + 13), text, False))
    yield BarText(px(start), px(middle + (-2.5 if notes else 4.5)), name, True)
    yield from notes


def _beside(name: str, x0: float, cursor: float, x1: float) -> tuple[float, float]:
    """The side of the cursor with more room for the name; the past if equal."""
    past, plan = (x0, cursor - 4), (cursor + 4, x1)
    shapes = [fit_name(name, right - left - 17, _NAME) for left, right in (past, plan)]
    return past if len(shapes[0]) >= len(shapes[1]) else plan


def _box(x0: float, x1: float, top: float, bottom: float, left: float, right: float) -> str:
    a, b, t, u, rl, rr = (px(v) for v in (x0, x1, top, bottom, left, right))
    return (
        f"M{px(x0 + left)},{t}H{px(x1 - right)}q{rr},0 {rr},{rr}V{px(bottom - right)}q0,{rr} {px(-right)},{rr}"
        f"H{px(x0 + left)}q{px(-left)},0 {px(-left)},{px(-left)}V{px(top + left)}q0,{px(-left)} {rl},{px(-left)}Z"
        if b > a and u > t
        else ""
    )


def _eased(
    x0: float,
    x1: float,
    far: float,
    near: float,
    meeting: float,
    rounded: tuple[float, float],
    ease: float,
    joins: tuple[bool, bool],
) -> str:
    """A lane's bar whose inner edge eases to the line between the lanes where it meets a unified bar.

    `far` is the outer edge, `near` the inner one, `meeting` the height at which the lanes touch.
    """
    (left, right), (fork, merge) = rounded, joins
    left_far = min(_JOINT, left) if fork else left
    right_far = min(_JOINT, right) if merge else right
    inward = 1 if near > far else -1
    a, b = px(x0), px(x1)
    path = [
        f"M{px(x0 + left_far)},{px(far)}H{px(x1 - right_far)}",
        f"Q{b},{px(far)} {b},{px(far + inward * right_far)}",
    ]
    if merge:
        path.append(
            f"V{px(meeting)}C{px(x1 - ease * 0.45)},{px(meeting)} "
            f"{px(x1 - ease * 0.5)},{px(near)} {px(x1 - ease)},{px(near)}"
        )
    else:
        path.append(f"V{px(near - inward * right)}Q{b},{px(near)} {px(x1 - right)},{px(near)}")
    if fork:
        path.append(
            f"H{px(x0 + ease)}C{px(x0 + ease * 0.5)},{px(near)} {px(x0 + ease * 0.45)},{px(meeting)} {a},{px(meeting)}"
        )
    else:
        path.append(f"H{px(x0 + left)}Q{a},{px(near)} {a},{px(near - inward * left)}")
    path.append(f"V{px(far + inward * left_far)}Q{a},{px(far)} {px(x0 + left_far)},{px(far)}Z")
    return "".join(path)
