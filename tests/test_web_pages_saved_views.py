"""Saved views: kept by a page or the API, for oneself or the firm, listed where they belong, forgotten."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import Visitor, tell_a_story, text_of

from api.state.roles import Role


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def names(items: dict[str, Any]) -> list[str]:
    return [view["name"] for view in items["items"]]


def test_a_page_is_saved_as_it_stands_and_found_again(firm: Served) -> None:
    tell_a_story(firm)
    admin = Visitor(firm)
    page = admin.get("/reports/revenue?sector=health&from=2025-Q1&to=2025-Q4&parts=function&as_of=2026-01-01")
    form = re.search(r'<form method="post" action="/views">.*?</form>', page, re.S)
    assert form is not None
    url = html.unescape(re.findall(r'name="url" value="([^"]+)"', form[0])[0])
    back = admin.send("/views", {"url": url, "name": "Health fees", "shared": "true"})
    assert "The view is saved." in text_of(back)
    assert "Health" in text_of(back)
    shown = f'href="{html.escape(url)}" aria-current="true">Health fees</a>'
    assert shown in back
    assert "aria-current" not in admin.get("/reports/revenue").split('aria-label="Saved views"')[1].split("</ul>")[0]
    assert f'href="{html.escape(url)}"' in admin.get("/")
    assert "Health fees" not in text_of(admin.get("/clients")).split("Saved views")[-1][:40]
    listed = admin.get("/views")
    assert "Health fees The firm A admin" in text_of(listed)
    forget = re.search(r'action="(/views/[^"]+/delete)"', listed)
    assert forget is not None
    assert "The view is deleted." in text_of(admin.send(forget[1], {}))
    assert "No saved views yet." in admin.get("/views")


def test_views_of_the_client_list_say_how_many_clients_they_have(firm: Served) -> None:
    tell_a_story(firm)
    admin = Visitor(firm)
    own = firm.admin.get("/clients")["items"][0]["id"]
    charged = firm.admin.get("/reports/revenue")["rows"][0]["links"]["clients"].partition("?")[2]
    for name, url in (("All", "/clients"), ("Nobody", "/clients?q=zzz"), ("Paying", f"/clients?{charged}")):
        firm.admin.post("/views", {"name": name, "url": url, "shared": True})
    assert 'hx-get="/views/counts?here=%2Fclients"' in admin.get("/clients")
    counted = text_of(admin.get("/views/counts?here=/clients"))
    total = len(firm.admin.get("/clients")["items"])
    paying = len(firm.admin.get(f"/clients?{charged}")["items"])
    assert counted == f"All ({total}) Nobody (0) Paying ({paying})"
    assert total > 0
    assert paying > 0
    assert Visitor(firm, Role.VIEWER, {UUID(own)}).get("/views/counts").strip() == ""


def test_what_is_no_list_or_report_is_not_saved(firm: Served) -> None:
    admin = Visitor(firm)
    for url in ("https://evil.example/", "//evil.example", "/settings", "/clients?x=\n", "/clients/../settings", ""):
        admin.send("/views", {"url": url, "name": "x"}, status=422)
        firm.admin.ask("POST", "/views", {"url": url, "name": "x"}, status=422)
    admin.send("/views", {"url": "/clients", "name": " "}, status=422)
    assert firm.admin.get("/views") == {"items": [], "next": None}


def test_ones_own_views_are_nobody_elses_and_the_firms_are_everybodys(firm: Served) -> None:
    tell_a_story(firm)
    quiet = UUID(firm.admin.get("/clients/quiet-mills")["id"])
    viewer, recorder = firm.caller(Role.VIEWER), firm.caller(Role.RECORDER)
    limited = firm.caller(Role.RECORDER, {quiet})
    own = viewer.post("/views", {"name": "mine", "url": "/clients?status=active"})
    shared = recorder.post("/views", {"name": "ours", "url": "/reports/paths", "shared": True})
    assert shared["shared"] is True
    assert names(viewer.get("/views")) == ["mine", "ours"]
    assert names(recorder.get("/views")) == ["ours"]
    assert names(limited.get("/views")) == []
    assert viewer.get(f"/views/{shared['id']}") == shared
    for caller, body in ((viewer, "own"), (limited, "own")):
        caller.ask("POST", "/views", {"name": body, "url": "/clients", "shared": True}, status=403)
    recorder.ask("GET", f"/views/{own['id']}", status=404)
    firm.admin.ask("DELETE", f"/views/{own['id']}", status=404)
    limited.ask("DELETE", f"/views/{shared['id']}", status=404)
    viewer.ask("DELETE", f"/views/{shared['id']}", status=403)
    firm.admin.ask("DELETE", f"/views/{shared['id']}", status=204)
    viewer.ask("DELETE", f"/views/{own['id']}", status=204)
    assert names(viewer.get("/views")) == []


def test_saved_views_are_paged_and_saved_once_a_key(either: Served) -> None:
    for number in range(5):
        either.admin.post("/views", {"name": f"view {number}", "url": "/clients"})
    first = either.admin.get("/views?limit=3")
    assert names(first) == ["view 0", "view 1", "view 2"]
    assert names(either.admin.get(f"/views?limit=3&cursor={first['next']}")) == ["view 3", "view 4"]
    body = {"name": "once", "url": "/clients"}
    again = [either.admin.post("/views", body, headers={"Idempotency-Key": "k"})["id"] for _ in range(2)]
    assert again[0] == again[1]


def test_erasing_somebody_forgets_what_they_kept_for_themselves(firm: Served) -> None:
    visitor = Visitor(firm, Role.RECORDER)
    visitor.send("/views", {"url": "/clients", "name": "my own"})
    visitor.send("/views", {"url": "/clients", "name": "everybody's", "shared": "true"})
    person = next(p["id"] for p in firm.admin.get("/people")["items"] if p["name"] == "A recorder")
    firm.admin.ask("DELETE", f"/people/{person}", status=204)
    admin = Visitor(firm)
    assert "everybody's" in text_of(admin.get("/views"))
    with firm.context.log.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT name FROM saved_views").scalars().all()
    assert stored == ["everybody's"]
