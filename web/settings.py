"""Settings: from the command line, else the environment (`SEATLINE_...`), else what suits one firm on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from projections.views import FROM_CLIENTS


class Settings(BaseSettings):
    """How one application runs. Read once, at the start."""

    model_config = SettingsConfigDict(env_prefix="SEATLINE_", extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    data: Path = Path("data")
    database_url: str | None = None
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] = 1
    public_metrics: bool = False
    columns_from_clients: Annotated[int, Field(ge=1)] = FROM_CLIENTS
    trusted_proxies: str = "127.0.0.1"

    @property
    def store(self) -> Path | str:
        """Where everything is kept: a PostgreSQL address, or a data folder."""
        return self.database_url or self.data
