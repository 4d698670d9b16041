"""One stream's rows, from its events alone, against the domain's own reading of every prefix of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from examples import examples
from firms import Firm, rolls
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table

from domain.client import Client
from domain.decisions import Standing
from domain.engagement import Engagement
from domain.kinds.engagement import Closed, Opened
from domain.seats import Seat, Structure
from domain.text import key_of_name
from domain.timeline import Timeline
from projections.engagements import ENGAGEMENTS
from projections.log import Recorded
from projections.log.entries import microseconds
from projections.profiles import PROFILES, name_and_profile
from projections.read_model import KNOWN_TO, StreamProjection, project_stream
from projections.read_models import READ_MODELS
from projections.spans import SEAT_SPANS, STATUS_SPANS, STRUCTURE_SPANS, TRANSITIONS

firms = rolls(15, 60)


def streams_of(rolls: Sequence[int]) -> dict[UUID, list[Recorded]]:
    streams: dict[UUID, list[Recorded]] = {}
    for recorded in Firm().live(rolls).events:
        streams.setdefault(recorded.event.originator_id, []).append(recorded)
    return streams


def known(rows: dict[Table, list[Any]], table: Table, at: int) -> list[tuple[Any, ...]]:
    """What a table said at an instant, without the row numbers and the client."""
    visible = [row for row in rows[table] if row[2] <= at and (row[KNOWN_TO] is None or at < row[KNOWN_TO])]
    return sorted((tuple(row[5:]) for row in visible), key=repr)


@examples(60)
@given(firms)
def test_at_every_instant_the_rows_say_what_the_events_until_then_amount_to(rolls: list[int]) -> None:
    for stream, events in streams_of(rolls).items():
        if not isinstance(events[0].event, Engagement.Created):
            continue
        rows = project_stream(stream, events, READ_MODELS)
        standing = Standing()
        for _, event in events:
            assert isinstance(event, Engagement.Event)
            standing = standing.after(event.changes)
            assert_says(rows, microseconds(event.timestamp), standing.timeline())


def assert_says(rows: dict[Table, list[Any]], at: int, timeline: Timeline) -> None:
    """The rows known at an instant are the spans, moves and bounds of a timeline."""
    seats = [(str(s.function), *seat_columns(Seat(s.seat, s.terms)), *span(s)) for s in timeline.seat_spans]
    assert known(rows, SEAT_SPANS, at) == sorted(seats, key=repr)
    structures = [(str(s.structure), *span(s)) for s in timeline.structure_spans]
    assert known(rows, STRUCTURE_SPANS, at) == sorted(structures, key=repr)
    statuses = [(str(s.status), *span(s)) for s in timeline.status_spans]
    assert known(rows, STATUS_SPANS, at) == sorted(statuses, key=repr)
    moves = [(word(t.before), word(t.after), t.on.toordinal(), t.milestone.bytes) for t in timeline.transitions()]
    assert known(rows, TRANSITIONS, at) == sorted(moves, key=repr)
    [(_, lead, starts_on, ends_on, outcome)] = known(rows, ENGAGEMENTS, at)
    opening = next(m.details for m in timeline.milestones if isinstance(m.details, Opened))
    closing = next((m.details for m in timeline.milestones if isinstance(m.details, Closed)), None)
    assert (starts_on, ends_on) == (day_number(timeline.opened_on), day_number(timeline.closed_on))
    assert lead == (opening.practice_lead and opening.practice_lead.bytes)
    assert outcome == (closing and closing.outcome)


def day_number(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def word(structure: Structure | None) -> str | None:
    return None if structure is None else structure.value


def span(row: Any) -> tuple[int, int | None, bytes]:
    return row.start.toordinal(), row.end and row.end.toordinal(), row.milestone.bytes


def seat_columns(seat: Seat) -> tuple[Any, ...]:
    terms = seat.terms
    hours, fee = terms.hours_per_month, terms.monthly_fee
    return (
        seat.id.bytes,
        terms.holder.bytes,
        terms.commitment.value,
        terms.provider.value,
        terms.interim,
        terms.reports_to and terms.reports_to.value,
        hours and hours.technology and int(hours.technology * 100),
        hours and hours.ai and int(hours.ai * 100),
        fee and int(fee.amount * 10_000),
        fee and fee.currency,
    )


@examples(40)
@given(firms)
def test_a_profile_holds_on_every_day_what_the_changes_until_then_say(rolls: list[int]) -> None:
    for stream, events in streams_of(rolls).items():
        if not isinstance(events[0].event, Client.Created):
            continue
        rows = project_stream(stream, events, READ_MODELS)
        for number, last in enumerate(events, start=1):
            at = microseconds(last.event.timestamp)
            spans = [tuple(row) for row in rows[PROFILES] if row[2] <= at and (row[3] is None or at < row[3])]
            day = date(2023, 12, 31)
            for _ in range(32):
                day += timedelta(days=29)
                name, profile = naive_profile([r.event for r in events[:number]], day)
                [row] = [r for r in spans if r[-2] <= day.toordinal() and (r[-1] is None or day.toordinal() < r[-1])]
                said_name, said = name_and_profile(row[9])
                assert (said_name, said.headcount, said.sector) == (
                    name,
                    profile.get("headcount"),
                    profile.get("sector"),
                )
                assert row[4:8] == (key_of_name(name), profile.get("sector"), profile.get("headcount"), None)
                revenue = profile.get("annual_revenue")
                assert (said.annual_revenue and f"{said.annual_revenue.amount}") == (revenue and revenue["amount"])


def naive_profile(events: Sequence[Any], day: date) -> tuple[str, dict[str, Any]]:
    """The name and profile on a day: what took effect by then, the later day winning, then the later word."""
    name, profile = events[0].name, dict(events[0].profile)
    changes = [e for e in events if isinstance(e, Client.ProfileChanged) and e.effective_on <= day]
    for change in sorted(changes, key=lambda e: (e.effective_on, e.originator_version)):
        name = change.name or name
        profile |= change.profile
    return name, profile


@examples(40)
@given(firms, st.integers(1, 7))
def test_told_in_pieces_or_at_once_the_store_hears_the_same(rolls: list[int], piece: int) -> None:
    """What a chunk adds and closes, laid on what was there before it, is what the stream's events give from nothing."""
    for stream, events in streams_of(rolls).items():
        folds = StreamProjection(stream, events[0].event, READ_MODELS)
        store: dict[Table, dict[int, list[Any]]] = {table: {} for model in READ_MODELS for table in model.tables}
        for start in range(0, len(events), piece):
            for recorded in events[start : start + piece]:
                folds.add(recorded)
            added: dict[Table, list[Any]] = {table: [] for table in store}
            closed: dict[Table, list[Any]] = {table: [] for table in store}
            folds.take_changes(added, closed)
            for table, rows in added.items():
                assert not {row[1] for row in rows} & store[table].keys()
                store[table].update({row[1]: list(row) for row in rows})
            for table, ended in closed.items():
                for known_to, of_stream, row_no in ended:
                    assert (of_stream, store[table][row_no][KNOWN_TO]) == (stream.bytes, None)
                    store[table][row_no][KNOWN_TO] = known_to
        assert {table: list(rows.values()) for table, rows in store.items()} == project_stream(
            stream, events, READ_MODELS
        )
