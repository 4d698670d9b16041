"""The written read of a recorded assessment as a PDF.

This module validates the query; the web package writes and renders the read through `AssessmentRenderer`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from starlette.requests import Request

from api.board import PDF
from api.http.openapi import BYTES, refuses
from api.http.path_parameters import EngagementInPath, MilestoneInPath
from api.queries import At, Moment, QueryContext, ViewerQuery

_BINARY = {"schema": {"type": "string", "format": "binary"}}

router = APIRouter(prefix="/engagements/{engagement_id}", tags=["assessments"])


@dataclass(frozen=True, slots=True)
class AssessmentQuery:
    """The query of a written read. `money` and `notes` say whether sums and free text are included."""

    engagement: UUID
    milestone: UUID
    at: Moment
    money: bool = True
    notes: bool = True


@dataclass(frozen=True, slots=True)
class AssessmentFile:
    """A written read as PDF; `name` is the file name without its extension."""

    name: str
    content: bytes


AssessmentRenderer: TypeAlias = Callable[[QueryContext, AssessmentQuery], AssessmentFile]
"""Renders the PDF. Raises `UnknownEngagement` and `UnknownMilestone`, and `Problem` 503 like `BoardRenderer`."""


async def assessment_renderer(request: Request) -> AssessmentRenderer:
    """A dependency that returns the application's renderer of written reads."""
    renderer: AssessmentRenderer = request.app.state.assessment_renderer
    return renderer


AssessmentRendererDep = Annotated[AssessmentRenderer, Depends(assessment_renderer)]


def assessment_response(file: AssessmentFile, media_type: str = PDF) -> Response:
    """The written read as a PDF response."""
    disposition = f'inline; filename="{file.name}.pdf"'
    return Response(file.content, media_type=media_type, headers={"Content-Disposition": disposition})


@router.get(
    "/milestones/{milestone_id}/assessment.pdf",
    response_class=Response,
    summary="Written read of an assessment",
    responses={200: {"content": dict.fromkeys((PDF, BYTES), _BINARY)}, **refuses(404)},
)
def show_assessment_report(
    engagement_id: EngagementInPath,
    milestone_id: MilestoneInPath,
    request: Request,
    query: ViewerQuery,
    at: At,
    renderer: AssessmentRendererDep,
) -> Response:
    """Return an assessment as a PDF of one or two pages: the advice, who agrees, what to do, and what became of it.

    A client that accepts only `application/octet-stream` receives the same bytes with that type.
    """
    file = renderer(query, AssessmentQuery(engagement_id, milestone_id, at))
    accepts_bytes = request.headers.get("accept") == BYTES
    return assessment_response(file, BYTES if accepts_bytes else PDF)
