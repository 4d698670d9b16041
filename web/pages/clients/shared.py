"""The public page of a share link: one client's timeline, read-only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.assessment_report import AssessmentRendererDep, assessment_response
from api.auth.access import Caller, Door
from api.auth.sign_in import ip_address_of
from api.clock import day_in
from api.context import AppContext, AppContextDep, app_context
from api.http.parameters import checked_parameters
from api.queries import Moment, QueryContext
from api.share_links import SHARE_PREFIX, check_password, valid_share_link
from api.state.roles import Role
from api.state.share_links import ShareLink
from domain.errors import UnknownClient
from projections.clients import ClientRow
from projections.details_json import people_named
from projections.engagements import EngagementRow, engagements_of
from projections.sign_runs import ShownSign, signs_of
from projections.timelines import ClientTimeline, timeline_of
from web.charts.render import environment
from web.charts.timeline import TimelineDrawing, lay_out
from web.charts.wording import day_words, instant_words
from web.components import Field
from web.forms import end_of
from web.kinds import describe_version
from web.kinds.page import Naming
from web.naming import naming_in
from web.pages.clients import client_facts as facts
from web.pages.clients.files import SEATS_HEADER, seats_table
from web.pages.clients.fiscal_words import calendar_words
from web.pages.clients.redaction import Redaction
from web.pages.clients.shared_assessments import shared_assessment_query, shared_assessments
from web.pages.clients.timeline_drawing import drawing_of, drawn_engagements, drawn_milestones, drawn_signs
from web.pages.files import csv_file, png_file, svg_file
from web.pages.filters import STATUSES
from web.pages.page_context import REFRESH_HEADER, StorableForm, cookie_settings

router = APIRouter(prefix=SHARE_PREFIX.rstrip("/"), include_in_schema=False, dependencies=[Depends(checked_parameters)])

LONGEST_TOKEN = 100
PASSWORD_VALID_FOR = timedelta(hours=2)
"""How long a browser need not give the password again."""

PRIVATE_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_EMBEDDED = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors *",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PASSWORD = Field("password", "Password", kind="password", required=True, options={"maxlength": "200"})
_STATE = "state-of-this-page"
"""Stands in a page for its own state until it is computed."""
_HIDDEN_COLUMNS = ("fee", "currency")


@dataclass(frozen=True, slots=True)
class SharedTimeline:
    """The content of a share link: the client as of a day, redacted as the link says.

    Warning signs are judgements about people, so they are shared only with the notes.
    """

    client: ClientRow
    engagements: tuple[EngagementRow, ...]
    timeline: ClientTimeline
    month: int
    naming: Naming
    signs: tuple[ShownSign, ...]

    @property
    def drawing(self) -> TimelineDrawing | None:
        """The timeline's chart, whose marks link to milestones on the page; null without engagements."""
        if not self.engagements:
            return None
        return drawing_of(
            self.client,
            self.timeline,
            drawn_engagements(self.timeline, self.engagements, self.naming, _on_this_page),
            drawn_milestones(self.timeline.milestones, self.naming, _on_this_page),
            fiscal_year_start_month=self.month,
            signs=drawn_signs(self.signs),
        )


@router.get("/{token}")
def show_shared(token: str, request: Request, context: AppContextDep) -> Response:
    """Show the timeline, or ask for the password."""
    link = _link(context, token)
    if link is None:
        return link_not_found(request)
    if not _has_access(request, context, link, token):
        return _ask_password(request, token)
    shared = read_shared(context, link)
    if shared is None:
        return link_not_found(request)
    if REFRESH_HEADER not in request.headers:
        context.share_uses.note(link.id, context.now(), context.log)
    return HTMLResponse(shared_page(request, context, link, shared, token).html, 200, dict(PRIVATE_HEADERS))


@router.post("/{token}")
def submit_password(token: str, request: Request, context: AppContextDep, form: StorableForm) -> Response:
    """Check the link's password and open the timeline for a limited time."""
    link = _link(context, token)
    if link is None:
        return link_not_found(request)
    if link.password is None:
        return RedirectResponse(f"{SHARE_PREFIX}{token}", 303, PRIVATE_HEADERS)
    if not check_password(context, link, form.text("password"), address=ip_address_of(request)):
        return _ask_password(request, token, "Wrong password.", 422)
    response = RedirectResponse(f"{SHARE_PREFIX}{token}", 303, PRIVATE_HEADERS)
    until = context.now() + PASSWORD_VALID_FOR
    response.set_cookie(
        _cookie_name(request),
        f"{int(until.timestamp())}.{_signature(link, token, int(until.timestamp()))}",
        int(PASSWORD_VALID_FOR.total_seconds()),
        path=f"{SHARE_PREFIX}{token}",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/{token}/timeline.{suffix}")
def download_shared(token: str, suffix: str, request: Request, context: AppContextDep) -> Response:
    """The timeline as PNG or CSV, or as SVG if the link allows embedding."""
    link = _link(context, token)
    if link is None or suffix not in (("svg", "png", "csv") if link.embed else ("png", "csv")):
        return link_not_found(request)
    shared = read_shared(context, link) if _has_access(request, context, link, token) else None
    drawn = shared.drawing if shared else None
    if shared is None or drawn is None:
        return link_not_found(request)
    context.share_uses.note(link.id, context.now(), context.log)
    name = f"{shared.client.slug}-{shared.timeline.as_of}"
    match suffix:
        case "csv":
            answer = _seats(shared, name, link.money)
        case "png":
            answer = png_file("timeline", lay_out(drawn), name)
        case _:
            answer = svg_file("timeline", lay_out(drawn), name)
            answer.headers.update({"Content-Disposition": "inline", **_EMBEDDED})
    answer.headers.update(PRIVATE_HEADERS)
    return answer


@router.get("/{token}/assessments/{assessment}.pdf")
def download_shared_assessment(
    token: str, assessment: str, request: Request, context: AppContextDep, renderer: AssessmentRendererDep
) -> Response:
    """The written read of an assessment as PDF, if the link shows assessments."""
    link = _link(context, token)
    if link is None or not _has_access(request, context, link, token):
        return link_not_found(request)
    reader = _reader(context, link)
    query = shared_assessment_query(reader, link, _moment(context, link), assessment)
    if query is None:
        return link_not_found(request)
    context.share_uses.note(link.id, context.now(), context.log)
    answer = assessment_response(renderer(reader, query))
    answer.headers.update(PRIVATE_HEADERS)
    return answer


def read_shared(context: AppContext, link: ShareLink) -> SharedTimeline | None:
    """The content of a share link; null if the client was not on record at the link's `known_at`."""
    reader, at = _reader(context, link), _moment(context, link)
    redaction = Redaction(link.money, link.notes)
    with reader.snapshot() as snapshot:
        try:
            client = reader.client(snapshot, str(link.client), at)
        except UnknownClient:
            return None
        month = client.fiscal_year_start_month or context.fiscal_year_start_month
        engagements = engagements_of(snapshot, client.id, as_of=at.as_of, known_at=at.known_at)
        timeline = timeline_of(snapshot, client.id, as_of=at.as_of, known_at=at.known_at, fiscal_year_start_month=month)
        signs: tuple[ShownSign, ...] = ()
        if link.notes:
            signs = signs_of(snapshot, client.id, as_of=at.as_of, known_at=at.known_at, thresholds=context.thresholds)
    timeline = redaction.timeline(timeline)
    naming = naming_in(reader, _people(client, engagements, timeline))
    return SharedTimeline(redaction.client(client), engagements, timeline, month, naming, signs)


def _reader(context: AppContext, link: ShareLink) -> QueryContext:
    """Queries that see the link's client and no other."""
    caller = Caller(link.id, "share link", Role.VIEWER, frozenset({link.client}), Door.SHARE_LINK, link.id)
    return QueryContext(context, caller, None)


def _moment(context: AppContext, link: ShareLink) -> Moment:
    return Moment(link.as_of or context.today(), link.known_at)


def _people(client: ClientRow, engagements: tuple[EngagementRow, ...], timeline: ClientTimeline) -> set[UUID]:
    named = {lead for row in engagements if (lead := row.practice_lead)}
    named |= {span.terms.holder for span in timeline.seat_spans}
    named |= {seat.terms.holder for seat in client.seats}
    for milestone in timeline.milestones:
        named |= {person for _, person in people_named(milestone.kind, milestone.details)}
    return named


@dataclass(frozen=True, slots=True)
class SharedPage:
    """The page of a share link. `state` changes with what it shows: the number of milestones, and a hash of it all."""

    html: str
    state: str


def shared_page(
    request: Request, context: AppContext, link: ShareLink, shared: SharedTimeline, token: str
) -> SharedPage:
    """The page, which follows what is recorded (`shared_live`) unless the link shows what was known at an instant."""
    client, timeline, naming = shared.client, shared.timeline, shared.naming
    drawn = shared.drawing
    html = _rendered(
        request,
        "shared",
        client.name,
        wide=True,
        client=client,
        as_of=timeline.as_of,
        is_live=link.as_of is None,
        known=_known_words(link.known_at, context.firm.zone),
        standing=STATUSES[client.status],
        month=shared.month,
        calendar=calendar_words(shared.month),
        drawing=lay_out(drawn) if drawn else None,
        state=facts.state_of(client, timeline, naming),
        milestones=[(m, describe_version(m, naming)) for m in reversed(timeline.milestones)],
        words={m.id: describe_version(m, naming) for m in timeline.milestones},
        quarters=timeline.quarters,
        seats=facts.seat_rows(timeline.seat_spans),
        naming=naming,
        money=link.money,
        assessments=shared_assessments(_reader(context, link), link, _moment(context, link), f"{SHARE_PREFIX}{token}"),
        files=f"{SHARE_PREFIX}{token}/timeline",
        until=link.expires_at,
        today=context.today(),
        firm=context.firm,
        stream="" if link.known_at else f"{SHARE_PREFIX}{token}/live?state={_STATE}",
    )
    content = html[html.index("<main") : html.index("</main>")]
    state = f"{len(timeline.milestones)}-{hashlib.sha256(content.encode()).hexdigest()[:32]}"
    if link.known_at is None:  # the stream's address is what the page ends with
        before, _, after = html.rpartition(_STATE)
        html = f"{before}{state}{after}"
    return SharedPage(html, state)


def accessible_link(request: Request, context: AppContext, token: str) -> ShareLink | None:
    """The link of a token, if it is valid and the browser has entered its password; null otherwise."""
    link = _link(context, token)
    return link if link is not None and _has_access(request, context, link, token) else None


def _seats(shared: SharedTimeline, name: str, money: bool) -> Response:
    shown = [money or column not in _HIDDEN_COLUMNS for column in SEATS_HEADER]
    rows = [
        [cell for cell, is_kept in zip(row, shown, strict=True) if is_kept]
        for row in seats_table(shared.timeline, shared.naming)
    ]
    header = [column for column, is_kept in zip(SEATS_HEADER, shown, strict=True) if is_kept]
    return csv_file(header, rows, name)


def _on_this_page(_engagement: UUID, milestone: UUID) -> str:
    return f"#m-{milestone}"


def _known_words(known_at: datetime | None, zone: tzinfo) -> str:
    if known_at is None:
        return ""
    day = day_in(known_at, zone)
    if known_at == end_of(day, zone):
        return day_words(day)
    return instant_words(known_at)


def _link(context: AppContext, token: str) -> ShareLink | None:
    return valid_share_link(context, token, context.now()) if len(token) <= LONGEST_TOKEN else None


def _cookie_name(request: Request) -> str:
    return "__Secure-seatline_share" if request.url.scheme == "https" else "seatline_share"


def _has_access(request: Request, context: AppContext, link: ShareLink, token: str) -> bool:
    """Whether the link has no password, or the browser entered it within `PASSWORD_VALID_FOR`."""
    if link.password is None:
        return True
    until, _, signature = request.cookies.get(_cookie_name(request), "").partition(".")
    if not (until.isascii() and until.isdecimal() and len(until) < 12):
        return False
    expected = _signature(link, token, int(until))
    is_sealed = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    return is_sealed and context.now() < datetime.fromtimestamp(int(until), UTC)


def _signature(link: ShareLink, token: str, until: int) -> str:
    """The signature of the access cookie: valid for this link, this password and until this time.

    It is made with what only the server has (the salted hash of the password), so there is nothing to be kept.
    """
    secret = hashlib.sha256(f"{token}\n{link.password}".encode()).digest()
    return hmac.new(secret, f"{link.id}.{until}".encode(), "sha256").hexdigest()


def _ask_password(request: Request, token: str, error: str = "", status: int = 200) -> Response:
    firm = app_context(request).firm
    # Without a referrer at all a browser calls the form's origin null, and it would not be taken as our own.
    headers = {**PRIVATE_HEADERS, "Referrer-Policy": "same-origin"}
    field = replace(_PASSWORD, error=error)
    action = f"{SHARE_PREFIX}{token}"
    return _render(
        request, "shared_password", "A shared timeline", status, headers, action=action, field=field, firm=firm
    )


def link_not_found(request: Request) -> Response:
    """One page for links that are expired, revoked or unknown, so that it reveals nothing."""
    return _render(request, "shared_gone", "This link is no longer valid", 404)


def _render(
    request: Request,
    template: str,
    title: str,
    status: int = 200,
    headers: Mapping[str, str] = PRIVATE_HEADERS,
    **context: object,
) -> Response:
    return HTMLResponse(_rendered(request, template, title, **context), status, dict(headers))


def _rendered(request: Request, template: str, title: str, **context: object) -> str:
    page = environment().get_template(f"pages/{template}.html")
    return page.render(title=title, **cookie_settings(request), **context)
