"""Pages of a report whose rows are all computed and sorted by their place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

R = TypeVar("R")
P = TypeVar("P", bound=tuple[Any, ...])


def page_of(
    rows: Sequence[R], place_of: Callable[[R], P], after: P | None, limit: int | None
) -> tuple[Sequence[R], P | None]:
    """At most `limit` rows (null: all) after a place (null: from the start); the last one's place if more follow."""
    first = 0 if after is None else bisect_right(rows, after, key=place_of)
    page = rows[first:] if limit is None else rows[first : first + limit]
    has_more = first + len(page) < len(rows)
    return page, place_of(page[-1]) if page and has_more else None
