"""Changes of who holds what, against the milestones and the days of every engagement."""

from __future__ import annotations

from datetime import date

from oracle import day_it_happens
from portfolios import Case, store_of, told
from story import DANA, IRIS, chosen, on, split, two_hats
from test_projections_reports_revenue import parameters_of

from domain.kinds.engagement import Opened
from domain.kinds.seats import StructureChosen
from domain.milestones import Precision
from domain.quarters import parse_quarter
from domain.seats import Structure
from projections.reports.changes import KINDS, Move, changes
from projections.reports.question import ReportQuestion


def every_change_up_to_the_day_is_told_and_no_other(case: Case) -> None:
    question, snapshot = case.question, case.snapshot
    parameters = parameters_of(question)
    last = min(parameters.end, question.as_of)
    expected = {}
    for letter in question.letters:
        moves = {milestone: move_of(b, a) for b, a, made_on, milestone in letter.life.transitions() if made_on <= last}
        for milestone in letter.milestones:
            happens_on = day_it_happens(milestone, letter.opening.effective_on)
            if milestone.kind in KINDS and parameters.start <= happens_on <= last:
                expected[letter.id, milestone.id] = (letter.client, happens_on, moves.get(milestone.id))
    answer = changes(snapshot, parameters, limit=10**6)
    few = changes(snapshot, parameters, limit=3)
    found_changes = {
        (row.milestone.engagement, row.milestone.id): (row.client, row.milestone.takes_effect_on, row.move)
        for row in answer.rows
    }
    assert found_changes == expected
    assert answer.count == few.count == len(answer.rows) == len(found_changes)
    days = [row.milestone.takes_effect_on for row in answer.rows]
    assert days == sorted(days)
    # where not everything is shown, moves come first
    moving = sum(row.move is not None for row in answer.rows)
    assert sum(row.move is not None for row in few.rows) == min(3, moving)
    assert all(row in answer.rows for row in few.rows)


def move_of(before: str | None, after: str | None) -> Move:
    return Move(*(None if side is None else Structure(side) for side in (before, after)))


def test_a_change_says_what_it_did_and_a_vague_one_takes_effect_with_the_opening() -> None:
    events = told(
        halcyon=[
            on("2024-02-05", Opened("Letter")),
            on("2024-01-01", StructureChosen((two_hats(DANA),)), precision=Precision.QUARTER),
            split("2024-03-11", DANA, IRIS),
        ],
        juniper=[
            on("2023-11-01", Opened("Another letter"), "another opening"),
            chosen("2023-11-01", two_hats(DANA), called="another choice"),
        ],
    )
    quarter = parse_quarter("2024-Q1")
    with store_of(events) as snapshot:
        rows = changes(snapshot, ReportQuestion(quarter, quarter, date(2024, 3, 31))).rows
    assert [(row.name, row.milestone.takes_effect_on, row.move) for row in rows] == [
        ("halcyon", date(2024, 2, 5), None),
        ("halcyon", date(2024, 2, 5), Move(None, Structure.UNIFIED_FRACTIONAL)),
        ("halcyon", date(2024, 3, 11), Move(Structure.UNIFIED_FRACTIONAL, Structure.FRACTIONAL_PAIR)),
    ]
