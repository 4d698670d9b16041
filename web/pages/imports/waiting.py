"""An uploaded file before it is recorded: how it is read, and what would become of each row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.commands import CommandContext
from api.http.problems import Problem
from api.imports.files import CSV, ImportFile, read_file
from api.imports.importer import Outcome
from api.imports.routes import preview
from api.imports.tables.columns import COLUMNS
from api.imports.tables.dates import DateOrder
from api.imports.tables.options import TableOptions
from api.imports.tables.read import XLSX_TYPE
from api.state.import_files import WaitingFile
from web.pages.page_context import PageContext

MOST_CACHED_ROWS = 5_000
NO_COLUMN = "-"
"""The choice that a column of the file is left out."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What would become of a file's rows, as the API previews them, or why it cannot be read as a whole."""

    file: ImportFile | None
    answer: Mapping[str, Any]
    problem: Problem | None = None

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The rows of the preview."""
        rows: Sequence[Mapping[str, Any]] = self.answer.get("rows", ())
        return rows

    def count(self, outcome: Outcome) -> int:
        """How many rows have an outcome."""
        return sum(row["outcome"] == outcome for row in self.rows)


def is_table(file: WaitingFile) -> bool:
    """Whether the file is a table, with columns to match."""
    return file.content_type in CSV or file.content_type == XLSX_TYPE


def options_of(file: WaitingFile) -> TableOptions:
    """How the table is read."""
    order = file.options.get("date_order")
    return TableOptions(
        dict(file.options.get("mapping", {})),
        file.options.get("encoding"),
        DateOrder(order) if order else None,
        file.options.get("sheet"),
        bool(file.options.get("ignore_unknown", False)),
    )


def check_file(page: PageContext, file: WaitingFile) -> CheckedFile:
    """Read a file and preview it. Previews that are not too long are cached until something is recorded."""
    key = ("import preview", page.context.log.head(), file.id, json.dumps(dict(file.options), sort_keys=True))
    cache, version = page.context.page_cache, page.context.log.state_version()
    cached: CheckedFile | None = cache.get(version, key)
    if cached is not None:
        return cached
    checked = _checked(page, file)
    if len(checked.rows) <= MOST_CACHED_ROWS:
        cache.put(version, key, checked)
    return checked


def _checked(page: PageContext, file: WaitingFile) -> CheckedFile:
    try:
        read = read_file(file.content_type, file.content, options_of(file))
    except Problem as problem:
        return CheckedFile(None, {}, problem)
    answer: Mapping[str, Any] = json.loads(preview(CommandContext(page.context, page.caller), read).body)
    return CheckedFile(read, answer)


def options_typed(typed: Mapping[str, str], file: WaitingFile) -> Mapping[str, Any]:
    """The options of a posted form: `column.N` is our column for the file's column `their.N`."""
    mapping = {
        ours: typed[f"their.{name.removeprefix('column.')}"]
        for name, ours in typed.items()
        if name.startswith("column.") and ours in COLUMNS and f"their.{name.removeprefix('column.')}" in typed
    }
    return {
        **file.options,
        "mapping": mapping or file.options.get("mapping", {}),
        "ignore_unknown": "ignore_unknown" in typed,
        "date_order": typed.get("date_order") or None,
        "encoding": typed.get("encoding", "").strip() or None,
        "sheet": typed.get("sheet", "").strip() or None,
    }
