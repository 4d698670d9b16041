"""The capacity report: agreed and reported hours by person, quarter and function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT, Page, link_next, paged
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import LinksAnswer, links
from api.reports.query import (
    BoundedQuestion,
    ParametersAnswer,
    parameters_answer,
)
from api.schemas.scalars import Answer, Id, Number
from projections.reports.capacity import REPORT, Capacity, CapacityRow, HatHours
from projections.reports.expected_hours import Band, Verdict

router = APIRouter(prefix="/reports", tags=["reports"])


class HatHoursAnswer(Answer):
    """Hours in a quarter by function."""

    technology: Number
    ai: Number


class BandAnswer(Answer):
    """Hours on some days, and the range that the source recommends for these days (S3:L66)."""

    hours: Number
    least: Number
    most: Number
    verdict: Verdict


class VerdictsAnswer(Answer):
    """The number of engagements with hours below, within and above the recommended range of a fractional role."""

    under: int
    within: int
    over: int


class ClientBandAnswer(Answer):
    """A person's hours for the AI function of one engagement; null if the source gives no range."""

    client: Id
    engagement: Id
    agreed: BandAnswer | None
    reported: BandAnswer | None


class CapacityRowAnswer(Answer):
    """One person in one quarter. `hours` is the total of agreed hours; `unagreed` counts seats without agreed hours.

    `agreed` covers the whole quarter including plans, `to_date` the part up to `as_of`. The verdicts count the
    engagements that `bands` lists.
    """

    person: Id
    quarter: str
    hours: Number
    clients: int
    seats: int
    agreed: HatHoursAnswer
    to_date: HatHoursAnswer
    reported: HatHoursAnswer
    unagreed: int
    agreed_verdicts: VerdictsAnswer
    reported_verdicts: VerdictsAnswer
    bands: list[ClientBandAnswer]
    planned: bool
    links: LinksAnswer


class CapacityAnswer(Answer):
    """All people who held a seat, by quarter, most hours first. `people` is their total, whatever the page limit."""

    parameters: ParametersAnswer
    people: int
    rows: list[CapacityRowAnswer]
    next: str | None = Field(description="The cursor of the next page.")


@router.get("/capacity", response_model=CapacityAnswer, summary="Capacity", responses=TABLES)
def show_capacity(
    request: Request,
    response: Response,
    query: ViewerQuery,
    question: BoundedQuestion,
    page: Annotated[Page, Depends(paged(int, UUID, default_limit=MAX_LIMIT))],
    person: Annotated[Id | None, Query(description="Only this person.")] = None,
    file_format: Formatted = Format.JSON,
) -> CapacityAnswer | Response:
    """Return agreed and reported hours by person, quarter and function, and the recommended range.

    A page holds a number of people, most hours first. CSV and XLSX contain all people unless a `limit` is given.
    """

    def body(answer: Capacity, known_at: datetime) -> CapacityAnswer:
        cursor = page.cursor(answer.next)
        link_next(request, response, cursor)
        return CapacityAnswer(
            parameters=parameters_answer(answer.question, known_at),
            people=answer.people,
            rows=[_capacity_row(row) for row in answer.rows],
            next=cursor,
        )

    return respond(
        query,
        file_format,
        REPORT,
        question,
        body,
        options={"person": person},
        rows={"after": page.after, "people": None if page.is_whole else page.limit},
        people=lambda answer: {row.person for row in answer.rows},
    )


def _capacity_row(row: CapacityRow) -> CapacityRowAnswer:
    return CapacityRowAnswer(
        person=row.person,
        quarter=row.quarter.label,
        hours=row.hours,
        clients=row.clients,
        seats=row.seats,
        agreed=_hours(row.agreed),
        to_date=_hours(row.to_date),
        reported=_hours(row.reported),
        unagreed=row.unagreed,
        agreed_verdicts=_verdicts(row.agreed_verdicts),
        reported_verdicts=_verdicts(row.reported_verdicts),
        bands=[
            ClientBandAnswer(
                client=band.client,
                engagement=band.engagement,
                agreed=_band(band.agreed),
                reported=_band(band.reported),
            )
            for band in row.bands
        ],
        planned=row.planned,
        links=links(row.link),
    )


def _hours(hours: HatHours) -> HatHoursAnswer:
    return HatHoursAnswer(technology=hours.technology, ai=hours.ai)


def _verdicts(counts: Mapping[Verdict, int]) -> VerdictsAnswer:
    return VerdictsAnswer(**{verdict.value: counts.get(verdict, 0) for verdict in Verdict})


def _band(band: Band | None) -> BandAnswer | None:
    if band is None:
        return None
    return BandAnswer(hours=band.hours, least=band.least, most=band.most, verdict=band.verdict)
