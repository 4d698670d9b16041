"""Saved views: a list or a report as somebody looks at it, under a name, for themselves or for the firm."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import ConfigDict, StringConstraints
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.access import Caller, check_sees_all
from api.commands import Keeping, KeepingChange
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ViewInPath
from api.http.problems import FORBIDDEN, UNKNOWN_VIEW, Problem
from api.queries import Reading
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Id, Instant, Name
from api.state.audit import Act, audit
from api.state.roles import Role
from api.state.saved_views import SavedView, find_view, list_views, remove_view, store_view

router = APIRouter(prefix="/views", tags=["views"])

PageUrl = Annotated[
    str,
    StringConstraints(
        max_length=4000, pattern=r"^/(clients|reports/[a-z-]{1,40}(/then-and-now)?)(\?[0-9A-Za-z%&=_.~+*:-]*)?$"
    ),
]


class ViewBody(Body):
    """A view to be kept: the address of the list of clients or of a report, without its host."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Ready to split", "url": "/clients?structure=unified_fractional"}]}
    )
    name: Name
    url: PageUrl
    shared: bool = False


class ViewAnswer(Answer):
    """A view; `shared` ones are the firm's, the others their maker's own."""

    id: Id
    name: str
    url: str
    shared: bool
    created_by: Id
    created_at: Instant


class ViewsAnswer(Answer):
    """A page of views, oldest first."""

    items: list[ViewAnswer]
    next: str | None


@router.post("", status_code=201, response_model=ViewAnswer, summary="Save a view", responses=refuses(403, 409))
def post_view(body: ViewBody, write: Keeping) -> Response:
    """Keep a view for oneself; to keep it for the firm takes a recorder who sees all clients."""
    if body.shared:
        check_may_share(write.caller)
    view = SavedView(write.context.new_id(), body.name, body.url, body.shared, write.caller.id, write.context.now())

    def keep(connection: Connection) -> Reply:
        store_view(connection, view)
        if view.is_shared:
            audit(connection, write.caller, Act.VIEW_SHARED, view.id, at=view.made_at)
        answer = _answer(view)
        return Reply.of(201, answer, Location=f"/api/v1/views/{view.id}", ETag=etag_of_content(answer))

    return write.change_state(keep)


@router.get("", operation_id="list_views", summary="List views")
def show_views(
    request: Request,
    response: Response,
    read: Reading,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
) -> ViewsAnswer:
    """One's own views and the firm's; whoever is limited to some clients has only their own."""
    with read.kept() as connection:
        found = list_views(
            connection, read.caller.id, with_shared=read.visible is None, limit=page.limit + 1, after=page.after
        )
    items, cursor = page.cut(found, lambda view: (view.made_at, view.id))
    link_next(request, response, cursor)
    return ViewsAnswer(items=[_answer(view) for view in items], next=cursor)


@router.get("/{view_id}", summary="Show a view", responses=refuses(404))
def show_view(view: ViewInPath, read: Reading, response: Response) -> ViewAnswer:
    """One view."""
    with read.kept() as connection:
        answer = _answer(_find(connection, view, read.caller))
    response.headers["ETag"] = etag_of_content(answer)
    return answer


@router.delete("/{view_id}", status_code=204, summary="Forget a view", responses=refuses(403, 404, 412))
def delete_view(view: ViewInPath, write: KeepingChange) -> Response:
    """Forget a view: whoever made it may, and of the firm's an admin."""

    def forget(connection: Connection) -> Reply:
        found = _find(connection, view, write.caller)
        if not may_forget(write.caller, found):
            raise Problem(FORBIDDEN)
        write.expected.check_tag(etag_of_content(_answer(found)))
        remove_view(connection, view)
        if found.is_shared:
            audit(connection, write.caller, Act.VIEW_FORGOTTEN, view, at=write.context.now())
        return Reply(204, b"")

    return write.change_state(forget)


def check_may_share(caller: Caller) -> None:
    """Refuse (403) whoever may not keep a view for the firm."""
    if not caller.may(Role.RECORDER):
        raise Problem(FORBIDDEN)
    check_sees_all(caller)


def may_forget(caller: Caller, view: SavedView) -> bool:
    """Whether somebody may forget a view that they see."""
    return view.made_by == caller.id or caller.may(Role.ADMIN)


def _find(connection: Connection, view: UUID, caller: Caller) -> SavedView:
    found = find_view(connection, view, caller.id, with_shared=caller.visible is None)
    if found is None:
        raise Problem(UNKNOWN_VIEW)
    return found


def _answer(view: SavedView) -> ViewAnswer:
    return ViewAnswer(
        id=view.id,
        name=view.name,
        url=view.url,
        shared=view.is_shared,
        created_by=view.made_by,
        created_at=view.made_at,
    )
