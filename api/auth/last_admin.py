"""Ensures that a firm always keeps at least one active admin with access to all clients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from api.http.problems import LAST_ADMIN, Problem
from api.state.users import has_admin


@contextmanager
def require_admin_remains(connection: Connection) -> Iterator[None]:
    """Refuse (409) a change that removes the last active admin with access to all clients."""
    had_one = has_admin(connection)
    yield
    if had_one and not has_admin(connection):
        raise Problem(LAST_ADMIN)
