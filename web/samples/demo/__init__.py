"""The demonstration firm: its clients' histories over sixteen quarters, as commands; equal for equal seeds.

The histories are in the other modules of this package. Nothing here reads a clock: `today` and the seed are arguments,
and every command has its own recording instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from web.samples.demo import corrections, ended, halcyon, one_function, pairs, prospects, regulated, unified
from web.samples.demo.firm_builder import FirmBuilder, Person, Step
from web.samples.demo.people import FIRM_PEOPLE

SEED = 20261122


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The people of the demonstration, and its commands in recording order."""

    people: tuple[Person, ...]
    steps: tuple[Step, ...]


def demonstration(today: date, seed: int = SEED) -> Demonstration:
    """The demonstration firm as of the morning of `today`.

    The loader stores the people, sets the log's clock to each step's `recorded_at` (UTC, increasing), and runs the
    step.
    """
    firm = FirmBuilder(today, seed, FIRM_PEOPLE)
    for chapter in (halcyon, unified, one_function, pairs, regulated, corrections, ended, prospects):
        chapter.tell(firm)
    return Demonstration(firm.people, firm.steps())
