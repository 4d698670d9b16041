"""Imports over HTTP: upload a file and get the outcome of each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from sqlalchemy import Connection

from api.commands import CommandContext, FirmAdminCommand, PendingCommand
from api.hours_bound import bound_hours
from api.http.csv_xlsx import CSV, TABLES, XLSX, Format, Formatted, table_of_items
from api.http.openapi import BYTES, refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ImportInPath, MappingInPath
from api.http.problems import (
    IMPORT_TOO_EARLY,
    IMPORT_UNDONE,
    UNKNOWN_IMPORT,
    Problem,
)
from api.imports.answers import (
    ImportAnswer,
    ImportsAnswer,
    ImportShown,
    ImportSummary,
    UndoBody,
    import_shown,
    import_summary,
    run_shown,
)
from api.imports.columns_memory import forget_mapping
from api.imports.files import REQUEST_BODY, Uploaded
from api.imports.recording import RESPOND_ASYNC, begin_import, import_lines, preview
from api.imports.template import TemplateFormat, template
from api.imports.undo import ImportReversal, events_of, first_line_of
from api.queries import FirmAdminQuery
from api.replies import Reply
from api.reports.files import about_list
from api.state.audit import Act, audit
from api.state.import_runs import find_run
from api.state.imports import Import, Undo, find_import, list_imports, mark_undone
from domain.unit_of_work import UnitOfWork
from projections.log import Recorded

router = APIRouter(prefix="/imports", tags=["imports"])

_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "",
    status_code=201,
    response_model=ImportAnswer,
    summary="Import a file",
    responses={
        200: {"model": ImportAnswer, "description": "A preview."},
        202: {"model": ImportShown, "description": "The file is being recorded in the background."},
        **refuses(409, 503),
    },
    openapi_extra={"requestBody": REQUEST_BODY},
)
def import_file(
    command: FirmAdminCommand,  # first: authentication comes before the upload is read
    uploaded: Uploaded,
    dry_run: Annotated[bool, Query(description="Return the outcome of each line without recording anything.")] = False,
    partial: Annotated[bool, Query(description="Record the valid lines even if others are refused.")] = False,
    prefer: Annotated[
        str | None,
        Header(
            max_length=200,
            description=f"`{RESPOND_ASYNC}` has the lines recorded in the background (RFC 7240).",
            examples=[RESPOND_ASYNC],
        ),
    ] = None,
) -> Response:
    """Import people, clients, engagements and milestones from a file.

    All lines are recorded, or (unless `partial`) none. Importing the same lines again records nothing twice.
    In CSV files and workbooks each row is a milestone. Clients and people are found by name, and added if they are
    new.

    With `Prefer: respond-async` the answer is 202 as soon as the file is read, and `GET /imports/{import_id}` says how
    far its recording has come. A preview is always answered at once.
    """
    if dry_run or uploaded.dry_run:
        return command.answer(lambda: preview(command, uploaded))
    partial = partial or uploaded.partial
    if prefer is not None and _prefers_async(prefer):
        return begin_import(command, uploaded, partial=partial)
    return import_lines(command, uploaded, partial=partial)


def _prefers_async(prefer: str) -> bool:
    return any(part.partition(";")[0].strip().lower() == RESPOND_ASYNC for part in prefer.split(","))


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
    """Return the outcome of each line of an import, and whether it was undone, or how far its recording has come."""
    with query.state() as connection:
        run = find_run(connection, import_id)  # read first: when it ends, it becomes an import
        if run is not None and find_import(connection, import_id) is None:
            return run_shown(query.context.import_runs.current(run))
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


@router.delete("/mappings/{mapping_id}", status_code=204, summary="Forget a remembered mapping", responses=refuses(404))
def forget_import_mapping(mapping_id: MappingInPath, command: FirmAdminCommand) -> Response:
    """Have tables guessed again that are read as an earlier one with the same headers.

    `mapping_id` of the answer to an import, or its preview, is the id.
    """
    return forget_mapping(command, mapping_id)


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
