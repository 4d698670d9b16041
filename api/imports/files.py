"""Reads import files from the request body or from the `file` field of a form, depending on the content type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request

from api.context import AppContext, app_context
from api.http.openapi import BYTES
from api.http.problems import UNSUPPORTED_TYPE, Problem, invalid
from api.imports.form_options import FILE, FormOptions, options_in_form, with_form
from api.imports.lines import Line, UnreadableLine, read_lines
from api.imports.tables.dates import DateOrder
from api.imports.tables.headers import ColumnMatch
from api.imports.tables.options import TableOptions, read_mapping
from api.imports.tables.read import CSV_TYPE, XLSX_TYPE, TableHead, read_head, read_table
from api.imports.tables.recall import NOTHING_REMEMBERED, Remembered
from api.imports.tables.xlsx_file import ZIP
from api.state.import_columns import list_remembered
from domain.text import UncleanText, clean_name

JSON_LINES = frozenset({"application/x-ndjson", "application/jsonl", "application/json-lines", "application/ndjson"})
CSV = frozenset({CSV_TYPE, "application/csv", "text/tab-separated-values"})
MULTIPART = "multipart/form-data"
LONGEST_NAME = 255

_MOST_FORM_FIELDS = 10
_EXAMPLE = '{"type": "person", "ref": "p1", "name": "Dana Whitfield", "employer": "firm"}\n'
_TEXT_FIELD = {"type": "string", "description": "As the parameter of this name."}
_CSV_EXAMPLE = (
    "client,engagement,kind,effective_on,functions,seat.holder,seat.commitment,seat.provider\n"
    "Halcyon Health,CTO+CAIO,opened,2023-02-20,,,,\n"
    "Halcyon Health,CTO+CAIO,structure_chosen,2023-04-17,technology+ai,Dana Whitfield,fractional,firm\n"
)

REQUEST_BODY = {
    "required": True,
    "description": (
        f"JSON Lines, CSV or XLSX as the body itself (also as `{BYTES}`, then recognized by its content), or as the "
        "`file` of a form."
    ),
    "content": {
        "application/x-ndjson": {"schema": {"type": "string"}, "example": _EXAMPLE},
        CSV_TYPE: {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
        XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
        BYTES: {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "mapping": _TEXT_FIELD,
                    "encoding": _TEXT_FIELD,
                    "sheet": _TEXT_FIELD,
                    "date_order": {**_TEXT_FIELD, "enum": [order.value for order in DateOrder]},
                    **{key: {**_TEXT_FIELD, "type": "boolean"} for key in ("ignore_unknown", "dry_run", "partial")},
                },
            }
        },
    },
}
"""The OpenAPI description of an import's body."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """The content of an import file and its parsed lines; of a table also its columns, warnings and its head."""

    content: bytes
    lines: Sequence[Line | UnreadableLine]
    columns: Sequence[ColumnMatch] = ()
    warnings: Sequence[str] = ()
    name: str | None = None
    dry_run: bool = False
    partial: bool = False
    """The flags that a form gives, besides those of the query."""
    head: TableHead | None = None


def table_options(
    mapping: Annotated[
        str | None,
        Query(
            max_length=20_000,
            description=(
                'The columns of a table that differ: a JSON object `{"our column": "their column"}`. Without it, a '
                "table with the headers of an earlier one is read as last time."
            ),
            examples=['{"client": "Company"}'],
        ),
    ] = None,
    encoding: Annotated[
        str | None, Query(max_length=40, description="The encoding of a CSV file that is neither UTF-8 nor UTF-16.")
    ] = None,
    date_order: Annotated[
        DateOrder | None, Query(description="The order in dates such as 03/04/2025: `dmy` or `mdy`.")
    ] = None,
    sheet: Annotated[
        str | None,
        Query(max_length=100, description="The sheet of a workbook (default: the first visible one that fits)."),
    ] = None,
    ignore_unknown: Annotated[
        bool | None,
        Query(
            description=(
                "Leave out unknown columns, with a warning, instead of refusing the file "
                "(default: as last time, or refuse it)."
            )
        ),
    ] = None,
) -> TableOptions:
    """A dependency that reads the parameters of tables. Raises `Problem` 422."""
    return TableOptions(read_mapping(mapping), encoding, date_order, sheet, ignore_unknown)


async def read_upload(request: Request, options: Annotated[TableOptions, Depends(table_options)]) -> ImportFile:
    """A dependency that reads the uploaded file. Raises `Problem` 415 and 422."""
    header = request.headers.get("content-type", "")
    content_type, content, name, sent = type_of(header), await request.body(), None, FormOptions()
    if content_type == BYTES:  # generated clients send raw bodies with this type
        content_type = type_of_content(content)
    elif content_type == MULTIPART:
        async with request.form(max_files=1, max_fields=_MOST_FORM_FIELDS, max_part_size=len(content) + 1) as form:
            file = form.get(FILE)
            if not isinstance(file, UploadFile):
                raise invalid((FILE, "must be a file in the form"))
            sent = options_in_form(form, request.query_params)
            options = with_form(options, sent)
            content_type, content, name = _type_of_file(file), await file.read(), file_name_of(file)
    elif content_type in CSV and options.encoding is None:
        options = replace(options, encoding=_charset_of(header))
    read = partial(read_remembering, app_context(request), content_type, content, options)
    upload = await run_in_threadpool(read)
    return replace(upload, name=name, dry_run=bool(sent.dry_run), partial=bool(sent.partial))


def remembered_tables(context: AppContext, content_type: str, options: TableOptions) -> Remembered:
    """How earlier tables were read, if that matters for the file."""
    if options.mapping is not None or content_type in JSON_LINES:
        return NOTHING_REMEMBERED
    with context.log.engine.connect() as connection:
        return list_remembered(connection)


def read_remembering(context: AppContext, content_type: str, content: bytes, options: TableOptions) -> ImportFile:
    """Parse a file; without a mapping, the columns of a table are those of last time. Raises `Problem` 415 and 422."""
    return read_file(content_type, content, options, remembered_tables(context, content_type, options))


def read_file(
    content_type: str, content: bytes, options: TableOptions, remembered: Remembered = NOTHING_REMEMBERED
) -> ImportFile:
    """Parse a file of the given content type into lines. Raises `Problem` 415 and 422."""
    if content_type in JSON_LINES:
        return ImportFile(content, list(read_lines(content)))
    if content_type in CSV or content_type == XLSX_TYPE:
        kind = CSV_TYPE if content_type in CSV else XLSX_TYPE
        table = read_table(content, kind, options, remembered)
        return ImportFile(content, table.lines, table.columns, table.warnings, head=table.head)
    if content_type in _UNSAFE:
        raise Problem(UNSUPPORTED_TYPE, "Save the workbook as .xlsx, without macros.")
    raise Problem(UNSUPPORTED_TYPE, f"Send JSON Lines (application/x-ndjson), CSV ({CSV_TYPE}) or XLSX ({XLSX_TYPE}).")


def head_of_file(content_type: str, content: bytes, options: TableOptions, remembered: Remembered) -> TableHead | None:
    """The head of a table; null for another file, and for a table that cannot be read at all."""
    if content_type not in CSV and content_type != XLSX_TYPE:
        return None
    try:
        return read_head(content, CSV_TYPE if content_type in CSV else XLSX_TYPE, options, remembered)
    except Problem:
        return None


def type_of(header: str) -> str:
    """A content type without its parameters."""
    return header.partition(";")[0].strip().lower()


def type_of_name(name: str) -> str:
    """The content type for a file name's extension; empty for an unknown one."""
    return _ENDINGS.get(name.rpartition(".")[2].lower(), "")


def type_of_content(content: bytes) -> str:
    """The content type of a file without a name: a workbook, JSON Lines, or else CSV."""
    if content.startswith(ZIP):
        return XLSX_TYPE
    start = content[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "application/x-ndjson" if not start or start.startswith((b"{", b"[")) else CSV_TYPE


def _charset_of(header: str) -> str | None:
    """The encoding that a content type names; UTF-8 is what is expected without one."""
    for parameter in header.split(";")[1:]:
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in ("", "utf-8", "utf8"):
            return charset
    return None


def content_type_of(file: UploadFile, content: bytes) -> str:
    """The content type of an uploaded file: by its name, or else by its content."""
    return type_of_name(file.filename or "") or type_of_content(content)


def file_name_of(file: UploadFile) -> str | None:
    """The name of an uploaded file, without what may not be shown; null without a name."""
    name = "".join(letter for letter in file.filename or "" if letter.isprintable()).strip()
    try:
        return clean_name(name)[:LONGEST_NAME] or None
    except UncleanText:
        return None


def _type_of_file(file: UploadFile) -> str:
    # The name comes first, because browsers do not know all of these types.
    return type_of_name(file.filename or "") or type_of(file.content_type or "")


_MACROS = "application/vnd.ms-excel.sheet.macroenabled.12"
_UNSAFE = frozenset({_MACROS, "application/vnd.ms-excel", "application/vnd.ms-excel.sheet.binary.macroenabled.12"})
_ENDINGS: Mapping[str, str] = {
    "jsonl": "application/x-ndjson",
    "ndjson": "application/x-ndjson",
    "csv": CSV_TYPE,
    "tsv": CSV_TYPE,
    "xlsx": XLSX_TYPE,
    "xlsm": _MACROS,
    "xls": "application/vnd.ms-excel",
}

Uploaded = Annotated[ImportFile, Depends(read_upload)]
