"""Roles, and the limit of a caller to some clients."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """A role; each role includes the rights of the ones before it."""

    VIEWER = "viewer"
    RECORDER = "recorder"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role includes the rights of another one."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


def clients_to_json(clients: Collection[UUID] | None) -> list[str] | None:
    """A client limit as JSON; null means all clients."""
    return None if clients is None else sorted(map(str, clients))


def clients_from_json(ids: Sequence[str] | None) -> frozenset[UUID] | None:
    """A client limit from JSON."""
    return None if ids is None else frozenset(map(UUID, ids))
