"""Warning signs under the timeline: a row for each sign, with a bar for each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from web.charts.axis import DateAxis
from web.charts.measure import px, shorten, text_width
from web.charts.wording import span_words

MOST_ROWS = 6
"""How many signs are drawn; the tables list all of them."""

ROW = 18.0
_LABEL_SIZE = 11.0
_SHORT_SIZE = 10.5
_SHORT_ROOM = 84.0
_GAP = 6.0
_LEAST_WIDTH = 4.0


@dataclass(frozen=True, slots=True)
class SignHeld:
    """A run of a sign over `[start, end)`; `end` None: it holds. `noticed` says whether it was detected or observed.

    `rank` orders severities, 0 for the highest, and `severity` names it.
    """

    title: str
    severity: str
    rank: int
    noticed: str
    is_observed: bool
    start: date
    end: date | None
    href: str | None = None

    @property
    def words(self) -> str:
        """The run in a sentence: what, how severe, how noticed and when."""
        return f"{self.title}, {self.severity.lower()}, {self.noticed.lower()}, {span_words(self.start, self.end)}"


@dataclass(frozen=True, slots=True)
class SignBar:
    """A run as a bar; a more severe one is higher, an observed one hollow."""

    x: float
    y: float
    width: float
    height: float
    title: str
    is_observed: bool
    href: str | None


@dataclass(frozen=True, slots=True)
class SignLabel:
    """The title of a row beside its bars, or over them if `is_over`; `anchor` is that of SVG texts.

    `is_inside`: the first bar, which is filled, is as long as the title over it.

    `short` is the title cut to the room that the names of rows have beside the plot.
    """

    x: float
    y: float
    text: str
    short: str
    anchor: str
    is_over: bool = False
    is_inside: bool = False


@dataclass(frozen=True, slots=True)
class SignRows:
    """The laid-out rows, the room they take below the top, and the number of signs without a row."""

    top: float
    height: float
    bars: tuple[SignBar, ...] = ()
    labels: tuple[SignLabel, ...] = ()
    omitted: int = 0


def sign_rows(signs: Sequence[SignHeld], axis: DateAxis, as_of: date, top: float) -> SignRows:
    """Lay out the signs within the axis: what holds first, by severity, then what held last."""
    titles: dict[str, list[SignHeld]] = {}
    for sign in signs:
        if sign.start < axis.end and (sign.end is None or sign.end > axis.first):
            titles.setdefault(sign.title, []).append(sign)
    if not titles:
        return SignRows(top, 0.0)
    ordered = sorted(titles.values(), key=_place)
    shown = ordered[:MOST_ROWS]
    bars: list[SignBar] = []
    labels: list[SignLabel] = []
    for number, row in enumerate(shown):
        middle = top + ROW * (number + 0.5)
        of_row = [_bar(sign, axis, as_of, middle) for sign in sorted(row, key=lambda sign: sign.start)]
        bars += of_row
        labels.append(_label(row[0].title, of_row, axis, middle))
    return SignRows(top, ROW * len(shown), tuple(bars), tuple(labels), len(ordered) - len(shown))


def _place(row: Sequence[SignHeld]) -> tuple[object, ...]:
    holds = [sign.rank for sign in row if sign.end is None]
    last = max((sign.end for sign in row if sign.end), default=date.min)
    return not holds, min(holds, default=0), -last.toordinal(), row[0].title


def _bar(sign: SignHeld, axis: DateAxis, as_of: date, middle: float) -> SignBar:
    end = sign.end or max(as_of, sign.start) + timedelta(days=1)
    left, right = axis.x(max(sign.start, axis.first)), axis.x(min(end, axis.end))
    height = (10.0, 7.0, 4.0)[sign.rank]
    width = max(right - left, _LEAST_WIDTH)
    return SignBar(px(left), px(middle - height / 2), px(width), height, sign.words, sign.is_observed, sign.href)


def _label(title: str, bars: Sequence[SignBar], axis: DateAxis, middle: float) -> SignLabel:
    """The title to the right of the last bar, or to the left of the first, wherever it fits, or else over the bars."""
    width, y = text_width(title, _LABEL_SIZE), px(middle + 4)
    short = shorten(title, _SHORT_ROOM, _SHORT_SIZE)
    right, left = bars[-1].x + bars[-1].width + _GAP, bars[0].x - _GAP
    if right + width <= axis.right:
        return SignLabel(px(right), y, title, short, "start")
    if left - width >= axis.left:
        return SignLabel(px(left), y, title, short, "end")
    over = max(axis.left, min(bars[0].x + _GAP, axis.right - width))
    first = bars[0]
    is_inside = not first.is_observed and first.x <= over - 4 and over + width + 4 <= first.x + first.width
    return SignLabel(px(over), y, title, short, "start", is_over=True, is_inside=is_inside)
