"""The structure mix: clients by structure at each quarter's end, stacked."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.seats import Structure
from web.charts.measure import px, text_width
from web.charts.wording import ORDER, STRUCTURES, counted

_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 4.0, 14.0, 42.0
_NUMBER = 10.0
_LABEL = 11.0


@dataclass(frozen=True, slots=True)
class MixQuarter:
    """One quarter: how many clients were in each structure at its end, and the list of those clients by structure.

    `label` is the quarter's (`2026-Q1`); `planned` says that it starts after the as-of date.
    """

    label: str
    clients: Mapping[Structure, int]
    links: Mapping[Structure, str] = field(default_factory=dict)
    planned: bool = False


@dataclass(frozen=True, slots=True)
class MixBlock:
    """One structure's share of one quarter's column; `number` is empty where it does not fit."""

    structure: Structure
    x: float
    y: float
    width: float
    height: float
    number: str
    title: str
    href: str | None
    planned: bool


@dataclass(frozen=True, slots=True)
class AxisLabel:
    """A tick with its words."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Mix:
    """The drawing, ready to paint, and the quarters it was made of."""

    width: float
    height: float
    left: float
    right: float
    floor: float
    blocks: tuple[MixBlock, ...]
    totals: tuple[tuple[float, float, str], ...]
    grid: tuple[AxisLabel, ...]
    quarters_at: tuple[AxisLabel, ...]
    years_at: tuple[AxisLabel, ...]
    structures: tuple[Structure, ...]
    quarters: tuple[MixQuarter, ...] = field(repr=False)

    @property
    def summary(self) -> str:
        """The drawing in words."""
        if not self.quarters:
            return "No quarters."
        last = self.quarters[-1]
        parts = [f"{STRUCTURES[s].name}: {last.clients[s]}" for s in self.structures if last.clients.get(s)]
        return f"Clients by structure, {self.quarters[0].label} to {last.label}. In {last.label}: {', '.join(parts)}."


def lay_out(quarters: Sequence[MixQuarter], width: float = 560.0, height: float = 300.0) -> Mix:
    """The mix over these quarters, in their order; structures are stacked from nobody to two full-time."""
    floor = height - _BOTTOM
    plot = width - _LEFT - _RIGHT
    most = max((sum(q.clients.values()) for q in quarters), default=0)
    step = nice_step(most)
    top = max(step, -(-most // step) * step)
    each = plot / max(1, len(quarters))
    gap = min(3.0, each * 0.15)

    def y(clients: int) -> float:
        return floor - (floor - _TOP) * clients / top

    blocks: list[MixBlock] = []
    totals: list[tuple[float, float, str]] = []
    for place, quarter in enumerate(quarters):
        x = _LEFT + place * each + gap / 2
        stacked, whole = 0, sum(quarter.clients.values())
        for structure in ORDER:
            clients = quarter.clients.get(structure, 0)
            if not clients:
                continue
            upper, lower = y(stacked + clients), y(stacked)
            room = lower - upper >= _NUMBER + 2 and each - gap >= text_width(str(clients), _NUMBER, 600) + 4
            planned = ", planned" if quarter.planned else ""
            blocks.append(
                MixBlock(
                    structure=structure,
                    x=px(x),
                    y=px(upper),
                    width=px(each - gap),
                    height=px(lower - upper),
                    number=str(clients) if room else "",
                    title=f"{quarter.label}{planned}: {clients} of {counted(whole, 'client')}, "
                    f"{STRUCTURES[structure].name}",
                    href=quarter.links.get(structure),
                    planned=quarter.planned,
                )
            )
            stacked += clients
        if whole and each >= text_width(str(whole), _NUMBER, 600):
            totals.append((px(x + (each - gap) / 2), px(y(whole) - 4), str(whole)))
    quarters_at, years_at = column_labels([q.label for q in quarters], _LEFT, each)
    return Mix(
        width=px(width),
        height=px(height),
        left=_LEFT,
        right=px(width - _RIGHT),
        floor=px(floor),
        blocks=tuple(blocks),
        totals=tuple(totals),
        grid=tuple(AxisLabel(px(y(value)), str(value)) for value in range(0, top + 1, step)),
        quarters_at=quarters_at,
        years_at=years_at,
        structures=tuple(s for s in ORDER if any(q.clients.get(s) for q in quarters)),
        quarters=tuple(quarters),
    )


def nice_step(most: int, ticks: int = 5) -> int:
    """A round step that divides `most` into about so many ticks; never below 1."""
    for magnitude in itertools.count():
        for step in (1, 2, 5):
            if step * 10**magnitude * ticks >= most:
                return int(step * 10**magnitude)
    raise AssertionError("steps grow without end")


def column_labels(
    labels: Sequence[str], left: float, each: float
) -> tuple[tuple[AxisLabel, ...], tuple[AxisLabel, ...]]:
    """Labels under columns of quarters: the quarters where they fit, and each year once, rarer as years narrow."""
    quarters: list[AxisLabel] = []
    years: list[AxisLabel] = []
    free_from = left
    for place, label in enumerate(labels):
        year, _, quarter = label.rpartition("-")
        x = left + place * each
        if each >= text_width(quarter, _LABEL) + 4:
            quarters.append(AxisLabel(px(x + each / 2), quarter))
        opens = place == 0 or labels[place - 1].rpartition("-")[0] != year
        if opens and x >= free_from:
            first_is_short = place == 0 and len(labels) > 1 and (quarter in ("Q3", "Q4")) and each < 20
            if not first_is_short:
                years.append(AxisLabel(px(x), year))
                free_from = x + text_width(year, _LABEL) + 8
    return tuple(quarters), tuple(years)
