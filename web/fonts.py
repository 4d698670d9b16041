"""Characters without an installed font: names the packages to install, and transliterates the text.

Inter is bundled; every other script uses a system font.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Collection

from anyascii import anyascii
from markupsafe import escape

LOGGER = logging.getLogger(__name__)

EMOJI, HAN, LATIN = "Emoji and symbols", "Chinese characters", "Latin"
_PACKAGES = {
    EMOJI: "fonts-noto-color-emoji",
    **dict.fromkeys((HAN, "Hiragana", "Katakana", "Hangul", "Bopomofo"), "fonts-noto-cjk"),
}
_MOST = "fonts-noto-core"
_OF_SCRIPT = re.compile(
    r"(.+?) (?:SMALL |CAPITAL |INDEPENDENT |DEPENDENT )?"
    r"(?:LETTER|VOWEL|SIGN|SYLLABLE|DIGIT|CHARACTER|MARK|LIGATURE|CONSONANT|POINT|SYLLABICS)\b"
)
# words with non-ASCII letters; dashes, quotation marks, ellipses and isolates need no other font and end a word
_WORDS = re.compile("[^\0-\x7f\u2013-\u201e\u2022\u2026\u2066-\u2069]+")


def script_of(character: str) -> str:
    """The common name of a character's script, such as `Hebrew` or `Chinese characters`."""
    if unicodedata.category(character) in ("So", "Sk", "Sm"):
        return EMOJI
    name = unicodedata.name(character, "")
    if name.startswith(("CJK", "KANGXI", "IDEOGRAPHIC")):
        return HAN
    match = _OF_SCRIPT.match(name)
    return (match[1] if match else name.partition(" ")[0] or "unassigned characters").title()


def missing_fonts_sentence(missing: Collection[str]) -> str:
    """A note that names the packages to install for these characters; empty if none is missing."""
    scripts = sorted({script_of(character) for character in missing})
    if not scripts:
        return ""
    packages = sorted({_PACKAGES.get(script, _MOST) for script in scripts})
    these = "the Debian package" if len(packages) == 1 else "the Debian packages"
    # most Latin letters are available: list the missing ones
    example = min((character for character in missing if script_of(character) == LATIN), default="")
    named = [f"{LATIN} (U+{ord(example):04X})" if script == LATIN else script for script in scripts]
    return (
        f"This server has no font for some letters, which are transliterated here: {_and(named)}. "
        f"To show them, install {these} {_and(packages)}."
    )


def transliterated(markup: str, missing: Collection[str]) -> str:
    """Markup in which words with missing characters are transliterated to Latin letters."""
    return _WORDS.sub(lambda word: _latin(word[0]) if set(word[0]) & set(missing) else word[0], markup)


def _latin(word: str) -> str:
    latin = anyascii(word).strip() or "?"
    has_case = any(unicodedata.category(character) in ("Lu", "Ll") for character in word)
    return str(escape(latin if has_case else latin[:1].upper() + latin[1:]))


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
