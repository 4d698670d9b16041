"""Survival analysis of times to an event, some of them censored.

Kaplan-Meier curves with Greenwood's variance and log-log 95% confidence bands, medians read off curve and band, and the
log-rank test between groups. Lifetimes are whole days. A subject censored on a day is at risk for that day's events.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, NamedTuple, TypeAlias

SMALL_BELOW: Final = 10

_Z: Final = NormalDist().inv_cdf(0.975)
_ROUNDING: Final = 1e-10


class Lifetime(NamedTuple):
    """One subject: the days of observation, and whether they ended with the event (`happened`) or were censored."""

    days: int
    happened: bool


Lifetimes: TypeAlias = Sequence[tuple[int, bool]] | Counter[tuple[int, bool]]
"""The lifetimes of a group: a sequence, or the count of each."""


@dataclass(frozen=True, slots=True)
class Step:
    """One day on a group's curve: subjects at risk before it, events and censorings on it, and `survival` after it.

    `survival` is the share without the event, `lower` and `upper` its 95% confidence band, null where the curve is 0
    because the variance is undefined there.
    """

    group: str
    days: int
    at_risk: int
    events: int
    censored: int
    survival: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Median:
    """The median of a group in days, and the 95% confidence limits where the band crosses one half.

    Each is null when it is not reached or the band is undefined. `small` marks a group of too few subjects.
    """

    group: str
    days: int | None
    lower: int | None
    upper: int | None
    subjects: int
    events: int
    small: bool


@dataclass(frozen=True, slots=True)
class LogRank:
    """The log-rank test that all groups have the same curve: `chi2` with `df` degrees of freedom, and its p-value."""

    chi2: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Survival:
    """The curves of all groups, their medians in the same order, and the test between the groups."""

    steps: tuple[Step, ...]
    medians: tuple[Median, ...]
    log_rank: LogRank | None


def survival_of(groups: Mapping[str, Lifetimes], *, small_below: int = SMALL_BELOW) -> Survival:
    """Summarize the lifetimes of each group, in the order of the mapping.

    A group without subjects has no steps and a null median. Raises `ValueError` for a negative number of days.
    """
    curves = {group: curve_of(group, lifetimes) for group, lifetimes in groups.items()}
    return Survival(
        steps=tuple(step for steps in curves.values() for step in steps),
        medians=tuple(median_of(group, steps, small_below=small_below) for group, steps in curves.items()),
        log_rank=log_rank_of(groups),
    )


def curve_of(group: str, lifetimes: Lifetimes) -> tuple[Step, ...]:
    """The Kaplan-Meier curve of one group: a step at day 0 and at every day on which a lifetime ends.

    Before the first event Greenwood's variance is 0, and the band equals the curve. Where the curve is 0, it is
    undefined and there is no band, as in R's `survfit(conf.type = "log-log")`. Raises `ValueError` for negative days.
    """
    ends = _counted(lifetimes)
    at_risk = ends.total()
    if not at_risk:
        return ()
    steps = []
    survival, log_survival, variance = 1.0, 0.0, 0.0
    for days in sorted({0} | {days for days, _ in ends}):
        if days < 0:
            raise ValueError(f"a lifetime cannot be negative: {days} days")
        events, censored = ends[days, True], ends[days, False]
        left = at_risk - events
        if left and events:
            survival *= left / at_risk
            log_survival += math.log1p(-events / at_risk)
            variance += events / (at_risk * left)
        elif events:
            survival = 0.0
        lower, upper = (None, None) if survival == 0.0 else (survival, survival)
        if 0.0 < survival < 1.0:
            spread = math.exp(_Z * math.sqrt(variance) / -log_survival)
            lower, upper = math.exp(log_survival * spread), math.exp(log_survival / spread)
        steps.append(Step(group, days, at_risk, events, censored, survival, lower, upper))
        at_risk = left - censored
    return tuple(steps)


def median_of(group: str, steps: Sequence[Step], *, small_below: int = SMALL_BELOW) -> Median:
    """The median of one group's curve; `small` when the group has fewer than `small_below` subjects."""
    subjects = steps[0].at_risk if steps else 0
    return Median(
        group=group,
        days=_first_day_at_half((step.days, step.survival) for step in steps),
        lower=_first_day_at_half((step.days, step.lower) for step in steps),
        upper=_first_day_at_half((step.days, step.upper) for step in steps),
        subjects=subjects,
        events=sum(step.events for step in steps),
        small=subjects < small_below,
    )


def log_rank_of(groups: Mapping[str, Lifetimes]) -> LogRank | None:
    """The log-rank test between all groups.

    Groups without subjects at risk on the day of the first event are left out and cost no degree of freedom. Null when
    fewer than two groups remain, or when the event happened to everyone at risk on the same day. The cost grows with
    the number of days with events times the square of the number of groups.
    """
    endings = [_counted(lifetimes) for lifetimes in groups.values()]
    event_days = sorted({days for ends in endings for days, happened in ends if happened})
    if not event_days:
        return None
    endings = [ends for ends in endings if any(days >= event_days[0] for days, _ in ends)]
    size = len(endings) - 1
    at_risk_by_group = [_at_risk_on(event_days, ends) for ends in endings]
    excess = [0.0] * size
    covariance = [[0.0] * size for _ in range(size)]
    for index, day in enumerate(event_days):
        at_risk = [counts[index] for counts in at_risk_by_group]
        happened = [ends[day, True] for ends in endings]
        everyone, events = sum(at_risk), sum(happened)
        scale = events * (everyone - events) / (everyone - 1) if everyone > 1 else 0.0
        shares = [count / everyone for count in at_risk]
        for row in range(size):
            excess[row] += happened[row] - events * shares[row]
            for column in range(size):
                covariance[row][column] += scale * shares[row] * ((row == column) - shares[column])
    # every group has a subject at risk on the first of these days, so the matrix is zero or positive definite
    if not size or not covariance[0][0] > 0.0:
        return None
    solution = _solve(covariance, excess)
    chi2 = max(0.0, sum(left * right for left, right in zip(excess, solution, strict=True)))
    return LogRank(chi2, size, chi2_tail(chi2, size))


def chi2_tail(chi2: float, df: int) -> float:
    """The probability that a chi-squared variable with `df` degrees of freedom exceeds `chi2`.

    The regularised upper incomplete gamma function Q(df/2, chi2/2), by Q(a + 1, x) = Q(a, x) + x^a e^-x / gamma(a + 1)
    from Q(1, x) = e^-x or Q(1/2, x) = erfc(sqrt x): a sum of positive terms.
    """
    half = chi2 / 2
    if half <= 0.0:
        return 1.0
    order, tail = (0.5, math.erfc(math.sqrt(half))) if df % 2 else (1.0, math.exp(-half))
    while order < df / 2:
        tail += math.exp(order * math.log(half) - half - math.lgamma(order + 1))
        order += 1
    return min(1.0, tail)


def _counted(lifetimes: Lifetimes) -> Counter[tuple[int, bool]]:
    if isinstance(lifetimes, Counter):
        return lifetimes
    return Counter((days, bool(happened)) for days, happened in lifetimes)


def _first_day_at_half(points: Iterable[tuple[int, float | None]]) -> int | None:
    """The first day with a share of at most one half, allowing for rounding of a share that is exactly one half."""
    return next((days for days, share in points if share is not None and share <= 0.5 + _ROUNDING), None)


def _at_risk_on(event_days: Sequence[int], ends: Counter[tuple[int, bool]]) -> list[int]:
    """The subjects of one group at risk on each of some ascending days."""
    leaving = sorted(ends.items(), reverse=True)
    left = ends.total()
    counts = []
    for day in event_days:
        while leaving and leaving[-1][0][0] < day:
            left -= leaving.pop()[1]
        counts.append(left)
    return counts


def _solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """Solve linear equations by elimination, without pivoting: the matrix is positive definite."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for pivot in range(len(rows)):
        for index in range(pivot + 1, len(rows)):
            factor = rows[index][pivot] / rows[pivot][pivot]
            rows[index] = [value - factor * above for value, above in zip(rows[index], rows[pivot], strict=True)]
    solution = [0.0] * len(rows)
    for index in reversed(range(len(rows))):
        solved = sum(rows[index][column] * solution[column] for column in range(index + 1, len(rows)))
        solution[index] = (rows[index][-1] - solved) / rows[index][index]
    return solution
