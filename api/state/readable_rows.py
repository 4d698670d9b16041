"""Reads stored rows one by one where one of them is damaged, so that all others are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, Select

from api.state.checked_columns import UnreadableState

T = TypeVar("T")

_LEFT_OUT: ContextVar[set[Damage] | None] = ContextVar("left_out", default=None)


class Damage(NamedTuple):
    """The table and the column of a value that cannot be read."""

    table: str
    column: str

    def __str__(self) -> str:
        """As `table.column`."""
        return f"{self.table}.{self.column}"


@contextmanager
def noting_damage() -> Iterator[Set[Damage]]:
    """Collect what cannot be read meanwhile, to tell whoever reads the rest."""
    damage: set[Damage] = set()
    token = _LEFT_OUT.set(damage)
    try:
        yield damage
    finally:
        _LEFT_OUT.reset(token)


def noted_damage() -> Sequence[Damage]:
    """What could not be read of all that this request has read."""
    return sorted(_LEFT_OUT.get() or ())


def note_damage(damage: Iterable[Damage]) -> None:
    """Note that values cannot be read which this request would use."""
    noted = _LEFT_OUT.get()
    if noted is not None:
        noted.update(damage)


def rows_of(connection: Connection, query: Select[Any], *, limit: int | None = None) -> Sequence[Row[Any]]:
    """The rows that can be read, at most `limit`; the others are left out.

    A page stays full where rows are left out of it, so that whoever turns the pages misses none of the others.
    """
    extra = 0
    while True:
        most = None if limit is None else limit + extra
        rows, left_out = _read(connection, query if most is None else query.limit(most))
        has_all = most is None or len(rows) + len(left_out) < most
        if limit is None or has_all or len(rows) >= limit:
            note_damage(map(_damage_of, left_out))
            return rows if limit is None else rows[:limit]
        extra = max(2 * extra, len(left_out))


def if_readable(read: Callable[[], T | None]) -> T | None:
    """What `read` reads of a row that grants access, or null. A damaged one grants nothing, as if it did not exist."""
    try:
        return read()
    except UnreadableState as fault:
        note_damage([_damage_of(fault)])
        return None


def row_that_opens(connection: Connection, query: Select[Any], parameters: Mapping[str, Any] | None = None) -> Any:
    """The row of a credential, or null; a damaged one opens nothing."""
    return if_readable(lambda: connection.execute(query, parameters or {}).one_or_none())


def named(key: object, read: Callable[[], T]) -> T:
    """What `read` reads of the row with a key. Raises `UnreadableState` with that key where it is damaged."""
    try:
        return read()
    except UnreadableState as fault:
        note_damage([_damage_of(fault)])
        raise UnreadableState(fault.table, fault.column, str(key)) from fault


def _read(connection: Connection, query: Select[Any]) -> tuple[Sequence[Row[Any]], Sequence[UnreadableState]]:
    try:
        return connection.execute(query).all(), ()
    except UnreadableState:
        return _read_one_by_one(connection, query)


def _read_one_by_one(
    connection: Connection, query: Select[Any]
) -> tuple[Sequence[Row[Any]], Sequence[UnreadableState]]:
    rows: list[Row[Any]] = []
    left_out: list[UnreadableState] = []
    result = connection.execute(query)
    while True:
        try:
            row = result.fetchone()
        except UnreadableState as fault:
            left_out.append(fault)
            continue
        if row is None:
            return rows, left_out
        rows.append(row)


def _damage_of(fault: UnreadableState) -> Damage:
    return Damage(fault.table, fault.column)
