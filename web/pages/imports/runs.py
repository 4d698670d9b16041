"""Recording an uploaded file in the background, and how far that has come."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.http.problems import Problem
from api.imports.recording import begin_import
from api.state.import_files import find_file
from api.state.import_runs import ImportRun, RunStatus, find_run
from api.state.imports import find_import
from web.components import Link, Refusal
from web.pages.flash import Flash
from web.pages.form_submit import response_body, writer_of
from web.pages.imports.files import ADDRESS, FILES, HERE, file_page, find_waiting
from web.pages.imports.waiting import read_waiting
from web.pages.page_context import Form, GovernorPage, PageContext
from web.pages.urls import address

WAIT_SECONDS = 2.0
"""How long a form waits for the result, before a page shows the progress."""
router = APIRouter(prefix=ADDRESS, include_in_schema=False)


@router.post("/files/{file_id}/record")
def record_file(file_id: UUID, page: GovernorPage, typed: Form) -> Response:
    """Record the rows together; with `partial`, those that fit."""
    file = find_waiting(page, file_id)
    try:
        lines = read_waiting(page, file)
    except Problem:
        return file_page(page, file, status=422)
    partial = typed.text("partial") == "true"
    begun = response_body(begin_import(writer_of(page, typed), lines, partial=partial, uploaded=file))
    import_id = UUID(begun["id"])
    page.context.import_runs.wait(import_id, WAIT_SECONDS)
    path = address(f"{ADDRESS}/{import_id}", file=str(file_id))
    run = run_of(page, import_id)
    if run is None:
        with page.queries.state() as connection:
            record = find_import(connection, import_id)
        return page.redirect(path, Flash("import-recorded", None if record is None else record.position))
    if run.problem is not None and "rows" in run.problem:
        return file_page(page, file, status=run.problem["status"])
    return page.redirect(path)


def run_of(page: PageContext, import_id: UUID) -> ImportRun | None:
    """An import that is being recorded or failed to be; null if it is recorded, or does not exist."""
    with page.queries.state() as connection:
        run = find_run(connection, import_id)  # read first: when it ends, it becomes an import
        if run is None or find_import(connection, import_id) is not None:
            return None
    return page.context.import_runs.current(run)


def run_page(page: PageContext, run: ImportRun) -> Response:
    """The page of an import that is not recorded."""
    with page.queries.state() as connection:
        file = None if run.file_id is None else find_file(connection, run.file_id, page.context.now())
    title = run.file_name or "Import"
    problem = run.problem or {}
    is_recording = run.status is RunStatus.RECORDING
    return page.render(
        "import_run",
        title,
        here=HERE,
        crumbs=(Link("Import", ADDRESS), Link(title)),
        path=address(f"{ADDRESS}/{run.id}", file=None if run.file_id is None else str(run.file_id)),
        run=run,
        made_by=page.naming({run.made_by})(run.made_by),
        is_recording=is_recording,
        file=None if file is None else f"{FILES}/{file.id}",
        refusal=None if is_recording else Refusal("Nothing was recorded", str(problem.get("detail", ""))),
    )
