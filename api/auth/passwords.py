"""Password hashing and password rules.

Argon2id with the parameters that OWASP recommends (19 MiB, two passes, one lane). A password is refused if it is
short or consists of common passwords; no mixture of character classes is required (NIST SP 800-63B).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.http.problems import TOO_MANY, Problem

SHORTEST = 12
LONGEST = 200
FEWEST_KINDS = 5
LEAST_OF_ONES_OWN = 6

HASHING = BoundedSemaphore(2)
"""At most two hashes run at once: each takes 19 MiB and tens of milliseconds of CPU time."""
WAITING = BoundedSemaphore(8)
"""At most eight requests wait for a hash: each occupies a worker thread that other requests need."""

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
"""Parts of the most common passwords; longer parts precede the shorter ones they contain."""


def weakness_of(password: str, about: Iterable[str] = ()) -> str | None:
    """What is wrong with a new password, or null. `about` holds the owner's name and email address."""
    plain = _normalized(password)
    if len(plain) < SHORTEST:
        return f"must have at least {SHORTEST} characters; a short phrase works well"
    if len(plain) > LONGEST:
        return f"must have at most {LONGEST} characters"
    rest = plain.casefold()
    own = {part for text in about for part in _words_of(text)}
    for piece in (*sorted(own, key=len, reverse=True), *COMMON):
        rest = rest.replace(piece, "")
    if len(set(plain.casefold())) < FEWEST_KINDS or len(rest) < LEAST_OF_ONES_OWN:
        return "is easy to guess; choose unrelated words that have nothing to do with you"
    return None


def hash_password(password: str) -> str:
    """The Argon2id hash of a password."""
    with HASHING:
        return _hasher.hash(_normalized(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether a password matches its hash. Without a hash the check fails after the same time."""
    with HASHING:
        try:
            return (
                _hasher.verify(_placeholder_hash() if password_hash is None else password_hash, _normalized(password))
                and password_hash is not None
            )
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Whether a password was hashed with other parameters than the current ones."""
    return _hasher.check_needs_rehash(password_hash)


@contextmanager
def hashing_slot() -> Iterator[None]:
    """Reserve one of the places for hashing a password. Raises `Problem` 429 when all are taken."""
    if not WAITING.acquire(blocking=False):
        raise Problem(TOO_MANY, "Many people are signing in. Try again in a moment.", headers={"Retry-After": "1"})
    try:
        yield
    finally:
        WAITING.release()


def _normalized(password: str) -> str:
    """The NFKC form of a password, truncated well above the maximum length."""
    return unicodedata.normalize("NFKC", password[: LONGEST * 4])


def _words_of(text: str) -> Iterator[str]:
    for part in text.casefold().replace("@", " ").replace(".", " ").replace("-", " ").replace("_", " ").split():
        if len(part) > 2:
            yield part


@lru_cache(maxsize=1024)
def _placeholder_hash() -> str:
    return _hasher.hash("nobody has this password")
