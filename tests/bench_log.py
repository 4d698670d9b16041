"""How fast the log records and reads, beside the library with its own recorders on the same database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from threading import Barrier, Thread
from time import perf_counter
from uuid import UUID, uuid4

import pytest
from peers import library_environment

from domain.application import Engagements
from domain.decisions import Log as LogIt
from domain.decisions import Logged
from domain.engagement import Engagement
from domain.kinds.agreements import AlignmentHeld
from domain.kinds.engagement import Opened
from domain.milestones import Milestone
from projections.log import migrate, open_log
from projections.log.mapper import EventMapper

ME = UUID(int=7)
THREADS = 16
SAVES = 100
"""By each thread."""

ROUNDS = 3


class Bare(Engagements):
    """The library as it comes, but for the mapper: its own cannot write these events."""

    def construct_mapper(self) -> EventMapper:
        """Ours."""
        return EventMapper()


@contextmanager
def ours(place: Path | str) -> Iterator[Engagements]:
    if isinstance(place, str):
        migrate(place)
    with open_log(place) as log:
        yield log.engagements


@contextmanager
def bare(place: Path | str) -> Iterator[Engagements]:
    application = Bare(library_environment(place))
    yield application
    application.close()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Path | str:
    """Where a log may be."""
    database: Path | str = request.getfixturevalue("data_dir" if request.param == "sqlite" else "postgres_url")
    return database


def bench_saving_from_sixteen_threads(place: Path | str) -> None:
    with bare(place) as theirs, ours(place) as logged:
        rates: dict[str, list[float]] = {"bare": [], "ours": []}
        for _ in range(ROUNDS):
            rates["bare"].append(saves_a_second(theirs, THREADS))
            rates["ours"].append(saves_a_second(logged, THREADS))
        alone = saves_a_second(theirs, 1), saves_a_second(logged, 1)
    many = median(rates["bare"]), median(rates["ours"])
    print(f"\n{kind(place)}: {THREADS} threads: {show(many)}; 1 thread: {show(alone)} (saves/s, the library / ours)")


def bench_getting_an_aggregate_of_a_hundred_events(place: Path | str) -> None:
    with bare(place) as theirs, ours(place) as logged:
        seconds = []
        for application in (theirs, logged):
            engagement = opened()
            for _ in range(99):
                engagement.trigger_event(Engagement.MilestoneLogged, logged=meeting(), recorded_by=ME)
            application.save(engagement)
            seconds.append(median(timed(partial(application.repository.get, engagement.id)) for _ in range(50)))
    print(f"\n{kind(place)}: an aggregate of 100 events: {seconds[0] * 1e3:.2f} / {seconds[1] * 1e3:.2f} ms")


def bench_reading_the_whole_log(place: Path | str) -> None:
    with ours(place) as logged:
        for _ in range(100):
            engagement = opened()
            for _ in range(99):
                engagement.trigger_event(Engagement.MilestoneLogged, logged=meeting(), recorded_by=ME)
            logged.save(engagement)
    with open_log(place) as log:
        read = 0
        begun = perf_counter()
        while events := log.read(read):
            read = events[-1].position
        by_position = read / (perf_counter() - begun)
        begun = perf_counter()
        streams = sum(len(events) for _, events in log.every_stream(read))
        by_stream = streams / (perf_counter() - begun)
    print(
        f"\n{kind(place)}: reading {read} events: by position {by_position:,.0f}, by stream {by_stream:,.0f} events/s"
    )


def saves_a_second(application: Engagements, threads: int) -> float:
    start = Barrier(threads + 1)

    def save() -> None:
        engagement = opened()
        application.save(engagement)
        start.wait()
        for _ in range(SAVES):
            engagement.trigger_event(Engagement.MilestoneLogged, logged=meeting(), recorded_by=ME)
            application.save(engagement)

    workers = [Thread(target=save) for _ in range(threads)]
    for worker in workers:
        worker.start()
    start.wait()
    begun = perf_counter()
    for worker in workers:
        worker.join()
    return threads * SAVES / (perf_counter() - begun)


def opened() -> Engagement:
    return Engagement.open(uuid4(), uuid4(), LogIt(uuid4(), date(2026, 1, 1), Opened("Letter")), recorded_by=ME)


def meeting() -> Logged:
    return Logged(Milestone(uuid4(), 1, date(2026, 2, 1), AlignmentHeld((ME,), ("The roadmap",))))


def timed(action: Callable[[], object]) -> float:
    begun = perf_counter()
    action()
    return perf_counter() - begun


def kind(place: Path | str) -> str:
    return "SQLite" if isinstance(place, Path) else "PostgreSQL"


def show(rates: tuple[float, float]) -> str:
    theirs, ours = rates
    return f"{theirs:,.0f} / {ours:,.0f} ({ours / theirs:.1f} times)"
