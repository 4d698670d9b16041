"""Prometheus metrics about requests and read models. Labels hold route patterns, never ids or names."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.error_handlers import route_of
from projections.log import Log
from projections.views import Views

_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
"""The methods that are labels; a caller may invent any number of others."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        """Create the metrics with no observations."""
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "seatline_request_seconds",
            "How long requests took.",
            ("method", "route"),
            registry=self.registry,
        )
        self.requests = Counter(
            "seatline_requests", "Requests by their answer.", ("method", "route", "status"), registry=self.registry
        )
        self._of: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def of(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """The counter and the histogram of a route's responses."""
        # Cached, because looking a metric up by its labels takes longer than counting.
        method = method if method in _METHODS else "other"
        key = (method, route, status)
        metrics = self._of.get(key)
        if metrics is None:
            metrics = self._of[key] = (
                self.requests.labels(method, route, str(status)),
                self.seconds.labels(method, route),
            )
        return metrics

    def watch(self, log: Log, views: Views) -> None:
        """Also export the positions of this log and these read models."""
        self.registry.register(_Positions(log, views))

    def text(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)


class _Positions(Collector):
    def __init__(self, log: Log, views: Views) -> None:
        self.log = log
        self.views = views

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("seatline_log_head", "Position of the last event.", value=self.log.head())
        yield GaugeMetricFamily("seatline_log_queue", "Requests that wait for the writer.", value=self.log.queue_length)
        yield CounterMetricFamily("seatline_log_commits", "Transactions of this process.", value=self.log.commits)
        is_writable = self.log.writing_fault() is None
        yield GaugeMetricFamily("seatline_log_writable", "0 when nothing can be recorded.", value=int(is_writable))
        lag = GaugeMetricFamily("seatline_read_model_lag", "Events not read yet.", labels=("read_model",))
        fault = GaugeMetricFamily("seatline_read_model_faulty", "1 when it cannot go on.", labels=("read_model",))
        status = self.views.status()
        for model in status.read_models:
            lag.add_metric((model.name,), model.lag)
            fault.add_metric((model.name,), 0 if model.fault is None else 1)
        yield lag
        yield fault
        yield GaugeMetricFamily(
            "seatline_stopped_streams", "Streams with an event that cannot be read.", value=len(status.stopped)
        )


class MetricsMiddleware:
    """Middleware that counts responses and measures their duration."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """`app` is the wrapped ASGI application."""
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def send_with_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_with_status)
        finally:
            requests, seconds = self.metrics.of(scope["method"], route_of(Request(scope)), status)
            requests.inc()
            seconds.observe(time.perf_counter() - began)
