"""Lists in pages: a limit, a cursor that says where the next page begins, and a `Link` to it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.problems import invalid

T = TypeVar("T")

MOST = 500
USUAL = 50
EVERYTHING = 10**9
"""The limit of a list that is asked for as a whole."""


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that was asked for."""

    limit: int
    after: tuple[Any, ...] | None

    def cut(self, found: Sequence[T], key: Callable[[T], tuple[Any, ...]]) -> tuple[Sequence[T], str | None]:
        """Of one item more than the limit: the page, and the cursor of the next one (null: that was all)."""
        if len(found) <= self.limit:
            return found, None
        items = found[: self.limit]
        return items, cursor_of(key(items[-1]))


def cursor_of(key: tuple[Any, ...]) -> str:
    """The sort key of the last item of a page, as an opaque text."""
    raw = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def key_of(cursor: str, parts: Sequence[Callable[[Any], Any]]) -> tuple[Any, ...]:
    """The sort key that a cursor holds, each part read by its own reader. Raises `Problem` 422."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = json.loads(raw)
        if not isinstance(key, list) or len(key) != len(parts):
            raise ValueError
        return tuple(read(part) for read, part in zip(parts, key, strict=True))
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError, binascii.Error):
        raise invalid(("cursor", "must be a cursor that a list has given out")) from None


def paged(*parts: Callable[[Any], Any]) -> Callable[[int, str | None], Page]:
    """The dependency that reads `limit` and `cursor`, the latter made of a sort key with these parts."""

    def ask(
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many items at most.")] = USUAL,
        cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")] = None,
    ) -> Page:
        return Page(limit, None if cursor is None else key_of(cursor, parts))

    return ask


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Tell the address of the next page in a `Link` header."""
    if cursor is not None:
        url = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'


def text(value: Any) -> str:
    """A text in a cursor."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


def number(value: Any) -> int:
    """A whole number in a cursor."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**62:
        raise ValueError
    return value
