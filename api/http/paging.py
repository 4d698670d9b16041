"""Cursor pagination: a limit, a cursor for the next page, and a `Link` header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias, TypeVar

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.http.cursors import LONGEST_CURSOR, Place, decode_cursor, encode_cursor, list_scope

T = TypeVar("T")

MAX_LIMIT = 500
DEFAULT_LIMIT = 50
EVERYTHING = 10**9
"""The limit of a request for the whole list."""

_NOT_FILTERS = frozenset({"limit", "cursor", "format", "after_position"})
"""Parameters that do not affect which rows a list has."""

Limit: TypeAlias = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The maximum number of items.")]
Cursor: TypeAlias = Annotated[
    str | None,
    Query(
        max_length=LONGEST_CURSOR,
        description="The `next` value of the previous page.",
        json_schema_extra={"pattern": "^[A-Za-z0-9_-]*$"},
    ),
]


@dataclass(frozen=True, slots=True)
class Page:
    """A requested page: at most `limit` items after a place (null: from the start). `scope` identifies the list."""

    limit: int
    after: Place | None
    scope: str

    @property
    def is_whole(self) -> bool:
        """Whether all rows after the place are requested."""
        return self.limit == EVERYTHING

    def cut(self, rows: Sequence[T], place: Callable[[T], Place]) -> tuple[Sequence[T], str | None]:
        """The page's items and the cursor of the next page (null: last page), from one row more than the limit."""
        if len(rows) <= self.limit:
            return rows, None
        items = rows[: self.limit]
        return items, self.cursor(place(items[-1]))

    def cursor(self, place: Place | None) -> str | None:
        """The cursor of the rows after a place; null without a place."""
        return None if place is None else encode_cursor(self.scope, place)

    def slice(self, rows: Sequence[T], place: Callable[[T], Place]) -> tuple[Sequence[T], str | None]:
        """The page of a complete list that is sorted by place."""
        after = self.after
        rest = rows if after is None else [row for row in rows if place(row) > after]
        return self.cut(rest, place)


def paged(*types: type, default_limit: int = DEFAULT_LIMIT) -> Callable[[Request, int, str | None], Page]:
    """A dependency that reads `limit` and `cursor`. `types` are the types of the cursor's sort values.

    A file contains every row after the cursor unless a `limit` is given.
    """

    def read_page(request: Request, limit: Limit = default_limit, cursor: Cursor = None) -> Page:
        return page_of_request(request, limit, cursor, types)

    return read_page


def page_of_request(request: Request, limit: int, cursor: str | None, types: Sequence[type]) -> Page:
    """The page that a request asks for, where the types of the cursor's sort values depend on the request."""
    parameters = request.query_params
    scope = list_scope(request.url.path, (pair for pair in parameters.multi_items() if pair[0] not in _NOT_FILTERS))
    is_file = parameters.get("format", "json") != "json"
    return Page(
        EVERYTHING if is_file and "limit" not in parameters else limit,
        None if cursor is None else decode_cursor(cursor, scope, types),
        scope,
    )


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Add a `Link` header to the next page."""
    if cursor is not None:
        url = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
