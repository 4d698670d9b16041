"""Finds the lines of an import that make engagements of one client overlap, after all lines are applied."""

from __future__ import annotations

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from api.http.problems import Problem, problem_of
from domain.client import overlap, overlap_refusal
from domain.decisions import Bounds
from domain.unit_of_work import UnitOfWork


@dataclass(slots=True)
class BoundsTracker:
    """The lines of a file that set the first or last day of each engagement, in the order they were applied."""

    lines: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(list))
    _latest: dict[UUID, Bounds] = field(default_factory=dict)

    def note(self, unit: UnitOfWork, engagement_id: UUID, line: int) -> None:
        """Note the line if it changed the first or last day of the engagement."""
        bounds = unit.deferred_bounds.get(unit.engagement(engagement_id).client, {}).get(engagement_id)
        if bounds is not None and bounds != self._latest.get(engagement_id):
            self._latest[engagement_id] = bounds
            self.lines[engagement_id].append(line)


def overlapping_lines(unit: UnitOfWork, tracker: BoundsTracker, *, whole: bool) -> Mapping[int, Problem]:
    """The lines to refuse and why. Of two overlapping engagements, the one later in the file is refused.

    Refuses only the last line that changed the engagement's first or last day, or all of them (`whole`).
    """
    refused: dict[int, Problem] = {}
    for client_id, deferred in unit.deferred_bounds.items():
        if not deferred:  # all of them were retracted, and perhaps the client
            continue
        on_record = unit.client(client_id).engagements
        fitting = sorted((b for e, b in on_record.items() if e not in deferred), key=_place)
        for engagement in sorted(deferred, key=lambda e: tracker.lines[e][-1]):
            bounds, lines = deferred[engagement], tracker.lines[engagement]
            other = _overlapping(fitting, bounds)
            if other is None:
                insort(fitting, bounds, key=_place)
                continue
            problem = problem_of(overlap_refusal(bounds, other, is_new=engagement not in on_record))
            refused |= dict.fromkeys(lines if whole else lines[-1:], problem)
    return refused


def _overlapping(fitting: Sequence[Bounds], bounds: Bounds) -> Bounds | None:
    """The bounds that overlap the given ones, from bounds sorted by date that do not overlap each other; null if none
    do.
    """
    index = bisect(fitting, _place(bounds), key=_place)
    return next((other for other in fitting[max(index - 1, 0) : index + 1] if overlap(other, bounds)), None)


def _place(bounds: Bounds) -> tuple[date, date]:
    return bounds.started_on, bounds.closed_on or date.max
