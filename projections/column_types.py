"""How values stand in the views: alike on both databases, so that one tuple is one row in either.

Ids are their 16 bytes. Dates are day numbers (`date.toordinal`), so that a difference is a count of days in plain SQL
everywhere (in a SQLite shell: `date((starts_on - 719163) * 86400, 'unixepoch')`). Instants are microseconds since
1970 UTC. Money is whole ten-thousandths of its currency (no currency has more
decimals), hours are whole hundredths. Text that people wrote freely
lies in JSON, escaped; where it is a column of its own it has gone through `plain`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
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
"""Text that is ordered by code points on both databases."""


class StoredType(TypeDecorator[T]):
    """A value that stands as a plainer one."""

    cache_ok = True

    def put(self, value: T) -> object:
        """What stands for the value."""
        raise NotImplementedError

    def taken(self, stored: Any) -> T:
        """The value that this stands for."""
        raise NotImplementedError

    def _put(self, value: T | None, dialect: Dialect) -> object:
        return None if value is None else self.put(value)

    def _taken(self, value: Any | None, dialect: Dialect) -> T | None:
        return None if value is None else self.taken(value)

    # what SQLAlchemy calls them
    process_bind_param = _put
    process_result_value = _taken

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None]:
        """What turns a stored value into ours, without the turns that SQLAlchemy takes on the way there."""
        taken = self.taken
        return lambda value: None if value is None else taken(value)


class Id(StoredType[UUID]):
    """An id."""

    impl = LargeBinary(16)
    cache_ok = True

    def put(self, value: UUID) -> bytes:
        """The id's bytes."""
        return value.bytes

    def taken(self, stored: bytes) -> UUID:
        """The id of these bytes."""
        return UUID(bytes=bytes(stored))

    def literal_processor(self, dialect: Dialect) -> Callable[[UUID], str]:
        """How an id is written in the text of a statement: there may be more of them than it takes parameters."""
        return lambda value: f"'\\x{value.hex}'::bytea" if dialect.name == "postgresql" else f"x'{value.hex}'"


class Day(StoredType[date]):
    """A date."""

    impl = Integer
    cache_ok = True

    def put(self, value: date) -> int:
        """The date's number."""
        return value.toordinal()

    def taken(self, stored: int) -> date:
        """The date of that number."""
        return date.fromordinal(stored)


class Instant(StoredType[datetime]):
    """An instant, to the microsecond."""

    impl = BigInteger
    cache_ok = True

    def put(self, value: datetime) -> int:
        """Microseconds since 1970 UTC."""
        return microseconds(value)

    def taken(self, stored: int) -> datetime:
        """The instant, in UTC."""
        return from_microseconds(stored)


class EnumText(StoredType[W], Generic[W]):
    """One word of a vocabulary."""

    impl = Text
    cache_ok = True

    def __init__(self, vocabulary: type[W]) -> None:
        """`vocabulary` is the enumeration the words are from."""
        super().__init__()
        self.vocabulary = vocabulary
        self._words = {str(word): word for word in vocabulary}

    def put(self, value: W) -> str:
        """The word as plain text (a driver would take an enumeration's name)."""
        return str(value)

    def taken(self, stored: str) -> W:
        """The word."""
        return self._words[stored]


def to_hundredths(number: Decimal) -> int:
    """A number of at most two decimals, in whole hundredths."""
    return int(number * 100)


def from_hundredths(number: int) -> Decimal:
    """The number of so many hundredths, with two decimals."""
    return Decimal(number).scaleb(-2)


def to_ten_thousandths(amount: Decimal) -> int:
    """An amount of money of at most four decimals, in whole ten-thousandths: of any currency, so nothing is lost."""
    return int(amount.scaleb(MOST_DECIMALS))


def from_ten_thousandths(number: int, currency: str) -> Decimal:
    """The amount of so many ten-thousandths, with the decimals of its currency."""
    return in_currency(Decimal(number).scaleb(-MOST_DECIMALS), currency)


def storable_text(text: str) -> str:
    """A text that both databases take: what they refuse (NUL, half a surrogate pair) is replaced, never a fault."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def normalized_text(text: str) -> str:
    """A text as a column holds it to be compared: one spelling for all normal forms, without blanks around it."""
    return storable_text(normalize("NFC", text.strip()))


def to_json(value: object) -> str:
    """JSON as both databases take it. Whatever was recorded can be written: odd characters are escaped."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        # numbers of more than 64 bits, half a surrogate pair
        return json.dumps(value)


def from_json(text: str) -> Any:
    """What `to_json` wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
