"""Where the HTTP API lies."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "/api/v1"
