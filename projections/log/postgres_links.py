"""Finds links of the hash chain in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

_FIND_LINKS = """
SELECT originator_id, link
FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (stream, version)
JOIN stored_events ON originator_id = stream AND originator_version = version
JOIN chain ON position = notification_id
"""


def find_links(connection: psycopg.Connection[Any], events: Sequence[tuple[UUID, int]]) -> Mapping[UUID, bytes]:
    """The links of events, given by stream and version, one of each stream; those without one are left out."""
    streams, versions = zip(*events, strict=True)
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        return dict(cursor.execute(_FIND_LINKS, (list(streams), list(versions)), prepare=True).fetchall())
