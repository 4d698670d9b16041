"""What stands before the doors: headers on every answer, bounds on every request, and no way in when a store fails."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from api_client import Served, served
from browsing import HTML, Visitor
from patience import HANGING_SECONDS
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from test_api_access import NEEDED, address
from test_web_pages_browser import Running

import api.clients
import api.http.security_middleware
from api.http.problems import MEDIA_TYPE
from api.http.security_middleware import LARGEST_IMPORT, SECURITY_HEADERS
from projections.log import postgres
from web.pages import ROUTERS

OWN = {("shared", "Referrer-Policy"), ("sign-in", "Referrer-Policy")}
"""Which answers are stricter than the rest."""
FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1")


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def broken(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("a fault that nobody foresaw, with a secret in it")


def test_every_answer_has_the_headers_whatever_became_of_the_request(
    firm: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, client = firm.admin, firm.client
    as_json = {"Content-Type": "application/json"}
    key = {"Authorization": f"Bearer {admin.key}"}
    answers = {
        "page": Visitor(firm).client.get("/"),
        "sign-in": client.get("/sign-in", headers=HTML),
        "redirect": client.get("/clients", headers=HTML, follow_redirects=False),
        "page not there": client.get("/nowhere", headers=HTML),
        "static": client.get("/static/app.css"),
        "static not there": client.get("/static/nowhere.css"),
        "shared": client.get("/s/nobodys"),
        "401": client.get("/api/v1/clients"),
        "400": admin.ask("POST", "/people", status=400, content=b"{", headers=as_json),
        "404": admin.ask("GET", "/clients/nobodys", status=404),
        "405": admin.ask("DELETE", "/clients", status=405),
        "413": admin.ask("POST", "/people", status=413, content=b" " * 1_000_001, headers=as_json),
        "415": admin.ask("POST", "/people", status=415, content=b"x"),
        "422": admin.ask("POST", "/people", {}, status=422),
        "403": client.post("/api/v1/people", headers={"Sec-Fetch-Site": "cross-site"}),
        "csv": admin.ask("GET", "/clients?format=csv"),
        "lines": admin.ask("GET", "/events", headers={"Accept": "application/x-ndjson"}),
        "options": client.options("/api/v1/clients"),
    }
    monkeypatch.setattr(api.clients, "list_clients_in_order", broken)
    answers["500"] = client.get("/api/v1/clients", headers=key)
    answers["500 page"] = client.get("/api/v1/clients", headers={**key, **HTML})
    for status in ("400", "404", "405", "413", "415", "422", "500"):
        assert answers[status].status_code == int(status)
        assert answers[status].headers["content-type"] == "application/problem+json"
    assert "secret" not in answers["500"].text
    for name, answer in answers.items():
        for header, value in SECURITY_HEADERS.items():
            if (name, header) not in OWN:
                assert answer.headers.get(header) == value, (name, header)
        assert "cache-control" in answer.headers, name
        if not name.startswith("static"):
            assert "no-store" in answer.headers["cache-control"], name


def test_over_https_a_browser_is_told_to_stay_there(firm: Served) -> None:
    assert "strict-transport-security" not in firm.client.get("/healthz").headers
    assert firm.client.get("https://testserver/healthz").headers["strict-transport-security"] == "max-age=31536000"


def pages() -> list[tuple[str, str]]:
    pages_read = []
    for router in ROUTERS:
        for route in router.routes:
            for method in getattr(route, "methods", None) or ():
                path = getattr(route, "path", "")
                for name in ("engagement", "milestone", "person", "key", "share_link"):
                    path = path.replace(f"{{{name}}}", "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10")
                pages_read.append((method, path.replace("{suffix}", "csv").replace("{client}", "x")))
    return pages_read


def test_where_nobody_can_say_who_asks_nobody_comes_in(firm: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(firm)
    key = {"Authorization": f"Bearer {firm.admin.key}", "Content-Type": "application/json"}

    def fails(_: Engine) -> NoReturn:
        raise OperationalError("SELECT", {}, Exception("the disk is gone"))

    monkeypatch.setattr(Engine, "connect", fails)
    for method, path in sorted(NEEDED):
        answer = firm.client.request(method, address(path), headers=key)
        assert answer.status_code == 503, (method, path)
        assert answer.headers["retry-after"]
    for method, path in pages():
        answer = visitor.client.request(method, path, follow_redirects=False)
        assert answer.status_code in (503, 303, 404, 405), (method, path)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/sign-in"), (method, path)


def test_a_store_is_its_owners_alone(data_dir: Path) -> None:
    before = os.umask(0o022)
    try:
        with served(data_dir) as firm:
            firm.admin.post("/clients", {"name": "Acme"})
            firm.admin.get("/clients")
            files = list(data_dir.iterdir())
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files}
    finally:
        os.umask(before)
    assert {"log.db", "views.db"} <= modes.keys()
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_postgres_gives_up_a_question_that_takes_too_long(postgres_store: str) -> None:
    with served(postgres_store) as firm, firm.context.log.engine.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == postgres.READ_TIMEOUT
        with firm.context.views.reading() as views:
            assert views.connection.execute(text("SHOW statement_timeout")).scalar() == postgres.READ_TIMEOUT


ODD_QUERIES = (
    *(f"/clients?as_of={day}" for day in ("0001-01-01", "9999-12-31", "10000-01-01", "2024-02-30", "-1")),
    *(f"/clients?known_at={at}" for at in ("0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "2024", "now")),
    "/clients?q=%00",
    "/clients?limit=99999999999999999999999999",
    "/clients?limit=-1",
    "/clients?cursor=" + "A" * 2001,
    "/clients?cursor=W251bGxd",
    "/people?cursor=WyJcdTAwMDAiLCJ4Il0",
    "/events?after=99999999999999999999",
    "/audit?since=0001-01-01T00:00:00%2B23:59",
    "/reports/structure-mix?from=1900-Q1&to=2199-Q4",
    "/reports/quarter-grid?from=0001-Q1&to=9999-Q4",
    "/reports/transitions?from=2024-Q5",
)
ODD_FIRSTS = ("1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31")


def test_odd_questions_and_dates_are_a_small_4xx_in_either_database(either: Served) -> None:
    answers = [either.admin.client.get(f"/api/v1{path}", headers=signed(either)) for path in ODD_QUERIES]
    client = {"name": "Acme"}
    assert either.admin.post("/clients", client)
    for day in ODD_FIRSTS:
        opening = {"name": "x", "started_on": day}
        answers.append(either.client.post("/api/v1/clients/acme/engagements", json=opening, headers=signed(either)))
    for answer in answers:
        assert 400 <= answer.status_code < 500, (str(answer.url), answer.text)
        assert len(answer.content) < 1000
    for day in ("1900-01-01", "2199-12-31"):
        assert either.admin.get(f"/clients?as_of={day}")["items"]


def signed(firm: Served) -> dict[str, str]:
    return {"Authorization": f"Bearer {firm.admin.key}"}


def test_texts_come_back_as_they_were_written_in_either_database(either: Served) -> None:
    for name in ("'; DROP TABLE people; --", "<script>alert(1)</script>", "\u00e9 \U0001f600 \u05d3", "x" * 200):
        made = either.admin.post("/people", {"name": name, "employer": "firm"})
        assert either.admin.get(f"/people/{made['id']}")["name"] == name


def test_an_upload_is_bounded_and_of_a_known_kind(firm: Served) -> None:
    line = b'{"type": "person", "ref": "p1", "name": "Dana", "employer": "firm"}\n'
    kinds = {"Content-Type": "application/x-ndjson"}
    firm.admin.ask("POST", "/imports", status=413, content=b" " * (LARGEST_IMPORT + 1), headers=kinds)
    for content_type in ("text/html", "application/zip", "image/png", ""):
        firm.admin.ask("POST", "/imports", status=415, content=line, headers={"Content-Type": content_type})
    for name in ("people.exe", "people.zip", "people"):
        sent = {"file": (name, io.BytesIO(line), "application/octet-stream")}
        firm.admin.ask("POST", "/imports", status=415, files=sent)
    several = [("file", ("a.jsonl", io.BytesIO(line))), ("file", ("b.jsonl", io.BytesIO(line)))]
    firm.admin.ask("POST", "/imports", status=400, files=several)
    firm.admin.ask("POST", "/imports", status=422, files={"other": ("a.jsonl", io.BytesIO(line))})
    assert firm.admin.get("/people")["items"] == []


@pytest.mark.parametrize("framing", ["Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
def test_a_body_that_drips_in_is_waited_for_no_longer_than_a_while(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, framing: str
) -> None:
    monkeypatch.setattr(api.http.security_middleware, "LONGEST_ARRIVAL_SECONDS", 0.2)
    running = Running(data_dir)
    try:
        signed_in = f"Authorization: Bearer {running.admin.key}\r\n"
        for path in ("/api/v1/people", "/sign-in", "/api/v1/imports"):
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{signed_in}{framing}"
            with socket.create_connection(running.address, HANGING_SECONDS) as slow:
                if path == "/sign-in":
                    head = head.replace("application/json", "application/x-www-form-urlencoded")
                slow.sendall(head.encode())
                assert slow.recv(100).startswith(b"HTTP/1.1 408"), path
    finally:
        running.stop()


def test_what_is_no_http_is_answered_with_a_problem(data_dir: Path) -> None:
    """It never reaches the application, which would have answered so."""
    long = f"GET /api/v1/people?q={'a' * 70_000} HTTP/1.1\r\nHost: x\r\n\r\n"
    running = Running(data_dir)
    try:
        for request, detail in (
            ("nonsense\r\n\r\n", "not valid HTTP"),
            ("GET /api/v1/people HTTP/1.1\r\nHost : x\r\n\r\n", "not valid HTTP"),
            (long, "longer than 65,535 bytes"),
        ):
            with socket.create_connection(
                running.server.servers[0].sockets[0].getsockname(), HANGING_SECONDS
            ) as caller:
                caller.sendall(request.encode())
                answer = caller.makefile("rb").read().decode()
            head, _, body = answer.partition("\r\n\r\n")
            assert head.startswith("HTTP/1.1 400 "), request[:40]
            assert f"Content-Type: {MEDIA_TYPE}" in head
            assert all(f"{name}: {value}" in head for name, value in SECURITY_HEADERS.items())
            problem = json.loads(body)
            assert (problem["type"], problem["status"]) == ("/problems/malformed", 400)
            assert detail in problem["detail"]
    finally:
        running.stop()


def test_no_list_is_a_formula_to_a_spreadsheet(firm: Served) -> None:
    for formula in FORMULAS:
        firm.admin.post("/clients", {"name": formula})
        firm.admin.post("/people", {"name": formula, "employer": "firm"})
    for path in ("/clients", "/people"):
        answer = firm.admin.ask("GET", f"{path}?format=csv").text
        for formula in FORMULAS:
            assert f",{formula}" not in answer
            assert f'"{formula}' not in answer
            assert f"'{formula.strip()}" in answer
