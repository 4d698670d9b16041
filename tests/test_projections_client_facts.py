"""The facts on which clients are judged: the rows of the read models say what the log says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import cast
from uuid import UUID

import numpy as np
from examples import whole_firms
from firms import Firm, answering, rolls
from hypothesis import given
from hypothesis import strategies as st

from domain.client import Client
from domain.engagement import Engagement
from domain.signs.facts import facts_of
from domain.signs.periods import FOREVER
from projections.client_facts import client_facts
from projections.dated_rows import Column, DatedRows, JudgedClient, Words
from projections.judgement_cache import JudgementCache


@whole_firms(100)
@given(rolls(20, 120))
def test_the_facts_read_from_rows_are_those_folded_from_the_log(numbers: list[int]) -> None:
    firm = Firm(makes_mistakes=True).live(numbers)
    engagements = {one: cast("Engagement", firm.cabinet.fetch(one)) for one in firm.engagements}
    standing = {
        client: {e: engagements[e] for e in cast("Client", firm.cabinet.fetch(client)).engagements}
        for client in firm.clients
        if not cast("Client", firm.cabinet.fetch(client)).is_retracted
    }
    with answering(firm.events) as snapshot:
        found = {facts.client: facts for facts in client_facts(snapshot)}
        assert found.keys() == standing.keys()
        for client, facts in found.items():
            expected = {
                engagement: facts_of(engagement, aggregate.standing.timeline(), facts.answers)
                for engagement, aggregate in standing[client].items()
                if not aggregate.is_retracted
            }
            assert {one.engagement for one in facts.engagements} == expected.keys()
            for one in facts.engagements:
                for name in ("active", "seat_spans", "by_kind", "started_on"):
                    assert getattr(one, name) == getattr(expected[one.engagement], name)


COLUMNS = (Column("changed_at", np.int32),)


def values(rows: DatedRows) -> dict[UUID, int]:
    return dict(zip(rows.client_ids(rows["client"]), rows["changed_at"].tolist(), strict=True))


def rows_of(judged: Mapping[UUID, int]) -> Iterator[JudgedClient]:
    return ((client.bytes, [(1, FOREVER, value)]) for client, value in judged.items())


@given(st.lists(st.lists(st.integers(0, 4), max_size=3), max_size=8), st.data())
def test_cached_judgements_are_those_of_the_reader_s_position(log: list[list[int]], data: st.DataObject) -> None:
    """The value of a client is the last position at which it changed."""
    cache = JudgementCache()
    ids = [UUID(int=number << 124 | number) for number in range(5)]

    def at(position: int) -> Mapping[UUID, int]:
        return {ids[c]: place for place, changed in enumerate(log[:position], start=1) for c in changed}

    def changed(after: int, up_to: int) -> set[UUID] | None:
        return None if up_to - after > 5 else {ids[c] for clients in log[after:up_to] for c in clients}

    def find() -> tuple[int, DatedRows] | None:
        stored = data.draw(st.none() | st.integers(0, len(log)))
        return None if stored is None else (stored, DatedRows.of(COLUMNS, Words(), rows_of(at(stored))))

    def read(position: int) -> DatedRows:
        def judge_again(rows: DatedRows, clients: Collection[UUID]) -> DatedRows:
            now = {client: value for client, value in at(position).items() if client in clients}
            return rows.replaced(clients, rows_of(now))

        judge = lambda: DatedRows.of(COLUMNS, Words(), rows_of(at(position)))  # noqa: E731
        return cache.rows("last change", position, find, judge, judge_again, changed)

    for _ in range(6):
        position = data.draw(st.integers(0, len(log)))
        assert values(read(position)) == at(position)


def test_only_the_changed_clients_are_judged_again() -> None:
    cache, asked = JudgementCache(), list[object]()
    empty = DatedRows.of(COLUMNS, Words(), ())

    def judge() -> DatedRows:
        asked.append("all")
        return empty

    def judge_again(rows: DatedRows, clients: Collection[UUID]) -> DatedRows:
        asked.append(clients)
        return rows

    for position in (10, 10, 12):
        cache.rows("drift", position, lambda: None, judge, judge_again, lambda *_: {UUID(int=1)})
    cache.rows("drift", 14, lambda: None, judge, judge_again, lambda *_: set[UUID]())
    cache.rows("drift", 16, lambda: None, judge, judge_again, lambda *_: None)
    assert asked == ["all", {UUID(int=1)}, "all"]


def test_the_least_recently_used_judgements_are_dropped_where_memory_is_short() -> None:
    full = DatedRows.of(COLUMNS, Words(), rows_of({UUID(int=number): number for number in range(1, 100)}))
    cache = JudgementCache(2 * full.weight)
    for key in ("drift", "signs", "drift", "outcomes"):
        cache.rows(key, 1, lambda: None, lambda: full, lambda rows, _: rows, lambda *_: None)
    assert [key for key in ("drift", "signs", "outcomes") if cache.at(key)] == ["drift", "outcomes"]
