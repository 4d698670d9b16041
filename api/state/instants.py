"""The column type of instants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.types import UserDefinedType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class InstantColumn(UserDefinedType[datetime]):
    """An instant as whole microseconds since the epoch in UTC, the same on both databases."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The column type."""
        return "BIGINT"

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        """Converts an instant to microseconds."""
        return lambda instant: None if instant is None else (instant - _EPOCH) // timedelta(microseconds=1)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Converts microseconds to an instant in UTC."""
        return lambda stored: None if stored is None else _EPOCH + timedelta(microseconds=stored)
