"""The reports that have a page. A report is one file in this folder and one line here.

Its file says what it asks (`Report`): a question, a title, and a function from the caught-up views and the parameters
to a `Shown`: the chart as markup, its layout for files, and its table.
"""

from __future__ import annotations

from collections.abc import Mapping

from web.pages.reports import capacity, drift, mix, paths, plan, quarter_grid, revenue, time_to, transitions
from web.pages.reports.report import Report

REPORTS: Mapping[str, Report] = {
    report.key: report
    for report in (
        mix.REPORT,
        quarter_grid.REPORT,
        transitions.REPORT,
        paths.REPORT,
        time_to.REPORT,
        drift.REPORT,
        revenue.REPORT,
        capacity.REPORT,
        plan.REPORT,
    )
}
"""Every report by its key, in the order in which they are listed."""
