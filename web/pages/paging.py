"""Pagination of lists: cursors in URLs and links to the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from api.http.cursors import Place, decode_cursor, encode_cursor, list_scope
from web.components import Pages
from web.pages.urls import address

T = TypeVar("T")
A_PAGE = 50


def place_in(cursor: str, types: tuple[type, ...], path: str, *queries: Mapping[str, object]) -> Place | None:
    """The place in a cursor; null for the first page. Raises `Problem` 422 for a cursor of another list."""
    return decode_cursor(cursor, _scope(path, queries), types) if cursor else None


def next_address(place: Place | None, path: str, *queries: Mapping[str, object], **named: object) -> str | None:
    """The URL of the next page after a place; null at the end. `named` parameters are not filters."""
    if place is None:
        return None
    return address(path, *queries, named, cursor=encode_cursor(_scope(path, queries), place))


def cut_page(
    rows: Sequence[T], place: Callable[[T], Place], path: str, after: Place | None, limit: int = A_PAGE
) -> tuple[Sequence[T], Pages]:
    """The first `limit` of rows read with one more than `limit`, and links to the neighbouring pages."""
    shown = rows[:limit]
    last = place(shown[-1]) if len(rows) > limit else None
    return shown, Pages("", path if after else None, next_address(last, path))


def _scope(path: str, queries: tuple[Mapping[str, object], ...]) -> str:
    merged = {name: value for query in queries for name, value in query.items()}
    return list_scope(path, ((name, "" if value is None else str(value)) for name, value in merged.items()))
