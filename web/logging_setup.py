"""Structured (JSON lines) logging setup, without request contents, names or secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.types import EventDict, ExcInfo, Processor, WrappedLogger

_TRACES = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _traceback_frames(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """A traceback without messages and local variables, which may contain names, keys and request contents."""
    frames = _TRACES(exc_info)
    for part in frames:
        part.pop("exc_value", None)
        part.pop("exc_notes", None)
    return frames


def _add_logger(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Add the name of the logger to records of other libraries."""
    record: logging.LogRecord | None = event.pop("_record", None)
    event.pop("_from_structlog", None)
    if record is not None:
        event["logger"] = record.name
    return event


_PROCESSORS: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(_traceback_frames),
]

LOGGING: Mapping[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _PROCESSORS,
            "processors": [_add_logger, structlog.processors.JSONRenderer()],
            "keep_exc_info": False,
        }
    },
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["json"], "level": "WARNING"},
}
"""The logging configuration of libraries, including the web server. Requested addresses are not logged."""


def configure_logging() -> None:
    """Configure logging for this process."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_PROCESSORS, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
