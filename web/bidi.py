"""Isolates right-to-left text, so that a name in Hebrew or Arabic does not reorder the text around it.

Templates isolate every text that they show (`web.isolation`); sentences composed of names isolate them with `isolate`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

FSI, PDI = "\u2068", "\u2069"
_ISOLATES = re.compile(f"[{FSI}{PDI}]")
# the Unicode blocks of right-to-left scripts
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_STRONG = {"L": False, "R": True, "AL": True}


def has_right_to_left(text: str) -> bool:
    """Whether a text has right-to-left letters."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is right-to-left."""
    directions = (_STRONG.get(unicodedata.bidirectional(character)) for character in text)
    return next((direction for direction in directions if direction is not None), False)


def isolate(text: str) -> str:
    """Wrap the text in FSI and PDI if it has right-to-left letters."""
    if not has_right_to_left(text) or (text.startswith(FSI) and text.endswith(PDI) and text.count(FSI) == 1):
        return text
    return f"{FSI}{text}{PDI}"


def isolate_all(details: Any) -> Any:
    """A copy of the value, mapping or list with every text isolated."""
    match details:
        case str():
            return isolate(details)
        case Mapping():
            return {name: isolate_all(value) for name, value in details.items()}
        case list() | tuple():
            return [isolate_all(value) for value in details]
    return details


def without_isolates(text: str) -> str:
    """Remove the characters that `isolate` adds."""
    return _ISOLATES.sub("", text)
