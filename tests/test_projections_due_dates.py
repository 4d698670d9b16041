"""The rows of due dates are what the domain's rules make of an engagement's milestones, after every event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

import pytest
from firms import Firm, seeded_rolls

from domain.decisions import Retracted
from domain.due_dates import DueDate, Issue, deliverables_due, renewals_due
from domain.engagement import Engagement
from domain.kinds.engagement import Closed, Opened, RenewalSet
from domain.kinds.state import BEFORE
from domain.kinds.work import DeliverableIssued
from domain.milestones import Milestone, step
from domain.seats import BOTH, Function
from projections.due_dates import DUE_DATES
from projections.read_model import CONTENT, KNOWN_TO, StreamRows
from projections.spans import SpanProjector


def due_by_the_rules(milestones: Sequence[Milestone]) -> Iterator[DueDate]:
    """All due dates, from the current milestones alone, one after the other."""
    opened_on = next(m.effective_on for m in milestones if isinstance(m.details, Opened))
    dated = sorted(((m.takes_effect_on(opened_on), m.order, m) for m in milestones), key=lambda place: place[:2])
    closed_on = next((on for on, _, m in dated if isinstance(m.details, Closed)), None)
    issues, renewals = [], []
    taken_by: dict[Function, UUID] = {}
    state = BEFORE
    for on, _, milestone in dated:
        before, state = state, step(state, on, milestone)
        for function in BOTH:
            if state.held_spans[function] and not before.held_spans[function]:
                taken_by[function] = milestone.id
        match milestone.details:
            case DeliverableIssued(deliverable=deliverable):
                issues.append(Issue(on, deliverable, milestone.id))
            case RenewalSet() as renewal:
                renewals.append((on, milestone.id, renewal))
            case _:
                pass
    yield from renewals_due(renewals, closed_on)
    for function in BOTH:
        if spans := state.held_spans[function]:
            yield from deliverables_due(function, spans, taken_by[function], issues, closed_on)


def contents(client: UUID, due_dates: Iterator[DueDate]) -> set[tuple[object, ...]]:
    return {
        (
            client.bytes,
            due.kind,
            due.function,
            number(due.due_on),
            number(due.start),
            number(due.end),
            due.milestone.bytes,
        )
        for due in due_dates
    }


def number(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def known_rows(rows: StreamRows, everything: list[list[object]]) -> set[tuple[object, ...]]:
    """The rows that are known now; `everything` collects those of each event."""
    everything += rows.take_changes()[0]
    return {tuple(row[CONTENT:]) for row in everything if row[KNOWN_TO] is None}


@pytest.mark.parametrize("seed", range(4))
def test_rows_of_due_dates_follow_the_rules_after_every_event(seed: int) -> None:
    projectors: dict[UUID, tuple[SpanProjector, UUID]] = {}
    standing: dict[UUID, dict[UUID, Milestone]] = {}
    written: dict[UUID, list[list[object]]] = {}
    count = 0
    for _, event in Firm().live(seeded_rolls(seed, 700)).events:
        if not isinstance(event, Engagement.Event) or isinstance(event, Engagement.EngagementRetracted):
            continue
        stream = event.originator_id
        if isinstance(event, Engagement.Created):
            projectors[stream] = SpanProjector(stream.bytes), event.client
            standing[stream], written[stream] = {}, []
        projector, client = projectors[stream]
        for change in event.changes:
            if isinstance(change, Retracted):
                del standing[stream][change.milestone]
            else:
                standing[stream][change.milestone.id] = change.milestone
        projector.add(event, 1, 1)
        rows = dict(projector.rows)[DUE_DATES]
        expected = contents(client, due_by_the_rules(list(standing[stream].values())))
        assert known_rows(rows, written[stream]) == expected
        count += len(expected)
    assert count > 100
