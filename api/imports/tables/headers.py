"""Finds the column that each of our columns has in a table: given in a mapping, of the same name, or guessed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.http.problems import invalid
from api.imports.tables.columns import COLUMNS, REQUIRED
from api.imports.tables.grid import Cell, text_of
from api.imports.tables.options import TableOptions
from domain.text import fold

_SYNONYMS: Mapping[str, str] = {
    "company": "client",
    "customer": "client",
    "account": "client",
    "client_name": "client",
    "company_name": "client",
    "organisation": "client",
    "organization": "client",
    "contract": "engagement",
    "project": "engagement",
    "mandate": "engagement",
    "engagement_letter": "engagement",
    "engagement_name": "engagement",
    "event": "kind",
    "event_type": "kind",
    "type": "kind",
    "milestone": "kind",
    "milestone_type": "kind",
    "what_happened": "kind",
    "date": "effective_on",
    "day": "effective_on",
    "when": "effective_on",
    "effective_date": "effective_on",
    "effective": "effective_on",
    "event_date": "effective_on",
    "notes": "note",
    "comment": "note",
    "comments": "note",
    "remark": "note",
    "remarks": "note",
    "link": "links",
    "url": "links",
    "urls": "links",
    "source": "links",
    "sources": "links",
    "reported": "reported_on",
    "id": "ref",
    "reference": "ref",
    "lead": "practice_lead",
    "partner": "practice_lead",
    "cto": "technology.holder",
    "caio": "ai.holder",
    "tech_holder": "technology.holder",
    "sector": "profile.sector",
    "industry": "profile.sector",
    "headcount": "profile.headcount",
    "employees": "profile.headcount",
    "deliverables": "deliverable",
    "hours_worked": "hours",
    "person": "holder",
    "who": "holder",
    "role": "functions",
    "roles": "functions",
    "fee": "monthly_fee",
    "currency": "monthly_fee.currency",
}
"""Common names of columns, folded, and ours for them."""

COLUMN_NAMES = frozenset(COLUMNS)
WHY_REFUSED = "why it was refused"
"""A column of files with refused rows, which are mended and imported again; it says nothing itself."""


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """A column of the table, our column that it holds (null: none), and whether that is a guess."""

    theirs: str
    ours: str | None
    guessed: bool


def guess_columns(
    headers: Sequence[str], mapping: Mapping[str, str] | None = None, *, guesses: bool = True
) -> Sequence[ColumnMatch]:
    """Match the columns of a table with ours: by the mapping, and with `guesses` by name, then by common names.

    Each of our columns has one at most. Empty headers match nothing.
    """
    by_header = {_exact(theirs): ours for ours, theirs in (mapping or {}).items()}
    matches: list[ColumnMatch | None] = [None] * len(headers)
    taken = set(mapping or {})
    for place, header in enumerate(headers):
        if _exact(header) in by_header and header:
            matches[place] = ColumnMatch(header, by_header[_exact(header)], guessed=False)
    for spelled, is_guess in ((_exact, False), (_written, True), (_common, True)) if guesses else ():
        for place, header in enumerate(headers):
            ours = spelled(header)
            if matches[place] is None and ours in COLUMN_NAMES and ours not in taken:
                matches[place] = ColumnMatch(header, ours, is_guess)
                taken.add(ours)
    return [match or ColumnMatch(header, None, guessed=False) for match, header in zip(matches, headers, strict=True)]


def check_columns(
    matches: Sequence[ColumnMatch], used: Sequence[bool], options: TableOptions, repeated: Mapping[str, str]
) -> Sequence[str]:
    """Refuse (`Problem` 422) missing, repeated and unknown columns; returns warnings about ignored ones.

    `used` tells for each column whether a cell below its header has a value; `repeated` is that of `unique_headers`.
    """
    headers = [match.theirs for match in matches]
    spelled = set(map(_exact, headers))
    missing = [theirs for theirs in options.matched.values() if _exact(theirs) not in spelled]
    if missing:
        raise invalid(("mapping", f"the table has no column {', '.join(f'“{name}”' for name in missing)}"))
    _refuse_repeated(matches, repeated, options)
    absent = [column for column in REQUIRED if column not in {match.ours for match in matches}]
    if absent:
        raise invalid(*((column, "the table has no such column; map one of its columns to it") for column in absent))
    unknown = [
        match.theirs or f"(column {place} without a name)"
        for place, (match, has_values) in enumerate(zip(matches, used, strict=True), 1)
        if match.ours is None and (match.theirs or has_values) and match.theirs != WHY_REFUSED
    ]
    if unknown and not options.ignore_unknown:
        raise invalid(
            *((name, "is not a column of an import; map it, or send ignore_unknown=true") for name in unknown)
        )
    return [f"The column “{name}” is ignored." for name in dict.fromkeys(unknown)]


def _refuse_repeated(matches: Sequence[ColumnMatch], repeated: Mapping[str, str], options: TableOptions) -> None:
    """Refuse columns of one name, unless the mapping says which one counts and the others are ignored."""
    mapped = set(map(_exact, options.matched.values()))
    groups: dict[str, list[ColumnMatch]] = {}
    for match in matches:
        if match.theirs in repeated:
            groups.setdefault(_exact(repeated[match.theirs]), []).append(match)
    refused = []
    for same in groups.values():
        others = [match for match in same if _exact(match.theirs) not in mapped]
        if any(match.ours is not None or not options.ignore_unknown for match in others):
            refused.append([match.theirs for match in same])
    if refused:
        raise invalid(*((names[0], _repeated_message(names)) for names in refused))


def _repeated_message(same: Sequence[str]) -> str:
    names = ", ".join(f"“{name}”" for name in same)
    return f"is the name of more than one column; map {names}, and send ignore_unknown=true for the others"


def unique_headers(headers: Sequence[str]) -> tuple[Sequence[str], Mapping[str, str]]:
    """The names of columns with a number after those that were there before, as in `Notes (2)`.

    Returns also the names as they are written, by those of columns whose name is repeated.
    """
    times = Counter(map(_exact, headers))
    spelled = set(times)
    named, repeated, number = [], {}, Counter[str]()
    for header in headers:
        key, unique = _exact(header), header
        number[key] += 1
        if header and times[key] > 1 and number[key] > 1:
            unique = f"{header} ({number[key]})"
            while _exact(unique) in spelled:
                number[key] += 1
                unique = f"{header} ({number[key]})"
            spelled.add(_exact(unique))
        if header and times[key] > 1:
            repeated[unique] = header
        named.append(unique)
    return named, repeated


def headers_of(cells: Sequence[Cell]) -> Sequence[str]:
    """The names in a head row."""
    return [" ".join(text_of(cell).split()) for cell in cells]


def missing_columns(headers: Sequence[str], mapping: Mapping[str, str]) -> Sequence[str]:
    """The required columns that no header matches."""
    ours = {match.ours for match in guess_columns(headers, mapping)}
    return [column for column in REQUIRED if column not in ours]


def _exact(header: str) -> str:
    return " ".join(header.split()).casefold()


def _written(header: str) -> str:
    """The header with our way of writing: words joined by underscores, parts by points."""
    parts = re.split(r"\s*[.:/>]\s*", fold(header))
    return ".".join(re.sub(r"[^a-z0-9]+", "_", part).strip("_") for part in parts)


def _common(header: str) -> str:
    return _SYNONYMS.get(_written(header).replace(".", "_"), "")
