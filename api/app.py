"""The API as a whole: its routes, in the order in which they are asked."""

from __future__ import annotations

from fastapi import FastAPI

from api import (
    assessments,
    audit,
    board,
    clients,
    drift,
    engagements,
    events,
    held,
    keys,
    manual,
    me,
    milestones,
    people,
    reports,
    reports_evolution,
    reports_then_and_now,
    reports_work,
    saved_views,
    share_links,
    timelines,
    users,
)
from api.imports import routes as imports
from api.prefix import PREFIX

ROOMS = (
    # Rooms are asked for a path one after the other: first the one that most writes go to.
    milestones,
    people,
    held,
    clients,
    engagements,
    timelines,
    assessments,
    reports,
    reports_evolution,
    reports_work,
    reports_then_and_now,
    drift,
    saved_views,
    board,
    events,
    imports,
    keys,
    users,
    me,
    share_links,
    audit,
    manual,
)


def add_api(app: FastAPI) -> None:
    """Mount every route of the API under its prefix."""
    for room in ROOMS:
        app.include_router(room.router, prefix=PREFIX)
