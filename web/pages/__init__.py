"""Pages, one subject a file. They read by the same questions and send the same commands as the API."""

from __future__ import annotations

from fastapi import APIRouter

from web.charts.render import environment
from web.pages import (
    account,
    assess,
    assessments,
    audit,
    board_report,
    client,
    client_files,
    clients,
    correcting,
    erasing,
    finding,
    firm_settings,
    frameworks,
    freshness,
    keys,
    log_milestone,
    milestones,
    overview,
    palette,
    people,
    registering,
    retracting,
    saved_views,
    settings,
    share_links,
    shared,
    sign_in,
    single_sign_on,
    users,
)
from web.pages.addresses import address
from web.pages.errors import error_page
from web.pages.navigation import navigation
from web.pages.reports import routes as report_routes
from web.pages.reports import then_and_now

ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    single_sign_on.router,
    overview.router,
    registering.router,
    retracting.router,
    clients.router,
    client_files.router,
    assess.router,
    client.router,
    log_milestone.router,
    correcting.router,
    assessments.router,
    milestones.router,
    finding.router,
    people.router,
    erasing.router,
    frameworks.router,
    board_report.router,
    report_routes.router,
    then_and_now.router,
    saved_views.router,
    settings.router,
    firm_settings.router,
    account.router,
    users.router,
    keys.router,
    share_links.router,
    audit.router,
    shared.router,
    palette.router,
    freshness.router,
)
"""Every page, the narrower addresses before the wider ones."""

environment().globals.update(address=address, navigation=navigation())

__all__ = ["ROUTERS", "error_page"]
