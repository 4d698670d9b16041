"""Throttling of sign-in attempts by account and by address, across all processes.

An attempt is counted before it is made, so that parallel attempts all count. After the free attempts each wait is
twice the previous one, up to 15 minutes; attempts expire after a while.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from api.state.readable_rows import if_readable, rows_of
from api.state.tables import attempts

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=15)
NO_TIME = timedelta()
RETENTION = timedelta(days=1)
MOST_DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class Subject:
    """What attempts are counted for: the number of free ones, and how long they count."""

    name: str
    free: int
    forgotten_after: timedelta

    @property
    def hash(self) -> bytes:
        """The stored hash of the name, so that no email or IP address is stored."""
        return hashlib.sha256(self.name.encode("utf-8", "surrogatepass")).digest()

    def wait_after(self, tries: int) -> timedelta:
        """The wait after this many attempts."""
        if tries < self.free:
            return NO_TIME
        wait: timedelta = FIRST_WAIT * 2 ** min(tries - self.free, MOST_DOUBLINGS)
        return min(wait, LONGEST_WAIT)


def on_account(email: str) -> Subject:
    """The account of an email address, whether it exists or not."""
    return Subject(f"account:{email}", 5, RETENTION)


def on_address(address: str) -> Subject:
    """The caller's IP address; for IPv6 the /64 network, which belongs to one customer."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return Subject(f"address:{address}", 20, timedelta(hours=1))
    name = ip_network((parsed, 64), strict=False) if isinstance(parsed, IPv6Address) else parsed
    return Subject(f"address:{name}", 20, timedelta(hours=1))


def wait_for(connection: Connection, subjects: Sequence[Subject], *, at: datetime) -> timedelta:
    """The time until the next attempt is allowed; zero if it is allowed now."""
    hashes = [subject.hash for subject in subjects]
    rows = rows_of(connection, select(attempts.c.open_at).where(attempts.c.subject_hash.in_(hashes)))
    return max((row.open_at - at for row in rows), default=NO_TIME)


def count_attempt(connection: Connection, subjects: Sequence[Subject], *, at: datetime) -> timedelta:
    """Count an attempt before it is made. If the caller must wait, it is not counted and the wait is returned."""
    wait = wait_for(connection, subjects, at=at)
    if wait > NO_TIME:
        return wait
    connection.execute(delete(attempts).where(attempts.c.last_at < at - RETENTION))
    for subject in subjects:
        row = _attempts_on(connection, subject)
        if row is None:
            reset_attempts(connection, subject)  # what cannot be read
            columns = {"tries": 1, "last_at": at, "open_at": at + subject.wait_after(1)}
            connection.execute(insert(attempts).values(subject_hash=subject.hash, **columns))
            continue
        tries = 1 if at - row.last_at > subject.forgotten_after else row.tries + 1
        connection.execute(
            update(attempts)
            .where(attempts.c.subject_hash == subject.hash)
            .values(tries=tries, last_at=at, open_at=at + subject.wait_after(tries))
        )
    return NO_TIME


def reset_attempts(connection: Connection, subject: Subject) -> None:
    """Delete the attempts on an account after a successful sign-in by its owner."""
    connection.execute(delete(attempts).where(attempts.c.subject_hash == subject.hash))


def undo_attempt(connection: Connection, subject: Subject, *, at: datetime) -> None:
    """Undo the last attempt from an address after a successful sign-in; earlier ones still count."""
    row = _attempts_on(connection, subject)
    if row is not None:
        tries = max(row.tries - 1, 0)
        connection.execute(
            update(attempts)
            .where(attempts.c.subject_hash == subject.hash)
            .values(tries=tries, open_at=at + subject.wait_after(tries))
        )


def _attempts_on(connection: Connection, subject: Subject) -> Row[Any] | None:
    """The attempts on a subject; null if there are none that can be read: they are counted anew."""
    return if_readable(connection.execute(select(attempts).where(attempts.c.subject_hash == subject.hash)).one_or_none)
