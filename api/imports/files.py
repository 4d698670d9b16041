"""Reads import files from the request body or from the `file` field of a form, depending on the content type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request

from api.http.openapi import BYTES
from api.http.problems import UNSUPPORTED_TYPE, Problem, invalid
from api.imports.lines import Line, UnreadableLine, read_lines

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
"""The OpenAPI description of an import's body."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """The content of an import file and its parsed lines."""

    content: bytes
    lines: Sequence[Line | UnreadableLine]


async def read_upload(request: Request) -> ImportFile:
    """A dependency that reads the uploaded file. Raises `Problem` 415 and 422."""
    content_type, content = type_of(request.headers.get("content-type", "")), await request.body()
    if content_type == BYTES:  # generated clients send raw bodies with this type
        content_type = "application/x-ndjson"
    if content_type == MULTIPART:
        async with request.form(max_files=1, max_fields=1, max_part_size=len(content) + 1) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise invalid(("file", "must be a file in the form"))
            content_type, content = _type_of_file(file), await file.read()
    return ImportFile(content, list(lines_in(content_type, content)))


def lines_in(content_type: str, content: bytes) -> Sequence[Line | UnreadableLine]:
    """Parse a file of the given content type into lines."""
    if content_type in JSON_LINES:
        return list(read_lines(content))
    raise Problem(UNSUPPORTED_TYPE, "Send JSON Lines (application/x-ndjson).")


def type_of(header: str) -> str:
    """A content type without its parameters."""
    return header.partition(";")[0].strip().lower()


def type_of_name(name: str) -> str:
    """The content type for a file name's extension; empty for an unknown one."""
    return _ENDINGS.get(name.rpartition(".")[2].lower(), "")


def _type_of_file(file: UploadFile) -> str:
    # The name comes first, because browsers do not know all of these types.
    return type_of_name(file.filename or "") or type_of(file.content_type or "")


_ENDINGS = {"jsonl": "application/x-ndjson", "ndjson": "application/x-ndjson"}

Uploaded = Annotated[ImportFile, Depends(read_upload)]
