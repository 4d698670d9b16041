"""Writing: a command is carried out once however often it is sent, and answered the same every time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Generic, TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import IntegrityError
from eventsourcing.persistence import Recording as RecordedEvent
from fastapi import Depends, Header
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller, Door, cached_caller, caller_with, credential_of
from api.conditional import NOTHING_EXPECTED, Expected, IfMatch, expected_from
from api.context import AppContext, app_context
from api.kept.recorded_in import keep_session
from api.kept.roles import Role
from api.parameters import check_parameters
from api.problems import KEY_REUSED, MEDIA_TYPE, TOO_MANY, Problem, problem_of
from api.strict import read_json
from domain.client import Client
from domain.engagement import Engagement
from domain.errors import Refusal, UnknownClient, UnknownEngagement
from domain.unit_of_work import UnitOfWork
from projections.log import Command, CommandKnown, Event, NotCached, PendingResult, Recorded

R = TypeVar("R")
T = TypeVar("T")

JSON = "application/json"
NO_CONTENT = 204
KEY = r"^[\x21-\x7e]+$"
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is sent, and kept to be sent again."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON

    @classmethod
    def of(cls, status: int, body: BaseModel, **headers: str) -> Reply:
        """A JSON answer; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, body.model_dump_json(by_alias=True).encode(), named)

    @classmethod
    def refusing(cls, problem: Problem) -> Reply:
        """A problem as an answer that can be kept."""
        return cls(problem.status_code, problem.encoded(), dict(problem.headers or {}), MEDIA_TYPE)

    def response(self) -> Response:
        """What goes to the caller."""
        return Response(self.body, self.status, self.headers, None if self.status == NO_CONTENT else self.media_type)

    def encoded(self) -> bytes:
        """A line of JSON for the status and the headers, then the body as it is."""
        head = json.dumps([self.status, self.media_type, dict(self.headers)], separators=(",", ":"))
        return head.encode() + b"\n" + self.body

    @classmethod
    def decoded(cls, kept: bytes) -> Reply:
        """A kept answer."""
        head, _, body = kept.partition(b"\n")
        status, media_type, headers = json.loads(head)
        return cls(status, body, headers, media_type)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Somebody who writes: as whom, under which idempotency key, expecting which version."""

    context: AppContext
    caller: Caller
    key: str | None = None
    request_hash: str = ""
    expected: Expected = NOTHING_EXPECTED
    credential: str = ""

    def run(
        self,
        use_case: Callable[[UnitOfWork], R],
        answer: Callable[[R, Sequence[Recorded]], Reply],
        also: Callable[[R, Connection, Sequence[Recorded]], None] | None = None,
    ) -> Response:
        """Carry out a use case of the domain and answer from what was recorded; a repetition gets the first answer.

        `also` keeps what belongs beside the events, in their transaction.
        """
        telling = _Telling(use_case, answer, self._beside(also))

        def carry_out() -> Reply:
            told = self.context.log.engagements.run(telling.decide, command=self._command(telling.make, telling.beside))
            if not told.recordings:
                self.context.log.write(telling.keep_alone, command=self._command(telling.make))
            return telling.reply(told.recordings)

        return self._once(carry_out).response()

    async def run_async(
        self,
        use_case: Callable[[UnitOfWork], R],
        answer: Callable[[R, Sequence[Recorded]], Reply],
        *,
        cached_only: bool = False,
    ) -> Response:
        """The same for a use case that always records something, with no thread that waits for the disk.

        Of many who write at once each would hold one, and all of them would wake when the writer is done. A use case
        that `cached_only` but aggregates needs no thread at all while those are at hand.
        """
        telling = _Telling(use_case, answer, self._beside(None))
        command = self._command(telling.make, telling.beside)
        begin = partial(self.context.log.engagements.begin, telling.decide, command=command)
        in_a_thread = asyncio.get_running_loop().run_in_executor
        begun: PendingResult[R] | Reply | None = None
        if cached_only:
            # What is at hand may be behind: only what is read now is a reason to refuse.
            with suppress(NotCached, Refusal, Problem):
                begun = begin(cached_only=True)
        if begun is None:
            begun = await in_a_thread(None, self._once, begin)
        if isinstance(begun, Reply):
            return begun.response()
        try:
            recordings = await asyncio.wrap_future(begun.recordings)
        except CommandKnown as known:
            return self._again(known.request_hash, known.answer).response()
        except IntegrityError:
            # Somebody else was faster: now in turn with the others who lost.
            return await in_a_thread(None, self.run, use_case, answer)
        self.context.log.engagements.update_cache(recordings)
        return telling.reply(recordings).response()

    def change_state(
        self, change: Callable[[Connection], Reply], finish: Callable[[Reply], Reply] = lambda reply: reply
    ) -> Response:
        """Change the kept state; the answer is kept in the same transaction.

        `finish` adds to the answer, each time it is given, what may not be kept.
        """
        replies: list[Reply] = []

        def make(_: Sequence[Recorded]) -> bytes:
            return replies[0].encoded()

        def write(connection: Connection) -> Reply:
            replies[:] = [change(connection)]
            return replies[0]

        reply = self._once(lambda: self.context.log.write(write, command=self._command(make)))
        return finish(reply).response()

    def answer(self, question: Callable[[], Reply]) -> Response:
        """Answer a question that changes nothing; asked again under the same key, the first answer again."""

        def carry_out() -> Reply:
            reply = question()
            self._remember(reply)
            return reply

        return self._once(carry_out).response()

    def client(self, unit: UnitOfWork, client_id: UUID) -> Client:
        """A client that the caller may see, in the version that they expect."""
        if not self.caller.sees(client_id):
            raise UnknownClient
        client = unit.client(client_id)
        self.expected.check(client)
        return client

    def engagement(self, unit: UnitOfWork, engagement_id: UUID) -> Engagement:
        """An engagement of a client that the caller may see, in the version that they expect."""
        engagement = unit.engagement(engagement_id)
        if not self.caller.sees(engagement.client):
            raise UnknownEngagement
        self.expected.check(engagement)
        return engagement

    def _beside(
        self, also: Callable[[R, Connection, Sequence[Recorded]], None] | None
    ) -> Callable[[R, Connection, Sequence[Recorded]], None] | None:
        """What is kept beside the events: `also`, and the session in which they were recorded."""
        if self.caller.door is not Door.SESSION:
            return also

        def keep(decided: R, connection: Connection, recorded: Sequence[Recorded]) -> None:
            keep_session(connection, self.caller.door_id, [position for position, _ in recorded])
            if also is not None:
                also(decided, connection, recorded)

        return keep

    @property
    def _asked(self) -> str:
        """What makes a request the same one again; of a caller who sees other clients than then, it is another."""
        if self.caller.visible is None:
            return self.request_hash
        seen = ",".join(sorted(map(str, self.caller.visible)))
        return hashlib.sha256(f"{self.request_hash}\n{seen}".encode()).hexdigest()

    def _command(
        self,
        answer: Callable[[Sequence[Recorded]], bytes],
        also: Callable[[Connection, Sequence[Recorded]], None] | None = None,
    ) -> Command | None:
        if self.key is None and also is None:
            return None
        return Command(self.key, str(self.caller.id), self._asked, answer, also)

    def _once(self, carry_out: Callable[[], T]) -> T | Reply:
        """Give the kept answer where there is one; keep the refusal where there is one."""
        try:
            if self.key is not None and (known := self.context.log.find_command(self.key, str(self.caller.id))):
                return self._again(known.request_hash, known.answer)
            return carry_out()
        except CommandKnown as known:
            return self._again(known.request_hash, known.answer)
        except (Refusal, Problem) as refusal:
            problem = refusal if isinstance(refusal, Problem) else problem_of(refusal)
            if problem.status_code >= 500 or problem.kind in (KEY_REUSED, TOO_MANY):
                raise
            try:
                self._remember(Reply.refusing(problem))
            except CommandKnown as known:
                return self._again(known.request_hash, known.answer)
            raise problem from None

    def _remember(self, reply: Reply) -> None:
        if self.key is not None:
            self.context.log.write(lambda _: None, command=self._command(lambda _: reply.encoded()))

    def _again(self, request_hash: str, answer: bytes) -> Reply:
        if request_hash != self._asked:
            raise Problem(KEY_REUSED)
        return Reply.decoded(answer)


class _Telling(Generic[R]):
    """A use case on its way: what it answered when it was last decided, and the reply that was made of it."""

    def __init__(
        self,
        use_case: Callable[[UnitOfWork], R],
        answer: Callable[[R, Sequence[Recorded]], Reply],
        also: Callable[[R, Connection, Sequence[Recorded]], None] | None,
    ) -> None:
        self._use_case = use_case
        self._answer = answer
        self._also = also
        self._decided: list[R] = []
        self._replies: list[Reply] = []

    def decide(self, unit: UnitOfWork) -> R:
        self._decided[:] = [self._use_case(unit)]
        return self._decided[0]

    def make(self, recorded: Sequence[Recorded]) -> bytes:
        self._replies[:] = [self._answer(self._decided[0], recorded)]
        return self._replies[0].encoded()

    @property
    def beside(self) -> Callable[[Connection, Sequence[Recorded]], None] | None:
        """What keeps something beside the events, if anything is to be kept."""
        return None if self._also is None else self._keep_also

    def keep_alone(self, connection: Connection) -> None:
        """Keep it though no event was recorded."""
        self._keep_also(connection, ())

    def _keep_also(self, connection: Connection, recorded: Sequence[Recorded]) -> None:
        if self._also is not None:
            self._also(self._decided[0], connection, recorded)

    def reply(self, recordings: Sequence[RecordedEvent[UUID]]) -> Reply:
        """The reply that was kept, else one made now."""
        if self._replies:
            return self._replies[0]
        return self._answer(
            self._decided[0], [Recorded(r.notification.id, cast("Event", r.domain_event)) for r in recordings]
        )


def hash_of_request(request: Request, content: bytes) -> str:
    """What makes a request the same one again: its method, address and body."""
    parts = (request.method, request.url.path, request.url.query)
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + content).hexdigest()


def _spelt(body: object) -> bytes:
    """JSON as it is compared, however it was spelt."""
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


async def _content(request: Request) -> bytes:
    body = await request.body()
    is_json = body and request.headers.get("content-type", "").startswith(JSON)
    return _spelt(read_json(body)) if is_json else body


def cached_command_context(role: Role, request: Request, body: object) -> CommandContext | None:
    """What `writes` reads, without reading anything: null where that would take more, or there is something to refuse.

    A version that is expected is nothing for it: whether it is the current one has to be read.
    """
    caller, key = cached_caller(request), request.headers.get("idempotency-key")
    if caller is None or not caller.may(role) or "if-match" in request.headers or request.scope["query_string"]:
        return None
    if key is not None and not (re.match(KEY, key) and len(key) <= LONGEST_KEY):
        return None
    request_hash = "" if key is None else hash_of_request(request, _spelt(body))
    return CommandContext(app_context(request), caller, key, request_hash, credential=credential_of(request))


def with_keyed_hash(write: CommandContext) -> CommandContext:
    """A writer of a secret that somebody chose: what is kept of the request says nothing to whoever reads the store."""
    secret = hmac.digest(write.credential.encode(), write.request_hash.encode(), "sha256")
    return replace(write, request_hash=secret.hex())


IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=LONGEST_KEY,
        pattern=KEY,
        description="The same key with the same body is carried out once and answered the same.",
    ),
]


def writes(role: Role, door: Door | None = None, *, whole: bool = False) -> Callable[..., Awaitable[CommandContext]]:
    """The dependency that reads who writes, and that they may, where nothing that has an entity tag is changed."""

    # One dependency for all of it: each costs as much again in the event loop as what it looks up.
    async def ask(request: Request, idempotency_key: IdempotencyKey = None) -> CommandContext:
        write = await _command_context(request, role, door, whole, idempotency_key)
        write.expected.check_nothing()
        return write

    return ask


def changes(role: Role, *, whole: bool = False) -> Callable[..., Awaitable[CommandContext]]:
    """The same where something is changed that has an entity tag: `If-Match` names the one that is expected."""

    async def ask(request: Request, if_match: IfMatch = None, idempotency_key: IdempotencyKey = None) -> CommandContext:
        return await _command_context(request, role, None, whole, idempotency_key)

    return ask


async def _command_context(
    request: Request, role: Role, door: Door | None, whole: bool, key: str | None
) -> CommandContext:
    caller = await caller_with(role, request, door, whole=whole)
    check_parameters(request)
    expected = expected_from(request.headers.getlist("if-match"))
    request_hash = "" if key is None else hash_of_request(request, await _content(request))
    return CommandContext(app_context(request), caller, key, request_hash, expected, credential_of(request))


Owning = Annotated[CommandContext, Depends(writes(Role.VIEWER, Door.SESSION))]
"""Whoever writes what is theirs alone: their name, their password, their sessions."""
Keeping = Annotated[CommandContext, Depends(writes(Role.VIEWER))]
KeepingChange = Annotated[CommandContext, Depends(changes(Role.VIEWER))]
RecordingNew = Annotated[CommandContext, Depends(writes(Role.RECORDER))]
Recording = Annotated[CommandContext, Depends(changes(Role.RECORDER))]
RecordingWhole = Annotated[CommandContext, Depends(writes(Role.RECORDER, whole=True))]
Administering = Annotated[CommandContext, Depends(writes(Role.ADMIN))]
AdministeringChange = Annotated[CommandContext, Depends(changes(Role.ADMIN))]
Governing = Annotated[CommandContext, Depends(writes(Role.ADMIN, whole=True))]
"""An admin of all clients writes what concerns the whole firm."""
GoverningChange = Annotated[CommandContext, Depends(changes(Role.ADMIN, whole=True))]
