"""Lists of the settings over HTTP: in pages; parameters and forms that hold what they cannot hold."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from api_client import Served, served
from browsing import Visitor, text_of
from route_matrix import filled, routes

from api.schemas.scalars import instant_text
from web.pages.paging import A_PAGE

MADE = A_PAGE + 3


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with one client, served."""
    with served(tmp_path_factory.mktemp("lists-of-pages")) as running:
        running.admin.post("/clients", {"name": "Acme"})
        yield running


@pytest.fixture(scope="module")
def admin(firm: Served) -> Visitor:
    """An admin at a browser."""
    return Visitor(firm)


def make_user(firm: Served, number: int) -> str:
    body = {"name": f"User {number:03}", "email": f"user{number}@example.org", "role": "viewer"}
    return str(firm.admin.post("/users", body)["name"])


def make_key(firm: Served, number: int) -> str:
    return str(firm.admin.post("/keys", {"name": f"Key {number:03}", "role": "viewer"})["name"])


def make_link(firm: Served, number: int) -> str:
    expires = instant_text(firm.context.now() + timedelta(days=10 + number))
    return str(firm.admin.post("/share-links", {"client": "acme", "expires_at": expires})["id"])


def make_calendar(firm: Served, number: int) -> str:
    return str(firm.admin.post("/calendar-links", {"name": f"Calendar {number:03}"})["name"])


def make_webhook(firm: Served, number: int) -> str:
    return str(firm.admin.post("/webhooks", {"url": f"https://8.8.8.8/hook/{number:03}"})["url"])


def make_view(firm: Served, number: int) -> str:
    body = {"name": f"View {number:03}", "url": "/clients", "shared": True}
    return str(firm.admin.post("/views", body)["name"])


LISTS: dict[str, Callable[[Served, int], str]] = {
    "/settings/users": make_user,
    "/settings/keys": make_key,
    "/settings/share-links": make_link,
    "/settings/calendar-links": make_calendar,
    "/settings/webhooks": make_webhook,
    "/views": make_view,
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_of_the_settings_shows_every_row_once_over_its_pages(firm: Served, admin: Visitor, path: str) -> None:
    made = [LISTS[path](firm, number) for number in range(MADE)]
    pages = [admin.get(path)]
    while following := re.search(r'rel="next" href="([^"]+)"', pages[-1]):
        pages.append(admin.get(html.unescape(following[1])))
    tables = ["".join(re.findall(r"<tbody>.*?</tbody>", page, re.S)) for page in pages]
    assert {name: [name in table for table in tables].count(True) for name in made} == dict.fromkeys(made, 1)
    assert max(table.count("<tr") for table in tables) == A_PAGE
    assert 'rel="prev"' not in pages[0]
    assert f'rel="prev" href="{path}"' in pages[1]


def test_a_cursor_of_another_list_is_refused_on_pages(firm: Served, admin: Visitor) -> None:
    for number in range(MADE, 2 * MADE):
        make_key(firm, number)
    following = re.search(r'rel="next" href="[^"?]+\?cursor=([^"]+)"', admin.get("/settings/keys"))
    assert following
    assert "begin with its first page" in text_of(admin.get(f"/settings/users?cursor={following[1]}", expect=422))


def test_a_repeated_parameter_is_refused_on_every_page(firm: Served, admin: Visitor) -> None:
    walked = [path for method, path in sorted(set(routes(firm, pages=True))) if method == "GET"]
    assert len(walked) > 40
    for path in walked:
        answer = admin.client.get(f"{filled(path)}?sector=health&sector=energy", follow_redirects=False)
        assert answer.status_code == 400, path
        assert "Given more than once: sector." in answer.text, path
    assert admin.get("/clients?sector=health&unknown=1")


@pytest.mark.parametrize(
    ("path", "field", "words"),
    [
        ("/people/new", "name", "Name"),
        ("/clients/new", "profile.sector", "Sector"),
        ("/sign-in", "email", "Email"),
    ],
)
def test_a_form_field_that_no_database_can_hold_is_named(either: Served, path: str, field: str, words: str) -> None:
    page = text_of(Visitor(either).send(path, {field: "a\0b"}, 422)).lower()
    assert words.lower() in page
    assert "has a character that cannot be stored" in page


@pytest.mark.slow(reason="sends odd bytes to every form")
def test_no_form_fails_on_odd_bytes(either: Served) -> None:
    admin = Visitor(either)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for method, path in sorted(set(routes(either, pages=True))):
        if method != "POST" or path == "/sign-out":
            continue
        for body in (b"name=%00", b"%00=name", b"name=%ED%A0%80&reason=%FF", b"\xff=\xfe", b"%zz=%"):
            answer = admin.client.post(filled(path), content=body, headers=headers, follow_redirects=False)
            assert answer.status_code < 500, (path, body)
        files = {"name": (None, b"\xed\xa0\x80"), "reason": (None, b"\0")}
        assert admin.client.post(filled(path), files=files, follow_redirects=False).status_code < 500, path
