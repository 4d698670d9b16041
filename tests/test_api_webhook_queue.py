"""The queue of a webhook: whatever happens in which order, the events of one client go one after another."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import StaticPool, create_engine

from api.state.tables import metadata
from api.state.webhook_deliveries import (
    Delivery,
    DeliveryStatus,
    QueuedEvent,
    due_deliveries,
    find_delivery,
    finish_delivery,
    list_deliveries,
    queue_events,
    restart_pending,
    retry_delivery,
    send_again,
)
from api.state.webhooks import Webhook, new_signing_secret, store_webhook

START = datetime(2026, 11, 30, tzinfo=UTC)
CLIENTS = [UUID(int=number) for number in (1, 2, 3)]


class Queue(RuleBasedStateMachine):
    """Events are queued, sent, refused, given up and sent again; the clock goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)
        self.connection = self.engine.connect()
        self.now = START
        self.position = 0
        self.webhook = uuid4()
        self.finished: dict[UUID, list[int]] = defaultdict(list)
        self.sent_again: set[int] = set()

    @initialize()
    def make(self) -> None:
        webhook = Webhook(
            self.webhook, "https://8.8.8.8/", None, None, new_signing_secret(), None, None, uuid4(), START, 0
        )
        store_webhook(self.connection, webhook)

    @rule(clients=st.lists(st.sampled_from(CLIENTS), max_size=4), skipped=st.integers(0, 2))
    def record(self, clients: list[UUID], skipped: int) -> None:
        after, events = self.position, []
        for client in clients:
            self.position += 1
            events.append(QueuedEvent(self.position, client, "seatline.client.registered"))
        self.position += skipped
        ids = [uuid4() for _ in events]
        moved = {"after": after, "up_to": self.position, "ids": ids, "at": self.now}
        assert queue_events(self.connection, self.webhook, events, **moved)  # type: ignore[arg-type]
        if events or skipped:
            assert not queue_events(self.connection, self.webhook, events, **moved)  # type: ignore[arg-type]

    def due(self) -> list[Delivery]:
        return list(due_deliveries(self.connection, at=self.now, limit=100, busy_webhooks=()))

    @precondition(lambda self: self.due())
    @rule(data=st.data(), status=st.sampled_from([DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, None]))
    def attempt(self, data: st.DataObject, status: DeliveryStatus | None) -> None:
        delivery = data.draw(st.sampled_from(self.due()))
        columns = {"attempts": delivery.attempts + 1, "last_at": self.now}
        if status is None:
            later = self.now + timedelta(minutes=5)
            retry_delivery(self.connection, delivery, next_at=later, attempt=columns)
            return
        finish_delivery(self.connection, delivery, status, at=self.now, attempt=columns)
        assert delivery.client is not None
        assert delivery.position is not None
        if delivery.position not in self.sent_again:
            self.finished[delivery.client].append(delivery.position)

    @rule(data=st.data())
    def redeliver(self, data: st.DataObject) -> None:
        deliveries = list_deliveries(self.connection, self.webhook, limit=100)
        if deliveries:
            chosen = data.draw(st.sampled_from(deliveries))
            send_again(self.connection, chosen, at=self.now)
            if chosen.status is not DeliveryStatus.PENDING:
                assert chosen.position is not None
                self.sent_again.add(chosen.position)
            again = find_delivery(self.connection, self.webhook, chosen.id)
            assert again is not None
            assert (again.status, again.message_id) == (DeliveryStatus.PENDING, chosen.message_id)

    @rule()
    def enable(self) -> None:
        restart_pending(self.connection, self.webhook, at=self.now)

    @rule(minutes=st.integers(0, 10))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def only_the_first_of_each_client_may_go(self) -> None:
        pending: dict[UUID | None, list[Delivery]] = defaultdict(list)
        for delivery in list_deliveries(self.connection, self.webhook, limit=1000):
            assert delivery.status is DeliveryStatus.PENDING or delivery.next_at is None
            if delivery.status is DeliveryStatus.PENDING:
                pending[delivery.client].append(delivery)
        for lane in pending.values():
            first, *others = sorted(lane, key=lambda delivery: delivery.position or 0)
            assert first.next_at is not None
            assert all(other.next_at is None for other in others)

    @invariant()
    def the_events_of_each_client_were_finished_in_order(self) -> None:
        for positions in self.finished.values():
            assert positions == sorted(positions)

    def teardown(self) -> None:
        self.connection.close()
        self.engine.dispose()


Queue.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestQueue = Queue.TestCase
