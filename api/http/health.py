"""Health, readiness and metrics endpoints."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from api.auth.access import Caller, Governor, caller_of, check_may
from api.context import AppContext, AppContextDep
from api.http.metrics import CONTENT_TYPE, Metrics
from api.http.verifications import last_sound_end, last_verification
from api.state.audit import Act, audit
from api.state.damage import DamagedRow
from api.state.roles import Role
from api.state.tables import people
from projections.log import DiskFull, LogFault
from projections.stopped_streams import StoppedStream
from projections.views import ReadModelStatus, ViewsStatus

router = APIRouter(include_in_schema=False)

MOST_LAG = 1000
"""The greatest lag in events at which the application is ready; read models catch up when they are queried."""


@router.get("/healthz")
def healthz() -> dict[str, Any]:
    """Liveness. Names the linked SQLite version, because some versions have known faults."""
    return {"status": "up", "sqlite": sqlite3.sqlite_version}


@router.get("/readyz")
def readyz(request: Request, context: AppContextDep) -> Response:
    """Readiness: the store can be reached and written to, and the read models follow the log.

    Callers without a valid credential get no positions and nothing about events. Admins get the last verification, and
    whose streams stand still, and which stored rows cannot be read. Neither makes the application unready, because all
    others go on.
    """
    try:
        with context.log.engine.connect() as connection:
            connection.execute(select(literal(1)).select_from(people).limit(1))
        head = context.log.head()
        caller = caller_of(request, notes_use=False)
    except (LogFault, SQLAlchemyError):
        return JSONResponse({"status": "not ready", "log": "unreachable"}, 503)
    status = context.views.status()
    fault = None if context.is_read_only else context.log.writing_fault()
    body: dict[str, Any] = {"status": "ready", "writing": {"ready": fault is None, "fault": fault and str(fault)}}
    if not all(_is_ready(model) for model in status.read_models):
        body["status"] = "not ready"
    elif fault is not None:
        body["status"] = "not ready for writing"
    if caller is None:
        body["read_models"] = [{"name": model.name, "ready": _is_ready(model)} for model in status.read_models]
        body["stopped_streams"] = len(status.stopped)
        body["unreadable_rows"] = len(context.state_watch.rows)
    else:
        governs = caller.may(Role.ADMIN) and caller.visible is None
        body |= _positions(head, status)
        body["stopped_streams"] = _stopped_streams(status.stopped, whose=governs)
        body["unreadable_rows"] = _unreadable_rows(context.state_watch.rows, whose=governs)
        if governs:
            body |= _verified(context)
    # a full disk has a status of its own (507); reading must go on meanwhile, so the server stays in rotation
    is_ready = body["status"] == "ready" or (body["status"] != "not ready" and isinstance(fault, DiskFull))
    return JSONResponse(body, 200 if is_ready else 503)


def _is_ready(model: ReadModelStatus) -> bool:
    return model.fault is None and model.position >= 0 and model.lag <= MOST_LAG


def _positions(head: int, status: ViewsStatus) -> dict[str, Any]:
    """How far the read models have come."""
    return {
        "log": {"head": head},
        "read_models": [
            {"name": m.name, "ready": _is_ready(m), "position": m.position, "lag": m.lag, "fault": m.fault}
            for m in status.read_models
        ],
        "rebuilding": None if status.rebuilding is None else dict(zip(("done", "of"), status.rebuilding, strict=True)),
    }


def _verified(context: AppContext) -> dict[str, Any]:
    """The last verification of the log, and the end that the last sound one noted."""
    with context.log.engine.connect() as connection:
        last, sound_end = last_verification(connection), last_sound_end(connection)
    return {
        "verified": None if last is None else {"at": last.at.isoformat(), **last.result.model_dump()},
        "verified_end": None if sound_end is None else str(sound_end),
    }


def _stopped_streams(stopped: Sequence[StoppedStream], *, whose: bool) -> list[dict[str, Any]]:
    """The streams with an event that cannot be read, and `whose` they are."""
    return [
        {"position": one.position, "why": one.why}
        | (
            {
                "stream": str(one.stream),
                "version": one.version,
                "client": None if one.client is None else str(one.client),
            }
            if whose
            else {}
        )
        for one in stopped
    ]


def _unreadable_rows(rows: Sequence[DamagedRow], *, whose: bool) -> list[dict[str, Any]]:
    """The stored rows that cannot be read, and `whose` they are: their keys."""
    return [{"table": row.table, "columns": list(row.columns)} | ({"key": row.key} if whose else {}) for row in rows]


@router.post("/read-models/rebuild")
def rebuild(context: AppContextDep, caller: Governor) -> dict[str, Any]:
    """Rebuild all read models while the current ones stay in use. `/readyz` reports the progress."""
    position = rebuild_read_models(context, caller)
    return {"position": position, "stopped_streams": stopped_sentences(context)}


def stopped_sentences(context: AppContext) -> list[str]:
    """A sentence about each event at which a stream stopped."""
    return [str(stopped.fault) for stopped in context.views.stopped.causes]


def rebuild_read_models(
    context: AppContext, caller: Caller, on_progress: Callable[[int, int], None] = lambda done, of: None
) -> int:
    """Rebuild the read models and return their position. `on_progress` is called with the events done and in total."""
    context.check_writable()
    position = context.views.rebuild(on_progress)
    context.log.write(lambda connection: audit(connection, caller, Act.READ_MODELS_REBUILT, at=context.now()))
    return position


@router.get("/metrics")
def metrics(request: Request, context: AppContextDep) -> Response:
    """Metrics for Prometheus. Requires an admin of all clients unless the operator made them public."""
    if not context.metrics_are_public:
        check_may(caller_of(request), Role.ADMIN, whole=True)
    metrics_of_app: Metrics = request.app.state.metrics
    return Response(metrics_of_app.text(), media_type=CONTENT_TYPE)
