"""Sends webhooks: a thread that follows the log, queues events, and sends what is due.

What is to be sent stands in the stored state alone: a process that is killed sends again what it had not recorded.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from threading import Lock
from time import monotonic
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.auth.access import Caller
from api.context import AppContext
from api.http.error_handlers import STORE_FAULTS
from api.state.checked_columns import UnreadableState
from api.state.webhook_deliveries import Delivery, due_deliveries, purge_deliveries
from api.state.webhooks import (
    LEASE_SECONDS,
    Webhook,
    end_lease,
    is_lease_free,
    list_webhooks,
    take_lease,
)
from api.webhooks.queueing import WebhookMakers, queue_new_events
from api.webhooks.requests import body_of, signed_headers
from api.webhooks.results import Attempt, record_attempts
from api.webhooks.schedule import AttemptResult
from api.webhooks.sender import WebhookSender
from projections.log import LogFault

LANES_PER_WEBHOOK = 4
"""How many clients' events a webhook sends at the same time."""
MOST_AT_ONCE = 100
POLL_SECONDS = 0.25
IDLE_SECONDS = 1.0
"""How often the dispatcher looks for work: with webhooks, and without."""
FINISH_SECONDS = 5.0
"""How long requests may still take at shutdown; afterwards they are broken off, and sent again by the next start."""
KEPT_FOR = timedelta(days=30)
"""How long finished deliveries are kept."""
PURGE_SECONDS = 3600.0

log = structlog.get_logger("seatline")


class Dispatcher:
    """Sends the webhooks of one running application. `run` is a thread's work until `stop`."""

    def __init__(self, context: AppContext, sender: WebhookSender | None = None) -> None:
        """`sender` sends the requests; by default to the internet."""
        self._context = context
        self._sender = sender or WebhookSender(allow_private=context.webhooks_allow_private, now=context.now)
        self._makers = WebhookMakers(context)
        self._id = uuid4()
        self._is_shared = context.log.engine.dialect.name == "postgresql"
        self._leased_until = 0.0
        self._purge_at = 0.0
        self._in_flight: dict[UUID, Delivery] = {}
        self._finished: list[Attempt] = []
        self._abandoned: list[UUID] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def run(self) -> None:
        """Send webhooks until `stop` is called from another thread."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Let `run` finish what it is sending, within `FINISH_SECONDS`, and return."""
        with self._lock:
            self._stopping = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._wake.set)

    async def _run(self) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
        try:
            while not self._stopping:
                await self._wait(await self._step_safely())
            await self._finish()
        finally:
            with self._lock:
                self._loop = None
            await self._sender.close()

    async def _wait(self, seconds: float) -> None:
        """Wait until something was sent, or for some seconds."""
        if not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)
            self._wake.clear()

    async def _step_safely(self) -> float:
        """One step, and the seconds until the next; while the store cannot be reached everything waits."""
        try:
            due, seconds = await asyncio.to_thread(self._step)
        except (*STORE_FAULTS, SQLAlchemyError, UnreadableState) as fault:
            log.warning("webhooks wait for the store", fault=type(fault).__name__)
            return IDLE_SECONDS
        for delivery, webhook in due:
            task = asyncio.create_task(self._send(delivery, webhook))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return seconds

    def _step(self) -> tuple[Sequence[tuple[Delivery, Webhook]], float]:
        """Record what was sent, queue new events, and return what is due with the seconds until the next step."""
        self._record_finished()
        if self._context.is_closing() or self._context.is_read_only:
            return (), IDLE_SECONDS
        with self._context.log.engine.connect() as connection:
            webhooks = {webhook.id: webhook for webhook in list_webhooks(connection)}
        if not webhooks or not self._has_lease():
            return (), IDLE_SECONDS
        makers = self._makers.of([webhook for webhook in webhooks.values() if webhook.is_enabled])
        has_more = queue_new_events(self._context, [webhooks[webhook_id] for webhook_id in makers], makers)
        self._purge()
        due = self._due(webhooks, makers)
        return due, 0.0 if has_more or self._finished else POLL_SECONDS

    def _due(
        self, webhooks: Mapping[UUID, Webhook], makers: Mapping[UUID, Caller]
    ) -> Sequence[tuple[Delivery, Webhook]]:
        """What is sent now: one event of a client at a time, and at most `LANES_PER_WEBHOOK` of a webhook."""
        lanes = Counter(delivery.webhook_id for delivery in self._in_flight.values())
        busy = [webhook_id for webhook_id, count in lanes.items() if count >= LANES_PER_WEBHOOK]
        with self._context.log.engine.connect() as connection:
            due = due_deliveries(connection, at=self._context.now(), limit=2 * MOST_AT_ONCE, busy_webhooks=busy)
        chosen: list[tuple[Delivery, Webhook]] = []
        unreadable = {stopped.position for stopped in self._context.views.stopped.causes}
        for delivery in due:
            webhook, maker = webhooks.get(delivery.webhook_id), makers.get(delivery.webhook_id)
            if webhook is None or delivery.position in unreadable or self._must_wait(delivery, lanes):
                continue
            if delivery.client is None:
                chosen.append((delivery, webhook))  # a test, which carries no event
            elif maker is None:
                continue  # it was enabled since this step began
            elif webhook.takes(delivery.type, delivery.client) and maker.sees(delivery.client):
                chosen.append((delivery, webhook))
            else:
                self._end(Attempt(delivery, None))
            self._in_flight[delivery.id] = delivery
            lanes[delivery.webhook_id] += 1
        return chosen

    def _must_wait(self, delivery: Delivery, lanes: Counter[UUID]) -> bool:
        if len(self._in_flight) >= MOST_AT_ONCE or lanes[delivery.webhook_id] >= LANES_PER_WEBHOOK:
            return True
        lane = (delivery.webhook_id, delivery.client)
        return delivery.id in self._in_flight or (
            delivery.client is not None
            and any((other.webhook_id, other.client) == lane for other in self._in_flight.values())
        )

    async def _send(self, delivery: Delivery, webhook: Webhook) -> None:
        try:
            body = await asyncio.to_thread(body_of, self._context, delivery)
            now = self._context.now()
            headers = signed_headers(delivery.message_id, body, webhook.secrets_at(now), at=now)
            if self._is_shared and monotonic() >= self._leased_until:
                self._abandon(delivery)  # this server stood still; by now another may send it
                return
            result = await self._sender.post(webhook.url, headers, body)
        except (*STORE_FAULTS, SQLAlchemyError) as fault:
            log.warning("a webhook's event could not be read", fault=type(fault).__name__)
            await asyncio.sleep(IDLE_SECONDS)
            self._abandon(delivery)
            return
        except Exception as fault:  # noqa: BLE001  (whatever it is, the event is sent again by the schedule)
            log.warning("a webhook's event could not be sent", fault=type(fault).__name__)
            result = AttemptResult(self._context.now(), error="The request could not be sent.")
        except BaseException:
            self._abandon(delivery)
            raise
        self._context.webhook_attempts["delivered" if result.is_delivered else "failed"] += 1
        self._end(Attempt(delivery, result))
        self._wake.set()

    def _end(self, attempt: Attempt) -> None:
        """Note the end of an attempt; until it is recorded, its lane stays busy."""
        with self._lock:
            self._finished.append(attempt)

    def _abandon(self, delivery: Delivery) -> None:
        """Note that nothing came of an attempt: the delivery is still due."""
        with self._lock:
            self._abandoned.append(delivery.id)

    def _record_finished(self) -> None:
        with self._lock:
            finished, self._finished = self._finished, []
            abandoned, self._abandoned = self._abandoned, []
        for delivery_id in abandoned:
            self._in_flight.pop(delivery_id, None)
        if not finished:
            return
        try:
            self._context.log.write(lambda connection: record_attempts(connection, finished, self._context))
        except BaseException:
            with self._lock:
                self._finished = finished + self._finished
            raise
        for attempt in finished:
            self._in_flight.pop(attempt.delivery.id, None)

    def _has_lease(self) -> bool:
        """Whether this server sends webhooks; on PostgreSQL one of several does."""
        if not self._is_shared:
            return True
        began = monotonic()
        if began < self._leased_until - LEASE_SECONDS * 2 / 3:
            return True
        with self._context.log.engine.connect() as connection:
            if not is_lease_free(connection, self._id):
                return False
        if self._context.log.write(lambda connection: take_lease(connection, self._id)):
            self._leased_until = began + LEASE_SECONDS
            return True
        return False

    def _purge(self) -> None:
        if monotonic() >= self._purge_at:
            self._purge_at = monotonic() + PURGE_SECONDS
            before = self._context.now() - KEPT_FOR
            self._context.log.write(lambda connection: purge_deliveries(connection, before=before))

    async def _finish(self) -> None:
        """Wait a while for requests that are under way, record what came of them, and give up the lease."""
        if self._tasks:
            _, unfinished = await asyncio.wait(set(self._tasks), timeout=FINISH_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        with suppress(LogFault, SQLAlchemyError):  # what is not recorded is sent again
            await asyncio.to_thread(self._record_finished)
            if self._leased_until:
                await asyncio.to_thread(self._context.log.write, lambda connection: end_lease(connection, self._id))
