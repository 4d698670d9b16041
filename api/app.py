"""The API as a whole: its routes, in the order in which they are asked."""

from __future__ import annotations

from fastapi import FastAPI

from api import (
    assessments,
    audit,
    board,
    clients,
    engagements,
    events,
    firm_settings,
    held,
    keys,
    manual,
    me,
    milestone_fast_path,
    milestones,
    people,
    saved_views,
    share_links,
    timelines,
    users,
)
from api.imports import routes as imports
from api.prefix import PREFIX
from api.reports import routes as reports

ROOMS = (
    # Rooms are asked for a path one after the other: first the one that most writes go to.
    milestone_fast_path,
    milestones,
    people,
    held,
    clients,
    engagements,
    timelines,
    assessments,
    reports,
    saved_views,
    board,
    events,
    imports,
    keys,
    users,
    me,
    share_links,
    firm_settings,
    audit,
    manual,
)


def add_api(app: FastAPI) -> None:
    """Mount every route of the API under its prefix."""
    for room in ROOMS:
        app.include_router(room.router, prefix=PREFIX)
