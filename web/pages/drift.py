"""The clients in drift, for pages other than the drift report."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from projections.reports.drift import DriftReport, drift_report
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot
from web.pages.page_context import PageContext
from web.pages.time_params import Times


def drift_of(
    snapshot: Snapshot, page: PageContext, at: Times, *, among: Collection[UUID] | None = None, limit: int | None = None
) -> DriftReport:
    """The clients in drift that the caller may see, optionally only those in `among`, and the first `limit` rows."""
    visible = page.visible if among is None else frozenset(among)
    month = page.context.fiscal_year_start_month
    question = ReportQuestion(None, None, at.as_of, at.known_at, visible=visible, fiscal_year_start_month=month)
    return drift_report(snapshot, question.bounded(), limit=limit)
