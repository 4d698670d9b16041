"""Command handling: the states of a command, and the context of a request that changes something."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Generic, TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import IntegrityError
from eventsourcing.persistence import Recording as RecordedEvent
from fastapi import Depends
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from api.auth.access import Caller, Door, caller_with, credential_of
from api.context import AppContext, app_context
from api.http.etags import NOTHING_EXPECTED, Expected, IfMatch, expected_from
from api.http.parameters import check_parameters
from api.http.problems import Problem
from api.idempotency import IdempotencyKey, IdempotentRequest, canonical_content, hash_of_request
from api.replies import Reply
from api.state.event_sessions import store_session_of_events
from api.state.roles import Role
from domain.client import Client
from domain.engagement import Engagement
from domain.errors import Refusal, UnknownClient, UnknownEngagement
from domain.unit_of_work import UnitOfWork
from projections.log import Command, CommandKnown, Event, NotCached, PendingResult, Recorded, UnreadableEvent

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class PendingCommand(Generic[R]):
    """A command that has not run yet.

    `decide` changes a unit of work and returns a value; it runs again after a lost race. `answer` makes the reply
    from that value and the recorded events. `also` writes stored state in the same transaction as the events.
    """

    decide: Callable[[UnitOfWork], R]
    answer: Callable[[R, Sequence[Recorded]], Reply]
    also: Callable[[R, Connection, Sequence[Recorded]], None] | None = None


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The context of a request that changes something: its caller, idempotency key and expected version."""

    context: AppContext
    caller: Caller
    key: str | None = None
    request_hash: str = ""
    expected: Expected = NOTHING_EXPECTED
    credential: str = ""

    def run(self, command: PendingCommand[R]) -> Response:
        """Run a command that may record events, at most once. A repetition gets the first response."""
        self.context.check_writable()
        run = _Run(command, self._session)

        def carry_out() -> Reply:
            recordings = self.context.log.engagements.run(run.decide, command=self._entry(run)).recordings
            if not recordings:
                self.context.log.write(run.write_without_events, command=self._request.entry(run.encode))
            return run.reply(recordings)

        return self._request.once(carry_out).response()

    async def run_async(self, command: PendingCommand[R], *, cached_only: bool = False) -> Response:
        """Run a command that always records events without occupying a thread while the disk writes.

        Under load each waiting command would occupy a thread, and all of them would wake up when the batch is
        committed. With `cached_only` the command reads only aggregates, and needs no thread while those are cached.
        """
        self.context.check_writable()
        run = _Run(command, self._session)
        begin = partial(self.context.log.engagements.begin, run.decide, command=self._entry(run))
        in_a_thread = asyncio.get_running_loop().run_in_executor
        pending: PendingResult[R] | Reply | None = None
        if cached_only:
            # The cache may be stale, so a refusal only counts when it is decided on current state.
            with suppress(NotCached, Refusal, Problem):
                pending = begin(cached_only=True)
        if pending is None:
            pending = await in_a_thread(None, self._request.once, begin)
        if isinstance(pending, Reply):
            return pending.response()
        try:
            recordings = await asyncio.wrap_future(pending.recordings)
        except CommandKnown as stored:
            return self._request.stored_reply(stored.request_hash, stored.answer).response()
        except IntegrityError:
            # Another writer was faster: run again in a thread.
            return await in_a_thread(None, self.run, command)
        self.context.log.engagements.update_cache(recordings)
        return run.reply(recordings).response()

    def change_state(
        self, change: Callable[[Connection], Reply], finish: Callable[[Reply], Reply] = lambda reply: reply
    ) -> Response:
        """Change stored state at most once; the response is stored in the same transaction.

        `finish` adds what must not be stored to the response, on every repetition.
        """
        self.context.check_writable()
        run = _StateChange(change)
        reply = self._request.once(lambda: self.context.log.write(run.write, command=self._request.entry(run.encode)))
        return finish(reply).response()

    def settled(self, reply: Reply) -> Reply:
        """The same response, once no process uses state from before the change."""
        self.context.log.settle_state()
        return reply

    def answer(self, question: Callable[[], Reply]) -> Response:
        """Answer a request that changes nothing. A repetition with the same key gets the first response.

        A read-only server stores no response, and computes the answer again.
        """
        if self.context.is_read_only:
            return question().response()

        def carry_out() -> Reply:
            reply = question()
            self._request.store(reply)
            return reply

        return self._request.once(carry_out).response()

    def client(self, unit: UnitOfWork, client_id: UUID) -> Client:
        """A client that is visible to the caller, in the expected version."""
        if not self.caller.sees(client_id):
            raise UnknownClient
        client = unit.client(client_id)
        self.expected.check(client)
        return client

    def engagement(self, unit: UnitOfWork, engagement_id: UUID) -> Engagement:
        """An engagement that is visible to the caller, in the expected version."""
        try:
            engagement = unit.engagement(engagement_id)
        except UnreadableEvent as fault:
            if self.caller.visible is not None and fault.client not in self.caller.visible:
                raise UnknownEngagement from None
            raise
        if not self.caller.sees(engagement.client):
            raise UnknownEngagement
        self.expected.check(engagement)
        return engagement

    @property
    def _session(self) -> UUID | None:
        """The browser session in which events are recorded; null for keys and the command line."""
        return self.caller.door_id if self.caller.door is Door.SESSION else None

    @property
    def _request(self) -> IdempotentRequest:
        """The request under its idempotency key. The caller's visible clients are part of its identity."""
        request_hash = self.request_hash
        if self.caller.visible is not None:
            visible = ",".join(sorted(map(str, self.caller.visible)))
            request_hash = hashlib.sha256(f"{request_hash}\n{visible}".encode()).hexdigest()
        return IdempotentRequest(self.context.log, self.key, str(self.caller.id), request_hash)

    def _entry(self, run: _Run[R]) -> Command | None:
        """The entry that the log stores with the events of a run."""
        return self._request.entry(run.encode, run.write_also if run.has_also else None)


@dataclass(slots=True)
class _Run(Generic[R]):
    """One run of a command. The writer's thread calls `encode` and `write_also` just before the commit."""

    command: PendingCommand[R]
    session: UUID | None
    value: R = field(init=False)
    """The value of the last `decide`."""
    stored: Reply | None = field(default=None, init=False)
    """The reply stored with the events of that decision."""

    def decide(self, unit: UnitOfWork) -> R:
        self.value = self.command.decide(unit)
        return self.value

    def encode(self, recorded: Sequence[Recorded]) -> bytes:
        self.stored = self.command.answer(self.value, recorded)
        return self.stored.encoded()

    @property
    def has_also(self) -> bool:
        return self.session is not None or self.command.also is not None

    def write_also(self, connection: Connection, recorded: Sequence[Recorded]) -> None:
        if self.session is not None:
            store_session_of_events(connection, self.session, [position for position, _ in recorded])
        if self.command.also is not None:
            self.command.also(self.value, connection, recorded)

    def write_without_events(self, connection: Connection) -> None:
        self.write_also(connection, ())

    def reply(self, recordings: Sequence[RecordedEvent[UUID]]) -> Reply:
        if self.stored is not None:
            return self.stored
        events = [Recorded(r.notification.id, cast("Event", r.domain_event)) for r in recordings]
        return self.command.answer(self.value, events)


@dataclass(slots=True)
class _StateChange:
    """A change of stored state, and its reply."""

    change: Callable[[Connection], Reply]
    reply: Reply = field(init=False)

    def write(self, connection: Connection) -> Reply:
        self.reply = self.change(connection)
        return self.reply

    def encode(self, _: Sequence[Recorded]) -> bytes:
        return self.reply.encoded()


def with_keyed_hash(command: CommandContext) -> CommandContext:
    """The context of a request with a password: the stored request hash is keyed, so that it reveals nothing."""
    secret = hmac.digest(command.credential.encode(), command.request_hash.encode(), "sha256")
    return replace(command, request_hash=secret.hex())


def command_for(
    role: Role, door: Door | None = None, *, whole: bool = False
) -> Callable[..., Awaitable[CommandContext]]:
    """A dependency for commands that require a role and have no entity tag; refuses `If-Match`."""

    # One dependency, because each further one costs as much in the event loop as its lookups.
    async def dependency(request: Request, idempotency_key: IdempotencyKey = None) -> CommandContext:
        command = await _command_context(request, role, door, whole, idempotency_key)
        command.expected.check_nothing()
        return command

    return dependency


def conditional_command_for(role: Role, *, whole: bool = False) -> Callable[..., Awaitable[CommandContext]]:
    """A dependency for commands that require a role and support `If-Match`."""

    async def dependency(
        request: Request, if_match: IfMatch = None, idempotency_key: IdempotencyKey = None
    ) -> CommandContext:
        return await _command_context(request, role, None, whole, idempotency_key)

    return dependency


async def _command_context(
    request: Request, role: Role, door: Door | None, whole: bool, key: str | None
) -> CommandContext:
    caller = await caller_with(role, request, door, whole=whole)
    check_parameters(request)
    expected = expected_from(request.headers.getlist("if-match"))
    request_hash = "" if key is None else hash_of_request(request, await canonical_content(request))
    return CommandContext(app_context(request), caller, key, request_hash, expected, credential_of(request))


OwnAccountCommand = Annotated[CommandContext, Depends(command_for(Role.VIEWER, Door.SESSION))]
"""For changes to the caller's own account: name, password, sessions. Browser sessions only."""
ViewerCommand = Annotated[CommandContext, Depends(command_for(Role.VIEWER))]
ViewerChange = Annotated[CommandContext, Depends(conditional_command_for(Role.VIEWER))]
RecorderCommand = Annotated[CommandContext, Depends(command_for(Role.RECORDER))]
RecorderChange = Annotated[CommandContext, Depends(conditional_command_for(Role.RECORDER))]
WholeRecorderCommand = Annotated[CommandContext, Depends(command_for(Role.RECORDER, whole=True))]
AdminCommand = Annotated[CommandContext, Depends(command_for(Role.ADMIN))]
AdminChange = Annotated[CommandContext, Depends(conditional_command_for(Role.ADMIN))]
FirmAdminCommand = Annotated[CommandContext, Depends(command_for(Role.ADMIN, whole=True))]
"""For changes to the whole firm, by an admin of all clients."""
FirmAdminChange = Annotated[CommandContext, Depends(conditional_command_for(Role.ADMIN, whole=True))]
