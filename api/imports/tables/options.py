"""The parameters of an import of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from api.http.problems import Problem, invalid
from api.imports.tables.columns import COLUMNS
from api.imports.tables.dates import DateOrder


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How to read a table. `mapping` holds the name of the table's column for some of our columns.

    With `guesses` the others are recognized by their names; without, they are unknown. What is null may be as it was
    for an earlier table with the same headers.
    """

    mapping: Mapping[str, str] | None = None
    encoding: str | None = None
    date_order: DateOrder | None = None
    sheet: str | None = None
    ignore_unknown: bool | None = None
    guesses: bool = True
    remembered_as: UUID | None = None
    """The id of the remembered columns that count."""

    @property
    def matched(self) -> Mapping[str, str]:
        """The mapping; empty without one."""
        return self.mapping or {}


def read_mapping(text: str | None) -> Mapping[str, str] | None:
    """Parse a mapping, a JSON object `{"our column": "their column"}`; null without one. Raises `Problem` 422."""
    if text is None or not text.strip():
        return None
    try:
        mapping = json.loads(text)
    except ValueError:
        raise _no_mapping() from None
    if not isinstance(mapping, dict) or not all(isinstance(column, str) for column in mapping.values()):
        raise _no_mapping()
    unknown = [column for column in mapping if column not in COLUMNS]
    if unknown:
        raise invalid(("mapping", f"{', '.join(map(repr, unknown))}: not a column of an import"))
    return mapping


def _no_mapping() -> Problem:
    return invalid(("mapping", 'must be a JSON object {"our column": "their column"}'))
