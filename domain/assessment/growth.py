"""Which changes of answers come with growth: the company, its products and its AI work get larger."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from domain.assessment.questions import QUESTIONS

GROWING = (
    "headcount",
    "engineers",
    "products",
    "annual_revenue",
    "funding_stage",
    "senior_leader_budget",
    "ai_spend",
    "ai_people",
    "ai_initiatives",
    "ai_use_cases",
    "ai_in_product",
    "ai_centrality",
    "ai_functions",
    "ai_law_exposure",
    "stakes",
    "stack_complexity",
)
"""The questions whose answers grow with a company; choices are listed in growing order."""

Changed = tuple[str, Any, Any]
"""A question, the value before (None if unknown) and the value after."""


def urgency(changes: Sequence[Changed]) -> tuple[int, int]:
    """The sort key of changes: growth first, then other changes, then any that shrink; few changes before many."""
    sizes = [_direction(*change) for change in changes]
    kind = 2 if -1 in sizes else 0 if all(size == 1 for size in sizes) else 1
    return kind, len(changes)


def _direction(name: str, before: Any, after: Any) -> int:
    """1 if the answer grows, -1 if it shrinks, 0 if it does neither or was unknown."""
    if name not in GROWING or before is None:
        return 0
    was, becomes = _size(name, before), _size(name, after)
    return (becomes > was) - (becomes < was)


def _size(name: str, value: Any) -> int | Decimal:
    if isinstance(value, tuple):
        return len(value)
    if isinstance(value, str):
        return list(QUESTIONS[name].choices).index(value)
    number: int | Decimal = value
    return number
