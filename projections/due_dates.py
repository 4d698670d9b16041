"""The rows of due dates: what each engagement has to do by a day, and the days on which it is due.

A kind of due date is a member of `domain.due_dates.DueKind` and rows of `DUE_DATES`; the plan, its page, files and
drill-down, the Overview and the client's page read them all alike. `projections.spans` tells when each hat was held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Column

from domain.decisions import Change, Logged, Retracted
from domain.due_dates import DueDate, DueKind, Issue, deliverables_due, renewals_due
from domain.governance import FIRST_90_DAYS, FIRST_QUARTER
from domain.kinds.engagement import RenewalSet
from domain.kinds.state import HeldSpans
from domain.kinds.work import DeliverableIssued
from domain.milestones import Milestone
from domain.seats import BOTH, Function
from projections.column_types import Day, EnumText, Id
from projections.read_model import StreamRows, add_index, versioned_table
from projections.span_rows import Content, RowSet

DUE_DATES = versioned_table(
    "due_dates",
    Column("client_id", Id, nullable=False),
    Column("kind", EnumText(DueKind), nullable=False),
    Column("function", EnumText(Function)),
    Column("due_on", Day, nullable=False),
    Column("starts_on", Day, nullable=False),
    Column("ends_on", Day),
    Column("milestone_id", Id, nullable=False),
)
"""One row per due date and span of days on which it is due; `milestone_id` is the milestone that set it.

A due date on or after the day on which its engagement closes has no row.
"""

add_index(DUE_DATES, "due_on")
add_index(DUE_DATES, "client_id")

_OWED_BY: Mapping[str, frozenset[Function]] = {
    paper: frozenset(function for function in BOTH if paper in (*FIRST_QUARTER[function], *FIRST_90_DAYS[function]))
    for paper in chain(*FIRST_QUARTER.values(), *FIRST_90_DAYS.values())
}
"""The hats that owe a deliverable; other deliverables complete nothing."""


class HatHeld(NamedTuple):
    """The days on which a hat was held, and the milestone that first put it on (null: it never was)."""

    spans: HeldSpans = ()
    taken_by: UUID | None = None


class Frame(NamedTuple):
    """What all due dates of an engagement depend on."""

    client: bytes
    opened_on: date
    closed_on: date | None


class DueDateRows:
    """The due dates of one engagement; an event writes only those that it may concern.

    For each event call `set_frame` and `set_hats` if it may have changed them, then `follow`.
    """

    def __init__(self, rows: StreamRows) -> None:
        """Start before the engagement's first event; rows are written to `rows`."""
        self._frame = Frame(b"", date.min, None)
        self._hats: Mapping[Function, HatHeld] = dict.fromkeys(BOTH, HatHeld())
        self._renewals: dict[UUID, tuple[Milestone, RenewalSet]] = {}
        self._issues: dict[UUID, tuple[Milestone, DeliverableIssued]] = {}
        self._written: dict[Function | None, RowSet] = {function: RowSet(rows) for function in (None, *BOTH)}
        self._concerned: set[Function | None] = set()
        """The hats whose due dates may have changed; null: the renewals."""

    def set_frame(self, frame: Frame) -> None:
        """Set the frame after an event."""
        if frame != self._frame:
            self._frame = frame
            self._concerned.update(self._written)

    def set_hats(self, hats: Mapping[Function, HatHeld]) -> None:
        """Set when each hat is held after an event."""
        self._concerned.update(function for function in BOTH if hats[function] != self._hats[function])
        self._hats = hats

    def follow(self, changes: Sequence[Change], at: int) -> None:
        """Follow the changes of an event, and write what it concerns."""
        for change in changes:
            if not isinstance(change, Logged):
                self._remove(change.milestone if isinstance(change, Retracted) else change.milestone.id)
            if not isinstance(change, Retracted):
                self._put(change.milestone)
        if not self._concerned:
            return
        for function, rows in self._written.items():
            if function in self._concerned:
                due_dates = self._renewals_due() if function is None else self._deliverables_due(function)
                rows.replace(0, list(map(self._columns, due_dates)), at)
        self._concerned.clear()

    def _put(self, milestone: Milestone) -> None:
        details = milestone.details
        if isinstance(details, RenewalSet):
            self._renewals[milestone.id] = milestone, details
            self._concerned.add(None)
        elif isinstance(details, DeliverableIssued) and details.deliverable in _OWED_BY:
            self._issues[milestone.id] = milestone, details
            self._concerned |= _OWED_BY[details.deliverable]

    def _remove(self, milestone: UUID) -> None:
        if self._renewals.pop(milestone, None) is not None:
            self._concerned.add(None)
        issue = self._issues.pop(milestone, None)
        if issue is not None:
            self._concerned |= _OWED_BY[issue[1].deliverable]

    def _renewals_due(self) -> Iterator[DueDate]:
        dated = [(*self._place(milestone), milestone.id, details) for milestone, details in self._renewals.values()]
        renewals = [(on, milestone, details) for on, _, milestone, details in sorted(dated)]
        return renewals_due(renewals, self._frame.closed_on)

    def _deliverables_due(self, function: Function) -> Iterator[DueDate]:
        spans, taken_by = self._hats[function]
        if taken_by is None:
            return iter(())
        dated = [(*self._place(milestone), milestone.id, details) for milestone, details in self._issues.values()]
        issues = [Issue(on, details.deliverable, milestone) for on, _, milestone, details in sorted(dated)]
        return deliverables_due(function, spans, taken_by, issues, self._frame.closed_on)

    def _place(self, milestone: Milestone) -> tuple[date, int]:
        """The day a milestone takes effect, and its order, which is unique in its engagement."""
        return milestone.takes_effect_on(self._frame.opened_on), milestone.order

    def _columns(self, due: DueDate) -> Content:
        return (
            self._frame.client,
            str(due.kind),
            str(due.function) if due.function else None,
            due.due_on.toordinal(),
            due.start.toordinal(),
            due.end.toordinal() if due.end else None,
            due.milestone.bytes,
        )
