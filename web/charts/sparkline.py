"""A client's structures by quarter, as a miniature timeline in a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from domain.seats import Structure
from web.charts.measure import px
from web.charts.wording import STRUCTURES

_HEIGHT = 18.0
_FULL_TIME_CTO = {Structure.CTO_ONLY_FULL_TIME, Structure.FULL_TIME_CTO_FRACTIONAL_CAIO, Structure.FULL_TIME_PAIR}
_FRACTIONAL_CTO = {
    Structure.CTO_ONLY_FRACTIONAL,
    Structure.FRACTIONAL_PAIR,
    Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
}
_FULL_TIME_CAIO = {Structure.CAIO_ONLY_FULL_TIME, Structure.FRACTIONAL_CTO_FULL_TIME_CAIO, Structure.FULL_TIME_PAIR}
_FRACTIONAL_CAIO = {
    Structure.CAIO_ONLY_FRACTIONAL,
    Structure.FRACTIONAL_PAIR,
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
}


@dataclass(frozen=True, slots=True)
class Sliver:
    """A span of a lane (`technology`, `ai` or `both`), held as `vacant`, `fractional` or `full_time`."""

    lane: str
    holding: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The laid-out sparkline."""

    width: float
    height: float
    slivers: tuple[Sliver, ...]
    summary: str


def lay_out(structures: Sequence[Structure | None], width: float = 120.0) -> Sparkline:
    """Lay out the structures of consecutive quarters, oldest first; null if the client was not observed."""
    each = width / max(1, len(structures))
    slivers: list[Sliver] = []
    words: list[str] = []
    for structure, places in groupby(range(len(structures)), key=structures.__getitem__):
        run = list(places)
        if structure is None:
            continue
        x, length = px(run[0] * each), px(len(run) * each)
        words.append(f"{STRUCTURES[structure].name} ({len(run)})")
        if structure is Structure.UNIFIED_FRACTIONAL or structure is Structure.UNIFIED_FULL_TIME:
            holding = "full_time" if structure is Structure.UNIFIED_FULL_TIME else "fractional"
            slivers.append(Sliver("both", holding, x, length))
        else:
            slivers.append(Sliver("technology", _holding(structure, _FULL_TIME_CTO, _FRACTIONAL_CTO), x, length))
            slivers.append(Sliver("ai", _holding(structure, _FULL_TIME_CAIO, _FRACTIONAL_CAIO), x, length))
    return Sparkline(px(width), _HEIGHT, tuple(slivers), "By quarter: " + (", then ".join(words) or "not observed"))


def _holding(structure: Structure, full_time: set[Structure], fractional: set[Structure]) -> str:
    if structure in full_time:
        return "full_time"
    return "fractional" if structure in fractional else "vacant"
