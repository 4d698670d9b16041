"""Who moved from which structure to which, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from domain.quarters import Quarter
from domain.seats import Structure
from projections.reports.parameters import Link, ReportParameters


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """Moves within a quarter, up to `as_of`. `before` null: clients that entered, `after` null: clients that left.

    `clients` counts each client once, `times` counts every move: with it one quarter's mix becomes the next's.
    """

    quarter: Quarter
    before: Structure | None
    after: Structure | None
    clients: int
    times: int
    link: Link


@dataclass(frozen=True, slots=True)
class Transitions:
    """Every move that was made in these quarters, in the order of quarters and of structures."""

    parameters: ReportParameters
    rows: tuple[TransitionRow, ...]


def transitions(connection: Connection, parameters: ReportParameters) -> Transitions:
    """Count the clients that moved from one structure to another, entries and exits included."""
    raise NotImplementedError
