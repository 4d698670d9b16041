"""Routes for saved views: a named list or report with its filters, for its maker or for the firm."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import ConfigDict, StringConstraints
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.access import Caller, check_sees_all
from api.commands import ViewerChange, ViewerCommand
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ViewInPath
from api.http.problems import FORBIDDEN, UNKNOWN_VIEW, Problem
from api.queries import ViewerQuery
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Id, Instant, Name
from api.state.audit import Act, audit
from api.state.roles import Role
from api.state.saved_views import SavedView, find_view, list_views, remove_view, store_view

router = APIRouter(prefix="/views", tags=["views"])

PageUrl = Annotated[
    str,
    StringConstraints(
        max_length=4000, pattern=r"^/(clients|compare|reports/[a-z-]{1,40}(/then-and-now)?)(\?[0-9A-Za-z%&=_.~+*:-]*)?$"
    ),
]


class ViewBody(Body):
    """A view to save: the path and query of the client list or of a report."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Ready to split", "url": "/clients?structure=unified_fractional"}]}
    )
    name: Name
    url: PageUrl
    shared: bool = False


class ViewAnswer(Answer):
    """A saved view; `shared` views are visible to the firm, others only to their maker."""

    id: Id
    name: str
    url: str
    shared: bool
    created_by: Id
    created_at: Instant


class ViewsAnswer(Answer):
    """A page of saved views, oldest first."""

    items: list[ViewAnswer]
    next: str | None


@router.post("", status_code=201, response_model=ViewAnswer, summary="Save a view", responses=refuses(403, 409))
def post_view(body: ViewBody, command: ViewerCommand) -> Response:
    """Save a view. Sharing it with the firm requires a recorder with access to all clients."""
    if body.shared:
        check_may_share(command.caller)
    view = SavedView(
        command.context.new_id(), body.name, body.url, body.shared, command.caller.id, command.context.now()
    )

    def keep(connection: Connection) -> Reply:
        store_view(connection, view)
        if view.is_shared:
            audit(connection, command.caller, Act.VIEW_SHARED, view.id, at=view.made_at)
        answer = _answer(view)
        return Reply.of(201, answer, Location=f"/api/v1/views/{view.id}", ETag=etag_of_content(answer))

    return command.change_state(keep)


@router.get("", response_model=ViewsAnswer, operation_id="list_views", summary="List views", responses=TABLES)
def show_views(
    request: Request,
    response: Response,
    query: ViewerQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    file_format: Formatted = Format.JSON,
) -> ViewsAnswer | Response:
    """List the caller's own views and the firm's. Callers limited to some clients see only their own."""
    with query.state() as connection:
        views = list_views(
            connection, query.caller.id, with_shared=query.visible is None, limit=page.limit + 1, after=page.after
        )
    items, cursor = page.cut(views, lambda view: (view.made_at, view.id))
    link_next(request, response, cursor)
    answers = [_answer(view) for view in items]
    if file_format is not Format.JSON:
        return table_of_items(file_format, "views", ViewAnswer, answers, response.headers)
    return ViewsAnswer(items=answers, next=cursor)


@router.get("/{view_id}", summary="Show a view", responses=refuses(404))
def show_view(view_id: ViewInPath, query: ViewerQuery, response: Response) -> ViewAnswer:
    """Return one view."""
    with query.state() as connection:
        answer = _answer(_find(connection, view_id, query.caller))
    response.headers["ETag"] = etag_of_content(answer)
    return answer


@router.delete("/{view_id}", status_code=204, summary="Delete a view", responses=refuses(403, 404, 412))
def delete_view(view_id: ViewInPath, command: ViewerChange) -> Response:
    """Delete a view. Its maker may delete it, and an admin may delete shared ones."""

    def remove(connection: Connection) -> Reply:
        view = _find(connection, view_id, command.caller)
        if not may_delete(command.caller, view):
            raise Problem(FORBIDDEN)
        command.expected.check_tag(etag_of_content(_answer(view)))
        remove_view(connection, view_id)
        if view.is_shared:
            audit(connection, command.caller, Act.VIEW_FORGOTTEN, view_id, at=command.context.now())
        return Reply(204, b"")

    return command.change_state(remove)


def check_may_share(caller: Caller) -> None:
    """Raise `Problem` 403 for callers who may not share views."""
    if not caller.may(Role.RECORDER):
        raise Problem(FORBIDDEN)
    check_sees_all(caller)


def may_delete(caller: Caller, view: SavedView) -> bool:
    """Whether the caller may delete a view that is visible to them."""
    return view.made_by == caller.id or caller.may(Role.ADMIN)


def _find(connection: Connection, view_id: UUID, caller: Caller) -> SavedView:
    view = find_view(connection, view_id, caller.id, with_shared=caller.visible is None)
    if view is None:
        raise Problem(UNKNOWN_VIEW)
    return view


def _answer(view: SavedView) -> ViewAnswer:
    return ViewAnswer(
        id=view.id,
        name=view.name,
        url=view.url,
        shared=view.is_shared,
        created_by=view.made_by,
        created_at=view.made_at,
    )
