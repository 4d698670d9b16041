"""Importing a file: upload it, check every row, record them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.http.csv_xlsx import CSV as CSV_TYPE
from api.http.csv_xlsx import csv_of
from api.http.cursors import LONGEST_CURSOR
from api.http.problems import MALFORMED, NOT_FOUND, PRESENTING, Problem
from api.imports.answers import import_summary
from api.imports.columns_memory import forget_columns
from api.imports.files import content_type_of, file_name_of
from api.imports.importer import Outcome
from api.imports.lines import Line
from api.imports.tables.columns import COLUMNS
from api.imports.tables.grid import Cell, text_of
from api.imports.tables.headers import WHY_REFUSED
from api.imports.tables.read import TableHead
from api.imports.tables.recall import MappingSource
from api.state.import_files import WaitingFile, change_options, find_file, remove_file, store_file
from api.state.import_runs import list_runs
from api.state.imports import list_imports
from web.components import Empty, Link, Refusal
from web.form_fields import Typed
from web.forms import words_of
from web.pages.form_submit import errors_of, sentence, writer_of
from web.pages.imports.table_words import COLUMN_CHOICES, column_words, columns_of, questions, rows_in_short
from web.pages.imports.waiting import NO_COLUMN, CheckedFile, check_file, is_csv, options_of, options_typed
from web.pages.page_context import Form, GovernorPage, PageContext
from web.pages.paging import A_PAGE, cut_page, place_in
from web.pages.urls import address

ADDRESS = "/settings/imports"
FILES = f"{ADDRESS}/files"
ROWS_SHOWN = 100
MISSING = "Field required"
"""What the API says of a field that is not there."""
router = APIRouter(prefix=ADDRESS, include_in_schema=False)

HERE = "import"
_CRUMBS = (Link("Import", ADDRESS),)
_CURL = (
    'curl -H "Authorization: Bearer $SEATLINE_KEY" -H "Content-Type: text/csv" \\\n'
    "  --data-binary @clients.csv {base}/api/v1/imports?dry_run=true"
)
SHOWN = (("", "All"), (Outcome.NEW, "New"), (Outcome.SAME, "Already recorded"), (Outcome.REFUSED, "Refused"))


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row of a file on the page: its line, its ref, what it is about, what becomes of it, and why."""

    line: int
    ref: str
    about: str
    outcome: str
    tone: str
    why: Sequence[str]


OUTCOME_WORDS = {
    Outcome.NEW: ("new", "good"),
    Outcome.SAME: ("already recorded", ""),
    Outcome.REFUSED: ("refused", "warn"),
}


@router.get("")
def show_imports(page: GovernorPage, cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "") -> Response:
    """The form to upload a file, and the imports that were made, newest first."""
    return _page(page, cursor=cursor)


async def uploaded(request: Request) -> tuple[Typed, str, str, bytes]:
    """Dependency that reads a form with one file: its fields, and the file's name, content type and content."""
    try:
        async with request.form(max_files=1, max_fields=10, max_part_size=2**24) as form:
            file = form.get("file")
            typed = Typed((name, text) for name, text in form.multi_items() if isinstance(text, str))
            if not isinstance(file, UploadFile):
                return typed, "", "", b""
            content = await file.read()
            return typed, file_name_of(file) or "file", content_type_of(file, content), content
    except ClientDisconnect:
        raise Problem(MALFORMED, "The file was only partly received. Send it again.") from None


@router.post("")
def upload_file(page: GovernorPage, upload: Annotated[tuple[Typed, str, str, bytes], Depends(uploaded)]) -> Response:
    """Keep a file for a day, so that its rows can be checked and recorded."""
    page.context.check_writable()
    _, name, content_type, content = upload
    if not content:
        return _page(page, error="Choose a file that is not empty.", status=422)
    file = WaitingFile(page.context.new_id(), name, content_type, content, {}, page.caller.id, page.context.now())
    page.context.log.write(lambda connection: store_file(connection, file))
    return page.redirect(f"{FILES}/{file.id}")


@router.get("/files/{file_id}")
def show_file(
    file_id: UUID,
    page: GovernorPage,
    show: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """What would become of each row. Nothing is recorded yet."""
    return file_page(page, find_waiting(page, file_id), show=show, after=after)


@router.post("/files/{file_id}/columns")
def change_columns(file_id: UUID, page: GovernorPage, typed: Form) -> Response:
    """Read the table in another way."""
    page.context.check_writable()
    file = find_waiting(page, file_id)
    fields = dict(typed.pairs())
    try:
        options = options_typed({name: text for name, text in fields.items() if text != NO_COLUMN})
    except Problem as problem:
        texts = tuple(("", f"The column “{theirs}” is taken for “{ours}”.") for theirs, ours in problem.errors)
        refusal = Refusal("Several columns are taken for the same one", "Choose one of them.", texts)
        return file_page(page, file, status=422, refusal=refusal)
    page.context.log.write(lambda connection: change_options(connection, file_id, options))
    return page.redirect(f"{FILES}/{file_id}")


@router.post("/files/{file_id}/forget")
def forget_matching(file_id: UUID, page: GovernorPage, typed: Form) -> Response:
    """Forget the remembered columns of tables with these headers, and match by name again."""
    head = check_file(page, find_waiting(page, file_id)).head
    if head is not None and head.source is MappingSource.REMEMBERED:
        forget_columns(writer_of(page, typed), head)
    return page.redirect(f"{FILES}/{file_id}")


@router.post("/files/{file_id}/remove")
def discard_file(file_id: UUID, page: GovernorPage, typed: Form) -> Response:
    """Remove the file without recording anything."""
    page.context.check_writable()
    page.context.log.write(lambda connection: remove_file(connection, file_id))
    return page.redirect(ADDRESS)


@router.get("/files/{file_id}/refused.csv")
def download_refused(file_id: UUID, page: GovernorPage) -> Response:
    """The refused rows, each with the reason."""
    if page.is_presenting:
        raise Problem(PRESENTING)
    file = find_waiting(page, file_id)
    checked = check_file(page, file)
    refused = [row for row in checked.rows if row["outcome"] == Outcome.REFUSED]
    if checked.head is not None:
        content = _refused_rows(checked.head, refused)
    else:
        texts = file.content.splitlines()
        rows = [(row["line"], row["ref"], " ".join(reasons_of(row)), _text_of(texts, row["line"])) for row in refused]
        content = csv_of(("line", "ref", "why", "content"), rows)
    headers = {"Content-Disposition": 'attachment; filename="refused.csv"'}
    return Response(content, media_type=CSV_TYPE, headers=headers)


def _refused_rows(table: TableHead, refused: Sequence[Any]) -> bytes:
    """The rows of a table as they were, under its own columns, with the reasons; they can be mended and imported."""
    names, cells_of = [match.theirs for match in table.columns], dict(table.rows)
    places = [place for place, name in enumerate(names) if name != WHY_REFUSED]
    rows = []
    for row in refused:
        cells = [_as_csv(cell, table) for cell in cells_of.get(row["line"], ())]
        cells += [""] * (len(names) - len(cells))
        rows.append([*(cells[place] for place in places), *cells[len(names) :], " ".join(reasons_of(row))])
    width = max((len(row) for row in rows), default=0)
    rows = [[*row[:-1], *[""] * (width - len(row)), row[-1]] for row in rows]
    head = [names[place] for place in places]
    head = [*head, *[""] * (width - len(head) - 1), WHY_REFUSED]
    return csv_of(head, rows, ";" if table.grid.has_decimal_comma else ",")


def _as_csv(cell: Cell, table: TableHead) -> str:
    """A cell in the way of writing that the file is read with again."""
    is_number = isinstance(cell, Decimal)
    return text_of(cell).replace(".", ",") if is_number and table.grid.has_decimal_comma else text_of(cell)


def _text_of(texts: Sequence[bytes], line: int) -> str:
    return texts[line - 1].decode("utf-8", "replace") if line <= len(texts) else ""


def row_line(row: dict[str, Any] | Any, about: str = "") -> RowLine:
    """A row in words."""
    words, tone = OUTCOME_WORDS[Outcome(row["outcome"])]
    return RowLine(row["line"], row["ref"] or "", about, words, tone, [*reasons_of(row), *row.get("warnings", ())])


def reasons_of(row: Any) -> list[str]:
    """Why a row was refused; empty for others."""
    problem = row["problem"]
    if problem is None:
        return []
    errors = problem.get("errors") or ()
    return [_reason(error["field"], error["message"]) for error in errors] or [problem["detail"]]


def _reason(field: str, message: str) -> str:
    if message == MISSING and field in COLUMNS:
        return f"{column_words(field)}: Is needed here, but no column of the file holds it."
    return f"{field}: {sentence(message)}"


def find_waiting(page: PageContext, file_id: UUID) -> WaitingFile:
    """An uploaded file. Raises `Problem` 404."""
    with page.queries.state() as connection:
        file = find_file(connection, file_id, page.context.now())
    if file is None:
        raise Problem(NOT_FOUND, "The file was recorded, removed, or is older than a day. Upload it again.")
    return file


def _page(page: PageContext, *, cursor: str = "", error: str = "", status: int = 200) -> Response:
    before = place_in(cursor, (datetime, UUID), ADDRESS)
    with page.queries.state() as connection:
        runs = list_runs(connection, at=page.context.now())
        records = list_imports(connection, limit=A_PAGE + 1, before=before)
    shown, pages = cut_page(records, lambda record: (record.made_at, record.id), ADDRESS, before)
    naming = page.naming({*(run.made_by for run in runs), *(record.made_by for record in shown)})
    return page.render(
        "imports",
        "Import",
        status=status,
        here=HERE,
        error=error,
        form_id=page.context.new_id(),
        runs=[(page.context.import_runs.current(run), naming(run.made_by)) for run in runs],
        rows=[(import_summary(record), naming(record.made_by)) for record in shown],
        pages=pages,
        empty=Empty(
            "Nothing was imported yet. A file holds milestones, one per row; clients and people are added by name.",
            curl=_CURL.format(base=str(page.request.base_url).rstrip("/")),
        ),
    )


def file_page(
    page: PageContext,
    file: WaitingFile,
    *,
    show: str = "",
    after: int = 0,
    status: int = 200,
    refusal: Refusal | None = None,
) -> Response:
    """The page of an uploaded file: how it is read, and what would become of each row."""
    checked = check_file(page, file)
    matching = [row for row in checked.rows if not show or row["outcome"] == show]
    shown, about = matching[after : after + ROWS_SHOWN], {} if page.is_presenting else in_short(checked)
    head = None if page.is_presenting else checked.head
    open_questions = questions(checked.problem, checked.head) if checked.problem else None
    path = f"{FILES}/{file.id}"
    return page.render(
        "import_file",
        file.name,
        status=status,
        here=HERE,
        crumbs=(*_CRUMBS, Link(file.name)),
        file=file,
        path=path,
        form_id=page.context.new_id(),
        is_csv=is_csv(file),
        options=checked.head.options if checked.head else options_of(file),
        is_remembered=head is not None and head.source is MappingSource.REMEMBERED,
        head=head,
        columns=columns_of(head) if head else (),
        choices=COLUMN_CHOICES,
        no_column=NO_COLUMN,
        needs_order=checked.problem is not None and "date_order" in errors_of(checked.problem),
        open_questions=open_questions if checked.head else None,
        refusal=refusal or (None if checked.head else open_questions),
        warnings=checked.answer.get("warnings", ()),
        numbers={outcome.value: checked.count(outcome) for outcome in Outcome},
        shown=[(words, address(path, show=value or None), value == show) for value, words in SHOWN],
        rows=[row_line(row, about.get(row["line"], "")) for row in shown],
        first=after + 1,
        last=min(after + ROWS_SHOWN, len(matching)),
        total=len(matching),
        previous=address(path, show=show or None, after=max(after - ROWS_SHOWN, 0)) if after else None,
        following=address(path, show=show or None, after=after + ROWS_SHOWN)
        if after + ROWS_SHOWN < len(matching)
        else None,
    )


def in_short(checked: CheckedFile) -> Mapping[int, str]:
    """What each row is about, by line."""
    if checked.head is not None:
        return rows_in_short(checked.head)
    lines = [line for line in (checked.file.lines if checked.file else ()) if isinstance(line, Line)]
    return {line.number: _line_in_short(line) for line in lines}


def _line_in_short(line: Line) -> str:
    parts = (words_of(line.type.value), line.content.get("name"), line.content.get("kind"))
    return " · ".join(str(part) for part in parts if part)
