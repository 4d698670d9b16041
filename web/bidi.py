"""Isolation of text from right to left: a name in Hebrew or Arabic never reorders the words and dates around it.

Templates isolate every text that they show (`web.isolation`); sentences made of names isolate them with `isolate`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

FSI, PDI = "\u2068", "\u2069"
_ISOLATES = re.compile(f"[{FSI}{PDI}]")
# the blocks in which the letters and digits of right-to-left scripts lie
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_STRONG = {"L": False, "R": True, "AL": True}


def has_right_to_left(text: str) -> bool:
    """Whether a text has letters that are written from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is written from right to left."""
    directions = (_STRONG.get(unicodedata.bidirectional(character)) for character in text)
    return next((direction for direction in directions if direction is not None), False)


def isolate(text: str) -> str:
    """The text between FSI and PDI where it has letters from right to left, and as it is where it has none."""
    if not has_right_to_left(text) or (text.startswith(FSI) and text.endswith(PDI) and text.count(FSI) == 1):
        return text
    return f"{FSI}{text}{PDI}"


def isolate_all(details: Any) -> Any:
    """The same values, mappings and lists, with each text isolated."""
    match details:
        case str():
            return isolate(details)
        case Mapping():
            return {name: isolate_all(value) for name, value in details.items()}
        case list() | tuple():
            return [isolate_all(value) for value in details]
    return details


def without_isolates(text: str) -> str:
    """The text without the characters that `isolate` adds."""
    return _ISOLATES.sub("", text)
