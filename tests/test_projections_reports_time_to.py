"""Times to a split and to full-time against engagements watched day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple
from uuid import UUID

from histories import Dice
from oracle import PAIR, UNIFIED
from portfolios import (
    FIRST_DAY,
    Case,
    Letter,
    Question,
    clients_behind,
    days_between,
    store_of,
    told,
)
from story import DANA, IRIS, chosen, closed, named, on, seat, split, terms, two_hats
from test_projections_reports_paths import scope_of

from domain.kinds.engagement import Opened
from domain.kinds.seats import MergedToOneRole
from domain.quarters import Quarter, parse_quarter
from domain.seats import Function, Structure
from projections.reports.catalog import REPORTS, clients_of_row
from projections.reports.groups import Field, label_of, names_of_groups
from projections.reports.question import ReportQuestion
from projections.reports.time_to import TimeToEvent, time_to
from projections.survival import survival_of

BY = (None, Field.SECTOR, Field.SIZE, Field.ANNUAL_REVENUE, Field.PRACTICE_LEAD)


class Watched(NamedTuple):
    """An engagement: the days watched, whether it happened, its group and the structure it began with."""

    client: UUID
    days: int
    happened: bool
    group: str


def engagements_are_watched_until_it_happens_they_close_or_the_day_comes(case: Case) -> None:
    number = case.number
    question, snapshot = case.question, case.snapshot
    scope = scope_of(question, number)
    dice = Dice(number // 97)
    event, by = dice.of(tuple(TimeToEvent)), dice.of(BY)
    first = dice.of(tuple(Structure)) if dice.once_in(4) else None
    expected = defaultdict(list)
    for letter in question.letters:
        if (watched := watch(letter, question, scope, event, by, first)) is not None:
            expected[watched.group].append(watched)
    answer = time_to(snapshot, scope, event, by=by, first_arrangement=first)
    assert {group.group for group in answer.groups} == expected.keys()
    for group in answer.groups:
        theirs = {watched.client for watched in expected[group.group]}
        assert (group.engagements, group.clients) == (len(expected[group.group]), len(theirs))
        assert clients_behind(snapshot, group.link, question, scope) == theirs
    in_order = {group.group: [(w.days, w.happened) for w in expected[group.group]] for group in answer.groups}
    assert answer.survival == survival_of(in_order)


def watch(
    letter: Letter,
    question: Question,
    scope: ReportQuestion,
    event: TimeToEvent,
    by: Field | None,
    wanted_first: Structure | None,
) -> Watched | None:
    arranged_on: date | None = None
    counts_from: date | None = None
    was_open = False
    for day in days_between(FIRST_DAY, question.as_of):
        evening = letter.on(day)
        structure = evening.structure
        if arranged_on is None and structure not in (None, "none"):
            arranged_on = day
            if (scope.first and day < scope.first.start) or (scope.last and day > scope.last.end):
                return None
            if wanted_first and structure != wanted_first:
                return None
        is_unified, is_pair = structure in UNIFIED.values(), structure in PAIR.values()
        if counts_from is None and (is_unified if event is TimeToEvent.SPLIT else arranged_on):
            counts_from = day
        chairs = [chair for chair in (evening.technology, evening.ai) if chair]
        has_full_time = any(chair.commitment == "full_time" for chair in chairs)
        happens = is_pair if event is TimeToEvent.SPLIT else has_full_time
        is_over = was_open and structure is None
        if counts_from and (happens or is_over):
            return Watched(letter.client, (day - counts_from).days, happens, group_of(letter, question, by))
        was_open |= structure is not None
    if counts_from is None:
        return None
    return Watched(letter.client, (question.as_of - counts_from).days, False, group_of(letter, question, by))


def group_of(letter: Letter, question: Question, by: Field | None) -> str:
    if by is None:
        return "all"
    if by is Field.PRACTICE_LEAD:
        details = letter.opening.details
        return str(details.practice_lead or "unknown") if isinstance(details, Opened) else ""
    value = question.profiles[letter.client].get({"size": "headcount"}.get(by, by))
    if value is None:
        return "unknown"
    if isinstance(value, int):
        return next(
            band for band, most in (("1-10", 10), ("11-50", 50), ("51-200", 200), ("201-500", 500)) if value <= most
        )
    return "USD 1M-10M" if isinstance(value, dict) else str(value)


def test_the_largest_groups_are_told_apart_and_the_rest_are_one() -> None:
    labels = [label for label, times in zip("abcdef", (5, 1, 3, 1, 4, 2), strict=True) for _ in range(times)]
    names = names_of_groups(Field.SECTOR, [*labels, None], most=3)
    assert list(names.items()) == [
        ("a", "a"),
        ("e", "e"),
        ("c", "c"),
        (None, "unknown"),
        ("b", "other"),
        ("d", "other"),
        ("f", "other"),
    ]


def test_a_group_that_is_called_like_the_rest_is_not_mixed_up_with_it() -> None:
    names = names_of_groups(Field.SECTOR, ["other", "other", "unknown", "unknown", "fishing", None], most=2)
    assert names == {"other": "other", "unknown": "unknown", None: "unknown*", "fishing": "other*"}


def test_values_have_the_names_that_filters_take() -> None:
    assert [label_of(Field.REGULATED, value) for value in (True, False)] == ["true", "false"]
    assert [label_of(Field.SIZE, count) for count in (0, 10, 11, 1000, 1001)] == [
        "1-10",
        "1-10",
        "11-50",
        "501-1000",
        "1001+",
    ]
    assert [label_of(Field.ENGINEERS, count) for count in (0, 1, 101)] == ["0", "1-5", "101+"]
    amounts = [{"amount": amount, "currency": "EUR"} for amount in ("99999.99", "100000.00", "250000000.00")]
    assert [label_of(Field.AI_SPEND, a) for a in amounts] == ["EUR under 100K", "EUR 100K-1M", "EUR 250M+"]


def test_bands_come_in_their_own_order() -> None:
    assert list(names_of_groups(Field.SIZE, ["1001+", "1001+", "11-50", "1-10"])) == ["1-10", "11-50", "1001+"]
    amounts = ["USD 1M-10M", "EUR 250M+", "USD under 100K", "USD 1M-10M"]
    assert list(names_of_groups(Field.AI_SPEND, amounts)) == ["EUR 250M+", "USD under 100K", "USD 1M-10M"]


def test_a_split_counts_from_the_first_day_of_one_role_even_where_there_were_two_before() -> None:
    events = told(
        halcyon=[
            on("2024-01-01", Opened("Letter")),
            chosen("2024-01-10", seat(DANA, Function.TECHNOLOGY), seat(IRIS, Function.AI)),
            on("2024-02-01", MergedToOneRole(terms(DANA))),
            split("2024-03-02", DANA, IRIS),
        ]
    )
    with store_of(events) as snapshot:
        answer = time_to(snapshot, ReportQuestion(None, None, date.fromisoformat("2024-12-31")), TimeToEvent.SPLIT)
    assert [(step.days, step.events) for step in answer.survival.steps] == [(0, 0), (30, 1)]


def test_a_planned_split_has_not_happened_and_one_of_today_has() -> None:
    events = told(
        halcyon=[
            on("2024-01-01", Opened("Letter")),
            chosen("2024-01-10", two_hats(DANA)),
            split("2024-03-02", DANA, IRIS),
        ],
    )
    with store_of(events) as snapshot:
        eve, morning = (
            time_to(snapshot, ReportQuestion(None, None, date.fromisoformat(text)), TimeToEvent.SPLIT).survival.steps[
                -1
            ]
            for text in ("2024-03-01", "2024-03-02")
        )
    assert (eve.days, eve.events, eve.censored) == (51, 0, 1)
    assert (morning.days, morning.events, morning.censored) == (52, 1, 0)


def test_quarters_and_a_structure_choose_engagements_by_their_first_arrangement() -> None:
    events = told(
        halcyon=[on("2024-01-01", Opened("Letter")), chosen("2024-04-10", two_hats(DANA))],
        zest=[on("2024-01-01", Opened("Letter")), chosen("2024-03-31", seat(DANA, Function.AI)), closed("2024-05-01")],
    )
    second_quarter = parse_quarter("2024-Q2")
    with store_of(events) as snapshot:

        def clients(
            first: Quarter | None = None, last: Quarter | None = None, first_arrangement: Structure | None = None
        ) -> set[UUID]:
            scope = ReportQuestion(first, last, date.fromisoformat("2024-12-31"))
            answer = time_to(snapshot, scope, TimeToEvent.FULL_TIME, first_arrangement=first_arrangement)
            rows = [group.link["row"] for group in answer.groups]
            return {client for row in rows for client in clients_of_row(snapshot, REPORTS["time-to"], row, scope)}

        assert clients() == {named("halcyon"), named("zest")}
        assert clients(first=second_quarter) == {named("halcyon")}
        assert clients(last=second_quarter.previous) == {named("zest")}
        assert clients(first_arrangement=Structure.CAIO_ONLY_FRACTIONAL) == {named("zest")}
        # a structure that came later, or never, was not the first
        assert clients(first_arrangement=Structure.NONE) == set()
