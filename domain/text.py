"""Normalises text that people write, and folds it to keys for search and sorting."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache

LONGEST_KEY = 600
"""The length limit of stored keys, which PostgreSQL indexes require."""

ZWNJ, ZWJ = "\u200c", "\u200d"
_BLACK_FLAG, _LAST_TAG = "\U0001f3f4", "\U000e007f"
_BLANKS = " \t\n\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


class UncleanText(ValueError):  # noqa: N818  (named like the domain's refusals)
    """A text contains forbidden characters or nothing visible. The message says what is wrong."""


class _Ranges:
    """A set of code points, as ranges of hexadecimal numbers."""

    def __init__(self, ranges: str) -> None:
        pairs = sorted(tuple(int(end, 16) for end in part.partition("-")[::2] if end) for part in ranges.split())
        self._starts = [pair[0] for pair in pairs]
        self._ends = [pair[-1] for pair in pairs]

    def __contains__(self, character: str) -> bool:
        place = bisect_right(self._starts, ord(character)) - 1
        return place >= 0 and ord(character) <= self._ends[place]


# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt): invisible, including the bidi controls
_IGNORABLE = _Ranges(
    "00AD 034F 061C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164 FE00-FE0F FEFF FFA0 FFF0-FFF8 "
    "1BCA0-1BCA3 1D173-1D17A E0000-E0FFF"
)
_NONCHARACTERS = _Ranges("FDD0-FDEF")
_BIDI_CONTROLS = _Ranges("061C 200E-200F 202A-202E 2066-2069")
# also invisible, or line breaks that fields do not support
_BLANK_OR_BREAK = _Ranges("2028-2029 2800 FFF9-FFFB")
# scripts whose letters join or form conjuncts: Arabic to Tibetan, Myanmar, Khmer, Mongolian and others
_JOINING = _Ranges(
    "0600-08FF 0900-0DFF 0F00-109F 1780-18AF 1A20-1AAF 1B00-1CFF A840-A8FF A980-A9FF AA00-AAFF ABC0-ABFF FB50-FDFF "
    "FE70-FEFC 10A00-10A5F 10AC0-10AFF 10D00-10D3F 10F30-10FDF 11000-11FFF 1E900-1E95F"
)
_PICTOGRAPHS = _Ranges(
    "00A9 00AE 203C 2049 2122 2139 2194-21AA 231A-23FF 24C2 25AA-25FE 2600-27BF 2934-2935 2B05-2B55 3030 303D 3297 "
    "3299 1F000-1FAFF"
)
_VARIATIONS = _Ranges("FE00-FE0F E0100-E01EF")
_TAGS = _Ranges("E0020-E007F")
_MONGOLIAN_VARIATIONS = _Ranges("180B-180D 180F")
_MONGOLIAN = _Ranges("1820-18AA")
_HAN = _Ranges("3400-4DBF 4E00-9FFF F900-FAFF 20000-3FFFF")
_KEYCAPS = frozenset("0123456789#*")

# ccc of the marks that are part of a letter, not an accent: kana voicing, and viramas, which make conjuncts
_PARTS_OF_LETTERS = (8, 9)
_LETTERS = {
    "æ": "ae",
    "œ": "oe",
    "ß": "ss",
    "þ": "th",
    "ð": "d",
    "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    "ȷ": "j",
    "ŋ": "ng",
    "ə": "e",
    "ɛ": "e",
    "ɔ": "o",
    "\N{LATIN SMALL LETTER GAMMA}": "g",
    "\N{LATIN SMALL LETTER IOTA}": "i",
    "ʊ": "u",
    "ɵ": "o",
    "ʉ": "u",
    "ʒ": "zh",
    "ʃ": "sh",
    "ĸ": "q",
    "·": "",
    "ƕ": "hv",
    "ǝ": "e",
    "\N{MODIFIER LETTER TURNED COMMA}": "'",
    "\N{MODIFIER LETTER APOSTROPHE}": "'",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{HYPHEN}": "-",
    "\N{EN DASH}": "-",
    # one letter with an Arabic and a Persian code point
    "ي": "ی",
    "ى": "ی",
    "ك": "ک",
    "ـ": "",
}
_LATIN = re.compile(r"LATIN SMALL LETTER ([A-Z]) WITH .+")


def clean(text: str, *, multiline: bool = False) -> str:
    """Normalise a text for storage: NFC, stripped; line breaks become LF and are allowed only if `multiline`.

    Raises `UncleanText` for control characters, bidi controls, invisible characters, and joiners that neither a script
    nor an emoji sequence needs.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    if multiline:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", text).strip(_BLANKS)
    for place, character in enumerate(text):
        if not (multiline and character == "\n") and (fault := _fault_at(text, place, character)):
            raise UncleanText(f"must not hold {fault} (U+{ord(character):04X})")
    return text


def clean_name(text: str) -> str:
    """Normalise a name for storage: clean, one line, at least one visible character. Raises `UncleanText`."""
    name = clean(text)
    if not is_visible(name):
        raise UncleanText("must not be empty")
    return name


def is_storable(text: str) -> bool:
    """Whether both databases can store a text: no NUL, no lone surrogate."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text))


def is_visible(text: str) -> bool:
    """Whether a text has a visible character: a letter, number, punctuation mark or symbol."""
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _IGNORABLE and c != "\u2800" for c in text)


def fold(text: str) -> str:
    """Fold a text for search and sorting: independent of case, accents, normal form and spacing.

    Extended Latin letters become their base letters (`ł`, `ø`, `đ`); other scripts are unchanged. Control characters
    and lone surrogates, which databases cannot store, are removed.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    folded = "".join(map(_folded, unicodedata.normalize("NFKD", " ".join(text.split()))))
    return " ".join(unicodedata.normalize("NFC", folded).split())


def key_of_name(name: str) -> str:
    """The stored, indexed key of a name: its fold, cut to the index limit."""
    return fold(name)[:LONGEST_KEY].rstrip()


def _fault_at(text: str, place: int, character: str) -> str:
    """What is wrong with a character at its place; empty if nothing."""
    category = unicodedata.category(character)
    if category == "Cc":
        return "control characters"
    if category == "Cs" or ord(character) & 0xFFFE == 0xFFFE or character in _NONCHARACTERS:
        return "a code point that is not a character"
    if character in _BIDI_CONTROLS:
        return "controls of the writing direction"
    if character in _BLANK_OR_BREAK:
        return "invisible characters"
    if character in _IGNORABLE and not _is_needed(text, place, character):
        return "invisible characters"
    return ""


def _is_needed(text: str, place: int, character: str) -> bool:
    """Whether an invisible character changes how its neighbours are drawn."""
    before = text[place - 1] if place else ""
    after = text[place + 1] if place + 1 < len(text) else ""
    if not before:
        return False
    if character == ZWNJ:
        return _is_word(before) and _is_word(after) and (before in _JOINING or after in _JOINING)
    if character == ZWJ:
        if _is_emoji(before):
            return bool(after) and after in _PICTOGRAPHS
        return before in _JOINING and _is_word(before) and after not in (ZWJ, ZWNJ) and not _is_plain_letter(after)
    if character in _MONGOLIAN_VARIATIONS:
        return before in _MONGOLIAN
    if character in _TAGS:
        return _is_within_flag(text, place)
    if character in _VARIATIONS:
        return before in _PICTOGRAPHS or before in _KEYCAPS or before in _HAN
    return False


def _is_word(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] in "LMN" and character not in _IGNORABLE


def _is_plain_letter(character: str) -> bool:
    """Whether a character is a letter of a script that never joins, such as Latin, Greek or Cyrillic."""
    return bool(character) and character not in _JOINING and unicodedata.category(character)[0] in "LM"


def _is_emoji(character: str) -> bool:
    """Whether a character is an emoji that a zero-width joiner can follow."""
    return character in _PICTOGRAPHS or character == "\ufe0f" or character in _TAGS


def _is_within_flag(text: str, place: int) -> bool:
    """Whether a tag belongs to a regional flag: a black flag, tags, and a final cancel tag."""
    start = place
    while start and text[start - 1] in _TAGS:
        start -= 1
    end = text.find(_LAST_TAG, place)
    return start > 0 and text[start - 1] == _BLACK_FLAG and end >= 0 and all(c in _TAGS for c in text[place:end])


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    """The fold of one character of a decomposed text."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", character.casefold()) if not _is_left_out(c))
    return "".join(_letter(c) for c in folded)


def _is_left_out(character: str) -> bool:
    if unicodedata.combining(character) not in (0, *_PARTS_OF_LETTERS):
        return True
    return unicodedata.category(character) in ("Cc", "Cs") or character in _IGNORABLE


def _letter(character: str) -> str:
    if character.isascii():
        return character
    if character in _LETTERS:
        return _LETTERS[character]
    match = _LATIN.fullmatch(unicodedata.name(character, ""))
    return match[1].lower() if match else character
