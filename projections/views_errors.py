"""Why the read models cannot be read at present."""

from __future__ import annotations

from sqlite3 import SQLITE_FULL

from sqlalchemy.exc import OperationalError


class NotCaughtUp(Exception):  # noqa: N818  (a condition that passes, not an error in the program)
    """The read models have not reached the required position yet. Callers may retry."""

    def __init__(self, required: int, reached: int, why: str = "") -> None:
        """`required` and `reached` are positions in the log; `why` is an optional sentence."""
        super().__init__(f"The read models have reached {reached} of {required}.{f' {why}' if why else ''}")
        self.required = required
        self.reached = reached


class ViewsUnavailable(Exception):  # noqa: N818  (a condition that passes, not an error in the program)
    """The store of the read models failed or does not respond. Callers may retry."""


def unavailable(fault: OperationalError) -> ViewsUnavailable:
    """The error to report for a failed store: a full disk by name, otherwise only the type."""
    name = type(fault.orig).__name__
    if name == "DiskFull" or getattr(fault.orig, "sqlite_errorcode", None) == SQLITE_FULL:
        return ViewsUnavailable("The disk of the read models is full.")
    return ViewsUnavailable(f"The store of the read models failed: {name}.")
