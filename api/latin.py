"""Transliteration of names to Latin letters, used to make slugs."""

from __future__ import annotations

from anyascii import anyascii


def transliterate(name: str) -> str:
    """A name in ASCII, transliterated character by character. Apostrophes added by the transliteration are left out."""
    return "".join(c if c.isascii() else anyascii(c).replace("'", "") for c in name)
