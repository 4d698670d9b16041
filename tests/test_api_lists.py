"""Lists: their pages hold while others write, their cursors are their own, and their files are whole."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api_client import Caller, served
from examples import examples
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from listings import DAY, LISTS, Firm, Listing, add_client, add_person, log_meeting
from stores import postgres_database

from api.schemas.scalars import instant_text
from api.state.roles import Role

MOST_ROWS = 500
"""The most rows that a page may be asked to have."""

DRILL = pytest.mark.slow(reason="walks every list on the other database too")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=DRILL)])
def firm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm with one engagement, in each of the databases, for all tests of this file."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            running = stack.enter_context(served(tmp_path_factory.mktemp("lists")))
        else:
            server, template = (request.getfixturevalue(f"postgres_{name}") for name in ("server", "template"))
            running = stack.enter_context(served(stack.enter_context(postgres_database(server, template))))
        since = instant_text(running.context.now())
        for name in ("Acme", "Many"):
            running.admin.post("/clients", {"name": name})
        opening = {"name": "x", "started_on": str(DAY)}
        engagement = running.admin.post("/clients/acme/engagements", opening)["id"]
        cookie = running.session(Role.VIEWER)
        (user,) = (user["id"] for user in running.admin.get("/users")["items"] if user["name"] == "A viewer")
        webhook = running.admin.post("/webhooks", {"url": "https://8.8.8.8/"})["id"]
        yield Firm(running, engagement, user, webhook, cookie, since, count())


def with_query(path: str, **query: object) -> str:
    return path + ("&" if "?" in path else "?") + "&".join(f"{name}={value}" for name, value in query.items())


def pages_of(firm: Firm, listing: Listing, limit: int, between: Callable[[], None] = lambda: None) -> list[str]:
    """The ids on all pages of a list, something happening between each two of them."""
    ids: list[str] = []
    path = with_query(listing.address(firm), limit=min(limit, MOST_ROWS))
    cursor = None
    while True:
        answer = listing.ask(firm, path if cursor is None else with_query(path, cursor=cursor))
        body = answer.json()
        ids += [listing.id_of(row) for row in body[listing.rows]]
        assert len(body[listing.rows]) <= limit
        assert ("Link" in answer.headers) is (body["next"] is not None)
        if (cursor := body["next"]) is None:
            return ids
        between()


def test_every_list_with_a_cursor_is_walked_here(firm: Firm) -> None:
    paged = {
        path.removeprefix("/api/v1")
        for path, operations in firm.admin.get("/openapi.json")["paths"].items()
        if any(parameter["name"] == "cursor" for parameter in operations.get("get", {}).get("parameters", ()))
    }
    assert paged == {listing.route for listing in LISTS}


def whole(firm: Firm, listing: Listing) -> list[str]:
    """The ids on a first page that is as long as a page can be."""
    return pages_of(firm, listing, 500)


@settings(examples(1), phases=(Phase.generate,))
@given(seed=st.integers(0, 2**32))
def test_rows_that_do_not_move_are_listed_once_while_others_come_go_and_move(firm: Firm, seed: int) -> None:
    """By a seed, since a walk makes as many choices as it has pages, and the firm of all walks keeps growing."""
    choices = Random(seed)
    for listing in LISTS:
        rows = [listing.add(firm) for _ in range(choices.randint(3, 6))]
        still, moving = rows[::2], rows[1::2]

        def happen(listing: Listing = listing, moving: list[str] = moving) -> None:
            move = choices.choice((None, *listing.moves))
            if move is None or not moving:
                listing.add(firm)
            else:
                move(firm, moving.pop())

        limit = 2 + len(whole(firm, listing)) // choices.randint(3, 8)  # more than come between two pages
        ids = pages_of(firm, listing, limit, happen)
        assert [ids.count(row) for row in still] == [1] * len(still), listing.route


def test_pages_put_together_are_the_list_in_its_order(firm: Firm) -> None:
    for listing in LISTS:
        for _ in range(5):
            listing.add(firm)
        rows = whole(firm, listing)
        assert pages_of(firm, listing, 1 + len(rows) // 4) == rows, listing.route


def test_a_page_goes_on_from_where_its_last_row_was(firm: Firm) -> None:
    rows = [log_meeting(firm) for _ in range(20)]
    path = f"/engagements/{firm.engagement}/milestones?limit=5"
    first = firm.admin.get(path)
    last = first["items"][-1]["id"]
    body = {"reason": "much later", "effective_on": "2025-12-31"}
    firm.admin.post(f"/engagements/{firm.engagement}/milestones/{last}/corrections", body)
    ids = [item["id"] for item in first["items"]]
    cursor = first["next"]
    while cursor is not None:
        page = firm.admin.get(f"{path}&cursor={cursor}")
        ids += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert {row for row in rows if ids.count(row) != 1} <= {last}


FOREIGN = (
    "",
    "x",
    "é",
    "W10",
    "null",
    "WzEsMl0",
    base64.urlsafe_b64encode(json.dumps(["\0", "00000000-0000-4000-8000-000000000001"]).encode()).decode(),
    base64.urlsafe_b64encode(json.dumps(["\ud800", 10**400, None]).encode()).decode(),
    base64.urlsafe_b64encode(b"\0" * 12 + b'["a",1]').decode(),
    base64.urlsafe_b64encode(b"[" * 9000).decode(),
)


def test_a_cursor_that_a_list_has_not_given_out_is_refused(firm: Firm) -> None:
    cursors = {}
    for listing in LISTS:
        for _ in range(3):
            listing.add(firm)
        cursors[listing.address(firm)] = listing.ask(firm, with_query(listing.address(firm), limit=1)).json()["next"]
    for listing in LISTS:
        address = listing.address(firm)
        for cursor in FOREIGN:
            listing.ask(firm, with_query(address, cursor=cursor), status=422)
        for path, cursor in cursors.items():
            listing.ask(firm, with_query(address, cursor=cursor), status=200 if path == address else 422)
        own = cursors[address]
        tampered = own[:4] + ("A" if own[4] != "A" else "B") + own[5:]  # within the seal
        listing.ask(firm, with_query(address, cursor=tampered), status=422)
    firm.admin.ask("GET", f"/people?employer=firm&cursor={cursors['/people']}", status=422)
    firm.admin.ask("GET", f"/clients?sector=health&cursor={cursors['/clients']}", status=422)


def test_every_list_takes_a_limit_and_a_cursor_and_comes_as_a_file(firm: Firm) -> None:
    document = firm.admin.get("/openapi.json")
    schemas = document["components"]["schemas"]
    unpaged, without_files = [], []
    for path, operations in document["paths"].items():
        if "get" not in operations:
            continue
        content = operations["get"]["responses"]["200"].get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if "items" in schemas.get(name, {}).get("properties", {}):
            parameters = {parameter["name"] for parameter in operations["get"]["parameters"]}
            if not ({"limit", "cursor"} <= parameters or {"limit", "after"} <= parameters):
                unpaged.append(path)
            if "format" not in parameters:
                without_files.append(path)
    assert unpaged == []
    # the event feed has a format of its own, and frameworks and signs are nested documents
    assert sorted(without_files) == ["/api/v1/events", "/api/v1/frameworks", "/api/v1/signs"]


def test_a_file_is_the_whole_list_unless_a_limit_is_given(firm: Firm) -> None:
    for _ in range(55):
        add_person(firm)
    for _ in range(52):
        log_meeting(firm)
    for path in (
        "/audit",
        "/people",
        f"/engagements/{firm.engagement}/milestones",
        "/clients",
        "/clients/acme/engagements",
        "/users",
        "/keys",
        "/share-links",
        "/calendar-links",
        "/views",
    ):
        rows = csv_rows(firm.admin, with_query(path, format="csv"))
        assert rows == sum(1 for _ in items_of(firm.admin, path)), path
        assert csv_rows(firm.admin, with_query(path, format="csv", limit=1)) == min(rows, 1), path


def csv_rows(admin: Caller, path: str) -> int:
    return len(list(csv.DictReader(io.StringIO(admin.ask("GET", path).text))))


def items_of(admin: Caller, path: str) -> Iterator[Any]:
    """Every item of a list, along its `Link` headers."""
    while True:
        answer = admin.ask("GET", path)
        yield from answer.json()["items"]
        link = answer.links.get("next")
        if link is None:
            return
        url = urlsplit(link["url"])
        path = f"{url.path.removeprefix('/api/v1')}?{url.query}"
        assert parse_qs(url.query)["cursor"]


def test_events_follow_each_other_in_pages_while_more_are_recorded(firm: Firm) -> None:
    """Their feed is a log, to whose end all is added: it goes on after a position instead of a cursor."""
    clients = [add_client(firm) for _ in range(3)]
    events: list[Any] = []
    after = 0
    while page := (body := firm.admin.get(f"/events?after={after}&limit=100"))["items"]:
        events += page
        after = body["next"]
        if len(clients) < 6:
            clients.append(add_client(firm))
    positions = [event["position"] for event in events]
    assert positions == sorted(set(positions))
    registered = [event["subject"] for event in events if event["type"] == "seatline.client.registered"]
    assert [registered.count(client) for client in clients] == [1] * len(clients)
