"""The parameters of an import of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.http.problems import Problem, invalid
from api.imports.tables.columns import COLUMNS
from api.imports.tables.dates import DateOrder


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How to read a table. `mapping` holds the name of the table's column for some of our columns.

    With `guesses` the others are recognized by their names; without, they are unknown.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    date_order: DateOrder | None = None
    sheet: str | None = None
    ignore_unknown: bool = False
    guesses: bool = True


def read_mapping(text: str | None) -> Mapping[str, str]:
    """Parse a mapping, a JSON object `{"our column": "their column"}`. Raises `Problem` 422."""
    if text is None or not text.strip():
        return {}
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
