"""Settings: from the command line, else the environment (`SEATLINE_...`), else what suits one firm on one machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Self

from limits import parse
from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.auth.single_sign_on import Provider, is_safe
from api.schemas.firm import FirmCurrency, Origin, TimeZone
from api.state.firm_settings import SETTABLE, FirmSettings
from projections.columnar import FROM_CLIENTS


def _as_rate(text: str) -> str:
    """A rate as the limits are written, like `600/minute`; empty for none. Raises `ValueError`."""
    if text:
        parse(text)
    return text


Rate = Annotated[str, AfterValidator(_as_rate)]


class Settings(BaseSettings):
    """How one application runs. Read once, at the start."""

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
    columns_from_clients: Annotated[int, Field(ge=1)] = FROM_CLIENTS
    trusted_proxies: str = "127.0.0.1"
    rate_limit_per_key: Rate = "60000/minute"
    rate_limit_per_address: Rate = "120000/minute"
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "single sign-on"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.oidc_issuer is None) is not (self.oidc_client_id is None):
            raise ValueError("SEATLINE_OIDC_ISSUER and SEATLINE_OIDC_CLIENT_ID go together")
        if self.oidc_issuer is not None and not is_safe(self.oidc_issuer):
            raise ValueError("SEATLINE_OIDC_ISSUER must be an https address")
        if self.oidc_issuer is not None and find_spec("joserfc") is None:
            raise ValueError("single sign-on needs the extra `oidc`")
        return self

    def today(self) -> date:
        """The date, before a store is open that could say in which time zone."""
        return datetime.now(FirmSettings(**self.fixed).zone).date()

    @property
    def fixed(self) -> Mapping[str, Any]:
        """The firm's settings that the environment fixes."""
        values = {name: getattr(self, name) for name in SETTABLE}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def provider(self) -> Provider | None:
        """Who signs people on besides ourselves; null: nobody."""
        if self.oidc_issuer is None or self.oidc_client_id is None:
            return None
        secret = None if self.oidc_client_secret is None else self.oidc_client_secret.get_secret_value()
        return Provider(self.oidc_issuer, self.oidc_client_id, secret, self.oidc_name)

    @property
    def store(self) -> Path | str:
        """Where everything is kept: a PostgreSQL address, or a data folder."""
        return self.database_url or self.data
