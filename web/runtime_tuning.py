"""How the interpreter shares its time when one process answers many requests at once."""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.002
"""The writer waits for its turn after each journey to the disk: at the usual 5 ms for longer than it works."""

YOUNG_OBJECTS = 20_000
"""New objects before the collector looks at them; a request makes some thousands, and nearly all die by themselves."""


def tune_runtime() -> None:
    """Settle an application that has started: what it has loaded stays, and threads take turns quickly."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
