"""Attempts at signing in: counted for the account and for the address they come from, in every process alike.

An attempt is counted before it is made, so that many at once are as many. After the free ones each wait is twice as
long as the one before, up to a quarter of an hour; attempts are forgotten after a while.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection, delete, insert, select, update

from api.state.tables import attempts

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=15)
NO_TIME = timedelta()
LONGEST_MEMORY = timedelta(days=1)
MOST_DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class Subject:
    """On what attempts are counted: how many are free, and after what time they are forgotten."""

    name: str
    free: int
    forgotten_after: timedelta

    @property
    def hash(self) -> bytes:
        """What is kept of it; neither an email nor an IP address."""
        return hashlib.sha256(self.name.encode("utf-8", "surrogatepass")).digest()

    def wait_after(self, tries: int) -> timedelta:
        """How long nothing more is tried after that many attempts."""
        if tries < self.free:
            return NO_TIME
        wait: timedelta = FIRST_WAIT * 2 ** min(tries - self.free, MOST_DOUBLINGS)
        return min(wait, LONGEST_WAIT)


def on_account(email: str) -> Subject:
    """The account that an email address names, whether there is one or not."""
    return Subject(f"account:{email}", 5, LONGEST_MEMORY)


def on_address(address: str) -> Subject:
    """The IP address that somebody asks from; of IPv6 the network of 64 bits that one customer has."""
    try:
        found = ip_address(address)
    except ValueError:
        return Subject(f"address:{address}", 20, timedelta(hours=1))
    name = ip_network((found, 64), strict=False) if isinstance(found, IPv6Address) else found
    return Subject(f"address:{name}", 20, timedelta(hours=1))


def wait_for(connection: Connection, subjects: Sequence[Subject], *, at: datetime) -> timedelta:
    """How long it is until an attempt may be made; nothing when it may be made now."""
    hashes = [subject.hash for subject in subjects]
    opens = connection.execute(select(attempts.c.open_at).where(attempts.c.subject_hash.in_(hashes))).scalars()
    return max((open_at - at for open_at in opens), default=NO_TIME)


def count_attempt(connection: Connection, subjects: Sequence[Subject], *, at: datetime) -> timedelta:
    """Count an attempt that is about to be made; when it must wait, it is not counted, and this says how long."""
    wait = wait_for(connection, subjects, at=at)
    if wait > NO_TIME:
        return wait
    connection.execute(delete(attempts).where(attempts.c.last_at < at - LONGEST_MEMORY))
    for subject in subjects:
        row = connection.execute(select(attempts).where(attempts.c.subject_hash == subject.hash)).one_or_none()
        if row is None:
            opened = {"tries": 1, "last_at": at, "open_at": at + subject.wait_after(1)}
            connection.execute(insert(attempts).values(subject_hash=subject.hash, **opened))
            continue
        tries = 1 if at - row.last_at > subject.forgotten_after else row.tries + 1
        connection.execute(
            update(attempts)
            .where(attempts.c.subject_hash == subject.hash)
            .values(tries=tries, last_at=at, open_at=at + subject.wait_after(tries))
        )
    return NO_TIME


def forgive(connection: Connection, subject: Subject) -> None:
    """Forget the attempts on an account: whoever made the last one is its owner."""
    connection.execute(delete(attempts).where(attempts.c.subject_hash == subject.hash))


def uncount(connection: Connection, subject: Subject, *, at: datetime) -> None:
    """Take back the last attempt from an address: it was a good one. Those before it stay counted."""
    row = connection.execute(select(attempts).where(attempts.c.subject_hash == subject.hash)).one_or_none()
    if row is not None:
        tries = max(row.tries - 1, 0)
        connection.execute(
            update(attempts)
            .where(attempts.c.subject_hash == subject.hash)
            .values(tries=tries, open_at=at + subject.wait_after(tries))
        )
