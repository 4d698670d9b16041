"""Imports over HTTP: upload a file and get the outcome of each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.commands import CommandContext, FirmAdminCommand, PendingCommand
from api.hours_bound import bound_hours
from api.http.openapi import refuses
from api.http.path_parameters import ImportInPath
from api.http.problems import IMPORT_REFUSED, IMPORT_UNFITTING, UNKNOWN_IMPORT, Problem
from api.imports.files import REQUEST_BODY, ImportFile, Uploaded
from api.imports.importer import Outcome, Result, Row
from api.imports.known_names import names_of_table
from api.imports.line_reader import LineReader
from api.imports.lines import Line, UnreadableLine
from api.imports.namesakes import keys_in, names_on_record, with_warnings
from api.imports.on_record import LinesOnRecord
from api.imports.refs import load_refs, store_refs
from api.imports.table_importer import TableImporter, announcements
from api.imports.table_lines import TableLine
from api.queries import FirmAdminQuery, QueryContext
from api.replies import Reply
from api.schemas.scalars import Answer, Id, Instant
from api.state.audit import Act, Detail, audit
from api.state.imports import Import, find_import, store_import
from api.state.people import add_person, find_person, names_of
from domain.application import MOST_TRIES, TooBusy
from domain.unit_of_work import UnitOfWork
from projections.log import Recorded

router = APIRouter(prefix="/imports", tags=["imports"])


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

    Of a table, `columns` says what each column was taken for, and `warnings` what was left out.
    """

    id: Id | None
    status: str
    rows: list[RowAnswer]
    position: int | None
    columns: list[ColumnAnswer] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class ImportShown(ImportAnswer):
    """A completed import, with its author and time."""

    recorded_by: Id
    recorded_at: Instant


class ImportRefused(Problem):
    """An import in which lines were refused, so that nothing was recorded."""

    def __init__(self, rows: Sequence[Row], file: ImportFile) -> None:
        """`rows` are all rows of the file. The status is 409 if all refusals are conflicts, otherwise 422."""
        problems = [row.problem for row in rows if row.problem is not None]
        are_conflicts = all(problem.status_code == 409 for problem in problems)
        detail = "One line was refused." if len(problems) == 1 else f"{len(problems)} lines were refused."
        super().__init__(IMPORT_UNFITTING if are_conflicts else IMPORT_REFUSED, detail)
        self.rows = rows
        self.file = file

    def body(self) -> dict[str, Any]:
        """The problem document with all rows."""
        rows = [row_json(row) for row in self.rows]
        columns = [column.model_dump() for column in _columns(self.file)]
        return {**super().body(), "rows": rows, "columns": columns, "warnings": list(self.file.warnings)}


@router.post(
    "",
    status_code=201,
    response_model=ImportAnswer,
    summary="Import a file",
    responses={200: {"model": ImportAnswer, "description": "A preview."}, **refuses(409)},
    openapi_extra={"requestBody": REQUEST_BODY},
)
def import_file(
    command: FirmAdminCommand,  # first: authentication comes before the upload is read
    uploaded: Uploaded,
    dry_run: Annotated[bool, Query(description="Return the outcome of each line without recording anything.")] = False,
    partial: Annotated[bool, Query(description="Record the valid lines even if others are refused.")] = False,
) -> Response:
    """Import people, clients, engagements and milestones from a file.

    All lines are recorded, or (unless `partial`) none. Importing the same lines again records nothing twice.
    In CSV files and workbooks each row is a milestone. Clients and people are found by name, and added if they are
    new.
    """
    if dry_run:
        return command.answer(lambda: preview(command, uploaded))
    return import_lines(command, uploaded, partial=partial)


@router.get("/{import_id}", summary="Show an import", responses=refuses(404))
def show_import(import_id: ImportInPath, query: FirmAdminQuery) -> ImportShown:
    """Return the outcome of each line of an import."""
    with query.state() as connection:
        record = find_import(connection, import_id)
    if record is None:
        raise Problem(UNKNOWN_IMPORT)
    return ImportShown(
        id=record.id,
        status=record.status,
        rows=[RowAnswer.model_validate(row) for row in record.rows],
        position=record.position,
        recorded_by=record.made_by,
        recorded_at=record.made_at,
    )


def preview(command: CommandContext, file: ImportFile, on_progress: Callable[[int], None] = lambda _: None) -> Reply:
    """The outcome of each line, with warnings about new names and possible duplicates. Nothing is recorded."""
    result = command.context.log.engagements.query(lambda unit: _apply_lines(command, unit, file.lines, on_progress))
    readable = [line for line in file.lines if isinstance(line, Line) and not isinstance(line, TableLine)]
    query = QueryContext(command.context, command.caller, None)
    with query.state() as state, query.snapshot() as snapshot:
        rows = with_warnings(result.rows, readable, names_on_record(state, snapshot, keys_in(readable)))
    announced = announcements(result, file.lines)
    rows = [replace(row, warnings=(*row.warnings, *announced.get(row.line, ()))) for row in rows]
    return Reply.of(200, _import_answer(file, None, "preview", rows, None))


def import_lines(
    command: CommandContext,
    file: ImportFile,
    *,
    partial: bool = False,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Response:
    """Record the lines. Raises `ImportRefused`. `on_progress` is called with the number of lines processed."""
    import_id = command.context.new_id()

    def carry(unit: UnitOfWork) -> Result:
        result = _apply_lines(command, unit, file.lines, on_progress)
        if result.refused and (not partial or len(result.refused) == len(result.rows)):
            raise ImportRefused(result.rows, file)
        return result

    def answer(result: Result, recorded: Sequence[Recorded]) -> Reply:
        position = recorded[-1].position if recorded else None
        import_answer = _import_answer(file, import_id, _status(result), result.rows, position)
        return Reply.of(201, import_answer, Location=f"/api/v1/imports/{import_id}")

    def also(result: Result, connection: Connection, recorded: Sequence[Recorded]) -> None:
        now = command.context.now()
        for person in result.people:
            add_person(connection, person, made_by=command.caller.id, made_at=now)
        rows: list[Mapping[str, Any]] = [row_json(row) for row in result.rows]
        position = recorded[-1].position if recorded else None
        store_import(connection, Import(import_id, _status(result), rows, position, command.caller.id, now))
        store_refs(connection, result.refs.added.items(), import_id)
        detail: Detail = {
            "status": _status(result),
            "lines": len(rows),
            "people": len(result.people),
            "position": position,
        }
        audit(connection, command.caller, Act.IMPORT_CARRIED_OUT, import_id, at=now, detail=detail)

    for _ in range(MOST_TRIES):
        try:
            return command.run(PendingCommand(carry, answer, also))
        except IntegrityError:  # a concurrent import stored one of these refs
            continue
    raise TooBusy


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


def _apply_lines(
    command: CommandContext,
    unit: UnitOfWork,
    lines: Sequence[Line | UnreadableLine],
    on_progress: Callable[[int], None],
) -> Result:
    # Loaded again for every attempt, because a concurrent import may have added refs and names.
    context = command.context
    bound_hours(context, command.caller, unit)
    with context.log.engine.connect() as connection:
        refs = load_refs(connection, context.log.engine)
        if any(isinstance(line, TableLine) for line in lines):
            with QueryContext(context, command.caller, None).snapshot() as snapshot:
                known_names = names_of_table(lines, connection, snapshot, context.client_id)
            lines = known_names.apply(lines, unit, refs)
        importer = TableImporter(
            LineReader(context.new_id, context.client_id),
            context.new_id,
            command.caller.id,
            LinesOnRecord(context.log, partial(find_person, connection)),
            lambda person_id: not names_of(connection, [person_id]),
            on_progress,
        )
        return importer.apply(unit, lines, refs)


def _import_answer(
    file: ImportFile, import_id: UUID | None, status: str, rows: Sequence[Row], position: int | None
) -> ImportAnswer:
    return ImportAnswer(
        id=import_id,
        status=status,
        rows=_rows(rows),
        position=position,
        columns=_columns(file),
        warnings=list(file.warnings),
    )


def _columns(file: ImportFile) -> list[ColumnAnswer]:
    return [ColumnAnswer.of(match) for match in file.columns]


def _status(result: Result) -> str:
    return "partial" if result.refused else "recorded"


def _rows(rows: Sequence[Row]) -> list[RowAnswer]:
    return [RowAnswer.model_validate(row_json(row)) for row in rows]
