"""The then-and-now report: which clients and milestones changed a report between two states of knowledge."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.csv_xlsx import TABLES, Format, Formatted, table
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
Compared.__doc__ = "The reports that support the comparison."


class FigureAnswer(Answer):
    """A client's contribution to a row then and now; null: none."""

    row: str
    then: str | int | None
    now: str | int | None


class ClientDifferenceAnswer(Answer):
    """A client with changed figures, and the milestones and profile fields that changed."""

    client: Id
    name: str
    figures: list[FigureAnswer]
    milestones: list[MilestoneDifferenceAnswer]
    profile: list[str]
    links: ClientLinkAnswer


class ThenAndNowAnswer(Answer):
    """Clients with changed figures between `then` and `now`; `count` includes those beyond the limit."""

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
    query: ViewerQuery,
    question: OpenQuestion,
    report: Annotated[Compared, Query(description="The report to compare.")],
    then: Annotated[Instant, Query(description="The earlier instant; `known_at` is the later one.")],
    page: Annotated[Page, Depends(paged(str, UUID))],
    file_format: Formatted = Format.JSON,
) -> ThenAndNowAnswer | Response:
    """List the clients and milestones that changed a report between two instants of knowledge.

    CSV and XLSX have one row per changed figure, and contain all of them unless a `limit` is given.
    """
    check_not_in_future(query.context, then=then)
    if question.known_at is not None and question.known_at < then:
        raise invalid(("then", "must not come after `known_at`"))
    compared = COMPARED[report]
    if compared.is_bounded:
        question = bounded(question)
    with query.snapshot() as snapshot:
        known_at = query.known_at(snapshot, question.known_at)
        limit = None if page.is_whole else page.limit
        by_client = compared.compared_as[report]
        answer = then_and_now(snapshot, by_client, question, then, limit=limit, after=page.after)
    cursor = page.cursor(answer.next)
    link_next(request, response, cursor)
    if file_format is not Format.JSON:
        cells = table_of_differences(answer)
        about = about_report(query, "then-and-now", question, compared=report, then=instant_text(then))
        return table(file_format, f"{report}-then-and-now", cells.columns, cells.rows, {}, about)
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
    """Amounts and hours as strings, counts as numbers."""
    return str(figure) if isinstance(figure, Decimal) else figure
