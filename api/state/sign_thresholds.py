"""The thresholds of warning signs that the firm has set. Rows are only added, so that the past stays answerable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from api.state.tables import sign_thresholds
from domain.signs.firm_thresholds import FirmThresholds, ThresholdSetting


def find_thresholds(connection: Connection) -> FirmThresholds:
    """Everything that the firm has set, in the order of recording."""
    table = sign_thresholds.c
    columns = (table.sign, table.name, table.value, table.counts_from, table.recorded_at, table.recorded_by)
    rows = connection.execute(select(*columns).order_by(table.number))
    return FirmThresholds(tuple(ThresholdSetting(*row) for row in rows))


def add_thresholds(connection: Connection, settings: Iterable[ThresholdSetting]) -> None:
    """Store new settings, in order."""
    for setting in settings:
        connection.execute(insert(sign_thresholds).values(**asdict(setting)))
