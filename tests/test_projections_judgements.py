"""What is judged of every client equals what is judged anew: after recordings, restarts, damage, at every instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
import sqlalchemy as sa
from examples import examples, whole_firms
from firms import MemoryLog, as_log
from histories import Dice
from hypothesis import given
from logs import log, meeting, opened, place
from patience import wait_until
from portfolios import firm_of, seeds, store_of

from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds, ThresholdSetting
from domain.signs.periods import FOREVER
from projections import client_rows, judgement_store
from projections.changed_clients import changed_clients
from projections.client_rows import ClientRows
from projections.dated_rows import Column, DatedRows, JudgedClient, Words, counted
from projections.judgement_cache import JudgementCache
from projections.judgement_store import JUDGED, JudgementStore
from projections.judgements import Judgement, judge_together, judged
from projections.log import Log, Recorded
from projections.reports.catalog import judgements
from projections.snapshot import Stopped
from projections.views import Views, open_views

__all__ = ["log", "place"]  # fixtures


def contents(rows: DatedRows) -> Counter[tuple[Any, ...]]:
    columns = [rows.client_ids(rows["client"]), rows["start"].tolist(), rows["end"].tolist()]
    for column in rows.columns:
        values = rows[column.name].tolist()
        columns.append([rows.words.names[value] for value in values] if column.is_word else values)
    return Counter(zip(*columns, strict=True))


def thresholds_set(dice: Dice, events: list[Recorded]) -> FirmThresholds:
    at = dice.of(events).event.timestamp
    of_a_sign = ThresholdSetting("A06", "grace", 1 + dice.below(90), date(2024, 1 + dice.below(12), 1), at, UUID(int=7))
    return dice.of((DEFAULTS, FirmThresholds((of_a_sign,))))


@whole_firms(100)
@given(seeds)
def test_judgements_that_follow_the_log_are_those_made_anew_as_known_at_every_instant(seed: int) -> None:
    events = firm_of(seed)
    dice = Dice(Random(seed).randrange(2**256))
    firm = thresholds_set(dice, events)
    known_at: datetime | None = dice.of(events).event.timestamp
    cache, find_changed = JudgementCache(), partial(changed_clients, as_log(MemoryLog(events)))
    for position in sorted({1 + dice.below(len(events)) for _ in range(3)} | {len(events)}):
        with store_of(events[:position]) as snapshot:
            following = replace(snapshot, judgements=cache, find_changed=find_changed)
            for judgement in judgements(firm):
                for instant in (None, known_at):
                    anew = judged(replace(snapshot, judgements=JudgementCache()), judgement, known_at=instant)
                    assert contents(judged(following, judgement, known_at=instant)) == contents(anew)


class Counting:
    """Judges the number of profiles of a client, and counts the clients that it judges."""

    def __init__(self) -> None:
        self.clients: list[bytes] = []
        self.judgement = Judgement("profiles", (Column("number", np.int32), Column.of_words("name")), self._judge)

    def _judge(self, rows: ClientRows) -> Iterator[JudgedClient]:
        for client, profiles in rows.profiles.items():
            self.clients.append(client)
            yield client, [(1, FOREVER, len(profiles), profiles[-1].name)]

    def read(self, views: Views) -> Counter[tuple[Any, ...]]:
        self.clients.clear()
        with views.reading() as snapshot:
            return contents(judged(snapshot, self.judgement))


def following(place: Path | str, log: Log, counting: Counting) -> Views:
    views = open_views(place, log, columns_from_clients=1)
    views.follow(lambda: [counting.judgement])
    return views


def kept(place: Path | str, log: Log, counting: Counting) -> None:
    """Judge everybody in the background, and keep that for the next start."""
    views = following(place, log, counting)
    wait_until(lambda: len(counting.clients) > 0)
    counting.read(views)
    views.close()


def test_after_a_restart_only_clients_with_new_events_are_judged_again(log: Log, place: Path | str) -> None:
    clients, engagement = [uuid4() for _ in range(5)], uuid4()
    opened(log, clients[0], engagement)
    for client in clients[1:]:
        opened(log, client, uuid4())
    counting = Counting()
    kept(place, log, counting)
    newcomer = uuid4()
    opened(log, newcomer, uuid4())
    log.engagements.run(partial(meeting, engagement=engagement))
    views = open_views(place, log, columns_from_clients=1)
    now = counting.read(views)
    assert {UUID(bytes=client) for client in counting.clients} == {newcomer, clients[0]}
    assert {row[0] for row in now} == {newcomer, *clients}
    counting.read(views)
    assert counting.clients == []
    views.rebuild()
    assert counting.read(views) == now
    views.close()


@examples(5)
@given(seeds)
def test_clients_who_are_judged_together_are_judged_as_they_are_alone(seed: int) -> None:
    with store_of(firm_of(seed)) as snapshot:
        wanted = judgements(DEFAULTS)
        together = replace(snapshot, judgements=JudgementCache())
        judge_together(together, wanted)
        for judgement in wanted:
            cached = together.judgements.at((judgement, None))
            assert cached is not None
            assert cached[0] == snapshot.position
            assert contents(cached[1]) == contents(judged(snapshot, judgement))


def test_judgements_at_hand_are_not_made_again_with_others(log: Log, place: Path | str) -> None:
    opened(log, uuid4(), uuid4())
    one, other = Counting(), Counting()
    views = open_views(place, log, columns_from_clients=1)
    with views.reading() as snapshot:
        judge_together(snapshot, [one.judgement, replace(other.judgement, name="other")])
        judge_together(snapshot, [one.judgement, replace(other.judgement, name="other")])
    assert len(one.clients) == len(other.clients) == 1
    views.close()


@pytest.mark.parametrize("program", ["the same", "another"])
def test_clients_judged_before_a_stop_are_not_judged_again(
    program: str, log: Log, place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_rows, "CLIENTS_AT_ONCE", 2)
    clients = sorted(uuid4() for _ in range(7))
    engagements = [uuid4() for _ in clients]
    for client, engagement in zip(clients, engagements, strict=True):
        opened(log, client, engagement)
    views = open_views(place, log, columns_from_clients=1)
    counting = Counting()
    parts = JudgementStore(views._store, log)

    def stop_after(number: int) -> None:
        if len(counting.clients) > number:
            raise Stopped

    with views.reading() as snapshot, pytest.raises(Stopped):
        judge_together(replace(snapshot, pause=partial(stop_after, 0)), [counting.judgement], parts)
    with views.reading() as snapshot, pytest.raises(Stopped):
        judge_together(replace(snapshot, pause=partial(stop_after, 5)), [counting.judgement], parts)
    log.engagements.run(partial(meeting, engagement=engagements[1]))
    log.engagements.run(partial(meeting, engagement=engagements[6]))
    counting.clients.clear()
    if program == "another":
        monkeypatch.setattr(judgement_store, "_program", lambda: "another")
    with views.reading() as snapshot:
        judge_together(snapshot, [counting.judgement], parts)
        anew = counting.clients.copy()
        cached = snapshot.judgements.at((counting.judgement, None))
        assert cached is not None
        assert contents(cached[1]) == contents(
            judged(replace(snapshot, judgements=JudgementCache()), counting.judgement)
        )
    left = clients if program == "another" else [clients[1], *clients[4:]]
    assert sorted(UUID(bytes=client) for client in anew) == left
    views.close()


def flip(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("part", ["about", "number", "ids", "client", "gone", "program", "log"])
def test_judgements_that_are_damaged_or_of_another_program_or_log_are_made_anew(
    part: str, log: Log, place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        opened(log, uuid4(), uuid4())
    counting = Counting()
    kept(place, log, counting)
    views = open_views(place, log, columns_from_clients=1)
    with views.reading() as snapshot:
        parts = dict(snapshot.connection.execute(sa.select(JUDGED.c.part, JUDGED.c.content)).all())
    assert parts.keys() == {"about", "ids", "client", "start", "end", "number", "name"}
    match part:
        case "program":
            monkeypatch.setattr(judgement_store, "_program", lambda: "another")
        case "log":
            monkeypatch.setattr(judgement_store, "instant_at", lambda log, position: position)
        case _:
            with views._store.writing() as connection:
                if part == "gone":
                    connection.execute(sa.delete(JUDGED).where(JUDGED.c.part == "name"))
                else:
                    changed = sa.update(JUDGED).where(JUDGED.c.part == part)
                    connection.execute(changed.values(content=flip(bytes(parts[part]))))
    assert len(counting.read(views)) == 3
    assert len(counting.clients) == 3
    views.close()


@whole_firms(100)
@given(seeds)
def test_rows_in_columns_are_counted_and_replaced_as_lists_of_them_are(seed: int) -> None:
    dice = Dice(Random(seed).randrange(2**256))
    columns = (Column("number", np.int32), Column.of_words("word"))

    def thrown() -> dict[UUID, list[tuple[Any, ...]]]:
        return {
            UUID(int=dice.below(9) << 120): [(1, 9, dice.below(3), dice.of("abc")) for _ in range(dice.below(4))]
            for _ in range(dice.below(6))
        }

    def stored(by_client: dict[UUID, list[tuple[Any, ...]]]) -> Iterable[JudgedClient]:
        return ((client.bytes, of_client) for client, of_client in by_client.items())

    first, second = thrown(), thrown()
    gone = {UUID(int=dice.below(9) << 120) for _ in range(3)} | second.keys()
    rows = DatedRows.of(columns, Words(), stored(first)).replaced(gone, stored(second))
    left = {client: of_client for client, of_client in first.items() if client not in gone} | second
    assert [UUID(bytes=client) for client in sorted(client.bytes for client in left if left[client])] == list(
        dict.fromkeys(rows.client_ids(rows["client"]))
    )
    in_order = [(client, *row) for client in sorted(left) for row in left[client]]
    words = rows.words.names
    assert in_order == [
        (*row[:-1], words[row[-1]])
        for row in zip(
            rows.client_ids(rows["client"]),
            *(rows[name].tolist() for name in ("start", "end", "number", "word")),
            strict=True,
        )
    ]
    clients = Counter(number for number, _ in {(number, client) for client, _, _, number, _ in in_order})
    assert {number: n for (number,), n in counted(rows["number"], once=rows["client"])} == clients
    counts = Counter((number, word) for _, _, _, number, word in in_order)
    assert {(number, words[word]): n for (number, word), n in counted(rows["number"], rows["word"])} == counts
