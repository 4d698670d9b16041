"""Every report of the catalog is complete, and each of its rows leads to the clients that it is made of."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from api_client import Served, described, served
from browsing import Visitor
from firms import answering
from test_api_access import VIEWER

from domain.seats import Structure
from projections.log import Recorded
from projections.reports.catalog import COMPARED, REPORTS, UnknownRow, clients_of_row
from projections.reports.move_groups import NAMED, group_of, grouped_moves
from projections.reports.question import ReportQuestion, last_quarters
from projections.snapshot import Snapshot
from web.pages import reports as pages
from web.pages.navigation import navigation

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 22)
ROWS_TRIED = 12
bounded = pytest.mark.parametrize("key", [key for key, report in REPORTS.items() if report.is_bounded])
every_report = pytest.mark.parametrize("key", REPORTS)


@pytest.fixture(scope="module")
def snapshot(demonstration_events: list[Recorded]) -> Iterator[Snapshot]:
    with answering(demonstration_events) as of_demonstration:
        yield of_demonstration


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("empty") / "data"
    folder.mkdir(mode=0o700)
    with served(folder) as firm:
        yield firm


def question_about(key: str) -> ReportQuestion:
    return REPORTS[key].with_default_quarters(ReportQuestion(None, None, TODAY))


def test_every_report_has_its_three_files_a_route_a_page_and_a_place_in_the_navigation_and_the_access_table() -> None:
    routes = described()["paths"]
    places = {item.href for group in navigation() for item in group.items}
    assert list(pages.REPORTS) == list(REPORTS)
    for key, report in REPORTS.items():
        for folder in ("projections/reports", "api/reports", "web/pages/reports"):
            assert (ROOT / folder / f"{report.module}.py").is_file()
        assert "get" in routes[f"/api/v1/reports/{key}"], key
        assert f"/reports/{key}" in places
        assert ("GET", f"/api/v1/reports/{key}") in VIEWER
        assert report in [COMPARED[name] for name in report.compared_as]


def test_the_recipes_name_files_that_exist() -> None:
    named = re.findall(r"`((?:projections|api|web|tests)/[\w/]+\.py)`", (ROOT / "docs/contributing.md").read_text())
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).is_file()] == []


@every_report
def test_a_report_has_a_table_of_as_many_cells_as_columns(snapshot: Snapshot, key: str) -> None:
    report = REPORTS[key]
    options = {"event": "split"} if key == "time-to" else {}
    table = report.table(report.answer(snapshot, question_about(key), **options), {})
    rows = list(table.rows)
    assert rows
    assert {len(row) for row in rows} == {len(table.columns)}


@pytest.mark.parametrize("name", COMPARED)
def test_each_row_leads_to_the_clients_that_contribute_to_it(snapshot: Snapshot, name: str) -> None:
    report = COMPARED[name]
    question = question_about(report.key)
    clients: dict[str, set[UUID]] = defaultdict(set)
    for client, rows in report.compared_as[name](snapshot, question).items():
        for row in rows:
            clients[row].add(client)
    assert clients
    for row in Random(name).sample(sorted(clients), min(ROWS_TRIED, len(clients))):
        assert clients_of_row(snapshot, report, row, ReportQuestion(None, None, TODAY)) == clients[row], row
        assert pages.REPORTS[report.key].row_words(row, str) not in ("", row)


def test_annotations_count_the_moves_of_a_quarter_and_lead_to_their_clients(snapshot: Snapshot) -> None:
    first, last = last_quarters(TODAY, count=12)
    question = ReportQuestion(first, last.next.next.next, TODAY)
    counts: Counter[tuple[str, str, bool]] = Counter()
    clients: dict[tuple[str, str, bool], set[UUID]] = defaultdict(set)
    for is_planned, key in ((False, "transitions"), (True, "plan")):
        for client, rows in REPORTS[key].by_client(snapshot, question).items():
            for row, times in rows.items():
                quarter, *sides = row.split(".")
                if len(sides) == 2:
                    before, after = (None if side == "null" else Structure(side) for side in sides)
                    counts[quarter, group_of(before, after), is_planned] += int(times)
                    clients[quarter, group_of(before, after), is_planned].add(client)
    moves = grouped_moves(snapshot, question)
    assert {(one.quarter.label, one.group, one.is_planned): one.times for one in moves} == counts
    assert {one.is_planned for one in moves} == {True, False}
    for one in moves:
        report, row = REPORTS[one.link["report"]], one.link["row"]
        behind = clients_of_row(snapshot, report, row, ReportQuestion(None, None, TODAY))
        assert behind == clients[one.quarter.label, one.group, one.is_planned], row
        assert pages.REPORTS[report.key].row_words(row, str) not in ("", row)
        assert len(one.first) == min(one.times, NAMED)
        assert all(one.quarter.contains(move.on) and (move.on > TODAY) is one.is_planned for move in one.first)


@every_report
def test_a_row_that_no_report_can_have_is_refused_or_has_no_clients(snapshot: Snapshot, key: str) -> None:
    try:
        assert clients_of_row(snapshot, REPORTS[key], "no.such.row", ReportQuestion(None, None, TODAY)) == frozenset()
    except UnknownRow as refused:
        assert key in str(refused)  # noqa: PT017  (an empty answer is right as well)


@bounded
def test_the_api_and_the_pages_have_one_limit_on_quarters(empty: Served, key: str) -> None:
    visitor = Visitor(empty)
    for first, status in (("2002-Q1", 200), ("1997-Q1", 200), ("1996-Q4", 422)):
        query = f"/reports/{key}?from={first}&to=2026-Q4"
        empty.admin.ask("GET", query, status=status)
        visitor.get(query, expect=status)


def test_reports_of_all_time_take_any_quarters(empty: Served) -> None:
    visitor = Visitor(empty)
    for key in (key for key, report in REPORTS.items() if not report.is_bounded):
        empty.admin.ask(
            "GET", f"/reports/{key}?from=1980-Q1&event=split" if key == "time-to" else f"/reports/{key}?from=1980-Q1"
        )
        visitor.get(f"/reports/{key}?from=1980-Q1")


def test_a_last_quarter_alone_means_the_same_on_a_page_as_in_the_api(empty: Served) -> None:
    query = "/reports/structure-mix?to=2025-Q2"
    assert empty.admin.get(query)["parameters"]["from"] == "2023-Q3"
    assert "2023-Q3 to 2025-Q2" in Visitor(empty).get(query)


def test_a_question_fills_in_the_quarters_that_it_does_not_name() -> None:
    first, last = last_quarters(TODAY)
    question = ReportQuestion(None, None, TODAY)
    assert question.bounded().bounds == (first, last)
    later = ReportQuestion(last.next, None, TODAY).bounded()
    assert later.bounds == (last.next, last.next)
    assert len(ReportQuestion(None, first, TODAY).bounded().quarters) == len(question.bounded().quarters)
    with pytest.raises(ValueError, match="names no first or no last quarter"):
        _ = question.quarters
    with pytest.raises(ValueError, match="comes after"):
        ReportQuestion(last, first, TODAY)
    assert TODAY - question.bounded().start > timedelta(days=600)
