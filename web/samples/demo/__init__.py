"""A demonstration firm: its clients' stories over sixteen quarters, told through commands, the same for every seed.

The stories are data in the modules beside this one. Nothing here reads a clock: `today` and the seed are arguments, and
every command comes with the instant at which it was given.
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
    """Who is in the story, and its commands in the order in which they were given."""

    people: tuple[Person, ...]
    steps: tuple[Step, ...]


def demonstration(today: date, seed: int = SEED) -> Demonstration:
    """The demonstration firm as it stands on the morning of `today`.

    A loader keeps the people, sets the log's clock to each step's `recorded_at` (UTC, rising), and tells the step.
    """
    telling = FirmBuilder(today, seed, FIRM_PEOPLE)
    for chapter in (halcyon, unified, one_function, pairs, regulated, corrections, ended, prospects):
        chapter.tell(telling)
    return Demonstration(telling.people, telling.steps())
