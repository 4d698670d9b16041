"""The views follow the log: the same rows live and rebuilt, whoever does it, whatever is deleted meanwhile."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from firms import Firm, MemoryLog, as_log, open_store, seeded_rolls, tables_in, views_of
from patience import HANGING_SECONDS, wait_until

from domain.decisions import Retracted
from domain.engagement import Engagement
from projections import views as door
from projections.catch_up import Follower
from projections.log import Recorded
from projections.read_model import project_stream
from projections.read_models import READ_MODELS
from projections.views import NotCaughtUp, Views


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Path | str:
    """Where views may be."""
    database: Path | str = request.getfixturevalue("data_dir" if request.param == "sqlite" else "postgres_url")
    return database


@pytest.fixture(scope="module")
def events() -> list[Recorded]:
    return recorded_of(seed=1, rolls=420)


def recorded_of(seed: int, rolls: int) -> list[Recorded]:
    return Firm().live(seeded_rolls(seed, rolls)).events


@pytest.fixture
def opened(place: Path | str) -> Iterator[Any]:
    """Open views of a log at the place; they are closed after the test."""
    everything: list[Views] = []

    def open_them(memory: MemoryLog, **others: Any) -> Views:
        views = Views(open_store(place), as_log(memory), **others)
        everything.append(views)
        return views

    yield open_them
    for views in everything:
        views.close()


def from_nothing(events: Sequence[Recorded]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, straight from the pure function."""
    streams: dict[UUID, list[Recorded]] = {}
    for recorded in events:
        streams.setdefault(recorded.event.originator_id, []).append(recorded)
    written: dict[str, list[tuple[Any, ...]]] = {table.name: [] for model in READ_MODELS for table in model.tables}
    for stream, of_stream in streams.items():
        for table, rows in project_stream(stream, of_stream, READ_MODELS).items():
            written[table.name] += [tuple(row) for row in rows]
    return {name: sorted(rows, key=lambda row: row[:2]) for name, rows in written.items()}


def rows_in(views: Views) -> dict[str, list[tuple[Any, ...]]]:
    with views.reading() as snapshot:
        return tables_in(snapshot.connection)


def drop(place: Path | str) -> None:
    """Delete the whole store."""
    if isinstance(place, Path):
        (place / "views.db").unlink()
    else:
        engine = sa.create_engine(sa.make_url(place).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA views CASCADE")


def test_live_rows_are_the_pure_functions_at_every_prefix_and_so_are_rebuilt_ones(
    opened: Any, events: list[Recorded]
) -> None:
    dice = random.Random(2)
    memory = MemoryLog(events, shown=0)
    views = opened(memory)
    while memory.shown < len(events):
        memory.shown = min(memory.shown + dice.choice((1, 2, 7, 40, 90)), len(events))
        expected = from_nothing(events[: memory.shown])
        assert rows_in(views) == expected
        if dice.random() < 0.2:
            assert views.rebuild() == memory.shown
            assert rows_in(views) == expected
    assert sum(map(len, expected.values())) > len(events)


@pytest.mark.parametrize("chunk", [1, 3, 50])
def test_chunks_of_any_size_give_the_same_rows(opened: Any, events: list[Recorded], chunk: int) -> None:
    views = opened(MemoryLog([], shown=0))
    assert rows_in(views) == from_nothing([])
    some = events[:150]
    follower, store, position = Follower(as_log(MemoryLog(some)), READ_MODELS), views._store, 0
    while (reached := follower.follow(store, position, chunk)) > position:
        assert reached <= position + chunk
        position = reached
    with store.connect() as connection:
        assert tables_in(connection) == from_nothing(some)
        assert {mark.position for mark in store.marks(connection).values()} == {len(some)}


def test_any_number_of_threads_and_servers_may_catch_up_at_once(opened: Any, events: list[Recorded]) -> None:
    memory = MemoryLog(events, shown=0)
    servers = [opened(memory) for _ in range(3)]
    for server in servers:
        assert server.catch_up() == 0
    faults: list[BaseException] = []

    def read_on(server: Views, seed: int) -> None:
        dice = random.Random(seed)
        try:
            while memory.shown < len(events):
                memory.shown = min(memory.shown + dice.randrange(30), len(events))
                with server.reading() as snapshot:
                    (reached,) = snapshot.connection.execute(
                        sa.text("SELECT DISTINCT position FROM read_models")
                    ).scalars()
                    assert reached >= memory.shown - 120
        except BaseException as fault:
            faults.append(fault)
            raise

    readers = [threading.Thread(target=read_on, args=(server, n)) for n, server in enumerate(servers * 2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert faults == []
    assert rows_in(servers[0]) == from_nothing(events)


def test_a_rebuild_while_events_come_in_loses_none_of_them(opened: Any, events: list[Recorded]) -> None:
    memory = MemoryLog(events, shown=100)
    views, other = opened(memory), opened(memory)
    assert rows_in(views) == from_nothing(events[:100])

    def more(done: int, to_do: int) -> None:
        memory.shown = min(memory.shown + 40, len(events))
        if done % 2:
            other.catch_up()

    while memory.shown < len(events):
        assert views.rebuild(more) == memory.shown
        assert rows_in(other) == from_nothing(events[: memory.shown])


def test_deleting_the_views_loses_nothing(opened: Any, place: Path | str, events: list[Recorded]) -> None:
    memory = MemoryLog(events, shown=120)
    views = opened(memory)
    rows_in(views)
    for shown in (120, 121, 200):
        drop(place)
        memory.shown = shown
        assert rows_in(views) == from_nothing(events[:shown])
    drop(place)
    with views.reading() as snapshot:
        drop(place) if isinstance(place, Path) else None
        assert len(tables_in(snapshot.connection)) == len(from_nothing([]))
    assert rows_in(views) == from_nothing(events[:200])


@pytest.mark.parametrize("left_over", [b"", b"this is no database" * 500])
def test_whatever_lies_where_the_views_should_is_put_aside(
    data_dir: Path, events: list[Recorded], left_over: bytes
) -> None:
    views = views_of(data_dir, MemoryLog(events[:50]))
    rows_in(views)
    views.close()
    (data_dir / "views.db").unlink()
    (data_dir / "views.db").write_bytes(left_over)
    (data_dir / "views.db-wal").write_bytes(b"and this no write-ahead log")
    views = views_of(data_dir, MemoryLog(events[:50]))
    assert rows_in(views) == from_nothing(events[:50])
    views.close()
    assert sorted(path.name for path in data_dir.iterdir()) == ["views.db"]
    assert (data_dir / "views.db").stat().st_mode & 0o077 == 0


def test_views_of_another_log_are_built_anew(opened: Any, events: list[Recorded]) -> None:
    rows_in(opened(MemoryLog(events, shown=200)))
    # a copy of the log from before its last events, in which others were recorded since
    others = [*events[:150], *(later_by_a_second(recorded) for recorded in events[150:210])]
    for shown in (140, 150, 200, 210):
        assert rows_in(opened(MemoryLog(others, shown))) == from_nothing(others[:shown])


def later_by_a_second(recorded: Recorded) -> Recorded:
    event = object.__new__(type(recorded.event))
    at = datetime.fromtimestamp(recorded.event.timestamp.timestamp() + 1, UTC)
    object.__setattr__(event, "__dict__", {**vars(recorded.event), "timestamp": at})
    return Recorded(recorded.position, event)


def test_another_version_of_a_read_model_is_built_anew_and_the_program_before_it_stops_reading(
    opened: Any, events: list[Recorded]
) -> None:
    memory = MemoryLog(events, shown=100)
    before = opened(memory)
    rows_in(before)
    newer = (replace(READ_MODELS[0], version=READ_MODELS[0].version + 1), *READ_MODELS[1:])
    after = opened(memory, models=newer)
    assert rows_in(after) == from_nothing(events[:100])
    with pytest.raises(NotCaughtUp, match="another version"), before.reading():
        pass
    memory.shown = 120
    assert rows_in(after) == from_nothing(events[:120])


def poisoned(events: Sequence[Recorded]) -> tuple[list[Recorded], int]:
    """A log in which somebody retracts what was never logged."""
    middle = next(r for r in events[60:] if isinstance(r.event, Engagement.MilestoneLogged))
    event: Any = object.__new__(Engagement.MilestoneRetracted)
    attributes = {**vars(middle.event), "retracted": Retracted(UUID(int=1), "never")}
    object.__setattr__(event, "__dict__", attributes)
    changed = list(events)
    changed[middle.position - 1] = Recorded(middle.position, event)
    return changed, middle.position


def without_later(events: Sequence[Recorded], position: int) -> list[Recorded]:
    """What the rows are made of when the stream of the event at a position stops there."""
    stream = events[position - 1].event.originator_id
    return [r for r in events if r.event.originator_id != stream or r.position < position]


def test_an_event_that_cannot_be_projected_stops_its_stream_alone(opened: Any, events: list[Recorded]) -> None:
    changed, position = poisoned(events)
    memory = MemoryLog(changed, shown=10)
    views = opened(memory)
    rows_in(views)
    memory.shown = len(changed)
    expected = from_nothing(without_later(changed, position))
    assert rows_in(views) == expected
    status = views.status()
    assert status.is_ready
    assert {model.lag for model in status.read_models} == {0}
    (stopped,) = status.stopped
    assert (stopped.position, stopped.stream) == (position, changed[position - 1].event.originator_id)
    assert stopped.client is not None
    assert views.rebuild() == len(changed)
    assert rows_in(views) == expected
    views.heal()
    assert rows_in(views) == expected
    memory.events = events
    views.heal()
    assert rows_in(views) == from_nothing(events)
    assert views.status().stopped == []


def test_a_store_is_built_of_a_log_with_an_event_that_cannot_be_projected(opened: Any, events: list[Recorded]) -> None:
    changed, position = poisoned(events)
    views = opened(MemoryLog(changed))
    assert rows_in(views) == from_nothing(without_later(changed, position))
    assert [stopped.position for stopped in views.status().stopped] == [position]


def test_a_reader_waits_for_a_position_and_not_for_ever(
    opened: Any, events: list[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = MemoryLog(events, shown=50)
    views = opened(memory)
    with views.reading(after=50):
        pass
    monkeypatch.setattr(door, "WAIT_SECONDS", 0.1)
    begun = monotonic()
    with pytest.raises(NotCaughtUp, match="50 of 51"), views.reading(after=51):
        pass
    assert 0.1 <= monotonic() - begun < HANGING_SECONDS


def test_a_reader_sees_one_state_however_much_is_recorded_meanwhile(opened: Any, events: list[Recorded]) -> None:
    memory = MemoryLog(events, shown=50)
    reader, other = opened(memory), opened(memory)
    with reader.reading() as snapshot:
        before = tables_in(snapshot.connection)
        memory.shown = 90
        other.catch_up()
        assert tables_in(snapshot.connection) == before
    assert rows_in(reader) == from_nothing(events[:90])


def test_the_follower_keeps_the_views_near_the_head(opened: Any, events: list[Recorded]) -> None:
    changed, position = poisoned(events)
    memory = MemoryLog(changed, shown=50)
    views = opened(memory)
    views.follow()
    wait_until(lambda: views.status().read_models[0].position == 50)
    memory.shown = len(changed)
    wait_until(lambda: views.status().read_models[0].lag == 0)
    assert [stopped.position for stopped in views.stopped.causes] == [position]
    memory.events = events
    wait_until(lambda: not views.stopped.by_stream)
    assert views.status().is_ready
    assert rows_in(views) == from_nothing(events)


def test_a_rebuild_tells_how_far_it_has_come(opened: Any, events: list[Recorded]) -> None:
    views = opened(MemoryLog(events))
    progress: list[tuple[int, int]] = []
    views.rebuild(lambda done, to_do: progress.append((done, to_do)))
    assert progress[-1] == (len(events), len(events))
    assert views.status().rebuilding is None


def test_who_asks_for_a_rebuild_while_one_is_made_has_the_next(opened: Any, events: list[Recorded]) -> None:
    views = opened(MemoryLog(events))
    reached: list[int] = []
    other = threading.Thread(target=lambda: reached.append(views.rebuild()))

    def tell(done: int, to_do: int) -> None:
        if other.ident is None:
            other.start()
            other.join(0.2)

    reached.append(views.rebuild(tell))
    other.join()
    assert reached == [len(events)] * 2


def test_closed_views_stop_being_built(data_dir: Path, events: list[Recorded], monkeypatch: pytest.MonkeyPatch) -> None:
    views = views_of(data_dir, MemoryLog(events))
    views._stopping.set()
    views._build()
    assert views._fault is None
    with sqlite3.connect(data_dir / "views.db") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    connection.close()
    views.close()
