"""The API as a whole: its routes, for the composition root to mount."""

from __future__ import annotations

from fastapi import APIRouter

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

PREFIX = "/api/v1"
ROOMS = (
    people,
    held,
    clients,
    engagements,
    milestones,
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


def api_router() -> APIRouter:
    """Every route of the API under its prefix."""
    router = APIRouter(prefix=PREFIX)
    for room in ROOMS:
        router.include_router(room.router)
    return router
