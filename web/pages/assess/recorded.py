"""A recorded assessment beside the result of today's rules for the same answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from api.assessment_report import AssessmentQuery, AssessmentRendererDep, assessment_response
from api.queries import Moment, QueryContext
from domain.assessment import QUESTIONS, Answers, answers_mapping, evaluate, verdicts_mapping
from domain.assessment.following import AdviceStatus, FollowUp, outcome_in
from domain.assessment.record import RECORD, evaluated_answers
from domain.errors import UnknownMilestone
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import Kind
from domain.seats import Function
from projections.assessments import TakenAssessment, assessments_of
from projections.clients import ClientRow, find_client
from projections.engagements import engagements_of
from projections.milestone_versions import MilestoneVersion
from projections.milestones import milestone_history
from projections.snapshot import Snapshot
from projections.timelines import TimelineSeat
from web.charts.wording import counted, day_words, effective_words
from web.components import Cell, Column, Link
from web.kinds import describe_version
from web.pages.assess.advice_view import advice_view
from web.pages.assess.form import source_text
from web.pages.assess.holders import holder_names, seats_on
from web.pages.assess.next_step import next_step
from web.pages.assess.wording import DIMENSIONS, answer_text, dimension_text, question_label, structure_text
from web.pages.milestones.milestone_list import people_of
from web.pages.page_context import PageContext, ViewerPage
from web.pages.time_params import At, Times
from web.pages.urls import address, client_address, milestone_address

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded assessment: its milestone, its answers, and its advice by the rules of its day and by today's.

    `seats` are those held on its day, `seats_now` those held on the page's. `taken` says what became of the advice; it
    is null for a retracted assessment. `open_engagement` is null where nothing can be logged.
    """

    client: ClientRow
    milestone: MilestoneVersion
    is_retracted: bool
    assessor: UUID
    answers: Answers
    then: Mapping[str, Any]
    now: Mapping[str, Any]
    seats: Mapping[Function, TimelineSeat]
    seats_now: Mapping[Function, TimelineSeat]
    taken: TakenAssessment | None
    open_engagement: UUID | None

    @property
    def versions(self) -> str:
        """The version of the rules under which it was recorded: `version 2`."""
        numbers = sorted({verdict["version"] for verdict in self.then["verdicts"]})
        return f"version{'s' if len(numbers) > 1 else ''} {' and '.join(map(str, numbers))}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the advice: a sentence, the milestones that did it, and the address of the form for each reply."""

    tone: str
    sentence: str
    milestones: tuple[Link, ...]
    follow: str = ""
    decline: str = ""


def recorded_assessment(
    queries: QueryContext, snapshot: Snapshot, at: Moment, engagement: UUID, milestone: UUID
) -> Recorded:
    """A recorded assessment. Raises `UnknownEngagement` and `UnknownMilestone`."""
    row = queries.engagement(snapshot, engagement, at)
    history = milestone_history(snapshot, engagement, milestone, known_at=at.known_at)
    details = None if history is None else history.latest.details_as(AssessmentTaken)
    if history is None or details is None:
        raise UnknownMilestone
    client = find_client(snapshot, row.client, as_of=at.as_of, known_at=at.known_at, visible=queries.visible)
    assessments = assessments_of(snapshot, row.client, as_of=at.as_of, known_at=at.known_at)
    seats = seats_on(snapshot, row.client, history.latest.takes_effect_on, at.known_at)
    seats_now = seats_on(snapshot, row.client, at.as_of, at.known_at)
    engagements = engagements_of(snapshot, row.client, as_of=at.as_of, known_at=at.known_at)
    if client is None:
        raise UnknownMilestone
    answers = evaluated_answers(details, history.latest.takes_effect_on)
    now: Mapping[str, Any] = verdicts_mapping(evaluate(answers))
    return Recorded(
        client,
        history.latest,
        history.retraction is not None,
        details.assessor,
        answers,
        {name: value for name, value in (details.verdicts or now).items() if name != RECORD},
        now,
        seats,
        seats_now,
        next((assessment for assessment in assessments if assessment.milestone == milestone), None),
        next((one.id for one in engagements if one.closed_on is None), None),
    )


@router.get("/engagements/{engagement}/milestones/{milestone}/assessment")
def show_assessment(engagement: UUID, milestone: UUID, page: ViewerPage, at: At) -> Response:
    """An assessment with its answers, its advice then and now, and whether the advice was followed."""
    with page.snapshot() as snapshot:
        recorded = recorded_assessment(page.queries, snapshot, at.moment, engagement, milestone)
    client, latest, then, now = recorded.client, recorded.milestone, recorded.then, recorded.now
    holders = holder_names(page.naming, recorded.seats)
    naming = page.naming({recorded.assessor})
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
        versions=recorded.versions,
        is_retracted=recorded.is_retracted,
        assessor=naming(recorded.assessor),
        answers=answer_rows(recorded.answers),
        answered=f"{len(recorded.answers.known_answers())} of {len(QUESTIONS)} answered",
        answer_columns=_ANSWER_COLUMNS,
        then=advice_view(then, holders),
        now=advice_view(now, holders),
        same=has_same_advice(then, now),
        moved=differences(then["recommendation"], now["recommendation"]),
        outcome=_outcome(page, at, recorded) if recorded.taken else None,
        record=milestone_address(engagement, milestone, known_at=at.known_at_text),
        pdf=address(f"{milestone_address(engagement, milestone)}/assessment.pdf", at.query),
    )


@router.get("/engagements/{engagement}/milestones/{milestone}/assessment.pdf")
def download_assessment(
    engagement: UUID, milestone: UUID, page: ViewerPage, at: At, renderer: AssessmentRendererDep
) -> Response:
    """The written read as PDF."""
    return assessment_response(renderer(page.queries, AssessmentQuery(engagement, milestone, at.moment)))


_ANSWER_COLUMNS = (Column("Question"), Column("Answer"), Column("As of"), Column("From"))


def answer_rows(answers: Answers) -> list[list[Cell | str]]:
    """The answers with their days and sources."""
    plain = answers_mapping(answers)
    return [
        [
            question_label(name),
            answer_text(name, plain[name]["value"]),
            day_words(answer.as_of) if answer.as_of else "",
            source_text(answer),
        ]
        for name, answer in answers.items()
    ]


def _outcome(page: PageContext, at: Times, recorded: Recorded) -> Outcome | None:
    taken = recorded.taken
    if taken is None:
        return None
    follow_up = taken.follow_up
    tone, sentence = follow_up_words(follow_up, has_responses=bool(taken.responses))
    naming = page.naming(people_of(taken.responses))
    milestones = tuple(
        Link(
            f"{describe_version(one, naming).title}, {effective_words(one.effective_on, one.precision.value)}"
            f"{after_words((one.takes_effect_on - taken.on).days)}",
            milestone_address(one.engagement, one.id, known_at=at.known_at_text),
        )
        for one in taken.responses
    )
    may_reply = page.may_record and not at.known_at and not recorded.is_retracted and recorded.open_engagement
    if not may_reply or follow_up.status is AdviceStatus.FOLLOWED:
        return Outcome(tone, sentence, milestones)
    return Outcome(tone, sentence, milestones, _follow_address(recorded), _decline_address(recorded, follow_up))


def follow_up_words(follow_up: FollowUp, *, has_responses: bool) -> tuple[str, str]:
    """What became of advice: a tone and a sentence. A decline without a reason is one whose reason is not shown."""
    after = after_words(follow_up.days or 0)
    match follow_up.status:
        case AdviceStatus.FOLLOWED if not has_responses:
            return "good", "The structure matched the advice already."
        case AdviceStatus.FOLLOWED:
            return "good", f"The advice was followed{after}."
        case AdviceStatus.IN_PART:
            return "plain", f"The advice was followed in part{after}."
        case AdviceStatus.DECLINED:
            return "warn", f"The advice was declined{after}" + (f": {follow_up.reason}" if follow_up.reason else ".")
        case AdviceStatus.OPEN:
            return "plain", "The advice has been neither followed nor declined yet."


def after_words(days: int) -> str:
    """` after 3 days`; empty for the day itself."""
    return f" after {counted(days, 'day')}" if days > 0 else ""


def _follow_address(recorded: Recorded) -> str:
    """The form of the next milestone on the way to the advice; empty where the seats that are held agree with it."""
    advised = recorded.then["recommendation"]
    step = next_step(outcome_in(advised), recorded.seats_now)
    if step is None:
        return ""
    when = effective_words(recorded.milestone.effective_on, recorded.milestone.precision.value)
    rationale = f"Follows the assessment of {when}: {advice_view(recorded.then).headline}"
    return address(
        "/milestones/new", _form_query(recorded, step.kind), step.presets, shape=step.shape, rationale=rationale
    )


def _decline_address(recorded: Recorded, follow_up: FollowUp) -> str:
    if follow_up.status is AdviceStatus.DECLINED:
        return ""
    return address("/milestones/new", _form_query(recorded, Kind.ADVICE_DECLINED))


def _form_query(recorded: Recorded, kind: Kind) -> dict[str, object]:
    return {
        "client": recorded.client.slug,
        "engagement": recorded.open_engagement,
        "kind": kind.value,
        "assessment": recorded.milestone.id,
    }


def has_same_advice(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two evaluations are equal, their reasons included."""
    return orjson.dumps(then, option=orjson.OPT_SORT_KEYS) == orjson.dumps(now, option=orjson.OPT_SORT_KEYS)


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The differences between the advice then and now, in words."""
    moved = []
    if then["structure"] != now["structure"]:
        moved.append(f"{structure_text(now['structure'])} instead of {structure_text(then['structure'])}")
    for dimension, label in DIMENSIONS.items():
        was, becomes = then[dimension], now[dimension]
        if was != becomes:
            moved.append(f"{label}: {dimension_text(dimension, becomes)} instead of {dimension_text(dimension, was)}")
    return moved
