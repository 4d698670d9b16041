"""The retracted milestones of a client, each with a link to log it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.milestones import Kind
from projections.milestone_versions import MilestoneVersion
from projections.milestones import count_retracted, recordings_of
from web.kinds import OFFERED, describe_version
from web.kinds.page import Words
from web.pages.milestones.milestone_list import people_of
from web.pages.page_context import PageContext
from web.pages.time_params import Times
from web.pages.urls import address


@dataclass(frozen=True, slots=True)
class RetractedMilestone:
    """A milestone's last version, its retraction, and the URL that logs it again (empty if none)."""

    version: MilestoneVersion
    retraction: MilestoneVersion
    words: Words
    retracted_by: str
    again: str


def retracted_count(page: PageContext, client: UUID, at: Times) -> int:
    """The number of retracted milestones of a client."""
    with page.snapshot() as snapshot:
        return count_retracted(snapshot, client, known_at=at.known_at)


def retracted_milestones(page: PageContext, client: UUID, slug: str, at: Times) -> Sequence[RetractedMilestone]:
    """The retracted milestones of a client by effective date, newest first."""
    with page.snapshot() as snapshot:
        histories = recordings_of(snapshot, client=client, known_at=at.known_at).values()
    pairs = [(history.latest, history.retraction) for history in histories if history.retraction is not None]
    pairs.sort(key=lambda pair: (pair[0].takes_effect_on, pair[0].order), reverse=True)
    naming = page.naming(people_of([version for pair in pairs for version in pair if version is not None]))
    return [
        RetractedMilestone(
            version,
            retraction,
            describe_version(version, naming),
            naming(retraction.recorded_by),
            log_again_link(version, slug) if page.may_record and at.known_at is None else "",
        )
        for version, retraction in pairs
        if retraction is not None
    ]


def log_again_link(version: MilestoneVersion, slug: str) -> str:
    """The URL of the form that logs a retracted milestone again; empty for an engagement's opening."""
    if version.kind is Kind.ASSESSMENT_TAKEN:
        return f"/clients/{slug}/assess"
    if version.kind not in OFFERED:
        return ""
    query = {"client": slug, "engagement": version.engagement, "kind": version.kind.value}
    return address("/milestones/new", query, again=version.id)
