"""The firm's settings: what holds for everybody, kept in one row, with some of it fixed by the environment."""

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
    """`time_zone` is an IANA name, `currency` what forms propose, `version` grows with every change (0: none yet).

    Without a `public_address` (an origin, `https://seatline.example.org`) links use the address that is served.
    """

    firm_name: str | None = None
    fiscal_year_start_month: int = 1
    time_zone: str = "UTC"
    public_address: str | None = None
    currency: str = "USD"
    version: int = 0

    @property
    def zone(self) -> tzinfo:
        """The time zone in which days begin and end."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)


SETTABLE = ("firm_name", "fiscal_year_start_month", "time_zone", "public_address", "currency")


def find_settings(connection: Connection) -> FirmSettings:
    """The settings as they are kept; the defaults where nothing was ever set."""
    row = connection.execute(select(firm_settings)).one_or_none()
    if row is None:
        return FirmSettings()
    return FirmSettings(**{name: value for name, value in row._mapping.items() if name != "id"})


def keep_settings(connection: Connection, settings: FirmSettings) -> None:
    """Keep settings in place of those before."""
    connection.execute(delete(firm_settings))
    connection.execute(insert(firm_settings).values(id=_ROW, **asdict(settings)))


@dataclass(slots=True)
class EffectiveSettings:
    """The settings that hold in one process: the kept ones as they were last read, under what the environment fixes.

    Reading them costs nothing; `refresh` reads the store. A server refreshes after each change of its own and every
    second, so that a change on one server holds on the others a second later.
    """

    fixed: Mapping[str, Any] = field(default_factory=dict)
    current: FirmSettings = field(init=False)

    def __post_init__(self) -> None:
        self.current = self.under(FirmSettings())

    def under(self, kept: FirmSettings) -> FirmSettings:
        """Kept settings with what the environment fixes."""
        return replace(kept, **self.fixed)

    def refresh(self, connection: Connection) -> None:
        """Read the store."""
        self.current = self.under(find_settings(connection))
