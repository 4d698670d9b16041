"""Checks that the machine's clock did not jump ahead, so that one false instant does not date all later events.

Instants of the log ascend strictly. An event that a false clock dates ten years ahead would give every later event an
instant of that year, and the log cannot be changed. So the writer compares the clock with the machine's uptime, which
cannot be set: between two events the clock may advance as far as the uptime did, and a tolerance.

- Idle: the uptime goes on, so an event after a quiet weekend is accepted. What the clock gains on the uptime when it
  is adjusted in small steps stays far below the tolerance.
- Suspended: the uptime counts that time (`CLOCK_BOOTTIME` of Linux; `CLOCK_MONOTONIC` would not).
- Set back, and right again later: the instant expected never goes back, so the second jump is accepted.
- Several servers on one database: what another server recorded, having checked its own clock, is accepted here too.
- At the start there is nothing to compare with: the last event may be years old. The clock is trusted then. So a clock
  that was false before and was then set right by a jump ahead is accepted after a restart.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from projections.log.errors import ClockAhead

_UPTIME = "/proc/uptime"


def uptime() -> float:
    """The seconds since this machine started, including the time it was suspended.

    Linux has them in a file too, in hundredths; it is read first, because no library that fakes the clocks of a process
    changes it.
    """
    with suppress(OSError, ValueError), open(_UPTIME, "rb", buffering=0) as file:
        return float(file.read(64).split()[0])
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class ClockCheck:
    """Compares a clock with the uptime. One thread uses `check`; any may use `fault`."""

    def __init__(
        self, clock: Callable[[], datetime], tolerance: timedelta | None, uptime: Callable[[], float] = uptime
    ) -> None:
        """`clock` returns the time in UTC; without a `tolerance` everything is accepted."""
        self._clock = clock
        self._uptime = uptime
        self._tolerance = tolerance
        self._trusted = (clock(), uptime())

    def check(self, instant: datetime, newest: datetime) -> None:
        """Accept an instant of the clock for a new event. Raises `ClockAhead`.

        `newest` is the instant of the last event.
        """
        if self._tolerance is None:
            return
        if instant - self._trusted[0] <= self._tolerance:
            return  # without reading the uptime, which can only prove the same
        up_for = self._uptime()
        expected = max(self._expected(up_for), newest)
        if instant - expected > self._tolerance:
            raise ClockAhead(instant, expected)
        self._trusted = (max(instant, expected), up_for)

    def fault(self) -> ClockAhead | None:
        """What is wrong with the clock now; null: nothing."""
        instant, expected = self._clock(), self._expected(self._uptime())
        is_ahead = self._tolerance is not None and instant - expected > self._tolerance
        return ClockAhead(instant, expected) if is_ahead else None

    def _expected(self, up_for: float) -> datetime:
        instant, then = self._trusted
        return instant + timedelta(seconds=max(up_for - then, 0))
