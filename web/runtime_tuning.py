"""Tunes the interpreter for one process that answers many requests at once."""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.002
"""The thread switch interval. The writer waits for it after each disk access; the default is 5 ms."""

YOUNG_OBJECTS = 20_000
"""New objects before a garbage collection. A request makes some thousands, nearly all short-lived."""


def tune_runtime() -> None:
    """Freeze the loaded objects and set the switch interval, once the application has started."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
