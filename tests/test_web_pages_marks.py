"""Every mark of every chart leads to its clients: to exactly as many as it says, on the demonstration firm."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from api_client import served
from browsing import Visitor, text_of
from drills import drills_but

from domain.seats import StructureGroup
from web.pages.reports import REPORTS

TODAY = date(2026, 11, 22)
MARKS = {"shade", "hit", "curve"}
SAYS = re.compile(r"\b(\d+) (?:of \d+ )?clients?\b")
ASKED = {
    "transitions": ("", "from=2022-Q1&to=2026-Q4"),
    "time-to": ("", "event=full_time&by=sector"),
    "revenue": ("", "parts=function"),
    "plan": ("", "as_of=2025-01-01"),
}
FAST = ("drift", "governance")
OF_ONE_CLIENT = {"quarter-grid", "governance", "outcomes"}
"""Here each row is one client's, and each mark leads to that client's page."""


@pytest.fixture(scope="module")
def admin(demonstration: Path) -> Iterator[Visitor]:
    with served(demonstration) as firm:
        yield Visitor(firm)


@dataclass(frozen=True)
class Target:
    """What the page says to which a mark leads: its heading, and how many clients it lists."""

    heading: str
    listed: int | None


@pytest.fixture(scope="module")
def target_of(admin: Visitor) -> Callable[[str], Target]:
    """Follow a link; many marks share one, and each page is fetched once."""

    @cache
    def follow(href: str) -> Target:
        page = admin.get(href)
        return Target(heading(page), listed(page))

    return follow


class Marks(HTMLParser):
    """What the charts of a page are painted of: each mark with the link around it, and that link's words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.around: list[tuple[str, str]] = []
        self.found: list[tuple[str, str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.around.append((attributes.get("href", ""), attributes.get("aria-label", "")))
        elif MARKS & set(attributes.get("class", "").split()):
            self.found.append((attributes["class"], *(self.around[-1] if self.around else ("", ""))))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.around.pop()


def listed(page: str) -> int | None:
    """How many clients a list says there are; null for a page that is no list."""
    of = re.search(r"\d+ to \d+ of (\d+)", text_of(page))
    return int(of[1]) if of else None


def heading(page: str) -> str:
    """The name of what a page is about."""
    of = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.S)
    assert of is not None
    return text_of(of[1]).strip()


@pytest.mark.parametrize("key", drills_but(FAST, REPORTS, reason="follows every mark of a chart to its page"))
def test_every_mark_leads_to_exactly_the_clients_that_it_counts(
    admin: Visitor, target_of: Callable[[str], Target], key: str
) -> None:
    counted = 0
    for query in ASKED.get(key, ("",)):
        marks = Marks(admin.get(f"/reports/{key}?{query}")).found
        assert marks
        for painted, href, words in dict.fromkeys(marks):
            assert href.startswith(("/clients?", "/clients/")), (key, painted, words)
            target = target_of(href)
            if key in OF_ONE_CLIENT:
                # the marks of milestones above an axis name their clients instead of the list
                assert target.heading in unescape(words) or re.match(r"\d{4}-Q\d: ", words), (key, words, href)
                counted += 1
                continue
            says = [int(number) for number in SAYS.findall(words)]
            if href.startswith("/clients?") and len(says) == 1:
                assert target.listed == says[0], (words, href)
                counted += 1
    assert counted


def test_every_figure_of_the_overview_leads_to_exactly_the_clients_that_it_counts(admin: Visitor) -> None:
    for query in ("", "as_of=2024-06-30"):
        figures = re.findall(r'<dd><a href="(/clients[^"]*)">(\d+)</a>', admin.get(f"/?{query}"))
        assert len(figures) == len(StructureGroup)
        for href, figure in figures:
            assert listed(admin.get(unescape(href))) == int(figure), href
