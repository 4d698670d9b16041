"""What OpenTelemetry is not told: requests whose path holds a secret, and the messages of exceptions.

FastAPI sends traces and metrics where `FASTAPI_OTEL_AUTO_CONFIGURE` and the variables of OpenTelemetry say so.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final

from fastapi.telemetry import TelemetryConfig

from api.http.prefix import PREFIX
from api.share_links import SHARE_PREFIX

SECRET_PATHS: Final = (SHARE_PREFIX, "/sign-in/", "/single-sign-on", f"{PREFIX}/calendar/")
"""The beginnings of paths that hold a token, or whose query does."""


def has_secret(scope: MutableMapping[str, Any]) -> bool:
    """Whether the address of a request grants access to whoever reads it."""
    return str(scope.get("path", "")).startswith(SECRET_PATHS)


TELEMETRY: Final[TelemetryConfig] = {"exclude": has_secret, "logs": False}
"""Logs would have the messages of exceptions, which may name people."""
