"""A demonstration firm: its clients' stories over sixteen quarters, told through commands, the same for every seed.

The stories are data in the modules beside this one. Nothing here reads a clock: `today` and the seed are arguments, and
every command comes with the instant at which it was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.demo import ahead, changing, closing, halcyon, pairs, regulated, single, twohats
from domain.demo.people import FIRM_PEOPLE
from domain.demo.telling import Person, Step, Telling

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
    telling = Telling(today, seed, FIRM_PEOPLE)
    for chapter in (halcyon, twohats, single, pairs, regulated, changing, closing, ahead):
        chapter.tell(telling)
    return Demonstration(telling.people, telling.steps())
