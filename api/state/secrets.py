"""Secrets: 32 random bytes, shown once and stored only as SHA-256 hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

KEY_PREFIX = "seatline_"


def new_secret(prefix: str = "") -> str:
    """A random secret; the prefix makes leaked secrets recognizable."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """The stored hash of a secret. Secrets are random, so a slow hash would add no protection."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_api_key() -> str:
    """The secret of an API key that is not derived from a credential."""
    return new_secret(KEY_PREFIX)


def derived_key(credential: str, salt: str) -> str:
    """The secret of an API key, derived from its maker's credential and a stored salt, so that only they can get it
    again.
    """
    return KEY_PREFIX + derived_secret(credential, salt)


def derived_secret(credential: str, salt: str) -> str:
    """A secret derived from its maker's credential and a stored salt, so that only they can get it again."""
    digest = hmac.digest(credential.encode(), salt.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
