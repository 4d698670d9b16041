"""Names in Latin letters, from which slugs are made."""

from __future__ import annotations

from anyascii import anyascii


def in_latin_letters(name: str) -> str:
    """A name transliterated letter by letter; apostrophes that only stand for a sign of another script are left out."""
    return "".join(c if c.isascii() else anyascii(c).replace("'", "") for c in name)
