"""The effect of a change on an engagement's timeline, as sentences and as a chart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.milestones import Kind, Milestone
from domain.seats import Structure
from domain.timeline import Timeline
from web.charts.rail import MilestoneDrawn
from web.charts.seat_bars import FAR
from web.charts.timeline import EngagementDrawn, Paused, TimelineDrawing, differing, lay_out
from web.charts.timeline import Timeline as Drawn
from web.charts.wording import STRUCTURES, day_words, effective_words
from web.kinds.page import Naming
from web.pages.clients.timeline_drawing import drawn_seats, drawn_structures

WIDTH = 760.0


@dataclass(frozen=True, slots=True)
class StructureChange:
    """A different structure from `start` to `end` (null: ongoing); a null structure means no open engagement."""

    start: date
    end: date | None
    before: Structure | None
    after: Structure | None

    @property
    def words(self) -> str:
        """The change as a sentence."""
        until = f" until {day_words(self.end)}" if self.end else ""
        before = STRUCTURES[self.before].name if self.before else "not observed"
        after = STRUCTURES[self.after].name if self.after else "not observed"
        return f"From {day_words(self.start)}{until}: {after} (was: {before})."


@dataclass(frozen=True, slots=True)
class Effect:
    """The changed structures, and the timeline afterwards with its differences marked."""

    takes_effect: str
    structures: tuple[StructureChange, ...]
    drawing: Drawn
    is_plan: bool


def effect_of(
    before: Timeline,
    after: Timeline,
    name: str,
    client: str,
    as_of: date,
    naming: Naming,
    milestone: Milestone | None,
    fiscal_year_start_month: int,
) -> Effect:
    """The effect between two timelines of an engagement; `milestone` is the one that would be recorded."""
    was, will = _drawn(before, name, naming), _drawn(after, name, naming)
    differences = differing((will,), (was,))
    ids_before = {m.id for m in before.milestones}
    marks = tuple(
        MilestoneDrawn(
            id=str(m.id),
            kind=m.kind.value,
            on=m.takes_effect_on(after.opened_on),
            title="",
            precision=m.precision.value,
            change=None if m.id in ids_before else "new",
        )
        for m in after.milestones
        if m.kind is not Kind.HOURS_REPORTED
    )
    drawing = lay_out(
        TimelineDrawing(
            client=client,
            as_of=as_of,
            engagements=(will,),
            milestones=marks,
            differences=differences,
            difference_label="Changed",
            fiscal_year_start_month=fiscal_year_start_month,
        ),
        width=WIDTH,
    )
    on = None if milestone is None else milestone.takes_effect_on(after.opened_on)
    return Effect(
        takes_effect="" if milestone is None else _when(milestone, on),
        structures=tuple(structure_changes(before, after)),
        drawing=drawing,
        is_plan=on is not None and on > as_of,
    )


def structure_changes(before: Timeline, after: Timeline) -> Iterator[StructureChange]:
    """The periods in which the structures of two timelines differ."""
    cuts = sorted(
        {
            day
            for timeline in (before, after)
            for span in timeline.structure_spans
            for day in (span.start, span.end or FAR)
        }
    )
    last: StructureChange | None = None
    for start, following in itertools.pairwise(cuts):
        end = None if following == FAR else following
        was, will = before.structure_on(start), after.structure_on(start)
        if was == will:
            if last:
                yield last
            last = None
        elif last and last.end == start and (last.before, last.after) == (was, will):
            last = StructureChange(last.start, end, was, will)
        else:
            if last:
                yield last
            last = StructureChange(start, end, was, will)
    if last:
        yield last


def _when(milestone: Milestone, on: date | None) -> str:
    words = effective_words(milestone.effective_on, milestone.precision.value)
    if on is not None and words != day_words(on):
        return f"{words}: it counts from {day_words(on)}"
    return words


def _drawn(timeline: Timeline, name: str, naming: Naming) -> EngagementDrawn:
    return EngagementDrawn(
        name=name,
        start=timeline.opened_on,
        end=timeline.closed_on,
        seats=drawn_seats(timeline.seat_spans, naming),
        structures=drawn_structures(timeline.structure_spans),
        paused=tuple(Paused(s.start, s.end) for s in timeline.status_spans if s.status.value == "paused"),
    )
