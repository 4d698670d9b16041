"""The names of months in tables: English, German, French, Spanish, Italian, Portuguese and Dutch."""

from __future__ import annotations

from domain.text import fold

_LANGUAGES = """
    january february march april may june july august september october november december
    januar februar märz april mai juni juli august september oktober november dezember
    jänner feber maerz april mai juni juli august september oktober november dezember
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
    januari februari maart april mei juni juli augustus september oktober november december
"""
_SHORTEST = 3
_SHORT = {"sept": 9, "mrt": 3}
"""Abbreviations that are no beginning of a name, or of several."""


def _numbers_by_name() -> dict[str, int]:
    """The number of a month by its folded names and their beginnings, where these mean one month in all languages."""
    numbers: dict[str, set[int]] = {}
    for names in _LANGUAGES.strip().splitlines():
        for number, name in enumerate(fold(names).split(), 1):
            for length in range(_SHORTEST, len(name) + 1):
                numbers.setdefault(name[:length], set()).add(number)
    return {name: min(months) for name, months in numbers.items() if len(months) == 1} | _SHORT


_NUMBERS = _numbers_by_name()


def month_number(name: str) -> int | None:
    """The number of a month by its folded name or the beginning of it; null for another word."""
    return _NUMBERS.get(name)
