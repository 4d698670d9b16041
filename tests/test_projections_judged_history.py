"""What was judged of every client at every version of it equals what is judged anew as known at any instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
import sqlalchemy as sa
from examples import whole_firms
from histories import Dice
from hypothesis import given
from hypothesis import strategies as st
from logs import log, meeting, opened, place
from portfolios import firm_of, seeds, store_of

from domain.signs.firm_thresholds import DEFAULTS
from domain.signs.periods import FOREVER
from projections import judged_history, judgement_store
from projections.client_rows import ClientRows
from projections.dated_rows import Column, DatedRows, JudgedClient, Words
from projections.judged_history import JUDGED_HISTORIES, JUDGED_ROWS, JudgedHistory
from projections.judged_versions import JudgedVersions, judged_versions
from projections.judgement_cache import JudgementCache
from projections.judgements import Judgement, judged
from projections.log import Log
from projections.log.entries import microseconds
from projections.reports.catalog import judgements
from projections.views import Views, open_views

__all__ = ["log", "place"]  # fixtures


def lists_of(rows: DatedRows) -> list[tuple[Any, ...]]:
    """The rows in their order, with ids and words."""
    columns = [rows.client_ids(rows["client"]), rows["start"].tolist(), rows["end"].tolist()]
    for column in rows.columns:
        values = rows[column.name].tolist()
        columns.append([rows.words.names[value] for value in values] if column.is_word else values)
    return list(zip(*columns, strict=True))


@whole_firms(100)
@given(seeds)
def test_versions_of_clients_hold_what_is_judged_anew_as_known_at_every_instant(seed: int) -> None:
    events = firm_of(seed)
    dice = Dice(Random(seed).randrange(2**256))
    instants = {dice.of(events).event.timestamp for _ in range(4)}
    with store_of(events) as snapshot:
        wanted = judgements(DEFAULTS)
        clients = snapshot.connection.execute(sa.text("SELECT DISTINCT stream_id FROM clients")).scalars()
        versions = judged_versions(snapshot, wanted, [UUID(bytes=client) for client in clients])
        for judgement in wanted:
            for instant in instants:
                at = microseconds(instant)
                of_clients = [
                    (client, [row for known_from, known_to, row in rows if known_from <= at < known_to])
                    for client, rows in versions[judgement].items()
                ]
                anew = judged(replace(snapshot, judgements=JudgementCache()), judgement, known_at=instant)
                assert lists_of(DatedRows.of(judgement.columns, Words(), of_clients)) == lists_of(anew)


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=6), max_size=12))
def test_versions_are_read_back_as_they_were_added_and_rows_that_stay_are_not_repeated(
    versions: Sequence[Sequence[str]],
) -> None:
    history = JudgedVersions()
    for instant, rows in enumerate(versions):
        history.add(instant, [(row,) for row in rows])
    stored = history.rows()
    for instant, rows in enumerate(versions):
        assert [row for (known_from, known_to, (row,)) in stored if known_from <= instant < known_to] == list(rows)
    repeated = history.rows()
    if versions:
        history.add(len(versions), [(row,) for row in versions[-1]])
    assert history.rows() == repeated


def test_many_rows_between_two_others_stay_in_order() -> None:
    """Halving the distance between two places again and again ends at no distance."""
    history = JudgedVersions()
    for number in range(200):
        history.add(number, [(0,), *((row,) for row in range(number, 0, -1)), (-1,)])
    stored = history.rows()
    for number in range(200):
        at = [row for (known_from, known_to, (row,)) in stored if known_from <= number < known_to]
        assert at == [0, *range(number, 0, -1), -1]


class Meetings:
    """Judges how many meetings a client had, and counts how often it judges."""

    def __init__(self) -> None:
        self.times = 0
        self.judgement = Judgement("meetings", (Column("number", np.int32), Column.of_words("slug")), self._judge)

    def _judge(self, rows: ClientRows) -> Iterator[JudgedClient]:
        for client, slug in rows.slugs.items():
            self.times += 1
            engagements = rows.milestones.get(client, {}).values()
            meetings = sum(one.kind == "alignment_held" for standing in engagements for one in standing)
            yield client, [(1, FOREVER, meetings, slug)] if meetings else []


class History:
    """A store with views, and the histories of its clients' meetings."""

    def __init__(self, views: Views, log: Log) -> None:
        self.views = views
        self.log = log
        self.meetings = Meetings()
        self.history = JudgedHistory(views._store, log)
        self.instants: list[datetime] = []

    def record(self, clients: int, meetings: int = 0) -> None:
        for _ in range(clients):
            engagement = uuid4()
            opened(self.log, uuid4(), engagement)
            for _ in range(meetings):
                self.log.engagements.run(partial(meeting, engagement=engagement))
        with self.views.reading() as snapshot:
            at = self.views.known_at(snapshot)
        assert at is not None
        self.instants.append(at)

    def keep_up(self, times: int = 1) -> int:
        """How often it judged."""
        before = self.meetings.times
        for _ in range(times):
            with self.views.reading() as snapshot:
                self.history.keep_up(snapshot, [self.meetings.judgement])
        return self.meetings.times - before

    def knows(self, instant: datetime) -> bool:
        """Whether there are rows of an instant; all of them are right."""
        with self.views.reading() as snapshot:
            now = replace(snapshot, find_known=self.history.at, judgements=JudgementCache())
            anew = replace(snapshot, find_known=lambda *_: None, judgements=JudgementCache())
            at = [judged(one, self.meetings.judgement, known_at=instant) for one in (now, anew)]
            assert lists_of(at[0]) == lists_of(at[1])
            return self.history.at(snapshot, self.meetings.judgement, instant) is not None

    def change(self, statement: sa.Executable) -> None:
        with self.views._store.writing() as connection:
            connection.execute(statement)


@pytest.fixture
def history(log: Log, place: Path | str, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
    monkeypatch.setattr(judged_history, "EVENTS_BEHIND", 1)
    monkeypatch.setattr(judged_history, "CLIENTS_AT_ONCE", 2)
    monkeypatch.setattr(judged_history, "CLIENTS_PER_READ", 3)
    views = open_views(place, log)
    yield History(views, log)
    views.close()


def test_early_instants_are_answered_from_the_history_once_it_is_complete(history: History) -> None:
    history.record(4, meetings=2)
    history.record(3)
    assert history.keep_up() == 0  # it begins
    history.keep_up(2)
    assert not history.knows(history.instants[0])
    history.keep_up(2)
    assert history.knows(history.instants[0])
    assert not history.knows(history.instants[1])  # nothing came after it
    assert history.keep_up() == 0
    history.record(3, meetings=1)
    for instant in history.instants[:2]:
        assert history.knows(instant)
        assert history.knows(instant - timedelta(microseconds=1))
    assert history.keep_up() == 2 * 3
    assert history.keep_up() == 3
    assert history.keep_up() == 0
    history.record(1)
    for instant in history.instants[:3]:
        assert history.knows(instant)


def test_a_history_goes_on_where_another_process_stopped(history: History) -> None:
    history.record(5, meetings=1)
    history.keep_up(3)
    history.history = JudgedHistory(history.views._store, history.log)
    assert history.keep_up() == 1 * 3  # four of five clients were judged
    history.record(1)
    assert history.knows(history.instants[0])


@pytest.mark.parametrize("part", ["length", "word", "about", "generation", "program", "log"])
def test_a_history_that_is_damaged_or_of_another_program_or_log_is_not_used_and_made_anew(
    part: str, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.record(3, meetings=1)
    history.keep_up(3)
    history.record(1)
    assert history.knows(history.instants[0])
    match part:
        case "length":
            history.change(sa.update(JUDGED_ROWS).values(content=b"short"))
        case "word":
            with history.views.reading() as snapshot:
                contents = snapshot.connection.execute(sa.select(JUDGED_ROWS.c.content)).scalars().all()
                content = next(bytes(content) for content in contents if content)
            history.change(sa.update(JUDGED_ROWS).values(content=content[:-4] + b"\x07\0\0\0"))
        case "about":
            history.change(sa.update(JUDGED_HISTORIES).values(about='{"key": 1}'))
        case "generation":
            changed = sa.func.replace(JUDGED_HISTORIES.c.about, '"generation":0', '"generation":8')
            history.change(sa.update(JUDGED_HISTORIES).values(about=changed))
        case "program":
            monkeypatch.setattr(judgement_store, "_program", lambda: "another")
        case "log":
            monkeypatch.setattr(judged_history, "instant_at", lambda log, position: position)
    assert not history.knows(history.instants[0])
    monkeypatch.undo()
    monkeypatch.setattr(judged_history, "EVENTS_BEHIND", 1)
    history.keep_up(5)
    history.record(1)
    assert history.knows(history.instants[0])


def test_clients_whose_histories_could_not_be_written_are_judged_again(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.record(2)
    history.keep_up(3)
    history.record(3, meetings=1)
    with monkeypatch.context() as failing:
        failing.setattr(judged_history, "_write_rows", unwritable)
        with pytest.raises(OSError, match="disk"):
            history.keep_up()
    history.keep_up(2)
    history.record(1)
    for instant in history.instants[:2]:
        assert history.knows(instant)


def unwritable(*_: object) -> None:
    raise OSError("the disk is full")
