"""What the program says of itself: one JSON object a line, without ids of requests' contents, names or secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.types import EventDict, ExcInfo, Processor, WrappedLogger

_TRACES = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _where(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """A traceback as places in the code: local variables hold keys and names, and messages repeat what was sent."""
    told = _TRACES(exc_info)
    for part in told:
        part.pop("exc_value", None)
        part.pop("exc_notes", None)
    return told


def _plain(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """What another library says: its message, and from which part of it."""
    record: logging.LogRecord | None = event.pop("_record", None)
    event.pop("_from_structlog", None)
    if record is not None:
        event["logger"] = record.name
    return event


_FINISH: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(_where),
]

LOGGING: Mapping[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _FINISH,
            "processors": [_plain, structlog.processors.JSONRenderer()],
            "keep_exc_info": False,
        }
    },
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["json"], "level": "WARNING"},
}
"""How the libraries speak, the web server included; nobody tells the addresses that were asked."""


def configure_logging() -> None:
    """Set up logging for this process."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_FINISH, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
