"""Then and now: what a report was made of as it was known at an instant, beside what it is made of as known later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.formats import TABLES, Format, Formatted, table
from api.paging import Page, link_next, paged
from api.problems import invalid
from api.reading import Reading, check_past
from api.report_files import about_report
from api.reports import Asked
from api.scopes import ScopeAnswer, Scoped, scope_answer
from api.shapes.reports import ClientLinkAnswer, ParametersAnswer, link_to, parameters_answer
from api.shapes.scalars import Answer, Id, Instant, instant_text
from api.shapes.timelines import MilestoneDifferenceAnswer, milestone_difference_answer
from projections.profiles import NamePlace
from projections.reports.capacity import capacity_by_client
from projections.reports.contributions import moves_by_client, structures_by_client
from projections.reports.drift import drift_by_client
from projections.reports.parameters import ReportParameters
from projections.reports.paths import paths_by_client
from projections.reports.plan import plan_by_client
from projections.reports.revenue import revenue_by_client
from projections.reports.scope import Contributions, Figure, Scope
from projections.reports.tables import rows_for_export
from projections.reports.then_and_now import ClientDifference, ThenAndNow, then_and_now
from projections.reports.time_to import Awaited, times_by_client
from projections.snapshot import Snapshot

router = APIRouter(prefix="/reports", tags=["reports"])


class Compared(StrEnum):
    """The reports that can be compared with what they were."""

    STRUCTURE_MIX = "structure-mix"
    QUARTER_GRID = "quarter-grid"
    TRANSITIONS = "transitions"
    REVENUE = "revenue"
    CAPACITY = "capacity"
    PATHS = "paths"
    PLAN = "plan"
    DRIFT = "drift"
    TIME_TO_SPLIT = "time-to-split"
    TIME_TO_FULL_TIME = "time-to-full-time"


_IN_QUARTERS: Mapping[Compared, Callable[[Snapshot, ReportParameters], Contributions]] = {
    Compared.STRUCTURE_MIX: structures_by_client,
    Compared.QUARTER_GRID: structures_by_client,
    Compared.TRANSITIONS: moves_by_client,
    Compared.REVENUE: revenue_by_client,
    Compared.CAPACITY: capacity_by_client,
    Compared.DRIFT: drift_by_client,
}
_WHOLE: Mapping[Compared, Callable[[Snapshot, Scope], Contributions]] = {
    Compared.PATHS: paths_by_client,
    Compared.PLAN: plan_by_client,
    Compared.TIME_TO_SPLIT: partial(times_by_client, event=Awaited.SPLIT),
    Compared.TIME_TO_FULL_TIME: partial(times_by_client, event=Awaited.FULL_TIME),
}


def compare(
    snapshot: Snapshot,
    report: Compared,
    asked: ReportParameters,
    scope: Scope,
    then: datetime,
    *,
    limit: int | None,
    after: NamePlace | None = None,
) -> ThenAndNow:
    """Who makes the difference, whichever of the two questions the report takes."""
    if report in _IN_QUARTERS:
        return then_and_now(snapshot, _IN_QUARTERS[report], asked, then, limit=limit, after=after)
    return then_and_now(snapshot, _WHOLE[report], scope, then, limit=limit, after=after)


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
    read: Reading,
    asked: Asked,
    scope: Scoped,
    report: Annotated[Compared, Query(description="The report that is compared.")],
    then: Annotated[Instant, Query(description="The earlier instant; `known_at` is the later one.")],
    page: Annotated[Page, Depends(paged(str, UUID))],
    written: Formatted = Format.JSON,
) -> ThenAndNowAnswer | Response:
    """Which clients and milestones make the difference between a report as it was known and as it is known.

    A table has all of them unless a `limit` is given: a row a figure that differs.
    """
    check_past(read.house, then=then)
    if asked.known_at is not None and asked.known_at < then:
        raise invalid(("then", "must not come after `known_at`"))
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, asked.known_at)
        limit = None if page.is_whole else page.limit
        found = compare(snapshot, report, asked, scope, then, limit=limit, after=page.after)
    cursor = page.cursor(found.next)
    link_next(request, response, cursor)
    question = asked if report in _IN_QUARTERS else scope
    if written is not Format.JSON:
        told = rows_for_export(found)
        about = about_report(read, "then-and-now", question, compared=report, then=instant_text(then))
        return table(written, f"{report}-then-and-now", told.columns, told.rows, {}, about)
    return ThenAndNowAnswer(
        report=report,
        parameters=(
            parameters_answer(question, known_at)
            if isinstance(question, ReportParameters)
            else scope_answer(question, known_at)
        ),
        then=found.then,
        now=known_at,
        count=found.count,
        rows=[_row(difference) for difference in found.clients],
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
