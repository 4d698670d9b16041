"""Roles, and the clients that somebody is limited to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What somebody may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    RECORDER = "recorder"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what needs that one."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


def clients_out(clients: Collection[UUID] | None) -> list[str] | None:
    """A limit as it is kept; null means all clients."""
    return None if clients is None else sorted(map(str, clients))


def clients_in(kept: Sequence[str] | None) -> frozenset[UUID] | None:
    """A limit as it was kept."""
    return None if kept is None else frozenset(map(UUID, kept))
