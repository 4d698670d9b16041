"""Races for one stream: nobody is sent away, and nothing is recorded twice, in an SQLite file and in PostgreSQL."""

from __future__ import annotations

from threading import Barrier, Thread, current_thread
from uuid import UUID

import pytest
from logs import CLIENT, ENGAGEMENT, ME, log, meeting, opened, place

from domain.errors import UnknownEngagement
from domain.unit_of_work import UnitOfWork
from projections.log import Log
from projections.log.application import RACES

__all__ = ["log", "place"]  # fixtures


def test_whoever_goes_on_losing_decides_while_the_others_wait(log: Log) -> None:
    opened(log)
    threads = []

    def always_late(unit: UnitOfWork) -> int:
        threads.append(current_thread().name)
        version = meeting(unit)
        if threads[-1] != "log-writer":
            log.engagements.run(meeting)
        return version

    result = log.engagements.run(always_late)
    assert len(threads) == RACES + 1
    assert threads[-1] == "log-writer"
    assert result.value == 1 + RACES + 1
    assert [r.event.originator_version for r in log.stream(ENGAGEMENT)] == list(range(1, result.value + 1))
    assert result.position == log.head()


def test_what_is_refused_while_the_others_wait_records_nothing(log: Log) -> None:
    opened(log)

    def late_and_refused(unit: UnitOfWork) -> int:
        if current_thread().name == "log-writer":
            return meeting(unit, UUID(int=99))
        version = meeting(unit)
        log.engagements.run(meeting)
        return version

    with pytest.raises(UnknownEngagement):
        log.engagements.run(late_and_refused)
    assert log.head() == 4 + RACES


def test_a_use_case_that_changes_nothing_any_more_records_nothing(log: Log) -> None:
    opened(log)

    def late_and_content(unit: UnitOfWork) -> int:
        if current_thread().name == "log-writer":
            return unit.client(CLIENT).version
        meeting(unit)
        log.engagements.run(meeting)
        return 0

    result = log.engagements.run(late_and_content)
    assert (result.value, result.position) == (2, None)
    assert log.head() == 4 + RACES


def test_sixteen_writers_of_one_stream_are_all_taken(log: Log) -> None:
    opened(log)
    start, faults = Barrier(16), list[BaseException]()

    def write() -> None:
        start.wait()
        try:
            for _ in range(5):
                log.engagements.run(meeting)
        except BaseException as fault:  # noqa: BLE001  (shown below)
            faults.append(fault)

    threads = [Thread(target=write) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [r.event.originator_version for r in log.stream(ENGAGEMENT)] == list(range(1, 16 * 5 + 2))
    assert {r.event.recorded_by for r in log.stream(ENGAGEMENT)} == {ME}
