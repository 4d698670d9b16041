"""Strict JSON request bodies: JSON that parsers could read differently is refused before it is processed."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import MALFORMED, UNSUPPORTED_TYPE, Problem
from domain.text import is_storable

DEEPEST = 32
LARGEST_INTEGER = 2**53
"""Larger integers lose digits in parsers that use doubles."""

LONGEST_NUMBER = 40

_STATE_KEY = "strictly_read"


def read_json(raw: bytes, line: int | None = None) -> Any:
    """Parse a JSON text (RFC 8259, UTF-8). `line` is its line in a JSON Lines file. Raises `Problem` 400.

    Refused are NaN and infinities, duplicate names in an object, lone surrogates and NUL characters, nesting deeper
    than 32, integers beyond 2^53, and numbers of more than 40 characters.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError:
        raise _malformed(f"{'The body' if line is None else f'Line {line}'} is not UTF-8.") from None
    except json.JSONDecodeError as fault:
        text = "The body" if line is None else "The line"
        at = f"line {fault.lineno if line is None else line}, column {fault.colno}"
        raise _malformed(f"{text} is not JSON: {fault.msg} at {at}.") from None
    except RecursionError:
        raise _too_deep() from None
    _check(value, DEEPEST)
    return value


def parsed_body(request: Request) -> Any:
    """The JSON body that `StrictBodies` parsed; null without a body."""
    return getattr(request.state, _STATE_KEY, None)


class StrictBodies:
    """Middleware that refuses API requests whose body is not strict JSON; the paths in `others` take any body.

    It runs before authentication, because a body that cannot be read belongs to no valid request.
    """

    def __init__(self, app: ASGIApp, prefix: str | tuple[str, ...], others: Collection[str] = ()) -> None:
        """`prefix` is the path of the API, or several; `others` are paths below it that take other content types."""
        self.app = app
        self.prefix = prefix
        self.others = frozenset(others)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix) or scope["path"] in self.others:
            await self.app(scope, receive, send)
            return
        try:
            messages = await _all_of(receive)
            body = b"".join(message.get("body", b"") for message in messages)
            if body:
                _check_json_type(Headers(scope=scope))
                scope.setdefault("state", {})[_STATE_KEY] = read_json(body)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return

        async def receive_again() -> Message:
            return messages.pop(0) if messages else await receive()

        await self.app(scope, receive_again, send)


async def _all_of(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def _check_json_type(headers: Headers) -> None:
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Problem(UNSUPPORTED_TYPE, "Send the body as application/json.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _malformed("An object has a duplicate name.")
    return members


def _constant(_: str) -> NoReturn:
    raise _malformed("NaN and infinities are not JSON.")


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER or abs(int(text)) > LARGEST_INTEGER:
        raise _malformed("An integer is larger than 2^53.")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if len(text) > LONGEST_NUMBER or number in (float("inf"), float("-inf")):
        raise _malformed("A number is too long.")
    return number


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list | dict):
        if depth == 0:
            raise _too_deep()
        if isinstance(value, dict):
            for name in value:
                _check_text(name)
        for member in value.values() if isinstance(value, dict) else value:
            _check(member, depth - 1)


def _check_text(text: str) -> None:
    if not is_storable(text):
        raise _malformed("A string contains a NUL character or a lone surrogate.")


def _too_deep() -> Problem:
    return _malformed(f"The body is nested deeper than {DEEPEST}.")


def _malformed(detail: str) -> Problem:
    return Problem(MALFORMED, detail)
