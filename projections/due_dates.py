"""The read model of due dates: what each engagement has to do by a day, such as renewing its letter.

A kind of due date is a member of `DueKind` and rows of `DUE_DATES`; the plan, its page, files and drill-down, and the
Overview read them all alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column

from domain.decisions import Change, Retracted
from domain.engagement import Engagement
from domain.kinds.engagement import Closed, Opened, RenewalSet
from domain.milestones import Milestone
from projections.column_types import Day, EnumText, Id
from projections.read_model import ReadModel, StreamRows, add_index, versioned_table
from projections.span_rows import Content, RowSet


class DueKind(StrEnum):
    """What is due on a day."""

    NOTICE = "notice"
    RENEWAL = "renewal"


DUE_DATES = versioned_table(
    "due_dates",
    Column("client_id", Id, nullable=False),
    Column("kind", EnumText(DueKind), nullable=False),
    Column("due_on", Day, nullable=False),
    Column("starts_on", Day, nullable=False),
    Column("ends_on", Day),
    Column("milestone_id", Id, nullable=False),
)
"""One row per due date and the span of days on which it applies; `milestone_id` is the milestone that set it.

A due date on or after the day on which its engagement closes has no row.
"""

add_index(DUE_DATES, "due_on")


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
        self._renewals: dict[UUID, tuple[Milestone, RenewalSet]] = {}
        """In the order in which they were first recorded, which decides between those of one day."""

    def add(self, event: Engagement.Event, position: int, at: int) -> None:
        """Project the engagement's next event."""
        if isinstance(event, Engagement.Created):
            self._client = event.client.bytes
        touched = [self._apply(change) for change in event.changes]
        if any(touched):
            self._written.replace(0, list(self._renewal_rows()), at)

    def _apply(self, change: Change) -> bool:
        """Apply a change; returns whether due dates may depend on it."""
        if isinstance(change, Retracted):
            if self._closed is not None and self._closed.id == change.milestone:
                self._closed = None
                return True
            return self._renewals.pop(change.milestone, None) is not None
        milestone = change.milestone
        match milestone.details:
            case Opened():
                self._opened_on = milestone.effective_on
            case Closed():
                self._closed = milestone
            case RenewalSet() as details:
                self._renewals[milestone.id] = milestone, details
            case _:
                return False
        return True

    def _renewal_rows(self) -> Iterator[Content]:
        """The renewal and its notice day, each from the day on which it was set until the next is set, or the close."""
        closed_on = self._closed.takes_effect_on(self._opened_on) if self._closed else None
        days = [
            (milestone.takes_effect_on(self._opened_on), milestone.id, details)
            for milestone, details in self._renewals.values()
        ]
        days.sort(key=lambda renewal: renewal[0])
        for index, (start, milestone_id, details) in enumerate(days):
            end = days[index + 1][0] if index + 1 < len(days) else closed_on
            for kind, due_on in ((DueKind.NOTICE, details.notice_by), (DueKind.RENEWAL, details.renews_on)):
                if due_on is None or start == end or (closed_on is not None and due_on >= closed_on):
                    continue
                yield (
                    self._client,
                    str(kind),
                    due_on.toordinal(),
                    start.toordinal(),
                    end.toordinal() if end else None,
                    milestone_id.bytes,
                )


MODEL = ReadModel("due_dates", 1, (DUE_DATES,), {Engagement.Event: DueDateProjector})
