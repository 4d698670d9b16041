"""Responses about what became of an assessment's advice."""

from __future__ import annotations

from pydantic import Field

from api.schemas.scalars import Answer, Day, Id
from domain.assessment.following import AdviceStatus


class FollowUpAnswer(Answer):
    """What became of an assessment's advice by `as_of`: `followed`, followed `in_part`, `declined` or `open`.

    `milestones` are those that followed it (none if the structure equalled the advice already), or the one that
    declined it. `on` is the day from which the status holds, and `days` the number of days after the assessment.
    """

    status: AdviceStatus = Field(examples=["followed"])
    milestones: list[Id]
    on: Day | None
    days: int | None
    reason: str | None
