"""The governance report: the artifact pack, the first quarter, decision areas, limits, alignment and conflicts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT, Page, link_next, paged
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import ClientLinkAnswer, LinksAnswer, link_to, links
from api.reports.query import BoundedQuestion, ParametersAnswer, parameters_answer
from api.schemas.scalars import Answer, Day, Id, MoneyAnswer, Number
from domain.areas import GOVERNANCE_PACK
from domain.governance import HatActivity
from domain.seats import BOTH, Function
from projections.details_json import money_to_json
from projections.reports.governance import (
    NO_OWNER,
    REPORT,
    GovernanceReport,
    GovernanceRow,
    link_to_clients,
)
from projections.reports.governance_facts import AREA, OVERDUE, PACK
from projections.reports.question import ReportQuestion

router = APIRouter(prefix="/reports", tags=["reports"])


class FirstQuarterAnswer(Answer):
    """When each function had issued its deliverables of the first quarter; null until then.

    Technology owes `technology_read`, AI both `ai_capability_map` and `governance_framework`. `due_on` is 90 days after
    the first day on which a seat is held, and null before that day. `overdue` are the functions that are held and still
    owe theirs more than 90 days after they were first held.
    """

    technology: Day | None
    ai: Day | None
    due_on: Day | None
    overdue: list[Function]


class SpendingLimitsAnswer(Answer):
    """What each function may spend alone, per month."""

    technology: MoneyAnswer | None
    ai: MoneyAnswer | None


class HatActivityAnswer(Answer):
    """What was done under one function from the first to the last quarter, up to `as_of`.

    `hours` are those reported for these months; `decisions` are the rights assigned to the function and the conflicts
    that it resolved.
    """

    hours: Number
    decisions: int
    deliverables: int


class HatsAnswer(Answer):
    """Both functions side by side."""

    technology: HatActivityAnswer
    ai: HatActivityAnswer


class GovernanceRowAnswer(Answer):
    """The governance of one client's open engagement on `as_of`.

    `artifacts` has the seven of the pack, each with the day on which it was first issued, and `pack` their number.
    `decision_areas` counts the areas with an owner, `joint` those owned together; `unsettled` are the named areas
    without one.
    """

    client: Id
    slug: str
    name: str
    engagement: Id
    artifacts: dict[str, Day | None]
    pack: int = Field(description=f"Of {len(GOVERNANCE_PACK)}.")
    first_quarter: FirstQuarterAnswer
    first_90_days: dict[str, Day | None]
    decision_areas: int
    joint: int
    unsettled: list[str]
    spending_limits: SpendingLimitsAnswer
    last_alignment: Day | None
    days_since_alignment: int | None
    open_conflicts: int
    oldest_conflict_on: Day | None
    hats: HatsAnswer
    links: ClientLinkAnswer


class PackCountAnswer(Answer):
    """The number of clients that have this many artifacts of the pack."""

    pack: int
    clients: int
    links: LinksAnswer


class OverdueCountAnswer(Answer):
    """The number of clients at which a function owes deliverables of the first quarter."""

    function: Function
    clients: int
    links: LinksAnswer


class AreaCountAnswer(Answer):
    """The number of clients at which a decision area has this owner."""

    area: str
    owner: str = Field(examples=["joint"], description="`nobody`: a named area without an owner.")
    clients: int
    links: LinksAnswer


class GovernanceAnswer(Answer):
    """Clients with an open engagement, by name; the counts are of all clients, whatever the page."""

    parameters: ParametersAnswer
    clients: int
    rows: list[GovernanceRowAnswer]
    packs: list[PackCountAnswer]
    overdue: list[OverdueCountAnswer]
    areas: list[AreaCountAnswer]
    next: str | None = Field(description="The cursor of the next page.")


@router.get("/governance", response_model=GovernanceAnswer, summary="Governance", responses=TABLES)
def show_governance(
    request: Request,
    response: Response,
    query: ViewerQuery,
    question: BoundedQuestion,
    page: Annotated[Page, Depends(paged(str, UUID, default_limit=MAX_LIMIT))],
    file_format: Formatted = Format.JSON,
) -> GovernanceAnswer | Response:
    """List what was issued, who decides what, and when the two functions last met, for clients with an engagement.

    With `status=ended` the rows are about the last engagement, as it was on its closing day. CSV and XLSX contain all
    clients unless a `limit` is given.
    """

    def body(report: GovernanceReport, known_at: datetime) -> GovernanceAnswer:
        cursor = page.cursor(report.next)
        link_next(request, response, cursor)
        return _body(report, known_at, cursor)

    rows = {"limit": None if page.is_whole else page.limit, "after": page.after}
    return respond(query, file_format, REPORT, question, body, rows=rows)


def _body(report: GovernanceReport, known_at: datetime, cursor: str | None) -> GovernanceAnswer:
    question, totals = report.question, report.totals
    return GovernanceAnswer(
        parameters=parameters_answer(question, known_at),
        clients=totals.clients,
        rows=[_row(row) for row in report.rows],
        packs=[
            PackCountAnswer(pack=pack, clients=clients, links=_links(question, PACK, str(pack)))
            for pack, clients in sorted(totals.packs.items())
        ],
        overdue=[
            OverdueCountAnswer(function=function, clients=clients, links=_links(question, OVERDUE, function))
            for function, clients in totals.overdue.items()
        ],
        areas=[
            AreaCountAnswer(area=area, owner=owner, clients=owners[owner], links=_links(question, AREA, area, owner))
            for area, owners in totals.areas.items()
            for owner in (*Function, "joint", NO_OWNER)
            if owners.get(owner)
        ],
        next=cursor,
    )


def _links(question: ReportQuestion, *parts: str) -> LinksAnswer:
    return links(link_to_clients(question, *parts))


def _row(row: GovernanceRow) -> GovernanceRowAnswer:
    governed = row.governance
    limits = {function.value: governed.spending_limits.get(function) for function in BOTH}
    return GovernanceRowAnswer(
        client=row.client,
        slug=row.slug,
        name=row.name,
        engagement=row.engagement,
        artifacts=dict(governed.artifacts),
        pack=governed.pack,
        first_quarter=FirstQuarterAnswer(
            technology=governed.first_quarter(Function.TECHNOLOGY),
            ai=governed.first_quarter(Function.AI),
            due_on=governed.first_due_on,
            overdue=[function for function in BOTH if governed.is_overdue(function)],
        ),
        first_90_days=dict(governed.first_90_days),
        decision_areas=len(governed.areas),
        joint=governed.joint,
        unsettled=list(governed.unsettled),
        spending_limits=SpendingLimitsAnswer(
            **{
                name: None if limit is None else MoneyAnswer.model_validate(money_to_json(limit))
                for name, limit in limits.items()
            }
        ),
        last_alignment=governed.last_alignment,
        days_since_alignment=governed.days_since_alignment,
        open_conflicts=governed.open_conflicts,
        oldest_conflict_on=governed.oldest_conflict_on,
        hats=HatsAnswer(technology=_activity(row.hats[Function.TECHNOLOGY]), ai=_activity(row.hats[Function.AI])),
        links=link_to(row.slug),
    )


def _activity(activity: HatActivity) -> HatActivityAnswer:
    return HatActivityAnswer(hours=activity.hours, decisions=activity.decisions, deliverables=activity.deliverables)
