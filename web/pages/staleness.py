"""Whether a page has gone stale: what was recorded since it was painted. The page says so and never moves by itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, Response

from projections.milestones import recent_milestones
from web.charts.render import environment
from web.charts.wording import counted
from web.pages.page_context import Visiting

router = APIRouter(include_in_schema=False)

LOOKED_AT = 50
MOST_POSITION = 2**53


@router.get("/fresh")
def say_what_is_new(
    visit: Visiting,
    after: Annotated[int, Query(ge=0, le=MOST_POSITION)],
    client: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """What was recorded after a position of the log, as a part of a page; nothing (204) when nothing was."""
    if visit.context.log.head() <= after:
        return Response(status_code=204)
    with visit.views() as connection:
        items = recent_milestones(connection, visible=visit.visible, limit=LOOKED_AT).items
    new = [m for m in items if m.position > after and (not client or str(m.client) == client)]
    if not new:
        return Response(status_code=204)
    words = f"{counted(len(new), 'new recording')}" + (" or more" if len(new) == LOOKED_AT else "")
    return HTMLResponse(environment().get_template("pages/fresh.html").render(words=words))
