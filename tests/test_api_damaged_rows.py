"""Rows of the stored state that cannot be read: all others can, and the damaged are named until they are repaired."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from api_client import Served, served
from browsing import HTML
from damaged_state import SINGLE, damaged_rows, sound_row
from patience import wait_until
from route_matrix import ENDLESS, filled, routes
from sqlalchemy import Connection, Table, insert

from api.auth.access import COOKIE
from api.http.unreadable_rows import HEADER
from api.state.damage import BULKY
from api.state.readable_rows import Damage
from api.state.roles import Role
from api.state.tables import metadata
from projections.log.sqlite import FILE

LISTS = {
    "/people": "people",
    "/users": "users",
    "/keys": "keys",
    "/views": "saved_views",
    "/share-links": "share_links",
    "/calendar-links": "calendar_links",
    "/webhooks": "webhooks",
    "/imports": "imports",
}


def store_row(table: Table, row: dict[str, Any], connection: Connection) -> None:
    connection.execute(insert(table).values(row))


@pytest.fixture(scope="module")
def damaged_firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, UUID], set[Any]]]:
    """A firm with a sound row in every table, and for each column a row that is damaged there."""
    folder = tmp_path_factory.mktemp("damaged")
    with served(folder) as firm:
        client = firm.admin.post("/clients", {"name": "Acme"})["id"]
        firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": "2024-01-01"})
        ids: dict[str, UUID] = {}
        for table in metadata.sorted_tables:
            if table.name not in SINGLE:
                row = sound_row(table, ids)
                firm.context.log.write(partial(store_row, table, row))
                if isinstance(row.get("id"), UUID):
                    ids[table.name] = row["id"]
        damage = set(damaged_rows(folder, ids))
        yield firm, ids, damage


def test_every_list_shows_what_can_be_read_and_says_what_cannot(damaged_firm: Any) -> None:
    firm, ids, _ = damaged_firm
    for path, table in LISTS.items():
        answer = firm.admin.ask("GET", path, params={"limit": 500})
        assert str(ids[table]) in [item["id"] for item in answer.json()["items"]], path
        assert f"{table}." in answer.headers[HEADER]
        pages, cursor = [], None
        while True:
            page = firm.admin.get(path, params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
            pages += page["items"]
            if (cursor := page.get("next")) is None:
                break
        assert pages == answer.json()["items"], path


def test_no_page_and_no_answer_fails_for_a_damaged_row(damaged_firm: Any) -> None:
    firm, _, _ = damaged_firm
    headers = {"Cookie": f"{COOKIE}={firm.session(Role.ADMIN)}"}
    clients = firm.admin.get("/clients")["items"]
    ids = {"client": clients[0]["id"], "slug": clients[0]["slug"]}
    failed = {}
    for pages in (True, False):
        for method, path in routes(firm, pages=pages):
            if method == "GET" and path not in ENDLESS:
                answer = firm.client.get(filled(path, ids), headers=headers | (HTML if pages else {}))
                if answer.status_code >= 500:
                    failed[path] = (answer.status_code, answer.text[:300])
    assert failed == {}


def test_readyz_and_the_metrics_name_every_damaged_row(damaged_firm: Any) -> None:
    firm, _, damage = damaged_firm
    visible = {place for place in damage if ".".join(place) not in BULKY}

    def named() -> set[tuple[str, str]]:
        rows = firm.readiness().json()["unreadable_rows"]
        return {(row["table"], column) for row in rows for column in row["columns"]}

    wait_until(lambda: named() == visible)
    assert firm.readiness().status_code == 200
    assert isinstance(firm.client.get("/readyz").json()["unreadable_rows"], int)
    metrics = firm.client.get("/metrics", headers={"Authorization": f"Bearer {firm.admin.key}"}).text
    assert 'seatline_unreadable_rows{table="keys"}' in metrics


def change(folder: Path, statement: str, *values: object) -> None:
    """Change the store from outside, beside a running server."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.execute(statement, values)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("one")) as firm:
        yield firm


def test_a_row_asked_for_by_its_id_is_named_and_read_again_once_it_is_repaired(firm: Served) -> None:
    person = firm.admin.post("/people", {"name": "Ada", "employer": "firm"})["id"]
    row = f"FROM people WHERE id = '{UUID(person).hex}'"
    for column, damage, repaired in (
        ("employer", "the moon", "firm"),
        ("made_at", "soon", 1),
        ("made_by", "no id", UUID(person).hex),
        ("name", b"\xff", "Ada"),
    ):
        change(firm.folder, f"UPDATE people SET {column} = ? {row[5:].partition(' ')[2]}", damage)  # noqa: S608
        problem = firm.admin.ask("GET", f"/people/{person}", status=503).json()
        assert problem["type"] == "/problems/row-unreadable"
        assert problem["row"] == {"table": "people", "column": column, "key": person}
        assert firm.admin.get("/people")["items"] == []
        wait_until(lambda: [r["key"] for r in firm.readiness().json()["unreadable_rows"]] == [person])
        change(firm.folder, f"UPDATE people SET {column} = ? {row[5:].partition(' ')[2]}", repaired)  # noqa: S608
        assert firm.admin.get(f"/people/{person}")["name"] == "Ada"
        wait_until(lambda: firm.readiness().json()["unreadable_rows"] == [])


def test_a_text_that_is_no_text_hides_no_other_row(firm: Served) -> None:
    for name in ("Aa", "Bb"):
        firm.admin.post("/keys", {"name": name, "role": "viewer"})
    change(firm.folder, "UPDATE keys SET name = CAST(x'c3' AS TEXT) WHERE name = 'Aa'")
    answer = firm.admin.ask("GET", "/keys")
    assert "Bb" in [key["name"] for key in answer.json()["items"]]
    assert answer.headers[HEADER] == "keys.name"
    change(firm.folder, "UPDATE keys SET name = 'Aa' WHERE typeof(name) = 'text' AND length(CAST(name AS BLOB)) = 1")


@pytest.mark.parametrize(("column", "damage"), [("role", "king"), ("clients", "[1"), ("clients", '["all"]')])
def test_a_damaged_credential_opens_nothing_and_all_others_do(firm: Served, column: str, damage: str) -> None:
    lame, sound = firm.caller(Role.ADMIN), firm.caller(Role.ADMIN)
    cookie, other = firm.session(Role.ADMIN), firm.session(Role.ADMIN)
    change(firm.folder, f"UPDATE keys SET {column} = ? WHERE made_at = (SELECT max(made_at) FROM keys)", damage)  # noqa: S608
    assert sound.ask("GET", "/people", status=401)
    assert lame.ask("GET", "/people", status=200)
    change(firm.folder, f"UPDATE keys SET {column} = NULL WHERE {column} = ? AND '{column}' = 'clients'", damage)  # noqa: S608
    change(firm.folder, f"UPDATE keys SET {column} = 'admin' WHERE {column} = ?", damage)  # noqa: S608
    assert sound.ask("GET", "/people", status=200)
    newest = "WHERE made_at = (SELECT max(made_at) FROM users)"
    change(firm.folder, f"UPDATE users SET {column} = ? {newest}", damage)  # noqa: S608
    for token, status in ((other, 401), (cookie, 200)):
        assert firm.client.get("/api/v1/people", headers={"Cookie": f"{COOKIE}={token}"}).status_code == status
    change(firm.folder, f"UPDATE users SET {column} = ? {newest}", "admin" if column == "role" else None)  # noqa: S608
    assert firm.client.get("/api/v1/people", headers={"Cookie": f"{COOKIE}={other}"}).status_code == 200


@pytest.mark.parametrize(
    ("column", "value", "damage"),
    [("time_zone", "Asia/Tokyo", "Mars/Olympus"), ("currency", "EUR", "???"), ("fiscal_year_start_month", 4, "May")],
)
def test_for_a_setting_that_cannot_be_read_its_last_value_stands_and_setting_it_repairs_it(
    firm: Served, column: str, value: object, damage: str
) -> None:
    firm.admin.ask("PATCH", "/settings", {column: value, "firm_name": "Us"})
    change(firm.folder, f"UPDATE firm_settings SET {column} = ?", damage)  # noqa: S608
    firm.context.refresh_settings()
    assert getattr(firm.context.firm_settings.current, column) == value
    answer = firm.admin.ask("GET", "/settings")
    assert answer.headers[HEADER] == f"firm_settings.{column}"
    page = firm.client.get("/", headers={"Cookie": f"{COOKIE}={firm.session(Role.ADMIN)}", **HTML})
    assert f"firm_settings.{column}" in page.text
    firm.admin.ask("PATCH", "/settings", {"firm_name": "We"})
    assert firm.admin.ask("GET", "/settings").headers[HEADER] == f"firm_settings.{column}"
    firm.admin.ask("PATCH", "/settings", {column: value})
    answer = firm.admin.ask("GET", "/settings")
    assert (answer.json()["firm_name"], answer.json()[column]) == ("We", value)
    assert HEADER not in answer.headers


def test_no_link_leads_to_another_address_while_the_configured_one_cannot_be_read(firm: Served) -> None:
    firm.admin.ask("PATCH", "/settings", {"public_address": "https://seatline.example.org"})
    change(firm.folder, "UPDATE firm_settings SET public_address = 'x'")
    firm.context.firm_settings.current = type(firm.context.firm)()
    firm.context.refresh_settings()
    body = {"name": "New", "email": "new@example.org", "role": "viewer"}
    assert firm.admin.ask("POST", "/users", body, status=503).json()["row"]["column"] == "public_address"
    firm.admin.ask("PATCH", "/settings", {"public_address": None})
    firm.admin.post("/users", body)


def test_a_threshold_that_cannot_be_read_is_said_and_its_last_value_stands(firm: Served) -> None:
    sign, values = next((s, v) for s, v in firm.admin.get("/settings/signs")["thresholds"].items() if v)
    name, value = next(iter(values.items()))
    firm.admin.ask("PATCH", "/settings/signs", {"thresholds": {sign: {name: value + 1}}})
    before = firm.context.thresholds
    change(firm.folder, "UPDATE sign_thresholds SET value = 'much'")
    firm.context.refresh_settings()
    assert firm.context.thresholds == before
    assert firm.admin.ask("GET", "/reports/watch-list").headers[HEADER] == "sign_thresholds.value"
    change(firm.folder, "UPDATE sign_thresholds SET value = ?", value + 1)
    firm.context.refresh_settings()
    assert HEADER not in firm.admin.ask("GET", "/reports/watch-list").headers


def test_a_command_whose_answer_is_damaged_is_not_carried_out_again(firm: Served) -> None:
    body, key = {"name": "Once", "employer": "firm"}, {"Idempotency-Key": "once"}
    firm.admin.ask("POST", "/people", body, headers=key)
    for column, damage in (("answer", b"[201,"), ("recorded_at", "soon"), ("request_hash", "x")):
        with closing(sqlite3.connect(firm.folder / FILE, isolation_level=None)) as connection:
            (sound,) = connection.execute(f"SELECT {column} FROM commands WHERE key = 'once'").fetchone()  # noqa: S608
        change(firm.folder, f"UPDATE commands SET {column} = ? WHERE key = 'once'", damage)  # noqa: S608
        problem = firm.admin.ask("POST", "/people", body, headers=key, status=503).json()
        assert problem["row"] == {"table": "commands", "column": column, "key": "once"}
        change(firm.folder, f"UPDATE commands SET {column} = ? WHERE key = 'once'", sound)  # noqa: S608
        firm.admin.ask("POST", "/people", body, headers=key, status=201)
    assert [person["name"] for person in firm.admin.get("/people", params={"q": "Once"})["items"]] == ["Once"]


def test_damaged_rows_on_postgres_hide_no_other(postgres_store: str) -> None:
    with served(postgres_store) as firm:
        sound, lame = firm.caller(Role.ADMIN), firm.caller(Role.ADMIN)
        person = firm.admin.post("/people", {"name": "Ada", "employer": "firm"})["id"]
        other = firm.admin.post("/people", {"name": "Bo", "employer": "firm"})["id"]
        firm.admin.ask("PATCH", "/settings", {"time_zone": "Asia/Tokyo"})
        newest = "WHERE made_at = (SELECT max(made_at) FROM {})"
        with psycopg.connect(postgres_store, autocommit=True) as connection:
            for statement in (
                f"UPDATE log.keys SET clients = '{{}}' {newest.format('log.keys')}",  # noqa: S608
                f"UPDATE log.people SET employer = 'moon' WHERE id = '{person}'",  # noqa: S608
                "UPDATE log.firm_settings SET time_zone = 'Mars/Olympus'",
                "ALTER TABLE log.acts DISABLE TRIGGER USER",
                "UPDATE log.acts SET detail = '[]' WHERE number = 1",
                "UPDATE log.acts SET at = 9000000000000000000 WHERE number = 2",
            ):
                connection.execute(statement.encode())
        lame.ask("GET", "/people", status=401)
        assert [one["id"] for one in sound.get("/people")["items"]] == [other]
        assert sound.ask("GET", f"/people/{person}", status=503).json()["row"]["column"] == "employer"
        assert sound.ask("GET", "/audit").headers[HEADER].startswith("acts.")
        firm.context.refresh_settings()
        assert str(firm.context.firm.zone) == "Asia/Tokyo"
        firm.context.state_watch.notice(Damage(table, "") for table in metadata.tables)
        firm.context.watch_state()
        named = {(row.table, *row.columns) for row in firm.context.state_watch.rows}
        expected = {("keys", "clients"), ("people", "employer"), ("firm_settings", "time_zone")}
        assert expected | {("acts", "detail"), ("acts", "at")} == named
