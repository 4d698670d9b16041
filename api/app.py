"""The API as a whole: its routes, for the composition root to mount."""

from __future__ import annotations

from fastapi import APIRouter

from api import (
    assessments,
    board,
    clients,
    drift,
    engagements,
    events,
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
    timelines,
    users,
)
from api.imports import routes as imports

PREFIX = "/api/v1"
ROOMS = (
    people,
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
    manual,
)


def api_router() -> APIRouter:
    """Every route of the API under its prefix."""
    router = APIRouter(prefix=PREFIX)
    for room in ROOMS:
        router.include_router(room.router)
    return router
