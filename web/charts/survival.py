"""Time-to-event charts: Kaplan-Meier curves with confidence bands, censored clients, and numbers at risk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from projections.survival import Median, Step, Survival
from web.bidi import isolate
from web.charts.axis import AxisLabel
from web.charts.colors import GROUPS
from web.charts.measure import px, shorten
from web.charts.wording import counted

DAYS_A_QUARTER = 91.3125
NOT_REACHED = "not reached"
_LEFT, _RIGHT, _TOP = 226.0, 14.0, 12.0
_PLOT = 230.0
_ROW = 34.0
_TICKS_AT_MOST = 9
_DROP = 8.0
"""The least height of a step that is drawn, in pixels."""

_MOST_TICKS, _APART = 24, 40.0
"""Of more ticks than that, those closer together, in pixels, are drawn as one."""

_Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A link to a group's clients, and their number; without an address there is no link."""

    href: str
    clients: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A group: its step line, band, ticks for censored clients, median, and row of numbers at risk.

    `group` is its index, which determines colour and dash.
    """

    group: int
    name: str
    short: str
    line: str
    band: str
    left_early: tuple[tuple[float, float, str], ...]
    median: tuple[float, float] | None
    median_label: str
    at_risk: tuple[tuple[float, int], ...]
    row_y: float
    title: str
    is_small: bool
    href: str | None


@dataclass(frozen=True, slots=True)
class SurvivalChart:
    """The laid-out chart, and its input."""

    width: float
    height: float
    left: float
    right: float
    top: float
    floor: float
    half: float
    risk_y: float
    curves: tuple[Curve, ...]
    grid: tuple[AxisLabel, ...]
    ticks: tuple[AxisLabel, ...]
    what: str
    p_words: str
    survival: Survival = field(repr=False)

    @property
    def summary(self) -> str:
        """The chart in words."""
        parts = "; ".join(curve.title for curve in self.curves) or "no engagements"
        return f"Share of engagements without the event, by quarters since the start. {parts}."


def lay_out(
    survival: Survival, what: str, width: float = 560.0, group_links: Mapping[str, GroupLink] | None = None
) -> SurvivalChart:
    """Lay out the curves of all groups, in the order of the medians; `what` names the event (`the split`).

    `group_links` link a group's name to its clients.
    """
    names = [median.group for median in survival.medians]
    steps = {name: [step for step in survival.steps if step.group == name] for name in names}
    longest = max((step.days for step in survival.steps), default=0)
    step, last = quarter_ticks(longest / DAYS_A_QUARTER)
    floor = _TOP + _PLOT
    plot = width - _LEFT - _RIGHT

    def x(days: float) -> float:
        return px(_LEFT + plot * days / (last * DAYS_A_QUARTER))

    def y(share: float) -> float:
        return px(floor - _PLOT * share)

    quarters = range(0, last + 1, step)
    curves = []
    for place, median in enumerate(survival.medians):
        mine = steps[median.group]
        drawn = _distinct(mine, y)
        row = floor + 62 + _ROW * place
        group_link = (group_links or {}).get(median.group)
        of = f" of {counted(group_link.clients, 'client')}" if group_link else ""
        curves.append(
            Curve(
                group=place % GROUPS,
                name=median.group,
                short=shorten(median.group, _LEFT - 50, 11.5, 600),
                line=_line([(s.days, s.survival) for s in drawn], x, y),
                band=_band(drawn, lambda days: round(x(days)), lambda share: round(y(share))),
                left_early=tuple(_left_early(mine, x, y)),
                median=(x(median.days), y(0.5)) if median.days is not None else None,
                median_label=median_label(median),
                at_risk=tuple((x(q * DAYS_A_QUARTER), _at_risk(mine, q * DAYS_A_QUARTER)) for q in quarters),
                row_y=px(row),
                title=f"{isolate(median.group)}: {median_words(median)}, "
                f"{median.events} of {counted(median.subjects, 'engagement')}{of}",
                is_small=median.small,
                href=group_link.href if group_link else None,
            )
        )
    return SurvivalChart(
        width=px(width),
        height=px(floor + 62 + _ROW * max(1, len(curves)) - 6),
        left=_LEFT,
        right=px(width - _RIGHT),
        top=_TOP,
        floor=px(floor),
        half=y(0.5),
        risk_y=px(floor + 44),
        curves=tuple(curves),
        grid=tuple(AxisLabel(y(share / 100), f"{share}%") for share in (0, 25, 50, 75, 100)),
        ticks=tuple(AxisLabel(x(q * DAYS_A_QUARTER), str(q)) for q in quarters),
        what=what,
        p_words=p_words(survival.log_rank.p_value) if survival.log_rank else "",
        survival=survival,
    )


def p_words(value: float) -> str:
    """A p-value without trailing zeros: `p = 0.0123`."""
    return f"p = {value:.4f}" if value >= 0.0001 else "p < 0.0001"


def in_quarters(days: float) -> str:
    """Days as quarters of a year, to one decimal: `4.4`."""
    return f"{days / DAYS_A_QUARTER:.1f}"


def median_words(median: Median) -> str:
    """`median 4.4 quarters, 95% CI 3.1 to 6.0`; a median that is not reached may have a lower bound."""
    days = NOT_REACHED if median.days is None else f"{in_quarters(median.days)} quarters"
    interval = interval_words(median)
    return f"median {days}, {interval}" if interval else f"median {days}"


def median_label(median: Median) -> str:
    """The median for a chart whose axis names the unit: `median 4.4 (3.1 to not reached)`."""
    days = NOT_REACHED if median.days is None else in_quarters(median.days)
    bounds = bounds_words(median)
    return f"median {days} ({bounds})" if bounds and median.days is not None else f"median {days}"


def interval_words(median: Median) -> str:
    """`95% CI 4.7 to not reached`, in quarters; empty if neither bound is defined."""
    bounds = bounds_words(median)
    return f"95% CI {bounds}" if bounds else ""


def bounds_words(median: Median, unit: Callable[[int], str] = in_quarters) -> str:
    """`4.7 to not reached`, in quarters or another `unit`; empty if neither bound is defined."""
    if median.lower is None and median.upper is None:
        return ""
    low, high = (NOT_REACHED if day is None else unit(day) for day in (median.lower, median.upper))
    return f"{low} to {high}"


def band_words(step: Step) -> str:
    """The 95% band of a step, `61.9 to 95.2%`; empty if undefined."""
    if step.lower is None or step.upper is None:
        return ""
    return f"{100 * step.lower:.1f} to {100 * step.upper:.1f}%"


def quarter_ticks(quarters: float) -> tuple[int, int]:
    """The tick step in quarters (whole years if possible), and the last tick."""
    step = next(step for step in (1, 2, 4, 8, 12, 20, 40, 80, 200, 1000) if quarters <= step * (_TICKS_AT_MOST - 1))
    return step, max(step, -int(-quarters // step) * step)


def _distinct(steps: Sequence[Step], y: _Scale) -> Sequence[Step]:
    """The steps that a drawing shows as different, and the last one."""
    distinct: list[Step] = []
    last = y(1)
    for step in steps:
        if step is steps[-1] or y(step.survival) - last >= _DROP:
            distinct.append(step)
            last = y(step.survival)
    return distinct


def _left_early(steps: Sequence[Step], x: _Scale, y: _Scale) -> Iterator[tuple[float, float, str]]:
    """The ticks of engagements that were observed only so far; those at nearly the same place are one tick."""
    ticks: list[list[Step]] = []
    censored_steps = [step for step in steps if step.censored]
    apart = _APART if len(censored_steps) > _MOST_TICKS else 0.0
    for step in censored_steps:
        if ticks and x(step.days) - x(ticks[-1][0].days) < apart:
            ticks[-1].append(step)
        else:
            ticks.append([step])
    for tick in ticks:
        first, last = tick[0], tick[-1]
        days = counted(last.days, "day") if first is last else f"{first.days} to {counted(last.days, 'day')}"
        censored = counted(sum(step.censored for step in tick), "engagement")
        yield x(first.days), y(first.survival), f"{censored} seen for {days}"


def _line(points: Sequence[tuple[int, float]], x: _Scale, y: _Scale) -> str:
    path = f"M{x(0)},{y(1)}"
    for days, share in points:
        path += f"H{x(days)}V{y(share)}"
    return path


def _band(steps: Sequence[Step], x: _Scale, y: _Scale) -> str:
    """The band where it is defined: it ends where the curve reaches 0."""
    bounds = [(s.days, s.lower, s.upper) for s in steps if s.lower is not None and s.upper is not None]
    if not bounds:
        return ""
    upper = _line([(days, high) for days, _, high in bounds], x, y) + f"H{x(steps[-1].days)}"
    back = f"V{y(bounds[-1][1])}"
    lows = [1.0, *(low for _, low, _ in bounds[:-1])]
    for (days, _, _), before in zip(reversed(bounds), reversed(lows), strict=True):
        back += f"H{x(days)}V{y(before)}"
    return upper + back + f"H{x(0)}Z"


def _at_risk(steps: Sequence[Step], days: float) -> int:
    return next((step.at_risk for step in steps if step.days >= days), 0)
