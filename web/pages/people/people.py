"""People: the list, the form for a new person, and the page of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.cursors import LONGEST_CURSOR
from api.http.problems import Problem
from api.people.routes import PersonAnswer, PersonBody, PersonChangeBody, create_person, patch_person, visible_person
from api.state.people import Employer, Person, list_people
from api.state.users import find_user
from domain.quarters import Quarter, quarter_of
from projections.clients import ClientFilter, count_clients, list_clients
from projections.reports.capacity import agreed_hours
from projections.reports.question import ReportQuestion
from projections.seat_holders import HeldAtClient, seats_by_holder
from web.bidi import isolate
from web.charts.hours import hours_words
from web.components import Cell, Choice, Column, Empty, Link, Pages
from web.form_fields import FormField, FormSection, Reads, Typed, body_of, painted
from web.pages.clients.client_list import A_PAGE
from web.pages.filters import STATUSES
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, response_body, validated, writer_of
from web.pages.page_context import Form, GovernorPage, PageContext, RecorderPage, ViewerPage
from web.pages.paging import next_address, place_in
from web.pages.people.tenures import links_to_files, roles, tenures_shown
from web.pages.time_params import At, Times
from web.pages.undo import changed_back, filled_in
from web.pages.urls import address, client_address

router = APIRouter(include_in_schema=False)

EMPLOYERS = {Employer.FIRM: "Our firm", Employer.CLIENT: "A client"}
PERSON = FormSection(
    "",
    (
        FormField("name", "Name", required=True, options={"autocomplete": "off", "maxlength": "200"}),
        FormField("email", "Email address", options={"inputmode": "email", "autocomplete": "off"}),
        FormField(
            "employer",
            "Employed by",
            Reads.CHOICE,
            required=True,
            choices=tuple(Choice(employer.value, words) for employer, words in EMPLOYERS.items()),
            preset="firm",
        ),
    ),
)
SEATS_NAMED = 3
Text = Annotated[str, Query(max_length=300)]


@router.get("/people")
def show_people(
    page: ViewerPage,
    at: At,
    q: Text = "",
    employer: Text = "",
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
) -> Response:
    """The people by name, fifty per page, with what they hold on the day and their agreed hours of its quarter."""
    chosen = Employer(employer) if employer in {e.value for e in Employer} else None
    query = {"q": q, "employer": employer, **at.query}
    after = place_in(cursor, (str, UUID), "/people", query)
    with page.queries.state() as connection:
        people = list_people(
            connection,
            limit=A_PAGE + 1,
            after=after,
            q=q.strip() or None,
            employer=chosen,
            among=page.queries.people(),
            made_by=page.caller.id,
        )
    shown, last = people[:A_PAGE], people[A_PAGE - 1] if len(people) > A_PAGE else None
    following = next_address((last.name_key, last.id) if last else None, "/people", query)
    quarter = quarter_of(at.as_of, page.context.fiscal_year_start_month)
    return page.render(
        "people",
        "People",
        live=True,
        here="people",
        at=at,
        q=q,
        query=query,
        employer=employer,
        employers=[(e.value, words) for e, words in EMPLOYERS.items()],
        columns=(
            *(Column("Name"), Column("Employed by"), Column("Holds"), Column("Clients", numeric=True)),
            *(Column(f"Agreed in {quarter.label}", numeric=True), Column("Load", numeric=True)),
        ),
        rows=_rows(page, at, shown, quarter),
        pages=Pages("", address("/people", query) if after else None, following),
        empty=Empty(
            "No one with this name."
            if q or employer
            else "No people yet. People hold seats, lead engagements and log milestones.",
            Link("Add a person", "/people/new") if page.may_record else None,
            'curl -X POST "$SEATLINE/api/v1/people" -H "Authorization: Bearer $SEATLINE_KEY" \\\n'
            '  -H "Content-Type: application/json" -d \'{"name": "Dana Whitfield", "employer": "firm"}\'',
        ),
    )


def _rows(page: PageContext, at: Times, people: Sequence[Person], quarter: Quarter) -> list[tuple[Cell, ...]]:
    """What each person holds on the day, at how many clients, and their agreed hours in its quarter and by week."""
    ids = {person.id for person in people}
    month = page.context.fiscal_year_start_month
    question = ReportQuestion(
        quarter, quarter, at.as_of, at.known_at, visible=page.visible, fiscal_year_start_month=month
    )
    with page.snapshot() as snapshot:
        seats = seats_by_holder(snapshot, ids, as_of=at.as_of, known_at=at.known_at, visible=page.visible)
        hours = agreed_hours(snapshot, question, ids)
    weeks = Decimal((quarter.end - quarter.start).days + 1) / 7
    rows: list[tuple[Cell, ...]] = []
    for person in people:
        held_at, agreed = seats.get(person.id, ()), hours.get(person.id, Decimal())
        rows.append(
            (
                Cell(person.name or "", address(f"/people/{person.id}", at.query), person.email or ""),
                Cell(EMPLOYERS[person.employer]),
                Cell(_holds(held_at)),
                Cell(str(len(held_at)), address("/clients", at.query, holder=person.id)) if held_at else Cell(""),
                Cell(
                    f"{hours_words(agreed)} h" if agreed else "", _capacity_of(person, at, quarter) if agreed else None
                ),
                Cell(f"{agreed / weeks:.1f} h a week" if agreed else ""),
            )
        )
    return rows


def _holds(seats: Sequence[HeldAtClient]) -> str:
    """`CTO at Anvil Payments, CAIO at Drayline and 2 more`."""
    words = [f"{roles(seat.functions)} at {isolate(seat.client)}" for seat in seats]
    more = f" and {len(words) - SEATS_NAMED} more" if len(words) > SEATS_NAMED else ""
    return ", ".join(words[:SEATS_NAMED]) + more


def _capacity_of(person: Person, at: Times, quarter: Quarter) -> str:
    bounds = {"from": quarter.label, "to": quarter.label, "person": str(person.id)}
    return address("/reports/capacity", bounds, at.query)


@router.get("/people/new")
def show_person_form(page: RecorderPage) -> Response:
    """The form for a new person."""
    return _person_page(page, Typed([("employer", "firm")]))


@router.post("/people/new")
def add_person(page: RecorderPage, typed: Form) -> Response:
    """Add the person."""
    try:
        body = validated(PersonBody, body_of(PERSON.form_fields, typed))
        made = response_body(create_person(body, writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code not in (409, 422):
            raise
        return _person_page(page, typed, problem)
    undo = f"/people/{made['id']}/erase?undo=yes" if page.governs else ""
    return page.redirect("/people", Flash("person-added", undo=undo))


@router.get("/people/{person}")
def show_person_page(person: UUID, page: ViewerPage, at: At) -> Response:
    """A person's page: the seats they hold and held, what became of them, and the clients they lead."""
    shown_person = visible_person(person, page.queries)
    with page.snapshot() as snapshot:
        seats = list_clients(
            snapshot,
            ClientFilter(holder=person),
            as_of=at.as_of,
            known_at=at.known_at,
            visible=page.visible,
            limit=A_PAGE,
        )
        leads = count_clients(
            snapshot, ClientFilter(practice_lead=person), as_of=at.as_of, known_at=at.known_at, visible=page.visible
        )
        tenures = tenures_shown(page, snapshot, at, person)
    return page.render(
        "person",
        shown_person.name or "Erased person",
        live=True,
        here="people",
        at=at,
        crumbs=(Link("People", "/people"), Link(shown_person.name or "Erased person")),
        person=shown_person,
        sees_all=page.visible is None,
        account_status=_account_status(page, shown_person),
        employer=EMPLOYERS[shown_person.employer],
        seats=[
            (row, client_address(row.slug, **at.query), [seat for seat in row.seats if seat.terms.holder == person])
            for row in seats.items
        ],
        more=address("/clients", at.query, holder=person) if seats.next else None,
        tenures=tenures,
        files=links_to_files(person, at),
        leads=leads,
        led=address("/clients", at.query, practice_lead=person),
        statuses=STATUSES,
    )


def _account_status(page: PageContext, person: PersonAnswer) -> Link | None:
    """A link to a person's user account, or to create one; only for admins of all clients."""
    if not page.governs or person.erased_at is not None:
        return None
    with page.queries.state() as connection:
        user = find_user(connection, person.id)
    if user is not None:
        return Link("Manage access", f"/settings/users/{person.id}")
    if person.employer is Employer.FIRM:
        return Link("Give access", f"{address('/settings/users', person=person.id)}#invite")
    return None


@router.get("/people/{person}/change")
def show_change_form(person: UUID, page: GovernorPage) -> Response:
    """The form that changes a person's name, email and employer, with earlier ones that its address names."""
    current = Typed(_texts(visible_person(person, page.queries)).items())
    return _person_page(page, filled_in(page.request, PERSON.form_fields, current), person=person)


def _texts(person: PersonAnswer) -> dict[str, str]:
    """A person as the form has them."""
    return {"name": person.name or "", "email": person.email or "", "employer": person.employer.value}


@router.post("/people/{person}/change")
def change_person(person: UUID, page: GovernorPage, typed: Form) -> Response:
    """Save the changed name, email and employer."""
    before = _texts(visible_person(person, page.queries))
    try:
        content = {"email": None, **body_of(PERSON.form_fields, typed)}
        response_body(patch_person(person, validated(PersonChangeBody, content), writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code not in (409, 422):
            raise
        return _person_page(page, typed, problem, person)
    undo = changed_back(f"/people/{person}/change", before, _texts(visible_person(person, page.queries)))
    return page.redirect(f"/people/{person}", Flash("person-changed", undo=undo))


def _person_page(
    page: PageContext, typed: Typed, problem: Problem | None = None, person: UUID | None = None
) -> Response:
    labels = {form_field.name: (form_field.field("").id, form_field.label) for form_field in PERSON.form_fields}
    title = "Edit person" if person else "Add a person"
    context: dict[str, Any] = {}
    errors: Mapping[str, str] = {}
    if problem:
        errors = errors_of(problem)
        context = {"status": problem.status_code, "refusal": refusal_of(problem, labels)}
    return page.render(
        "register",
        title,
        here="people",
        crumbs=(Link("People", "/people"), Link(title)),
        sub="Names and addresses are stored only here; the history refers to them by ID.",
        action=f"/people/{person}/change" if person else "/people/new",
        back=f"/people/{person}" if person else "/people",
        button="Change" if person else "Add person",
        blocks=painted((PERSON,), typed, errors),
        form_id=page.context.new_id(),
        version=None,
        **context,
    )


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
