"""Evolutions against clients looked at day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import partial
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID

from firms import ME, Firm
from portfolios import FIRST_DAY, Case, Question, clients_behind, days_between, store_of
from story import DANA, IRIS, chosen, closed, named, on, split, two_hats

from domain.decisions import Log, Request
from domain.kinds.engagement import Opened
from domain.unit_of_work import UnitOfWork
from projections.reports.paths import paths
from projections.reports.question import ReportQuestion


class Walked(NamedTuple):
    """What a client went through: the steps with the days on which they began, and whether it is gone."""

    path: tuple[str | None, ...]
    began: list[date]
    is_gone: bool


def clients_are_on_the_path_they_were_seen_to_walk(case: Case) -> None:
    number = case.number
    question, snapshot = case.question, case.snapshot
    scope = scope_of(question, number)
    expected: dict[Any, dict[UUID, Walked]] = defaultdict(dict)
    for client, walked in walks_day_by_day(question, scope).items():
        expected[walked.path][client] = walked
    answer = paths(snapshot, scope)
    assert {row.path for row in answer.rows} == expected.keys()
    for row in answer.rows:
        assert clients_behind(snapshot, row.link, question, scope) == expected[row.path].keys()
    assert paths(snapshot, scope, limit=1).rows == answer.rows[:1]
    assert (answer.clients, answer.distinct) == (sum(map(len, expected.values())), len(expected))
    for row in answer.rows:
        same = list(expected[row.path].values())
        assert (row.clients, row.ended) == (len(same), sum(walked.is_gone for walked in same))
        assert row.median_days == median((walked.began[-1] - walked.began[0]).days for walked in same)
        assert list(row.step_days) == [
            median((walked.began[step + 1] - walked.began[step]).days for walked in same)
            for step in range(len(row.path) - 1)
        ]
    assert [row.clients for row in answer.rows] == sorted((row.clients for row in answer.rows), reverse=True)


def scope_of(question: Question, number: int) -> ReportQuestion:
    """The quarters bound the report or leave it open, on either side."""
    first, last = question.quarters[0], question.quarters[-1]
    return ReportQuestion(
        first if number % 3 == 1 else None,
        last if number % 2 == 1 else None,
        question.as_of,
        question.known_at,
        visible=question.visible,
        fiscal_year_start_month=first.fiscal_year_start_month,
    )


def walks_day_by_day(question: Question, scope: ReportQuestion) -> dict[UUID, Walked]:
    last_day = min(question.as_of, scope.last.end) if scope.last else question.as_of
    letters = defaultdict(list)
    for letter in question.letters:
        letters[letter.client].append(letter)
    walks = {}
    for client, of_client in letters.items():
        steps: list[str | None] = []
        began: list[date] = []
        was_there_since_first = False
        now: str | None = None
        for day in days_between(FIRST_DAY, last_day):
            evenings = [letter.on(day).structure for letter in of_client]
            now = next((structure for structure in evenings if structure), None)
            if scope.first is None or day >= scope.first.start:
                was_there_since_first |= now is not None
            if (steps or now) and (not steps or steps[-1] != now):
                steps.append(now)
                began.append(day)
        if was_there_since_first:
            if now is None:
                del steps[-1], began[-1]
            walks[client] = Walked(tuple(steps), began, now is None)
    return walks


def test_an_evolution_runs_over_all_engagements_and_a_time_away_is_a_step() -> None:
    firm = Firm()
    firm.cabinet.run(lambda unit: unit.register_client(named("zest"), "Zest", None, {}, None, recorded_by=ME))
    for number, (opened, *requests) in enumerate(
        (
            (on("2024-01-01", Opened("One")), chosen("2024-02-01", two_hats(DANA)), closed("2024-05-01")),
            (on("2024-07-01", Opened("Two")), chosen("2024-07-01", two_hats(IRIS)), split("2024-07-11", DANA, IRIS)),
        )
    ):
        engagement = named(f"letter {number}")
        firm.cabinet.run(partial(_open_another, engagement, opened))
        for request in requests:
            firm.cabinet.run(partial(_change_it, engagement, request))
    with store_of(firm.events) as snapshot:
        (row,) = paths(snapshot, ReportQuestion(None, None, date.fromisoformat("2024-12-31"))).rows
        (earlier,) = paths(snapshot, ReportQuestion(None, None, date.fromisoformat("2024-06-30"))).rows
    assert row.path == ("none", "unified_fractional", None, "unified_fractional", "fractional_pair")
    assert (row.clients, row.ended, row.median_days, row.step_days) == (1, 0, 192, (31, 90, 61, 10))
    assert row.link["row"] == "none.unified_fractional.null.unified_fractional.fractional_pair"
    assert (earlier.path, earlier.ended) == (("none", "unified_fractional"), 1)


def _open_another(engagement: UUID, opening: Log, unit: UnitOfWork) -> None:
    unit.open_engagement(engagement, named("zest"), opening, recorded_by=ME)


def _change_it(engagement: UUID, request: Request, unit: UnitOfWork) -> None:
    unit.change(engagement, [request], recorded_by=ME)
