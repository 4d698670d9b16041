"""Measures text in Inter without a browser.

Labels are positioned in Python, so their widths must be known in Python. The tables are Inter's advance widths
(thousandths of an em, printable ASCII in order), so that most names are measured exactly, apart from kerning.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from api.http.presenter import masked_name
from web.charts.clusters import clusters, is_extending

_REGULAR = (
    "281 288 466 633 642 982 644 300 365 365 501 662 288 460 288 360 631 407 610 618 646 593 620 566 619 620 288 302 "
    "662 662 662 511 966 690 654 730 722 601 590 746 743 269 571 672 565 903 753 765 639 765 644 642 646 744 690 985 "
    "682 679 629 365 360 365 471 456 323 562 612 571 612 583 370 613 591 242 242 549 242 876 591 600 612 612 376 528 "
    "327 591 562 818 546 562 552 426 333 426 662"
)
_SEMIBOLD = (
    "252 321 523 644 650 1004 663 326 373 373 540 673 319 465 319 379 660 423 623 636 666 612 640 576 640 640 319 329 "
    "673 673 673 543 999 728 659 737 722 605 588 749 746 277 580 703 565 922 759 769 645 773 652 650 660 736 728 1020 "
    "720 713 652 373 379 373 481 469 351 574 624 583 624 591 389 625 612 262 262 569 262 900 612 609 624 624 397 549 "
    "353 612 587 839 569 588 566 455 359 455 673"
)
_ADVANCES = {
    weight: {chr(32 + place): int(width) for place, width in enumerate(table.split())}
    for weight, table in ((400, _REGULAR), (600, _SEMIBOLD))
}
_UNKNOWN = 640
_WIDE = 1000
_EMOJI = 1300
_INDIC = 760
_SPACING_MARK = 350
ELLIPSIS = "…"


def px(value: float) -> float | int:
    """A coordinate with at most two decimals."""
    rounded = round(value, 2)
    whole = int(rounded)
    return whole if whole == rounded else rounded


@lru_cache(maxsize=4096)
def _ems(text: str, weight: int) -> int:
    """The width in thousandths of an em."""
    table = _ADVANCES[weight]
    if text.isascii():
        return sum(table.get(letter, 0) for letter in text)
    return sum(_width_of_cluster(cluster, table) for cluster in clusters(text))


def _width_of_cluster(cluster: str, table: dict[str, int]) -> int:
    """An emoji sequence is one glyph; other clusters are the sum of their letters."""
    if _is_emoji(cluster):
        return _EMOJI
    return sum(_width_of_letter(letter, table) for letter in cluster)


def _is_emoji(cluster: str) -> bool:
    return (cluster[0] >= "\U0001f000" and unicodedata.category(cluster[0]) == "So") or "\ufe0f" in cluster


def _width_of_letter(letter: str, table: dict[str, int]) -> int:
    """The estimated width of a character that Inter lacks: typical for its script, 0 for marks."""
    if (width := table.get(letter)) is not None:
        return width
    category = unicodedata.category(letter)
    if category == "Mc":
        return _SPACING_MARK
    if (is_extending(letter) and category != "Lo") or category in ("Cf", "Cc"):
        return 0
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        return _WIDE
    if "\u0900" <= letter <= "\u0dff" or "\u1780" <= letter <= "\u17ff" or "\u1000" <= letter <= "\u109f":
        return _INDIC
    plain = unicodedata.normalize("NFKD", letter)[:1]
    return table.get(plain, _UNKNOWN)


def text_width(text: str, size: float, weight: int = 400) -> float:
    """The width in pixels of text in Inter at a font size; weights from 500 up are measured as 600."""
    return _ems(text, 600 if weight >= 500 else 400) * size / 1000


def shorten(text: str, room: float, size: float, weight: int = 400) -> str:
    """The text, cut with an ellipsis to fit `room` pixels; empty if not even two letters fit."""
    text = masked_name(text)
    if text_width(text, size, weight) <= room:
        return text
    room -= text_width(ELLIPSIS, size, weight)
    fitting: list[str] = []
    for cluster in clusters(text):
        room -= text_width(cluster, size, weight)
        if room < 0:
            break
        fitting.append(cluster)
    return "".join(fitting).rstrip() + ELLIPSIS if len(fitting) >= 2 else ""


def fit_name(name: str, room: float, size: float, weight: int = 600) -> str:
    """The longest of `Dana Whitfield`, `D. Whitfield`, `Dana` and `DW` that fits `room` pixels, or an empty text.

    If none fits, the first word is cut with an ellipsis for names of one word and of scripts without capitals.
    """
    words = name.split()
    if not words:
        return ""
    shapes = [" ".join(words)]
    if len(words) > 1:
        first, last = (next(clusters(word)) for word in (words[0], words[-1]))
        shapes += [f"{first}. {words[-1]}", words[0], first + last] if first.isupper() else [words[0]]
    for shape in shapes:
        if text_width(shape, size, weight) <= room:
            return shape
    return shorten(words[0], room, size, weight)
