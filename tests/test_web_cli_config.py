"""`seatline config`: the settings in effect, and where each of them comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from api_client import served
from typer.testing import CliRunner

from web.cli import app


def configuration(*arguments: str) -> dict[str, tuple[str, str]]:
    """What the command prints: value and source, by setting."""
    result = CliRunner().invoke(app, ["config", *arguments])
    assert result.exit_code == 0, result.output
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert rows[0] == ["Setting", "Value", "From"]
    return {name: (value, source) for name, value, source in rows[1:]}


def test_each_setting_is_shown_with_its_source(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(data_dir) as firm:
        firm.admin.ask("PATCH", "/settings", {"time_zone": "Asia/Tokyo", "currency": "JPY"})
    monkeypatch.setenv("SEATLINE_PORT", "9001")
    monkeypatch.setenv("SEATLINE_CURRENCY", "EUR")
    shown = configuration("--data", str(data_dir))
    assert shown["data"] == (str(data_dir), "--data")
    assert shown["port"] == ("9001", "SEATLINE_PORT")
    assert shown["currency"] == ("EUR", "SEATLINE_CURRENCY")
    assert shown["time_zone"] == ("Asia/Tokyo", "settings of the firm")
    assert shown["host"] == ("127.0.0.1", "default")
    assert shown["read_only"] == ("false", "default")


def test_no_secret_is_shown_and_no_store_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLINE_OIDC_ISSUER", "https://login.example.org")
    monkeypatch.setenv("SEATLINE_OIDC_CLIENT_ID", "seatline")
    monkeypatch.setenv("SEATLINE_OIDC_CLIENT_SECRET", "canary-1")
    shown = configuration("--data", str(tmp_path / "none"))
    assert shown["oidc_client_secret"] == ("(set, not shown)", "SEATLINE_OIDC_CLIENT_SECRET")
    assert "canary" not in str(shown)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://seatline:canary@db/firm", "postgresql://seatline:***@db/firm"),
        ("postgresql://db/firm?user=seatline&password=canary", "postgresql://db/firm?password=hidden&user=seatline"),
        ("postgresql://db:port/firm?password=canary", "(set, not shown)"),
    ],
)
def test_the_address_of_a_database_is_shown_without_its_password(address: str, shown: str) -> None:
    from web.cli_config import _text

    assert _text("database_url", address) == shown
