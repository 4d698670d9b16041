"""Assessing a client: questions, the advice of each framework, and the form that records the assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import Response

from api.http.problems import Problem, invalid
from api.milestones import log_milestone
from api.schemas.messages import message_of
from api.schemas.milestones import BODIES, MilestoneBody
from domain.assessment import (
    QUESTIONS,
    Answers,
    Drift,
    answers_mapping,
    drift,
    evaluate,
    short_set,
    verdicts_mapping,
)
from domain.assessment.record import RECORD
from domain.errors import UnknownEngagement
from domain.milestones import Kind
from projections.client_advice import newest_answers
from projections.clients import ClientFilter, ClientRow, list_clients
from projections.engagements import EngagementRow, engagements_of
from web.components import Field, Link
from web.form_fields import FormField, Reads, Typed
from web.forms import Unreadable, date_text, read_date, read_day
from web.pages.assess.advice_view import AdviceView, Holders, advice_view
from web.pages.assess.form import AnswerForm
from web.pages.assess.holders import holder_names, seats_on
from web.pages.assess.wording import known_answers_in_words
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, response_body, writer_of
from web.pages.milestones.form import EFFECTIVE_ON
from web.pages.page_context import Form, PageContext, RecorderPage, ViewerPage
from web.pages.people.picker_fields import wants_person, with_people
from web.pages.time_params import At, Times
from web.pages.urls import assessment_address, client_address

router = APIRouter(include_in_schema=False)

CLIENTS_AT_ONCE = 30
Searched = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True)
class Sheet:
    """An assessment being entered: its client (null until one is chosen), the known answers, and the typed ones."""

    form: AnswerForm
    client: ClientRow | None = None
    engagement: EngagementRow | None = None
    holders: Holders = field(default_factory=dict)
    typed: Typed = field(default_factory=lambda: Typed(()))
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """Where the form is sent."""
        return f"{client_address(self.client.slug)}/assess" if self.client else "/assess"


@dataclass(frozen=True)
class Evaluation:
    """What the answers so far lead to: the advice, and the client's drift from it.

    `next_questions` are the names of the open questions that can still change most, the most important first.
    """

    view: AdviceView
    answers: Answers
    next_questions: tuple[str, ...]
    drift: Drift | None = None

    @property
    def answered(self) -> str:
        """`7 of 43 answered`."""
        return f"{len(self.answers.known_answers())} of {len(QUESTIONS)} answered"

    @property
    def answers_in_words(self) -> tuple[tuple[str, str], ...]:
        """The known answers."""
        return known_answers_in_words(self.answers)


RECORD_FIELDS = (
    FormField("effective_on", "Assessed on", required=True, hint=EFFECTIVE_ON.hint, options={"autocomplete": "off"}),
    FormField("assessor", "Assessor", Reads.PERSON, required=True),
    FormField("source", "Who said so", hint="Kept with every answer that is new: a name, a meeting, a document."),
    FormField("note", "Note", long=True),
)
"""What is asked beside the answers when an assessment is recorded."""


@router.get("/assess")
def show_assess_page(page: ViewerPage, at: At, q: Searched = "") -> Response:
    """The questions without a client, and a search for a client."""
    return _page(page, at, Sheet(AnswerForm()), q=q)


@router.post("/assess")
def show_advice(page: ViewerPage, at: At, typed: Form) -> Response:
    """The page with the advice, for browsers without scripts."""
    return _page(page, at, _with_errors(Sheet(AnswerForm(typed=typed), typed=typed)))


@router.post("/assess/says")
def render_advice(page: ViewerPage, at: At, typed: Form) -> Response:
    """The advice as an HTML fragment. Nothing is recorded."""
    slug = typed.text("client")
    sheet = _sheet(page, at, slug, typed) if slug else Sheet(AnswerForm(typed=typed), typed=typed)
    evaluation = _evaluate(sheet)
    return page.render(
        "assess_says",
        "The frameworks' advice",
        evaluation=evaluation,
        groups=sheet.form.groups_without((), evaluation.answers),
    )


@router.get("/clients/{client}/assess")
def show_client_questions(client: str, page: ViewerPage, at: At) -> Response:
    """The questions about a client, filled in with the recorded answers."""
    presets = Typed([("effective_on", date_text(at.as_of)), ("known_on", date_text(at.as_of))])
    return _page(page, at, _sheet(page, at, client, None, presets))


@router.post("/clients/{client}/assess")
def show_client_advice(client: str, page: ViewerPage, at: At, typed: Form) -> Response:
    """The page with the advice on a client, for browsers without scripts."""
    return _page(page, at, _with_errors(_sheet(page, at, client, typed)))


@router.post("/clients/{client}/assess/record")
def record(client: str, page: RecorderPage, at: At, typed: Form) -> Response:
    """Record the assessment in the open engagement, or show the form again with the errors."""
    sheet = _sheet(page, at, client, typed)
    if sheet.engagement is None:
        raise UnknownEngagement
    if wants_person(typed):
        return _page(page, at, _with_errors(sheet))
    engagement = sheet.engagement.id
    try:
        recorded = response_body(log_milestone(engagement, _milestone_body(sheet), writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code not in (409, 412, 422):
            raise
        return _page_with_errors(page, at, sheet, problem)
    identity = UUID(recorded["id"])
    return page.redirect(
        assessment_address(engagement, identity), Flash("logged", recorded["position"], engagement, identity)
    )


def _sheet(page: PageContext, at: Times, client: str, typed: Typed | None, presets: Typed | None = None) -> Sheet:
    """Raises `UnknownClient`."""
    day = at.as_of
    if typed is not None:
        try:
            day = read_day(typed.text("known_on"))
        except Unreadable:
            day = at.as_of
    with page.snapshot() as snapshot:
        row = page.queries.client(snapshot, client, at.moment)
        recorded_answers = newest_answers(snapshot, row.id, as_of=day, known_at=at.known_at)
        engagements = engagements_of(snapshot, row.id, as_of=at.as_of, known_at=at.known_at)
        seats = seats_on(snapshot, row.id, day, at.known_at)
    opened = next((one for one in engagements if one.id == row.engagement), None)
    shown = with_people(page, RECORD_FIELDS, typed or presets or Typed(()), client=row.slug)
    return Sheet(AnswerForm(recorded_answers, typed), row, opened, holder_names(page.naming, seats), shown)


def _with_errors(sheet: Sheet) -> Sheet:
    _, errors = sheet.form.read()
    return replace(sheet, form=replace(sheet.form, errors=errors))


def _evaluate(sheet: Sheet) -> Evaluation:
    answers, _ = sheet.form.read()
    assessment = evaluate(answers)
    compared = None
    if sheet.client is not None and sheet.client.structure is not None and answers.known_answers():
        compared = drift(assessment.recommendation.outcome, sheet.client.structure)
    view = advice_view(verdicts_mapping(assessment), sheet.holders)
    return Evaluation(view, answers, short_set(answers), compared)


def _milestone_body(sheet: Sheet) -> MilestoneBody:
    """The request body of the milestone, validated as the API does. Raises `Problem` 422 naming the fields."""
    source = sheet.typed.text("source").strip()
    answers, errors = sheet.form.read(source)
    answers = Answers({name: answer for name, answer in answers.items() if answer.source != RECORD})
    faults = [(f"answers.{name}", message) for name, message in errors.items()] + sheet.typed.unclear()
    if not answers.known_answers():
        faults.append(("answers", "Answer at least one question."))
    content: dict[str, Any] = {
        "kind": Kind.ASSESSMENT_TAKEN.value,
        "answers": answers_mapping(answers),
    }
    for name in ("assessor", "note"):
        if text := sheet.typed.text(name).strip():
            content[name] = text
    try:
        on = read_date(sheet.typed.text("effective_on"))
        content.update(effective_on=on.on.isoformat(), precision=on.precision.value)
    except Unreadable as fault:
        faults.append(("effective_on", str(fault)))
        content["effective_on"] = sheet.engagement.started_on.isoformat() if sheet.engagement else ""
    try:
        body = BODIES[Kind.ASSESSMENT_TAKEN].model_validate(content)
    except ValidationError as fault:
        unclear = {name for name, _ in faults}
        for error in fault.errors():
            name = ".".join(str(part) for part in error["loc"])
            if name in unclear:
                continue
            faults.append((name, "required" if error["type"] == "missing" else message_of(error["msg"])))
        raise invalid(*faults) from None
    if faults:
        raise invalid(*faults)
    return body


def _page_with_errors(page: PageContext, at: Times, sheet: Sheet, problem: Problem) -> Response:
    form_fields = {one.name: (one.field("").id, one.label) for one in RECORD_FIELDS}
    labels = {**sheet.form.labels, **form_fields}
    errors = errors_of(problem)
    beside = {name.split(".")[1]: message for name, message in errors.items() if name.startswith("answers.")}
    shown = replace(sheet, form=replace(sheet.form, errors=beside), errors=errors)
    return _page(page, at, shown, status=problem.status_code, refusal=refusal_of(problem, labels))


def _page(page: PageContext, at: Times, sheet: Sheet, *, q: str = "", status: int = 200, **context: Any) -> Response:
    client = sheet.client
    evaluation = _evaluate(sheet)
    short = [sheet.form.question(name) for name in evaluation.next_questions]
    crumbs = [Link("Assess", "/assess" if client else None)]
    if client:
        crumbs = [
            Link("Clients", "/clients"),
            Link(client.name, client_address(client.slug, **at.query)),
            Link("Assess"),
        ]
    return page.render(
        "assess",
        f"Assess {client.name}" if client else "Assess",
        here="assess",
        status=status,
        crumbs=tuple(crumbs),
        at=at,
        client=client,
        live=False,
        sheet=sheet,
        evaluation=evaluation,
        short=short,
        groups=sheet.form.groups_without(evaluation.next_questions, evaluation.answers),
        record=_record_fields(sheet) if client and sheet.engagement and page.may_record else (),
        form_id=page.context.new_id(),
        matches=() if client else _matching_clients(page, at, q),
        q=q,
        **context,
    )


def _record_fields(sheet: Sheet) -> list[Field]:
    typed, errors = sheet.typed, sheet.errors
    return [one.field(typed.of(one), errors.get(one.name, ""), typed.picked.get(one.name)) for one in RECORD_FIELDS]


def _matching_clients(page: PageContext, at: Times, q: str) -> tuple[ClientRow, ...]:
    with page.snapshot() as snapshot:
        return list_clients(
            snapshot,
            ClientFilter(q=q.strip() or None),
            as_of=at.as_of,
            known_at=at.known_at,
            visible=page.visible,
            limit=CLIENTS_AT_ONCE,
        ).items
