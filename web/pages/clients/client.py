"""A client's page: its timeline and its state on a day, as known now or at an earlier instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.queries import Moment
from domain.errors import UnknownClient
from domain.quarters import Quarter, quarter_of, quarters_between
from projections.clients import ClientRow, ProfileSpan, profile_history
from projections.details_json import people_named
from projections.engagements import EngagementRow, engagements_of
from projections.milestone_versions import MilestoneVersion
from projections.reports.hats import QuarterBalance, hats_by_quarter
from projections.sign_runs import ShownSign, signs_of
from projections.timeline_changes import TimelineChanges, timeline_changes
from projections.timelines import ClientTimeline, timeline_of
from web.bidi import isolate
from web.charts.timeline import TimelineDrawing, lay_out
from web.charts.wording import day_words
from web.components import Empty, Link
from web.kinds import FAMILY_OF, describe_version
from web.kinds.page import Family, Naming, Words
from web.pages.clients import client_facts as facts
from web.pages.clients.assessments import assessment_lines
from web.pages.clients.balance import balance_lines
from web.pages.clients.deliverables import deliverable_lines, due_lines, pack_count
from web.pages.clients.fiscal_words import calendar_words
from web.pages.clients.timeline_drawing import (
    drawing_of,
    drawn_engagements,
    drawn_milestones,
    drawn_signs,
    plain_address,
)
from web.pages.filters import STATUSES
from web.pages.milestones.retracted import retracted_count, retracted_milestones
from web.pages.page_context import PageContext, ViewerPage
from web.pages.sign_lines import sign_lines
from web.pages.time_params import At, Times, quarter_step
from web.pages.urls import address

router = APIRouter(include_in_schema=False)

SHORT_RANGE = 8
LOG_AT_ONCE = 25
BALANCE_QUARTERS = 4
_ADDED = "added later"


@dataclass(frozen=True)
class Reading:
    """All data of a client's page; with `known_at`, also the data as known now."""

    client: ClientRow
    month: int
    engagements: tuple[EngagementRow, ...]
    timeline: ClientTimeline
    profile: tuple[ProfileSpan, ...]
    signs: tuple[ShownSign, ...]
    balance: tuple[QuarterBalance, ...]
    now: tuple[tuple[EngagementRow, ...], ClientTimeline] | None
    changes: TimelineChanges | None

    @property
    def open_engagement(self) -> EngagementRow | None:
        """The engagement that is open on the day; null without one."""
        return next((row for row in self.engagements if row.id == self.client.engagement), None)

    @property
    def people(self) -> set[UUID]:
        """The people named in the data."""
        timelines = (self.timeline, *((self.now[1],) if self.now else ()))
        named = {lead for row in self.engagements if (lead := row.practice_lead)}
        for timeline in timelines:
            named |= {span.terms.holder for span in timeline.seat_spans}
            for milestone in timeline.milestones:
                named.add(milestone.recorded_by)
                named |= {person for _, person in people_named(milestone.kind, milestone.details)}
        return named


def read_client(page: PageContext, slug: str, at: Times) -> Reading:
    """The data of a client's page, cached until the next recording. Raises `UnknownClient`."""
    # The version is read first, so that it is never newer than the cached value.
    cache, version = page.context.page_cache, page.context.log.head()
    generation = page.context.views.stopped.generation
    key = (slug, at.as_of, at.known_at, page.visible, page.context.thresholds, generation)
    reading: Reading | None = cache.get(version, key)
    if reading is None:
        reading = _read_client(page, slug, at)
        cache.put(version, key, reading)
    return reading


def _read_client(page: PageContext, slug: str, at: Times) -> Reading:
    with page.snapshot() as snapshot:
        client = page.queries.client(snapshot, slug, at.moment)
        month = client.fiscal_year_start_month or page.context.fiscal_year_start_month
        engagements = engagements_of(snapshot, client.id, as_of=at.as_of, known_at=at.known_at)
        timeline = timeline_of(snapshot, client.id, as_of=at.as_of, known_at=at.known_at, fiscal_year_start_month=month)
        profile = profile_history(snapshot, client.id, known_at=at.known_at)
        signs = signs_of(snapshot, client.id, as_of=at.as_of, known_at=at.known_at, thresholds=page.context.thresholds)
        last = quarter_of(at.as_of, month)
        quarters = quarters_between(_back(last, BALANCE_QUARTERS - 1), last)
        balance = hats_by_quarter(snapshot, client.id, quarters, as_of=at.as_of, known_at=at.known_at)
        now, changes = None, None
        if at.known_at is not None:
            now = (
                engagements_of(snapshot, client.id, as_of=at.as_of),
                timeline_of(snapshot, client.id, as_of=at.as_of, fiscal_year_start_month=month),
            )
            changes = timeline_changes(snapshot, client.id, as_of=at.as_of, known_from=at.known_at)
    return Reading(client, month, engagements, timeline, profile, signs, balance, now, changes)


def drawing(
    read: Reading, naming: Naming, at: Times, quarters: int | None, words: Mapping[UUID, Words] | None = None
) -> TimelineDrawing | None:
    """The drawing of a client's timeline, of so many quarters up to the day (null: all); null without engagements.

    `words` are the texts of its milestones, if they were already made.
    """
    if not read.engagements:
        return None
    addressing = plain_address(at.known_at_text)
    engagements = drawn_engagements(read.timeline, read.engagements, naming, addressing)
    other = None if read.now is None else drawn_engagements(read.now[1], read.now[0], naming, addressing)
    milestones = drawn_milestones(read.timeline.milestones, naming, addressing, read.changes, words)
    bounds = (None, None)
    if quarters is not None:
        last = quarter_of(at.as_of, read.month)
        bounds = (_back(last, quarters - 1).start, last.end)  # type: ignore[assignment]
    return drawing_of(
        read.client,
        read.timeline,
        engagements,
        milestones,
        fiscal_year_start_month=read.month,
        bounds=bounds,
        other=other,
        signs=drawn_signs(read.signs, "#signs"),
    )


def _back(quarter: Quarter, count: int) -> Quarter:
    for _ in range(count):
        quarter = quarter.previous
    return quarter


@router.get("/clients/{client}")
def show_client(
    client: str,
    page: ViewerPage,
    at: At,
    range: Annotated[str, Query(max_length=10)] = "",  # noqa: A002
    log: Annotated[str, Query(max_length=10)] = "",
    family: Annotated[str, Query(max_length=20)] = "",
    retracted: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """A client's page."""
    try:
        read = read_client(page, client, at)
    except UnknownClient:
        if at.known_at is None:
            raise
        return _not_yet(page, client, at)
    naming = page.naming(read.people)
    path = f"/clients/{read.client.slug}"
    quarters = SHORT_RANGE if range == str(SHORT_RANGE) else None
    chosen = Family(family) if family in set(Family) else None
    carried = {
        "range": range if quarters else "",
        "log": log if log == "all" else "",
        "family": chosen.value if chosen else "",
        "retracted": "shown" if retracted else "",
    }
    view_query = {name: text for name, text in carried.items() if text}
    words = {m.id: describe_version(m, naming) for m in read.timeline.milestones}
    may_log = page.may_record and at.known_at is None
    signs = sign_lines(
        read.signs,
        {m.id: m for m in read.timeline.milestones},
        words,
        read.client.slug,
        known_at=at.known_at_text,
        may_record=may_log,
    )
    drawn = drawing(read, naming, at, quarters, words)
    milestones = [m for m in reversed(read.timeline.milestones) if chosen in (None, FAMILY_OF[m.kind.value])]
    shown = milestones if log == "all" else milestones[:LOG_AT_ONCE]
    return page.render(
        "client",
        read.client.name,
        here="clients",
        crumbs=(Link("Clients", "/clients"), Link(read.client.name)),
        log_milestone=address("/milestones/new", client=read.client.slug),
        read=read,
        client=read.client,
        at=at,
        path=path,
        view_query=view_query,
        naming=naming,
        subtitle=_subtitle(read, naming),
        standing=STATUSES[read.client.status],
        drawing=lay_out(drawn) if drawn else None,
        ranges=_ranges(path, at, quarters, view_query),
        back=_quarter_address(path, at, view_query, -1, read.month),
        forth=_quarter_address(path, at, view_query, 1, read.month),
        exports=_exports(path, at, view_query),
        calendar=calendar_words(read.month),
        state=facts.state_of(read.client, read.timeline, naming),
        current_structure=facts.structure_on(read.timeline.structure_spans, at.as_of),
        planned=[m for m in read.timeline.milestones if m.takes_effect_on > at.as_of],
        conflicts=facts.open_conflicts(read.timeline.milestones, at.as_of),
        signs=[line for line in signs if line.until is None],
        past_signs=[line for line in reversed(signs) if line.until is not None],
        due=due_lines(read.timeline, read.open_engagement, read.client.slug, may_record=may_log),
        assessments=assessment_lines(read.timeline.assessments, at.known_at_text),
        balance=balance_lines(read.balance),
        sections=_sections(read, bool(drawn)),
        milestones=[(m, words[m.id]) for m in shown],
        more=len(milestones) - len(shown),
        retracted_count=retracted_count(page, read.client.id, at),
        retracted=retracted_milestones(page, read.client.id, read.client.slug, at) if retracted else (),
        families=_families(path, at, view_query, chosen),
        differences=_differences(read.changes, naming),
        words=words,
        engagement_of={m.id: m.engagement for m in read.timeline.milestones},
        seat_rows=facts.seat_rows(read.timeline.seat_spans),
        decision_rights=facts.decision_rights(read.timeline.milestones, at.as_of),
        open_areas=facts.open_areas(read.timeline.milestones, at.as_of),
        deliverables=deliverable_lines(read.timeline),
        pack=pack_count(read.timeline),
        initiatives=facts.initiatives(read.timeline.milestones, at.as_of),
        profile=facts.profile_pairs(read.client.profile),
        profile_changes=facts.profile_changes(read.profile),
        empty=_empty(read.client, page.may_record),
    )


_SECTIONS = (
    ("signs", "Warning signs"),
    ("due", "Due"),
    ("assessments", "Assessments"),
    ("initiatives", "AI initiatives"),
    ("milestones", "Milestones"),
    ("decision-rights", "Decision rights"),
    ("deliverables", "Deliverables"),
    ("balance", "Balance of roles"),
    ("quarters", "Quarters"),
    ("seats-and-terms", "Seats and terms"),
)
"""The sections of a client with an engagement, in the order of the page, with their headings."""


def _sections(read: Reading, is_engaged: bool) -> list[Link]:
    """Links to the sections of the page."""
    links = [Link("State", "#state")]
    if is_engaged:
        missing = set() if facts.initiatives(read.timeline.milestones, read.timeline.as_of) else {"initiatives"}
        missing |= set() if read.balance else {"balance"}
        links += [Link(label, f"#{key}") for key, label in _SECTIONS if key not in missing]
    return [*links, Link("Profile", "#profile"), Link("Engagements", "#engagements")]


def _not_yet(page: PageContext, slug: str, at: Times) -> Response:
    """The page of a client that was registered after `known_at`. Raises `UnknownClient`."""
    with page.snapshot() as snapshot:
        client = page.queries.client(snapshot, slug, Moment(at.as_of, None))
    path = f"/clients/{client.slug}"
    return page.render(
        "client_not_yet",
        client.name,
        here="clients",
        crumbs=(Link("Clients", "/clients"), Link(client.name)),
        log_milestone=address("/milestones/new", client=client.slug),
        client=client,
        at=at,
        path=path,
    )


def _subtitle(read: Reading, naming: Naming) -> str:
    profile = read.client.profile
    parts = [isolate(profile.sector or ""), f"{profile.headcount:,} people" if profile.headcount is not None else ""]
    first = ", ".join(part for part in parts if part)
    if not read.engagements:
        return first
    started = min(e.started_on for e in read.engagements)
    since = f"Engaged since {day_words(started)}"
    lead = f", led by {isolate(naming(read.client.practice_lead))}" if read.client.practice_lead else ""
    return f"{first[:1].upper()}{first[1:]}. {since}{lead}." if first else f"{since}{lead}."


def _ranges(path: str, at: Times, quarters: int | None, view_query: dict[str, str]) -> list[tuple[str, str, bool]]:
    return [
        ("8 quarters", address(path, at.query, view_query, range=SHORT_RANGE), quarters is not None),
        ("All", address(path, at.query, view_query, range=None), quarters is None),
    ]


def _families(path: str, at: Times, view_query: dict[str, str], chosen: Family | None) -> list[tuple[str, str, bool]]:
    """Links that filter the milestone log by family: label, URL, and whether it is active."""
    words = {Family.SEAT: "Seats", Family.DECISION: "Decisions", Family.WORK: "Work", Family.ENGAGEMENT: "Engagement"}
    choices = [("All", address(path, at.query, view_query, family=None) + "#milestones", chosen is None)]
    for family, label in words.items():
        choices.append(
            (label, address(path, at.query, view_query, family=family.value) + "#milestones", family is chosen)
        )
    return choices


def _quarter_address(path: str, at: Times, view_query: dict[str, str], step: int, month: int) -> str | None:
    """The URL of the page at the end of the previous or next quarter; null beyond the calendar."""
    day = quarter_step(at, step, month)
    if day is None:
        return None
    return address(path, view_query, {"known_at": at.known_at_text}, as_of=None if day == at.today else day)


def _exports(path: str, at: Times, view_query: dict[str, str]) -> list[Link]:
    query = {**at.query, "range": view_query.get("range")}
    return [
        Link("SVG", address(f"{path}/timeline.svg", query)),
        Link("PNG", address(f"{path}/timeline.png", query)),
        Link("CSV", address(f"{path}/timeline.csv", at.query)),
    ]


def _differences(
    changes: TimelineChanges | None, naming: Naming
) -> list[tuple[str, MilestoneVersion, Words, Sequence[MilestoneVersion]]]:
    """The changes after `known_at`: corrections and retractions first, then additions."""
    rows: list[tuple[str, MilestoneVersion, Words, Sequence[MilestoneVersion]]] = []
    for difference in changes.milestones if changes else ():
        version = difference.after or difference.before
        if version is None:
            continue
        how = {"added": _ADDED, "changed": "corrected later", "removed": "retracted later"}[difference.difference.value]
        rows.append((how, version, describe_version(version, naming), difference.recordings))
    return sorted(rows, key=lambda one: one[0] == _ADDED)


def _empty(client: ClientRow, may_record: bool) -> Empty:
    return Empty(
        "No engagement yet. Open one, then log who takes which seat.",
        Link("Open an engagement", f"/clients/{client.slug}/engagements/new") if may_record else None,
        f'curl -X POST "$SEATLINE/api/v1/clients/{client.slug}/engagements" '
        '-H "Authorization: Bearer $SEATLINE_KEY" \\\n'
        '  -H "Content-Type: application/json" -d \'{"name": "CTO and CAIO", "started_on": "2026-11-01"}\'',
    )
