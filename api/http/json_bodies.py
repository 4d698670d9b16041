"""Reading bodies strictly: JSON that two readers could understand differently is refused before anything sees it."""

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
"""Beyond this, readers that keep numbers as doubles lose digits."""

LONGEST_NUMBER = 40

_READ = "strictly_read"


def read_json(raw: bytes, line: int | None = None) -> Any:
    """The value of a JSON text (RFC 8259, UTF-8), or `Problem` 400. `line` is its place in a file of many.

    Refused: NaN and infinities, a name twice in one object, lone surrogates and NUL in texts, nesting deeper than
    32, integers beyond 2^53, numbers of more than 40 characters.
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


def strictly_read(request: Request) -> Any:
    """The JSON that `StrictBodies` read of a request; null where there was none."""
    return getattr(request.state, _READ, None)


class StrictBodies:
    """Lets only bodies through to the API that are JSON, read strictly; elsewhere, and under `others`, all of them.

    It answers before credentials are looked at: what cannot be read is nobody's request.
    """

    def __init__(self, app: ASGIApp, prefix: str, others: Collection[str] = ()) -> None:
        """`prefix` is where the API begins, `others` are the paths in it that take something else than JSON."""
        self.app = app
        self.prefix = prefix
        self.others = frozenset(others)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix) or scope["path"] in self.others:
            await self.app(scope, receive, send)
            return
        try:
            messages = await _all_of(receive)
            body = b"".join(message.get("body", b"") for message in messages)
            if body:
                _check_json_type(Headers(scope=scope))
                scope.setdefault("state", {})[_READ] = read_json(body)
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
        raise _malformed("A name stands twice in one object.")
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
        raise _malformed("A text holds a NUL character or half of a surrogate pair.")


def _too_deep() -> Problem:
    return _malformed(f"The body is nested deeper than {DEEPEST}.")


def _malformed(detail: str) -> Problem:
    return Problem(MALFORMED, detail)
