"""Answers of reports are remembered for as long as nothing was recorded, worked out once, and never too many."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from threading import Barrier
from time import sleep
from types import SimpleNamespace
from uuid import uuid4

import pytest
from logs import opened

from projections.answer_cache import MOST_ANSWERS, AnswerCache
from projections.log import Log, open_log
from projections.reports.drift import drift_report
from projections.reports.paths import paths
from projections.reports.plan import plan
from projections.reports.question import ReportQuestion, last_quarters
from projections.reports.revenue import revenue
from projections.snapshot import Snapshot, cached
from projections.views import Views, open_views

TODAY = date(2026, 11, 22)
ASKED = ReportQuestion(*last_quarters(TODAY), TODAY)


@pytest.fixture
def log(data_dir: Path) -> Iterator[Log]:
    with open_log(data_dir) as log:
        yield log


@pytest.fixture
def views(data_dir: Path, log: Log) -> Iterator[Views]:
    views = open_views(data_dir, log)
    yield views
    views.close()


def asked_of(views: Views) -> list[object]:
    with views.reading() as snapshot:
        return [
            revenue(snapshot, ASKED),
            paths(snapshot, ReportQuestion(None, None, TODAY), limit=5),
            plan(snapshot, ReportQuestion(None, None, TODAY), moves=5),
            drift_report(snapshot, ASKED),
        ]


def answer(rows: int) -> SimpleNamespace:
    return SimpleNamespace(rows=range(rows))


def test_the_same_question_has_the_same_answer_until_something_is_recorded(log: Log, views: Views) -> None:
    engagement = uuid4()
    opened(log, uuid4(), engagement)
    first = asked_of(views)
    assert all(one is other for one, other in zip(first, asked_of(views), strict=True))
    opened(log, uuid4(), uuid4())
    anew = asked_of(views)
    assert not any(one is other for one, other in zip(first, anew, strict=True))


def test_another_question_has_another_answer(views: Views, log: Log) -> None:
    opened(log, uuid4(), uuid4())
    with views.reading() as snapshot:
        whole = paths(snapshot, ReportQuestion(None, None, TODAY))
        assert paths(snapshot, ReportQuestion(None, None, TODAY), limit=1) is not whole
        assert paths(snapshot, ReportQuestion(None, None, TODAY, visible=frozenset())) != whole
        assert paths(snapshot, ReportQuestion(None, None, TODAY)) is whole


def test_a_rebuild_forgets_what_was_answered(views: Views, log: Log) -> None:
    opened(log, uuid4(), uuid4())
    first = asked_of(views)
    views.rebuild()
    anew = asked_of(views)
    assert anew == first
    assert not any(one is other for one, other in zip(first, anew, strict=True))


def test_who_asks_while_it_is_worked_out_waits_for_that_answer() -> None:
    memory, worked = AnswerCache(), list[int]()
    together = Barrier(6)

    def work() -> SimpleNamespace:
        worked.append(1)
        sleep(0.05)
        return answer(3)

    def ask(_: int) -> SimpleNamespace:
        together.wait()
        return memory.answer("what", work)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, range(6)))
    assert worked == [1]
    assert all(one is answers[0] for one in answers)


def test_of_one_report_one_question_at_a_time_is_worked_out(log: Log, views: Views) -> None:
    opened(log, uuid4(), uuid4())
    together, at_once = Barrier(4), list[int]()
    working: list[int] = []

    @cached
    def report(snapshot: Snapshot, which: int) -> SimpleNamespace:
        working.append(which)
        at_once.append(len(working))
        sleep(0.02)
        working.remove(which)
        return answer(which)

    def ask(which: int) -> SimpleNamespace:
        with views.reading() as snapshot:
            together.wait()
            return report(snapshot, which)

    with ThreadPoolExecutor(4) as threads:
        assert [len(mix.rows) for mix in threads.map(ask, range(4))] == [0, 1, 2, 3]
    assert at_once == [1, 1, 1, 1]


def test_the_oldest_answers_are_forgotten_where_there_are_too_many_rows() -> None:
    memory = AnswerCache(most_rows=10)
    first = memory.answer("first", lambda: answer(4))
    second = memory.answer("second", lambda: answer(4))
    assert memory.answer("first", lambda: answer(0)) is first
    memory.answer("third", lambda: answer(4))
    assert memory.answer("first", lambda: answer(0)) is first
    assert memory.answer("second", lambda: answer(0)) is not second
    large = memory.answer("large", lambda: answer(11))
    assert memory.answer("large", lambda: answer(0)) is not large


def test_the_oldest_answers_are_forgotten_where_there_are_too_many_of_them() -> None:
    memory, asked = AnswerCache(), list[int]()
    for number in range(MOST_ANSWERS + 10):
        memory.answer(number, partial(asked.append, number))
    assert memory.use.size == MOST_ANSWERS
    before = len(asked)
    memory.answer(MOST_ANSWERS + 9, partial(asked.append, -1))
    assert len(asked) == before
    memory.answer(0, partial(asked.append, -1))
    assert len(asked) == before + 1


def test_what_cannot_be_worked_out_is_tried_again() -> None:
    memory = AnswerCache()

    def fail() -> SimpleNamespace:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            memory.answer("what", fail)
    assert memory.answer("what", lambda: answer(1)).rows == range(1)
