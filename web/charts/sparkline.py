"""One client's structures by quarter in a line of text: two lanes in miniature."""

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
    """A stretch of one lane (`technology`, `ai` or `both`), held as `vacant`, `fractional` or `full_time`."""

    lane: str
    held: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The drawing, ready to paint."""

    width: float
    height: float
    slivers: tuple[Sliver, ...]
    summary: str


def lay_out(structures: Sequence[Structure | None], width: float = 120.0) -> Sparkline:
    """The structures of neighbouring quarters, oldest first; null where the client was not observed."""
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
            held = "full_time" if structure is Structure.UNIFIED_FULL_TIME else "fractional"
            slivers.append(Sliver("both", held, x, length))
        else:
            slivers.append(Sliver("technology", _held(structure, _FULL_TIME_CTO, _FRACTIONAL_CTO), x, length))
            slivers.append(Sliver("ai", _held(structure, _FULL_TIME_CAIO, _FRACTIONAL_CAIO), x, length))
    return Sparkline(px(width), _HEIGHT, tuple(slivers), "By quarter: " + (", then ".join(words) or "not observed"))


def _held(structure: Structure, full_time: set[Structure], fractional: set[Structure]) -> str:
    if structure in full_time:
        return "full_time"
    return "fractional" if structure in fractional else "vacant"
