"""The parts of a framework: its source, its rules with their votes, and its method of deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from domain.assessment.predicates import Condition
from domain.assessment.questions import QUESTIONS


class Seats(StrEnum):
    """How many seats carry the two functions."""

    ONE = "one"
    TWO = "two"
    UNDECIDED = "undecided"
    __hash__ = str.__hash__  # an enum's own hash is a Python call, and votes are counted by it


class Advised(StrEnum):
    """The commitment advised for a function."""

    NONE = "none"
    FRACTIONAL = "fractional"
    FULL_TIME = "full_time"
    UNDECIDED = "undecided"
    __hash__ = str.__hash__


class First(StrEnum):
    """Which function to fill first."""

    TECHNOLOGY = "technology"
    AI = "ai"
    BOTH = "both"
    __hash__ = str.__hash__


class Modality(IntEnum):
    """How strongly a source speaks, from "consider" to "must"."""

    CONSIDER = 1
    CAN = 2
    USUALLY = 3
    PROBABLY = 4
    MUST = 5

    @property
    def word(self) -> str:
        """The modality in lower case, as serialised."""
        return self.name.lower()


class Dimension(StrEnum):
    """What a framework may decide: the number of seats, each function's commitment, and whom to hire first."""

    SEATS = "seats"
    TECHNOLOGY = "technology"
    AI = "ai"
    FIRST = "first"
    __hash__ = str.__hash__


Choice = Seats | Advised | First


@dataclass(frozen=True)
class Vote:
    """A rule's vote; None for dimensions it does not address. An empty vote is a signal: it decides nothing."""

    seats: Seats | None = None
    technology: Advised | None = None
    ai: Advised | None = None
    first: First | None = None

    @cached_property
    def cast(self) -> tuple[tuple[Dimension, Choice], ...]:
        """The dimensions voted on, with their values."""
        spoken = (
            (Dimension.SEATS, self.seats),
            (Dimension.TECHNOLOGY, self.technology),
            (Dimension.AI, self.ai),
            (Dimension.FIRST, self.first),
        )
        return tuple((dimension, value) for dimension, value in spoken if value is not None)

    @cached_property
    def speaks_for(self) -> Mapping[str, str]:
        """The same as JSON-ready strings."""
        return MappingProxyType({dimension.value: value.value for dimension, value in self.cast})


ONE_SEAT = Vote(seats=Seats.ONE)
TWO_SEATS = Vote(seats=Seats.TWO)
ONE_FRACTIONAL_LEADER = Vote(seats=Seats.ONE, technology=Advised.FRACTIONAL, ai=Advised.FRACTIONAL)
SIGNAL = Vote()


@dataclass(frozen=True, slots=True)
class Source:
    """An article, and its author's commercial interest: shown next to its advice."""

    key: str
    title: str
    interest: str


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule of a source.

    `id` is that of the catalogue; `clause` distinguishes several rules of one catalogue entry. `unless` sets the rule
    aside only once it is known to hold. `weight` counts among rules of equal modality in frameworks that weigh.
    `source` names the line.
    """

    id: str
    condition: Condition
    vote: Vote
    modality: Modality
    sentence: str
    source: str
    clause: str = ""
    unless: Condition | None = None
    weight: int = 1

    @cached_property
    def key(self) -> str:
        """The id with its clause, unique in a framework."""
        return f"{self.id}.{self.clause}" if self.clause else self.id

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Every question the rule depends on."""
        more = self.unless.needs if self.unless is not None else ()
        return tuple(dict.fromkeys((*self.condition.needs, *more)))


@dataclass(frozen=True, slots=True)
class Note:
    """A statement of a source that decides nothing by itself: an example, a base rate, a limit of its advice."""

    id: str
    sentence: str
    source: str


@dataclass(frozen=True, eq=False)
class Settlement:
    """Settles a conflict between a framework's rules over the number of seats, however strong they are."""

    rule: str
    condition: Condition
    seats: Seats
    sentence: str
    source: str


class RuleVote(NamedTuple):
    """A rule's vote on one dimension; `place` is the rule's index in its framework."""

    place: int
    value: Choice
    modality: Modality
    weight: int


class Method(StrEnum):
    """How a framework decides a dimension."""

    STRONGEST = "strongest"
    WEIGHED = "weighed"
    LISTS = "lists"


METHODS = {
    Method.STRONGEST: "The strongest of the rules that fire decides; where the strongest disagree, nothing is decided.",
    Method.WEIGHED: "The strongest of the rules that fire decide by their weights; a draw decides nothing.",
    Method.LISTS: (
        "A list decides when one of its bullets matches, none of its known bullets fails, and the other list has "
        "no match."
    ),
}


@dataclass(frozen=True, eq=False)
class Framework:
    """One source's way of deciding, as tables: everything but the conditions is data."""

    id: str
    version: int
    title: str
    source: Source
    summary: str
    method: Method
    rules: tuple[Rule, ...]
    notes: tuple[Note, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    counts_double: frozenset[str] = frozenset()
    known_conflicts: tuple[tuple[str, frozenset[str]], ...] = ()

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """The questions its rules need, in the recommended order of asking."""
        needed = {name for rule in self.rules for name in rule.needs}
        needed.update(self.settled_by)
        return tuple(name for name in QUESTIONS if name in needed)

    @cached_property
    def votes(self) -> Mapping[Dimension, tuple[RuleVote, ...]]:
        """All votes by dimension, the strongest rules first."""
        cast: dict[Dimension, list[RuleVote]] = {dimension: [] for dimension in Dimension}
        for place, rule in enumerate(self.rules):
            for dimension, value in rule.vote.cast:
                cast[dimension].append(RuleVote(place, value, rule.modality, rule.weight))
        return {d: tuple(sorted(votes, key=lambda vote: -vote.modality)) for d, votes in cast.items()}

    @cached_property
    def doubled(self) -> frozenset[int]:
        """The indexes of rules whose votes count double when frameworks are combined."""
        return frozenset(place for place, rule in enumerate(self.rules) if rule.key in self.counts_double)

    @cached_property
    def settled_by(self) -> frozenset[str]:
        """The questions its settlements depend on."""
        return frozenset(name for settlement in self.settlements for name in settlement.condition.needs)

    @cached_property
    def structural_rules_needing(self) -> Mapping[str, tuple[int, ...]]:
        """By question, the indexes of rules that depend on it and vote on more than which function comes first."""
        places: dict[str, list[int]] = {}
        for place, rule in enumerate(self.rules):
            if any(dimension is not Dimension.FIRST for dimension, _ in rule.vote.cast):
                for name in rule.needs:
                    places.setdefault(name, []).append(place)
        return {name: tuple(those) for name, those in places.items()}


SEAM_SOURCE = Source(
    "S0",
    "The CTO-CAIO Partnership (on the seam)",
    "The Bushido Collective, which sells fractional technology leadership",
)
STRUCTURE_SOURCE = Source(
    "S1",
    "The CTO-CAIO Partnership (on structure)",
    "The Bushido Collective, which sells fractional technology leadership",
)
MANDATES_SOURCE = Source(
    "S2",
    "CAIO vs CTO: Do You Need Both?",
    "An unnamed site about the CAIO's role, with thresholds of an enterprise's size",
)
HIRE_FIRST_SOURCE = Source(
    "S3",
    "CAIO vs CTO: What's the Difference?",
    "A seller of fractional CAIOs to small and mid-sized businesses",
)
TWO_HATS_SOURCE = Source(
    "S4",
    "Fractional CTO vs fractional CAIO: two hats",
    "A seller of fractional CTO services that include the CAIO's part",
)
