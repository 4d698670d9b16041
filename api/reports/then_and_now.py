"""Then and now: which clients and milestones make the difference between two states of knowledge of a report."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.formats import TABLES, Format, Formatted, table
from api.http.paging import Page, link_next, paged
from api.http.problems import invalid
from api.queries import ViewerQuery, check_not_in_future
from api.reports.files import about_report
from api.reports.links import ClientLinkAnswer, link_to
from api.reports.query import OpenQuestion, ParametersAnswer, ScopeAnswer, bounded, parameters_answer, scope_answer
from api.schemas.scalars import Answer, Id, Instant, instant_text
from api.schemas.timelines import MilestoneDifferenceAnswer, milestone_difference_answer
from projections.reports.by_client import Figure
from projections.reports.catalog import COMPARED
from projections.reports.then_and_now import ClientDifference, table_of_differences, then_and_now

router = APIRouter(prefix="/reports", tags=["reports"])

Compared = StrEnum("Compared", {name.replace("-", "_").upper(): name for name in COMPARED})  # type: ignore[misc]
Compared.__doc__ = "The reports that can be compared with what they were."


class FigureAnswer(Answer):
    """What a client contributed to a row of the report, and contributes now; null: nothing."""

    row: str
    then: str | int | None
    now: str | int | None


class ClientDifferenceAnswer(Answer):
    """A client that makes a difference, with the milestones and the profile's fields that are said differently."""

    client: Id
    name: str
    figures: list[FigureAnswer]
    milestones: list[MilestoneDifferenceAnswer]
    profile: list[str]
    links: ClientLinkAnswer


class ThenAndNowAnswer(Answer):
    """Who makes the difference between what was known `then` and `now`; `count` is of all of them."""

    report: Compared
    parameters: ParametersAnswer | ScopeAnswer
    then: Instant
    now: Instant
    count: int
    rows: list[ClientDifferenceAnswer]
    next: str | None


@router.get("/then-and-now", response_model=ThenAndNowAnswer, summary="Then and now", responses=TABLES)
def show_then_and_now(
    request: Request,
    response: Response,
    read: ViewerQuery,
    question: OpenQuestion,
    report: Annotated[Compared, Query(description="The report that is compared.")],
    then: Annotated[Instant, Query(description="The earlier instant; `known_at` is the later one.")],
    page: Annotated[Page, Depends(paged(str, UUID))],
    written: Formatted = Format.JSON,
) -> ThenAndNowAnswer | Response:
    """Which clients and milestones make the difference between a report as it was known and as it is known.

    A table has all of them unless a `limit` is given: a row a figure that differs.
    """
    check_not_in_future(read.context, then=then)
    if question.known_at is not None and question.known_at < then:
        raise invalid(("then", "must not come after `known_at`"))
    compared = COMPARED[report]
    if compared.is_bounded:
        question = bounded(question)
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, question.known_at)
        limit = None if page.is_whole else page.limit
        by_client = compared.compared_as[report]
        answer = then_and_now(snapshot, by_client, question, then, limit=limit, after=page.after)
    cursor = page.cursor(answer.next)
    link_next(request, response, cursor)
    if written is not Format.JSON:
        cells = table_of_differences(answer)
        about = about_report(read, "then-and-now", question, compared=report, then=instant_text(then))
        return table(written, f"{report}-then-and-now", cells.columns, cells.rows, {}, about)
    parameters = parameters_answer if compared.is_bounded else scope_answer
    return ThenAndNowAnswer(
        report=report,
        parameters=parameters(question, known_at),
        then=answer.then,
        now=known_at,
        count=answer.count,
        rows=[_row(difference) for difference in answer.clients],
        next=cursor,
    )


def _row(difference: ClientDifference) -> ClientDifferenceAnswer:
    return ClientDifferenceAnswer(
        client=difference.client,
        name=difference.name,
        figures=[
            FigureAnswer(row=figure.row, then=_figure(figure.then), now=_figure(figure.now))
            for figure in difference.figures
        ],
        milestones=[milestone_difference_answer(milestone) for milestone in difference.milestones],
        profile=list(difference.profile),
        links=link_to(str(difference.client)),
    )


def _figure(figure: Figure | None) -> str | int | None:
    """Amounts and hours as texts, counts as numbers."""
    return str(figure) if isinstance(figure, Decimal) else figure
