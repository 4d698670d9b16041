"""The command line lets people and programs in: beside a running server, and where none runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from api_client import Caller, served, share_routes
from signing_in import Browser
from test_web_pages_browser import Running
from typer.testing import CliRunner

from web.cli import app
from web.server_client import ServerClient as Word
from web.server_client import remove_server_file, write_server_file


@pytest.fixture
def cli(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("SEATLINE_DATA", str(data_dir))
    share_routes(monkeypatch)
    return CliRunner()


def output_of(cli: CliRunner, *words: str, code: int = 0) -> str:
    """What a command prints on the standard output."""
    result = cli.invoke(app, words)
    assert result.exit_code == code, result.output
    return result.stdout.strip()


def let_in_and_out(cli: CliRunner, name: str) -> tuple[str, str]:
    """Invite a user, make, rotate and revoke keys: the link, and the secret that still opens."""
    address = f"{name}@example.org"
    output_of(cli, "users", "invite", address, "--name", name, "--role", "recorder")
    link = output_of(cli, "users", "reset", address)
    rows = [line.split("\t") for line in output_of(cli, "users", "list").splitlines()]
    assert [row[:5] for row in rows if row[0] == name] == [[name, address, "recorder", "all", "invited"]]
    output_of(cli, "users", "disable", address)
    output_of(cli, "users", "enable", name)
    link = output_of(cli, "users", "reset", name)
    output_of(cli, "keys", "create", "--name", f"{name} 1")
    secret = output_of(cli, "keys", "rotate", f"{name} 1")
    output_of(cli, "keys", "create", "--name", f"{name} 2", "--expires-in-days", "3")
    output_of(cli, "keys", "revoke", f"{name} 2")
    rows = [line.split("\t") for line in output_of(cli, "keys", "list").splitlines()]
    assert [bool(row[6]) for row in rows if row[0].startswith(name)] == [False, True]
    output_of(cli, "keys", "revoke", "nothing", code=1)
    output_of(cli, "users", "disable", "nobody", code=1)
    output_of(cli, "users", "invite", address, "--name", name, code=1)
    return link, secret


def test_where_no_server_runs_the_command_line_opens_the_store_itself(cli: CliRunner, data_dir: Path) -> None:
    link, secret = let_in_and_out(cli, "noor")
    owners = output_of(cli, "sign-in-link", "--role", "viewer")
    with served(data_dir) as firm:
        assert Caller(firm.client, secret).get("/me")["role"] == "viewer"
        path = link.removeprefix("http://127.0.0.1:8000")
        assert Browser(firm).come_in(path).status_code == 303
        browser = Browser(firm)
        browser.come_in(owners.removeprefix("http://127.0.0.1:8000"), name="Robin", password="")
        assert browser.ask("GET", "/me")["name"] == "Robin"


def test_beside_a_running_server_the_command_line_asks_it(cli: CliRunner, data_dir: Path) -> None:
    running = Running(data_dir)
    try:
        write_server_file(data_dir, Word(running.url, running.context.owner_secret))
        link, secret = let_in_and_out(cli, "ivo")
        assert link.startswith(f"{running.url}/sign-in/")
        assert Caller(running.client, secret).get("/me")["name"] == "ivo 1"
        assert output_of(cli, "sign-in-link").startswith(f"{running.url}/sign-in/")
    finally:
        remove_server_file(data_dir)
        running.stop()


def test_what_a_user_may_do_and_where_they_are_signed_in_is_changed_at_the_command_line(
    cli: CliRunner, data_dir: Path
) -> None:
    running = Running(data_dir)
    try:
        write_server_file(data_dir, Word(running.url, running.context.owner_secret))
        running.admin.post("/clients", {"name": "Acme"})
        browser, other = Browser(running), Browser(running)
        link = output_of(cli, "users", "invite", "ivo@example.org", "--name", "Ivo")
        browser.come_in(link.removeprefix(running.url))
        user = browser.ask("GET", "/me")["id"]
        output_of(
            cli, "users", "change", "ivo@example.org", "--role", "recorder", "--clients", "acme", "--name", "Ivo B."
        )
        me = browser.ask("GET", "/me")
        assert (me["name"], me["role"], len(me["clients"])) == ("Ivo B.", "recorder", 1)
        output_of(cli, "users", "change", user, "--all-clients", "--email", "ivo.b@example.org")
        me = browser.ask("GET", "/me")
        assert (me["email"], me["role"], me["clients"]) == ("ivo.b@example.org", "recorder", None)
        output_of(cli, "users", "change", user, code=1)
        output_of(cli, "users", "change", user, "--all-clients", "--clients", "acme", code=1)

        other.sign_in("ivo.b@example.org")
        rows = [line.split("\t") for line in output_of(cli, "users", "sessions", user).splitlines()[1:]]
        assert {row[0] for row in rows} == {"Firefox on Linux"}
        assert len(rows) == 2
        mine = next(s["id"] for s in browser.ask("GET", "/me/sessions")["items"] if s["is_this"])
        output_of(cli, "users", "sign-out", user, "--session", mine)
        browser.ask("GET", "/me", status=401)
        other.ask("GET", "/me")
        output_of(cli, "users", "sign-out", user)
        other.ask("GET", "/me", status=401)
        output_of(cli, "users", "remove", user)
        output_of(cli, "users", "reset", user, code=1)
        running.admin.ask("GET", f"/people/{user}")
    finally:
        remove_server_file(data_dir)
        running.stop()
