"""The named warning signs as a guide for those who observe one: title, symptoms and source."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from domain.assessment import FRAMEWORKS
from domain.signs.catalog import NAMED_SIGNS
from web.components import Choice


@cache
def sign_guide() -> tuple[Choice, ...]:
    """Every named sign that is defined, in the order of ids; the hints have its symptoms and its source."""
    return tuple(Choice(sign.id, sign.title, _hint(sign.symptoms, sign.sources)) for sign in NAMED_SIGNS.values())


def _hint(symptoms: Iterable[str], sources: Iterable[str]) -> str:
    return " ".join((*(f"{symptom}." for symptom in symptoms), f"Source: {source_words(sources)}."))


def source_words(sources: Iterable[str]) -> str:
    """Lines of the articles in words: `“CAIO vs CTO: Do You Need Both?”, line 8`."""
    lines: dict[str, list[str]] = {}
    for source in sources:
        key, _, line = source.partition(":L")
        lines.setdefault(key, []).append(line)
    return "; ".join(
        f"“{_titles()[key]}”, {'line' if len(numbers) == 1 else 'lines'} {' and '.join(numbers)}"
        for key, numbers in lines.items()
    )


@cache
def _titles() -> dict[str, str]:
    return {framework.source.key: framework.source.title for framework in FRAMEWORKS}
