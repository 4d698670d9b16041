"""What is counted in memory is what SQL counts: now, as known at any instant, for any clients, while it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest
from examples import examples, whole_firms
from firms import MemoryLog, as_log, open_store
from hypothesis import given
from hypothesis import strategies as st
from patience import wait_until

from domain.quarters import quarter_of
from domain.seats import Structure
from projections.client_filter import ClientFilter, ClientStatus
from projections.columnar.append_only_table import FOREVER, AppendOnlyTable
from projections.log import Event, Recorded
from projections.log.entries import microseconds
from projections.log.mapper import with_timestamp
from projections.reports.flows import flows
from projections.reports.groups import Field
from projections.reports.quarter_grid import quarter_grid
from projections.reports.question import ReportQuestion
from projections.reports.structure_mix import structure_mix
from projections.reports.time_to import TimeToEvent, time_to
from projections.reports.transitions import transitions
from projections.snapshot import Snapshot
from projections.views import Views
from web.samples.network import Network

TODAY = date(2026, 11, 22)
CLIENTS = 60
seeds = st.integers(0, 2**32)


def recorded_network(clients: int, seed: int) -> list[Recorded]:
    """What is recorded of a network, no two events at one instant."""
    events: list[Recorded] = []
    for number, event in enumerate(Network(clients, TODAY, seed).all_events(), start=1):
        at = max(event.timestamp, events[-1].event.timestamp + timedelta(microseconds=1)) if events else event.timestamp
        events.append(Recorded(number, with_timestamp(cast("Event", event), at)))
    return events


@pytest.fixture(scope="module")
def events() -> list[Recorded]:
    return recorded_network(CLIENTS, 11)


@contextmanager
def viewed(place: Path | str, memory: MemoryLog, from_clients: int = 1) -> Iterator[Views]:
    views = Views(open_store(place), as_log(memory), columns_from_clients=from_clients)
    try:
        yield views
    finally:
        views.close()


@contextmanager
def caught_up(views: Views) -> Iterator[Snapshot]:
    """A snapshot, however long the read models take to be built on a busy machine."""
    views.catch_up()
    with views.reading() as snapshot:
        yield snapshot


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Path | str:
    database: Path | str = request.getfixturevalue("data_dir" if request.param == "sqlite" else "postgres_url")
    return database


def in_sql(snapshot: Snapshot, ask: Callable[[Snapshot], Any]) -> Any:
    """The answer of a report on a snapshot without columns."""
    assert snapshot.columns is not None
    return ask(Snapshot(snapshot.connection, snapshot.position))


def filters(dice: Random, people: Sequence[UUID]) -> ClientFilter:
    """Some clients, or all of them."""
    return dice.choice(
        (
            ClientFilter(),
            ClientFilter(),
            ClientFilter(sector="software"),
            ClientFilter(size="51-200"),
            ClientFilter(regulated=True, headcount_from=20),
            ClientFilter(status=dice.choice(list(ClientStatus))),
            ClientFilter(structure=dice.choice(list(Structure))),
            ClientFilter(practice_lead=dice.choice(people)),
            ClientFilter(holder=dice.choice(people)),
            ClientFilter(q="nobody at all"),
        )
    )


def questions(dice: Random, events: Sequence[Recorded]) -> Iterator[tuple[str, Callable[[Snapshot], Any]]]:
    """Every report, for some quarters on some day, as known at some instant, by somebody who sees some clients."""
    people = [event.recorded_by for _, event in events]
    clients = sorted({event.originator_id for _, event in events if type(event).__qualname__ == "Client.Created"})
    as_of = TODAY + timedelta(days=dice.randrange(-1_300, 200))
    start_month = dice.choice((1, 1, 4, 7))
    first = last = quarter_of(as_of + timedelta(days=dice.randrange(-900, 200)), start_month)
    for _ in range(dice.randrange(12)):
        last = last.next
    instants = [event.timestamp for _, event in events]
    known_at = dice.choice((None, dice.choice(instants), instants[0] - timedelta(days=1), instants[-1] + timedelta(1)))
    visible = dice.choice((None, None, frozenset(dice.sample(clients, dice.randrange(len(clients))))))
    if visible is not None and dice.random() < 0.5:
        visible |= {UUID(int=5)}
    chosen = filters(dice, people)
    question = ReportQuestion(first, last, as_of, known_at, chosen, visible, start_month)
    yield "mix", lambda c: structure_mix(c, question)
    yield "transitions", lambda c: transitions(c, question)
    yield "flows", lambda c: flows(c, question, question.quarters)
    limit = dice.choice((1, 3, 10, 100))
    first_page = partial(quarter_grid, question=question, limit=limit)
    yield "grid", first_page
    yield "second page", lambda c: quarter_grid(c, question, limit=limit, after=first_page(c).next)
    since, until = dice.choice(((None, None), (first, None), (None, last), (first, last)))
    scope = ReportQuestion(since, until, as_of, known_at, chosen, visible, start_month)
    event = dice.choice(list(TimeToEvent))
    by = dice.choice((None, None, *Field))
    arrangement = dice.choice((None, None, Structure.UNIFIED_FRACTIONAL, Structure.FRACTIONAL_PAIR))
    yield "time to", lambda c: time_to(c, scope, event, by=by, first_arrangement=arrangement)


@whole_firms(60)
@given(seeds)
def test_columns_and_sql_give_the_same_rows(one: Views, events: list[Recorded], seed: int) -> None:
    with one.reading() as snapshot:
        for name, ask in questions(Random(seed), events):
            assert ask(snapshot) == in_sql(snapshot, ask), name


@pytest.fixture(scope="module")
def one(events: list[Recorded]) -> Iterator[Views]:
    with TemporaryDirectory(prefix="seatline-") as folder, viewed(Path(folder), MemoryLog(events)) as views:
        yield views


@examples(6)
@given(seeds)
def test_columns_keep_up_with_what_is_recorded(events: list[Recorded], seed: int) -> None:
    dice = Random(seed)
    with TemporaryDirectory(prefix="seatline-") as folder:
        memory = MemoryLog(events, dice.randrange(400, len(events)))
        with viewed(Path(folder), memory) as views:
            while True:
                with views.reading() as snapshot:
                    for name, ask in questions(dice, events[: memory.shown]):
                        assert ask(snapshot) == in_sql(snapshot, ask), name
                if memory.shown == len(events):
                    break
                memory.shown = min(memory.shown + dice.choice((1, 2, 40, 300)), len(events))


def test_both_databases_are_copied_alike(place: Path | str, events: list[Recorded]) -> None:
    memory = MemoryLog(events, len(events) - 200)
    dice = Random(4)
    with viewed(place, memory) as views:
        for _ in range(2):
            with views.reading() as snapshot:
                for name, ask in [pair for _ in range(6) for pair in questions(dice, events)]:
                    assert ask(snapshot) == in_sql(snapshot, ask), name
            memory.shown = len(events)


def test_a_reader_who_began_earlier_reads_on_as_if_nothing_had_been_recorded(
    data_dir: Path, events: list[Recorded]
) -> None:
    memory = MemoryLog(events, len(events) - 500)
    quarter = quarter_of(TODAY)
    question = ReportQuestion(quarter, quarter, TODAY)
    with viewed(data_dir, memory) as views, caught_up(views) as earlier:
        before = structure_mix(earlier, question), transitions(earlier, question)
        assert before == in_sql(earlier, lambda view: (structure_mix(view, question), transitions(view, question)))
        memory.shown = len(events)
        with views.reading() as later:
            after = structure_mix(later, question), transitions(later, question)
            assert after == in_sql(later, lambda view: (structure_mix(view, question), transitions(view, question)))
        assert after != before
        assert (structure_mix(earlier, question), transitions(earlier, question)) == before


def test_many_may_ask_while_it_is_recorded(data_dir: Path, events: list[Recorded]) -> None:
    memory = MemoryLog(events, len(events) - 600)
    quarter = quarter_of(TODAY)
    question = ReportQuestion(quarter.previous, quarter, TODAY)
    with viewed(data_dir, memory) as views:

        def ask(number: int) -> bool:
            memory.shown = min(memory.shown + number % 9, len(events))
            with views.reading() as snapshot:
                answers = structure_mix(snapshot, question), transitions(snapshot, question)
                return bool(
                    answers
                    == in_sql(snapshot, lambda view: (structure_mix(view, question), transitions(view, question)))
                )

        with ThreadPoolExecutor(6) as threads:
            assert all(threads.map(ask, range(120)))


def test_a_small_store_is_counted_in_sql(data_dir: Path, events: list[Recorded]) -> None:
    with viewed(data_dir, MemoryLog(events), CLIENTS + 1) as views, caught_up(views) as snapshot:
        assert snapshot.columns is None
    with viewed(data_dir, MemoryLog(events), CLIENTS) as views, caught_up(views) as snapshot:
        assert snapshot.columns is not None


def test_the_copy_is_made_anew_after_a_rebuild(data_dir: Path, events: list[Recorded]) -> None:
    quarter = quarter_of(TODAY)
    question = ReportQuestion(quarter, quarter, TODAY)
    with viewed(data_dir, MemoryLog(events)) as views:
        with views.reading() as snapshot:
            before = structure_mix(snapshot, question)
            first = snapshot.columns
        views.rebuild()
        with views.reading() as snapshot:
            second = snapshot.columns
            assert structure_mix(snapshot, question) == before
        assert first is not None
        assert second is not None
        spans, anew = (columns.structures(None)["client"] for columns in (first, second))
        assert spans is not anew
        assert np.array_equal(spans, anew)


def test_what_is_still_known_never_ends() -> None:
    assert microseconds(datetime.max.replace(tzinfo=UTC)) < FOREVER


@contextmanager
def kept_views(folder: Path, memory: MemoryLog) -> Iterator[Views]:
    views = Views(open_store(folder), as_log(memory), columns_from_clients=1, folder=folder)
    try:
        yield views
    finally:
        views.close()


def test_a_copy_outlives_its_process_and_follows_what_was_recorded_since(
    data_dir: Path, events: list[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = MemoryLog(events, len(events) - 400)
    dice = Random(9)
    with kept_views(data_dir, memory) as views, caught_up(views) as snapshot:
        for _, ask in questions(dice, events):
            ask(snapshot)
    assert {path.name for path in data_dir.glob("columns-*")} == {
        "columns-structure_spans.npz",
        "columns-transitions.npz",
    }
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in data_dir.glob("columns-*"))
    loads: list[str] = []
    monkeypatch.setattr(AppendOnlyTable, "load", lambda table, *_: loads.append(table.name))
    for shown in (len(events) - 150, len(events)):
        memory.shown = shown
        with kept_views(data_dir, memory) as views, caught_up(views) as snapshot:
            for name, ask in [pair for _ in range(4) for pair in questions(dice, events)]:
                assert ask(snapshot) == in_sql(snapshot, ask), name
    assert loads == []


def test_a_copy_of_another_log_or_a_damaged_one_is_made_anew(data_dir: Path, events: list[Recorded]) -> None:
    quarter = quarter_of(TODAY)
    question = ReportQuestion(quarter.previous, quarter, TODAY)
    shorter = [
        Recorded(r.position, with_timestamp(r.event, r.event.timestamp + timedelta(seconds=1))) for r in events[:-300]
    ]
    answers = []
    for recorded in (events, shorter, events):
        with kept_views(data_dir, MemoryLog(recorded)) as views, caught_up(views) as snapshot:
            answers.append((structure_mix(snapshot, question), transitions(snapshot, question)))
            assert answers[-1] == in_sql(
                snapshot, lambda view: (structure_mix(view, question), transitions(view, question))
            )
    assert answers[0] == answers[2] != answers[1]
    file = data_dir / "columns-transitions.npz"
    whole = file.read_bytes()
    for damaged in (b"", b"nothing of ours", whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        with kept_views(data_dir, MemoryLog(events)) as views, caught_up(views) as snapshot:
            assert transitions(snapshot, question) == answers[0][1]


def test_a_rebuild_leaves_the_copy_ready(data_dir: Path, events: list[Recorded]) -> None:
    with kept_views(data_dir, MemoryLog(events)) as views:
        views.rebuild()
        assert len(list(data_dir.glob("columns-*.npz"))) == 2


def test_whoever_follows_has_the_copy_ready_before_anybody_asks(data_dir: Path, events: list[Recorded]) -> None:
    with kept_views(data_dir, MemoryLog(events)) as views:
        views.catch_up()
        views.follow()
        wait_until(lambda: len(list(data_dir.glob("columns-*.npz"))) >= 2)


def test_a_disk_that_fails_keeps_nobody_from_reading(
    data_dir: Path, events: list[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    quarter = quarter_of(TODAY)
    with kept_views(data_dir, MemoryLog(events)) as views, caught_up(views) as snapshot:
        assert structure_mix(snapshot, ReportQuestion(quarter, quarter, TODAY)).rows
    assert list(data_dir.glob("columns-*")) == []
