"""The pages of reports over HTTP on a real store: the figures of the API, the way to the clients, and the filters."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api_client import Served, served
from browsing import Visitor, tell_a_story, text_of

from projections.reports import catalog
from web.pages.urls import address

AS_OF = "2026-06-30"
REPORTS = ("structure-mix", "transitions", "paths", "time-to", "revenue", "capacity", "plan")
ASKED = {"time-to": {"event": "split"}}
NOTHING_TO_DRAW = {
    "drift": "No client is in drift",
    "advice": "No client was assessed in these quarters",
    "outcomes": "No initiative has started",
}
"""The reports on matters of which this firm has none: their cards say so."""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two engaged clients with fees in two currencies, hours, and plans; served."""
    folder = tmp_path_factory.mktemp("reports") / "data"
    folder.mkdir(mode=0o700)
    with served(folder) as running:
        _tell_more(running, tell_a_story(running))
        yield running


@pytest.fixture(scope="module")
def admin(firm: Served) -> Visitor:
    return Visitor(firm)


def _tell_more(firm: Served, ids: dict[str, str]) -> None:
    """Marlow Bank: a pair from the first day, hours reported, a full-time CTO planned, and a planned end."""
    admin = firm.admin
    admin.post("/clients", {"name": "Marlow Bank", "profile": {"sector": "finance", "headcount": 40}})
    opened = {"name": "Two seats", "started_on": "2025-01-01", "practice_lead": ids["Ravi"]}
    path = f"/engagements/{admin.post('/clients/marlow-bank/engagements', opened)['id']}/milestones"
    seat = {"commitment": "fractional", "provider": "firm", "holder": ids["Ravi"]}
    fee = {"amount": "7000.50", "currency": "EUR"}
    seats = [
        {"functions": ["technology"], "monthly_fee": fee, "hours_per_month": {"technology": 30}, **seat},
        {"functions": ["ai"], "monthly_fee": fee, "hours_per_month": {"ai": 40}, **seat},
    ]
    admin.post(path, {"kind": "structure_chosen", "effective_on": "2025-02-01", "seats": seats})
    month = {"kind": "hours_reported", "effective_on": "2025-05-31", "month": "2025-05"}
    admin.post(path, {**month, "function": "ai", "hours": 12.5})
    admin.post(
        path,
        {
            "kind": "transitioned_to_full_time",
            "effective_on": "2027-02-01",
            "functions": ["technology"],
            "holder": ids["Ravi"],
        },
    )
    admin.post(path, {"kind": "closed", "effective_on": "2027-12-31", "outcome": "completed"})


def test_charts_show_the_milestones_and_plans_that_explain_them(admin: Visitor) -> None:
    range_of_quarters = f"from=2026-Q2&to=2027-Q4&as_of={AS_OF}"
    for report in ("structure-mix", "quarter-grid", "revenue", "capacity", "plan"):
        page = admin.get(f"/reports/{report}?{range_of_quarters}")
        assert "Milestones and plans that explain the chart" in page, report
        drawing = admin.get(f"/reports/{report}.svg?{range_of_quarters}")
        assert "2027-Q4: 1 planned closing" in drawing, report
        assert "<a " not in drawing
    assert "2025-Q1: 1 opening" in admin.get("/reports/transitions.svg?from=2024-Q2&to=2025-Q3&as_of=2025-08-31")
    assert "2025-Q1: 1 opening" in admin.get("/reports/governance.svg?as_of=2025-04-30")
    assert 'aria-label="2025-Q1: 1 opening' in admin.get("/?as_of=2025-08-31")
    page = admin.get(f"/reports/structure-mix?{range_of_quarters}")
    mark = re.search(r'<a href="([^"]+)"[^>]* aria-label="2027-Q4: 1 planned closing\n([^"]+)"', page)
    assert mark
    assert mark[2] == "Marlow Bank, 31 Dec 2027"
    behind = admin.get(html.unescape(mark[1]))
    assert "Marlow Bank" in behind
    assert "Planned for 2027-Q4: closings" in behind


def links_on(page: str) -> dict[tuple[tuple[str, str], ...], set[str]]:
    """Every address of clients on a page, by its question, with the words that lead there."""
    links: dict[tuple[tuple[str, str], ...], set[str]] = {}
    for href, words in re.findall(r'<a href="(/clients\?[^"]+)"[^>]*>(.*?)</a>', page, re.S):
        links.setdefault(question_in(html.unescape(href)), set()).add(text_of(words))
    return links


def question_in(href: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, values[0]) for name, values in parse_qs(urlsplit(href).query).items()))


def links_of(answer: dict[str, Any]) -> dict[tuple[tuple[str, str], ...], str]:
    rows = answer["medians"] if "medians" in answer else answer["rows"]
    return {question_in(row["links"]["clients"]): str(row["clients"]) for row in rows}


@pytest.mark.parametrize("report", REPORTS)
def test_every_figure_of_the_api_stands_on_the_page_and_leads_to_its_clients(
    firm: Served, admin: Visitor, report: str
) -> None:
    parameters = {"as_of": AS_OF, **ASKED.get(report, {})}
    answer = firm.admin.get(f"/reports/{report}", params=parameters)
    expected = links_of(answer)
    assert expected
    shown = links_on(admin.get(address(f"/reports/{report}", parameters)))
    for question, clients in expected.items():
        assert question in shown, (question, list(shown))
        if report != "time-to":
            assert clients in shown[question]
        listed = admin.get(address("/clients", question))
        assert f"1 to {clients} of {clients}" in listed
        assert 'aria-label="Without: ' in listed


def test_every_band_and_bar_of_the_river_leads_to_as_many_clients_as_it_says(admin: Visitor) -> None:
    page = admin.get("/reports/transitions?from=2024-Q2&to=2025-Q3&as_of=2025-08-31")
    marks = re.findall(r'<a href="(/clients\?[^"]+)" class="step" aria-label="([^"\n]+)"', page)
    assert any("from Not yet engaged to " in words for _, words in marks)
    assert any("from Nobody yet to Unified, fractional" in words for _, words in marks)
    for href, words in marks:
        count = re.search(r"(\d+) clients?", words)
        assert count is not None
        listed = admin.get(html.unescape(href))
        assert f"1 to {count[1]} of {count[1]}" in listed, words
        assert 'aria-label="Without: ' in listed


@pytest.mark.parametrize("report", [*REPORTS, "quarter-grid"])
def test_a_report_leaves_in_every_format_that_its_page_offers(admin: Visitor, report: str) -> None:
    page = admin.get(f"/reports/{report}", as_of=AS_OF, status="active")
    offered = dict(re.findall(r'<a class="btn small" href="([^"]+)" download>(\w+)</a>', page))
    assert sorted(offered.values()) == ["CSV", "JSON", "PNG", "SVG", "XLSX"]
    for href, words in offered.items():
        answer = admin.client.get(html.unescape(href))
        assert answer.status_code == 200, (words, answer.text)
        starts = {"CSV": b"", "JSON": b"{", "PNG": b"\x89PNG", "SVG": b"<?xml", "XLSX": b"PK"}[words]
        assert answer.content.startswith(starts)


def test_a_report_pinned_to_an_instant_keeps_it_in_every_link_and_file(firm: Served, admin: Visitor) -> None:
    before = firm.context.now().isoformat()
    page = admin.get("/reports/revenue", as_of=AS_OF, known_at=before)
    pinned = html.unescape(page)
    assert "Later entries are hidden" in page
    leading = re.findall(r'href="(/(?:clients|api/v1/reports|reports/revenue\.svg)\?[^"]+)"', pinned)
    assert leading
    assert all("known_at=" in href for href in leading)
    assert "known_at" not in re.findall(r'<a href="([^"]+)">Show what is known now', pinned)[0]
    day = admin.get("/reports/revenue", known_at=firm.context.today().isoformat())
    assert "known_at" not in html.unescape(re.findall(r'href="(/api/[^"]+format=csv)"', day)[0])


def test_everything_asked_for_is_a_chip_that_can_be_taken_away(firm: Served, admin: Visitor) -> None:
    parameters = {
        "event": "full_time",
        "by": "sector",
        "first_arrangement": "fractional_pair",
        "sector": "finance",
        "size": "11-50",
        "from": "2025-Q1",
        "to": "2026-Q1",
        "as_of": AS_OF,
    }
    page = admin.get(address("/reports/time-to", parameters))
    chips = {
        html.unescape(words): html.unescape(href)
        for href, words in re.findall(r'<a class="pill" href="([^"]+)" aria-label="Without: ([^"]+)"', page)
    }
    assert list(chips) == [
        "Sector finance",
        "11-50 people",
        "From 2025-Q1",
        "To 2026-Q1",
        "Groups by: Sector",
        "Began with: Two seats, both fractional",
        "On 30 Jun 2026",
    ]
    names = ("sector", "size", "from", "to", "by", "first_arrangement", "as_of")
    for gone, href in zip(names, chips.values(), strict=True):
        assert dict(question_in(href)) == {name: text for name, text in parameters.items() if name != gone}
        admin.get(href)
    assert '<input type="hidden" name="event" value="full_time">' in page


def test_curves_are_grouped_named_and_marked_when_small(firm: Served, admin: Visitor) -> None:
    page = admin.get("/reports/time-to", by="practice_lead", event="full_time", as_of="2027-06-30")
    words = text_of(page)
    assert "Dana small group: interpret with caution" in words
    assert "Ravi small group: interpret with caution" in words
    assert "Log-rank" in words
    assert "Median" in text_of(admin.get("/reports/time-to", as_of="2026-11-01"))


def test_money_of_two_currencies_stands_in_two_panels_and_is_never_added(firm: Served, admin: Visitor) -> None:
    words = text_of(admin.get("/reports/revenue", as_of=AS_OF))
    assert "EUR in 2026-Q2 42,003" in words
    svg = admin.client.get("/reports/revenue.svg", params={"as_of": AS_OF}).text
    assert ">EUR</text>" in svg
    assert ">USD</text>" in svg
    by_hats = admin.get("/reports/revenue", as_of=AS_OF, parts="function")
    assert "Unified seat" in text_of(by_hats)
    assert "parts" not in re.findall(r'href="(/api/v1/reports/revenue\?[^"]+)"', by_hats)[0]


@pytest.mark.parametrize("parts", ["structure", "function"])
def test_a_block_of_several_rows_leads_to_the_clients_of_all_of_them(firm: Served, admin: Visitor, parts: str) -> None:
    parameters = {"from": "2025-Q2", "to": "2025-Q2", "as_of": AS_OF}
    page = admin.get(address("/reports/revenue", parameters, parts=parts))
    marks = {
        words: html.unescape(href)
        for href, words in re.findall(r'<a href="(/clients\?[^"]+)" class="step" aria-label="([^"]+)"', page)
    }
    pair = next(
        href for words, href in marks.items() if "EUR" in words and ("both fractional" in words or "AI" in words)
    )
    assert "1 to 1 of 1" in admin.get(pair)
    assert "Marlow Bank" in admin.get(pair)
    unified = next(href for words, href in marks.items() if "USD" in words)
    assert "Halcyon Health" in admin.get(unified)
    every = admin.get("/clients?report=revenue&row=2025-Q2.any.any.USD&as_of=2026-06-30")
    assert "Fees in 2025-Q2: any structure, any seat, USD" in every
    assert "1 to 1 of 1" in every


def test_capacity_tells_agreed_and_reported_hours_beside_the_sources_bands(firm: Served, admin: Visitor) -> None:
    row = next(
        r
        for r in firm.admin.get("/reports/capacity", params={"from": "2025-Q2", "to": "2025-Q2"})["rows"]
        if r["bands"]
    )
    band = row["bands"][0]
    words = text_of(admin.get("/reports/capacity?from=2025-Q2&to=2025-Q2"))
    assert f"AI hours agreed: {band['agreed']['hours']:g}, over the recommended {band['agreed']['least']:g} to" in words
    assert (
        f"AI hours reported: 12.5, {band['reported']['verdict']} the recommended {band['reported']['least']:g} to"
        in words
    )
    dana = next(p["id"] for p in firm.admin.get("/people")["items"] if p["name"] == "Dana")
    alone = admin.get("/reports/capacity", person=dana, as_of=AS_OF)
    assert f'<a href="/people/{dana}?as_of={AS_OF}">Dana</a>' in alone
    assert ">Ravi</a>" not in alone


def test_the_plan_lists_every_single_move_with_its_milestone(firm: Served, admin: Visitor) -> None:
    page = admin.get("/reports/plan", as_of=AS_OF)
    assert "1 Feb 2027 Marlow Bank" in text_of(page)
    assert re.search(r'<a href="/engagements/[^"]+/milestones/[^"]+">1 Feb 2027</a>', page)
    assert "Exits 1" in text_of(page)


def test_the_plan_says_that_nothing_is_planned_beside_what_is_overdue(firm: Served, admin: Visitor) -> None:
    answer = firm.admin.get("/reports/plan?as_of=2029-01-01")
    assert (answer["rows"], answer["due_rows"]) == ([], [])
    assert answer["overdue_rows"]
    page = admin.get("/reports/plan", as_of="2029-01-01")
    words = text_of(page)
    assert "Nothing is planned." in words
    assert re.findall(r" download>(\w+)</a>", page) == ["CSV", "XLSX", "JSON"]  # there is no chart to download
    assert f"Overdue {sum(row['times'] for row in answer['overdue_rows'])} renewals and deliverables" in words


def test_what_no_report_can_be_asked_is_refused_in_words(admin: Visitor) -> None:
    for path in (
        "/reports/time-to?event=rain",
        "/reports/time-to?by=weather",
        "/reports/capacity?person=dana",
        "/reports/paths?from=2026-Q1&to=2025-Q1",
        "/reports/paths?from=soon",
        "/clients?report=paths",
        "/clients?row=x",
        "/clients?report=weather&row=x",
        "/clients?report=revenue&row=x",
    ):
        words = text_of(admin.get(path, expect=422))
        assert re.search(r"isn't valid [A-Z][a-z ]+ : (?=[A-Z])[^.]+\. Show the page without it", words), path
    admin.get("/reports/weather", expect=404)
    admin.get("/reports/paths.gif", expect=404)


def test_an_empty_report_says_what_would_fill_it(data_dir: Path) -> None:
    with served(data_dir) as nobody:
        visitor = Visitor(nobody)
        for report in (*REPORTS, "quarter-grid"):
            page = visitor.get(f"/reports/{report}")
            assert re.search(r'class="empty"><p>[A-Z][^<]+\.</p>', page), report
            assert f"$SEATLINE/api/v1/reports/{report}" in page
            assert "Log a milestone" in page


def test_then_and_now_shows_a_past_quarter_twice_and_who_makes_the_difference(firm: Served, admin: Visitor) -> None:
    milestones = firm.admin.get("/clients/marlow-bank/timeline")["milestones"]
    chosen = next(m for m in milestones if m["kind"] == "structure_chosen")
    then = firm.context.now().isoformat()
    correction = {"effective_on": "2025-04-15", "reason": "they signed late"}
    path = f"/engagements/{chosen['engagement']}/milestones/{chosen['id']}"
    firm.admin.post(f"{path}/corrections", correction)
    parameters = {"from": "2025-Q1", "to": "2025-Q2", "as_of": AS_OF}
    for report in ("structure-mix", "quarter-grid", "transitions", "paths", "revenue", "capacity"):
        answer = firm.admin.get(address("/reports/then-and-now", parameters, report=report, then=then))
        page = admin.get(address(f"/reports/{report}/then-and-now", parameters, then=then))
        words = text_of(page)
        assert answer["count"] == 1
        assert "1 client Marlow Bank" in words
        assert "Because: they signed late" in words
        assert "Was: 1 Feb 2025, Two seats" in words
        assert "As known now" in words
        ids = re.findall(r'id="([^"]+)"', page)
        assert len(ids) == len(set(ids)), "two pictures on one page, and no name twice"
        assert f'href="/reports/{report}/then-and-now?' in admin.get(address(f"/reports/{report}", parameters))
    mix = text_of(admin.get(address("/reports/structure-mix/then-and-now", parameters, then=then)))
    assert "2025-Q1 Two seats, both fractional Nobody yet" in mix
    fees = text_of(admin.get(address("/reports/revenue/then-and-now", parameters, then=then)))
    assert "Fees in 2025-Q1: Two seats, both fractional, AI seat, EUR 14,001 nothing" in fees
    later = firm.context.now().isoformat()
    assert "affects this report" in text_of(admin.get(address("/reports/plan/then-and-now", parameters, then=later)))


def test_then_cannot_come_after_now(admin: Visitor) -> None:
    for query in ("then=2030-01-01", "then=2026-01-01&known_at=2025-01-01", "then=soon"):
        admin.get(f"/reports/paths/then-and-now?{query}", expect=422)
    admin.get("/reports/weather/then-and-now", expect=404)
    assert "what was known on" in text_of(admin.get("/reports/time-to/then-and-now"))


@pytest.mark.parametrize(("last", "status"), [("2024-Q4", 200), ("2029-Q4", 200), ("2030-Q1", 422)])
def test_a_page_takes_as_many_quarters_as_the_api(firm: Served, admin: Visitor, last: str, status: int) -> None:
    """100, 120 and 121 of them."""
    for report in ("structure-mix", "quarter-grid", "transitions", "revenue", "capacity"):
        span = {"from": "2000-Q1", "to": last}
        firm.admin.ask("GET", f"/reports/{report}", params=span, status=status)
        admin.get(f"/reports/{report}", expect=status, **span)


def test_the_page_of_all_reports_shows_each_at_a_glance(firm: Served, admin: Visitor) -> None:
    page = admin.get("/reports", as_of=AS_OF)
    cards = [html.unescape(href) for href in re.findall(r'hx-get="(/reports/[^"]+/card[^"]*)"', page)]
    assert [href.split("/")[2] for href in cards] == list(catalog.REPORTS)
    shown = {href.split("/")[2]: admin.get(href) for href in cards}
    assert all("as_of=2026-06-30" in href for href in cards)
    assert "2 clients in 2026-Q2" in shown["structure-mix"]
    assert "2 paths of 2 clients" in text_of(shown["paths"])
    fees = firm.admin.get("/reports/revenue", params={"as_of": AS_OF, "from": "2026-Q2", "to": "2026-Q2"})["rows"]
    for row in fees:
        assert row["currency"] in shown["revenue"]
    assert "2 moves ahead, the next on 1 Feb 2027" in shown["plan"]
    for key, card in shown.items():
        assert "<a " not in card, "the whole card is the link"
        assert ("<svg" in card) is (key not in NOTHING_TO_DRAW), key
    for key, words in NOTHING_TO_DRAW.items():
        assert words in shown[key]


def test_a_glance_at_nothing_says_so(data_dir: Path) -> None:
    with served(data_dir) as nobody:
        visitor = Visitor(nobody)
        for report in (*REPORTS, "quarter-grid"):
            assert "Nothing is on record yet." in visitor.get(f"/reports/{report}/card")


@pytest.mark.parametrize("report", ["transitions?from=2024-Q1&", "paths?", "time-to?", "plan?"])
def test_tables_are_turned_page_by_page_and_have_every_row_once(
    admin: Visitor, monkeypatch: pytest.MonkeyPatch, report: str
) -> None:
    address_of_first = f"/reports/{report}as_of={AS_OF}"
    whole = rows_of(admin.get(address_of_first))
    monkeypatch.setattr("web.pages.reports.page.ROWS", 1)
    monkeypatch.setattr("web.pages.reports.plan.ROWS", 1)
    rows: list[str] = []
    following: str | None = address_of_first
    turned = 0
    while following:
        page = admin.get(following)
        rows += rows_of(page)
        link = re.search(r'rel="next" href="([^"]+)"', page)
        following = html.unescape(link[1]) if link else None
        turned += 1
    assert turned > 1
    assert sorted(rows) == sorted(whole)


def rows_of(page: str) -> list[str]:
    """The rows of the tables that are turned: all but medians and what explains a chart, which every page has."""
    every = re.findall(r"<table.*?</table>", page, re.S)
    tables = [table for table in every if "Medians, in days" not in table and "explain the chart" not in table]
    bodies = [table.partition("<tbody>")[2] for table in tables]
    return [text_of(row) for body in bodies for row in re.findall(r"<tr>.*?</tr>", body, re.S)]
