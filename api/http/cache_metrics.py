"""Prometheus metrics of caches: the size and the bound of each, and how often it had the answer."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.context import AppContext
from projections.cache_use import CacheUse, function_caches

LABELS = ("cache", "unit")


class CacheMetrics(Collector):
    """The caches of one application, and those of functions, which all applications of a process share."""

    def __init__(self, context: AppContext) -> None:
        """`context` is that of the running application."""
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now; hits and misses are those of this process."""
        size = GaugeMetricFamily("seatline_cache_size", "What a cache has.", labels=LABELS)
        bound = GaugeMetricFamily("seatline_cache_bound", "The most that a cache may have.", labels=LABELS)
        hits = CounterMetricFamily("seatline_cache_hits", "Questions that a cache could answer.", labels=("cache",))
        misses = CounterMetricFamily("seatline_cache_misses", "Questions that it could not.", labels=("cache",))
        for use in caches_of(self._context):
            size.add_metric((use.name, use.unit), use.size)
            bound.add_metric((use.name, use.unit), use.bound)
            hits.add_metric((use.name,), use.hits)
            misses.add_metric((use.name,), use.misses)
        yield from (size, bound, hits, misses)


def caches_of(context: AppContext) -> Iterator[CacheUse]:
    """Every cache of an application."""
    yield from context.log.caches()
    yield from context.views.caches()
    yield context.key_cache.use("keys")
    yield context.person_cache.use("people")
    yield context.name_cache.use("names")
    yield context.page_cache.use("pages")
    yield from function_caches()
