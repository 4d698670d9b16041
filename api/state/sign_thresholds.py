"""The thresholds of warning signs that the firm has set. Rows are only added, so that the past stays answerable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, insert, select

from api.state.checked_columns import damaged_in, reported
from api.state.readable_rows import Damage, note_damage
from api.state.tables import sign_thresholds
from domain.signs.firm_thresholds import FirmThresholds, ThresholdSetting


@dataclass(frozen=True, slots=True)
class StoredThresholds:
    """What the firm has set, by the number of its row, in the order of recording."""

    by_number: Mapping[int, ThresholdSetting] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    """The columns that have a damaged value."""

    def thresholds(self) -> FirmThresholds:
        """The thresholds without what cannot be read."""
        return FirmThresholds(tuple(self.by_number.values()))


def read_thresholds(connection: Connection, last: Mapping[int, ThresholdSetting]) -> StoredThresholds:
    """What is stored; for a row that cannot be read, what it was when it was read `last`."""
    table = sign_thresholds.c
    columns = (table.sign, table.name, table.value, table.counts_from, table.recorded_at, table.recorded_by)
    by_number, unreadable = {}, set[str]()
    for row in connection.execute(select(table.number, *reported(*columns)).order_by(table.number)):
        (number, *values), damaged = row, damaged_in(row)
        if not damaged:
            by_number[number] = ThresholdSetting(*values)
        elif number in last:
            by_number[number] = last[number]
        unreadable.update(damaged)
    return StoredThresholds(by_number, frozenset(unreadable))


def find_thresholds(connection: Connection) -> FirmThresholds:
    """Everything that the firm has set, in the order of recording."""
    stored = read_thresholds(connection, {})
    note_damage(Damage(sign_thresholds.name, column) for column in stored.unreadable)
    return stored.thresholds()


def add_thresholds(connection: Connection, settings: Iterable[ThresholdSetting]) -> None:
    """Store new settings, in order."""
    for setting in settings:
        connection.execute(insert(sign_thresholds).values(**asdict(setting)))
