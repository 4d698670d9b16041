"""Outcomes by initiative against a look at every milestone, and the story of two clients."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from portfolios import Case, clients_behind, store_of, told
from story import DANA, chosen, closed, day, named, on, two_hats
from test_projections_reports_paths import scope_of

from domain.kinds.engagement import Opened
from domain.kinds.work import InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.outcomes import Stage
from domain.quarters import parse_quarter
from projections.reports.catalog import UnknownRow, clients_of_row
from projections.reports.outcomes import REPORT, link_to_stage, outcomes, outcomes_by_client
from projections.reports.question import ReportQuestion


def outcomes_are_what_the_milestones_until_the_day_say(case: Case) -> None:
    question, snapshot = case.question, case.snapshot
    scope = scope_of(question, case.number)
    expected: dict[Any, list[Any]] = {}
    for letter in question.letters:
        opened_on = letter.opening.effective_on
        for milestone in letter.milestones:
            on_day, details = milestone.takes_effect_on(opened_on), milestone.details
            if on_day <= question.as_of and isinstance(details, InitiativeStarted | InitiativeLive | OutcomeMeasured):
                expected.setdefault((letter.id, details.initiative), []).append((on_day, details))
    in_bounds = {
        key: facts
        for key, facts in expected.items()
        if any(
            (not scope.first or on_day >= scope.first.start) and (not scope.last or on_day <= scope.last.end)
            for on_day, _ in facts
        )
    }
    answer = outcomes(snapshot, scope)
    assert {(row.engagement, row.initiative.name) for row in answer.rows} == in_bounds.keys()
    assert answer.totals.initiatives == len(in_bounds)
    for row in answer.rows:
        facts = in_bounds[row.engagement, row.initiative.name]
        live = [on_day for on_day, details in facts if isinstance(details, InitiativeLive)]
        measured = [on_day for on_day, details in facts if isinstance(details, OutcomeMeasured)]
        assert [row.initiative.live_on] == (live or [None])
        assert (row.measurement and row.measurement.measured_on) == max(measured, default=None)
        letter = next(letter for letter in question.letters if letter.id == row.engagement)
        last = max(letter.life.evenings)
        evening = letter.on(question.as_of)
        if evening.structure is not None:
            assert row.initiative.owner == (evening.ai.holder if evening.ai else None)
        assert last >= row.initiative.started_on
    for stage in Stage:
        behind = {row.client for row in answer.rows if row.initiative.stage is stage}
        assert clients_behind(snapshot, link_to_stage(scope, stage), question, scope) == behind


def the_firm() -> Any:
    return told(
        halcyon=[
            on("2024-01-15", Opened("Letter")),
            chosen("2024-02-01", two_hats(DANA)),
            on("2024-02-10", InitiativeStarted("claims v1.2")),
            on("2024-04-10", InitiativeLive("claims v1.2")),
            on("2024-06-30", OutcomeMeasured("claims v1.2", "time", Decimal("7.5"), "minutes", Decimal(12))),
            on("2024-06-30", OutcomeMeasured("claims v1.2", "cost", Decimal(4), "USD"), called="cost"),
            on("2024-05-01", InitiativeStarted("forecasts")),
        ],
        zenith=[
            on("2024-01-15", Opened("Letter")),
            on("2024-03-01", InitiativeStarted("search")),
            closed("2024-05-01"),
        ],
    )


def asked(as_of: str, first: str | None = None, last: str | None = None) -> ReportQuestion:
    bounds = [parse_quarter(label) if label else None for label in (first, last)]
    return ReportQuestion(bounds[0], bounds[1], day(as_of))


def test_there_is_one_row_a_metric_and_one_for_an_initiative_without_any() -> None:
    with store_of(the_firm()) as snapshot:
        answer = outcomes(snapshot, asked("2024-12-31"))
    assert [(row.name, row.initiative.name, row.measurement and row.measurement.metric) for row in answer.rows] == [
        ("halcyon", "claims v1.2", "cost"),
        ("halcyon", "claims v1.2", "time"),
        ("halcyon", "forecasts", None),
        ("zenith", "search", None),
    ]
    assert answer.totals.stages == {Stage.MEASURED: 1, Stage.STARTED: 2}
    assert answer.totals.median_days_to_live == 60


def test_pages_follow_one_another_without_a_gap() -> None:
    with store_of(the_firm()) as snapshot:
        whole = outcomes(snapshot, asked("2024-12-31"))
        pages: list[Any] = []
        after = None
        while True:
            page = outcomes(snapshot, asked("2024-12-31"), limit=1, after=after)
            pages += page.rows
            after = page.next
            if after is None:
                break
    assert tuple(pages) == whole.rows


def test_quarters_leave_out_initiatives_of_which_nothing_happened_in_them() -> None:
    with store_of(the_firm()) as snapshot:
        names = [row.initiative.name for row in outcomes(snapshot, asked("2024-12-31", "2024-Q2", "2024-Q2")).rows]
        later = outcomes(snapshot, asked("2024-12-31", "2024-Q3")).rows
    assert names == ["claims v1.2", "claims v1.2", "forecasts"]
    assert later == ()


def test_facts_are_named_so_that_dots_in_names_do_no_harm() -> None:
    with store_of(the_firm()) as snapshot:
        facts = outcomes_by_client(snapshot, asked("2024-12-31"))[named("halcyon")]
        assert facts == {
            "started.claims v1%2E2": "2024-02-10",
            "live.claims v1%2E2": "2024-04-10",
            "measured.claims v1%2E2.time": "7.5 minutes",
            "measured.claims v1%2E2.cost": "4 USD",
            "started.forecasts": "2024-05-01",
        }
        for row in (*facts, "stage.measured"):
            assert clients_of_row(snapshot, REPORT, row, asked("2024-12-31")) == {named("halcyon")}, row
        assert clients_of_row(snapshot, REPORT, "stage.any", asked("2024-03-31")) == {named("halcyon"), named("zenith")}


@pytest.mark.parametrize("row", ["stage.done", "measured.x", "live", "live.", "x.y"])
def test_a_row_that_does_not_exist_is_refused(row: str) -> None:
    with store_of([]) as snapshot, pytest.raises(UnknownRow):
        clients_of_row(snapshot, REPORT, row, ReportQuestion(None, None, date(2024, 6, 30)))
