"""Lists in pages: a limit, a cursor that says where the next page begins, and a `Link` to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.http.cursors import LONGEST_CURSOR, Place, decode_cursor, encode_cursor, list_scope

T = TypeVar("T")

MOST = 500
USUAL = 50
EVERYTHING = 10**9
"""The limit of a list that is asked for as a whole."""

_NOT_FILTERS = frozenset({"limit", "cursor", "format", "after_position"})
"""Parameters that say how a list is read, and not which rows it has."""


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that was asked for: at most `limit` items, `after` a place; `scope` names the list."""

    limit: int
    after: Place | None
    scope: str

    @property
    def is_whole(self) -> bool:
        """Whether every row after the place was asked for."""
        return self.limit == EVERYTHING

    def cut(self, rows: Sequence[T], place: Callable[[T], Place]) -> tuple[Sequence[T], str | None]:
        """Of one row more than the limit: the page, and the cursor of the next one (null: that was all)."""
        if len(rows) <= self.limit:
            return rows, None
        items = rows[: self.limit]
        return items, self.cursor(place(items[-1]))

    def cursor(self, place: Place | None) -> str | None:
        """The cursor of what comes after a place; null where nothing does."""
        return None if place is None else encode_cursor(self.scope, place)

    def slice(self, rows: Sequence[T], place: Callable[[T], Place]) -> tuple[Sequence[T], str | None]:
        """The page of a list that is sorted by its places and whole."""
        after = self.after
        rest = rows if after is None else [row for row in rows if place(row) > after]
        return self.cut(rest, place)


def paged(*types: type, usual: int = USUAL) -> Callable[[Request, int, str | None], Page]:
    """The dependency that reads `limit` and `cursor`, the latter a place made of values of these types.

    A file has every row after the cursor unless a `limit` is given.
    """

    def ask(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many items at most.")] = usual,
        cursor: Annotated[
            str | None,
            Query(
                max_length=LONGEST_CURSOR,
                description="`next` of the page before.",
                json_schema_extra={"pattern": "^[A-Za-z0-9_-]*$"},
            ),
        ] = None,
    ) -> Page:
        given = request.query_params
        scope = list_scope(request.url.path, (pair for pair in given.multi_items() if pair[0] not in _NOT_FILTERS))
        is_file = given.get("format", "json") != "json"
        return Page(
            EVERYTHING if is_file and "limit" not in given else limit,
            None if cursor is None else decode_cursor(cursor, scope, types),
            scope,
        )

    return ask


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Tell the address of the next page in a `Link` header."""
    if cursor is not None:
        url = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
