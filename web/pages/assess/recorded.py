"""A recorded assessment beside the result of today's rules for the same answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from domain.assessment import Answers, answers_mapping, evaluate, verdicts_mapping
from domain.assessment.following import AdviceStatus
from domain.assessment.record import RECORD, evaluated_answers
from domain.errors import UnknownMilestone
from domain.kinds.engagement import AssessmentTaken
from projections.assessments import TakenAssessment, assessments_of
from projections.clients import find_client
from projections.milestones import milestone_history
from web.charts.wording import counted, day_words
from web.components import Cell, Column, Link
from web.pages.assess.wording import DIMENSIONS, WORDS, answer_text, dimension_text, question_label, structure_text
from web.pages.page_context import ViewerPage
from web.pages.time_params import At
from web.pages.urls import client_address, milestone_address

router = APIRouter(include_in_schema=False)


@router.get("/engagements/{engagement}/milestones/{milestone}/assessment")
def show_assessment(engagement: UUID, milestone: UUID, page: ViewerPage, at: At) -> Response:
    """An assessment with its answers, its advice then and now, and whether the advice was followed."""
    with page.snapshot() as snapshot:
        row = page.queries.engagement(snapshot, engagement, at.moment)
        history = milestone_history(snapshot, engagement, milestone, known_at=at.known_at)
        details = None if history is None else history.latest.details_as(AssessmentTaken)
        if history is None or details is None:
            raise UnknownMilestone
        client = find_client(snapshot, row.client, as_of=at.as_of, known_at=at.known_at, visible=page.visible)
        assessments = assessments_of(snapshot, row.client, as_of=at.as_of, known_at=at.known_at)
    if client is None:
        raise UnknownMilestone
    latest = history.latest
    answers = evaluated_answers(details, latest.takes_effect_on)
    taken = next((assessment for assessment in assessments if assessment.milestone == milestone), None)
    now: Mapping[str, Any] = verdicts_mapping(evaluate(answers))
    then: Mapping[str, Any] = {name: value for name, value in (details.verdicts or now).items() if name != RECORD}
    naming = page.naming({details.assessor})
    return page.render(
        "assessment",
        f"Assessment of {client.name}",
        here="assess",
        crumbs=(
            Link("Clients", "/clients"),
            Link(client.name, client_address(client.slug, known_at=at.known_at_text)),
            Link("Assessment"),
        ),
        at=at,
        path=f"{milestone_address(engagement, milestone)}/assessment",
        client=client,
        latest=latest,
        is_retracted=history.retraction is not None,
        assessor=naming(details.assessor),
        answers=_answer_rows(answers),
        answer_columns=_ANSWER_COLUMNS,
        then=then,
        now=now,
        same=_plain(then) == _plain(now),
        moved=_moved(then["recommendation"], now["recommendation"]),
        outcome=_outcome(taken) if taken else None,
        record=milestone_address(engagement, milestone, known_at=at.known_at_text),
        words=WORDS,
    )


_ANSWER_COLUMNS = (Column("Question"), Column("Answer"), Column("As of"), Column("From"))


def _answer_rows(answers: Answers) -> list[list[Cell | str]]:
    plain = answers_mapping(answers)
    return [
        [
            question_label(name),
            answer_text(name, plain[name]["value"]),
            day_words(answer.as_of) if answer.as_of else "",
            answer.source or answer.reason or "",
        ]
        for name, answer in answers.items()
    ]


def _outcome(taken: TakenAssessment) -> tuple[str, str, str | None]:
    """What became of the advice: a word, a sentence, and the address of the newest milestone."""
    follow_up, newest = taken.follow_up, taken.responses[-1:]
    href = milestone_address(newest[0].engagement, newest[0].id) if newest else None
    after = f" after {counted(follow_up.days, 'day')}" if follow_up.days else ""
    match follow_up.status:
        case AdviceStatus.FOLLOWED if href is None:
            return "good", "The structure matched the advice already.", None
        case AdviceStatus.FOLLOWED:
            return "good", f"The advice was followed{after}.", href
        case AdviceStatus.IN_PART:
            return "plain", f"The advice was followed in part{after}.", href
        case AdviceStatus.DECLINED:
            return "warn", f"The advice was declined{after}: {follow_up.reason}", href
        case AdviceStatus.OPEN:
            return "plain", "The advice has been neither followed nor declined yet.", None


def _plain(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _moved(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The differences between the advice then and now, in words."""
    moved = []
    if then["structure"] != now["structure"]:
        moved.append(f"{structure_text(now['structure'])} instead of {structure_text(then['structure'])}")
    for dimension, label in DIMENSIONS.items():
        was, becomes = then[dimension], now[dimension]
        if was != becomes:
            moved.append(f"{label}: {dimension_text(dimension, becomes)} instead of {dimension_text(dimension, was)}")
    return moved
