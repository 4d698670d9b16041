"""Retracting a whole engagement or a client that was opened or registered by mistake, with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.clients import retract_client
from api.engagements import retract_engagement
from api.http.problems import Problem
from api.schemas.clients import WholeRetractionBody
from projections.clients import ClientRow
from projections.engagements import engagements_of
from web.bidi import isolate
from web.components import Link
from web.form_fields import FormField, Typed
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, response_body, validated, writer_of
from web.pages.page_context import Form, PageContext, RecorderPage
from web.pages.time_params import At
from web.pages.urls import client_address

router = APIRouter(include_in_schema=False)

Undo = Annotated[str, Query(max_length=10)]
_REASON = FormField("reason", "Reason", required=True, long=True, options={"maxlength": "2000"})
_ENGAGEMENT = (
    "The engagement and all its milestones are no longer counted. What was known before stays "
    "answerable, and the client is free for another engagement on those days. This can't be undone: "
    "to bring the engagement back, record it again."
)
_CLIENT = (
    "The client no longer appears in any list, report or search. What was known before "
    "stays answerable. This can't be undone: to bring the client back, register it again. "
    "Its short name stays taken, so the new one gets another."
)


@router.get("/engagements/{engagement}/retract")
def show_engagement_retraction(engagement: UUID, page: RecorderPage, at: At, undo: Undo = "") -> Response:
    """The form that retracts an engagement; it explains the effect and asks for a reason."""
    return _engagement_page(page, at, engagement, _reason("Opened by mistake", undo))


@router.post("/engagements/{engagement}/retract")
def retract_whole_engagement(engagement: UUID, page: RecorderPage, at: At, typed: Form) -> Response:
    """Retract the engagement, or show the form again with the errors."""
    client = _client_of(page, at, engagement)[0]

    def record(body: WholeRetractionBody) -> Response:
        position = response_body(retract_engagement(engagement, body, writer_of(page, typed)))["position"]
        return page.redirect(client_address(client.slug), Flash("engagement-retracted", position))

    return _record(
        typed,
        record,
        lambda status, error, problem: _engagement_page(page, at, engagement, typed, status, error, problem),
    )


@router.get("/clients/{client}/retract")
def show_client_retraction(client: str, page: RecorderPage, at: At, undo: Undo = "") -> Response:
    """The form that retracts a client; it explains the effect and asks for a reason."""
    return _client_page(page, at, client, _reason("Registered by mistake", undo))


@router.post("/clients/{client}/retract")
def retract_whole_client(client: str, page: RecorderPage, at: At, typed: Form) -> Response:
    """Retract the client, or show the form again with the errors."""

    def record(body: WholeRetractionBody) -> Response:
        position = response_body(retract_client(client, body, writer_of(page, typed)))["position"]
        return page.redirect("/clients", Flash("client-retracted", position))

    return _record(
        typed, record, lambda status, error, problem: _client_page(page, at, client, typed, status, error, problem)
    )


def _reason(words: str, undo: str) -> Typed:
    """The form as its address asks: with these words as the reason if it undoes what was just recorded."""
    return Typed(((_REASON.name, words),) if undo else ())


def _record(
    typed: Typed,
    record: Callable[[WholeRetractionBody], Response],
    again: Callable[[int, str, Problem | None], Response],
) -> Response:
    reason = typed.text("reason").strip()
    if not reason:
        return again(422, "Enter a reason.", None)
    try:
        return record(validated(WholeRetractionBody, {"reason": reason[:2000]}))
    except Problem as problem:
        if problem.status_code not in (409, 412, 422):
            raise
        error = errors_of(problem).get("reason", "")
        return again(problem.status_code, error, None if error else problem)


def _client_of(page: PageContext, at: At, engagement: UUID) -> tuple[ClientRow, str, int]:
    """The client of an engagement, and the engagement's name and version. Raises `UnknownEngagement`."""
    with page.snapshot() as snapshot:
        row = page.queries.engagement(snapshot, engagement, at.moment)
        return page.queries.client(snapshot, str(row.client), at.moment), row.name, row.version


def _engagement_page(
    page: PageContext,
    at: At,
    engagement: UUID,
    typed: Typed,
    status: int = 200,
    error: str = "",
    problem: Problem | None = None,
) -> Response:
    client, name, version = _client_of(page, at, engagement)
    return _page(
        page,
        client,
        "Retract an engagement",
        f"{isolate(client.name)}, {isolate(name)}",
        _ENGAGEMENT,
        (f"/engagements/{engagement}/retract", "Retract engagement", version),
        typed,
        (status, error, problem),
    )


def _client_page(
    page: PageContext,
    at: At,
    slug: str,
    typed: Typed,
    status: int = 200,
    error: str = "",
    problem: Problem | None = None,
) -> Response:
    with page.snapshot() as snapshot:
        client = page.queries.client(snapshot, slug, at.moment)
        engagements = engagements_of(snapshot, client.id, as_of=at.today)
    return _page(
        page,
        client,
        "Retract a client",
        client.name,
        _CLIENT,
        (f"{client_address(client.slug)}/retract", "Retract client", client.version),
        typed,
        (status, error, problem),
        tuple(Link(row.name, f"/engagements/{row.id}/retract") for row in engagements),
    )


def _page(
    page: PageContext,
    client: ClientRow,
    title: str,
    sub: str,
    explanation: str,
    form: tuple[str, str, int],
    typed: Typed,
    outcome: tuple[int, str, Problem | None],
    in_the_way: tuple[Link, ...] = (),
) -> Response:
    """The form. `in_the_way` are the engagements that have to be retracted first: the form has no button then."""
    action, button, version = form
    status, error, problem = outcome
    back = client_address(client.slug)
    labels = {"reason": (_REASON.field("").id, _REASON.label)}
    return page.render(
        "retract_whole",
        title,
        here="clients",
        status=status,
        crumbs=(Link("Clients", "/clients"), Link(client.name, back), Link(title)),
        sub=sub,
        explanation=explanation,
        action=action,
        back=back,
        button=button,
        in_the_way=in_the_way,
        reason=_REASON.field(typed.text("reason"), error),
        version=version,
        form_id=page.context.new_id(),
        refusal=None if problem is None else refusal_of(problem, labels),
    )
