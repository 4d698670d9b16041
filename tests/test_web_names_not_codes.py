"""What people read has names: no enum value, id of a sign or rule, slug or UUID where a name exists."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from api_client import Served, served
from browsing import Visitor, sent_unchanged
from pdf_text import printed_pages

from api.auth.access import THE_OWNER
from api.board import board_query
from api.queries import QueryContext
from web.board.render import board_html
from web.kinds import OFFERED

CODES = re.compile(
    r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b"  # values of enumerations, slugs of areas and deliverables, field names
    r"|\b[A-Z]\d\d(?:\.[a-z_]+)?\b"  # signs and rules
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-"
    r"|(?<![\w.@-])(?:ai|cto|caio|ceo|coo|mlops)(?![\w.@-])"
)
FILES = re.compile(r"\.(?!svg)\w+$")
UNREAD = ("/assess", "/frameworks", "/api", "/static", "/sign-out")
"""Assess and the frameworks cite rules by their ids, beside the sentences; the others are no pages."""
CHIPS = (
    "/clients?structure=unified_fractional&status=active&funding_stage=series_b&regulated=true",
    "/clients?quarter=2026-Q1&quarter_structure=full_time_cto_fractional_caio",
    "/clients?transition_quarter=2026-Q1&from_structure=unified_fractional&to_structure=fractional_pair",
    "/milestones?kind=split_to_two_roles",
    "/reports/structure-mix?structure=one_seat",
    "/search?q=split",
)


class _Visible(HTMLParser):
    """The texts of a page or a drawing that are read, shown or aloud, and its links. Examples of code are left out."""

    _UNSEEN = frozenset(("script", "style", "template", "code", "pre", "head"))
    _EMPTY = frozenset(("input", "img", "br", "hr", "link", "meta", "source", "wbr"))
    _READ = ("title", "aria-label", "placeholder", "alt")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.texts += [text for name in self._READ if (text := attributes.get(name))]
        if tag == "a" and (href := attributes.get("href")):
            self.links.append(href)
        is_text = tag == "input" and attributes.get("type", "text") == "text"
        if is_text and (typed := attributes.get("value")):
            self.texts.append(typed)
        if tag not in self._EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [text for name in self._READ if (text := dict(attrs).get(name))]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._UNSEEN.intersection(self._open):
            self.texts.append(data.strip())


def codes_in(page: str, slugs: Mapping[str, str]) -> list[str]:
    """The texts of a page that show a code, or the slug of a client instead of its name."""
    return [
        text
        for text in _Visible(page).texts
        if CODES.search(text) or any(slug in text and slug not in name for slug, name in slugs.items())
    ]


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Served]:
    with served(demonstration) as running:
        yield running


@pytest.fixture(scope="module")
def slugs(firm: Served) -> Mapping[str, str]:
    """The names of clients by slugs that cannot be words of a sentence."""
    clients = firm.admin.get("/clients?limit=500")["items"]
    return {client["slug"]: client["name"] for client in clients if "-" in client["slug"]}


def test_a_code_among_words_is_noticed() -> None:
    page = "<head><title>a_b</title></head><p>Sign: A09</p><code>a_b</code><svg><text>fractional_pair</text></svg>"
    page += '<input value="ai"><a href="/x" title="halcyon-health">AI</a><p>2026-Q1 at 18:30, WCAG 2</p>'
    assert codes_in(page, {"halcyon-health": "Halcyon Health"}) == [
        "Sign: A09",
        "fractional_pair",
        "ai",
        "halcyon-health",
    ]


@pytest.mark.slow(reason="follows links to a page of every kind")
def test_every_kind_of_page_shows_names_instead_of_codes(firm: Served, slugs: Mapping[str, str]) -> None:
    visitor = Visitor(firm)
    queue, walked = deque(["/", *CHIPS]), set()
    shown: dict[str, list[str]] = {}
    while queue:
        url = queue.popleft()
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", url.partition("?")[0])
        kind = "/".join("{client}" if part in slugs else part for part in path.split("/"))
        if (
            (kind in walked and url not in CHIPS)
            or url in shown
            or FILES.search(kind)
            or any(part in kind for part in UNREAD)
        ):
            continue
        walked.add(kind)
        answer = visitor.client.get(url)
        if not {"html", "svg"} & set(re.findall(r"\w+", answer.headers.get("content-type", ""))):
            continue
        shown[url] = codes_in(answer.text, slugs)
        links = (urljoin(url, link).partition("#")[0] for link in _Visible(answer.text).links)
        queue.extend(link for link in links if link.startswith("/"))
    assert len(shown) > 40
    assert {url: texts for url, texts in shown.items() if texts} == {}


@pytest.mark.slow(reason="opens the forms of every kind")
def test_forms_and_refusals_of_every_kind_show_names_instead_of_codes(firm: Served, slugs: Mapping[str, str]) -> None:
    visitor = Visitor(firm)
    timelines = [firm.admin.get(f"/clients/{slug}/timeline") for slug in slugs]
    milestones = {m["kind"]: (slug, m) for slug, told in zip(slugs, timelines, strict=True) for m in told["milestones"]}
    shown: dict[tuple[str, str], list[str]] = {}
    for kind in OFFERED & milestones.keys():
        client, milestone = milestones[kind]
        path = f"/engagements/{milestone['engagement']}/milestones/{milestone['id']}"
        correction = visitor.get(f"{path}/correct")
        again = {**sent_unchanged(correction), "client": client, "engagement": milestone["engagement"], "kind": kind}
        pages = {
            "page": visitor.get(path),
            "correction": correction,
            "refused": visitor.client.post("/milestones/check", data={**again, "do": "check"}).text,
            "empty": visitor.client.post("/milestones/new", data={"client": client, "kind": kind, "do": "record"}).text,
        }
        shown |= {(kind, name): codes_in(page, slugs) for name, page in pages.items()}
    assert len(shown) > 80
    assert {page: texts for page, texts in shown.items() if texts} == {}


@pytest.mark.parametrize("path", ["/", "/clients/halcyon-health", "/milestones", "/reports", *CHIPS])
def test_a_page_shows_names_instead_of_codes(firm: Served, slugs: Mapping[str, str], path: str) -> None:
    assert codes_in(Visitor(firm).get(path), slugs) == []


def test_the_board_report_shows_names_instead_of_codes(firm: Served, slugs: Mapping[str, str]) -> None:
    read = QueryContext(firm.context, THE_OWNER, None)
    for client in (None, *list(slugs)[:3]):
        printed = board_html(read, board_query(read, quarter="2026-Q3", client=client))
        assert codes_in(printed, slugs) == [], client


@pytest.mark.slow(reason="prints three PDFs")
def test_no_pdf_prints_a_code(firm: Served, slugs: Mapping[str, str]) -> None:
    client, taken = next(
        (slug, milestone)
        for slug in slugs
        for milestone in firm.admin.get(f"/clients/{slug}/timeline")["milestones"]
        if milestone["kind"] == "assessment_taken"
    )
    place = f"/engagements/{taken['engagement']}/milestones/{taken['id']}"
    for path in (
        "/reports/board?quarter=2026-Q3",
        f"/reports/board?quarter=2026-Q3&client={client}",
        f"{place}/assessment.pdf",
    ):
        pages = printed_pages(firm.admin.ask("GET", path).content)
        assert pages
        words = [word for page in pages for word in page.split()]
        assert [word for word in words if CODES.search(word)] == [], path
