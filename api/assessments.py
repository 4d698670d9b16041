"""Routes for assessment frameworks and the evaluation of answers."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field, StringConstraints

from api.auth.access import Viewer
from api.commands import CommandContext, command_for
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import FrameworkInPath
from api.http.problems import UNKNOWN_FRAMEWORK, Problem, invalid
from api.queries import Moment, QueryContext, ViewerQuery, check_not_in_future
from api.replies import Reply
from api.schemas.scalars import CLEAN_JSON, CLEAN_LINE, Answer, Body, Day, Instant
from api.state.roles import Role
from domain.assessment import (
    FRAMEWORKS,
    Answers,
    AnswersRefused,
    assessment_mapping,
    check_amounts,
    edition_of,
    evaluate,
    framework_mapping,
    parse_answers,
    short_set,
)
from domain.assessment.record import with_seats
from projections.advice_facts import seats_on_record

router = APIRouter(tags=["assessments"])

EvaluationCommand = Annotated[CommandContext, Depends(command_for(Role.VIEWER))]


class FrameworkAnswer(Answer):
    """An assessment framework: its source and the source's interest, its questions, and its rules."""

    id: str = Field(examples=["two_hats"])
    version: int
    title: str
    source: dict[str, Any]
    summary: str
    method: dict[str, Any]
    questions: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    commitments_unless: str | None = Field(
        default=None, description="When this is known to hold, the framework says nothing about commitment."
    )
    settlements: list[dict[str, Any]]
    notes: list[dict[str, Any]]


class FrameworksAnswer(Answer):
    """A page of frameworks."""

    items: list[FrameworkAnswer]
    next: str | None


class EvaluationBody(Body):
    """Answers by question: a plain value, or `{"value", "as_of", "source"}`. "unknown" is a valid value.

    With a `client`, its seats on record answer the questions about seats. An answer given here counts only for a
    function that is vacant on record.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"answers": {"headcount": 24, "engineers": 9, "ai_centrality": "feature", "products": 1}}]
        }
    )
    client: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="The id or slug of a client, whose seats on record answer the questions about seats.",
    )
    as_of: Day | None = Field(default=None, description="The day of the seats; defaults to today. Needs `client`.")
    known_at: Instant | None = Field(
        default=None, description="The instant of knowledge of the seats; defaults to now. Needs `client`."
    )
    answers: Annotated[
        dict[Annotated[str, StringConstraints(min_length=1, max_length=80), CLEAN_LINE], Annotated[Any, CLEAN_JSON]],
        Field(max_length=200),
    ]


class EvaluationAnswer(Answer):
    """The verdict of each framework and the combined recommendation.

    `short_set` names the unanswered questions that can still change most of the advice, the most important first.
    """

    answers: dict[str, Any]
    versions: dict[str, int]
    verdicts: list[dict[str, Any]]
    recommendation: dict[str, Any]
    short_set: list[str]


@router.get("/frameworks", operation_id="list_frameworks", summary="List the frameworks")
def show_frameworks(
    request: Request, response: Response, caller: Viewer, page: Annotated[Page, Depends(paged(int))]
) -> FrameworksAnswer:
    """List the five frameworks with their questions, rules, sources and versions."""
    numbered, cursor = page.slice(list(enumerate(FRAMEWORKS)), lambda numbered_framework: numbered_framework[:1])
    link_next(request, response, cursor)
    items = [FrameworkAnswer.model_validate(framework_mapping(framework)) for _, framework in numbered]
    return FrameworksAnswer(items=items, next=cursor)


@router.get("/frameworks/{framework_id}", summary="Show a framework", responses=refuses(404))
def show_framework(
    framework_id: FrameworkInPath,
    caller: Viewer,
    version: Annotated[
        int | None, Query(ge=1, le=999, description="An earlier version; the current one if left out.", examples=[1])
    ] = None,
) -> FrameworkAnswer:
    """Return one framework, in its current or an earlier version."""
    framework = edition_of(framework_id, version)
    if framework is None:
        raise Problem(UNKNOWN_FRAMEWORK)
    return FrameworkAnswer.model_validate(framework)


@router.post(
    "/assessments:evaluate", response_model=EvaluationAnswer, summary="Evaluate answers", responses=refuses(404)
)
def evaluate_answers(body: EvaluationBody, command: EvaluationCommand, query: ViewerQuery) -> Response:
    """Evaluate answers with every framework and combine the verdicts. Nothing is recorded.

    With a `client`, the result is that of an assessment recorded on `as_of` with these answers.
    """

    def answer() -> Reply:
        try:
            by_hand = check_amounts(parse_answers(body.answers))
        except AnswersRefused as error:
            raise invalid(*((f"answers.{name}", message) for name, message in error.errors)) from None
        answers = with_seats(by_hand, _on_record(body, query))
        evaluation = {**assessment_mapping(evaluate(answers)), "short_set": short_set(answers)}
        return Reply(200, orjson.dumps(evaluation))

    return command.answer(answer)


def _on_record(body: EvaluationBody, query: QueryContext) -> Answers:
    """The answers of the client's seats on record."""
    if body.client is None:
        without = [name for name in ("as_of", "known_at") if getattr(body, name) is not None]
        if without:
            raise invalid(*((name, "needs a client") for name in without))
        return Answers()
    check_not_in_future(query.context, known_at=body.known_at)
    at = Moment(body.as_of or query.context.today(), body.known_at)
    with query.snapshot() as snapshot:
        client = query.client(snapshot, body.client, at)
        return seats_on_record(snapshot, client.id, known_at=at.known_at).answers_on(at.as_of)
