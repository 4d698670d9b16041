"""Citations in words: an article's title and line, and the interest of its publisher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from domain.assessment import FRAMEWORKS
from domain.assessment.framework import Source

ARTICLES: Mapping[str, Source] = {framework.source.key: framework.source for framework in FRAMEWORKS}
"""The articles by the key that citations use."""


def citation(*sources: str) -> str:
    """Citations such as `S1:L32` in words: `“The CTO-CAIO Partnership”, line 32`; lines of one article together."""
    parts = [source.partition(":L")[::2] for source in sources]
    return "; ".join(
        _lines(key, [line for _, line in lines]) for key, lines in groupby(parts, key=lambda part: part[0])
    )


def _lines(key: str, lines: Iterable[str]) -> str:
    numbers = [line for line in lines if line]
    title = f"“{ARTICLES[key].title}”" if key in ARTICLES else key
    if not numbers:
        return title
    if len(numbers) == 1:
        return f"{title}, line {numbers[0]}"
    return f"{title}, lines {', '.join(numbers[:-1])} and {numbers[-1]}"
