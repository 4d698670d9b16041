"""Idempotency keys: requests with the same key and content run once, and repetitions get the stored response."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Header
from sqlalchemy import Connection
from starlette.requests import Request

from api.http.json_bodies import read_json
from api.http.problems import KEY_REUSED, TOO_MANY, Problem, problem_of
from api.replies import JSON, Reply
from api.state.checked_columns import UnreadableState
from api.state.damage import is_readable_answer
from domain.errors import Refusal
from projections.log import Command, CommandKnown, KnownCommand, Log, Recorded

T = TypeVar("T")

_PATTERN = r"^[\x21-\x7e]+$"
_LONGEST = 255
_HASH = re.compile(r"[0-9a-f]{64}")
TABLE = "commands"

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=_LONGEST,
        pattern=_PATTERN,
        description="Requests with the same key and body run once and get the same response.",
    ),
]


def is_idempotency_key(text: str) -> bool:
    """Whether a text can be an idempotency key: 1 to 255 printable ASCII characters without spaces."""
    return len(text) <= _LONGEST and re.fullmatch(_PATTERN, text) is not None


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that runs at most once for its key and caller (`caller` is an id); a null key means every time.

    `request_hash` stands for the content: the same key with another hash is refused (`idempotency-key-reused`).
    """

    log: Log
    key: str | None
    caller: str
    request_hash: str

    def entry(
        self,
        encode: Callable[[Sequence[Recorded]], bytes],
        also: Callable[[Connection, Sequence[Recorded]], None] | None = None,
    ) -> Command | None:
        """What the log stores with the events: the response, and other state by `also`; null if that is nothing."""
        if self.key is None and also is None:
            return None
        return Command(self.key, self.caller, self.request_hash, encode, also)

    def once(self, carry_out: Callable[[], T]) -> T | Reply:
        """Return the stored response if there is one, else carry the request out. Refusals are stored as responses."""
        try:
            if self.key is not None and (stored := self._find_command(self.key)):
                return self.stored_reply(stored.request_hash, stored.answer)
            return carry_out()
        except CommandKnown as stored:
            return self.stored_reply(stored.request_hash, stored.answer)
        except (Refusal, Problem) as refusal:
            problem = refusal if isinstance(refusal, Problem) else problem_of(refusal)
            if problem.status_code >= 500 or problem.kind in (KEY_REUSED, TOO_MANY):
                raise
            try:
                self.store(Reply.of_problem(problem))
            except CommandKnown as stored:
                return self.stored_reply(stored.request_hash, stored.answer)
            raise problem from None

    def store(self, reply: Reply) -> None:
        """Store a response that comes with no change; without a key nothing is stored."""
        if self.key is not None:
            self.log.write(lambda _: None, command=self.entry(lambda _: reply.encoded()))

    def stored_reply(self, request_hash: str, answer: bytes) -> Reply:
        """The stored response. Raises `Problem` 422 if it is the response to another request."""
        if not _HASH.fullmatch(request_hash):
            raise UnreadableState(TABLE, "request_hash", self.key)
        if request_hash != self.request_hash:
            raise Problem(KEY_REUSED)
        if not is_readable_answer(answer):
            raise UnreadableState(TABLE, "answer", self.key)
        return Reply.decoded(answer)

    def _find_command(self, key: str) -> KnownCommand | None:
        """A completed command. Raises `UnreadableState` where the stored one is damaged: it must not run again."""
        try:
            return self.log.find_command(key, self.caller)
        except (TypeError, ValueError, OverflowError):
            raise UnreadableState(TABLE, "recorded_at", key) from None


def hash_of_request(request: Request, content: bytes) -> str:
    """The hash of a request's method, URL and body."""
    parts = (request.method, request.url.path, request.url.query)
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + content).hexdigest()


def canonical_json(body: object) -> bytes:
    """JSON in a canonical form, so that equal bodies have equal bytes."""
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


async def canonical_content(request: Request) -> bytes:
    """The body of a request; JSON in its canonical form."""
    body = await request.body()
    is_json = body and request.headers.get("content-type", "").startswith(JSON)
    return canonical_json(read_json(body)) if is_json else body
