"""Imports over HTTP: upload a file and get the outcome of each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.commands import CommandContext, FirmAdminCommand, PendingCommand
from api.hours_bound import bound_hours
from api.http.csv_xlsx import CSV, TABLES, XLSX, Format, Formatted, table_of_items
from api.http.openapi import BYTES, refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ImportInPath
from api.http.problems import (
    IMPORT_REFUSED,
    IMPORT_TOO_EARLY,
    IMPORT_UNDONE,
    IMPORT_UNFITTING,
    UNKNOWN_IMPORT,
    Problem,
)
from api.imports.answers import (
    ImportAnswer,
    ImportsAnswer,
    ImportShown,
    ImportSummary,
    UndoBody,
    column_answers,
    import_answer_of,
    import_shown,
    import_summary,
    row_json,
)
from api.imports.columns_memory import keep_columns
from api.imports.files import REQUEST_BODY, ImportFile, Uploaded
from api.imports.importer import Result, Row
from api.imports.known_names import names_of_table
from api.imports.line_reader import LineReader
from api.imports.lines import Line, UnreadableLine
from api.imports.namesakes import keys_in, names_on_record, with_warnings
from api.imports.on_record import LinesOnRecord
from api.imports.refs import load_refs, store_refs
from api.imports.table_importer import TableImporter, announcements
from api.imports.table_lines import TableLine
from api.imports.template import TemplateFormat, template
from api.imports.undo import ImportReversal, events_of, first_line_of
from api.queries import FirmAdminQuery, QueryContext
from api.replies import Reply
from api.reports.files import about_list
from api.state.audit import Act, Detail, audit
from api.state.imports import Import, Undo, find_import, list_imports, mark_undone, store_import
from api.state.people import add_person, find_person, names_of
from domain.application import MOST_TRIES, TooBusy
from domain.unit_of_work import UnitOfWork
from projections.log import Recorded

router = APIRouter(prefix="/imports", tags=["imports"])

_BINARY = {"schema": {"type": "string", "format": "binary"}}


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
        columns = [column.model_dump() for column in column_answers(self.file)]
        source = None if self.file.head is None else self.file.head.source.value
        shown = {"rows": rows, "columns": columns, "warnings": list(self.file.warnings), "mapping_source": source}
        return {**super().body(), **shown}


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
    if dry_run or uploaded.dry_run:
        return command.answer(lambda: preview(command, uploaded))
    return import_lines(command, uploaded, partial=partial or uploaded.partial)


@router.get("", response_model=ImportsAnswer, operation_id="list_imports", summary="List imports", responses=TABLES)
def show_imports(
    request: Request,
    response: Response,
    query: FirmAdminQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    file_format: Formatted = Format.JSON,
) -> ImportsAnswer | Response:
    """List completed imports, newest first. CSV and XLSX contain all of them unless a `limit` is given."""
    with query.state() as connection:
        records = list_imports(connection, limit=page.limit + 1, before=page.after)
    items, cursor = page.cut(records, lambda record: (record.made_at, record.id))
    link_next(request, response, cursor)
    answers = [import_summary(record) for record in items]
    if file_format is not Format.JSON:
        about = about_list(query, request, "imports")
        return table_of_items(file_format, "imports", ImportSummary, answers, response.headers, about)
    return ImportsAnswer(items=answers, next=cursor)


@router.get(
    "/template",
    operation_id="get_import_template",
    summary="Get a template",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(("text/csv", XLSX, BYTES), _BINARY)}},
)
def show_template(
    request: Request,
    query: FirmAdminQuery,
    file_format: Annotated[
        TemplateFormat, Query(alias="format", description="The format of the template.")
    ] = TemplateFormat.CSV,
) -> Response:
    """Return a table without rows that has every column; as a workbook also with an example of every kind.

    A client that accepts only `application/octet-stream` receives the same bytes with that type.
    """
    media_type = CSV if file_format is TemplateFormat.CSV else XLSX
    if request.headers.get("accept") == BYTES:
        media_type = BYTES
    disposition = f'attachment; filename="import-template.{file_format}"'
    return Response(template(file_format), headers={"Content-Disposition": disposition}, media_type=media_type)


@router.get("/{import_id}", summary="Show an import", responses=refuses(404))
def show_import(import_id: ImportInPath, query: FirmAdminQuery) -> ImportShown:
    """Return the outcome of each line of an import, and whether it was undone."""
    with query.state() as connection:
        return import_shown(known_import(connection, import_id))


@router.post(
    "/{import_id}/undo",
    status_code=201,
    response_model=ImportShown,
    summary="Undo an import",
    responses=refuses(404, 409),
)
def undo_import(import_id: ImportInPath, body: UndoBody, command: FirmAdminCommand) -> Response:
    """Take back everything that an import recorded, or nothing.

    Clients, engagements and milestones are retracted, corrections are corrected back, retracted milestones are logged
    again, and profiles are set back. `errors` names what was changed or built on since and stands in the way. People
    stay on record. The same file can be imported again.
    """
    return take_back(command, import_id, body.reason)


def known_import(connection: Connection, import_id: UUID) -> Import:
    """A completed import. Raises `Problem` 404."""
    record = find_import(connection, import_id)
    if record is None:
        raise Problem(UNKNOWN_IMPORT)
    return record


def take_back(command: CommandContext, import_id: UUID, reason: str) -> Response:
    """Undo an import. Raises `Problem` 404 and 409, and the refusals of the domain."""
    context = command.context

    def decide(unit: UnitOfWork) -> Import:
        with context.log.engine.connect() as connection:
            record = known_import(connection, import_id)
        if record.undone is not None:
            raise Problem(IMPORT_UNDONE)
        if record.position is not None and record.first_position is None:
            raise Problem(IMPORT_TOO_EARLY)
        bound_hours(context, command.caller, unit)
        undoing = ImportReversal(context.log, unit, reason, command.caller.id, context.new_id)
        undoing.take_back(events_of(context.log, record))
        return record

    def undone(record: Import, recorded: Sequence[Recorded]) -> Import:
        at = recorded[-1].event.timestamp if recorded else context.now()
        position = recorded[-1].position if recorded else None
        line = first_line_of(context.log, recorded)
        return replace(record, undone=Undo(reason, position, command.caller.id, at, line))

    def answer(record: Import, recorded: Sequence[Recorded]) -> Reply:
        shown = import_shown(undone(record, recorded))
        return Reply.of(201, shown, Location=f"/api/v1/imports/{import_id}")

    def also(record: Import, connection: Connection, recorded: Sequence[Recorded]) -> None:
        undo = undone(record, recorded).undone
        if undo is None or not mark_undone(connection, import_id, undo):
            raise Problem(IMPORT_UNDONE)  # by another request at the same instant
        audit(
            connection,
            command.caller,
            Act.IMPORT_UNDONE,
            import_id,
            at=context.now(),
            detail={"position": undo.position},
        )

    return command.run(PendingCommand(decide, answer, also))


def preview(command: CommandContext, file: ImportFile, on_progress: Callable[[int], None] = lambda _: None) -> Reply:
    """The outcome of each line, with warnings about new names and possible duplicates. Nothing is recorded."""
    result = command.context.log.engagements.query(lambda unit: _apply_lines(command, unit, file.lines, on_progress))
    readable = [line for line in file.lines if isinstance(line, Line) and not isinstance(line, TableLine)]
    query = QueryContext(command.context, command.caller, None)
    with query.state() as state, query.snapshot() as snapshot:
        rows = with_warnings(result.rows, readable, names_on_record(state, snapshot, keys_in(readable)))
    announced = announcements(result, file.lines)
    rows = [replace(row, warnings=(*row.warnings, *announced.get(row.line, ()))) for row in rows]
    return Reply.of(200, import_answer_of(file, None, "preview", rows, None))


def import_lines(
    command: CommandContext,
    file: ImportFile,
    *,
    partial: bool = False,
    file_name: str | None = None,
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
        import_answer = import_answer_of(file, import_id, _status(result), result.rows, position)
        return Reply.of(201, import_answer, Location=f"/api/v1/imports/{import_id}")

    def also(result: Result, connection: Connection, recorded: Sequence[Recorded]) -> None:
        now = command.context.now()
        for person in result.people:
            add_person(connection, person, made_by=command.caller.id, made_at=now)
        rows: list[Mapping[str, Any]] = [row_json(row) for row in result.rows]
        position = recorded[-1].position if recorded else None
        first = recorded[0].position if recorded else None
        store_import(
            connection,
            Import(import_id, _status(result), rows, position, command.caller.id, now, first, file_name or file.name),
        )
        store_refs(connection, result.refs.added.items(), import_id)
        detail: Detail = {
            "status": _status(result),
            "lines": len(rows),
            "people": len(result.people),
            "position": position,
        }
        audit(connection, command.caller, Act.IMPORT_CARRIED_OUT, import_id, at=now, detail=detail)
        if file.head is not None:
            keep_columns(connection, command, file.head)

    for _ in range(MOST_TRIES):
        try:
            return command.run(PendingCommand(carry, answer, also))
        except IntegrityError:  # a concurrent import stored one of these refs
            continue
    raise TooBusy


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


def _status(result: Result) -> str:
    return "partial" if result.refused else "recorded"
