"""What each client contributes to the rows of a report: the base of drill-down and of then-and-now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

ANY: Final = "any"
"""In the name of a row, matches every value in that place."""

Figure: TypeAlias = str | int | Decimal
"""What one client contributes to one row."""

FiguresByClient: TypeAlias = Mapping[UUID, Mapping[str, Figure]]
"""The clients behind a report, and what each contributes to the rows of these names."""

ByClient: TypeAlias = Callable[[Snapshot, ReportQuestion], FiguresByClient]
"""Computes what each client contributes to a report."""


def matches_row(pattern: str, name: str) -> bool:
    """Whether a row's name fits a pattern, in which `any` stands for every value of a part."""
    parts, others = pattern.split("."), name.split(".")
    return len(parts) == len(others) and all(part in (ANY, other) for part, other in zip(parts, others, strict=True))
