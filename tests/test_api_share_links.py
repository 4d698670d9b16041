"""Share links over the API: made by an admin, shown once, counted, revoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from alembic import command
from alembic.config import Config
from api_client import Caller, Served, served
from sqlalchemy import Connection, inspect

from api.state.audit import Act, list_acts
from api.state.migrate import MIGRATIONS

FOR_EVER = "2199-01-01T00:00:00.000000Z"


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """Two clients, in each of the databases."""
    store = data_dir if request.param == "sqlite" else str(request.getfixturevalue("postgres_store"))
    with served(store) as running:
        for name in ("Halcyon Health", "Quiet Mills"):
            running.admin.post("/clients", {"name": name})
        yield running


def share(caller: Caller, client: str = "halcyon-health", status: int = 201, **parameters: Any) -> Any:
    body = {"client": client, "expires_at": FOR_EVER, **parameters}
    return caller.ask("POST", "/share-links", body, status=status).json()


def test_a_link_is_shown_once_and_listed_without_its_address(firm: Served) -> None:
    made = share(firm.admin, money=True, as_of="2024-12-31")
    url = urlsplit(made.pop("url"))
    assert (url.netloc, url.path[:3], len(url.path)) == ("testserver", "/s/", 46)
    (listed,) = firm.admin.get("/share-links")["items"]
    assert listed == made == firm.admin.get(f"/share-links/{made['id']}")
    assert (made["money"], made["notes"], made["embed"], made["has_password"]) == (True, False, False, False)
    assert (made["as_of"], made["known_at"], made["expires_at"]) == ("2024-12-31", None, FOR_EVER)
    assert (made["uses"], made["last_used_at"], made["revoked_at"]) == (0, None, None)
    assert made["client_name"] == "Halcyon Health"
    assert made["assessments"] is False


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_link_of_an_earlier_version_opens_and_shows_no_assessment(
    request: pytest.FixtureRequest, data_dir: Path, database: str
) -> None:
    store = data_dir if database == "sqlite" else str(request.getfixturevalue("postgres_store"))
    with served(store) as running:
        running.admin.post("/clients", {"name": "Halcyon Health"})
        made = share(running.admin, assessments=True)
        assert made["assessments"] is True

        def go_back(connection: Connection) -> None:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.downgrade(config, "0016")
            assert "assessments" not in {column["name"] for column in inspect(connection).get_columns("share_links")}

        running.context.log.write(go_back)
    with served(store) as running:
        assert running.admin.get(f"/share-links/{made['id']}")["assessments"] is False
        assert running.client.get(urlsplit(made["url"]).path).status_code == 200


def test_what_is_kept_does_not_give_the_address_away(firm: Served) -> None:
    key = {"Idempotency-Key": "once"}
    made = firm.admin.post("/share-links", {"client": "halcyon-health", "expires_at": FOR_EVER}, headers=key)
    again = firm.admin.post("/share-links", {"client": "halcyon-health", "expires_at": FOR_EVER}, headers=key)
    assert again == made
    token = urlsplit(made["url"]).path.removeprefix("/s/")
    with firm.context.log.engine.connect() as connection:
        queries = ("SELECT * FROM share_links", "SELECT * FROM acts", "SELECT * FROM commands")
        stored = [connection.exec_driver_sql(query).all() for query in queries]
    assert all(rows for rows in stored)
    assert token not in str(stored)


def test_uses_are_counted(firm: Served) -> None:
    made = share(firm.admin)
    path = urlsplit(made["url"]).path
    for _ in range(3):
        assert firm.client.get(path).status_code == 200
    shown = firm.admin.get(f"/share-links/{made['id']}")
    assert shown["uses"] == 3
    assert shown["last_used_at"] is not None
    assert firm.client.get("/s/nobodys").status_code == 404
    assert firm.admin.get(f"/share-links/{made['id']}")["uses"] == 3


def test_a_revoked_link_stays_on_the_list_and_opens_nothing(firm: Served) -> None:
    made = share(firm.admin)
    for _ in range(2):
        firm.admin.ask("DELETE", f"/share-links/{made['id']}", status=204)
    assert firm.client.get(urlsplit(made["url"]).path).status_code == 404
    assert firm.admin.get(f"/share-links/{made['id']}")["revoked_at"] is not None
    with firm.context.log.engine.connect() as connection:
        acts = [(done.act, done.subject) for done in list_acts(connection, limit=10)]
    assert [(act, str(subject)) for act, subject in acts if act.startswith("share_link")] == [
        (Act.SHARE_LINK_REVOKED, made["id"]),
        (Act.SHARE_LINK_MADE, made["id"]),
    ]


def test_links_are_listed_by_client_and_in_pages(firm: Served) -> None:
    made = [share(firm.admin, client)["id"] for client in ("halcyon-health", "quiet-mills", "halcyon-health")]
    first = firm.admin.get("/share-links?limit=2")
    rest = firm.admin.get(f"/share-links?limit=2&cursor={first['next']}")
    assert [link["id"] for link in (*first["items"], *rest["items"])] == made[::-1]
    of_one = firm.admin.get("/share-links?client=halcyon-health")["items"]
    assert [link["id"] for link in of_one] == [made[2], made[0]]
    firm.admin.ask("GET", "/share-links?client=nobodys", status=404)


def test_a_limited_admin_shares_their_own_clients_and_knows_of_no_other_link(firm: Served) -> None:
    made = firm.admin.post("/keys", {"name": "limited", "role": "admin", "clients": ["quiet-mills"]})
    limited = Caller(firm.client, made["key"])
    foreign = share(firm.admin)
    own = share(limited, "quiet-mills")
    assert share(limited, "halcyon-health", status=404) == share(limited, "nobodys", status=404)
    assert [link["id"] for link in limited.get("/share-links")["items"]] == [own["id"]]
    for path in (f"/share-links/{foreign['id']}", "/share-links?client=halcyon-health"):
        limited.ask("GET", path, status=404)
    limited.ask("DELETE", f"/share-links/{foreign['id']}", status=404)
    assert firm.client.get(urlsplit(foreign["url"]).path).status_code == 200


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"known_at": "2198-01-01T00:00:00Z"}, "known_at"),
        ({"known_at": "2001-01-01T00:00:00Z"}, "known_at"),
        ({"embed": True, "password": "plum basalt orchestra"}, "embed"),
        ({"password": "password1234"}, "password"),
        ({"token": "x"}, "token"),
    ],
)
def test_a_link_that_cannot_be_is_refused_by_its_field(firm: Served, asked: dict[str, Any], field: str) -> None:
    problem = share(firm.admin, status=422, **asked)
    assert [error["field"] for error in problem["errors"]] == [field]
