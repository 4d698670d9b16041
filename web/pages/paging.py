"""Lists on pages: the address of the next page, and the place at which a page begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from api.http.cursors import Place, decode_cursor, encode_cursor, list_scope
from web.components import Pages
from web.pages.urls import address

T = TypeVar("T")
A_PAGE = 50


def place_in(cursor: str, types: tuple[type, ...], path: str, *queries: Mapping[str, object]) -> Place | None:
    """The place after which a list goes on; null for its first page. Raises `Problem` 422 for a foreign cursor."""
    return decode_cursor(cursor, _scope(path, queries), types) if cursor else None


def next_address(place: Place | None, path: str, *queries: Mapping[str, object], **named: object) -> str | None:
    """Where a list goes on after a place; null where it ends. `named` parameters are no filters of the list."""
    if place is None:
        return None
    return address(path, *queries, named, cursor=encode_cursor(_scope(path, queries), place))


def cut_page(
    rows: Sequence[T], place: Callable[[T], Place], path: str, after: Place | None, limit: int = A_PAGE
) -> tuple[Sequence[T], Pages]:
    """Of a list without filters, read after a place with one row more than the limit: the page, and its neighbours."""
    shown = rows[:limit]
    last = place(shown[-1]) if len(rows) > limit else None
    return shown, Pages("", path if after else None, next_address(last, path))


def _scope(path: str, queries: tuple[Mapping[str, object], ...]) -> str:
    merged = {name: value for query in queries for name, value in query.items()}
    return list_scope(path, ((name, "" if value is None else str(value)) for name, value in merged.items()))
