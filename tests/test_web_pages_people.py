"""The pages of people over HTTP: what they hold, at how many clients, their hours, and what became of their seats."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from api_client import Served, served
from browsing import Visitor, tell_a_story, text_of


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Dana leads technology and AI of Halcyon Health, later technology alone; Ravi leads AI."""
    with served(tmp_path_factory.mktemp("people")) as running:
        tell_a_story(running)
        yield running


def words_of(page: str) -> str:
    """What a page says, without the marks that set names apart from the text around them."""
    return re.sub(r"[\u2066-\u2069]", "", text_of(page))


def rows_of(page: str) -> dict[str, list[str]]:
    """The rows of the first table of a page, by the text of their first cell."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    rows = [re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.S) for row in body.split("<tr>")[1:]]
    cells = [[html.unescape(re.sub(r"<[^>]+>|[\u2066-\u2069]", "", cell)) for cell in row] for row in rows]
    return {row[0]: row[1:] for row in cells}


def test_the_list_of_people_says_what_they_hold_at_how_many_clients_and_how_many_hours(firm: Served) -> None:
    visitor = Visitor(firm)
    page = visitor.get("/people", as_of="2025-03-31")
    assert "on 31 Mar 2025" in text_of(page)
    assert "Agreed in 2025-Q1" in page
    rows = rows_of(page)
    # 32 hours a month in a quarter of 90 days
    assert rows["Dana"] == ["Our firm", "CTO and CAIO at Halcyon Health", "1", "96 h", "7.5 h a week"]
    assert rows["Ravi"] == ["Our firm", "", "", "", ""]
    assert re.search(r'href="/people\?as_of=2024-12-31"[^>]*>', page)
    after = rows_of(visitor.get("/people", as_of="2025-09-30"))
    assert after["Dana"][1:3] == ["CTO at Halcyon Health", "1"]
    assert after["Ravi"][1:3] == ["CAIO at Halcyon Health", "1"]
    assert after["Ravi"][3:] == ["", ""]


def test_a_persons_page_says_when_each_seat_was_held_and_what_became_of_it(firm: Served) -> None:
    visitor = Visitor(firm)
    people = {person["name"]: person["id"] for person in firm.admin.get("/people")["items"]}
    dana, ravi = (f"/people/{people[name]}" for name in ("Dana", "Ravi"))
    engagement = firm.admin.get("/clients/halcyon-health/engagements")["items"][0]["id"]
    page = visitor.get(dana)
    words = words_of(page)
    assert "CAIO fractional 17 Apr 2024 10 Jun 2025 Handed over to Ravi" in words, words[:1500]
    assert "CTO fractional 17 Apr 2024 ongoing" in words
    assert "from Dana ongoing" in words_of(visitor.get(ravi))
    for kind, day, more in (
        ("seat_vacated", "2025-09-01", {}),
        (
            "seat_filled",
            "2025-10-01",
            {"seat": {"holder": people["Elena"], "commitment": "fractional", "provider": "firm", "functions": ["ai"]}},
        ),
        ("transitioned_to_full_time", "2026-01-01", {"functions": ["ai"], "holder": people["Elena"]}),
        ("closed", "2026-03-01", {"outcome": "Done"}),
    ):
        functions = {"functions": ["ai"]} if kind == "seat_vacated" else {}
        milestone = {"kind": kind, "effective_on": day, **functions, **more}
        firm.admin.post(f"/engagements/{engagement}/milestones", milestone)
    assert "10 Jun 2025 from Dana 1 Sep 2025 Left vacant for 30 days, then Elena" in words_of(visitor.get(ravi))
    elena = f"/people/{people['Elena']}"
    words = words_of(visitor.get(elena))
    assert "CAIO fractional, then full-time 1 Oct 2025 1 Mar 2026 Engagement ended" in words
    words = words_of(visitor.get(elena, as_of="2025-09-15"))
    assert "Seats held on 15 Sep 2025 0 None on this day." in words
    assert "1 Oct 2025 planned" in words
    assert "1 Mar 2026 planned" in words_of(visitor.get(elena, as_of="2025-10-15"))
    files = {kind: visitor.client.get(f"{elena}/timeline.{kind}") for kind in ("svg", "png", "csv", "pdf")}
    assert [answer.status_code for answer in files.values()] == [200, 200, 200, 404]
    assert files["svg"].text.count("<title>") == 2
    assert "halcyon-health,Halcyon Health,ai,full_time,2025-10-01,2026-03-01,Engagement ended,no" in files["csv"].text
    assert visitor.client.get("/people/00000000-0000-4000-8000-000000000000/timeline.csv").status_code == 404
