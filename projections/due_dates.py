"""The read model of due dates: what each engagement has to do by a day, and the days on which it is due.

A kind of due date is a member of `domain.due_dates.DueKind` and rows of `DUE_DATES`; the plan, its page, files and
drill-down, the Overview and the client's page read them all alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Column

from domain.decisions import Change, Logged, Retracted
from domain.due_dates import DueDate, DueKind, Issue, deliverables_due, renewals_due
from domain.engagement import Engagement
from domain.kinds.engagement import Closed, Opened, RenewalSet
from domain.kinds.seats import SeatChange
from domain.kinds.state import BEFORE, State
from domain.kinds.work import DeliverableIssued
from domain.milestones import Milestone, step
from domain.seats import BOTH, Function
from projections.column_types import Day, EnumText, Id
from projections.read_model import ReadModel, StreamRows, add_index, versioned_table
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


Place: TypeAlias = tuple[date, int, Milestone]
"""The day a milestone takes effect, its order (unique in its engagement), and the milestone."""


class HatTracker:
    """When each hat was held, and by which milestone it was first put on; a new last change costs one step."""

    def __init__(self) -> None:
        """Start with both hats vacant."""
        self.state: State = BEFORE
        self.taken_by: dict[Function, UUID] = {}
        self._last: tuple[date, int] | None = None

    def has_followed(self, place: Place) -> bool:
        """Apply a change to the seats if it comes after all others; returns whether it did."""
        if self._last is None or place[:2] <= self._last:
            return False
        self._advance(place)
        return True

    def restart(self, places: list[Place]) -> None:
        """Start again with all changes to the seats, the opening among them."""
        self.state, self.taken_by = BEFORE, {}
        for place in sorted(places, key=lambda place: place[:2]):
            self._advance(place)

    def _advance(self, place: Place) -> None:
        on, order, milestone = place
        before = self.state.held_spans
        self.state = step(self.state, on, milestone)
        for function in BOTH:
            if self.state.held_spans[function] and not before[function]:
                self.taken_by[function] = milestone.id
        self._last = on, order


class DueDateProjector:
    """Projects the due dates of one engagement."""

    def __init__(self, stream: bytes) -> None:
        """Start before the engagement's first event."""
        rows = StreamRows(stream)
        self.rows = ((DUE_DATES, rows),)
        self._written = RowSet(rows)
        self._client = b""
        self._opened_on = date.min
        self._closed: Milestone | None = None
        self._hats = HatTracker()
        self._standing: dict[UUID, Milestone] = {}
        """What due dates depend on, except the close."""

    def add(self, event: Engagement.Event, position: int, at: int) -> None:
        """Project the engagement's next event."""
        if isinstance(event, Engagement.Created):
            self._client = event.client.bytes
        relevant = [change for change in event.changes if self._apply(change)]
        if not relevant:
            return
        spans, takers = self._hats.state.held_spans, dict(self._hats.taken_by)
        self._follow_hats(relevant)
        if all(map(_only_moves_seats, relevant)) and (spans, takers) == (
            self._hats.state.held_spans,
            self._hats.taken_by,
        ):
            return  # most changes of seats leave the days on which a hat is held as they are
        self._written.replace(0, list(map(self._columns, self._due_dates())), at)

    def _apply(self, change: Change) -> bool:
        """Apply a change; returns whether due dates may depend on it."""
        if isinstance(change, Retracted):
            if self._closed is not None and self._closed.id == change.milestone:
                self._closed = None
                return True
            return self._standing.pop(change.milestone, None) is not None
        milestone = change.milestone
        match milestone.details:
            case Opened():
                self._opened_on = milestone.effective_on
            case Closed():
                self._closed = milestone
                return True
            case RenewalSet() | SeatChange() | DeliverableIssued():
                pass
            case _:
                return False
        self._standing[milestone.id] = milestone
        return True

    def _follow_hats(self, changes: list[Change]) -> None:
        seats = [change for change in changes if isinstance(change, Retracted) or _moves_hats(change.milestone)]
        if not seats:
            return
        only = seats[0] if len(seats) == 1 else None
        if isinstance(only, Logged) and self._hats.has_followed(self._place(only.milestone)):
            return
        self._hats.restart([self._place(m) for m in self._standing.values() if _moves_hats(m)])

    def _place(self, milestone: Milestone) -> Place:
        return milestone.takes_effect_on(self._opened_on), milestone.order, milestone

    def _due_dates(self) -> Iterator[DueDate]:
        closed_on = self._closed.takes_effect_on(self._opened_on) if self._closed else None
        places = sorted(map(self._place, self._standing.values()), key=lambda place: place[:2])
        renewals = [(on, m.id, m.details) for on, _, m in places if isinstance(m.details, RenewalSet)]
        yield from renewals_due(renewals, closed_on)
        issues = [
            Issue(on, m.details.deliverable, m.id) for on, _, m in places if isinstance(m.details, DeliverableIssued)
        ]
        for function, taken_by in self._hats.taken_by.items():
            if spans := self._hats.state.held_spans[function]:
                yield from deliverables_due(function, spans, taken_by, issues, closed_on)

    def _columns(self, due: DueDate) -> Content:
        return (
            self._client,
            str(due.kind),
            str(due.function) if due.function else None,
            due.due_on.toordinal(),
            due.start.toordinal(),
            due.end.toordinal() if due.end else None,
            due.milestone.bytes,
        )


def _moves_hats(milestone: Milestone) -> bool:
    return isinstance(milestone.details, Opened | SeatChange)


def _only_moves_seats(change: Change) -> bool:
    """Whether due dates depend on a change only through the days on which hats are held."""
    return not isinstance(change, Retracted) and isinstance(change.milestone.details, SeatChange)


MODEL = ReadModel("due_dates", 3, (DUE_DATES,), {Engagement.Event: DueDateProjector})
