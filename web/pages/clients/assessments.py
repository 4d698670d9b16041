"""A client's assessments in words: what was advised, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from projections.assessments import TakenAssessment
from web.charts.wording import ADVICE_STATUSES, STRUCTURES, day_words
from web.pages.urls import assessment_address


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """An assessment: its day and page, the advice, and what became of it with the reason of a decline."""

    on: str
    href: str
    advice: str
    became: str
    reason: str


def assessment_lines(assessments: Iterable[TakenAssessment], known_at: str) -> list[AssessmentLine]:
    """The assessments of a client, the newest first."""
    return [_line(one, known_at) for one in reversed(tuple(assessments))]


def _line(taken: TakenAssessment, known_at: str) -> AssessmentLine:
    follow_up = taken.follow_up
    since = f" on {day_words(follow_up.on)}" if follow_up.on else ""
    return AssessmentLine(
        on=day_words(taken.on),
        href=assessment_address(taken.engagement, taken.milestone, known_at=known_at),
        advice=STRUCTURES[taken.structure].name if taken.structure else "No single structure",
        became=f"{ADVICE_STATUSES[follow_up.status]}{since}",
        reason=follow_up.reason or "",
    )
