"""SQLAlchemy column types of the read models, which store values alike on SQLite and PostgreSQL.

Ids are 16 bytes. Dates are day numbers (`date.toordinal`), so that a difference counts days in plain SQL (in an SQLite
shell: `date((starts_on - 719163) * 86400, 'unixepoch')`). Instants are microseconds since 1970 (UTC). Money is in whole
ten-thousandths of its currency (no currency has more decimals), hours in hundredths. Free text is escaped in JSON;
in a column of its own it is made storable by `storable_text`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar
from unicodedata import normalize
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from domain.currencies import MOST_DECIMALS, in_currency
from projections.log.entries import from_microseconds, microseconds

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)

SORTED_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text ordered by code points on both databases."""


class StoredType(TypeDecorator[T]):
    """A column type whose values are stored as a simpler type."""

    cache_ok = True

    def encode(self, value: T) -> object:
        """Convert a value to its stored form."""
        raise NotImplementedError

    def decode(self, stored: Any) -> T:
        """Convert a stored form to the value."""
        raise NotImplementedError

    def _encode(self, value: T | None, dialect: Dialect) -> object:
        return None if value is None else self.encode(value)

    def _decode(self, value: Any | None, dialect: Dialect) -> T | None:
        return None if value is None else self.decode(value)

    # the names that SQLAlchemy calls
    process_bind_param = _encode
    process_result_value = _decode

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None]:
        """Convert results directly, without the wrappers that SQLAlchemy would add."""
        decode = self.decode
        return lambda value: None if value is None else decode(value)


@lru_cache(maxsize=50_000)
def id_of(stored: bytes) -> UUID:
    """The id of stored bytes. Cached, because most ids recur, and making a `UUID` costs more than reading its row."""
    return UUID(bytes=stored)


class Id(StoredType[UUID]):
    """A UUID, stored as 16 bytes."""

    impl = LargeBinary(16)
    cache_ok = True

    def encode(self, value: UUID) -> bytes:
        """The bytes of an id."""
        return value.bytes

    def decode(self, stored: bytes) -> UUID:
        """The id of stored bytes."""
        return id_of(bytes(stored))

    def literal_processor(self, dialect: Dialect) -> Callable[[UUID], str]:
        """Render ids into the SQL text, for lists of ids longer than the limit of parameters."""
        return lambda value: f"'\\x{value.hex}'::bytea" if dialect.name == "postgresql" else f"x'{value.hex}'"


class Day(StoredType[date]):
    """A date, stored as its day number (`date.toordinal`)."""

    impl = Integer
    cache_ok = True

    def encode(self, value: date) -> int:
        """The day number of a date."""
        return value.toordinal()

    def decode(self, stored: int) -> date:
        """The date of a day number."""
        return date.fromordinal(stored)


class Instant(StoredType[datetime]):
    """An instant, stored as microseconds since 1970 (UTC)."""

    impl = BigInteger
    cache_ok = True

    def encode(self, value: datetime) -> int:
        """Microseconds since 1970 (UTC)."""
        return microseconds(value)

    def decode(self, stored: int) -> datetime:
        """The instant, in UTC."""
        return from_microseconds(stored)


class EnumText(StoredType[W], Generic[W]):
    """A member of a string enumeration, stored as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, vocabulary: type[W]) -> None:
        """`vocabulary` is the enumeration."""
        super().__init__()
        self.vocabulary = vocabulary
        self._words = {str(word): word for word in vocabulary}

    def encode(self, value: W) -> str:
        """The member's value (a driver would store its name)."""
        return str(value)

    def decode(self, stored: str) -> W:
        """The member with a stored value. Raises `KeyError` for an unknown one."""
        return self._words[stored]


def to_hundredths(number: Decimal) -> int:
    """A number of at most two decimals, in hundredths."""
    return int(number * 100)


def from_hundredths(number: int) -> Decimal:
    """Hundredths as a number with two decimals."""
    return Decimal(number).scaleb(-2)


def to_ten_thousandths(amount: Decimal) -> int:
    """An amount of money of at most four decimals, in ten-thousandths; exact for every currency."""
    return int(amount.scaleb(MOST_DECIMALS))


def from_ten_thousandths(number: int, currency: str) -> Decimal:
    """Ten-thousandths as an amount with the decimals of its currency."""
    return in_currency(Decimal(number).scaleb(-MOST_DECIMALS), currency)


def storable_text(text: str) -> str:
    """Replace what the databases cannot store: NUL, and lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def normalized_text(text: str) -> str:
    """Normalize a text for comparison: Unicode NFC, stripped, storable."""
    return storable_text(normalize("NFC", text.strip()))


def to_json(value: object) -> str:
    """Encode JSON that both databases can store, with unusual characters escaped."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        # integers of more than 64 bits, or lone surrogates
        return json.dumps(value)


def from_json(text: str) -> Any:
    """Decode JSON written by `to_json`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
