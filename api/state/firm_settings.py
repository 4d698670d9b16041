"""The settings of the firm, stored in one row; the environment can fix some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select

from api.schemas.logo import Logo
from api.state.tables import firm_logo, firm_settings

_ROW = 1


@dataclass(frozen=True, slots=True)
class FirmSettings:
    """The settings of the firm. `time_zone` is an IANA name, `currency` the default in forms.

    `version` increases with every change (0: never changed). Without a `public_address` (an origin like
    `https://seatline.example.org`), links use the address of the request. `logo` is the name of the stored picture.
    """

    firm_name: str | None = None
    fiscal_year_start_month: int = 1
    time_zone: str = "UTC"
    public_address: str | None = None
    currency: str = "USD"
    version: int = 0
    logo: str | None = None

    @property
    def zone(self) -> tzinfo:
        """The time zone that determines the current day."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)


FIXABLE = ("firm_name", "fiscal_year_start_month", "time_zone", "public_address", "currency")
"""What the environment can fix."""

SETTABLE = (*FIXABLE, "logo")


def find_settings(connection: Connection) -> FirmSettings:
    """The stored settings, or the defaults."""
    row = connection.execute(select(firm_settings)).one_or_none()
    if row is None:
        return FirmSettings()
    return FirmSettings(**{name: value for name, value in row._mapping.items() if name != "id"})


def store_settings(connection: Connection, settings: FirmSettings) -> None:
    """Replace the stored settings."""
    connection.execute(delete(firm_settings))
    connection.execute(insert(firm_settings).values(id=_ROW, **asdict(settings)))


def find_logo(connection: Connection, name: str | None) -> Logo | None:
    """The logo of that name, the firm's or the one before it; null for any other."""
    row = connection.execute(select(firm_logo).where(firm_logo.c.name == name)).one_or_none() if name else None
    return None if row is None else Logo(row.media_type, row.content)


def store_logo(connection: Connection, logo: Logo | None, replaced: str | None) -> None:
    """Store the firm's logo. Of all others only the `replaced` one stays, so that the change can be undone."""
    new = logo.name if logo else None
    connection.execute(delete(firm_logo).where(firm_logo.c.name.not_in([name for name in (new, replaced) if name])))
    if logo is not None and find_logo(connection, logo.name) is None:
        values = {"name": logo.name, "media_type": logo.media_type, "content": logo.content}
        connection.execute(insert(firm_logo).values(values))


@dataclass(slots=True)
class EffectiveSettings:
    """The settings in effect in one process: the stored ones, overridden by the environment.

    Reading `current` is free; `refresh` reads the store. A server refreshes after its own changes and every second,
    so that a change takes effect on other servers within a second.
    """

    fixed: Mapping[str, Any] = field(default_factory=dict)
    current: FirmSettings = field(init=False)

    def __post_init__(self) -> None:
        self.current = self.with_overrides(FirmSettings())

    def with_overrides(self, settings: FirmSettings) -> FirmSettings:
        """Settings with the values fixed by the environment."""
        return replace(settings, **self.fixed)

    def refresh(self, connection: Connection) -> None:
        """Load the stored settings."""
        self.current = self.with_overrides(find_settings(connection))
