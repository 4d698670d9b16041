"""Every page of the application, found by its routes: small when sent, whole and legible on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import HTML, Visitor
from route_matrix import filled, routes
from test_web_pages_browser import PHONE, Running
from test_web_pages_paper_and_phone import SMALL_TEXTS, SMALLEST

from api.state.sessions import create_sign_in_link
from projections.reports.catalog import REPORTS

if TYPE_CHECKING:
    from playwright.sync_api import Page

LARGEST = 60_000
"""Bytes of a page of the demonstration firm as it is sent, compressed."""

OTHER_ANSWERS = {
    *("/board-report.pdf", "/clients.json", "/palette.json", "/people.json", "/fresh", "/logo/{name}"),
    *(
        "/clients/{client}/timeline.{suffix}",
        "/reports/{key}.{suffix}",
        "/reports/{key}/card",
        "/s/{token}/timeline.{suffix}",
    ),
    *("/engagements/{engagement}/milestones/{milestone}/assessment.pdf", "/s/{token}/assessments/{assessment}.pdf"),
    *("/single-sign-on", "/single-sign-on/callback"),
}
"""Routes whose answers are files, parts of pages, or lead elsewhere."""


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Running]:
    """The demonstration firm, served to browsers."""
    running = Running(demonstration)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def pages(firm: Running) -> dict[str, str]:
    """The address of a page of each route, and of each report."""
    admin = firm.admin
    halcyon = admin.get("/clients/halcyon-health")
    engagement = halcyon["engagement"]
    milestones = admin.get(f"/engagements/{engagement}/milestones?limit=500")["items"]
    assessment = next(one for one in milestones if one["kind"] == "assessment_taken")["id"]
    person = admin.get("/people")["items"][0]["id"]
    user = admin.post("/users", {"name": "Robin", "email": "robin@example.org", "role": "viewer"})["id"]
    link = admin.post("/share-links", {"client": "halcyon-health", "expires_at": "2199-01-01T00:00:00Z"})["url"]
    ids = {
        **{"client": "halcyon-health", "engagement": engagement, "milestone": assessment, "person": person},
        **{"user": user, "framework": "seam", "sign": "A07", "token": link.rpartition("/")[2]},
    }
    token = firm.context.log.write(lambda connection: create_sign_in_link(connection, at=firm.context.now()))
    found = {}
    for method, pattern in routes(firm, pages=True):
        if method != "GET" or pattern in OTHER_ANSWERS:
            continue
        if "{key}" in pattern:
            found |= {f"{pattern} {key}": filled(pattern, {**ids, "key": key}) for key in REPORTS}
        else:
            found[pattern] = filled(pattern, {**ids, "token": token} if pattern.startswith("/sign-in") else ids)
    return found


def test_every_page_of_the_demonstration_is_sent_in_less_than_60_kilobytes(
    firm: Running, pages: dict[str, str]
) -> None:
    visitor = Visitor(firm).client
    large = {}
    for path in pages.values():
        with visitor.stream("GET", path, headers={**HTML, "Accept-Encoding": "br"}) as answer:
            sent = len(b"".join(answer.iter_raw()))
        assert answer.headers["content-type"].startswith("text/html"), path
        assert answer.status_code == (409 if path.endswith("/retract") and "/clients/" in path else 200), path
        if sent >= LARGEST:
            large[path] = sent
    assert large == {}


def test_every_page_is_whole_and_legible_on_a_phone(firm: Running, page: Page, pages: dict[str, str]) -> None:
    firm.let_in(page)
    page.set_viewport_size(PHONE)
    faults = []
    for path in pages.values():
        page.goto(firm.url + path, wait_until="load")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{path}: wider than a phone")
        faults += [f"{path}: {text}" for text in page.evaluate(SMALL_TEXTS, SMALLEST)[:5]]
    assert faults == []
