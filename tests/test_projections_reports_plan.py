"""Plans against the days after the one that is looked from."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from portfolios import clients_behind, firm_of, question_about, seeds, store_of
from test_projections_reports_paths import scope_of

from domain.quarters import quarter_of
from projections.reports.plan import plan


@settings(max_examples=40)
@given(seeds, seeds)
def test_the_plan_holds_every_move_after_the_day_and_no_other(seed: int, number: int) -> None:
    events = firm_of(seed)
    question = question_about(events, number)
    scope = scope_of(question, number)
    expected: dict[Any, list[Any]] = defaultdict(list)
    for letter in question.letters:
        for before, after, on, milestone in letter.life.transitions():
            in_bounds = (not scope.first or on >= scope.first.start) and (not scope.last or on <= scope.last.end)
            if on > question.as_of and in_bounds:
                quarter = quarter_of(on, scope.fiscal_year_start_month)
                expected[quarter, before, after].append((on, letter.client, letter.id, milestone))
    with store_of(events) as connection:
        answer = plan(connection, scope, moves=10**6)
        assert {(row.quarter, row.before, row.after) for row in answer.rows} == expected.keys()
        for row in answer.rows:
            key = row.quarter, row.before, row.after
            moving = {client for _, client, _, _ in expected[key]}
            assert (row.clients, row.times) == (len(moving), len(expected[key]))
            assert row.first_on == min(on for on, _, _, _ in expected[key])
            assert clients_behind(connection, row.link, question, scope) == moving
        assert plan(connection, scope, moves=1).moves == answer.moves[:1]
    assert [row.quarter for row in answer.rows] == sorted(row.quarter for row in answer.rows)
    assert [move.on for move in answer.moves] == sorted(move.on for move in answer.moves)
    moves = [move for together in expected.values() for move in together]
    assert sorted((m.on, m.client, m.engagement, m.milestone) for m in answer.moves) == sorted(moves)
