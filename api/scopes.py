"""What reports about whole evolutions are asked with: quarters bound them only where they are given."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from api.filters import Portfolio, QuarterText, quarter_named
from api.problems import invalid
from api.reading import At, Reading
from api.report_files import filters_of
from api.shapes.scalars import Answer, Day, Instant
from projections.reports.scope import Scope


class ScopeAnswer(Answer):
    """What a report was asked with; `from` and `to` are null where nothing bounds it, `filters` pick the clients."""

    first: str | None = Field(serialization_alias="from", examples=["2025-Q1"])
    last: str | None = Field(serialization_alias="to", examples=["2026-Q4"])
    as_of: Day
    known_at: Instant
    filters: dict[str, str]


def report_scope(
    read: Reading,
    at: At,
    chosen: Portfolio,
    from_: Annotated[QuarterText, Query(alias="from", description="The first quarter.")] = None,
    to: Annotated[QuarterText, Query(description="The last quarter.")] = None,
) -> Scope:
    """The dependency that reads it."""
    month = read.house.fiscal_year_start_month
    first, last = quarter_named("from", from_, month), quarter_named("to", to, month)
    if first is not None and last is not None and last < first:
        raise invalid(("to", "must not come before `from`"))
    return Scope(at.as_of, first, last, at.known_at, chosen, read.visible, month)


def scope_answer(scope: Scope, known_at: datetime) -> ScopeAnswer:
    """What was asked, of what was known at that instant."""
    return ScopeAnswer(
        first=scope.first.label if scope.first else None,
        last=scope.last.label if scope.last else None,
        as_of=scope.as_of,
        known_at=known_at,
        filters=filters_of(scope),
    )


Scoped = Annotated[Scope, Depends(report_scope)]
