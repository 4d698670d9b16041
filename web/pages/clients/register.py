"""Forms that register a client, open an engagement and change a profile."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from api.clients import change_profile, create_client
from api.engagements import open_engagement
from api.http.problems import Problem, invalid
from api.queries import Moment
from api.schemas.clients import ClientBody, EngagementBody, ProfileChangeBody, profile_answer
from api.schemas.messages import message_of
from domain.profile import PROFILE_FIELDS
from web.bidi import isolate
from web.components import Choice, Link
from web.form_fields import FormField, FormSection, Reads, Typed, body_of, painted, typed_from
from web.forms import Unreadable, date_text, flattened, read_date, read_day
from web.pages.clients.profile_fields import is_unchanged, profile_form_fields, profile_values, shown_value
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, response_body, writer_of
from web.pages.milestones.form import EFFECTIVE_ON
from web.pages.page_context import Form, PageContext, RecorderPage, WholeRecorderPage
from web.pages.people.picker_fields import wants_person, with_people
from web.pages.time_params import At
from web.pages.urls import address, client_address

router = APIRouter(include_in_schema=False)

B = TypeVar("B", bound=BaseModel)
D = TypeVar("D")

Faults: TypeAlias = list[tuple[str, str]]
"""Fields that could not be read, with the reasons."""

UndoneChange = Annotated[datetime | None, Query()]
"""When the change of a profile that a form undoes was recorded."""
UndoneDay = Annotated[date | None, Query()]
"""The day from which that change is effective."""

_MONTHS = tuple(Choice(str(month), calendar.month_name[month]) for month in range(1, 13))


@dataclass(frozen=True, slots=True)
class ClientForm:
    """A form about one client; `path` is where it is posted, below the client's page."""

    sections: tuple[FormSection, ...]
    title: str
    sub: str
    path: str
    button: str


CLIENT = (
    FormSection(
        "",
        (
            FormField("name", "Name", required=True, options={"autocomplete": "organization", "maxlength": "200"}),
            FormField(
                "slug",
                "Short name for web addresses",
                hint="Lowercase letters, digits and hyphens. Leave empty to use the name.",
            ),
            FormField(
                "fiscal_year_start_month",
                "Fiscal year starts in",
                Reads.CHOICE,
                choices=_MONTHS,
                hint="Leave empty to use the firm's.",
            ),
        ),
    ),
    FormSection(
        "Profile", profile_form_fields("profile."), "Fill in what you know. Every change is kept with its date."
    ),
)


@router.get("/clients/new")
def show_client_form(page: WholeRecorderPage) -> Response:
    """The form for a new client."""
    return _client_page(page, _presets(page, CLIENT))


@router.post("/clients/new")
def register_client(page: WholeRecorderPage, typed: Form) -> Response:
    """Register the client."""
    try:
        content = profile_values(body_of(_form_fields(CLIENT), typed))
        month = str(content.get("fiscal_year_start_month", ""))
        if month.isdecimal():
            content["fiscal_year_start_month"] = int(month)
        content["profile"] = profile_values(content.get("profile", {}))
        recorded = response_body(create_client(_read(ClientBody, content, []), writer_of(page, typed)))
    except Problem as problem:
        return _page_with_errors(
            problem, lambda errors, more: _client_page(page, typed, errors, **more), _labels(CLIENT)
        )
    client_page = client_address(recorded["slug"])
    undo = f"{client_page}/retract?undo=yes"
    return page.redirect(client_page, Flash("client-registered", recorded["position"], undo=undo))


def _client_page(page: PageContext, typed: Typed, errors: Mapping[str, str] | None = None, **context: Any) -> Response:
    return page.render(
        "register",
        "Register a client",
        here="clients",
        crumbs=(Link("Clients", "/clients"), Link("Register a client")),
        sub="A current or prospective client company.",
        action="/clients/new",
        back="/clients",
        button="Register client",
        blocks=painted(CLIENT, typed, errors or {}),
        form_id=page.context.new_id(),
        version=None,
        **context,
    )


ENGAGEMENT = (
    FormSection(
        "",
        (
            FormField("name", "Name", required=True, hint="For example CTO and CAIO, or the title of the contract."),
            FormField("started_on", "Started on", required=True, hint=EFFECTIVE_ON.hint),
            FormField(
                "closed_on",
                "Already closed on",
                hint="For a past engagement: the first day after it ended. Leave empty if it is open.",
            ),
            FormField("outcome", "Outcome", hint="How it ended, if it is already closed."),
            FormField("practice_lead", "Practice lead", Reads.PERSON),
            FormField("note", "Note", long=True),
            FormField("links", "Sources", Reads.LINES, hint="Links to letters, minutes or pages, one per line."),
        ),
    ),
)
ENGAGEMENT_FORM = ClientForm(
    ENGAGEMENT,
    title="Open an engagement",
    sub="the work under one contract. Milestones can't be dated before it opens.",
    path="/engagements/new",
    button="Open engagement",
)


@router.get("/clients/{client}/engagements/new")
def show_engagement_form(client: str, page: RecorderPage, at: At) -> Response:
    """The form for a new engagement."""
    typed = with_people(page, _form_fields(ENGAGEMENT), Typed([("started_on", date_text(at.today))]), client=client)
    return _form_page(page, at, client, ENGAGEMENT_FORM, typed)


@router.post("/clients/{client}/engagements/new")
def open_new_engagement(client: str, page: RecorderPage, at: At, typed: Form) -> Response:
    """Open the engagement."""
    adds, typed = wants_person(typed), with_people(page, _form_fields(ENGAGEMENT), typed, client=client)
    if adds:
        return _form_page(page, at, client, ENGAGEMENT_FORM, typed)
    try:
        content, faults = body_of(_form_fields(ENGAGEMENT), typed), typed.unclear()
        started = _read_date("started_on", content.pop("started_on", ""), read_date, faults)
        if started:
            content.update(started_on=started.on.isoformat(), precision=started.precision.value)
        closes = _take_close(content, faults)
        recorded = response_body(
            open_engagement(client, _read(EngagementBody, content, faults), writer_of(page, typed))
        )
    except Problem as problem:
        problem.errors = tuple((_FIELDS_OF_CLOSE.get(field, field), text) for field, text in problem.errors)
        return _page_with_errors(
            problem,
            lambda errors, more: _form_page(page, at, client, ENGAGEMENT_FORM, typed, errors, **more),
            _labels(ENGAGEMENT),
        )
    word = "engagement-recorded" if closes else "engagement-opened"
    undo = f"/engagements/{recorded['id']}/retract?undo=yes"
    return page.redirect(client_address(client), Flash(word, recorded["position"], undo=undo))


_FIELDS_OF_CLOSE = {
    "milestones.0": "closed_on",
    "milestones.0.effective_on": "closed_on",
    "milestones.0.closed.effective_on": "closed_on",
    "milestones.0.outcome": "outcome",
    "milestones.0.closed.outcome": "outcome",
}


def _take_close(content: dict[str, Any], faults: Faults) -> bool:
    """Replace the fields of a close with a `closed` milestone. Returns whether the engagement is closed.

    What is missing or cannot be read is added to the faults.
    """
    closed_on, outcome = content.pop("closed_on", None), content.pop("outcome", None)
    if closed_on is None and outcome is None:
        return False
    closed = _read_date("closed_on", closed_on or "", read_date, faults)
    if outcome is None:
        faults.append(("outcome", "required"))
    if closed and outcome is not None:
        close = {"effective_on": closed.on.isoformat(), "precision": closed.precision.value, "outcome": outcome}
        content["milestones"] = [{"kind": "closed", **close}]
    return True


PROFILE = (
    FormSection(
        "", (FormField("effective_on", "Effective from", required=True), FormField("name", "Name", required=True))
    ),
    FormSection("Profile", profile_form_fields(""), "Empty a field if its value is no longer known."),
)
PROFILE_FORM = ClientForm(
    PROFILE,
    title="Edit profile",
    sub="facts about the company from a day on. Earlier facts stay on record.",
    path="/profile",
    button="Save profile",
)


@router.get("/clients/{client}/profile")
def show_profile_form(
    client: str, page: RecorderPage, at: At, undo: UndoneChange = None, on: UndoneDay = None
) -> Response:
    """The form with the current profile, or with that of the day `on` as known before a change, to undo it."""
    day = on or at.today
    moment = at.moment if undo is None else Moment(day, undo - timedelta(microseconds=1))
    with page.snapshot() as snapshot:
        row = page.queries.client(snapshot, client, moment)
    now = typed_from(_form_fields(PROFILE), _flat_profile(profile_answer(row.profile).model_dump(mode="json")))
    presets = _presets(page, PROFILE)
    pairs = [("effective_on", date_text(day)), ("name", row.name), *now.pairs(), *presets.pairs()]
    return _form_page(page, at, client, _profile_form(undo, on), Typed(pairs))


@router.post("/clients/{client}/profile")
def change_client_profile(
    client: str, page: RecorderPage, at: At, typed: Form, undo: UndoneChange = None, on: UndoneDay = None
) -> Response:
    """Record the fields that differ from the current profile, or from that of the day `on`, effective from a day."""
    with page.snapshot() as snapshot:
        row = page.queries.client(snapshot, client, at.moment if on is None else Moment(on, None))
    try:
        content = profile_values(body_of(_form_fields(PROFILE), typed))
        faults: Faults = [("name", "required")] if not typed.text("name").strip() else []
        effective_on = _read_date("effective_on", content.pop("effective_on", ""), read_day, faults)
        name = content.pop("name", None)
        before = profile_answer(row.profile).model_dump(mode="json")
        changed = {f: content.get(f) for f in PROFILE_FIELDS if not is_unchanged(before.get(f), content.get(f))}
        if name is not None and name != row.name:
            changed["name"] = name
        body = _read(ProfileChangeBody, {**changed, "effective_on": (effective_on or at.today).isoformat()}, faults)
        recorded = response_body(change_profile(client, body, writer_of(page, typed)))
    except Problem as problem:
        return _page_with_errors(
            problem,
            lambda errors, more: _form_page(page, at, client, _profile_form(undo, on), typed, errors, **more),
            _labels(PROFILE),
        )
    to_undo = address(f"{client_address(client)}/profile", undo=recorded["recorded_at"], on=recorded["effective_on"])
    return page.redirect(client_address(client), Flash("profile-changed", recorded["position"], undo=to_undo))


def _profile_form(undo: datetime | None, on: date | None) -> ClientForm:
    """The profile form; one that undoes a change is posted to an address that says so."""
    if undo is None or on is None:
        return PROFILE_FORM
    return replace(
        PROFILE_FORM,
        sub="the values before the change. Save them to undo it; both stay on record.",
        path=address(PROFILE_FORM.path, undo=undo.isoformat(), on=on.isoformat()),
    )


def _form_page(
    page: PageContext,
    at: At,
    client: str,
    form: ClientForm,
    typed: Typed,
    errors: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """The page with a form about one client. Raises `UnknownClient`."""
    with page.snapshot() as snapshot:
        row = page.queries.client(snapshot, client, at.moment)
    client_page = client_address(row.slug)
    return page.render(
        "register",
        form.title,
        here="clients",
        crumbs=(Link("Clients", "/clients"), Link(row.name, client_page), Link(form.title)),
        sub=f"{isolate(row.name)}: {form.sub}",
        action=client_page + form.path,
        back=client_page,
        button=form.button,
        blocks=painted(form.sections, typed, errors or {}),
        form_id=page.context.new_id(),
        version=row.version,
        **context,
    )


def _presets(page: PageContext, blocks: Sequence[FormSection]) -> Typed:
    """The initial values of a form: amounts are in the firm's currency."""
    currency = page.context.firm.currency
    return Typed(
        (form_field.name, currency) for form_field in _form_fields(blocks) if form_field.reads is Reads.CURRENCY
    )


def _flat_profile(profile: Mapping[str, Any]) -> dict[str, Any]:
    flat = flattened({name: value for name, value in profile.items() if value is not None})
    return {name: str(value).lower() if isinstance(value, bool) else shown_value(value) for name, value in flat.items()}


def _form_fields(blocks: Sequence[FormSection]) -> tuple[FormField, ...]:
    return tuple(form_field for block in blocks for form_field in block.form_fields)


def _labels(blocks: Sequence[FormSection]) -> dict[str, tuple[str, str]]:
    return {form_field.name: (form_field.field("").id, form_field.label) for form_field in _form_fields(blocks)}


def _read(shape: type[B], content: Mapping[str, Any], faults: Faults) -> B:
    """The request body. Raises `Problem` 422 naming each field that is not valid, those of the faults as well."""
    unread = {name for name, _ in faults}
    try:
        body = shape.model_validate(content)
    except ValidationError as fault:
        wrong = [
            (
                ".".join(str(part) for part in error["loc"]),
                "required" if error["type"] == "missing" else message_of(error["msg"]),
            )
            for error in fault.errors()
        ]
        raise invalid(*faults, *(one for one in wrong if one[0] not in unread)) from None
    if faults:
        raise invalid(*faults)
    return body


def _read_date(name: str, text: str, read: Callable[[str], D], faults: Faults) -> D | None:
    """The date in a text; null, and one of the faults, if it is missing or cannot be read."""
    try:
        if text:
            return read(text)
        faults.append((name, "required"))
    except Unreadable as fault:
        faults.append((name, str(fault)))
    return None


def _page_with_errors(
    problem: Problem,
    page: Callable[[Mapping[str, str], dict[str, Any]], Response],
    labels: Mapping[str, tuple[str, str]],
) -> Response:
    """The form again, with its errors. Other problems are raised."""
    if problem.status_code not in (409, 412, 422):
        raise problem
    return page(errors_of(problem), {"status": problem.status_code, "refusal": refusal_of(problem, labels)})
