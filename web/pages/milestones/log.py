"""Logging a milestone: for which client, of which kind, and what it would do before it is recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.problems import Problem, problem_of
from api.milestones import log_milestone
from api.people.person_checks import check_people
from domain.client import is_uuid
from domain.errors import Refusal as Refused
from domain.errors import Unknown, UnknownEngagement
from domain.fitting import unfitting_kinds
from domain.milestones import Kind
from domain.timeline import Timeline
from domain.unit_of_work import UnitOfWork
from projections.clients import ClientFilter, ClientRow, list_clients
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
from web.pages.flash import Done
from web.pages.form_submit import answered, refusal_of, writer_of
from web.pages.milestones.change_preview import Effect, effect_of
from web.pages.milestones.form import MilestoneForm, form_of, known_shape
from web.pages.milestones.form_choices import form_context
from web.pages.milestones.milestone_list import people_of
from web.pages.page_context import Form, PageContext, Recording
from web.pages.people.picker_fields import wants_person, with_people
from web.pages.time_params import At
from web.pages.urls import address, client_address, milestone_address

router = APIRouter(include_in_schema=False)

CLIENTS_AT_ONCE = 30
Text = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True)
class Place:
    """Where a milestone is logged: in an engagement of a client, beside its other engagements."""

    client: ClientRow
    engagement: EngagementRow
    engagements: tuple[EngagementRow, ...]


@dataclass(frozen=True)
class Tried:
    """What recording a form would do, or the problem with it, in the domain's words."""

    effect: Effect | None = None
    problem: Problem | None = None
    refused: Refusal | None = None
    missing: tuple[str, ...] = ()


def find_place(visit: PageContext, at: At, client: str, engagement: str) -> tuple[ClientRow, Place | None]:
    """The engagement that is named, else the client's open one, else its last; null when it has none.

    Raises `UnknownClient`.
    """
    with visit.views() as connection:
        row = visit.reader.client(connection, client, at.moment)
        found = engagements_of(connection, row.id, as_of=at.as_of)
    if not found:
        return row, None
    named = next((e for e in found if str(e.id) == engagement), None)
    opened = next((e for e in found if e.closed_on is None), None)
    return row, Place(row, named or opened or found[-1], found)


@router.get("/milestones/new")
def ask(
    visit: Recording,
    at: At,
    client: Text = "",
    engagement: Text = "",
    kind: Text = "",
    shape: Text = "",
    q: Text = "",
    again: Text = "",
    effective_on: Text = "",
) -> Response:
    """Ask for the client, then for the kind, then for just that kind's fields."""
    if not client:
        return _ask_client(visit, at, q, kind)
    row, place = find_place(visit, at, client, engagement)
    if place is None:
        return visit.page("log_nowhere", "Log a milestone", here="clients", client=row, crumbs=_crumbs(row))
    if kind not in OFFERED:
        return _ask_kind(visit, place, at, effective_on)
    context = form_context(visit, place.engagement, at.today)
    form = MilestoneForm(Kind(kind), context, known_shape(shape))
    if is_uuid(again) and (logged := _logged_once(visit, place, form.kind, UUID(again))):
        once = form_of(logged, context)
        typed = with_people(visit, once.asks, once.typed, standing=people_of([logged]), client=place.client.slug)
        return _ask_details(visit, place, replace(once, typed=typed))
    given = [(name, text) for name, text in visit.request.query_params.multi_items() if name not in _PLACES]
    given += [("effective_on", date_text(at.today)), *preset_of(form.asks).pairs()]
    typed = with_people(visit, form.asks, Typed(given), client=place.client.slug)
    return _ask_details(visit, place, replace(form, typed=typed))


_PLACES = frozenset({"client", "engagement", "kind", "shape", "q", "again", "as_of", "known_at"})


def _logged_once(visit: PageContext, place: Place, kind: Kind, milestone: UUID) -> MilestoneVersion | None:
    """A milestone of that kind that was logged in the engagement, as it stood last, retracted or not."""
    with visit.views() as connection:
        history = milestone_history(connection, place.engagement.id, milestone)
    return history.latest if history and history.latest.kind is kind else None


@router.post("/milestones/check")
def check(visit: Recording, at: At, typed: Form) -> Response:
    """What a form would do, as a part of its page; nothing is recorded, and nothing is refused out loud."""
    place, form = _form(visit, at, typed)
    return visit.page("effect", "Preview", tried=try_out(visit, at, place, form))


@router.post("/milestones/new")
def answer(visit: Recording, at: At, typed: Form) -> Response:
    """Record what the form says, or say why not, with everything as it was typed."""
    place, form = _form(visit, at, typed)
    if wants_person(typed):
        return _ask_details(visit, place, form)
    match typed.text("do"):
        case "shape":
            return _ask_details(visit, place, form)
        case "check":
            tried = try_out(visit, at, place, form)
            return _ask_details(visit, place, form.refused(tried.problem) if tried.problem else form, tried)
    engagement = place.engagement.id
    try:
        recorded = answered(log_milestone(engagement, form.body(), writer_of(visit, typed)))
    except Problem as problem:
        if problem.status_code not in (409, 412, 422):
            raise
        refusal = _refusal(visit, place, form, problem)
        return _ask_details(visit, place, form.refused(problem), status=problem.status_code, refusal=refusal)
    done = Done("logged", recorded["position"], engagement, UUID(recorded["id"]))
    return visit.go(client_address(place.client.slug) + f"#m-{recorded['id']}", done)


def _form(visit: PageContext, at: At, typed: Typed) -> tuple[Place, MilestoneForm]:
    _, place = find_place(visit, at, typed.text("client"), typed.text("engagement"))
    if typed.text("kind") not in OFFERED or place is None:
        raise UnknownEngagement
    context = form_context(visit, place.engagement, at.today)
    form = MilestoneForm(Kind(typed.text("kind")), context, known_shape(typed.text("shape")))
    return place, replace(form, typed=with_people(visit, form.asks, typed, client=place.client.slug))


def try_out(visit: PageContext, at: At, place: Place, form: MilestoneForm) -> Tried:
    """What recording the form would do: the effect, or the problem with it."""
    try:
        return Tried(would_do(visit, at, place, form))
    except Unknown:
        raise
    except Refused as refused:
        problem = problem_of(refused)
    except Problem as found:
        problem = found
    if missing := form.missing(problem):
        return Tried(missing=missing)
    return Tried(None, problem, _refusal(visit, place, form, problem))


def _refusal(visit: PageContext, place: Place, form: MilestoneForm, problem: Problem) -> Refusal:
    more = unfitting(visit, place.engagement.id, problem)
    return refusal_of(problem, form.labels, more=more, opened_on=place.engagement.started_on)


def would_do(visit: PageContext, at: At, place: Place, form: MilestoneForm) -> Effect:
    """The effect of a form. Raises the domain's refusals, and `Problem` for fields that hold what they must not."""
    engagement = place.engagement.id
    request = form.body().to_log(visit.context.new_id())
    check_people(visit.context, visit.caller, ("", request.details))

    def preview(unit: UnitOfWork) -> tuple[Timeline, Timeline]:
        if not visit.caller.sees(unit.engagement(engagement).client):
            raise UnknownEngagement
        return unit.preview(engagement, [request])

    before, after = visit.context.log.engagements.query(preview)
    milestone = next(m for m in after.milestones if m.id == request.milestone)
    naming = visit.naming({span.terms.holder for timeline in (before, after) for span in timeline.seat_spans})
    month = place.client.fiscal_year_start_month or visit.context.fiscal_year_start_month
    return effect_of(before, after, place.engagement.name, place.client.name, at.today, naming, milestone, month)


def unfitting(visit: PageContext, engagement: UUID, problem: Problem) -> Link | None:
    """The way to the milestone on record that would not fit any more; null when it is the new one itself."""
    if problem.milestone is None:
        return None
    with visit.views() as connection:
        history = milestone_history(connection, engagement, problem.milestone)
    if history is None:
        return None
    latest = history.latest
    title = describe_version(latest, visit.naming(people_of([latest]))).title
    when = effective_words(latest.effective_on, latest.precision.value)
    return Link(f"Conflicts with: {title}, {when}", milestone_address(engagement, latest.id))


def _ask_client(visit: PageContext, at: At, q: str, kind: str) -> Response:
    with visit.views() as connection:
        page = list_clients(
            connection, ClientFilter(q=q.strip() or None), as_of=at.today, visible=visit.visible, limit=CLIENTS_AT_ONCE
        )
    empty = Empty(
        "No client with this name." if q else "There are no clients yet. Register one to log a milestone.",
        Link("Register a client", "/clients/new") if visit.may_register else None,
    )
    return visit.page(
        "log_client",
        "Log a milestone",
        here="clients",
        crumbs=(Link("Milestones", "/milestones"), Link("Log a milestone")),
        q=q,
        kind=kind if kind in OFFERED else "",
        clients=page.items,
        more=page.next is not None,
        empty=empty,
    )


def _ask_kind(visit: PageContext, place: Place, at: At, text: str) -> Response:
    """The kinds, those marked of which none fits on the day that was typed, with why."""
    error = ""
    try:
        day = read_date(text).on if text.strip() else at.today
    except Unreadable as fault:
        day, error = at.today, str(fault)
    standing = visit.context.log.engagements.query(lambda unit: unit.engagement(place.engagement.id).standing)
    unfit = unfitting_kinds(list(standing.milestones.values()), day)
    carried = "" if error else text.strip()
    return visit.page(
        "log_kind",
        "Log a milestone",
        here="clients",
        crumbs=_crumbs(place.client),
        place=place,
        groups=[
            (title, [_offered(visit, place, page, unfit.get(page.kind), carried) for page in pages])
            for title, pages in GROUPS
        ],
        others=_others(place),
        day=day,
        date=Field("effective_on", "Took effect on", text or day.isoformat(), error=error, required=True),
    )


def _offered(
    visit: PageContext, place: Place, page: KindPage, refusal: Refused | None, effective_on: str
) -> tuple[Kind, str, str, str, str, Link | None]:
    """A kind with its name, its line, its address and, where it cannot fit, why and because of what."""
    href = _kind_address(place, page.kind, effective_on)
    if refusal is None:
        return page.kind, page.name, page.summary, href, "", None
    why = problem_of(refusal).kind.title
    because = None
    if refusal.milestone is not None:
        because = unfitting(visit, place.engagement.id, Problem(problem_of(refusal).kind, milestone=refusal.milestone))
    return page.kind, page.name, page.summary, href, why, because


def _ask_details(
    visit: PageContext,
    place: Place,
    form: MilestoneForm,
    tried: Tried | None = None,
    *,
    status: int = 200,
    refusal: Refusal | None = None,
) -> Response:
    return visit.page(
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
        form_id=visit.context.new_id(),
        tried=tried or Tried(),
        refusal=refusal,
    )


def _kind_address(place: Place, kind: Kind, effective_on: str) -> str:
    engagement = place.engagement.id if len(place.engagements) > 1 else None
    query = {"client": place.client.slug, "engagement": engagement, "kind": kind.value}
    return address("/milestones/new", query, effective_on=effective_on)


def _others(place: Place) -> list[tuple[str, str]]:
    """The client's other engagements, in which a milestone may be meant instead."""
    return [
        (e.name, address("/milestones/new", client=place.client.slug, engagement=e.id))
        for e in place.engagements
        if e.id != place.engagement.id
    ]


def _crumbs(client: ClientRow) -> tuple[Link, ...]:
    return Link("Clients", "/clients"), Link(client.name, client_address(client.slug)), Link("Log a milestone")
