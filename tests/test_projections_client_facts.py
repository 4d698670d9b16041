"""The facts on which clients are judged: the rows of the read models say what the log says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast
from uuid import UUID

from firms import Firm, answering, rolls
from hypothesis import given
from hypothesis import strategies as st

from domain.client import Client
from domain.engagement import Engagement
from domain.signs.facts import facts_of
from projections.client_facts import client_facts
from projections.judgement_cache import MOST_CLIENTS_FOLLOWED, JudgementCache


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


@given(st.lists(st.lists(st.integers(0, 4), max_size=3), max_size=8), st.data())
def test_cached_judgements_are_those_of_the_reader_s_position(log: list[list[int]], data: st.DataObject) -> None:
    """The value of a client is the last position at which it changed."""
    cache = JudgementCache()
    ids = [UUID(int=number) for number in range(5)]

    def at(position: int, clients: Collection[UUID] | None) -> Mapping[UUID, int]:
        last = {ids[c]: place for place, changed in enumerate(log[:position], start=1) for c in changed}
        return {client: place for client, place in last.items() if clients is None or client in clients}

    def changed(after: int, up_to: int) -> set[UUID]:
        return {ids[c] for clients in log[after:up_to] for c in clients}

    for _ in range(6):
        position = data.draw(st.integers(0, len(log)))
        assert cache.values("last change", position, lambda clients: at(position, clients), changed) == at(  # noqa: B023
            position, None
        )


def test_only_the_changed_clients_are_judged_again() -> None:
    cache, asked = JudgementCache(), list[Collection[UUID] | None]()

    def judge(clients: Collection[UUID] | None) -> Mapping[UUID, int]:
        asked.append(clients)
        return {}

    cache.values("drift", 10, judge, lambda *_: {UUID(int=1)})
    cache.values("drift", 10, judge, lambda *_: {UUID(int=1)})
    cache.values("drift", 12, judge, lambda *_: {UUID(int=1)})
    many = {UUID(int=number) for number in range(MOST_CLIENTS_FOLLOWED + 1)}
    cache.values("drift", 14, judge, lambda *_: many)
    assert asked == [None, {UUID(int=1)}, None]
