"""Renders the written read of an assessment to a PDF of at most two pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from api.assessment_report import AssessmentFile, AssessmentQuery
from api.queries import QueryContext
from web.board.render import pdf_of_html, pdf_turn
from web.charts.render import environment
from web.charts.wording import day_words, instant_words
from web.naming import naming_in
from web.pages.assess.recorded import recorded_assessment
from web.pages.assess.written_read import WrittenRead, written_read
from web.pages.clients.redaction import Redaction
from web.pages.time_params import known_words

MOST_PAGES = 2
SIZES = ("large", "medium", "small")
"""The sizes of the text, the most legible first. The small one has long reasons cut and no contradictions."""


@dataclass(frozen=True, slots=True)
class Margins:
    """The text in the margins: the client and the day, and the two times."""

    about: str
    times: str
    firm: str


def assessment_pdf(read: QueryContext, query: AssessmentQuery) -> AssessmentFile:
    """The written read as PDF. Raises `UnknownEngagement`, `UnknownMilestone`, and `Problem` 503 like `board_pdf`."""
    with read.snapshot() as snapshot:
        recorded = recorded_assessment(read, snapshot, query.at, query.engagement, query.milestone)
    text = written_read(recorded, partial(naming_in, read), Redaction(query.money, query.notes))
    versions = [assessment_html(read, query, text, size) for size in SIZES]
    with pdf_turn():
        content = pdf_of_html(*versions, most_pages=MOST_PAGES)
    return AssessmentFile(f"assessment-{text.client.slug}-{recorded.milestone.effective_on}", content)


def assessment_html(read: QueryContext, query: AssessmentQuery, text: WrittenRead, size: str) -> str:
    """The written read as HTML for printing, in one of `SIZES`."""
    now, zone = read.context.now(), read.context.firm.zone
    known_at, today = query.at.known_at, f"on {instant_words(now)}"
    times = f"as of {day_words(query.at.as_of)}, as known {known_words(known_at, zone) if known_at else today}"
    margins = Margins(text.title, times, read.context.firm.firm_name or "")
    return environment().get_template("board/assessment.html").render(read=text, margins=margins, size=size)
