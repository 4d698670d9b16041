"""The plan report: transitions and exits after `as_of`, due dates, and what is overdue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import LinksAnswer, links
from api.reports.query import OpenQuestion, ScopeAnswer, scope_answer
from api.schemas.scalars import Answer, Day, Id
from domain.due_dates import DueKind
from domain.seats import Function, Structure
from projections.reports.plan import REPORT, Plan

router = APIRouter(prefix="/reports", tags=["reports"])


class PlanRowAnswer(Answer):
    """Planned transitions in a quarter. `from` null means a new engagement, `to` null the end of one."""

    quarter: str
    before: Structure | None = Field(serialization_alias="from")
    after: Structure | None = Field(serialization_alias="to")
    clients: int
    times: int
    first_on: Day
    links: LinksAnswer


class MoveAnswer(Answer):
    """One planned transition of one client."""

    client: Id
    name: str
    engagement: Id
    on: Day
    quarter: str
    before: Structure | None = Field(serialization_alias="from")
    after: Structure | None = Field(serialization_alias="to")
    milestone: Id


class DueRowAnswer(Answer):
    """Due dates of one kind in a quarter."""

    quarter: str
    kind: DueKind
    clients: int
    times: int
    first_on: Day
    links: LinksAnswer


class OverdueRowAnswer(Answer):
    """What is overdue, of one kind; `first_on` is the earliest due date."""

    kind: DueKind
    clients: int
    times: int
    first_on: Day
    links: LinksAnswer


class DueDateAnswer(Answer):
    """What is due at one client on a day.

    That is the renewal of its engagement letter, the last day to give notice, or the deliverables of a hat's first
    quarter or first 90 days (`function`). `milestone` is the one that set the day.
    """

    client: Id
    name: str
    engagement: Id
    kind: DueKind
    function: Function | None
    on: Day
    quarter: str
    milestone: Id


class PlanAnswer(Answer):
    """Planned transitions and due dates by quarter, and what is overdue on the day.

    `moves` and `due` list the earliest ones, `overdue` those most recently due. Of the renewals of an open engagement
    the newest as of the day counts, until the engagement closes. The deliverables of a hat are due 90 days after the
    first day on which it is held, and are owed on every day on which it is held until they are issued.
    """

    parameters: ScopeAnswer
    rows: list[PlanRowAnswer]
    moves: list[MoveAnswer]
    due_rows: list[DueRowAnswer]
    due: list[DueDateAnswer]
    overdue_rows: list[OverdueRowAnswer]
    overdue: list[DueDateAnswer]


@router.get("/plan", response_model=PlanAnswer, summary="Plan", responses=TABLES)
def show_plan(
    query: ViewerQuery,
    question: OpenQuestion,
    limit: Annotated[int, Query(ge=0, le=MAX_LIMIT, description="The maximum number of moves, and of due dates.")] = 50,
    file_format: Formatted = Format.JSON,
) -> PlanAnswer | Response:
    """List transitions and exits after `as_of`, due dates on or after it, and what is overdue.

    Optionally limited to some quarters.
    """
    return respond(query, file_format, REPORT, question, _body, rows={"moves": limit})


def _body(answer: Plan, known_at: datetime) -> PlanAnswer:
    return PlanAnswer(
        parameters=scope_answer(answer.question, known_at),
        rows=[PlanRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in answer.rows],
        moves=[MoveAnswer.of(move, quarter=move.quarter.label) for move in answer.moves],
        due_rows=[DueRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in answer.due_rows],
        due=[DueDateAnswer.of(due, quarter=due.quarter.label) for due in answer.due],
        overdue_rows=[OverdueRowAnswer.of(row, links=links(row.link)) for row in answer.overdue_rows],
        overdue=[DueDateAnswer.of(due, quarter=due.quarter.label) for due in answer.overdue],
    )
