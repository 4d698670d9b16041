"""What an engagement has to do by a day: renew its letter, and issue the deliverables of each hat's first 90 days.

All days are calendar days: a pause moves no due date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from domain.governance import FIRST_90_DAYS, FIRST_QUARTER, FIRST_QUARTER_DAYS
from domain.kinds.engagement import RenewalSet
from domain.kinds.state import HeldSpans
from domain.seats import Function


class DueKind(StrEnum):
    """The kinds of things that are due on a day."""

    NOTICE = "notice"
    RENEWAL = "renewal"
    FIRST_QUARTER = "first_quarter"
    FIRST_90_DAYS = "first_90_days"

    @property
    def can_be_overdue(self) -> bool:
        """Whether it is still owed after its day. Notice is a choice that lapses."""
        return self is not DueKind.NOTICE


@dataclass(frozen=True, slots=True)
class Issue:
    """A deliverable issued on a day, and the milestone that records it."""

    on: date
    deliverable: str
    milestone: UUID


@dataclass(frozen=True, slots=True)
class DueDate:
    """Something due, and the days `[start, end)` on which it is (`end` null: ongoing).

    `milestone` set the day: a renewal, or what first put the hat on. `done_by` completed it on `end`, if something did.
    """

    kind: DueKind
    due_on: date
    start: date
    end: date | None
    milestone: UUID
    function: Function | None = None
    done_by: UUID | None = None

    def is_due_on(self, day: date) -> bool:
        """Whether it is due on a day, that day being the last or earlier."""
        return self.start <= day <= self.due_on and (self.end is None or day < self.end)

    def is_overdue_on(self, day: date) -> bool:
        """Whether it is still owed on a day after it was due."""
        return self.kind.can_be_overdue and self.due_on < day and (self.end is None or day < self.end)


def missing_papers(kind: DueKind, function: Function, issued: Collection[str]) -> tuple[str, ...]:
    """Which deliverables of a hat's first quarter or first 90 days are missing."""
    owed = FIRST_QUARTER if kind is DueKind.FIRST_QUARTER else FIRST_90_DAYS
    return tuple(paper for paper in owed[function] if paper not in issued)


def deliverables_due(
    function: Function, held_spans: HeldSpans, taken_by: UUID, issues: Sequence[Issue], closed_on: date | None = None
) -> Iterator[DueDate]:
    """The due dates of the deliverables that a hat owes, while it is held and until all are issued.

    `held_spans` are the spans in which the hat is held, `issues` the deliverables issued, both in effective order.

    The 90 days begin when the hat is first held in the engagement; neither a hand-over nor a vacancy starts them
    again. `taken_by` is the milestone that put the hat on. Nothing is due on or after the close.
    """
    due_on = held_spans[0][0] + timedelta(days=FIRST_QUARTER_DAYS)
    if closed_on is not None and due_on >= closed_on:
        return
    for kind in (DueKind.FIRST_QUARTER, DueKind.FIRST_90_DAYS):
        done = _completion(kind, function, issues)
        ends = [end for end in (done.on if done else None, closed_on) if end is not None]
        last = min(ends, default=None)
        for start, until in held_spans:
            end = min((day for day in (until, last) if day is not None), default=None)
            if end is None or start < end:
                done_by = done.milestone if done is not None and end == done.on else None
                yield DueDate(kind, due_on, start, end, taken_by, function, done_by)


def _completion(kind: DueKind, function: Function, issues: Sequence[Issue]) -> Issue | None:
    """The issue by which nothing is missing."""
    missing = set(missing_papers(kind, function, ()))
    for issue in issues:
        missing.discard(issue.deliverable)
        if not missing:
            return issue
    return None


def renewals_due(renewals: Sequence[tuple[date, UUID, RenewalSet]], closed_on: date | None = None) -> Iterator[DueDate]:
    """The renewal and its notice day, each from the day on which it was set until the next is set, or the close.

    `renewals` have their day and milestone, in effective order. Nothing is due on or after the close.
    """
    ends = [*(start for start, _, _ in renewals[1:]), closed_on]
    for (start, milestone, details), end in zip(renewals, ends, strict=False):
        for kind, due_on in ((DueKind.NOTICE, details.notice_by), (DueKind.RENEWAL, details.renews_on)):
            if due_on is not None and start != end and (closed_on is None or due_on < closed_on):
                yield DueDate(kind, due_on, start, end, milestone)
