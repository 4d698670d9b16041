"""Prometheus metrics of webhooks: how many there are, what waits, how far they are behind, and attempts."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.context import AppContext
from api.state.webhook_deliveries import count_pending
from api.state.webhooks import list_webhooks


class WebhookMetrics(Collector):
    """The webhooks of one application; labels hold no URLs and no ids."""

    def __init__(self, context: AppContext) -> None:
        """`context` is that of the running application."""
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now; attempts are those of this process."""
        with self._context.log.engine.connect() as connection:
            webhooks = list_webhooks(connection)
            pending = sum(count_pending(connection).values())
        enabled = [webhook for webhook in webhooks if webhook.is_enabled]
        head = self._context.log.head()
        states = GaugeMetricFamily("seatline_webhooks", "Webhooks by their state.", labels=("state",))
        states.add_metric(("enabled",), len(enabled))
        states.add_metric(("disabled",), len(webhooks) - len(enabled))
        yield states
        yield GaugeMetricFamily("seatline_webhook_pending", "Deliveries that are not finished.", value=pending)
        lag = max((head - webhook.position for webhook in enabled), default=0)
        yield GaugeMetricFamily("seatline_webhook_lag", "Events not queued yet (upper bound).", value=lag)
        attempts = CounterMetricFamily("seatline_webhook_attempts", "Requests sent, by result.", labels=("result",))
        for result in ("delivered", "failed"):
            attempts.add_metric((result,), self._context.webhook_attempts[result])
        yield attempts
