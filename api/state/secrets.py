"""Secrets: made of 32 random bytes, given out once, kept only as their SHA-256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

KEY_PREFIX = "seatline_"


def new_secret(prefix: str = "") -> str:
    """A secret nobody can guess, with a prefix by which a leak can be told."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """What is kept of a secret. It is random already, so a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_key() -> str:
    """The secret of a key that nobody asks for twice."""
    return new_secret(KEY_PREFIX)


def derived_key(credential: str, salt: str) -> str:
    """The secret of a key made by somebody with a credential: they alone can be told it again, from the salt."""
    return KEY_PREFIX + derived_secret(credential, salt)


def derived_secret(credential: str, salt: str) -> str:
    """A secret made by somebody with a credential: they alone can be told it again, from the salt."""
    digest = hmac.digest(credential.encode(), salt.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
