"""The two roles in balance at a client, quarter by quarter, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.seats import BOTH, Function
from projections.reports.hats import HatQuarter, QuarterBalance
from web.charts.wording import FUNCTIONS
from web.formatting import number_text


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One role in one quarter; `share` is its percentage of the hours worked by both, null without hours."""

    quarter: str
    role: str
    function: Function
    agreed: str
    worked: str
    expected: str
    decisions: int
    deliverables: int
    share: int | None


def balance_lines(quarters: Iterable[QuarterBalance]) -> list[BalanceLine]:
    """Two lines a quarter, the newest quarter first."""
    return [
        _line(quarter, function)
        for quarter in reversed(tuple(quarters))
        for function in BOTH
        if quarter.hats[function].is_held or _has_activity(quarter.hats[function])
    ]


def _has_activity(hat: HatQuarter) -> bool:
    return bool(hat.activity.hours or hat.activity.decisions or hat.activity.deliverables)


def _line(quarter: QuarterBalance, function: Function) -> BalanceLine:
    hat = quarter.hats[function]
    total = sum((quarter.hats[one].activity.hours for one in BOTH), Decimal(0))
    expected = f"{number_text(hat.expected.least)} to {number_text(hat.expected.most)}" if hat.expected else ""
    return BalanceLine(
        quarter=quarter.quarter.label,
        role=FUNCTIONS[function],
        function=function,
        agreed=number_text(hat.agreed) if hat.agreed is not None else "",
        worked=number_text(hat.activity.hours),
        expected=expected,
        decisions=hat.activity.decisions,
        deliverables=hat.activity.deliverables,
        share=round(hat.activity.hours * 100 / total) if total else None,
    )
