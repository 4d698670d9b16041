"""The read models may be damaged in any way: that is noticed, they are rebuilt, and `/readyz` says so meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from api_client import Served, served
from patience import wait_until

PAGE = 4096


def a_bad_page(file: Path) -> None:
    """Overwrite every page but the first, which holds the schema."""
    with file.open("r+b") as opened:
        size = opened.seek(0, os.SEEK_END)
        opened.seek(PAGE)
        opened.write(os.urandom(size - PAGE))


def overwritten(file: Path) -> None:
    file.write_bytes(os.urandom(20 * PAGE))


def truncated(file: Path) -> None:
    os.truncate(file, 2 * PAGE)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def deleted(file: Path) -> None:
    file.unlink()


def heals(firm: Served, names: list[str]) -> None:
    """Every read is right or says 503, and soon all are right."""

    def is_whole() -> bool:
        answer = firm.client.get("/api/v1/clients", headers={"Authorization": f"Bearer {firm.admin.key}"})
        assert answer.status_code in {200, 503}, answer.text
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
            return False
        assert [item["name"] for item in answer.json()["items"]] == names
        return bool(firm.client.get("/readyz").status_code == 200)

    wait_until(is_whole)


@pytest.mark.parametrize("damage", [a_bad_page, overwritten, truncated, emptied, deleted])
def test_views_damaged_under_a_running_server_heal(data_dir: Path, damage: Callable[[Path], None]) -> None:
    with served(data_dir) as firm:
        names = [firm.admin.post("/clients", {"name": f"Client {number:02}"})["name"] for number in range(20)]
        heals(firm, names)
        with firm.context.views._store.writing() as connection:
            pass
        with firm.context.views._store.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        damage(data_dir / "views.db")
        firm.context.views._store.reopen()  # as connections with nothing cached see it
        heals(firm, names)
        firm.admin.post("/clients", {"name": "Client 20"})
        heals(firm, [*names, "Client 20"])
        firm.client.post("/read-models/rebuild", headers={"Authorization": f"Bearer {firm.admin.key}"})
        heals(firm, [*names, "Client 20"])


@pytest.mark.parametrize("damage", [a_bad_page, overwritten])
def test_damaged_views_are_rebuilt_on_demand(data_dir: Path, damage: Callable[[Path], None]) -> None:
    with served(data_dir) as firm:
        firm.admin.post("/clients", {"name": "Acme"})
        firm.admin.get("/clients")
    damage(data_dir / "views.db")
    with served(data_dir) as firm:
        firm.client.post("/read-models/rebuild", headers={"Authorization": f"Bearer {firm.admin.key}"})
        heals(firm, ["Acme"])


@pytest.mark.parametrize(
    "damage",
    [
        "DROP SCHEMA views CASCADE",
        "DROP TABLE views.clients CASCADE",
        "ALTER TABLE views.clients DROP COLUMN slug CASCADE",
    ],
)
def test_views_damaged_on_postgres_heal(postgres_store: str, damage: str) -> None:
    with served(postgres_store) as firm:
        firm.admin.post("/clients", {"name": "Acme"})
        heals(firm, ["Acme"])
        with psycopg.connect(postgres_store) as connection:
            connection.execute(damage.encode())
        heals(firm, ["Acme"])
