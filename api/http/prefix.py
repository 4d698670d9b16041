"""The path prefix of the HTTP API."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "/api/v1"
