"""Plans against the days after the one that is looked from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from oracle import Evening
from portfolios import Case, Letter, clients_behind, store_of, told
from story import DANA, IRIS, chosen, closed, correct, on, retract, split, two_hats
from test_projections_reports_paths import scope_of

from domain.due_dates import DueKind, missing_papers
from domain.engagement import Engagement
from domain.kinds.engagement import Closed, Opened, RenewalSet
from domain.kinds.work import DeliverableIssued
from domain.milestones import Milestone
from domain.quarters import quarter_of
from domain.seats import Function, Structure
from projections.reports.plan import ClientDue, DueRow, OverdueRow, plan
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


def due_dates_are_those_of_renewals_and_missing_deliverables_of_engagements_open_on_the_day(case: Case) -> None:
    question, snapshot = case.question, case.snapshot
    scope = scope_of(question, case.number)
    due, overdue = [], []
    for letter in question.letters:
        closes = [day for milestone, day in _days(letter) if isinstance(milestone.details, Closed)]
        if any(close <= question.as_of for close in closes):
            continue
        owed = (*_renewals(letter, question.as_of), *_deliverables(letter, question.as_of))
        for day, kind, function, milestone in owed:
            in_bounds = (not scope.first or day >= scope.first.start) and (not scope.last or day <= scope.last.end)
            if not in_bounds or any(close <= day for close in closes):
                continue
            if day >= question.as_of:
                due.append((day, letter.client, kind, function or "", letter.id, milestone))
            elif kind is not DueKind.NOTICE:
                overdue.append((day, letter.client, kind, function or "", letter.id, milestone))
    answer = plan(snapshot, scope, moves=10**6)
    days = {milestone.id: day for letter in question.letters for milestone, day in _days(letter)}
    for one in (*answer.due, *answer.overdue):
        assert one.function is None or days[one.milestone] == one.on - timedelta(days=90)
    assert list(map(_named, answer.due)) == sorted(due)
    assert sorted(map(_named, answer.overdue)) == sorted(overdue)
    assert [one.on for one in answer.overdue] == sorted((day for day, *_ in overdue), reverse=True)
    assert sum(row.times for row in answer.due_rows) == len(due)
    for row in answer.due_rows:
        same = [one for one in answer.due if (one.quarter, one.kind) == (row.quarter, row.kind)]
        _counts_these(row, same, clients_behind(snapshot, row.link, question, scope))
    assert {row.kind for row in answer.overdue_rows} == {one.kind for one in answer.overdue}
    for late in answer.overdue_rows:
        same = [one for one in answer.overdue if one.kind == late.kind]
        _counts_these(late, same, clients_behind(snapshot, late.link, question, scope))


def _named(due: ClientDue) -> tuple[Any, ...]:
    milestone = due.milestone if due.function is None else None
    return due.on, due.client, due.kind, due.function or "", due.engagement, milestone


def _counts_these(row: DueRow | OverdueRow, same: list[ClientDue], clients: frozenset[UUID]) -> None:
    assert (row.times, row.first_on) == (len(same), min(one.on for one in same))
    assert clients == {one.client for one in same}
    assert row.clients == len(clients)


def _days(letter: Letter) -> list[tuple[Milestone, date]]:
    return [(m, m.takes_effect_on(letter.opening.effective_on)) for m in letter.milestones]


Owed = tuple[date, DueKind, Function | None, UUID | None]


def _renewals(letter: Letter, as_of: date) -> Iterator[Owed]:
    opened_on = letter.opening.effective_on
    renewals = [m for m in letter.milestones if isinstance(m.details, RenewalSet)]
    past = [m for m in renewals if m.takes_effect_on(opened_on) <= as_of]
    if past:
        newest = max(past, key=lambda m: (m.takes_effect_on(opened_on), letter.milestones.index(m)))
        assert isinstance(newest.details, RenewalSet)
        yield newest.details.renews_on, DueKind.RENEWAL, None, newest.id
        if newest.details.notice_by is not None:
            yield newest.details.notice_by, DueKind.NOTICE, None, newest.id


def _deliverables(letter: Letter, as_of: date) -> Iterator[Owed]:
    """What is missing of the hats that somebody has on the day, from a look at every evening."""
    opened_on = letter.opening.effective_on
    issued = {
        m.details.deliverable
        for m in letter.milestones
        if isinstance(m.details, DeliverableIssued) and m.takes_effect_on(opened_on) <= as_of
    }
    for function in Function:
        if not _has(letter.on(as_of), function):
            continue
        first = min(day for day, evening in letter.life.evenings.items() if _has(evening, function))
        for kind in (DueKind.FIRST_QUARTER, DueKind.FIRST_90_DAYS):
            if missing_papers(kind, function, issued):
                yield first + timedelta(days=90), kind, function, None


def _has(evening: Evening, function: Function) -> bool:
    return (evening.technology if function is Function.TECHNOLOGY else evening.ai) is not None


def test_a_renewal_is_due_from_the_day_it_is_set_until_the_next_is_set_or_the_engagement_closes() -> None:
    events = told(
        halcyon=[
            on("2025-01-01", Opened("Letter")),
            on(
                "2025-02-01",
                RenewalSet(date.fromisoformat("2026-01-31"), date.fromisoformat("2025-10-31")),
                called="the first",
            ),
            on("2025-09-01", RenewalSet(date.fromisoformat("2027-01-31")), called="the second"),
        ]
    )

    def due(as_of: str, known_at: datetime | None = None) -> list[tuple[str, str]]:
        with store_of(events) as snapshot:
            answer = plan(snapshot, ReportQuestion(None, None, date.fromisoformat(as_of), known_at=known_at))
        return [(str(due.on), due.kind.value) for due in answer.due]

    first = [("2025-10-31", "notice"), ("2026-01-31", "renewal")]
    assert due("2025-01-31") == []
    assert due("2025-02-01") == due("2025-08-31") == first
    assert due("2025-09-01") == due("2027-01-31") == [("2027-01-31", "renewal")]
    assert due("2027-02-01") == []
    assert due("2026-01-01", known_at=events[-2].event.timestamp) == [("2026-01-31", "renewal")]


def test_a_renewal_on_or_after_the_close_is_not_due() -> None:
    for closes, expected in (("2026-01-30", []), ("2026-01-31", []), ("2026-02-01", ["2026-01-31"])):
        events = told(
            halcyon=[
                on("2025-01-01", Opened("Letter")),
                on("2025-02-01", RenewalSet(date.fromisoformat("2026-01-31"))),
                closed(closes),
            ]
        )
        with store_of(events) as snapshot:
            answer = plan(snapshot, ReportQuestion(None, None, date.fromisoformat("2025-06-01")))
        assert [str(due.on) for due in answer.due] == expected, closes


def test_a_retracted_renewal_gives_way_to_the_one_before_and_a_corrected_one_moves() -> None:
    events = told(
        halcyon=[
            on("2025-01-01", Opened("Letter")),
            on("2025-02-01", RenewalSet(date.fromisoformat("2026-01-31")), called="the first"),
            on("2025-03-01", RenewalSet(date.fromisoformat("2027-01-31")), called="the second"),
            retract("the second"),
            correct("the first", details=lambda _: RenewalSet(date.fromisoformat("2026-03-31"))),
        ]
    )
    with store_of(events) as snapshot:
        answers = [
            plan(snapshot, ReportQuestion(None, None, date.fromisoformat("2025-06-01"), known_at=event.timestamp)).due
            for _, event in events[-4:]
        ]
    assert [[str(due.on) for due in answer] for answer in answers] == [
        *(["2026-01-31"], ["2027-01-31"], ["2026-01-31"], ["2026-03-31"])
    ]


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
