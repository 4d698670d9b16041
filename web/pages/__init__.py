"""Pages. They run the same queries and commands as the API."""

from __future__ import annotations

from fastapi import APIRouter

from web.charts.render import environment
from web.pages import live, overview, palette, picker_search, presenter, responsibilities
from web.pages.assess import assess, frameworks, recorded
from web.pages.auth import sign_in, single_sign_on
from web.pages.clients import client, client_list, compare, files, register, retract, shared, shared_live, view_counts
from web.pages.errors import error_page
from web.pages.imports import files as import_files
from web.pages.imports import made as imports_made
from web.pages.imports import runs as import_runs
from web.pages.milestones import correct, log, milestone_list
from web.pages.navigation import navigation
from web.pages.people import erase, people, tenures
from web.pages.reports import board_report, then_and_now
from web.pages.reports import routes as report_routes
from web.pages.settings import (
    account,
    appearance,
    audit,
    calendar_links,
    firm,
    keys,
    logo,
    saved_views,
    share_links,
    users,
    webhooks,
)
from web.pages.settings import signs as sign_settings
from web.pages.signs import signs
from web.pages.urls import address

ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    single_sign_on.router,
    overview.router,
    register.router,
    retract.router,
    client_list.router,
    view_counts.router,
    compare.router,
    responsibilities.router,
    files.router,
    assess.router,
    client.router,
    log.router,
    correct.router,
    recorded.router,
    milestone_list.router,
    picker_search.router,
    people.router,
    tenures.router,
    erase.router,
    frameworks.router,
    signs.router,
    board_report.router,
    report_routes.router,
    then_and_now.router,
    saved_views.router,
    appearance.router,
    firm.router,
    presenter.router,
    logo.router,
    sign_settings.router,
    account.router,
    users.router,
    keys.router,
    share_links.router,
    calendar_links.router,
    webhooks.router,
    import_files.router,
    import_runs.router,
    imports_made.router,
    audit.router,
    shared.router,
    shared_live.router,
    palette.router,
    live.router,
)
"""Every page, the narrower addresses before the wider ones."""

environment().globals.update(address=address, navigation=navigation())

__all__ = ["ROUTERS", "error_page"]
