"""The settings of the firm, stored in one row; the environment can fix some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select, update

from api.schemas.firm import as_origin, time_zones
from api.schemas.logo import Logo
from api.state.checked_columns import damaged_in, expect, reported
from api.state.readable_rows import Damage, note_damage, rows_of
from api.state.tables import firm_logo, firm_settings
from domain.currencies import CODES

_ROW = 1

expect(lambda month: 1 <= month <= 12, firm_settings.c.fiscal_year_start_month)
expect(lambda name: name in time_zones(), firm_settings.c.time_zone)
expect(lambda code: code in CODES, firm_settings.c.currency)
expect(lambda address: as_origin(address) == address, firm_settings.c.public_address)


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
    unreadable: frozenset[str] = frozenset()
    """The settings whose stored values are damaged. Others stand for them, and every page and answer says so."""

    @property
    def zone(self) -> tzinfo:
        """The time zone that determines the current day."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)


FIXABLE = ("firm_name", "fiscal_year_start_month", "time_zone", "public_address", "currency")
"""What the environment can fix."""

SETTABLE = (*FIXABLE, "logo")


def find_settings(connection: Connection) -> FirmSettings:
    """The stored settings, or the defaults, which also stand for what cannot be read."""
    row = connection.execute(select(*reported(*firm_settings.columns))).one_or_none()
    if row is None:
        return FirmSettings()
    unreadable = frozenset(damaged_in(row))
    note_damage(Damage(firm_settings.name, column) for column in unreadable)
    values = {name: value for name, value in row._mapping.items() if name != "id" and name not in unreadable}
    return FirmSettings(**values, unreadable=unreadable)


def store_settings(connection: Connection, settings: FirmSettings) -> None:
    """Replace the stored settings, but leave what cannot be read as it is."""
    left_out = {"unreadable", *settings.unreadable}
    values = {name: value for name, value in asdict(settings).items() if name not in left_out}
    if settings.unreadable:
        connection.execute(update(firm_settings).values(**values))
        return
    connection.execute(delete(firm_settings))
    connection.execute(insert(firm_settings).values(id=_ROW, **values))


def find_logo(connection: Connection, name: str | None) -> Logo | None:
    """The logo of that name, the firm's or the one before it; null for any other."""
    query = select(firm_logo).where(firm_logo.c.name == name)
    row = next(iter(rows_of(connection, query)), None) if name else None
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
    so that a change takes effect on other servers within a second. For a setting that cannot be read, the last value
    that could be stands, or else the default. That misleads nobody: every answer names its day, its quarter's dates and
    its currency, and says which setting cannot be read. Only of the public address nothing may stand in, because links
    would lead to the address that the caller names (see `api/http/public_address.py`).
    """

    fixed: Mapping[str, Any] = field(default_factory=dict)
    current: FirmSettings = field(init=False)

    def __post_init__(self) -> None:
        self.current = self.with_overrides(FirmSettings())

    def with_overrides(self, settings: FirmSettings) -> FirmSettings:
        """Settings with the values fixed by the environment, and the last ones in place of what cannot be read."""
        last = {name: getattr(self.current, name) for name in settings.unreadable & set(SETTABLE)}
        unreadable = settings.unreadable - self.fixed.keys()
        return replace(settings, **{**last, **self.fixed}, unreadable=unreadable)

    def refresh(self, connection: Connection) -> None:
        """Load the stored settings."""
        self.current = self.with_overrides(find_settings(connection))
