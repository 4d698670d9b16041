"""Says in each answer which stored values could not be read for it, and counts the damaged rows in the metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import AppContext, app_context
from api.state.readable_rows import noting_damage

HEADER = "Seatline-Unreadable"
"""The tables and columns of rows that were left out of an answer, or for which something else stands in it."""


class UnreadableRows:
    """Middleware that adds `HEADER` to answers from which something is missing, and lets the watch look for it."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the wrapped ASGI application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with noting_damage() as damage:

            async def send_with_header(message: Message) -> None:
                if damage and message["type"] == "http.response.start":
                    MutableHeaders(scope=message)[HEADER] = ", ".join(map(str, sorted(damage)))
                await send(message)

            try:
                await self.app(scope, receive, send_with_header)
            finally:
                if damage:
                    app_context(Request(scope)).state_watch.notice(damage)


class StateMetrics(Collector):
    """How many stored rows cannot be read; labels hold no keys."""

    def __init__(self, context: AppContext) -> None:
        """`context` is that of the running application."""
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        rows = GaugeMetricFamily("seatline_unreadable_rows", "Stored rows that cannot be read.", labels=("table",))
        for table, count in sorted(Counter(row.table for row in self._context.state_watch.rows).items()):
            rows.add_metric((table,), count)
        yield rows
