"""The present rights of the users and keys who made links and webhooks, which act on their behalf."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from api.auth.access import THE_OWNER, Caller, Door
from api.state.keys import find_key
from api.state.people import OWNER
from api.state.roles import Role
from api.state.users import Standing, find_user


def maker_now(connection: Connection, maker: UUID, now: datetime) -> Caller | None:
    """The maker as a caller, with the role and the clients that they have now.

    Null once they may do nothing any more: a removed, erased or disabled user, a revoked or expired key.
    """
    if maker == OWNER:
        return THE_OWNER
    user = find_user(connection, maker)
    if user is not None:
        if user.standing is not Standing.ACTIVE:
            return None
        return Caller(user.id, user.name, user.role, user.clients, Door.SESSION, user.id)
    key = find_key(connection, maker)
    if key is None or not key.is_valid(now):
        return None
    return Caller(key.id, key.name, key.role, key.clients, Door.KEY, key.id)


def admin_now(connection: Connection, maker: UUID, now: datetime) -> Caller | None:
    """The maker as a caller, if they are still an admin; otherwise null."""
    caller = maker_now(connection, maker, now)
    return caller if caller is not None and caller.may(Role.ADMIN) else None
