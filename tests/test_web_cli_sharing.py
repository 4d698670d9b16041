"""The command line shares timelines, takes out and erases what is held on a person, and tells who did what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from api_client import Caller, Served, share_routes
from test_web_cli_access import output_of
from test_web_pages_browser import Running
from typer.testing import CliRunner

from web.cli import app
from web.forms import start_of
from web.server_client import ServerClient as Word
from web.server_client import remove_server_file, write_server_file


@pytest.fixture
def cli(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("SEATLINE_DATA", str(data_dir))
    share_routes(monkeypatch)
    return CliRunner()


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    """A server that runs beside the command line."""
    running = Running(data_dir)
    try:
        write_server_file(data_dir, Word(running.url, running.context.owner_secret))
        yield Served(running.app, running.client, data_dir)
    finally:
        remove_server_file(data_dir)
        running.stop()


def test_a_calendar_link_is_made_listed_and_revoked(cli: CliRunner, firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Acme"})
    url = output_of(cli, "calendar-links", "create", "--name", "Phone", "--clients", "acme").strip()
    path = url.partition("//")[2].partition("/")[2]
    assert firm.client.get(f"/{path}").status_code == 200
    (row,) = [line.split("\t") for line in output_of(cli, "calendar-links", "list").splitlines()[1:]]
    assert (row[0], row[1], row[4]) == ("Phone", "1", "1")
    output_of(cli, "calendar-links", "revoke", row[-1])
    assert firm.client.get(f"/{path}").status_code == 404
    output_of(cli, "calendar-links", "create", "--clients", "nobodys", code=1)


def test_a_timeline_is_shared_listed_and_shared_no_longer(cli: CliRunner, firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Acme"})
    firm.admin.post("/clients", {"name": "Birch"})
    url = output_of(
        cli, "share-links", "create", "acme", "--money", "--assessments", "--embed", "--expires-in-days", "3"
    )
    assert firm.client.get(url).status_code == 200
    pinned = output_of(cli, "share-links", "create", "birch", "--as-of", "1 Mar 2026")
    assert pinned != url
    rows = [line.split("\t") for line in output_of(cli, "share-links", "list").splitlines()[1:]]
    assert [(row[0], *row[1:3], row[5]) for row in rows] == [
        ("Birch", "", "2026-03-01", "0"),
        ("Acme", "money, assessments, embed", "", "1"),
    ]
    (row,) = output_of(cli, "share-links", "list", "--client", "acme").splitlines()[1:]
    output_of(cli, "share-links", "revoke", row.split("\t")[-1])
    assert firm.client.get(url).status_code == 404
    output_of(cli, "share-links", "create", "nobodys", code=1)
    output_of(cli, "share-links", "create", "acme", "--as-of", "one day", code=1)


def test_the_password_of_a_link_is_asked_for_and_stands_in_no_command(cli: CliRunner, firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Acme"})
    typed = "seven lanterns uphill\n" * 2
    result = cli.invoke(app, ["share-links", "create", "acme", "--password"], input=typed)
    assert result.exit_code == 0, result.output
    assert "lanterns" not in result.output
    url = next(line for line in result.stdout.splitlines() if "/s/" in line)
    assert "Acme" not in firm.client.get(url).text
    assert "(password)" in output_of(cli, "share-links", "list")


def test_what_is_held_on_a_person_is_taken_out_and_erased(cli: CliRunner, firm: Served, data_dir: Path) -> None:
    person = firm.admin.post("/people", {"name": "Dana", "email": "dana@example.org", "employer": "firm"})["id"]
    assert "dana@example.org" in output_of(cli, "people", "list", "--q", "dan")
    assert json.loads(output_of(cli, "people", "export", "dana@example.org"))["person"]["name"] == "Dana"
    file = data_dir / "held.json"
    output_of(cli, "people", "export", "dana", "--file", str(file))
    assert json.loads(file.read_text(encoding="utf-8"))["person"]["id"] == person
    assert file.stat().st_mode & 0o077 == 0
    assert cli.invoke(app, ["people", "erase", "Dana"], input="n\n").exit_code == 1
    assert firm.admin.get(f"/people/{person}")["name"] == "Dana"
    output_of(cli, "people", "erase", "Dana", "--yes")
    assert firm.admin.get(f"/people/{person}")["name"] == "erased person"
    output_of(cli, "people", "erase", "Dana", "--yes", code=1)
    output_of(cli, "people", "export", "Dana", code=1)
    kinds = [line.split("\t")[4] for line in output_of(cli, "audit", "--kind", "person").splitlines()[1:]]
    assert kinds == ["person.erased", "person.exported", "person.exported", "person.kept"]


def test_days_at_the_command_line_begin_and_end_at_the_firms_midnight(cli: CliRunner, firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Acme"})
    firm.admin.ask("PATCH", "/settings", {"time_zone": "Pacific/Kiritimati"})
    now, today = firm.context.now(), firm.context.today()
    output_of(cli, "share-links", "create", "acme", "--known-at", today.isoformat())
    (link,) = firm.admin.get("/share-links")["items"]
    assert now <= datetime.fromisoformat(link["known_at"]) <= firm.context.now()
    output_of(cli, "share-links", "create", "acme", "--known-at", (today + timedelta(days=1)).isoformat(), code=1)
    midnight = start_of(today, firm.context.firm.zone)
    listed = output_of(cli, "audit", "--since", today.isoformat())
    assert listed == output_of(cli, "audit", "--since", midnight.isoformat())
    assert output_of(cli, "audit", "--since", (today + timedelta(days=1)).isoformat()).splitlines()[1:] == []


def test_the_audit_is_read_at_the_command_line(cli: CliRunner, firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Acme"})
    output_of(cli, "keys", "create", "--name", "nightly")
    rows = [line.split("\t") for line in output_of(cli, "audit", "--most", "1").splitlines()]
    assert [row[1:3] + row[4:5] for row in rows[1:]] == [["command line", "command line", "key.made"]]
    assert "client.registered" in output_of(cli, "audit", "--kind", "recorded")
    output_of(cli, "audit", "--kind", "nonsense", code=1)
    assert output_of(cli, "audit", "--since", "2199-01-01").splitlines()[1:] == []


def test_people_and_clients_are_found_by_former_and_folded_names(cli: CliRunner, firm: Served) -> None:
    admin = firm.admin
    person = admin.post("/people", {"name": "Zoë Łukasz", "employer": "firm"})["id"]
    admin.ask("PATCH", f"/people/{person}", {"name": "Zoë Nowak"})
    for name in ("Zoë Nowak", "zoe NOWAK", "zoe lukasz", person):
        assert json.loads(output_of(cli, "people", "export", name))["person"]["id"] == person
    output_of(cli, "people", "export", "zoe", code=1)  # a part of a name is not a name
    output_of(cli, "people", "erase", "Zoe Lukasz", "--yes", code=1)
    assert admin.get(f"/people/{person}")["name"] == "Zoë Nowak"
    listed = output_of(cli, "audit", "--by", "zoe lukasz").splitlines()
    assert len(listed) == 1

    old = admin.post("/clients", {"name": "Łódź Works"})
    admin.post(f"/clients/{old['id']}/profile-changes", {"effective_on": "2024-01-01", "name": "Søn Mills"})
    admin.post("/clients", {"name": "Works of Łódź Works"})
    other = admin.post("/clients", {"name": "Son Mills Two", "slug": "mills"})
    admin.post(f"/clients/{other['id']}/profile-changes", {"effective_on": "2024-01-01", "name": "Unlike"})
    admin.post("/clients", {"name": "Windmills"})
    for name in ("lodz-works", "lodz works", "SON MILLS", old["id"]):
        output_of(cli, "share-links", "create", name)
    assert len(output_of(cli, "share-links", "list", "--client", "son mills").splitlines()) == 5
    output_of(cli, "share-links", "create", "mills")
    (link,) = output_of(cli, "share-links", "list", "--client", "unlike").splitlines()[1:]
    assert link.startswith("Unlike\t")
    assert "Windmills" in cli.invoke(app, ["share-links", "create", "windmill"]).output
    key = output_of(cli, "keys", "create", "--name", "mills", "--clients", "son mills")
    assert [c["slug"] for c in Caller(firm.client, key).get("/clients")["items"]] == ["lodz-works"]
