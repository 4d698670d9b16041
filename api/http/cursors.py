"""Pagination cursors as opaque text.

A cursor holds the sort values and the id of the page's last row as they were when the page was read, so that a row
that moves later hides no other row. It is sealed for one list, filters included; a cursor of another list and an
altered one are refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from api.http.problems import invalid
from api.schemas.scalars import as_id, as_instant, instant_text

Place: TypeAlias = tuple[Any, ...]
"""The sort values of a row including its id: strings, integers, booleans, dates, instants and UUIDs."""

LONGEST_CURSOR = 20_000
"""In characters; two folded names of 200 characters can be long."""
_SEAL_BYTES = 12
_LARGEST = 2**62


def list_scope(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The scope of a cursor: the path and the filters of a list, independent of the order of the filters."""
    return json.dumps([path, *sorted(pair for pair in parameters if pair[1])])


def encode_cursor(scope: str, place: Sequence[Any]) -> str:
    """The cursor of the rows after a place."""
    content = json.dumps([_json_value(value) for value in place], ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(scope, content) + content).rstrip(b"=").decode()


def decode_cursor(cursor: str, scope: str, types: Sequence[type]) -> Place:
    """The place in a cursor. Raises `Problem` 422 for a cursor that does not belong to this list."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        content = raw[_SEAL_BYTES:]
        if raw[:_SEAL_BYTES] != _seal(scope, content):
            raise ValueError
        return tuple(_PARSERS[kind](value) for kind, value in zip(types, json.loads(content), strict=True))
    except (ValueError, TypeError, RecursionError, OverflowError, binascii.Error):
        raise invalid(("cursor", "must be a cursor returned by this list")) from None


def _seal(scope: str, content: bytes) -> bytes:
    scope_hash = hashlib.sha256(scope.encode("utf-8", "surrogatepass")).digest()
    return hashlib.blake2b(content, digest_size=_SEAL_BYTES, key=scope_hash, person=b"cursor").digest()


def _json_value(value: Any) -> str | int | bool:
    match value:
        case datetime():
            return instant_text(value)
        case date() | UUID():
            return str(value)
        case bool() | int() | str():
            return value
        case _:
            raise TypeError(f"A cursor cannot hold a {type(value).__name__}.")


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    value.encode()
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LARGEST:
        raise ValueError
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


_PARSERS: Mapping[type, Callable[[object], Any]] = {
    str: _text,
    int: _number,
    bool: _boolean,
    date: lambda value: date.fromisoformat(_text(value)),
    datetime: as_instant,
    UUID: as_id,
}
