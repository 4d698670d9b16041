"""Governance by client against a look at every milestone, and the story of one client."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from portfolios import Case, Letter, store_of, told
from story import AI, DANA, IRIS, TECHNOLOGY, chosen, closed, day, named, on, split, two_hats
from test_projections_reports_paths import scope_of

from domain.areas import DecisionOwner, Resolver
from domain.kinds.agreements import (
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SpendingLimitSet,
)
from domain.kinds.engagement import Closed, Opened
from domain.kinds.work import DeliverableIssued, HoursReported
from domain.quarters import parse_quarter
from domain.seats import BOTH
from projections.client_filter import ClientFilter, ClientStatus
from projections.reports.catalog import UnknownRow, clients_of_row
from projections.reports.governance import REPORT, governance, governance_by_client, weeks_of
from projections.reports.question import ReportQuestion


def governance_is_what_the_milestones_until_the_day_say(case: Case) -> None:
    question, snapshot = case.question, case.snapshot
    scope = replace(scope_of(question, case.number), first=question.quarters[0], last=question.quarters[-1])
    expected = {letter.client: letter for letter in question.letters if is_open(letter, question.as_of)}
    answer = governance(snapshot, scope)
    assert {row.client: row.engagement for row in answer.rows} == {c: letter.id for c, letter in expected.items()}
    for row in answer.rows:
        assert_row_is_right(row, expected[row.client], scope)
    pages: list[Any] = []
    after = None
    while True:
        page = governance(snapshot, scope, limit=1, after=after)
        pages += page.rows
        assert page.totals == answer.totals
        after = page.next
        if after is None:
            break
    assert tuple(pages) == answer.rows
    counted = {f"pack.{pack}": clients for pack, clients in answer.totals.packs.items()}
    counted |= {f"overdue.{f}": clients for f, clients in answer.totals.overdue.items()}
    for area, owners in answer.totals.areas.items():
        counted |= {f"area.{area}.{owner}": clients for owner, clients in owners.items()}
    for name, clients in counted.items():
        assert len(clients_of_row(snapshot, REPORT, name, scope)) == clients, name
    assert weeks_of(snapshot, scope, answer.rows, 4).keys() == expected.keys()


def is_open(letter: Letter, as_of: date) -> bool:
    opened_on = letter.opening.effective_on
    closes = [m.takes_effect_on(opened_on) for m in letter.milestones if isinstance(m.details, Closed)]
    return opened_on <= as_of and not any(on_day <= as_of for on_day in closes)


def assert_row_is_right(row: Any, letter: Letter, scope: ReportQuestion) -> None:
    opened_on = letter.opening.effective_on
    places = {m.id: place for place, m in enumerate(letter.milestones)}
    dated = sorted((m.takes_effect_on(opened_on), places[m.id], m.details) for m in letter.milestones)
    issued: dict[str, date] = {}
    owners: dict[str, Any] = {}
    limits: dict[Any, Any] = {}
    meetings, conflicts = [], {}
    hours = dict.fromkeys(BOTH, 0)
    for on_day, _, details in dated:
        if on_day > scope.as_of:
            continue
        match details:
            case DeliverableIssued():
                issued.setdefault(details.deliverable, on_day)
            case DecisionRightAssigned():
                owners[details.area] = details.owner
            case SpendingLimitSet():
                limits[details.function] = details.limit
            case AlignmentHeld():
                meetings.append(on_day)
            case ConflictRaised():
                conflicts[details.conflict] = on_day
            case ConflictResolvedBy():
                del conflicts[details.conflict]
            case HoursReported():
                if scope.start <= date.fromisoformat(f"{details.month}-01") <= scope.end:
                    hours[details.function] += details.hours  # type: ignore[assignment]
            case _:
                pass
    governed = row.governance
    assert (governed.issued, governed.areas, governed.spending_limits) == (issued, owners, limits)
    assert governed.last_alignment == max(meetings, default=None)
    assert governed.open_conflicts == len(conflicts)
    assert governed.oldest_conflict_on == min(conflicts.values(), default=None)
    assert {function: row.hats[function].hours for function in BOTH} == hours
    held = [on_day for on_day, evening in letter.life.evenings.items() if evening.technology or evening.ai]
    first = min((on_day for on_day in held if on_day <= scope.as_of), default=None)
    assert (governed.first_due_on is None) is (first is None)
    if first is not None:
        assert (governed.first_due_on - first).days == 90


def the_firm() -> Any:
    return told(
        halcyon=[
            on("2024-01-15", Opened("Letter")),
            chosen("2024-02-01", two_hats(DANA)),
            on("2024-03-01", DeliverableIssued("ai_capability_map", AI)),
            on("2024-03-05", DecisionRightAssigned("mlops", DecisionOwner.JOINT)),
            split("2024-06-03", DANA, IRIS),
            on("2024-06-11", AlignmentHeld((DANA, IRIS))),
            on("2024-06-12", ConflictRaised("budget", "the cluster")),
            on("2024-06-20", ConflictResolvedBy("budget", Resolver.AI)),
        ],
        zenith=[
            on("2024-01-15", Opened("Letter")),
            chosen("2024-02-01", two_hats(IRIS)),
            on("2024-02-20", DeliverableIssued("technology_read", TECHNOLOGY)),
            closed("2024-05-01"),
        ],
        unseated=[on("2024-04-01", Opened("Letter"))],
    )


def asked(as_of: str, **more: Any) -> ReportQuestion:
    return ReportQuestion(parse_quarter("2024-Q1"), parse_quarter("2024-Q4"), day(as_of), **more)


def test_only_clients_with_an_open_engagement_have_a_row_unless_ended_ones_are_asked_for() -> None:
    ended = ClientFilter(status=ClientStatus.ENDED)
    with store_of(the_firm()) as snapshot:
        rows = governance(snapshot, asked("2024-06-30")).rows
        assert [row.name for row in rows] == ["halcyon", "unseated"]
        (row,) = governance(snapshot, asked("2024-06-30", filters=ended)).rows
        assert (row.name, row.governance.day) == ("zenith", date(2024, 5, 1))
        assert row.governance.first_quarter(TECHNOLOGY) == date(2024, 2, 20)
        assert [row.name for row in governance(snapshot, asked("2024-04-30")).rows] == ["halcyon", "unseated", "zenith"]


def test_a_second_engagement_begins_with_an_empty_pack() -> None:
    events = the_firm()
    again = told(
        halcyon=[
            on("2024-01-15", Opened("Letter")),
            on("2024-03-01", DeliverableIssued("ai_capability_map", AI)),
            closed("2024-05-01"),
        ]
    )
    with store_of(again) as snapshot:
        assert [row.governance.pack for row in governance(snapshot, asked("2024-04-30")).rows] == [1]
        assert governance(snapshot, asked("2024-05-01")).rows == ()
    with store_of(events) as snapshot:
        assert [row.governance.pack for row in governance(snapshot, asked("2024-06-30")).rows] == [1, 0]


def test_what_was_recorded_later_is_not_known_then() -> None:
    events = the_firm()
    issued = next(e.timestamp for _, e in events if "ai_capability_map" in repr(e))
    with store_of(events) as snapshot:
        then = replace(asked("2024-06-30"), known_at=events[0].event.timestamp)
        assert governance(snapshot, then).rows == ()
        known = replace(asked("2024-06-30"), known_at=issued)
        (row,) = governance(snapshot, known).rows
        assert (row.governance.pack, row.governance.last_alignment) == (1, None)


def test_facts_are_compared_under_names_that_do_not_depend_on_their_values() -> None:
    with store_of(the_firm()) as snapshot:
        facts = governance_by_client(snapshot, asked("2024-06-15"))[named("halcyon")]
    assert facts == {
        "pack": 1,
        "issued.ai_capability_map": "2024-03-01",
        "due_on.technology": "2024-05-01",
        "due_on.ai": "2024-05-01",
        "area.mlops": "joint",
        "last_alignment": "2024-06-11",
        "conflicts": 1,
    }


@pytest.mark.parametrize(
    ("row", "clients"),
    [
        ("pack.1", ["halcyon"]),
        ("pack.any", ["halcyon", "unseated"]),
        ("overdue.ai", ["halcyon"]),
        ("overdue.any", ["halcyon"]),
        ("area.mlops.joint", ["halcyon"]),
        ("area.mlops.nobody", ["unseated"]),
        ("conflicts.open", []),
        ("last_alignment", ["halcyon"]),
    ],
)
def test_a_count_leads_to_its_clients(row: str, clients: list[str]) -> None:
    with store_of(the_firm()) as snapshot:
        found = clients_of_row(snapshot, REPORT, row, ReportQuestion(None, None, day("2024-06-30")))
    assert found == {named(name) for name in clients}


@pytest.mark.parametrize("row", ["pack.8", "overdue.both", "area.mlops.joint.x", "issued", "", "conflicts.closed", "x"])
def test_a_row_that_does_not_exist_is_refused(row: str) -> None:
    with store_of([]) as snapshot, pytest.raises(UnknownRow):
        clients_of_row(snapshot, REPORT, row, ReportQuestion(None, None, day("2024-06-30")))


def test_a_caller_sees_only_the_clients_that_it_may_see() -> None:
    seen: frozenset[UUID] = frozenset([named("unseated")])
    with store_of(the_firm()) as snapshot:
        answer = governance(snapshot, asked("2024-06-30", visible=seen))
        assert [row.name for row in answer.rows] == ["unseated"]
        assert answer.totals.clients == 1
