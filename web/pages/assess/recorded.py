"""A recorded assessment beside the result of today's rules for the same answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from domain.assessment import Answers, answers_mapping, evaluate, parse_answers, verdicts_mapping
from domain.errors import UnknownMilestone
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import Kind
from projections.assessments import TakenAssessment, taken_assessments
from projections.clients import find_client
from projections.milestone_versions import MilestoneVersion
from projections.milestones import milestone_history, standing_of_kind
from web.charts.wording import STRUCTURES, day_words
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
        chosen = standing_of_kind(snapshot, Kind.STRUCTURE_CHOSEN, [row.client], known_at=at.known_at)
    if client is None:
        raise UnknownMilestone
    latest = history.latest
    answers = parse_answers(details.answers, as_of=latest.takes_effect_on)
    now: Mapping[str, Any] = verdicts_mapping(evaluate(answers))
    then: Mapping[str, Any] = details.verdicts or now
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
        outcome=_outcome(_taken(chosen, latest), row.id),
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


def _taken(chosen: Sequence[MilestoneVersion], latest: MilestoneVersion) -> TakenAssessment:
    (taken,) = taken_assessments((latest, *chosen))
    return taken


def _outcome(taken: TakenAssessment, engagement: UUID) -> tuple[str, str, str | None]:
    """Whether the advice was followed: a word, a sentence, and the address of the choice."""
    if taken.chosen is None or taken.chosen_by is None:
        return "plain", "No structure has been chosen that names this assessment.", None
    href = milestone_address(engagement, taken.chosen_by)
    name = STRUCTURES[taken.chosen].name
    if taken.followed is None:
        return "plain", f"{name} was chosen; the advice did not come down to one structure.", href
    if taken.followed:
        return "good", f"The advice was followed: {name} was chosen.", href
    return "warn", f"The advice was not followed: {name} was chosen.", href


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
