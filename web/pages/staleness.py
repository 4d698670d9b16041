"""Tells an open page how many milestones were recorded since it was rendered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, Response

from projections.milestones import recent_milestones
from web.charts.render import environment
from web.charts.wording import counted
from web.pages.page_context import ViewerPage

router = APIRouter(include_in_schema=False)

MAX_COUNTED = 50
MAX_POSITION = 2**53


@router.get("/fresh")
def count_new_milestones(
    page: ViewerPage,
    after: Annotated[int, Query(ge=0, le=MAX_POSITION)],
    client: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """A notice with the number of milestones recorded after a log position; 204 without any."""
    if page.context.log.head() <= after:
        return Response(status_code=204)
    with page.snapshot() as snapshot:
        items = recent_milestones(snapshot, visible=page.visible, limit=MAX_COUNTED).items
    new = [m for m in items if m.position > after and (not client or str(m.client) == client)]
    if not new:
        return Response(status_code=204)
    words = f"{counted(len(new), 'new recording')}" + (" or more" if len(new) == MAX_COUNTED else "")
    return HTMLResponse(environment().get_template("pages/fresh.html").render(words=words))
