"""The domain's application: runs a command on a unit of work and saves its changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, Recording

from domain.unit_of_work import UnitOfWork

R = TypeVar("R")

MOST_TRIES = 20
"""How often a command is retried after losing a race before `TooBusy` is raised."""


class TooBusy(Exception):  # noqa: N818  (a condition that passes, not an error in the program)
    """Other writers won every race. Nothing was recorded; try again later."""


@dataclass(frozen=True, slots=True)
class CommandResult(Generic[R]):
    """The return value of a command, and the recorded events with their positions in the log."""

    value: R
    recordings: Sequence[Recording[UUID]]

    @property
    def position(self) -> int | None:
        """The log position of the last recorded event; null if nothing was recorded."""
        return self.recordings[-1].notification.id if self.recordings else None


class Engagements(Application[UUID]):
    """All clients and their engagements."""

    name = "seatline"
    most_tries = MOST_TRIES
    today: Callable[[], date | None] = staticmethod(lambda: None)
    """Returns the firm's current date. If None, dates in the future are not refused."""

    def run(self, decide: Callable[[UnitOfWork], R], *, command: object = None) -> CommandResult[R]:
        """Run `decide` on a new unit of work and save all its changes atomically.

        After losing a race to another writer, `decide` runs again on the new state. Raises the refusals of `decide`,
        and `TooBusy` if every attempt lost. `command` is passed to the log unchanged.
        """
        for _ in range(self.most_tries):
            unit = UnitOfWork(self.repository.get, self.today())
            value = decide(unit)
            changed = [aggregate for aggregate in unit.aggregates if aggregate.pending_events]
            if not changed:
                return CommandResult(value, ())
            try:
                return CommandResult(value, self.save(*changed, command=command))
            except IntegrityError:
                continue
        raise TooBusy

    def query(self, question: Callable[[UnitOfWork], R]) -> R:
        """Run a query on a unit of work whose changes are never saved."""
        return question(UnitOfWork(self.repository.get, self.today()))
