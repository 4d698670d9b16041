"""The parts of a framework: its source, its rules with their votes, and its method of deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property, reduce
from operator import or_
from types import MappingProxyType
from typing import NamedTuple

from domain.assessment.predicates import Condition
from domain.assessment.questions import QUESTIONS


class Seats(StrEnum):
    """How the two functions are seated.

    One leader with both, two leaders, or a single function filled while the other has no leader yet; `none` if neither
    function needs a leader for long.
    """

    NONE = "none"
    SINGLE = "single"
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
    PROBABLY = 3
    USUALLY = 4
    MUST = 5

    @property
    def word(self) -> str:
        """The modality in lower case, as serialised."""
        return self.name.lower()

    @property
    def phrase(self) -> str:
        """The modality as people read it, after the name of a framework or rule."""
        return _PHRASES[self]


_PHRASES: Mapping[Modality, str] = MappingProxyType(
    {
        Modality.CONSIDER: "mentions it",
        Modality.CAN: "allows it",
        Modality.PROBABLY: "leans to it",
        Modality.USUALLY: "advises it",
        Modality.MUST: "insists",
    }
)


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
    `source` names the line. `stands_in_for` is the key of a rule for which this one answers while its question is
    unanswered.
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
    stands_in_for: str | None = None

    @cached_property
    def bullet(self) -> str:
        """The bullet of a list that the rule matches: its own key, or that of the rule it stands in for."""
        return self.stands_in_for or self.key

    @cached_property
    def key(self) -> str:
        """The id with its clause, unique in a framework."""
        return f"{self.id}.{self.clause}" if self.clause else self.id

    @cached_property
    def bits(self) -> int:
        """The bits of the predicates that the rule depends on."""
        return self.condition.bits | (self.unless.bits if self.unless is not None else 0)

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
    """A rule's vote on one dimension; `place` is the rule's index in its framework.

    `seats` are the seats for which the same rule votes, None if it does not address them.
    """

    place: int
    value: Choice
    modality: Modality
    weight: int
    seats: Seats | None


class Method(StrEnum):
    """How a framework decides a dimension."""

    STRONGEST = "strongest"
    WEIGHED = "weighed"
    LISTS = "lists"


METHODS = {
    Method.STRONGEST: "The strongest of the rules that fire decides; where the strongest disagree, nothing is decided.",
    Method.WEIGHED: "The strongest of the rules that fire decide by their weights; a draw decides nothing.",
    Method.LISTS: (
        "One bullet of the list for two roles decides. The list for one role decides when all of its bullets are "
        "known to hold. If both decide, the list for two roles prevails, because its source speaks more strongly there."
    ),
}


@dataclass(frozen=True, eq=False)
class Framework:
    """One source's way of deciding, as tables: everything but the conditions is data.

    `whole_lists` are the lists that decide only as a whole. `commitments_unless` sets all votes on commitment aside
    once it is known to hold: the company is then not of the kind for which the source recommends fractional leaders.
    """

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
    whole_lists: frozenset[Seats] = frozenset()
    commitments_unless: Condition | None = None
    known_conflicts: tuple[tuple[str, frozenset[str]], ...] = ()

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """The questions its rules need, in the recommended order of asking."""
        needed = {name for rule in self.rules for name in rule.needs}
        needed.update(self.context_questions)
        return tuple(name for name in QUESTIONS if name in needed)

    @cached_property
    def bits(self) -> int:
        """The bits of the predicates that its rules depend on."""
        return reduce(or_, (rule.bits for rule in self.rules), 0)

    @cached_property
    def votes(self) -> Mapping[Dimension, tuple[RuleVote, ...]]:
        """All votes by dimension, the strongest rules first."""
        cast: dict[Dimension, list[RuleVote]] = {dimension: [] for dimension in Dimension}
        for place, rule in enumerate(self.rules):
            for dimension, value in rule.vote.cast:
                cast[dimension].append(RuleVote(place, value, rule.modality, rule.weight, rule.vote.seats))
        return {d: tuple(sorted(votes, key=lambda vote: -vote.modality)) for d, votes in cast.items()}

    @cached_property
    def doubled(self) -> frozenset[int]:
        """The indexes of rules whose votes count double when frameworks are combined."""
        return frozenset(place for place, rule in enumerate(self.rules) if rule.key in self.counts_double)

    @cached_property
    def context_questions(self) -> frozenset[str]:
        """The questions on which its settlements and its silence about commitment depend."""
        conditions = [settlement.condition for settlement in self.settlements]
        if self.commitments_unless is not None:
            conditions.append(self.commitments_unless)
        return frozenset(name for condition in conditions for name in condition.needs)

    @cached_property
    def bullets(self) -> Mapping[Choice, int]:
        """The number of bullets in the article's list for each choice of seats that rules vote for."""
        keys: dict[Choice, set[str]] = {}
        for vote in self.votes[Dimension.SEATS]:
            keys.setdefault(vote.value, set()).add(self.rules[vote.place].bullet)
        return {seats: len(those) for seats, those in keys.items()}

    @cached_property
    def rules_needing(self) -> Mapping[str, tuple[int, ...]]:
        """By question, the indexes of the rules that depend on it."""
        places: dict[str, list[int]] = {}
        for place, rule in enumerate(self.rules):
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
