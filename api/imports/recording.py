"""Records the lines of a file as one batch, or says what would become of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from api.commands import CommandContext, PendingCommand
from api.hours_bound import bound_hours
from api.http.problems import IMPORT_REFUSED, IMPORT_UNFITTING, Problem
from api.imports.answers import ImportShown, column_answers, import_answer_of, row_json, run_shown
from api.imports.columns_memory import keep_columns
from api.imports.files import ImportFile
from api.imports.importer import Result, Row
from api.imports.known_names import names_of_table
from api.imports.line_reader import LineReader
from api.imports.lines import Line, UnreadableLine
from api.imports.namesakes import keys_in, names_on_record, with_warnings
from api.imports.on_record import LinesOnRecord
from api.imports.refs import load_refs, store_refs
from api.imports.retracted import with_retracted
from api.imports.runs import RunEnded
from api.imports.table_importer import TableImporter, announcements
from api.imports.table_lines import TableLine
from api.queries import QueryContext
from api.replies import Reply
from api.state.audit import Act, Detail, audit
from api.state.import_files import WaitingFile, remove_file
from api.state.import_runs import ImportRun, find_run_of_file, finish_run, store_run
from api.state.imports import Import, store_import
from api.state.people import add_person, find_person, names_of
from domain.application import MOST_TRIES, TooBusy
from domain.unit_of_work import UnitOfWork
from projections.log import Recorded

RESPOND_ASYNC = "respond-async"
"""The preference (RFC 7240) of a request whose work is to be done in the background."""


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
        head = self.file.head
        mapping_id = None if head is None else head.options.remembered_as
        shown = {
            "rows": rows,
            "columns": columns,
            "warnings": list(self.file.warnings),
            "mapping_source": None if head is None else head.source.value,
            "mapping_id": None if mapping_id is None else str(mapping_id),
        }
        return {**super().body(), **shown}


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
    run: ImportRun | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Response:
    """Record the lines. Raises `ImportRefused`. `on_progress` is called with the number of lines processed.

    In the background it is a `run`, which must be recording until the lines are: otherwise raises `RunEnded`.
    """
    import_id = command.context.new_id() if run is None else run.id
    file_name = file.name if run is None else run.file_name

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
        if run is not None:
            _finish(connection, run, is_whole=not result.refused)
        first, last = (recorded[0].position, recorded[-1].position) if recorded else (None, None)
        rows: list[Mapping[str, Any]] = [row_json(row) for row in result.rows]
        by, now = command.caller.id, command.context.now()
        record = Import(import_id, _status(result), rows, last, by, now, first, file_name)
        _store(connection, command, record, result)
        if file.head is not None:
            keep_columns(connection, command, file.head)

    for _ in range(MOST_TRIES):
        try:
            return command.run(PendingCommand(carry, answer, also))
        except IntegrityError:  # a concurrent import stored one of these refs
            continue
    raise TooBusy


def begin_import(
    command: CommandContext, file: ImportFile, *, partial: bool = False, uploaded: WaitingFile | None = None
) -> Response:
    """Record the lines in the background. Answers 202, with the import as it can be shown from now on.

    An `uploaded` file that is being recorded already is not recorded twice. Raises `Problem` 503 while too many imports
    wait.
    """
    context = command.context
    name, file_id = (file.name, None) if uploaded is None else (uploaded.name, uploaded.id)
    run = ImportRun(context.new_id(), len(file.lines), command.caller.id, context.now(), file_id, name)
    stored: list[ImportRun] = []

    def change(connection: Connection) -> Reply:
        current = None if file_id is None else find_run_of_file(connection, file_id)
        if current is None:
            store_run(connection, run)
            stored.append(run)
            current = run
        location = f"/api/v1/imports/{current.id}"
        return Reply.of(202, _begun(file, current), Location=location, Preference_Applied=RESPOND_ASYNC)

    def work(on_progress: Callable[[int], None]) -> None:
        import_lines(replace(command, key=None), file, partial=partial, run=run, on_progress=on_progress)

    context.import_runs.reserve(run.id)
    try:
        response = command.change_state(change)
    except BaseException:
        context.import_runs.release(run.id)
        raise
    if stored:
        context.import_runs.start(run.id, work)
    else:
        context.import_runs.release(run.id)
    return response


def _begun(file: ImportFile, run: ImportRun) -> ImportShown:
    """A run that begins, with what is known of its file."""
    about_file = import_answer_of(file, run.id, run.status.value, (), None)
    names = {"columns", "warnings", "mapping_source", "mapping_id", "date_order"}
    return run_shown(run).model_copy(update={name: getattr(about_file, name) for name in names})


def _store(connection: Connection, command: CommandContext, record: Import, result: Result) -> None:
    """Store an import, with the people and refs that it adds."""
    for person in result.people:
        add_person(connection, person, made_by=record.made_by, made_at=record.made_at)
    store_import(connection, record)
    store_refs(connection, result.refs.added.items(), record.id)
    detail: Detail = {
        "status": record.status,
        "lines": len(record.rows),
        "people": len(result.people),
        "position": record.position,
    }
    audit(connection, command.caller, Act.IMPORT_CARRIED_OUT, record.id, at=record.made_at, detail=detail)


def _finish(connection: Connection, run: ImportRun, *, is_whole: bool) -> None:
    """End a run that becomes an import; an uploaded file of which nothing is left goes too."""
    if not finish_run(connection, run.id):
        raise RunEnded
    if is_whole and run.file_id is not None:
        remove_file(connection, run.file_id)


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
        result = importer.apply(unit, lines, refs)
        return replace(result, rows=list(with_retracted(unit, lines, result)))


def _status(result: Result) -> str:
    return "partial" if result.refused else "recorded"
