"""Which lines of a file make engagements of one client overlap, once all of the file is in place."""

from __future__ import annotations

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from api.http.problems import Problem, problem_of
from domain.changes import Bounds
from domain.client import overlap, overlap_refusal
from domain.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Bounding:
    """The lines of a file that set the first or the last day of an engagement, in the order in which they were read."""

    lines: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(list))
    _latest: dict[UUID, Bounds] = field(default_factory=dict)

    def note(self, unit: UnitOfWork, engagement: UUID, line: int) -> None:
        """A line was recorded in an engagement: note it if the engagement now begins or ends on another day."""
        bounds = unit.deferred_bounds.get(unit.engagement(engagement).client, {}).get(engagement)
        if bounds is not None and bounds != self._latest.get(engagement):
            self._latest[engagement] = bounds
            self.lines[engagement].append(line)


def overlapping_lines(unit: UnitOfWork, bounding: Bounding, *, whole: bool) -> Mapping[int, Problem]:
    """The lines to be refused, with why: of engagements that overlap, of those that come later in the file.

    Only the line that moved such an engagement last, or (`whole`) all that moved it.
    """
    refused: dict[int, Problem] = {}
    for client_id, deferred in unit.deferred_bounds.items():
        on_record = unit.client(client_id).engagements
        fitting = sorted((b for e, b in on_record.items() if e not in deferred), key=_place)
        for engagement in sorted(deferred, key=lambda e: bounding.lines[e][-1]):
            bounds, lines = deferred[engagement], bounding.lines[engagement]
            other = _overlapping(fitting, bounds)
            if other is None:
                insort(fitting, bounds, key=_place)
                continue
            problem = problem_of(overlap_refusal(bounds, other, is_new=engagement not in on_record))
            refused |= dict.fromkeys(lines if whole else lines[-1:], problem)
    return refused


def _overlapping(fitting: Sequence[Bounds], bounds: Bounds) -> Bounds | None:
    """The neighbour among bounds that do not overlap, in their order, with which some would."""
    index = bisect(fitting, _place(bounds), key=_place)
    return next((other for other in fitting[max(index - 1, 0) : index + 1] if overlap(other, bounds)), None)


def _place(bounds: Bounds) -> tuple[date, date]:
    return bounds.started_on, bounds.closed_on or date.max
