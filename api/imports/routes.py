"""Importing over HTTP: a file in, what became of each of its lines out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.commands import CommandContext, Governing, PendingCommand
from api.http.openapi import refuses
from api.http.path_parameters import ImportInPath
from api.http.problems import IMPORT_REFUSED, IMPORT_UNFITTING, UNKNOWN_IMPORT, Problem
from api.imports.files import REQUEST_BODY, Uploaded
from api.imports.importer import Carrier, Outcome, Result, Row
from api.imports.lines import Line, Unreadable
from api.imports.namesakes import keys_in, names_on_record, with_warnings
from api.imports.refs import keep_refs, known_refs
from api.queries import GoverningReading, QueryContext
from api.replies import Reply
from api.schemas.scalars import Answer, Id, Instant
from api.state.audit import Act, Detail, audit
from api.state.imports import Import, find_import, keep_import
from api.state.people import add_person
from domain.application import MOST_TRIES, TooBusy
from domain.unit_of_work import UnitOfWork
from projections.log import Recorded

router = APIRouter(prefix="/imports", tags=["imports"])


class RowAnswer(Answer):
    """What became of a line; `id` is what it made, `problem` why it was refused.

    `warnings` (of a preview) name clients and people of the same name, in the file or on record.
    """

    line: int
    ref: str | None
    outcome: Outcome
    id: Id | None
    problem: dict[str, Any] | None
    warnings: list[str] = Field(default_factory=list)


class ImportAnswer(Answer):
    """What became of a file; without an `id` it was a preview."""

    id: Id | None
    status: str
    rows: list[RowAnswer]
    position: int | None


class ImportShown(ImportAnswer):
    """An import that was carried out, by whom and when."""

    recorded_by: Id
    recorded_at: Instant


class Refused(Problem):
    """An import of which lines were refused, so that nothing was recorded."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """The rows say which and why: 422 when a line could not be read, 409 when the domain refused it."""
        refused = [row.problem for row in rows if row.problem is not None]
        fitting = all(problem.status_code == 409 for problem in refused)
        detail = "One line was refused." if len(refused) == 1 else f"{len(refused)} lines were refused."
        super().__init__(IMPORT_UNFITTING if fitting else IMPORT_REFUSED, detail)
        self.rows = rows

    def body(self) -> dict[str, Any]:
        """The problem document, with all rows."""
        return {**super().body(), "rows": [row_shape(row) for row in self.rows]}


@router.post(
    "",
    status_code=201,
    response_model=ImportAnswer,
    summary="Import a file",
    responses={200: {"model": ImportAnswer, "description": "A preview."}, **refuses(409)},
    openapi_extra={"requestBody": REQUEST_BODY},
)
def import_file(
    write: Governing,  # first: nobody's file is read before it is known whose it is
    uploaded: Uploaded,
    dry_run: Annotated[bool, Query(description="Only say what would become of each line.")] = False,
    partial: Annotated[bool, Query(description="Record what fits, though other lines are refused.")] = False,
) -> Response:
    """Record people, clients, engagements and milestones from a file: all of it, or (unless `partial`) nothing.

    Importing the same lines again records nothing twice.
    """
    if dry_run:
        return write.answer(lambda: preview(write, uploaded.lines))
    return import_lines(write, uploaded.lines, partial=partial)


@router.get("/{import_id}", summary="Show an import", responses=refuses(404))
def show_import(import_id: ImportInPath, read: GoverningReading) -> ImportShown:
    """What became of each line of an import."""
    with read.kept() as connection:
        found = find_import(connection, import_id)
    if found is None:
        raise Problem(UNKNOWN_IMPORT)
    return ImportShown(
        id=found.id,
        status=found.status,
        rows=[RowAnswer.model_validate(row) for row in found.rows],
        position=found.position,
        recorded_by=found.made_by,
        recorded_at=found.made_at,
    )


def preview(
    write: CommandContext, lines: Sequence[Line | Unreadable], said: Callable[[int], None] = lambda _: None
) -> Reply:
    """What would become of each line, and what may be there twice; nothing is recorded."""
    result = write.context.log.engagements.query(lambda unit: _carry(write, unit, lines, said))
    readable = [line for line in lines if isinstance(line, Line)]
    read = QueryContext(write.context, write.caller, None)
    with read.kept() as kept, read.views() as views:
        rows = with_warnings(result.rows, readable, names_on_record(kept, views, keys_in(readable)))
    return Reply.of(200, ImportAnswer(id=None, status="preview", rows=_rows(rows), position=None))


def import_lines(
    write: CommandContext,
    lines: Sequence[Line | Unreadable],
    *,
    partial: bool = False,
    said: Callable[[int], None] = lambda _: None,
) -> Response:
    """Record the lines; raises `Refused`. `said` is told how many were looked at."""
    import_id = write.context.new_id()

    def carry(unit: UnitOfWork) -> Result:
        result = _carry(write, unit, lines, said)
        if result.refused and (not partial or len(result.refused) == len(result.rows)):
            raise Refused(result.rows)
        return result

    def answer(result: Result, recorded: Sequence[Recorded]) -> Reply:
        known = ImportAnswer(
            id=import_id,
            status=_status(result),
            rows=_rows(result.rows),
            position=recorded[-1].position if recorded else None,
        )
        return Reply.of(201, known, Location=f"/api/v1/imports/{import_id}")

    def also(result: Result, connection: Connection, recorded: Sequence[Recorded]) -> None:
        now = write.context.now()
        for person in result.people:
            add_person(connection, person, made_by=write.caller.id, made_at=now)
        rows: list[Mapping[str, Any]] = [row_shape(row) for row in result.rows]
        position = recorded[-1].position if recorded else None
        keep_import(connection, Import(import_id, _status(result), rows, position, write.caller.id, now))
        keep_refs(connection, result.refs.added.items(), import_id)
        detail: Detail = {
            "status": _status(result),
            "lines": len(rows),
            "people": len(result.people),
            "position": position,
        }
        audit(connection, write.caller, Act.IMPORT_CARRIED_OUT, import_id, at=now, detail=detail)

    for _ in range(MOST_TRIES):
        try:
            return write.run(PendingCommand(carry, answer, also))
        except IntegrityError:  # another import has brought one of these refs just now
            continue
    raise TooBusy


def row_shape(row: Row) -> dict[str, Any]:
    """A row as JSON."""
    return {
        "line": row.line,
        "ref": row.ref,
        "outcome": row.outcome.value,
        "id": None if row.id is None else str(row.id),
        "problem": None if row.problem is None else row.problem.body(),
        "warnings": list(row.warnings),
    }


def _carry(
    write: CommandContext, unit: UnitOfWork, lines: Sequence[Line | Unreadable], said: Callable[[int], None]
) -> Result:
    # Read anew for every try: a race may have been lost to another import.
    with write.context.log.engine.connect() as connection:
        known = known_refs(connection, write.context.log.engine)
    return Carrier(write.context.new_id, write.context.client_id, write.caller.id, said).carry(unit, lines, known)


def _status(result: Result) -> str:
    return "partial" if result.refused else "recorded"


def _rows(rows: Sequence[Row]) -> list[RowAnswer]:
    return [RowAnswer.model_validate(row_shape(row)) for row in rows]
