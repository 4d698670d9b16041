"""The pages of the reports in the catalog: each is `PAGE` in the file named like its report."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from projections.reports import catalog
from web.pages.reports.page import ReportPage

REPORTS: Mapping[str, ReportPage] = {
    key: import_module(f"web.pages.reports.{report.module}").PAGE for key, report in catalog.REPORTS.items()
}
"""Every report's page by its key, in the order in which they are listed."""
