"""Responses to commands, stored so that a repeated command gets the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.responses import Response

from api.http.problems import MEDIA_TYPE, Problem

JSON = "application/json"
NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response, as it is sent and stored under an idempotency key."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON

    @classmethod
    def of(cls, status: int, body: BaseModel, **headers: str) -> Reply:
        """A JSON response; header names are written with underscores."""
        header_names = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, body.model_dump_json(by_alias=True).encode(), header_names)

    @classmethod
    def of_problem(cls, problem: Problem) -> Reply:
        """A problem as a response that can be stored."""
        return cls(problem.status_code, problem.encoded(), dict(problem.headers or {}), MEDIA_TYPE)

    def response(self) -> Response:
        """The response that is sent to the caller."""
        return Response(self.body, self.status, self.headers, None if self.status == NO_CONTENT else self.media_type)

    def encoded(self) -> bytes:
        """The stored form: a line of JSON with the status and the headers, then the body unchanged."""
        head = json.dumps([self.status, self.media_type, dict(self.headers)], separators=(",", ":"))
        return head.encode() + b"\n" + self.body

    @classmethod
    def decoded(cls, stored: bytes) -> Reply:
        """Parse a stored response."""
        head, _, body = stored.partition(b"\n")
        status, media_type, headers = json.loads(head)
        return cls(status, body, headers, media_type)
