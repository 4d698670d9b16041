"""Lists: their pages hold while others write, their cursors are their own, and their files are whole."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api_client import Caller, Served, served
from examples import examples
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from stores import postgres_database

from api.state.roles import Role

NAMES = ("Aa", "Éa", "Öb", "Zz", "Łódź", "ßen", "Ada", "Юлия", "İpek", "aa", "ﷺ", "Zoë")
DAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Firm:
    """A served firm with one client whose engagement has milestones, and what makes more of everything."""

    served: Served
    engagement: str
    numbers: Iterator[int]

    @property
    def admin(self) -> Caller:
        """Who asks and writes."""
        return self.served.admin

    def name(self) -> str:
        """A name that nobody has yet, somewhere in the alphabet."""
        number = next(self.numbers)
        return f"{NAMES[number % len(NAMES)]} {number * 7919 % 1000}"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm with one engagement, in each of the databases, for all tests of this file."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            running = stack.enter_context(served(tmp_path_factory.mktemp("lists")))
        else:
            server, template = (request.getfixturevalue(f"postgres_{name}") for name in ("server", "template"))
            running = stack.enter_context(served(stack.enter_context(postgres_database(server, template))))
        running.admin.post("/clients", {"name": "Acme"})
        opening = {"name": "x", "started_on": str(DAY)}
        engagement = running.admin.post("/clients/acme/engagements", opening)["id"]
        yield Firm(running, engagement, count())


def add_person(firm: Firm) -> str:
    return str(firm.admin.post("/people", {"name": firm.name(), "employer": "firm"})["id"])


def rename_person(firm: Firm, person: str) -> None:
    firm.admin.ask("PATCH", f"/people/{person}", {"name": firm.name()})


def erase_person(firm: Firm, person: str) -> None:
    firm.admin.ask("DELETE", f"/people/{person}")


def add_client(firm: Firm) -> str:
    """A client that shows in the grid, and in drift as well."""
    name = firm.name()
    client = str(firm.admin.post("/clients", {"name": name, "profile": {"sector": "health"}})["id"])
    firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": str(DAY)})
    return client


def rename_client(firm: Firm, client: str) -> None:
    firm.admin.post(f"/clients/{client}/profile-changes", {"effective_on": str(DAY), "name": firm.name()})


def log_meeting(firm: Firm) -> str:
    day = DAY + timedelta(days=next(firm.numbers) * 37 % 300)
    body = {"kind": "alignment_held", "effective_on": str(day), "participants": [add_person(firm)]}
    return str(firm.admin.post(f"/engagements/{firm.engagement}/milestones", body)["id"])


def move_meeting(firm: Firm, milestone: str) -> None:
    day = DAY + timedelta(days=300 + next(firm.numbers) % 60)
    body = {"reason": "another day", "effective_on": str(day)}
    firm.admin.post(f"/engagements/{firm.engagement}/milestones/{milestone}/corrections", body)


def retract_meeting(firm: Firm, milestone: str) -> None:
    firm.admin.post(f"/engagements/{firm.engagement}/milestones/{milestone}/retraction", {"reason": "no"})


def add_key(firm: Firm) -> str:
    return str(firm.admin.post("/keys", {"name": firm.name(), "role": "viewer"})["id"])


def revoke_key(firm: Firm, key: str) -> None:
    firm.admin.ask("DELETE", f"/keys/{key}")


def add_user(firm: Firm) -> str:
    email = f"user{next(firm.numbers)}@example.org"
    return str(firm.admin.post("/users", {"name": firm.name(), "email": email, "role": "viewer"})["id"])


def rename_user(firm: Firm, user: str) -> None:
    firm.admin.ask("PATCH", f"/users/{user}", {"name": firm.name()})


def remove_user(firm: Firm, user: str) -> None:
    firm.admin.ask("DELETE", f"/users/{user}")


def add_view(firm: Firm) -> str:
    return str(firm.admin.post("/views", {"name": firm.name(), "url": "/clients"})["id"])


def forget_view(firm: Firm, view: str) -> None:
    firm.admin.ask("DELETE", f"/views/{view}")


def add_link(firm: Firm) -> str:
    return str(firm.admin.post("/share-links", {"client": "acme", "expires_at": "2199-01-01T00:00:00Z"})["id"])


def revoke_link(firm: Firm, link: str) -> None:
    firm.admin.ask("DELETE", f"/share-links/{link}")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, what adds a row to it and answers its id, and what moves a row, alters it or takes it away."""

    path: str
    add: Callable[[Firm], str]
    moves: tuple[Callable[[Firm, str], None], ...]
    rows: str = "items"
    row_id: str = "id"

    def address(self, firm: Firm) -> str:
        """Where it is."""
        return self.path.format(engagement=firm.engagement)


LISTS = (
    Listing("/people", add_person, (rename_person, erase_person)),
    Listing("/clients", add_client, (rename_client,)),
    Listing("/reports/quarter-grid?from=2024-Q1&to=2024-Q4", add_client, (rename_client,), "rows", "client"),
    Listing("/engagements/{engagement}/milestones", log_meeting, (move_meeting, retract_meeting)),
    Listing("/keys", add_key, (revoke_key,)),
    Listing("/users", add_user, (rename_user, remove_user)),
    Listing("/views", add_view, (forget_view,)),
    Listing("/share-links", add_link, (revoke_link,)),
)


def with_query(path: str, **query: object) -> str:
    return path + ("&" if "?" in path else "?") + "&".join(f"{name}={value}" for name, value in query.items())


def pages_of(firm: Firm, listing: Listing, limit: int, between: Callable[[], None] = lambda: None) -> list[str]:
    """The ids on all pages of a list, something happening between each two of them."""
    ids: list[str] = []
    path = with_query(listing.address(firm), limit=limit)
    cursor = None
    while True:
        answer = firm.admin.ask("GET", path if cursor is None else with_query(path, cursor=cursor))
        body = answer.json()
        ids += [row[listing.row_id] for row in body[listing.rows]]
        assert len(body[listing.rows]) <= limit
        assert ("Link" in answer.headers) is (body["next"] is not None)
        if (cursor := body["next"]) is None:
            return ids
        between()


@settings(examples(3), phases=(Phase.generate,))
@given(st.data())
def test_rows_that_do_not_move_are_listed_once_while_others_come_go_and_move(firm: Firm, data: st.DataObject) -> None:
    for listing in LISTS:
        rows = [listing.add(firm) for _ in range(data.draw(st.integers(3, 6), label=f"rows of {listing.path}"))]
        still, moving = rows[::2], rows[1::2]

        def happen(listing: Listing = listing, moving: list[str] = moving) -> None:
            move = data.draw(st.sampled_from((None, *listing.moves)))
            if move is None or not moving:
                listing.add(firm)
            else:
                move(firm, moving.pop())

        ids = pages_of(firm, listing, data.draw(st.integers(1, 4), label="limit") + len(rows) // 3, happen)
        assert [ids.count(row) for row in still] == [1] * len(still), listing.path


def test_pages_put_together_are_the_list_in_its_order(firm: Firm) -> None:
    for listing in LISTS:
        for _ in range(5):
            listing.add(firm)
        whole = [
            row[listing.row_id] for row in firm.admin.get(with_query(listing.address(firm), limit=500))[listing.rows]
        ]
        assert pages_of(firm, listing, 2) == whole, listing.path


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
        cursors[listing.path] = firm.admin.get(with_query(listing.address(firm), limit=1))["next"]
    also = ("/audit", "/frameworks", "/clients/acme/engagements", "/reports/capacity", "/reports/drift")
    then = "/reports/then-and-now?report=plan&then=2024-01-01T00:00:00Z"
    for path in (*(listing.address(firm) for listing in LISTS), *also, then):
        for cursor in FOREIGN:
            firm.admin.ask("GET", with_query(path, cursor=cursor), status=422)
    for listing in LISTS:
        for path, cursor in cursors.items():
            status = 200 if path == listing.path else 422
            firm.admin.ask("GET", with_query(listing.address(firm), cursor=cursor), status=status)
        own = cursors[listing.path]
        tampered = own[:20] + ("A" if own[20] != "A" else "B") + own[21:]
        firm.admin.ask("GET", with_query(listing.address(firm), cursor=tampered), status=422)
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
    # the event feed has a format of its own, and frameworks are nested documents
    assert sorted(without_files) == ["/api/v1/events", "/api/v1/frameworks"]


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


def test_sessions_come_in_pages(firm: Firm) -> None:
    firm.served.session(Role.VIEWER)
    user = next(user for user in firm.admin.get("/users")["items"] if user["name"] == "A viewer")
    sessions = firm.admin.get(f"/users/{user['id']}/sessions?limit=1")
    assert (len(sessions["items"]), sessions["next"]) == (1, None)
