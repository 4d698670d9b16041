"""Logging a milestone: choose the client and the kind, fill in the form, preview and record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.hours_bound import bound_hours
from api.http.problems import Problem, problem_of
from api.milestones import log_milestone
from api.people.person_checks import check_people
from domain.client import is_uuid
from domain.errors import Refusal as Refused
from domain.errors import Unknown, UnknownEngagement
from domain.milestones import Kind
from domain.possible_kinds import unfitting_kinds
from domain.text import fold
from domain.timeline import Timeline
from domain.unit_of_work import UnitOfWork
from projections.clients import ClientRow
from projections.engagements import EngagementRow, engagements_of
from projections.milestone_versions import MilestoneVersion
from projections.milestones import milestone_history
from web.charts.wording import effective_words
from web.components import Empty, Field, Link, Refusal
from web.form_fields import Typed, preset_of
from web.forms import Unreadable, date_text, read_date
from web.kinds import GROUPS, OFFERED, PAGES, describe_version
from web.kinds.page import KindPage
from web.kinds.structures import SHAPES
from web.pages.clients.recent import offered_clients
from web.pages.flash import Flash
from web.pages.form_submit import refusal_of, response_body, writer_of
from web.pages.milestones.change_preview import Effect, effect_of
from web.pages.milestones.form import MilestoneForm, form_of, known_shape
from web.pages.milestones.form_choices import form_context
from web.pages.milestones.milestone_list import people_of
from web.pages.page_context import Form, PageContext, RecorderPage
from web.pages.people.picker_fields import wants_person, with_people
from web.pages.time_params import At
from web.pages.urls import address, client_address, milestone_address

router = APIRouter(include_in_schema=False)

CLIENTS_AT_ONCE = 30
Text = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True)
class Place:
    """The engagement in which a milestone is logged, its client and the client's other engagements."""

    client: ClientRow
    engagement: EngagementRow
    engagements: tuple[EngagementRow, ...]


@dataclass(frozen=True)
class PreviewResult:
    """The preview of a form: the effect of recording it, or the problem with it.

    `refused` is the problem in words without the fields that are `missing`; null if nothing else is wrong.
    """

    effect: Effect | None = None
    problem: Problem | None = None
    refused: Refusal | None = None
    missing: tuple[str, ...] = ()


def find_place(page: PageContext, at: At, client: str, engagement: str) -> tuple[ClientRow, Place | None]:
    """The engagement with this id, otherwise the client's open one, otherwise its last; null when it has none.

    Raises `UnknownClient`.
    """
    with page.snapshot() as snapshot:
        row = page.queries.client(snapshot, client, at.moment)
        engagements = engagements_of(snapshot, row.id, as_of=at.as_of)
    if not engagements:
        return row, None
    named = next((e for e in engagements if str(e.id) == engagement), None)
    opened = next((e for e in engagements if e.closed_on is None), None)
    return row, Place(row, named or opened or engagements[-1], engagements)


@router.get("/milestones/new")
def show_log_form(
    page: RecorderPage,
    at: At,
    client: Text = "",
    engagement: Text = "",
    kind: Text = "",
    shape: Text = "",
    q: Text = "",
    again: Text = "",
    effective_on: Text = "",
) -> Response:
    """Ask for the client, then for the kind, then for the fields of that kind."""
    if not client:
        return _client_page(page, at, q, kind)
    row, place = find_place(page, at, client, engagement)
    if place is None:
        return page.render("log_nowhere", "Log a milestone", here="clients", client=row, crumbs=_crumbs(row))
    if kind not in OFFERED:
        return _kind_page(page, place, at, effective_on, q)
    context = form_context(page, place.engagement, at.today)
    form = MilestoneForm(Kind(kind), context, known_shape(shape))
    if is_uuid(again) and (logged := _milestone_to_repeat(page, place, form.kind, UUID(again))):
        repeated = form_of(logged, context)
        typed = with_people(
            page, repeated.form_fields, repeated.typed, standing=people_of([logged]), client=place.client.slug
        )
        return _details_page(page, place, replace(repeated, typed=typed))
    pairs = [(name, text) for name, text in page.request.query_params.multi_items() if name not in _PLACES]
    pairs += [("effective_on", date_text(at.today)), *preset_of(form.form_fields).pairs()]
    typed = with_people(page, form.form_fields, Typed(pairs), client=place.client.slug)
    return _details_page(page, place, replace(form, typed=typed))


_PLACES = frozenset({"client", "engagement", "kind", "shape", "q", "again", "as_of", "known_at"})


def _milestone_to_repeat(page: PageContext, place: Place, kind: Kind, milestone: UUID) -> MilestoneVersion | None:
    """The latest version of a milestone (also a retracted one) that is logged again; null if its kind differs."""
    with page.snapshot() as snapshot:
        history = milestone_history(snapshot, place.engagement.id, milestone)
    return history.latest if history and history.latest.kind is kind else None


@router.post("/milestones/check")
def show_preview(page: RecorderPage, at: At, typed: Form) -> Response:
    """The preview of a form as an HTML fragment. Nothing is recorded; refusals are part of the preview."""
    place, form = _form(page, at, typed)
    tried = preview_form(page, at, place, form)
    return page.render("effect", "Preview", form=form.refused(tried.problem) if tried.problem else form, tried=tried)


@router.post("/milestones/new")
def log_from_form(page: RecorderPage, at: At, typed: Form) -> Response:
    """Record the milestone, or show the form again with the errors."""
    place, form = _form(page, at, typed)
    if wants_person(typed):
        return _details_page(page, place, form)
    match typed.text("do"):
        case "shape":
            return _details_page(page, place, form)
        case "day-after":
            return _details_page(page, place, form.closed_a_day_later())
        case "check":
            tried = preview_form(page, at, place, form)
            return _details_page(page, place, form.refused(tried.problem) if tried.problem else form, tried)
    engagement = place.engagement.id
    try:
        recorded = response_body(log_milestone(engagement, form.body(), writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code not in (409, 412, 422):
            raise
        refusal = _refusal(page, place, form, problem)
        return _details_page(page, place, form.refused(problem), status=problem.status_code, refusal=refusal)
    flash = Flash("logged", recorded["position"], engagement, UUID(recorded["id"]))
    return page.redirect(client_address(place.client.slug) + f"#m-{recorded['id']}", flash)


def _form(page: PageContext, at: At, typed: Typed) -> tuple[Place, MilestoneForm]:
    _, place = find_place(page, at, typed.text("client"), typed.text("engagement"))
    if typed.text("kind") not in OFFERED or place is None:
        raise UnknownEngagement
    context = form_context(page, place.engagement, at.today)
    form = MilestoneForm(Kind(typed.text("kind")), context, known_shape(typed.text("shape")))
    return place, replace(form, typed=with_people(page, form.form_fields, typed, client=place.client.slug))


def preview_form(page: PageContext, at: At, place: Place, form: MilestoneForm) -> PreviewResult:
    """Preview a form: the effect of recording it, or the problem with it."""
    try:
        return PreviewResult(effect_of_form(page, at, place, form))
    except Unknown:
        raise
    except Refused as refused:
        problem = problem_of(refused)
    except Problem as fault:
        problem = fault
    wrong = form.without_missing(problem)
    refusal = None if wrong is None else _refusal(page, place, form, wrong)
    return PreviewResult(None, problem, refusal, form.missing(problem))


def _refusal(page: PageContext, place: Place, form: MilestoneForm, problem: Problem) -> Refusal:
    more = conflicting_milestone(page, place.engagement.id, problem)
    return refusal_of(problem, form.labels, more=more, opened_on=place.engagement.started_on)


def effect_of_form(page: PageContext, at: At, place: Place, form: MilestoneForm) -> Effect:
    """The effect of recording a form. Raises `Refused`, and `Problem` for invalid fields."""
    engagement = place.engagement.id
    request = form.body().to_log(page.context.new_id())
    check_people(page.context, page.caller, ("", request.details))

    def preview(unit: UnitOfWork) -> tuple[Timeline, Timeline]:
        if not page.caller.sees(unit.engagement(engagement).client):
            raise UnknownEngagement
        bound_hours(page.context, page.caller, unit)
        return unit.preview(engagement, [request])

    before, after = page.context.log.engagements.query(preview)
    milestone = next(m for m in after.milestones if m.id == request.milestone)
    naming = page.naming({span.terms.holder for timeline in (before, after) for span in timeline.seat_spans})
    month = place.client.fiscal_year_start_month or page.context.fiscal_year_start_month
    return effect_of(before, after, place.engagement.name, place.client.name, at.today, naming, milestone, month)


def conflicting_milestone(page: PageContext, engagement: UUID, problem: Problem) -> Link | None:
    """A link to the recorded milestone that conflicts with the new one; null without one."""
    if problem.milestone is None:
        return None
    with page.snapshot() as snapshot:
        history = milestone_history(snapshot, engagement, problem.milestone)
    if history is None:
        return None
    latest = history.latest
    title = describe_version(latest, page.naming(people_of([latest]))).title
    when = effective_words(latest.effective_on, latest.precision.value)
    return Link(f"Conflicts with: {title}, {when}", milestone_address(engagement, latest.id))


def _client_page(page: PageContext, at: At, q: str, kind: str) -> Response:
    """The page that asks for the client. If the text matches only one client, the next page is about that client."""
    with page.snapshot() as snapshot:
        clients = offered_clients(snapshot, q, as_of=at.today, visible=page.visible, limit=CLIENTS_AT_ONCE + 1)
    if q.strip() and len(clients) == 1 and not page.is_partial:
        return page.redirect(address("/milestones/new", client=clients[0].slug, kind=kind))
    empty = Empty(
        "No client with this name." if q else "There are no clients yet. Register one to log a milestone.",
        Link("Register a client", "/clients/new") if page.may_register else None,
    )
    return page.render(
        "log_client",
        "Log a milestone",
        here="clients",
        crumbs=(Link("Milestones", "/milestones"), Link("Log a milestone")),
        q=q,
        kind=kind if kind in OFFERED else "",
        carried={name: text for name, text in page.request.query_params.items() if name not in _PLACES},
        clients=clients[:CLIENTS_AT_ONCE],
        more=len(clients) > CLIENTS_AT_ONCE,
        empty=empty,
    )


def _kind_page(page: PageContext, place: Place, at: At, text: str, q: str) -> Response:
    """The page that asks for the kind, of those whose names contain `q`.

    Kinds that are not possible on the typed date are marked with the reason. If `q` is in one name only, the next page
    is about that kind.
    """
    error = ""
    try:
        day = read_date(text).on if text.strip() else at.today
    except Unreadable as fault:
        day, error = at.today, str(fault)
    standing = page.context.log.engagements.query(lambda unit: unit.engagement(place.engagement.id).standing)
    unfit = unfitting_kinds(list(standing.milestones.values()), day)
    carried = "" if error else text.strip()
    groups = [(title, [one for one in pages if fold(q) in fold(one.name)]) for title, pages in GROUPS]
    matching = [kind_page.kind for _, pages in groups for kind_page in pages]
    if q.strip() and len(matching) == 1 and not page.is_partial:
        return page.redirect(_kind_address(place, matching[0], carried))
    return page.render(
        "log_kind",
        "Log a milestone",
        here="clients",
        crumbs=_crumbs(place.client),
        place=place,
        groups=[
            (title, [_kind_choice(page, place, kind_page, unfit.get(kind_page.kind), carried) for kind_page in pages])
            for title, pages in groups
            if pages
        ],
        q=q,
        others=_others(place),
        day=day,
        date=Field("effective_on", "Took effect on", text or date_text(day), error=error, required=True),
    )


def _kind_choice(
    page: PageContext, place: Place, kind_page: KindPage, refusal: Refused | None, effective_on: str
) -> tuple[Kind, str, str, str, str, Link | None]:
    """A kind with name, summary and URL; if it is not possible, the reason and the conflicting milestone."""
    href = _kind_address(place, kind_page.kind, effective_on)
    if refusal is None:
        return kind_page.kind, kind_page.name, kind_page.summary, href, "", None
    why = problem_of(refusal).kind.title
    because = None
    if refusal.milestone is not None:
        because = conflicting_milestone(
            page, place.engagement.id, Problem(problem_of(refusal).kind, milestone=refusal.milestone)
        )
    return kind_page.kind, kind_page.name, kind_page.summary, href, why, because


def _details_page(
    page: PageContext,
    place: Place,
    form: MilestoneForm,
    tried: PreviewResult | None = None,
    *,
    status: int = 200,
    refusal: Refusal | None = None,
) -> Response:
    return page.render(
        "log_details",
        PAGES[form.kind].name,
        here="clients",
        crumbs=_crumbs(place.client),
        status=status,
        place=place,
        form=form,
        kind=PAGES[form.kind].name,
        says=PAGES[form.kind].summary,
        kinds=address("/milestones/new", client=place.client.slug, engagement=place.engagement.id),
        shapes=SHAPES if form.kind is Kind.STRUCTURE_CHOSEN else (),
        form_id=page.context.new_id(),
        tried=tried or PreviewResult(),
        refusal=refusal,
    )


def _kind_address(place: Place, kind: Kind, effective_on: str) -> str:
    engagement = place.engagement.id if len(place.engagements) > 1 else None
    query = {"client": place.client.slug, "engagement": engagement, "kind": kind.value}
    return address("/milestones/new", query, effective_on=effective_on)


def _others(place: Place) -> list[tuple[str, str]]:
    """Links to log the milestone in another engagement of the client."""
    return [
        (e.name, address("/milestones/new", client=place.client.slug, engagement=e.id))
        for e in place.engagements
        if e.id != place.engagement.id
    ]


def _crumbs(client: ClientRow) -> tuple[Link, ...]:
    return Link("Clients", "/clients"), Link(client.name, client_address(client.slug)), Link("Log a milestone")
