"""The settings of the firm, stored in one row; the environment can fix some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select

from api.state.tables import firm_settings

_ROW = 1


@dataclass(frozen=True, slots=True)
class FirmSettings:
    """The settings of the firm. `time_zone` is an IANA name, `currency` the default in forms.

    `version` increases with every change (0: never changed). Without a `public_address` (an origin like
    `https://seatline.example.org`), links use the address of the request.
    """

    firm_name: str | None = None
    fiscal_year_start_month: int = 1
    time_zone: str = "UTC"
    public_address: str | None = None
    currency: str = "USD"
    version: int = 0

    @property
    def zone(self) -> tzinfo:
        """The time zone that determines the current day."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)


SETTABLE = ("firm_name", "fiscal_year_start_month", "time_zone", "public_address", "currency")


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
