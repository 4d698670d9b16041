"""Reads a table with the same headers as an earlier one in the same way, where its columns were matched by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from api.imports.tables.dates import DateOrder
from api.imports.tables.headers import COLUMN_NAMES, WHY_REFUSED, ColumnMatch, guess_columns
from api.imports.tables.options import TableOptions
from api.state.import_columns import RememberedColumns
from domain.text import fold

Remembered = Mapping[bytes, RememberedColumns]
"""How tables were read, by the hash of their headers."""
NOTHING_REMEMBERED: Remembered = MappingProxyType({})


class MappingSource(StrEnum):
    """Where the matching of a table's columns comes from."""

    GIVEN = "given"
    REMEMBERED = "remembered"
    GUESSED = "guessed"


def headers_hash(headers: Sequence[str]) -> bytes:
    """The key of a table's headers, in any order and regardless of case and accents."""
    return hashlib.sha256(json.dumps(_names(headers)).encode()).digest()


def recalled(
    headers: Sequence[str], options: TableOptions, remembered: Remembered
) -> tuple[TableOptions, MappingSource]:
    """The options for a table with these headers, and where its matching comes from.

    Without a mapping they are those of the last table with the same headers, unless one of our columns of then does not
    exist any more.
    """
    if options.mapping is not None:
        return options, MappingSource.GIVEN
    memory = remembered.get(headers_hash(headers)) if remembered else None
    if memory is None or not COLUMN_NAMES.issuperset(ours for ours in memory.columns if ours is not None):
        return options, MappingSource.GUESSED
    ours_of = dict(zip(_names(headers), memory.columns, strict=True))
    by_place = [(header, ours_of[fold(header)]) for header in headers if _counts(header)]
    with_memory = replace(
        options,
        mapping={ours: header for header, ours in reversed(by_place) if ours is not None},
        guesses=False,
        remembered_as=memory.id,
        date_order=options.date_order or (DateOrder(memory.date_order) if memory.date_order else None),
        ignore_unknown=memory.ignore_unknown if options.ignore_unknown is None else options.ignore_unknown,
    )
    return with_memory, MappingSource.REMEMBERED


def columns_to_remember(matches: Sequence[ColumnMatch], options: TableOptions) -> RememberedColumns | None:
    """What to remember of a table that was imported.

    Null if its columns are those that would be guessed, or if headers that differ only in accents mean two things.
    """
    headers = [match.theirs for match in matches]
    if [match.ours for match in matches] == [match.ours for match in guess_columns(headers)]:
        return None
    ours_of: dict[str, str | None] = {}
    for match in matches:
        if _counts(match.theirs) and ours_of.setdefault(fold(match.theirs), match.ours) != match.ours:
            return None
    columns = tuple(ours_of[name] for name in _names(headers))
    return RememberedColumns(headers_hash(headers), columns, options.date_order, bool(options.ignore_unknown))


def _names(headers: Sequence[str]) -> Sequence[str]:
    return sorted({fold(header) for header in headers if _counts(header)})


def _counts(header: str) -> bool:
    """Whether a header is part of the key; that of a file of refused rows is the same as that of its table."""
    return bool(header) and header != WHY_REFUSED
