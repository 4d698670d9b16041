"""Flow chart of transitions: how clients moved between structures over several dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

from domain.seats import Structure
from projections.reports.flows import Outside, State
from web.charts.annotations import Annotation, AnnotationStrip
from web.charts.annotations import lay_out as lay_out_annotations
from web.charts.measure import px, text_width
from web.charts.wording import ORDER, STRUCTURES, counted

_STATES: tuple[State, ...] = (Outside.BEFORE, *ORDER, Outside.AFTER)
_RANK: dict[State, int] = {state: rank for rank, state in enumerate(_STATES)}
_WORDS = {Outside.BEFORE: "Not yet engaged", Outside.AFTER: "Engagement ended"}
_SHORT_WORDS = {Outside.BEFORE: "Not yet engaged", Outside.AFTER: "ended"}

_TOP, _BOTTOM, _SIDE = 30.0, 6.0, 2.0
_NODE = 13.0
_GAP = 7.0
_SIZE = 11.0
_LABELS = 46.0
_LEAST = 2.5
"""The least height of a band that is drawn, in pixels: thinner ones cannot be told apart."""


def state_words(state: State) -> str:
    """The name of a state."""
    return _WORDS[state] if isinstance(state, Outside) else STRUCTURES[state].name


def _short_words(state: State) -> str:
    return _SHORT_WORDS[state] if isinstance(state, Outside) else STRUCTURES[state].short


@dataclass(frozen=True, slots=True)
class FlowLink:
    """The number of clients that moved from `source` to `target` between dates `column` and `column + 1`."""

    column: int
    source: State
    target: State
    clients: int
    href: str | None = None


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A state on a date; `name` is empty if it does not fit beside the bar."""

    state: State
    column: int
    x: float
    y: float
    height: float
    clients: int
    text_x: float
    anchor: str
    name: str
    is_labelled: bool
    title: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The clients of a link, as a band between two nodes."""

    source: State
    target: State
    path: str
    moves: bool
    title: str
    href: str | None


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """The date above a column of nodes."""

    x: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Flow:
    """The laid-out chart, and its links."""

    width: float
    height: float
    node: float
    nodes: tuple[FlowNode, ...]
    ribbons: tuple[Ribbon, ...]
    heads: tuple[ColumnHead, ...]
    structures: tuple[Structure, ...]
    strip: AnnotationStrip
    columns: tuple[str, ...] = field(repr=False)
    links: tuple[FlowLink, ...] = field(repr=False)
    least_drawn: int = 1

    @property
    def has_thin_bands(self) -> bool:
        """Whether some bands have fewer clients than `least_drawn`, and are left out for it."""
        return any(link.clients < self.least_drawn for link in self.links)

    @property
    def summary(self) -> str:
        """The chart in words."""
        moved = sum(link.clients for link in self.links if link.source != link.target)
        if not self.columns:
            return "No dates."
        words = f"{counted(moved, 'move')} between structures, {self.columns[0]} to {self.columns[-1]}."
        return f"{words} {self.strip.summary}".rstrip()


def lay_out(
    columns: Sequence[str],
    links: Sequence[FlowLink],
    width: float = 1120.0,
    height: float = 340.0,
    node_links: Mapping[tuple[int, State], str] | None = None,
    annotations: Sequence[Annotation] = (),
    between_columns: Sequence[Sequence[str]] = (),
) -> Flow:
    """Lay out the flow through these dates; `node_links` link states on a date to their clients.

    `annotations` explain the quarters `between_columns`, in the order of the gaps between neighbouring dates.

    Raises `ValueError` for a link that is not between two of the dates.
    """
    if any(not 0 <= link.column < len(columns) - 1 for link in links):
        raise ValueError("a link lies between two neighbouring columns")
    links = sorted((k for k in links if k.clients > 0), key=lambda k: (k.column, _RANK[k.source], _RANK[k.target]))
    sizes = _sizes(len(columns), links)
    most = max((sum(size.values()) for size in sizes), default=0)
    gaps = max((len(size) - 1 for size in sizes), default=0)
    scale = (height - _TOP - _BOTTOM - _GAP * gaps) / max(1, most)
    places = [_place(column, len(columns), width) for column in range(len(columns))]
    between = (places[1] - places[0] - _NODE) if len(columns) > 1 else width
    tops: list[dict[State, float]] = []
    nodes: list[FlowNode] = []
    for column, size in enumerate(sizes):
        y = _TOP
        tops.append({})
        for state in sorted(size, key=_RANK.__getitem__):
            tops[column][state] = y
            box = (places[column], y, size[state] * scale)
            nodes.append(
                _node(state, column, size[state], box, between, columns, (node_links or {}).get((column, state)))
            )
            y += size[state] * scale + _GAP
    strip = lay_out_annotations(annotations, _quarter_places(between_columns, places), height, width - _SIDE)
    return Flow(
        width=px(width),
        height=px(height + strip.height),
        node=_NODE,
        nodes=tuple(nodes),
        ribbons=_ribbons(links, tops, places, scale, columns),
        heads=tuple(
            ColumnHead(
                px(x + (0 if place == 0 else _NODE if place == len(places) - 1 else _NODE / 2)),
                "start" if place == 0 else "end" if place == len(places) - 1 else "middle",
                columns[place],
            )
            for place, x in enumerate(places)
        ),
        structures=tuple(s for s in ORDER if any(s in size for size in sizes)),
        strip=strip,
        columns=tuple(columns),
        links=tuple(links),
        least_drawn=max(1, ceil(_LEAST / scale)),
    )


def _sizes(columns: int, links: Sequence[FlowLink]) -> list[dict[State, int]]:
    """The clients of each state on each date: the larger of arrivals and departures."""
    coming: list[dict[State, int]] = [defaultdict(int) for _ in range(columns)]
    leaving: list[dict[State, int]] = [defaultdict(int) for _ in range(columns)]
    for link in links:
        leaving[link.column][link.source] += link.clients
        coming[link.column + 1][link.target] += link.clients
    return [
        {state: max(came.get(state, 0), left.get(state, 0)) for state in {*came, *left}}
        for came, left in zip(coming, leaving, strict=True)
    ]


def _place(column: int, columns: int, width: float) -> float:
    return _SIDE + column * (width - _NODE - 2 * _SIDE) / max(1, columns - 1)


def _quarter_places(gaps: Sequence[Sequence[str]], places: Sequence[float]) -> dict[str, tuple[float, float]]:
    """The left edge and the width of each quarter between the dates, beside the labels of the annotations."""
    quarters = {}
    for gap, (x0, x1) in zip(gaps, pairwise(places), strict=False):
        left = max(x0 + _NODE, _LABELS)
        each = (x1 - left) / max(1, len(gap))
        quarters.update({label: (left + place * each, each) for place, label in enumerate(gap)})
    return quarters


def _node(
    state: State,
    column: int,
    clients: int,
    box: tuple[float, float, float],
    between: float,
    columns: Sequence[str],
    href: str | None,
) -> FlowNode:
    x, y, height = box
    is_last = column == len(columns) - 1 and column > 0
    number = str(clients)
    is_labelled = height >= _SIZE
    name = _short_words(state)
    fits = is_labelled and text_width(f"{number} {name}", _SIZE, 600) + 10 <= between * 0.5
    return FlowNode(
        state=state,
        column=column,
        x=px(x),
        y=px(y),
        height=px(max(height, 1)),
        clients=clients,
        text_x=px(x - 5 if is_last else x + _NODE + 5),
        anchor="end" if is_last else "start",
        name=name if fits else "",
        is_labelled=is_labelled,
        title=f"{columns[column]}: {counted(clients, 'client')}, {state_words(state)}",
        href=href,
    )


def _ribbons(
    links: Sequence[FlowLink],
    tops: Sequence[dict[State, float]],
    places: Sequence[float],
    scale: float,
    columns: Sequence[str],
) -> tuple[Ribbon, ...]:
    """Bands, leaving a node in the order of their targets and entering one in the order of their sources."""
    leaving = [dict(top) for top in tops]
    entering = [dict(top) for top in tops]
    ribbons = []
    for link in links:
        thick = link.clients * scale
        y0, y1 = leaving[link.column][link.source], entering[link.column + 1][link.target]
        leaving[link.column][link.source] += thick
        entering[link.column + 1][link.target] += thick
        if thick < _LEAST:
            continue
        x0, x1 = places[link.column] + _NODE, places[link.column + 1]
        middle = px((x0 + x1) / 2)
        path = (
            f"M{px(x0)},{px(y0)}C{middle},{px(y0)} {middle},{px(y1)} {px(x1)},{px(y1)}V{px(y1 + thick)}"
            f"C{middle},{px(y1 + thick)} {middle},{px(y0 + thick)} {px(x0)},{px(y0 + thick)}Z"
        )
        moves = link.source != link.target
        if moves:
            verb = f"from {state_words(link.source)} to {state_words(link.target)}"
        else:
            verb = f"stay: {state_words(link.source)}"
        span = f"{columns[link.column]} to {columns[link.column + 1]}"
        title = f"{counted(link.clients, 'client')} {verb}, {span}"
        ribbons.append(Ribbon(link.source, link.target, path, moves, title, link.href))
    return tuple(ribbons)
