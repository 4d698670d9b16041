"""The list of recent recordings, and the page of one milestone with its versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.clock import day_in
from api.http.cursors import LONGEST_CURSOR
from domain.errors import UnknownMilestone
from domain.milestones import Kind
from projections.clients import find_client, names_of
from projections.details_json import people_named
from projections.milestone_versions import MilestoneHistory, MilestoneVersion, RecordingKind
from projections.milestones import milestone_history, recent_milestones, standing_of_kind
from web.charts.wording import effective_words
from web.components import Empty, Link, Pages
from web.kinds import KIND_NAMES, describe_version
from web.kinds.page import Naming, Words
from web.pages.milestones.details import detail_rows
from web.pages.page_context import ViewerPage
from web.pages.paging import next_address, place_in
from web.pages.time_params import At
from web.pages.urls import address, client_address

router = APIRouter(include_in_schema=False)

A_PAGE = 50


@router.get("/milestones")
def show_recent(
    page: ViewerPage,
    at: At,
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
) -> Response:
    """The recent recordings of all visible clients, newest first."""
    before = place_in(cursor, (int, int), "/milestones", at.query)
    with page.snapshot() as snapshot:
        milestones = recent_milestones(
            snapshot, known_at=at.known_at, visible=page.visible, limit=A_PAGE, before=before
        )
        clients = names_of(snapshot, {m.client for m in milestones.items}, as_of=at.as_of, known_at=at.known_at)
    naming = page.naming(people_of(milestones.items))
    return page.render(
        "milestones",
        "Milestones",
        here="milestones",
        at=at,
        days=_by_day(
            [ListedMilestone(m, describe_version(m, naming), clients.get(m.client, "")) for m in milestones.items],
            page.context.firm.zone,
        ),
        naming=naming,
        pages=Pages(
            "",
            address("/milestones", at.query) if cursor else None,
            next_address(milestones.next, "/milestones", at.query),
        ),
        empty=Empty(
            "Nothing has been recorded yet. A milestone is something that took effect at a client: "
            "a structure was chosen, a seat handed over, a split agreed.",
            Link("Log a milestone", "/milestones/new") if page.may_record else None,
            'curl -X POST "$SEATLINE/api/v1/engagements/$ENGAGEMENT/milestones" '
            '-H "Authorization: Bearer $SEATLINE_KEY" \\\n  -H "Content-Type: application/json" '
            '-d \'{"kind": "hat_added", "effective_on": "2026-10-01", "function": "ai"}\'',
        ),
    )


@dataclass(frozen=True, slots=True)
class ListedMilestone:
    """A recording with its description and its client's name."""

    milestone: MilestoneVersion
    words: Words
    client: str


def people_of(milestones: Iterable[MilestoneVersion]) -> set[UUID]:
    """The people named in milestones, and those who recorded them."""
    named: set[UUID] = set()
    for milestone in milestones:
        named.add(milestone.recorded_by)
        named |= {person for _, person in people_named(milestone.kind, milestone.details)}
    return named


def _by_day(milestones: Sequence[ListedMilestone], zone: tzinfo) -> list[tuple[str, list[ListedMilestone]]]:
    days: dict[str, list[ListedMilestone]] = {}
    for one in milestones:
        days.setdefault(day_in(one.milestone.recorded_at, zone).isoformat(), []).append(one)
    return list(days.items())


@dataclass(frozen=True, slots=True)
class VersionShown:
    """One version of a milestone: its fields, with changes from the previous version marked."""

    number: int
    version: MilestoneVersion
    rows: tuple[tuple[str, str, bool], ...]


@router.get("/engagements/{engagement}/milestones/{milestone}")
def show_milestone(engagement: UUID, milestone: UUID, page: ViewerPage, at: At) -> Response:
    """One milestone with all its versions: who recorded each, when and why."""
    with page.snapshot() as snapshot:
        row = page.queries.engagement(snapshot, engagement, at.moment)
        history = milestone_history(snapshot, engagement, milestone, known_at=at.known_at)
        if history is None:
            raise UnknownMilestone
        client = find_client(snapshot, row.client, as_of=at.as_of, known_at=at.known_at, visible=page.visible)
        taken = standing_of_kind(snapshot, Kind.ASSESSMENT_TAKEN, [row.client], known_at=at.known_at)
    if client is None:
        raise UnknownMilestone
    naming = page.naming(people_of(history.versions))
    assessments = {m.id: effective_words(m.effective_on, m.precision.value) for m in taken}
    latest = history.latest
    words = describe_version(latest, naming)
    return page.render(
        "milestone",
        words.title,
        here="clients",
        crumbs=(
            Link("Clients", "/clients"),
            Link(client.name, client_address(client.slug, known_at=at.known_at_text)),
            Link(words.title),
        ),
        log_milestone=address("/milestones/new", client=client.slug),
        at=at,
        client=client,
        engagement=row,
        history=history,
        latest=latest,
        words=words,
        kind=KIND_NAMES[latest.kind.value],
        versions=versions_of(history, naming, assessments),
        advice=next((m for m in taken if str(m.id) == latest.details.get("assessment")), None),
        naming=naming,
        is_plan=latest.takes_effect_on > at.as_of and history.retraction is None,
    )


def versions_of(
    history: MilestoneHistory, naming: Naming, assessments: Mapping[UUID, str] = MappingProxyType({})
) -> list[VersionShown]:
    """All versions, newest first."""
    shown: list[VersionShown] = []
    before: dict[str, str] = {}
    for number, version in enumerate(history.versions, 1):
        particulars = _particulars(version, naming, assessments)
        rows = tuple((name, value, number > 1 and before.get(name) != value) for name, value in particulars)
        if version.recording_kind is not RecordingKind.RETRACTED:
            gone = [(name, "removed", True) for name in before if name not in dict(particulars)]
            shown.append(VersionShown(number, version, (*rows, *gone)))
            before = dict(particulars)
        else:
            shown.append(VersionShown(number, version, ()))
    return shown[::-1]


def _particulars(version: MilestoneVersion, naming: Naming, assessments: Mapping[UUID, str]) -> list[tuple[str, str]]:
    rows = [("Took effect on", effective_words(version.effective_on, version.precision.value))]
    rows += detail_rows(version.kind, version.details, naming, assessments)
    if version.reported_on:
        rows.append(("First reported on", effective_words(version.reported_on)))
    if version.note:
        rows.append(("Note", version.note))
    return rows
