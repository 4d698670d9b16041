"""A firm is never left without somebody who may do everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from api.http.problems import LAST_ADMIN, Problem
from api.state.users import has_admin


@contextmanager
def keeping_an_admin(connection: Connection) -> Iterator[None]:
    """Refuse (409) a change after which no active admin of all clients is left, where there was one before."""
    had_one = has_admin(connection)
    yield
    if had_one and not has_admin(connection):
        raise Problem(LAST_ADMIN)
