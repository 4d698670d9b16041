"""The written read of a recorded assessment: what the PDF and the page of a share link say about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from domain.assessment import QUESTIONS, Answers
from domain.assessment.following import FollowUp
from domain.assessment.questions import AnswerKind
from projections.clients import ClientRow
from projections.milestone_versions import MilestoneVersion
from web.bidi import isolate
from web.charts.wording import effective_words
from web.kinds import describe_version
from web.kinds.page import Naming
from web.pages.assess.advice_view import AdviceView, advice_view
from web.pages.assess.holders import holder_names
from web.pages.assess.recorded import Recorded, differences, follow_up_words, has_same_advice
from web.pages.assess.wording import known_answers_in_words
from web.pages.clients.redaction import Redaction
from web.pages.milestones.milestone_list import people_of

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WrittenRead:
    """An assessment as one reads it: the advice, what became of it, and the answers it rests on.

    `today` is the advice of today's rules where they would say something else (`differences`), else null. `became` is
    empty for a retracted assessment; `responses` are the milestones that followed or declined the advice.
    """

    client: ClientRow
    title: str
    is_retracted: bool
    on: str
    assessor: str
    versions: str
    answered: str
    advice: AdviceView
    today: AdviceView | None
    differences: tuple[str, ...]
    became: str
    responses: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]


def written_read(
    recorded: Recorded, naming_of: Callable[[Collection[UUID]], Naming], redaction: Redaction
) -> WrittenRead:
    """The written read of an assessment, without what the redaction removes."""
    latest, answers = recorded.milestone, recorded.answers
    then, now = (_evaluation(one, redaction) for one in (recorded.then, recorded.now))
    holders = holder_names(naming_of, recorded.seats)
    responses = [redaction.milestone(one) for one in recorded.taken.responses] if recorded.taken else []
    naming = naming_of({recorded.assessor, *people_of(responses)})
    differs = not has_same_advice(recorded.then, recorded.now)
    client = redaction.client(recorded.client)
    return WrittenRead(
        client,
        f"Assessment of {isolate(client.name)}",
        recorded.is_retracted,
        effective_words(latest.effective_on, latest.precision.value),
        naming(recorded.assessor),
        recorded.versions,
        f"{len(answers.known_answers())} of {len(QUESTIONS)} questions answered",
        advice_view(then, holders),
        advice_view(now, holders) if differs else None,
        tuple(differences(recorded.then["recommendation"], recorded.now["recommendation"])) if differs else (),
        _became(recorded, redaction),
        tuple(_response(one, naming) for one in responses),
        _answers(answers, redaction),
    )


def _became(recorded: Recorded, redaction: Redaction) -> str:
    if recorded.taken is None or recorded.is_retracted:
        return ""
    follow_up: FollowUp = recorded.taken.follow_up
    if not redaction.notes:
        follow_up = replace(follow_up, reason=None)
    _, sentence = follow_up_words(follow_up, has_responses=bool(recorded.taken.responses))
    return sentence


def _response(response: MilestoneVersion, naming: Naming) -> str:
    when = effective_words(response.effective_on, response.precision.value)
    return f"{describe_version(response, naming).title}, {when}"


def _answers(answers: Answers, redaction: Redaction) -> tuple[tuple[str, str], ...]:
    """The known answers in words."""
    return known_answers_in_words(
        Answers({name: one for name, one in answers.items() if redaction.money or not _is_sum(name)})
    )


def _evaluation(evaluation: Plain, redaction: Redaction) -> Plain:
    """An evaluation without the sums that were answered, and without what they are near to."""
    if redaction.money:
        return evaluation
    advised = evaluation["recommendation"]
    triggers = [one for one in advised["triggers"] if not any(_is_sum(change["answer"]) for change in one["changes"])]
    verdicts = [
        {
            **verdict,
            "fired": [{**rule, "answers": _without_sums(rule["answers"])} for rule in verdict["fired"]],
            "nearly": [rule for rule in verdict["nearly"] if not any(map(_is_sum, rule["answers"]))],
        }
        for verdict in evaluation["verdicts"]
    ]
    return {**evaluation, "verdicts": verdicts, "recommendation": {**advised, "triggers": triggers}}


def _without_sums(answers: Plain) -> Plain:
    return {name: value for name, value in answers.items() if not _is_sum(name)}


def _is_sum(name: str) -> bool:
    return name in QUESTIONS and QUESTIONS[name].kind is AnswerKind.MONEY
