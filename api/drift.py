"""The drift report: who has outgrown its structure, and who is ahead of itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.formats import TABLES, Format, Formatted
from api.paging import MOST, Page, key_of, text
from api.reading import Reading
from api.report_files import report_file
from api.reports import Asked
from api.shapes.reports import ClientLinkAnswer, ParametersAnswer, link_to, parameters_answer
from api.shapes.scalars import Answer, Day, Id
from domain.assessment import Direction
from domain.seats import Structure
from domain.text import key_of_name
from projections.reports.drift import DriftRow, drift_report

router = APIRouter(prefix="/reports", tags=["reports"])


class DriftRowAnswer(Answer):
    """A client whose structure is not what is advised; `recommended` is null where the advice is no one structure.

    `since` is the first day from which it has been so without a break; `frameworks` are those that advise it.
    """

    client: Id
    slug: str
    name: str
    structure: Structure
    recommended: Structure | None
    direction: Direction = Field(examples=["outgrown"])
    since: Day
    frameworks: list[str]
    reasons: list[str]
    assessment: Id | None
    links: ClientLinkAnswer


class DriftAnswer(Answer):
    """Clients in drift on `as_of`, by name."""

    parameters: ParametersAnswer
    clients: int = Field(description="How many are in drift, on all pages.")
    rows: list[DriftRowAnswer]
    next: str | None = Field(description="The cursor of the next page.")


@router.get("/drift", response_model=DriftAnswer, summary="Drift", responses=TABLES)
def show_drift(
    read: Reading,
    asked: Asked,
    direction: Annotated[Direction | None, Query(description="Only those that drifted this way.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many clients at most.")] = MOST,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")] = None,
    written: Formatted = Format.JSON,
) -> DriftAnswer | Response:
    """Clients whose structure on `as_of` is not what their newest answers and their profile advise. A table has all."""
    page = Page(limit, None if cursor is None else key_of(cursor, (text, text)))
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, asked.known_at)
        report = drift_report(snapshot, asked)
    if direction is not None:
        report = report.towards(direction)
    if written is not Format.JSON:
        return report_file(read, written, "drift", report, direction=direction)
    rows = report.rows if page.after is None else [row for row in report.rows if _place(row) > page.after]
    shown, following = page.cut(rows, _place)
    return DriftAnswer(
        parameters=parameters_answer(asked, known_at),
        clients=len(report.rows),
        next=following,
        rows=[DriftRowAnswer.of(row, links=link_to(row.slug)) for row in shown],
    )


def _place(row: DriftRow) -> tuple[str, str]:
    """Where a client stands in the report."""
    return key_of_name(row.name), str(row.client)
