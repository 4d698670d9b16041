"""What the API answers about imports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.imports.files import ImportFile
from api.imports.importer import Outcome, Row
from api.imports.tables.dates import DateOrder
from api.imports.tables.recall import MappingSource
from api.schemas.scalars import Answer, Body, Id, Instant, Reason
from api.state.import_runs import ImportRun
from api.state.imports import Import


class RowAnswer(Answer):
    """The outcome of a line. `id` is the created record, `problem` the reason of a refusal.

    In a preview, `warnings` name clients and people of the same name, in the file or on record.
    """

    line: int
    ref: str | None
    outcome: Outcome
    id: Id | None
    problem: dict[str, Any] | None
    warnings: list[str] = Field(default_factory=list)


class ColumnAnswer(Answer):
    """A column of a table: its name there, our column that it holds (null: none), and whether that is a guess."""

    theirs: str
    ours: str | None
    guessed: bool


class ImportAnswer(Answer):
    """The outcome of a file; a preview has no `id`.

    Of a table, `columns` says what each column was taken for, and `warnings` what was left out. `mapping_source` is
    `given` in the request, `remembered` from an earlier table with the same headers, or `guessed`; `mapping_id` is the
    id of what is remembered, and `date_order` the order that was given or remembered.
    """

    id: Id | None
    status: str
    rows: list[RowAnswer]
    position: int | None
    columns: list[ColumnAnswer] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    mapping_source: MappingSource | None = None
    mapping_id: Id | None = None
    date_order: DateOrder | None = None


class UndoAnswer(Answer):
    """That an import was undone: why, by whom and when. `position` is null if nothing was left to retract."""

    reason: str
    recorded_by: Id
    recorded_at: Instant
    position: int | None


class ProgressAnswer(Answer):
    """How many lines of the file have been processed, of how many."""

    done: int
    total: int


class ImportSummary(Answer):
    """A completed import: how many lines were recorded (`new`), known (`same`) and refused, and whether it stands.

    `status` is `recorded`, `partial` (lines were refused) or `undone`.
    """

    id: Id
    status: str
    file_name: str | None
    new: int
    same: int
    refused: int
    position: int | None
    recorded_by: Id
    recorded_at: Instant
    undone: UndoAnswer | None


class ImportsAnswer(Answer):
    """A page of imports, newest first."""

    items: list[ImportSummary]
    next: str | None


class ImportShown(ImportAnswer):
    """An import, with its author and time; before it is recorded, they are those of its beginning.

    `status` is `recorded`, `partial` (lines were refused), `undone`, `recording` (in the background), or `failed`:
    nothing was recorded, and `problem` says why, with `rows` if lines were refused.
    """

    recorded_by: Id
    recorded_at: Instant
    file_name: str | None
    undone: UndoAnswer | None
    progress: ProgressAnswer
    problem: dict[str, Any] | None


class UndoBody(Body):
    """Why an import is undone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the file of another year"}]})
    reason: Reason


def import_summary(record: Import) -> ImportSummary:
    """An import without its rows."""
    return ImportSummary(
        id=record.id,
        status=_status_of(record),
        file_name=record.file_name,
        new=record.counts.get(Outcome.NEW, 0),
        same=record.counts.get(Outcome.SAME, 0),
        refused=record.counts.get(Outcome.REFUSED, 0),
        position=record.position,
        recorded_by=record.made_by,
        recorded_at=record.made_at,
        undone=_undo_answer(record),
    )


def import_shown(record: Import) -> ImportShown:
    """An import with the outcome of each line."""
    return ImportShown(
        id=record.id,
        status=_status_of(record),
        rows=[RowAnswer.model_validate(row) for row in record.rows],
        position=record.position,
        recorded_by=record.made_by,
        recorded_at=record.made_at,
        file_name=record.file_name,
        undone=_undo_answer(record),
        progress=ProgressAnswer(done=len(record.rows), total=len(record.rows)),
        problem=None,
    )


def run_shown(run: ImportRun) -> ImportShown:
    """An import that is being recorded, or failed to be."""
    problem = dict(run.problem or {})
    parts = {name: problem.pop(name) for name in ("rows", "columns", "warnings") if name in problem}
    return ImportShown.model_validate(
        {
            **parts,
            "rows": parts.get("rows", ()),
            "id": run.id,
            "status": run.status.value,
            "position": None,
            "mapping_source": problem.pop("mapping_source", None),
            "mapping_id": problem.pop("mapping_id", None),
            "recorded_by": run.made_by,
            "recorded_at": run.made_at,
            "file_name": run.file_name,
            "undone": None,
            "progress": {"done": run.done, "total": run.total},
            "problem": problem or None,
        }
    )


def row_json(row: Row) -> dict[str, Any]:
    """A row as JSON."""
    return {
        "line": row.line,
        "ref": row.ref,
        "outcome": row.outcome.value,
        "id": None if row.id is None else str(row.id),
        "problem": None if row.problem is None else row.problem.body(),
        "warnings": list(row.warnings),
    }


def import_answer_of(
    file: ImportFile, import_id: UUID | None, status: str, rows: Sequence[Row], position: int | None
) -> ImportAnswer:
    """The outcome of a file; `import_id` is null for a preview."""
    return ImportAnswer(
        id=import_id,
        status=status,
        rows=row_answers(rows),
        position=position,
        columns=column_answers(file),
        warnings=list(file.warnings),
        mapping_source=None if file.head is None else file.head.source,
        mapping_id=None if file.head is None else file.head.options.remembered_as,
        date_order=None if file.head is None else file.head.options.date_order,
    )


def column_answers(file: ImportFile) -> list[ColumnAnswer]:
    """What the columns of a table were taken for."""
    return [ColumnAnswer.of(match) for match in file.columns]


def row_answers(rows: Sequence[Row]) -> list[RowAnswer]:
    """Rows as they are answered."""
    return [RowAnswer.model_validate(row_json(row)) for row in rows]


def _status_of(record: Import) -> str:
    return record.status if record.undone is None else "undone"


def _undo_answer(record: Import) -> UndoAnswer | None:
    undo = record.undone
    if undo is None:
        return None
    return UndoAnswer(reason=undo.reason, recorded_by=undo.made_by, recorded_at=undo.made_at, position=undo.position)
