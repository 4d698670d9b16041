"""Places in a list: opaque to the caller, stable while rows come and go."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import orjson


class InvalidCursor(ValueError):  # noqa: N818  (said like the domain's refusals)
    """That cursor was not given out by this list."""


def cursor_after(*place: str | int) -> str:
    """The cursor of what comes after a place."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def place_of(cursor: str, *types: type) -> Sequence[str | int]:
    """The place that a cursor names; raises `InvalidCursor` unless its parts are of these types."""
    try:
        place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise InvalidCursor("That is not a cursor.") from None
    if not isinstance(place, list) or [type(part) for part in place] != list(types):
        raise InvalidCursor("That cursor belongs to another list.")
    return place
