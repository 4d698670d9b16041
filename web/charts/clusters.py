"""Splits text into grapheme clusters (Unicode), which must never be cut."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_ZWJ = "\u200d"
_VIRAMA = 9
"""The combining class of signs that join two consonants."""
_THAI_AND_LAO_AM = "\u0e33\u0eb3"


def clusters(text: str) -> Iterator[str]:
    """The grapheme clusters of a text, including emoji sequences, flags and conjuncts."""
    start = 0
    for place in range(1, len(text)):
        if not _continues(text, start, place):
            yield text[start:place]
            start = place
    if text:
        yield text[start:]


def _continues(text: str, start: int, place: int) -> bool:
    """Whether the character at `place` belongs to the cluster that starts at `start`."""
    before, character = text[place - 1], text[place]
    if character.isascii():
        return False
    if is_extending(character) or before == _ZWJ:
        return True
    if _is_regional(character):
        return _is_regional(before) and (place - start) % 2 == 1
    if _is_jamo(before) and _is_jamo(character):
        return _is_leading_jamo(before) or not _is_leading_jamo(character)
    return unicodedata.combining(before) == _VIRAMA and unicodedata.category(character) == "Lo"


def is_extending(character: str) -> bool:
    """Whether a character extends the one before it: marks, joiners, skin tones, tags, selectors."""
    return (
        character in _THAI_AND_LAO_AM
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\u200c" <= character <= _ZWJ
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_jamo(character: str) -> bool:
    return "\u1100" <= character <= "\u11ff"


def _is_leading_jamo(character: str) -> bool:
    return "\u1100" <= character <= "\u115f"
