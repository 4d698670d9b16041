"""Plans against the days after the one that is looked from."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from portfolios import Case, clients_behind, store_of, told
from story import DANA, IRIS, chosen, closed, correct, on, split, two_hats
from test_projections_reports_paths import scope_of

from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.quarters import quarter_of
from domain.seats import Structure
from projections.reports.plan import plan
from projections.reports.question import ReportQuestion


def the_plan_holds_every_move_after_the_day_and_no_other(case: Case) -> None:
    number = case.number
    question, snapshot = case.question, case.snapshot
    scope = scope_of(question, number)
    expected: dict[Any, list[Any]] = defaultdict(list)
    for letter in question.letters:
        for before, after, day, milestone in letter.life.transitions():
            in_bounds = (not scope.first or day >= scope.first.start) and (not scope.last or day <= scope.last.end)
            if day > question.as_of and in_bounds:
                quarter = quarter_of(day, scope.fiscal_year_start_month)
                expected[quarter, before, after].append((day, letter.client, letter.id, milestone))
    answer = plan(snapshot, scope, moves=10**6)
    assert {(row.quarter, row.before, row.after) for row in answer.rows} == expected.keys()
    for row in answer.rows:
        key = row.quarter, row.before, row.after
        moving = {client for _, client, _, _ in expected[key]}
        assert (row.clients, row.times) == (len(moving), len(expected[key]))
        assert row.first_on == min(day for day, _, _, _ in expected[key])
        assert clients_behind(snapshot, row.link, question, scope) == moving
    assert plan(snapshot, scope, moves=1).moves == answer.moves[:1]
    assert [row.quarter for row in answer.rows] == sorted(row.quarter for row in answer.rows)
    assert [move.on for move in answer.moves] == sorted(move.on for move in answer.moves)
    moves = [move for together in expected.values() for move in together]
    assert sorted((m.on, m.client, m.engagement, m.milestone) for m in answer.moves) == sorted(moves)


def test_a_planned_split_and_a_planned_end_stand_in_their_quarters_as_they_were_known() -> None:
    events = told(
        halcyon=[
            on("2025-01-01", Opened("Letter")),
            chosen("2025-01-01", two_hats(DANA)),
            split("2026-02-02", DANA, IRIS, called="the split"),
            closed("2026-09-30"),
            correct("the split", to="2026-05-04"),
        ]
    )
    (corrected,) = [event for _, event in events if isinstance(event, Engagement.MilestoneCorrected)]
    before = corrected.timestamp - timedelta(seconds=1)

    def planned(known_at: datetime | None) -> list[tuple[str, str, Structure | None, Structure | None, int]]:
        scope = ReportQuestion(None, None, date(2026, 1, 31), known_at=known_at)
        with store_of(events) as snapshot:
            rows = plan(snapshot, scope).rows
        return [(row.quarter.label, str(row.first_on), row.before, row.after, row.times) for row in rows]

    one, two = Structure.UNIFIED_FRACTIONAL, Structure.FRACTIONAL_PAIR
    end = ("2026-Q3", "2026-09-30", two, None, 1)
    assert planned(None) == [("2026-Q2", "2026-05-04", one, two, 1), end]
    assert planned(before) == [("2026-Q1", "2026-02-02", one, two, 1), end]
