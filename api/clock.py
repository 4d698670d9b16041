"""The clock, and the firm's today: the date of an instant in the firm's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo


def now_utc() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


def day_in(instant: datetime, zone: tzinfo) -> date:
    """The date of an instant in a time zone; in UTC where the zone's date is out of range."""
    try:
        return instant.astimezone(zone).date()
    except OverflowError:
        return instant.date()


def today_in(zone: tzinfo) -> date:
    """The current date in a time zone."""
    return day_in(now_utc(), zone)
