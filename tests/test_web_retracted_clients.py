"""A client that was retracted: no list, search, picker, saved view or link of a page leads to it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from api_client import Served, served
from browsing import Visitor, tell_a_story, text_of

GONE = "Gone Works"
PAGES = ("/", "/clients", "/milestones", "/views", "/people", "/reports", "/board-report", "/search?q=gone")
SETTINGS = ("/settings/audit", "/settings/share-links", "/settings/keys", "/settings/users")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with saved views, a share link and a limited key of a client that was retracted since."""
    with served(tmp_path_factory.mktemp("retracted")) as running:
        tell_a_story(running)
        admin, visitor = running.admin, Visitor(running)
        client = admin.post("/clients", {"name": GONE, "profile": {"sector": "retail", "headcount": 30}})["id"]
        engagement = admin.post(f"/clients/{client}/engagements", {"name": "one", "started_on": "2024-01-01"})["id"]
        for url in ("/clients?sector=retail", "/clients?q=gone"):
            visitor.send("/views", {"name": f"View of {url}", "url": url})
        admin.post("/share-links", {"client": client, "expires_at": "2030-01-01T00:00:00Z"})
        admin.post("/keys", {"name": "limited", "role": "viewer", "clients": [client]})
        assert "Gone Works" in visitor.get("/clients?sector=retail")
        admin.post(f"/engagements/{engagement}/retraction", {"reason": "at another client"})
        admin.post(f"/clients/{client}/retraction", {"reason": "registered twice"})
        yield running


def test_no_page_links_to_a_retracted_client_or_its_milestones(firm: Served) -> None:
    visitor = Visitor(firm)
    links = {
        html.unescape(link)
        for page in (*PAGES, *SETTINGS)
        for link in re.findall(r'href="(/(?:clients|engagements|milestones)/?[^"#]*)"', visitor.get(page))
    }
    assert links
    dead = [link for link in links if visitor.client.get(link).status_code != 200]
    assert dead == []
    assert "A client that is no longer on record" in visitor.get("/settings/audit")


def test_searches_pickers_and_saved_views_no_longer_find_it(firm: Served) -> None:
    visitor = Visitor(firm)
    for found in ("/palette.json", "/clients.json"):
        items = visitor.client.get(found, params={"q": "gone works"}).json()["items"]
        assert [item for item in items if "Gone" in item["label"]] == []
    for url in ("/clients?sector=retail", "/clients?q=gone"):
        assert GONE not in text_of(visitor.get(url))
        assert "No clients match these filters" in text_of(visitor.get(url))
    for url in ("/clients/gone-works", "/milestones/new?client=gone-works", "/board-report?client=gone-works"):
        assert "Page not found" in visitor.get(url, expect=404)


def test_drill_downs_of_reports_count_and_list_the_others_alone(firm: Served) -> None:
    for report in ("structure-mix", "transitions"):
        for row in firm.admin.get(f"/reports/{report}?from=2024-Q1&to=2025-Q4")["rows"]:
            link = row["links"]["clients"].removeprefix("/api/v1")
            items = firm.admin.get(link)["items"]
            assert len(items) == row["clients"]
            assert GONE not in [client["name"] for client in items]
