"""OpenTelemetry, where an operator turns it on, is told no secrets."""

from __future__ import annotations

from pathlib import Path

from api_client import application
from fastapi.routing import iter_route_contexts

from web.settings import Settings
from web.telemetry import TELEMETRY, has_secret


def test_no_request_with_a_secret_in_its_address_is_traced(tmp_path: Path) -> None:
    app = application(Settings(data=tmp_path))
    paths = {str(route.path) for route in iter_route_contexts(app.routes) if route.path}
    secret = {path for path in paths if "{token}" in path or "callback" in path}
    assert len(secret) >= 5
    assert {path for path in secret if not has_secret({"path": path.replace("{token}", "abc")})} == set()
    traced = {path for path in paths if not has_secret({"path": path})}
    assert {"/", "/clients", "/api/v1/clients", "/api/v1/share-links", "/sign-in"} <= traced
    assert TELEMETRY["logs"] is False
