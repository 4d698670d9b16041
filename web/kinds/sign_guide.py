"""The named warning signs as a guide for those who observe one: title, symptoms and source."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from domain.signs.catalog import NAMED_SIGNS
from web.citations import citation
from web.components import Choice


@lru_cache(maxsize=1024)
def sign_guide() -> tuple[Choice, ...]:
    """Every named sign that is defined, in the order of ids; the hints have its symptoms and its source."""
    return tuple(Choice(sign.id, sign.title, _hint(sign.symptoms, sign.sources)) for sign in NAMED_SIGNS.values())


def _hint(symptoms: Iterable[str], sources: Iterable[str]) -> str:
    return " ".join((*(f"{symptom}." for symptom in symptoms), f"Source: {citation(*sources)}."))
