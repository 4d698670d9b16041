"""One import that was made: what became of each row, and how to undo it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.problems import Problem
from api.imports.answers import UndoBody, import_shown, import_summary
from api.imports.routes import known_import, take_back
from api.state.import_files import WaitingFile, find_file
from web.components import Link, Refusal
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, response_body, validated, writer_of
from web.pages.imports.files import ADDRESS, FILES, HERE, ROWS_SHOWN, SHOWN, in_short, row_line
from web.pages.imports.runs import run_of, run_page
from web.pages.imports.waiting import CheckedFile, read_waiting
from web.pages.page_context import Form, GovernorPage, PageContext
from web.pages.urls import address

router = APIRouter(prefix=ADDRESS, include_in_schema=False)


@router.get("/{import_id}")
def show_import(
    import_id: UUID,
    page: GovernorPage,
    show: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    file: UUID | None = None,
) -> Response:
    """One import, or how far its recording has come. `file` is the uploaded file, of which rows were refused."""
    run = run_of(page, import_id)
    if run is not None:
        return run_page(page, run)
    if page.is_partial:  # the page of the progress asks again: now there is a result
        return Response(headers={"HX-Redirect": address(f"{ADDRESS}/{import_id}", file=file)})
    return _page(page, import_id, show=show, after=after, file_id=file)


@router.post("/{import_id}/undo")
def undo(import_id: UUID, page: GovernorPage, typed: Form) -> Response:
    """Take back what the import recorded."""
    try:
        body = validated(UndoBody, {"reason": typed.text("reason")})
        shown = response_body(take_back(writer_of(page, typed), import_id, body.reason))
    except Problem as problem:
        if problem.status_code not in (409, 422):
            raise
        return _page(page, import_id, problem=problem, reason=typed.text("reason"))
    return page.redirect(f"{ADDRESS}/{import_id}", Flash("import-undone", shown["undone"]["position"]))


def _page(
    page: PageContext,
    import_id: UUID,
    *,
    show: str = "",
    after: int = 0,
    file_id: UUID | None = None,
    problem: Problem | None = None,
    reason: str = "",
) -> Response:
    with page.queries.state() as connection:
        record = known_import(connection, import_id)
        file = None if file_id is None else find_file(connection, file_id, page.context.now())
    rows = [row for row in import_shown(record).model_dump(mode="json")["rows"] if not show or row["outcome"] == show]
    path, file_query = f"{ADDRESS}/{import_id}", str(file_id) if file else None
    about = _in_short(page, file) if file and not page.is_presenting else {}
    authors = {record.made_by, *([record.undone.made_by] if record.undone else [])}
    return page.render(
        "import_made",
        record.file_name or "Import",
        status=200 if problem is None else problem.status_code,
        here=HERE,
        crumbs=(Link("Import", ADDRESS), Link(record.file_name or "Import")),
        path=path,
        refused_file=f"{FILES}/{file.id}" if file else None,
        form_id=page.context.new_id(),
        summary=import_summary(record),
        naming=page.naming(authors),
        refusal=None if problem is None else _refusal(problem),
        reason=reason,
        may_undo=record.undone is None and record.position is not None and not page.context.is_read_only,
        shown=[(words, address(path, show=value or None, file=file_query), value == show) for value, words in SHOWN],
        rows=[row_line(row, about.get(row["line"], "")) for row in rows[after : after + ROWS_SHOWN]],
        first=after + 1,
        last=min(after + ROWS_SHOWN, len(rows)),
        total=len(rows),
        previous=address(path, show=show or None, file=file_query, after=max(after - ROWS_SHOWN, 0)) if after else None,
        following=address(path, show=show or None, file=file_query, after=after + ROWS_SHOWN)
        if after + ROWS_SHOWN < len(rows)
        else None,
    )


def _in_short(page: PageContext, file: WaitingFile) -> Mapping[int, str]:
    """What each row of a file is about, by line."""
    with suppress(Problem):  # the headers may have been matched in another way since
        lines = read_waiting(page, file)
        return in_short(CheckedFile(lines, {}, head=lines.head))
    return {}


def _refusal(problem: Problem) -> Refusal:
    if "reason" in errors_of(problem):
        return Refusal("Please fix the highlighted fields", errors=(("f-reason", "Enter a reason."),))
    messages = tuple(("", message) for _, message in problem.errors)
    detail = "Correct or retract what stands in the way first. Nothing was retracted."
    return Refusal("This can't be undone", detail if messages else str(problem.detail), messages)
