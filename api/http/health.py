"""Whether the application is up, whether it can do its work, and figures about both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from api.auth.access import Caller, Governor, caller_of, check_may
from api.context import AppContext, AppContextDep
from api.http.metrics import CONTENT_TYPE, Metrics
from api.state.audit import Act, audit
from api.state.roles import Role
from api.state.tables import people
from projections.log import LogFault

router = APIRouter(include_in_schema=False)

MOST_LAG = 1000
"""How many events the read models may be behind and still count as ready: they catch up when they are asked."""


@router.get("/healthz")
def healthz() -> dict[str, Any]:
    """The program answers. Names the SQLite it is linked with, some versions of which have had faults."""
    return {"status": "up", "sqlite": sqlite3.sqlite_version}


@router.get("/readyz")
def readyz(context: AppContextDep) -> Response:
    """The store can be reached, and the read models follow the log."""
    try:
        with context.log.engine.connect() as connection:
            connection.execute(select(people.c.id).limit(1))
        head = context.log.head()
    except (LogFault, SQLAlchemyError):
        return JSONResponse({"status": "not ready", "log": "unreachable"}, 503)
    status = context.views.status()
    models = [{"name": m.name, "position": m.position, "lag": m.lag, "fault": m.fault} for m in status.read_models]
    ready = status.is_ready and all(m.lag <= MOST_LAG for m in status.read_models)
    body = {
        "status": "ready" if ready else "not ready",
        "log": {"head": head},
        "read_models": models,
        "rebuilding": None if status.rebuilding is None else dict(zip(("done", "of"), status.rebuilding, strict=True)),
    }
    return JSONResponse(body, 200 if ready else 503)


@router.post("/read-models/rebuild")
def rebuild(context: AppContextDep, caller: Governor) -> dict[str, int]:
    """Build all read models anew beside those that are being read; `/readyz` tells meanwhile how far that is."""
    return {"position": rebuilt(context, caller)}


def rebuilt(context: AppContext, caller: Caller, said: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Build the read models anew for somebody: the position they are at; `said` is told of events done and to do."""
    position = context.views.rebuild(said)
    context.log.write(lambda connection: audit(connection, caller, Act.READ_MODELS_REBUILT, at=context.now()))
    return position


@router.get("/metrics")
def metrics(request: Request, context: AppContextDep) -> Response:
    """Figures for Prometheus: to an admin of all clients, or to everybody where the operator has said so."""
    if not context.metrics_are_public:
        check_may(caller_of(request), Role.ADMIN, whole=True)
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(), media_type=CONTENT_TYPE)
