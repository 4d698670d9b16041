"""The assessments of a shared timeline: the newest one's written read, and links to the PDF of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from api.assessment_report import AssessmentQuery
from api.queries import Moment, QueryContext
from api.state.share_links import ShareLink
from domain.assessment import headline
from domain.assessment.following import outcome_in
from projections.assessments import TakenAssessment, assessments_of
from projections.snapshot import Snapshot
from web.charts.wording import ADVICE_STATUSES, day_words
from web.naming import naming_in
from web.pages.assess.recorded import recorded_assessment
from web.pages.assess.written_read import WrittenRead, written_read
from web.pages.clients.redaction import Redaction


@dataclass(frozen=True, slots=True)
class AssessmentLink:
    """An assessment: its day, its advice, what became of it, and the address of its PDF."""

    on: str
    advice: str
    became: str
    href: str


@dataclass(frozen=True, slots=True)
class SharedAssessments:
    """The newest assessment in full, and links to all of them, the newest first."""

    newest: WrittenRead
    links: tuple[AssessmentLink, ...]


def shared_assessments(queries: QueryContext, link: ShareLink, at: Moment, address: str) -> SharedAssessments | None:
    """The assessments that a link shows; null if it shows none. `address` is the path of the shared page."""
    with queries.snapshot() as snapshot:
        shown = _shown(snapshot, link, at)
        if not shown:
            return None
        newest = recorded_assessment(queries, snapshot, at, shown[0].engagement, shown[0].milestone)
    read = written_read(newest, partial(naming_in, queries), Redaction(link.money, link.notes))
    return SharedAssessments(read, tuple(_link(one, address) for one in shown))


def shared_assessment_query(
    queries: QueryContext, link: ShareLink, at: Moment, assessment: str
) -> AssessmentQuery | None:
    """The query of the PDF of an assessment, by its id as text; null if the link does not show it."""
    with queries.snapshot() as snapshot:
        for one in _shown(snapshot, link, at):
            if str(one.milestone) == assessment:
                return AssessmentQuery(one.engagement, one.milestone, at, money=link.money, notes=link.notes)
    return None


def _shown(snapshot: Snapshot, link: ShareLink, at: Moment) -> list[TakenAssessment]:
    """The assessments that a link shows, the newest first; none taken after `as_of`."""
    if not link.assessments:
        return []
    assessments = assessments_of(snapshot, link.client, as_of=at.as_of, known_at=at.known_at)
    return [one for one in reversed(assessments) if one.on <= at.as_of]


def _link(taken: TakenAssessment, address: str) -> AssessmentLink:
    advised = {"seats": taken.seats, "technology": taken.technology, "ai": taken.ai, "first": taken.first}
    follow_up = taken.follow_up
    since = f" on {day_words(follow_up.on)}" if follow_up.on else ""
    return AssessmentLink(
        day_words(taken.on),
        headline(outcome_in(advised)),
        f"{ADVICE_STATUSES[follow_up.status]}{since}",
        f"{address}/assessments/{taken.milestone}.pdf",
    )
