"""Converts a client's timeline to the input of the timeline chart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from uuid import UUID

from domain.milestones import Kind
from domain.signs.runs import Detected
from domain.timeline import SeatSpan, StructureSpan
from projections.clients import ClientRow
from projections.engagements import EngagementRow
from projections.milestone_versions import MilestoneVersion
from projections.sign_runs import ShownSign
from projections.timeline_changes import DifferenceKind, TimelineChanges
from projections.timelines import ClientTimeline, TimelineSeat, TimelineStructure
from web.charts.rail import MilestoneDrawn
from web.charts.seat_bars import SeatHeld
from web.charts.sign_bars import SignHeld
from web.charts.timeline import EngagementDrawn, Paused, StructureHeld, TimelineDrawing, differing
from web.formatting import sign_title, terms_text
from web.kinds import describe_version
from web.kinds.page import Naming, Words
from web.pages.signs.sign_words import DETECTED, SEVERITIES
from web.pages.urls import milestone_address

Addressing = Callable[[UUID, UUID], str]
"""The address of a milestone of an engagement."""


def drawn_engagements(
    timeline: ClientTimeline, engagements: Sequence[EngagementRow], naming: Naming, addressing: Addressing
) -> tuple[EngagementDrawn, ...]:
    """The engagements of a timeline with their spans."""
    return tuple(
        EngagementDrawn(
            name=engagement.name,
            start=engagement.started_on,
            end=engagement.closed_on,
            seats=drawn_seats(
                (span for span in timeline.seat_spans if span.engagement == engagement.id),
                naming,
                partial(addressing, engagement.id),
            ),
            structures=drawn_structures(
                (span for span in timeline.structure_spans if span.engagement == engagement.id),
                partial(addressing, engagement.id),
            ),
            paused=_paused(timeline.milestones, engagement),
        )
        for engagement in engagements
    )


def drawn_seats(
    spans: Iterable[SeatSpan | TimelineSeat], naming: Naming, href: Callable[[UUID], str] | None = None
) -> tuple[SeatHeld, ...]:
    """The seat spans of an engagement; `href` is the address of a milestone (null: without links)."""
    return tuple(
        SeatHeld(
            function=span.function,
            seat=span.seat,
            holder=naming(span.terms.holder),
            commitment=span.terms.commitment,
            start=span.start,
            end=span.end,
            provider=span.terms.provider,
            interim=span.terms.interim,
            note=terms_text(span.terms),
            href=href(span.milestone) if href else None,
        )
        for span in spans
    )


def drawn_structures(
    spans: Iterable[StructureSpan | TimelineStructure], href: Callable[[UUID], str] | None = None
) -> tuple[StructureHeld, ...]:
    """The structure spans of an engagement; `href` is the address of a milestone (null: without links)."""
    return tuple(
        StructureHeld(span.structure, span.start, span.end, href(span.milestone) if href else None) for span in spans
    )


def _paused(milestones: Sequence[MilestoneVersion], engagement: EngagementRow) -> tuple[Paused, ...]:
    pauses: list[Paused] = []
    since: date | None = None
    for milestone in milestones:
        if milestone.engagement != engagement.id:
            continue
        if milestone.kind is Kind.PAUSED:
            since = milestone.takes_effect_on
        elif milestone.kind in (Kind.RESUMED, Kind.CLOSED) and since is not None:
            pauses.append(Paused(since, milestone.takes_effect_on))
            since = None
    if since is not None:
        pauses.append(Paused(since, engagement.closed_on))
    return tuple(pauses)


def drawn_milestones(
    milestones: Sequence[MilestoneVersion],
    naming: Naming,
    addressing: Addressing,
    changes: TimelineChanges | None = None,
    words: Mapping[UUID, Words] | None = None,
) -> tuple[MilestoneDrawn, ...]:
    """The milestones of a timeline; `changes` are their differences from what was known earlier.

    `words` are descriptions of milestones that were already made.
    """
    differences = _differences(changes)
    drawn = []
    for milestone in milestones:
        description = words[milestone.id] if words else describe_version(milestone, naming)
        change, was_on = differences.get(milestone.id, (None, None))
        drawn.append(
            MilestoneDrawn(
                id=str(milestone.id),
                kind=milestone.kind.value,
                on=milestone.takes_effect_on,
                title=description.title,
                note=description.note,
                precision=milestone.precision.value,
                href=addressing(milestone.engagement, milestone.id),
                change=change,
                was_on=was_on,
            )
        )
    return tuple(drawn)


def drawn_signs(signs: Iterable[ShownSign], href: str | None = None) -> tuple[SignHeld, ...]:
    """The runs of a client's warning signs; `href` leads to where they are listed."""
    return tuple(
        SignHeld(
            title=sign_title(sign.sign),
            severity=SEVERITIES[sign.severity],
            rank=sign.severity.order,
            noticed=DETECTED[sign.detected],
            is_observed=sign.detected is Detected.OBSERVED,
            start=sign.since,
            end=sign.until,
            href=href,
        )
        for sign in signs
    )


def _differences(changes: TimelineChanges | None) -> dict[UUID, tuple[str, date | None]]:
    """How milestones changed since an earlier instant: removed, moved or changed."""
    differences: dict[UUID, tuple[str, date | None]] = {}
    for change in changes.milestones if changes else ():
        if change.difference is DifferenceKind.REMOVED:
            differences[change.milestone] = ("gone", None)
        elif change.before and change.after and change.before.takes_effect_on != change.after.takes_effect_on:
            differences[change.milestone] = ("moved", change.after.takes_effect_on)
        elif change.difference is DifferenceKind.CHANGED:
            differences[change.milestone] = ("changed", None)
    return differences


def drawing_of(
    client: ClientRow,
    timeline: ClientTimeline,
    engagements: tuple[EngagementDrawn, ...],
    milestones: tuple[MilestoneDrawn, ...],
    *,
    fiscal_year_start_month: int,
    bounds: tuple[date | None, date | None] = (None, None),
    other: tuple[EngagementDrawn, ...] | None = None,
    signs: tuple[SignHeld, ...] = (),
) -> TimelineDrawing:
    """A client's timeline as a chart; `other` is its state at another instant, with differences marked."""
    first, last = bounds
    return TimelineDrawing(
        client=client.name,
        as_of=timeline.as_of,
        engagements=engagements,
        milestones=milestones,
        signs=signs,
        fiscal_year_start_month=fiscal_year_start_month,
        first=first,
        last=last,
        differences=() if other is None else differing(engagements, other),
    )


def plain_address(known_at: str = "") -> Addressing:
    """A function from milestones to the URLs of their pages, at the same `known_at`."""

    def addressed(engagement: UUID, milestone: UUID) -> str:
        return milestone_address(engagement, milestone, known_at=known_at)

    return addressed
