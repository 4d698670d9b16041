"""JSON endpoints that search people and clients while a name is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from domain.errors import UnknownClient
from projections.timelines import timeline_of
from web.components import Choice
from web.pages.clients.picker_fields import clients_matching, described_clients
from web.pages.page_context import PageContext, ViewerPage
from web.pages.people.picker_fields import described, people_by_id, people_matching
from web.pages.picker import MAX_MATCHES
from web.pages.time_params import At

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Query(max_length=200)]


@router.get("/people.json")
def find_people(page: ViewerPage, at: At, q: Text = "", client: Text = "", add: Text = "") -> Response:
    """The people that match a text, the best first; without a text, the client's latest seat holders."""
    text = q.strip()
    people = _of_client(page, at, client) if client and not text else ()
    if people:
        return _answer(people, False, False)
    matching, more = people_matching(page, text)
    return _answer(described(page, matching), more, page.may_record and add != "no")


@router.get("/clients.json")
def find_clients(page: ViewerPage, q: Text = "") -> Response:
    """The clients that match a text, the best first."""
    clients, more = clients_matching(page, q.strip())
    return _answer(described_clients(clients), more, False)


def _of_client(page: PageContext, at: At, client: str) -> tuple[Choice, ...]:
    with page.snapshot() as snapshot:
        try:
            row = page.queries.client(snapshot, client, at.moment)
        except UnknownClient:
            return ()
        spans = timeline_of(snapshot, row.id, as_of=at.today).seat_spans
    holders = [span.terms.holder for span in sorted(spans, key=lambda span: span.start, reverse=True)]
    leads = [row.practice_lead] if row.practice_lead else []
    return described(page, people_by_id(page, list(dict.fromkeys([*holders, *leads]))[:MAX_MATCHES]))


def _answer(choices: Sequence[Choice], more: bool, may_add: bool) -> Response:
    items = [{"value": choice.value, "label": choice.label, "about": choice.hint} for choice in choices]
    return JSONResponse({"items": items, "more": more, "may_add": may_add})
