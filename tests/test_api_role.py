"""The role that `docs/serving-role.sql` makes: a server works with it, and nobody rewrites what happened."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from api_client import served
from psycopg import sql
from psycopg.conninfo import make_conninfo

ROLE = "seatline_server"
GRANTS = Path(__file__).parent.parent / "docs" / "serving-role.sql"


def test_a_server_works_with_a_postgres_role_that_can_neither_change_nor_delete_an_event(postgres_url: str) -> None:
    with served(postgres_url) as firm:
        firm.admin.post("/clients", {"name": "Acme"})
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(GRANTS.read_text(encoding="utf-8"))
    try:
        limited = f"{postgres_url}&user={ROLE}"
        with served(limited) as firm:
            with firm.context.log.engine.connect() as connection, firm.context.views.reading() as views:
                for asked in (connection, views.connection):
                    assert asked.exec_driver_sql("SELECT current_user").scalar() == ROLE
            person = firm.admin.post("/people", {"name": "Dana", "employer": "firm"})["id"]
            firm.admin.post(
                "/clients/acme/engagements", {"name": "x", "started_on": "2024-01-01", "practice_lead": person}
            )
            assert [client["name"] for client in firm.admin.get("/clients")["items"]] == ["Acme"]
            key = {"Authorization": f"Bearer {firm.admin.key}"}
            assert firm.client.post("/read-models/rebuild", headers=key).is_success
            firm.admin.ask("DELETE", f"/people/{person}", status=204)
        before = places_of(postgres_url)
        with served(limited) as firm:
            assert before.isdisjoint(places_of(postgres_url))  # written anew, without the name
            assert firm.admin.get(f"/people/{person}")["name"] == "erased person"
        with psycopg.connect(make_conninfo(postgres_url, user=ROLE), autocommit=True) as server:
            for table in ("stored_events", "acts"):
                name = sql.Identifier("log", table)
                for statement in ("UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"):
                    column = sql.Identifier("topic" if table == "stored_events" else "act")
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        server.execute(sql.SQL(statement).format(name, column, column))
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute(
                sql.SQL("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}").format(
                    role=sql.Identifier(ROLE)
                )
            )


def places_of(url: str) -> set[object]:
    """The files of the tables that hold people's names."""
    named = ("people", "users", "identities", "import_refs", "imports", "import_runs", "commands")
    with psycopg.connect(url) as owner:
        query = "SELECT relfilenode FROM pg_class WHERE relnamespace = 'log'::regnamespace AND relname = ANY(%s)"
        places = {row[0] for row in owner.execute(query, [list(named)])}
    assert len(places) == len(named)
    return places
