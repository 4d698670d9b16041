"""Passwords: how they are hashed, how many at once, and which are refused.

Argon2id with the parameters that OWASP names (19 MiB, two passes, one lane). A password is refused for being short,
or for being made of what everybody tries first; nothing is asked of its mixture of characters (NIST SP 800-63B).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.http.problems import TOO_MANY, Problem

SHORTEST = 12
LONGEST = 200
FEWEST_KINDS = 5
LEAST_OF_ONES_OWN = 6

AT_ONCE = BoundedSemaphore(2)
"""Each hash costs 19 MiB and some tens of milliseconds of a core."""
IN_LINE = BoundedSemaphore(8)
"""Who waits for a hash holds a thread that pages need too."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

COMMON = (
    *("correcthorsebatterystaple", "administrator", "qwertyuiop", "1234567890", "motdepasse", "basketball"),
    *("asdfghjkl", "123456789", "password", "passw0rd", "p@ssw0rd", "p@ssword", "iloveyou", "changeme", "changeit"),
    *("football", "baseball", "sunshine", "princess", "superman", "trustno1", "whatever", "starwars", "computer"),
    *("1q2w3e4r", "1qaz2wsx", "zaq12wsx", "q1w2e3r4", "12345678", "87654321", "abcdefgh", "seatline", "passwort"),
    *("welcome", "letmein", "zxcvbnm", "charlie", "freedom", "1234567", "michael", "jessica", "default"),
    *("qwerty", "abc123", "123abc", "123456", "654321", "monkey", "dragon", "shadow", "master", "secret", "azerty"),
    *("qazwsx", "123123", "abcdef", "admin", "login", "hello", "guest", "12345", "qwert", "1q2w3e", "summer", "winter"),
    *("spring", "autumn", "1234", "4321", "2024", "2025", "2026", "2027", "pass", "root", "user", "test"),
)
"""What the most used passwords are made of, longer pieces before those that they hold."""


def weakness_of(password: str, about: Iterable[str] = ()) -> str | None:
    """What is wrong with a new password, null when nothing is; `about` are its owner's name and address."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        return f"must have at least {SHORTEST} characters; a few words in a row do well"
    if len(plain) > LONGEST:
        return f"must have at most {LONGEST} characters"
    rest = plain.casefold()
    own = {part for text in about for part in _parts_of(text)}
    for piece in (*sorted(own, key=len, reverse=True), *COMMON):
        rest = rest.replace(piece, "")
    if len(set(plain.casefold())) < FEWEST_KINDS or len(rest) < LEAST_OF_ONES_OWN:
        return "is one of the first that anybody would try; take words that have nothing to do with each other or you"
    return None


def hash_password(password: str) -> str:
    """What is kept of a password."""
    with AT_ONCE:
        return _hasher.hash(_plain(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was kept; where none was, it takes as long to say no."""
    with AT_ONCE:
        try:
            return _hasher.verify(_nobodys() if kept is None else kept, _plain(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether a password was hashed with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@contextmanager
def in_line() -> Iterator[None]:
    """A place in the short line of those who have passwords hashed. Raises `Problem` 429 when it is full."""
    if not IN_LINE.acquire(blocking=False):
        raise Problem(TOO_MANY, "Many people sign in just now. Try again in a moment.", headers={"Retry-After": "1"})
    try:
        yield
    finally:
        IN_LINE.release()


def _plain(password: str) -> str:
    """One spelling for what looks the same, whatever the keyboard made of it; no longer than any that is taken."""
    return unicodedata.normalize("NFKC", password[: LONGEST * 4])


def _parts_of(text: str) -> Iterator[str]:
    for part in text.casefold().replace("@", " ").replace(".", " ").replace("-", " ").replace("_", " ").split():
        if len(part) > 2:
            yield part


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
