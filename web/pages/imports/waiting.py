"""An uploaded file before it is recorded: how it is read, and what would become of each row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.commands import CommandContext
from api.http.problems import Problem, invalid
from api.imports.files import CSV, ImportFile, head_of_file, read_file, remembered_tables
from api.imports.importer import Outcome
from api.imports.recording import preview
from api.imports.tables.columns import COLUMNS
from api.imports.tables.dates import DateOrder
from api.imports.tables.options import TableOptions
from api.imports.tables.read import TableHead
from api.state.import_files import WaitingFile
from web.pages.imports.table_words import column_words
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
    head: TableHead | None = None
    """The head of a table, also of one whose rows cannot be read yet."""

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The rows of the preview."""
        rows: Sequence[Mapping[str, Any]] = self.answer.get("rows", ())
        return rows

    def count(self, outcome: Outcome) -> int:
        """How many rows have an outcome."""
        return sum(row["outcome"] == outcome for row in self.rows)


def is_csv(file: WaitingFile) -> bool:
    """Whether the file is a table in an encoding of which only people may know."""
    return file.content_type in CSV


def options_of(file: WaitingFile) -> TableOptions:
    """How the table is read."""
    order = file.options.get("date_order")
    return TableOptions(
        file.options.get("mapping"),
        file.options.get("encoding"),
        DateOrder(order) if order else None,
        file.options.get("sheet"),
        file.options.get("ignore_unknown"),
        bool(file.options.get("guesses", True)),
    )


def check_file(page: PageContext, file: WaitingFile) -> CheckedFile:
    """Read a file and preview it. Previews that are not too long are cached until something is recorded."""
    key = ("import preview", page.context.log.head(), file.id, json.dumps(dict(file.options), sort_keys=True))
    cache, version = page.context.page_cache, page.context.log.state_version()
    cached: CheckedFile | None = cache.get(version, key)
    if cached is not None:
        return cached
    checked = _checked(page, file)
    if max(len(checked.rows), len(checked.head.rows) if checked.head else 0) <= MOST_CACHED_ROWS:
        cache.put(version, key, checked)
    return checked


def read_waiting(page: PageContext, file: WaitingFile) -> ImportFile:
    """Read a file, without previewing it. Raises `Problem` 415 and 422."""
    options = options_of(file)
    remembered = remembered_tables(page.context, file.content_type, options)
    return read_file(file.content_type, file.content, options, remembered)


def _checked(page: PageContext, file: WaitingFile) -> CheckedFile:
    options = options_of(file)
    remembered = remembered_tables(page.context, file.content_type, options)
    try:
        read = read_file(file.content_type, file.content, options, remembered)
    except Problem as problem:
        head = head_of_file(file.content_type, file.content, options, remembered)
        return CheckedFile(None, {}, problem if head is None else _with_more(problem, file, head.options), head)
    answer: Mapping[str, Any] = json.loads(preview(CommandContext(page.context, page.caller), read).body)
    return CheckedFile(read, answer, head=read.head)


def _with_more(problem: Problem, file: WaitingFile, options: TableOptions) -> Problem:
    """All questions about a table at once: those of the problem, and those that would come next."""
    if options.ignore_unknown:
        return problem
    try:
        read_file(file.content_type, file.content, replace(options, ignore_unknown=True))
    except Problem as more:
        return invalid(*dict.fromkeys((*problem.errors, *more.errors)))
    return problem


def options_typed(typed: Mapping[str, str]) -> Mapping[str, Any]:
    """The options of a posted form: `column.N` is the import column for the file's column `their.N`.

    Once every column was seen, those without an import column are left out. Another sheet has other columns. Raises
    `Problem` 422 if several columns are matched to the same one.
    """
    chosen = [
        (ours, typed[f"their.{name.removeprefix('column.')}"])
        for name, ours in typed.items()
        if name.startswith("column.") and ours in COLUMNS and f"their.{name.removeprefix('column.')}" in typed
    ]
    times = Counter(ours for ours, _ in chosen)
    if several := [(theirs, ours) for ours, theirs in chosen if times[ours] > 1]:
        raise invalid(*((theirs, column_words(ours)) for theirs, ours in several))
    reading = {
        "date_order": typed.get("date_order") or None,
        "encoding": typed.get("encoding", "").strip() or None,
        "sheet": typed.get("sheet", "").strip() or None,
    }
    is_same_table = all(typed.get(name, "").strip() == typed.get(f"{name}.shown", "") for name in ("encoding", "sheet"))
    if not is_same_table or not any(name.startswith("their.") for name in typed):
        return reading
    return {**reading, "mapping": dict(chosen), "guesses": False, "ignore_unknown": True}
