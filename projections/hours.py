"""The read model of reported hours, by engagement, month and function."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Column, Integer

from domain.decisions import Change, Retracted
from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.kinds.work import HoursReported
from domain.milestones import Milestone
from domain.seats import Function
from projections.column_types import Day, EnumText, Id, to_hundredths
from projections.read_model import ReadModel, Row, StreamRows, add_index, versioned_table

REPORTED_HOURS = versioned_table(
    "reported_hours",
    Column("client_id", Id, nullable=False),
    Column("month_starts_on", Day, nullable=False),
    Column("function", EnumText(Function), nullable=False),
    Column("hours", Integer, nullable=False),
    Column("told_on", Day, nullable=False),
    Column("milestone_id", Id, nullable=False),
)
"""One row per report; `told_on` is the day it takes effect, `hours` are in hundredths."""

add_index(REPORTED_HOURS, "month_starts_on")


class HoursProjector:
    """Projects the hours reported in one engagement."""

    def __init__(self, stream: bytes) -> None:
        """Start before the engagement's first event."""
        self._rows = StreamRows(stream)
        self.rows = ((REPORTED_HOURS, self._rows),)
        self._client = b""
        self._opened_on = date.min
        self._standing: dict[UUID, tuple[Milestone, HoursReported]] = {}
        self._written: dict[UUID, tuple[tuple[object, ...], Row]] = {}

    def add(self, event: Engagement.Event, position: int, at: int) -> None:
        """Project the engagement's next event."""
        if isinstance(event, Engagement.Created):
            self._client = event.client.bytes
        opened_on = self._opened_on
        touched = [milestone for change in event.changes if (milestone := self._apply(change)) is not None]
        for milestone in touched if self._opened_on == opened_on else [*touched, *self._standing]:
            self._write(milestone, at)

    def _apply(self, change: Change) -> UUID | None:
        """Apply a change; returns the id of the report it concerns, null for other milestones."""
        if isinstance(change, Retracted):
            return change.milestone if self._standing.pop(change.milestone, None) else None
        milestone = change.milestone
        if isinstance(milestone.details, Opened):
            self._opened_on = milestone.effective_on
        if not isinstance(milestone.details, HoursReported):
            return None
        self._standing[milestone.id] = milestone, milestone.details
        return milestone.id

    def _write(self, milestone_id: UUID, at: int) -> None:
        """Replace a report's row if its content has changed."""
        standing = self._standing.get(milestone_id)
        content = None if standing is None else self._columns(*standing)
        written = self._written.pop(milestone_id, None)
        if written is not None and written[0] == content:
            self._written[milestone_id] = written
            return
        if written is not None:
            self._rows.close(written[1], at)
        if content is not None:
            self._written[milestone_id] = content, self._rows.add(at, content)

    def _columns(self, milestone: Milestone, details: HoursReported) -> tuple[object, ...]:
        return (
            self._client,
            date.fromisoformat(f"{details.month}-01").toordinal(),
            str(details.function),
            to_hundredths(details.hours),
            milestone.takes_effect_on(self._opened_on).toordinal(),
            milestone.id.bytes,
        )


MODEL = ReadModel("hours", 1, (REPORTED_HOURS,), {Engagement.Event: HoursProjector})
