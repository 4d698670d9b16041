"""A client's timeline, against its engagements lived through day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from examples import examples
from firms import FIRST_INSTANT, ME, Days, Firm, all_days, answering, days_of, rolls
from hypothesis import given
from hypothesis import strategies as st
from oracle import day_it_happens
from test_domain_timeline_oracle import plain, plain_terms

from domain.decisions import Log
from domain.kinds.engagement import Closed, Opened
from domain.quarters import Quarter, quarter_of, quarters_between
from domain.unit_of_work import UnitOfWork
from projections.client_filter import ClientStatus
from projections.milestone_versions import RecordingKind
from projections.snapshot import Snapshot
from projections.timeline_changes import DifferenceKind, timeline_changes
from projections.timelines import ClientTimeline, timeline_of

firms = rolls(15, 50)
days = st.dates(date(2024, 1, 1), date(2027, 6, 30))


@examples(25)
@given(firms, days, st.sampled_from([1, 1, 4, 11]), st.floats(0.3, 1))
def test_a_timeline_says_what_living_through_every_day_says(
    rolls: list[int], as_of: date, month: int, share: float
) -> None:
    events = Firm().live(rolls).events
    recorded = events[: int(len(events) * share)]
    lived = days_of(recorded)
    with answering(events) as snapshot:
        for client, days_of_client in lived.items():
            timeline = timeline_of(
                snapshot,
                client,
                as_of=as_of,
                known_at=recorded[-1].event.timestamp if recorded else FIRST_INSTANT,
                fiscal_year_start_month=month,
            )
            assert_lived(timeline, days_of_client, as_of, month)


def assert_lived(timeline: ClientTimeline, lived: Days, as_of: date, month: int) -> None:
    assert [(t.before, t.after, t.on, t.milestone) for t in timeline.transitions] == lived.moves()
    for function in ("technology", "ai"):
        spans = [s for s in timeline.seat_spans if s.function == function]
        assert [(plain_terms(s.terms), s.start, s.end, s.milestone) for s in spans] == [
            plain(span) for life in lived.lives for span in life.spans(function)
        ]
    assert [(s.structure, s.start, s.end, s.milestone) for s in timeline.structure_spans] == [
        span for life in lived.lives for span in life.spans("structure")
    ]
    assert all(span.planned == (span.start > as_of) for span in timeline.seat_spans)
    assert all(span.planned == (span.start > as_of) for span in timeline.structure_spans)
    assert all(t.planned == (t.on > as_of) for t in timeline.transitions)
    happened = [
        (day_it_happens(m, min(life.evenings)), m.id)
        for life, milestones in zip(lived.lives, lived.milestones, strict=True)
        for m in milestones
    ]
    assert sorted((m.takes_effect_on, m.id) for m in timeline.milestones) == sorted(happened)
    if not happened:
        assert timeline.quarters == ()
        return
    first = quarter_of(min(min(life.evenings) for life in lived.lives), month)
    last = quarter_of(max(as_of, max(happened)[0]), month)
    quarters = [q.quarter for q in timeline.quarters]
    assert (quarters[0], quarters[-1]) == (first, max(first, last))
    assert all(earlier.next == later for earlier, later in pairwise(quarters))
    for said_of in timeline.quarters:
        day = as_of if said_of.start <= as_of <= said_of.end else said_of.end
        assert said_of.structure == lived.evening(day).structure
        assert said_of.status == naive_status(lived, day)
        evenings = [lived.evening(day).structure for day in all_days(said_of.start, said_of.end)]
        assert {days_of.structure: days_of.days for days_of in said_of.structure_days} == Counter(
            s for s in evenings if s is not None
        )
        assert set(said_of.milestones) == {m for day, m in happened if said_of.start <= day <= said_of.end}
        assert said_of.planned == (said_of.start > as_of)


def naive_status(lived: Days, day: date) -> str:
    status = lived.evening(day).status
    return {"open": "active", "paused": "paused"}.get(str(status)) or ("ended" if lived.has_begun(day) else "prospect")


@examples(12)
@given(firms, days, st.integers(-6, 3), st.integers(0, 8))
def test_a_timeline_that_is_cut_is_a_part_of_the_whole(rolls: list[int], as_of: date, start: int, length: int) -> None:
    events = Firm().live(rolls).events
    first = quarter_of(as_of + timedelta(days=91 * start))
    last = quarter_of(as_of + timedelta(days=91 * (start + length)))
    with answering(events) as snapshot:
        for client in days_of(events):
            whole = timeline_of(snapshot, client, as_of=as_of)
            part = timeline_of(snapshot, client, as_of=as_of, first_quarter=first, last_quarter=last)
            inside = [q for q in whole.quarters if first <= q.quarter <= last]
            assert [q for q in part.quarters if q in whole.quarters] == inside
            assert [q.quarter for q in part.quarters] == list(quarters_between(first, last))
            assert part.structure_spans == tuple(s for s in whole.structure_spans if touches(s, first, last))
            assert part.seat_spans == tuple(s for s in whole.seat_spans if touches(s, first, last))
            assert part.milestones == tuple(m for m in whole.milestones if first.start <= m.takes_effect_on <= last.end)
            assert part.transitions == tuple(t for t in whole.transitions if first.start <= t.on <= last.end)


def touches(change: Any, first: Quarter, last: Quarter) -> bool:
    return any(
        change.start <= day and (change.end is None or day < change.end) for day in all_days(first.start, last.end)
    )


@examples(15)
@given(firms, st.floats(0, 1), st.floats(0, 1))
def test_what_is_said_differently_turns_what_was_said_into_what_is(rolls: list[int], one: float, other: float) -> None:
    events = Firm().live(rolls).events
    earlier, later = sorted((int(len(events) * one), int(len(events) * other)))
    instants = [FIRST_INSTANT, *(recorded.event.timestamp for recorded in events)]
    as_of = date(2025, 6, 30)
    with answering(events) as snapshot:
        for client in days_of(events):
            before = timeline_of(snapshot, client, as_of=as_of, known_at=instants[earlier])
            after = timeline_of(snapshot, client, as_of=as_of, known_at=instants[later])
            changes = timeline_changes(
                snapshot, client, as_of=as_of, known_from=instants[earlier], known_to=instants[later]
            )
            assert_turns(before.seat_spans, after.seat_spans, changes.seat_spans)
            assert_turns(before.structure_spans, after.structure_spans, changes.structure_spans)
            assert_turns(before.milestones, after.milestones, changes.milestones)
            for change in changes.milestones:
                recorded = [version.position for version in change.recordings]
                assert all(earlier < position <= later for position in recorded)
                assert (change.difference is DifferenceKind.REMOVED) == (
                    bool(change.recordings) and change.recordings[-1].recording_kind is RecordingKind.RETRACTED
                )


def assert_turns(before: Sequence[Any], after: Sequence[Any], changes: Sequence[Any]) -> None:
    """Laid on what was said before, the differences give what is said after; none of them says nothing."""
    for change in changes:
        shape = (change.before is not None, change.after is not None)
        assert shape == {"added": (False, True), "changed": (True, True), "removed": (True, False)}[change.difference]
        assert change.before != change.after
    left = [transition for transition in before if transition not in [change.before for change in changes]]
    assert sorted([*left, *(c.after for c in changes if c.after)], key=repr) == sorted(after, key=repr)


def test_a_client_with_no_engagement_is_a_prospect_without_a_history() -> None:
    events = Firm().live([0]).events
    client = next(iter(days_of(events)))
    with answering(events) as snapshot:
        timeline = timeline_of(snapshot, client, as_of=date(2026, 5, 5))
        assert (timeline.quarters, timeline.milestones, timeline.seat_spans) == ((), (), ())
        first = quarter_of(date(2026, 1, 1))
        cut = timeline_of(snapshot, client, as_of=date(2026, 5, 5), first_quarter=first)
        assert [(q.quarter.label, q.structure, q.status) for q in cut.quarters] == [
            ("2026-Q1", None, ClientStatus.PROSPECT),
            ("2026-Q2", None, ClientStatus.PROSPECT),
        ]
        with pytest.raises(ValueError, match="is not in a year that starts in month"):
            timeline_of(snapshot, client, as_of=date(2026, 5, 5), first_quarter=first, fiscal_year_start_month=4)
        with pytest.raises(ValueError, match="2026-Q1 comes after 2025-Q4"):
            timeline_of(snapshot, client, as_of=date(2026, 5, 5), first_quarter=first, last_quarter=first.previous)


def test_one_engagement_may_follow_another_with_nothing_or_with_no_day_between(two_letters: Snapshot) -> None:
    timeline = timeline_of(two_letters, UUID(int=1), as_of=date(2024, 12, 31))
    assert [(t.before, t.after, t.on.isoformat()) for t in timeline.transitions] == [
        (None, "none", "2024-01-10"),
        ("none", None, "2024-03-01"),
        (None, "none", "2024-03-01"),
        ("none", None, "2024-05-01"),
        (None, "none", "2024-08-01"),
    ]
    assert [
        (q.quarter.label, q.structure, q.status.value, [h.days for h in q.structure_days]) for q in timeline.quarters
    ] == [
        ("2024-Q1", "none", "active", [82]),
        ("2024-Q2", None, "ended", [30]),
        ("2024-Q3", "none", "active", [61]),
        ("2024-Q4", "none", "active", [92]),
    ]


@pytest.fixture
def two_letters() -> Iterator[Snapshot]:
    """The second engagement begins on the day on which the first one ends, the third one months later."""
    firm, client = Firm(), UUID(int=1)
    firm.cabinet.run(lambda unit: unit.register_client(client, "Acme", None, {}, None, recorded_by=ME))
    for number, (start, end) in enumerate(
        [(date(2024, 1, 10), date(2024, 3, 1)), (date(2024, 3, 1), date(2024, 5, 1)), (date(2024, 8, 1), None)]
    ):
        engagement = UUID(int=10 + number)
        opening = Log(UUID(int=20 + number), start, Opened("Letter"))
        firm.cabinet.run(
            partial(
                UnitOfWork.open_engagement, engagement_id=engagement, client_id=client, opening=opening, recorded_by=ME
            )
        )
        if end:
            closing = Log(UUID(int=30 + number), end, Closed("done"))
            firm.cabinet.run(partial(UnitOfWork.change, engagement_id=engagement, requests=[closing], recorded_by=ME))
    with answering(firm.events) as snapshot:
        yield snapshot
