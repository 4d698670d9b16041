"""Clients in the order of their names: what follows the log is what is read anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from random import Random

from examples import whole_firms
from firms import MemoryLog, as_log
from histories import Dice
from hypothesis import given
from portfolios import firm_of, seeds, store_of

from projections.answer_cache import AnswerCache
from projections.changed_clients import changed_clients
from projections.client_names import ClientNames, client_names
from projections.snapshot import Snapshot


def names_in(names: ClientNames) -> list[tuple[str, bytes]]:
    return list(zip(names.names, names.ids.tolist(), strict=True))


@whole_firms(50)
@given(seeds)
def test_names_that_follow_the_log_are_those_read_anew(seed: int) -> None:
    events = firm_of(seed)
    dice = Dice(Random(seed).randrange(2**256))
    log = as_log(MemoryLog(events))
    days = (date(2024, 6, 1), date(2026, 3, 1))
    instants = (None, dice.of(events).event.timestamp)
    answers = AnswerCache()
    for position in sorted({1 + dice.below(len(events)) for _ in range(4)} | {len(events)}):
        with store_of(events[:position]) as snapshot:
            following = replace(snapshot, answers=answers, find_changed=partial(changed_clients, log))
            for day in days:
                for instant in instants:
                    anew = client_names(replace(snapshot, answers=AnswerCache()), day, instant)
                    assert names_in(client_names(following, day, instant)) == names_in(anew)


def test_names_are_not_read_again_while_no_client_was_renamed() -> None:
    events = firm_of(3)
    answers = AnswerCache()
    with store_of(events) as snapshot:
        following = replace(snapshot, answers=answers, find_changed=lambda *_: ())
        first = client_names(following, date(2026, 3, 1), None)
        later = replace(following, position=snapshot.position + 1)
        assert client_names(later, date(2026, 3, 1), None) is first
        too_many: Snapshot = replace(following, position=snapshot.position + 2, find_changed=lambda *_: None)
        assert client_names(too_many, date(2026, 3, 1), None) is not first
        assert names_in(client_names(too_many, date(2026, 3, 1), None)) == names_in(first)
