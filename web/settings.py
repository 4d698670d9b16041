"""Settings from the command line, the environment (`SEATLINE_...`), or defaults for one firm on one machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Self

from limits import parse
from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.auth.single_sign_on import Provider, is_safe
from api.clock import today_in
from api.schemas.firm import FirmCurrency, Origin, TimeZone
from api.state.firm_settings import FIXABLE, FirmSettings
from projections.columnar import FROM_CLIENTS


def _as_rate(text: str) -> str:
    """Validate a rate limit such as `600/minute`; empty disables it. Raises `ValueError`."""
    if text:
        parse(text)
    return text


Rate = Annotated[str, AfterValidator(_as_rate)]


class Settings(BaseSettings):
    """The settings of one application. Read once at startup."""

    model_config = SettingsConfigDict(env_prefix="SEATLINE_", extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    data: Path = Path("data")
    database_url: str | None = None
    firm_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] | None = None
    time_zone: TimeZone | None = None
    public_address: Origin | None = None
    currency: FirmCurrency | None = None
    public_metrics: bool = False
    read_only: bool = False
    columns_from_clients: Annotated[int, Field(ge=1)] = FROM_CLIENTS
    trusted_proxies: str = "127.0.0.1"
    rate_limit_per_key: Rate = "60000/minute"
    rate_limit_per_address: Rate = "120000/minute"
    webhooks_allow_private: bool = False
    clock_tolerance_minutes: Annotated[int, Field(ge=1, le=52_560_000)] = 5
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "single sign-on"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.oidc_issuer is None) is not (self.oidc_client_id is None):
            raise ValueError("set both SEATLINE_OIDC_ISSUER and SEATLINE_OIDC_CLIENT_ID, or neither")
        if self.oidc_issuer is not None and not is_safe(self.oidc_issuer):
            raise ValueError("SEATLINE_OIDC_ISSUER must be an https address")
        if self.oidc_issuer is not None and find_spec("joserfc") is None:
            raise ValueError("single sign-on needs the extra `oidc`")
        return self

    def today(self) -> date:
        """The current date, used before a store with a time zone is open."""
        return today_in(FirmSettings(**self.fixed).zone)

    @property
    def fixed(self) -> Mapping[str, Any]:
        """The firm settings that the environment fixes."""
        values = {name: getattr(self, name) for name in FIXABLE}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def provider(self) -> Provider | None:
        """The single sign-on provider, or None."""
        if self.oidc_issuer is None or self.oidc_client_id is None:
            return None
        secret = None if self.oidc_client_secret is None else self.oidc_client_secret.get_secret_value()
        return Provider(self.oidc_issuer, self.oidc_client_id, secret, self.oidc_name)

    @property
    def clock_tolerance(self) -> timedelta:
        """How far the clock may jump ahead between two events."""
        return timedelta(minutes=self.clock_tolerance_minutes)

    @property
    def store(self) -> Path | str:
        """The store: a PostgreSQL URL or a data folder."""
        return self.database_url or self.data
