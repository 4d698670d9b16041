"""The read model of spans over time: seats, structures, statuses, transitions between structures, and due dates.

Each event changes an engagement's timeline from some day on. The states before that day stay, the later ones are
computed again by the domain's rules, and only the spans that differ are closed and inserted again.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Integer, Text

from domain.decisions import Change, Corrected, Logged, Retracted
from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.kinds.state import BEFORE, State
from domain.milestones import Milestone, step
from domain.seats import BOTH, Commitment, Function, Provider, ReportsTo, Seat, Structure, structure_of
from domain.timeline import Status
from projections.column_types import Day, EnumText, Id, to_hundredths, to_ten_thousandths
from projections.due_dates import DUE_DATES, DueDateRows, Frame, HatHeld
from projections.read_model import ReadModel, StreamRows, add_index, versioned_table
from projections.span_rows import RowSet, SpanTrack


def _span_columns() -> tuple[Column[Any], ...]:
    return (
        Column("starts_on", Day, nullable=False),
        Column("ends_on", Day),
        Column("milestone_id", Id, nullable=False),
    )


SEAT_SPANS = versioned_table(
    "seat_spans",
    Column("client_id", Id, nullable=False),
    Column("function", EnumText(Function), nullable=False),
    Column("seat_id", Id, nullable=False),
    Column("holder_id", Id, nullable=False),
    Column("commitment", EnumText(Commitment), nullable=False),
    Column("provider", EnumText(Provider), nullable=False),
    Column("interim", Boolean, nullable=False),
    Column("reports_to", EnumText(ReportsTo)),
    Column("technology_hours", Integer),
    Column("ai_hours", Integer),
    Column("fee_amount", BigInteger),
    Column("fee_currency", Text),
    *_span_columns(),
)
STRUCTURE_SPANS = versioned_table(
    "structure_spans",
    Column("client_id", Id, nullable=False),
    Column("structure", EnumText(Structure), nullable=False),
    *_span_columns(),
)
STATUS_SPANS = versioned_table(
    "status_spans",
    Column("client_id", Id, nullable=False),
    Column("status", EnumText(Status), nullable=False),
    *_span_columns(),
)
TRANSITIONS = versioned_table(
    "transitions",
    Column("client_id", Id, nullable=False),
    Column("before", EnumText(Structure)),
    Column("after", EnumText(Structure)),
    Column("made_on", Day, nullable=False),
    Column("milestone_id", Id, nullable=False),
)
for _table in (SEAT_SPANS, STRUCTURE_SPANS, STATUS_SPANS, TRANSITIONS):
    add_index(_table, "client_id")
add_index(SEAT_SPANS, "holder_id")
add_index(TRANSITIONS, "made_on")


DatedMilestone: TypeAlias = tuple[date, int, Milestone]
"""The day a milestone takes effect, its order (unique in its engagement), and the milestone."""


class SpanProjector:
    """Projects the spans and transitions of one engagement."""

    def __init__(self, stream: bytes) -> None:
        """Start before the engagement's first event."""
        seats, structures, statuses, transitions, due_dates = (StreamRows(stream) for _ in range(5))
        self.rows = (
            (SEAT_SPANS, seats),
            (STRUCTURE_SPANS, structures),
            (STATUS_SPANS, statuses),
            (TRANSITIONS, transitions),
            (DUE_DATES, due_dates),
        )
        self._client = b""
        self._opened_on = date.min
        self._standing: dict[UUID, DatedMilestone] = {}
        self._dated: list[DatedMilestone] = []
        self._states: list[State] = []
        self._closing: tuple[int, bytes] | None = None
        self._technology: SpanTrack[Seat | None] = SpanTrack(seats, partial(_seat_columns, "technology"))
        self._ai: SpanTrack[Seat | None] = SpanTrack(seats, partial(_seat_columns, "ai"))
        self._structure: SpanTrack[Structure] = SpanTrack(structures, _word_columns)
        self._status: SpanTrack[Status] = SpanTrack(statuses, _word_columns)
        self._transitions = RowSet(transitions)
        self._due_dates = DueDateRows(due_dates)
        self._held_spans = BEFORE.held_spans

    def add(self, event: Engagement.Event, position: int, at: int) -> None:
        """Project the engagement's next event."""
        if isinstance(event, Engagement.Created):
            self._client = event.client.bytes
        changes = event.changes
        if not changes:
            return
        closing = self._closing
        if self._changes_spans(changes):
            end = self._closing[0] if self._closing else None
            for track in (self._technology, self._ai, self._status):
                track.write(self._client, end, at)
            if self._structure.write(self._client, end, at) or self._closing != closing:
                self._write_transitions(at)
            self._write_hats()
        self._due_dates.follow(changes, at)

    def _write_hats(self) -> None:
        """Pass on to the due dates when each hat is held."""
        state = self._states[-1]
        self._due_dates.set_frame(Frame(self._client, self._opened_on, state.closed_on))
        if state.held_spans is not self._held_spans:
            self._held_spans = state.held_spans
            self._due_dates.set_hats({function: self._hat_held(function) for function in BOTH})

    def _changes_spans(self, changes: Sequence[Change]) -> bool:
        """Apply the changes of an event; returns whether spans may differ afterwards."""
        if len(changes) != 1:
            self._step_again(min([self._apply(change) for change in changes]))
            return True
        [change] = changes
        if isinstance(change, Logged):
            return not self._log(change.milestone)
        if self._leaves_spans(change):
            return False
        self._step_again(self._apply(change))
        return True

    def _hat_held(self, function: Function) -> HatHeld:
        """When a hat was held, and by which milestone it was first put on, other than for less than a day."""
        spans = self._states[-1].held_spans[function]
        if not spans:
            return HatHeld()
        first_day = spans[0][0]
        taken_by, was_held = None, False
        for index in range(bisect_left(self._dated, (first_day,)), len(self._dated)):
            on, _, milestone = self._dated[index]
            if on != first_day:
                break
            is_held = bool(self._states[index].held_spans[function])
            if is_held and not was_held:
                taken_by = milestone.id
            was_held = is_held
        return HatHeld(spans, taken_by)

    def _log(self, milestone: Milestone) -> bool:
        """Insert a new milestone; returns whether all spans stay the same."""
        place = (milestone.takes_effect_on(self._opened_on), milestone.order, milestone)
        if not self._dated or place[:2] < self._dated[-1][:2]:
            if self._adds_nothing(place):
                return True
            self._step_again(self._apply(Logged(milestone)))
            return False
        before = self._states[-1]
        after = step(before, place[0], milestone)
        self._dated.append(place)
        self._states.append(after)
        self._standing[milestone.id] = place
        if _has_same_spans(before, after):
            return True
        for track in (self._technology, self._ai, self._structure, self._status):
            track.continue_runs()
        self._advance(before, after, place[0], milestone.id)
        return False

    def _leaves_spans(self, change: Corrected | Retracted) -> bool:
        """Apply a change if all spans stay the same, without computing states again; returns whether it was applied."""
        if isinstance(change, Corrected):
            return self._corrects_nothing(change.milestone)
        index = self._index_of(change.milestone)
        if self._did_nothing(index):
            del self._standing[change.milestone], self._dated[index], self._states[index]
            return True
        return False

    def _corrects_nothing(self, milestone: Milestone) -> bool:
        """Apply a correction that has the same effect on the same day, or no effect before and after, if it is one."""
        place = (milestone.takes_effect_on(self._opened_on), milestone.order, milestone)
        index = self._index_of(milestone.id)
        if index == 0:
            return False
        before = self._dated[index]
        did_nothing = self._did_nothing(index)
        if place[0] != before[0]:
            if did_nothing and self._adds_nothing(place):
                index = bisect_left(self._dated, before[:2])
                del self._dated[index], self._states[index]
                return True
            return False
        state = self._states[index]
        if milestone.details == before[2].details or (did_nothing and step(state, place[0], milestone) is state):
            self._dated[index] = self._standing[milestone.id] = place
            return True
        return False

    def _index_of(self, milestone: UUID) -> int:
        return bisect_left(self._dated, self._standing[milestone][:2])

    def _did_nothing(self, index: int) -> bool:
        return index > 0 and self._states[index] is self._states[index - 1]

    def _adds_nothing(self, place: DatedMilestone) -> bool:
        """Insert a milestone if it has no effect on the state; returns whether it was inserted."""
        index = bisect_left(self._dated, place[:2])
        if index == 0:
            return False
        state = self._states[index - 1]
        if step(state, place[0], place[2]) is not state:
            return False
        self._dated.insert(index, place)
        self._states.insert(index, state)
        self._standing[place[2].id] = place
        return True

    def _apply(self, change: Change) -> date:
        """Apply a change to the milestones; returns the first day on which the state may differ."""
        if isinstance(change, Retracted):
            return self._remove(change.milestone)
        milestone = change.milestone
        before = self._remove(milestone.id) if milestone.id in self._standing else date.max
        if isinstance(milestone.details, Opened) and milestone.effective_on != self._opened_on:
            self._opened_on = milestone.effective_on
            others = [m for _, _, m in self._dated]
            self._dated.clear()
            for other in others:
                self._insert(other)
            before = date.min
        return min(before, self._insert(milestone))

    def _insert(self, milestone: Milestone) -> date:
        place = (milestone.takes_effect_on(self._opened_on), milestone.order, milestone)
        insort(self._dated, place)
        self._standing[milestone.id] = place
        return place[0]

    def _remove(self, milestone: UUID) -> date:
        place = self._standing.pop(milestone)
        del self._dated[bisect_left(self._dated, place)]
        return place[0]

    def _step_again(self, day: date) -> None:
        """Compute the states again from a day on."""
        first = bisect_left(self._dated, (day,))
        states = self._states
        del states[first:]
        state = states[-1] if first else BEFORE
        number = day.toordinal()
        for track in (self._technology, self._ai, self._structure, self._status):
            track.cut(number)
        if self._closing is not None and self._closing[0] >= number:
            self._closing = None
        for on, _, milestone in self._dated[first:]:
            before, state = state, step(state, on, milestone)
            states.append(state)
            if state is not before:
                self._advance(before, state, on, milestone.id)

    def _advance(self, before: State, after: State, on: date, by: UUID) -> None:
        """Record in the tracks how a milestone changed the state."""
        day, milestone = on.toordinal(), by.bytes
        if after.closed_on is not None:
            self._closing = (day, milestone)
            return
        opens = before.opened_on is None
        if after.arrangement is not before.arrangement or opens:
            arrangement = after.arrangement
            self._technology.change(day, arrangement.technology, milestone)
            self._ai.change(day, arrangement.ai, milestone)
            self._structure.change(day, structure_of(arrangement), milestone)
        if after.is_paused is not before.is_paused or opens:
            self._status.change(day, Status.PAUSED if after.is_paused else Status.OPEN, milestone)

    def _write_transitions(self, at: int) -> None:
        """Write the transitions from the first one that may differ."""
        structure = self._structure
        unchanged_runs = structure.unchanged_runs
        contents: list[tuple[object, ...] | None] = []
        before = structure.written_value(unchanged_runs - 1)
        for index in range(unchanged_runs, len(structure.runs)):
            after = structure.written_value(index)
            on, _, by, _ = structure.runs[index]
            contents.append(None if after is None else self._transition(before, after, on, by))
            before = after or before
        if self._closing is not None and before is not None:
            contents.append(self._transition(before, None, *self._closing))
        self._transitions.replace(unchanged_runs, contents, at)

    def _transition(self, before: Structure | None, after: Structure | None, on: int, by: bytes) -> tuple[object, ...]:
        return (
            self._client,
            None if before is None else str(before),
            None if after is None else str(after),
            on,
            by,
        )


def _has_same_spans(before: State, after: State) -> bool:
    """Whether two states differ only in what has no spans: conflicts, initiatives, signs."""
    return after is before or (
        after.arrangement is before.arrangement
        and after.is_paused is before.is_paused
        and after.closed_on is before.closed_on
        and after.opened_on is before.opened_on
    )


def _word_columns(word: Structure | Status) -> tuple[object, ...]:
    return (str(word),)


def _seat_columns(function: str, seat: Seat | None) -> tuple[object, ...] | None:
    if seat is None:
        return None
    terms = seat.terms
    hours, fee = terms.hours_per_month, terms.monthly_fee
    technology, ai = (hours.technology, hours.ai) if hours else (None, None)
    return (
        function,
        seat.id.bytes,
        terms.holder.bytes,
        str(terms.commitment),
        str(terms.provider),
        terms.interim,
        str(terms.reports_to) if terms.reports_to else None,
        to_hundredths(technology) if technology is not None else None,
        to_hundredths(ai) if ai is not None else None,
        to_ten_thousandths(fee.amount) if fee else None,
        fee.currency if fee else None,
    )


MODEL = ReadModel(
    "spans",
    3,
    (SEAT_SPANS, STRUCTURE_SPANS, STATUS_SPANS, TRANSITIONS, DUE_DATES),
    {Engagement.Event: SpanProjector},
)
