"""Files to be imported: the body itself or a form's `file`, told apart by their content types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request

from api.http.openapi import BYTES
from api.http.problems import UNSUPPORTED_TYPE, Problem, invalid
from api.imports.lines import Line, Unreadable, read_lines

JSON_LINES = frozenset({"application/x-ndjson", "application/jsonl", "application/json-lines", "application/ndjson"})
MULTIPART = "multipart/form-data"


_EXAMPLE = '{"type": "person", "ref": "p1", "name": "Dana Whitfield", "employer": "firm"}\n'

REQUEST_BODY = {
    "required": True,
    "description": f"JSON Lines as the body itself, also as `{BYTES}`, or as the `file` of a form.",
    "content": {
        "application/x-ndjson": {"schema": {"type": "string"}, "example": _EXAMPLE},
        BYTES: {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
    },
}
"""What the document says of an import's body."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file as it was sent, read into lines."""

    content: bytes
    lines: Sequence[Line | Unreadable]


async def uploaded(request: Request) -> ImportFile:
    """The dependency that reads the file. Raises `Problem` 415 and 422."""
    content_type, content = type_of(request.headers.get("content-type", "")), await request.body()
    if content_type == BYTES:  # generated clients send a raw body so
        content_type = "application/x-ndjson"
    if content_type == MULTIPART:
        async with request.form(max_files=1, max_fields=1, max_part_size=len(content) + 1) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise invalid(("file", "must be a file in the form"))
            content_type, content = _type_of_file(file), await file.read()
    return ImportFile(content, list(lines_in(content_type, content)))


def lines_in(content_type: str, content: bytes) -> Sequence[Line | Unreadable]:
    """The lines of a file of some type."""
    if content_type in JSON_LINES:
        return list(read_lines(content))
    raise Problem(UNSUPPORTED_TYPE, "Send JSON Lines (application/x-ndjson).")


def type_of(header: str) -> str:
    """A content type without its parameters."""
    return header.partition(";")[0].strip().lower()


def type_of_name(name: str) -> str:
    """The content type that a file's name tells by its ending; empty when it tells none."""
    return _ENDINGS.get(name.rpartition(".")[2].lower(), "")


def _type_of_file(file: UploadFile) -> str:
    # The name first: browsers do not know all of these types.
    return type_of_name(file.filename or "") or type_of(file.content_type or "")


_ENDINGS = {"jsonl": "application/x-ndjson", "ndjson": "application/x-ndjson"}

Uploaded = Annotated[ImportFile, Depends(uploaded)]
