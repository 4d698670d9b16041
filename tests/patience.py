"""Waiting: a limit catches what would hang, and is never a measure of speed."""

from __future__ import annotations

import time
from collections.abc import Callable

HANGING_SECONDS = 300.0
"""By then even a machine that is busy with much else would have come to it."""


def wait_until(holds: Callable[[], object], what: str = "it never came to that") -> None:
    """Wait until something holds."""
    end = time.monotonic() + HANGING_SECONDS
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.01)
