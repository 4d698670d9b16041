"""Registers all routers of the API."""

from __future__ import annotations

from fastapi import FastAPI

from api import (
    assessment_report,
    assessments,
    audit,
    board,
    calendar_feed,
    calendar_links,
    clients,
    engagements,
    events,
    exports,
    firm_settings,
    milestone_fast_path,
    milestones,
    saved_views,
    share_links,
    sign_settings,
    signs,
    timelines,
)
from api.auth import keys, me, users
from api.http import api_docs
from api.http.prefix import PREFIX
from api.imports import routes as imports
from api.people import personal_data
from api.people import routes as people
from api.reports import routes as reports
from api.webhooks import delivery_routes as webhook_deliveries
from api.webhooks import routes as webhooks

ROUTERS = (
    # Routers are matched in this order, so the one with the most writes comes first.
    milestone_fast_path,
    milestones,
    people,
    personal_data,
    clients,
    engagements,
    timelines,
    assessments,
    assessment_report,
    reports,
    saved_views,
    board,
    events,
    exports,
    webhooks,
    webhook_deliveries,
    imports,
    keys,
    users,
    me,
    share_links,
    calendar_links,
    calendar_feed,
    firm_settings,
    sign_settings,
    signs,
    audit,
    api_docs,
)


def add_api(app: FastAPI) -> None:
    """Register all routers under the API prefix."""
    for module in ROUTERS:
        app.include_router(module.router, prefix=PREFIX)
