"""Flows between the ends of quarters against clients looked at evening by evening."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from uuid import UUID

import pytest
from portfolios import Case, Letter, Question, clients_behind, store_of

from domain.quarters import Quarter
from projections.reports.catalog import REPORTS, UnknownRow, clients_of_row
from projections.reports.flows import FlowRow, Outside, State, flows, link_to_state
from projections.reports.question import ReportQuestion
from projections.reports.structure_mix import structure_mix


def clients_flow_as_they_were_seen_at_the_ends_of_quarters(case: Case) -> None:
    number = case.number
    question, snapshot = case.question, case.snapshot
    quarters = question.quarters[:: 1 + number % 3]
    parameters = parameters_of(question)
    expected: dict[tuple[int, str, str], set[UUID]] = defaultdict(set)
    for client, states in states_of(question, quarters).items():
        for place, (before, after) in enumerate(pairwise(states)):
            expected[place, before, after].add(client)
    rows = flows(snapshot, parameters, quarters)
    assert {(row.place, row.before, row.after): row.clients for row in rows} == {
        key: len(clients) for key, clients in expected.items()
    }
    for row in rows:
        assert clients_behind(snapshot, row.link, question) == expected[row.place, row.before, row.after]
    for place, state in {(row.place + end, state) for row in rows for end, state in enumerate(ends_of(row))}:
        if isinstance(state, Outside):
            there = {client for client, seen in states_of(question, quarters).items() if seen[place] == state}
            assert clients_behind(snapshot, link_to_state(parameters, quarters, place, state), question) == there
    mix = structure_mix(snapshot, parameters).rows
    mix_counts = {(row.quarter, row.structure): row.clients for row in mix}
    for place, quarter in enumerate(quarters[:-1]):
        leaving: Counter[str] = Counter()
        for row in rows:
            if row.place == place:
                leaving[row.before] += row.clients
        assert {state: clients for state, clients in leaving.items() if state not in ("before", "after")} == {
            structure: clients for (of, structure), clients in mix_counts.items() if of == quarter
        }


def ends_of(row: FlowRow) -> tuple[State, State]:
    return row.before, row.after


def parameters_of(question: Question) -> ReportQuestion:
    first, last = question.quarters[0], question.quarters[-1]
    month = first.fiscal_year_start_month
    return ReportQuestion(
        first, last, question.as_of, question.known_at, visible=question.visible, fiscal_year_start_month=month
    )


def states_of(question: Question, quarters: tuple[Quarter, ...]) -> dict[UUID, list[str]]:
    letters: dict[UUID, list[Letter]] = defaultdict(list)
    for letter in question.letters:
        letters[letter.client].append(letter)
    days = [question.as_of if quarter.contains(question.as_of) else quarter.end for quarter in quarters]
    by_client = {client: [state_on(of_client, day) for day in days] for client, of_client in letters.items()}
    return {
        client: states for client, states in by_client.items() if states[-1] != "before" and set(states) != {"after"}
    }


def state_on(letters: list[Letter], day: date) -> str:
    structure_held = next((structure for letter in letters if (structure := letter.on(day).structure)), None)
    if structure_held is not None:
        return structure_held
    evenings = (letter.life.evenings.items() for letter in letters)
    return "after" if any(e.structure and on <= day for of in evenings for on, e in of) else "before"


@pytest.mark.parametrize(
    "row",
    [
        *("2025-Q1.before.2025-Q2", "2025-Q1.x.2025-Q2.before", "soon.before.2025-Q2.after", ""),
        *("2025-Q1.before", "2025-Q2.before.2025-Q1.after", "2025-Q1.any.2025-Q2.any.2025-Q2.after"),
    ],
)
def test_what_is_no_flow_has_no_clients_behind_it(row: str) -> None:
    with store_of([]) as snapshot, pytest.raises(UnknownRow):
        clients_of_row(snapshot, REPORTS["transitions"], row, ReportQuestion(None, None, date(2026, 1, 1)))
