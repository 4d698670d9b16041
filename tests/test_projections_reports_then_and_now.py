"""Then and now: who makes the difference between two states of knowledge, and by what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from histories import Dice
from hypothesis import event
from portfolios import Case, store_of, told
from story import DANA, IRIS, chosen, correct, named, on, retract, split, two_hats
from test_projections_reports_paths import scope_of
from test_projections_reports_revenue import parameters_of

from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.quarters import parse_quarter
from projections.client_filter import ClientFilter
from projections.reports.capacity import capacity_by_client
from projections.reports.paths import paths_by_client
from projections.reports.plan import plan_by_client
from projections.reports.quarter_grid import structures_by_client
from projections.reports.question import ReportQuestion
from projections.reports.revenue import revenue_by_client
from projections.reports.structure_mix import structure_mix
from projections.reports.then_and_now import differences, then_and_now
from projections.reports.time_to import TimeToEvent, times_by_client
from projections.reports.transitions import moves_by_client
from projections.timeline_changes import DifferenceKind

IN_QUARTERS: dict[str, Callable[..., Any]] = {
    "structure-mix": structures_by_client,
    "transitions": moves_by_client,
    "revenue": revenue_by_client,
    "capacity": capacity_by_client,
}
WHOLE: dict[str, Callable[..., Any]] = {
    "paths": paths_by_client,
    "plan": plan_by_client,
    "split": partial(times_by_client, event=TimeToEvent.SPLIT),
    "full-time": partial(times_by_client, event=TimeToEvent.FULL_TIME),
}


def everybody_who_makes_a_difference_is_named_with_a_reason(case: Case) -> None:
    number, events = case.number, case.events
    dice = Dice(number // 89)
    report, sector = dice.of((*IN_QUARTERS, *WHOLE)), dice.of((None, "health"))
    question, snapshot = case.question, case.snapshot
    asked: Any = parameters_of(question) if report in IN_QUARTERS else scope_of(question, number)
    asked = replace(asked, filters=ClientFilter(sector=sector))
    contributions = (IN_QUARTERS | WHOLE)[report]
    earlier = [e.timestamp for _, e in events if question.known_at is None or e.timestamp <= question.known_at]
    then = earlier[number % len(earlier)]
    answer = then_and_now(snapshot, contributions, asked, then, limit=10**6)
    before = contributions(snapshot, replace(asked, known_at=then))
    now = contributions(snapshot, asked)
    assert then_and_now(snapshot, contributions, asked, then, limit=1).clients == answer.clients[:1]
    figures = {client.client: client.figures for client in answer.clients}
    assert figures == differences(before, now)
    assert answer.count == len(figures)
    event("different" if figures else "the same")
    for client in answer.clients:
        assert client.milestones or client.profile
        for figure in client.figures:
            assert figure.then != figure.now
            assert before.get(client.client, {}).get(figure.row) == figure.then
            assert now.get(client.client, {}).get(figure.row) == figure.now


def test_a_split_that_was_moved_and_one_that_never_was_are_told_with_their_milestones() -> None:
    events = told(
        calm=[on("2024-01-01", Opened("Letter")), chosen("2024-01-10", two_hats(DANA), called="calm chooses")],
        halcyon=[
            on("2024-01-01", Opened("Letter")),
            chosen("2024-01-10", two_hats(DANA)),
            split("2024-02-10", DANA, IRIS, called="the split"),
            correct("the split", to="2024-05-10"),
        ],
        zest=[
            on("2024-01-01", Opened("Letter")),
            chosen("2024-01-10", two_hats(DANA), called="zest chooses"),
            split("2024-02-10", DANA, IRIS, called="never"),
            retract("never"),
        ],
    )
    (retraction,) = [e for _, e in events if isinstance(e, Engagement.MilestoneRetracted)]
    (correction,) = [e for _, e in events if isinstance(e, Engagement.MilestoneCorrected)]
    question = ReportQuestion(parse_quarter("2024-Q1"), parse_quarter("2024-Q2"), date(2024, 6, 30))
    with store_of(events) as snapshot:
        then = retraction.timestamp - timedelta(seconds=1)
        only_zest = then_and_now(snapshot, structures_by_client, question, then)
        both = then_and_now(snapshot, structures_by_client, question, correction.timestamp - timedelta(seconds=1))
        then_mix = structure_mix(snapshot, replace(question, known_at=then))
        now_mix = structure_mix(snapshot, question)
    (zest,) = only_zest.clients
    assert [(f.row, f.then, f.now) for f in zest.figures] == [
        ("2024-Q1", "fractional_pair", "unified_fractional"),
        ("2024-Q2", "fractional_pair", "unified_fractional"),
    ]
    assert [(m.milestone, m.difference) for m in zest.milestones] == [(named("never"), DifferenceKind.REMOVED)]
    halcyon = both.clients[0]
    assert [client.name for client in both.clients] == ["halcyon", "zest"]
    assert [(f.row, f.then, f.now) for f in halcyon.figures] == [("2024-Q1", "fractional_pair", "unified_fractional")]
    assert [(m.milestone, m.difference) for m in halcyon.milestones] == [(named("the split"), DifferenceKind.CHANGED)]
    # the mix moved by just the clients that are named
    moved = {row.quarter.label: row.clients for row in now_mix.rows if row.structure == "unified_fractional"}
    was = {row.quarter.label: row.clients for row in then_mix.rows if row.structure == "unified_fractional"}
    assert [moved["2024-Q1"], was.get("2024-Q1", 0)] == [3, 2]
