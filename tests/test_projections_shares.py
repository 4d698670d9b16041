"""A long log is rebuilt by several processes, with the rows of one; whatever becomes of the others, none is lost."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from firms import Firm, seeded_rolls
from logs import ME, log, opened, place, written_over
from test_projections_views import from_nothing, rows_in

from domain.changes import Log as LogIt
from domain.changes import Retracted
from domain.engagement import Engagement
from domain.milestones import AlignmentHeld
from projections import rebuild, shares
from projections.log import Log
from projections.shares import ShareLost, fold_shares, shares_of
from projections.views import ProjectionFault, Views, open_views

__all__ = ["log", "place"]  # fixtures


@pytest.fixture
def views(log: Log, place: Path | str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Views]:
    """The views of a log that is long enough for three."""
    monkeypatch.setattr(rebuild, "WORTH_SHARING", 1)
    monkeypatch.setattr(rebuild, "cores", lambda: 4)
    log.engagements.events.put([recorded.event for recorded in Firm().live(seeded_rolls(8, 200)).events])
    views = open_views(place, log)
    yield views
    views.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started."""
    found: list[subprocess.Popen[bytes]] = []

    class Seen(subprocess.Popen[bytes]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            found.append(self)

    monkeypatch.setattr(subprocess, "Popen", Seen)
    return found


def held(log: Log, engagement: UUID) -> None:
    request = LogIt(uuid4(), date(2026, 2, 1), AlignmentHeld((ME,)))
    log.engagements.tell(lambda desk: desk.change(engagement, [request], recorded_by=ME))


def test_shares_hold_every_stream_once_and_are_about_equal(log: Log) -> None:
    engagements = [uuid4() for _ in range(60)]
    for engagement in engagements:
        opened(log, uuid4(), engagement)
    for number in range(1, 5):
        found = shares_of(log, log.head(), number)
        assert len(found) == number
        sizes = Counter[UUID]()
        for share in found:
            for stream, events in log.every_stream(log.head(), *share):
                assert stream not in sizes
                sizes[stream] = len(events)
            in_share = sum(size for stream, size in sizes.items() if share.first <= stream <= share.last)
            assert in_share < 2 * log.head() / number
        assert sum(sizes.values()) == log.head()


def test_a_log_of_one_stream_is_one_share(log: Log) -> None:
    engagement = UUID(int=2**128 - 1)
    opened(log, uuid4(), engagement)
    for _ in range(200):
        held(log, engagement)
    found = shares_of(log, log.head(), 4)
    assert sum(len(events) for share in found for _, events in log.every_stream(log.head(), *share)) == 204


def test_several_processes_make_the_rows_of_one_while_more_is_recorded(
    log: Log, views: Views, started: list[subprocess.Popen[bytes]]
) -> None:
    engagement = uuid4()
    opened(log, uuid4(), engagement)
    told: list[tuple[int, int]] = []

    def progress(done: int, to_do: int) -> None:
        told.append((done, to_do))
        held(log, engagement)

    assert views.rebuild(progress) <= log.head()
    assert len(started) == 3
    assert all(process.returncode is not None for process in started)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert rows_in(views) == from_nothing(log.read(0, 10_000))


@pytest.mark.parametrize(
    "command",
    [
        ("/nowhere/to/be/found",),
        (sys.executable, "-c", ""),
        (sys.executable, "-c", "import sys; sys.stdout.buffer.write(bytes(7) + b'\\x09half')"),
        (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    ],
)
def test_without_the_help_that_was_hoped_for_it_is_done_alone(
    log: Log, views: Views, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(shares, "COMMAND", command)
    with pytest.raises(ShareLost):
        list(fold_shares(log.place, shares_of(log, log.head(), 2), log.head()))
    assert views.rebuild() == log.head()
    assert rows_in(views) == from_nothing(log.read(0, 10_000))


def test_an_event_that_cannot_be_read_is_named_all_the_same(log: Log, place: Path | str, views: Views) -> None:
    bad = log.head() // 2
    written_over(place, bad, b'{"class_version": 99}')
    with pytest.raises(ProjectionFault, match=f"position {bad} of"):
        views.rebuild()


def test_whoever_stops_a_rebuild_stops_those_who_help(
    log: Log, views: Views, started: list[subprocess.Popen[bytes]]
) -> None:
    class Enough(Exception):  # noqa: N818  (not an error)
        pass

    def progress(done: int, to_do: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        views.rebuild(progress)
    assert len(started) == 3
    assert all(process.returncode is not None for process in started)


def test_an_event_that_cannot_be_projected_is_named_by_whoever_meets_it(log: Log, views: Views) -> None:
    engagement = uuid4()
    opened(log, uuid4(), engagement)
    (created,) = log.stream(engagement)
    never: Any = object.__new__(Engagement.MilestoneRetracted)
    told = {"originator_version": 2, "retracted": Retracted(uuid4(), "never")}
    object.__setattr__(never, "__dict__", {**vars(created.event), **told})
    log.engagements.events.put([never])
    with pytest.raises(ProjectionFault, match=f"position {log.head()} of stream {engagement}"):
        views.rebuild()
