"""Kinds of milestones about how the two functions work together: decisions, limits, conflicts, signs and advice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Self

from domain.areas import DecisionOwner, Resolver, sign_words
from domain.errors import ConflictKnown, ConflictResolved, SignNotObserved, SignStands, UnknownConflict
from domain.field_checks import check_sign
from domain.field_types import AssessmentId, Line, PersonId, Reason, Sign, Slug, StandingSign, Text
from domain.kinds.details import NEW, Details, Occurrence
from domain.kinds.kind import Kind
from domain.kinds.state import State
from domain.seats import Function, Money


@dataclass(frozen=True, slots=True)
class DecisionRightAssigned(Details):
    """The owner of an area's decisions from now on, and the most the owner may spend alone."""

    kind: ClassVar[Kind] = Kind.DECISION_RIGHT_ASSIGNED
    area: Slug
    owner: DecisionOwner
    spending_limit: Money | None = None


@dataclass(frozen=True, slots=True)
class SpendingLimitSet(Details):
    """The monthly amount that one function may spend without approval. The newest for each function applies."""

    kind: ClassVar[Kind] = Kind.SPENDING_LIMIT_SET
    function: Function
    limit: Money


@dataclass(frozen=True, slots=True)
class AlignmentHeld(Details):
    """The two hats met."""

    kind: ClassVar[Kind] = Kind.ALIGNMENT_HELD
    participants: tuple[PersonId, ...]
    topics: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictRaised(Details):
    """A conflict between the two hats, identified by the caller's id."""

    kind: ClassVar[Kind] = Kind.CONFLICT_RAISED
    conflict: Line
    topic: Line

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """A conflict is raised only once."""
        if self.conflict in state.conflicts:
            raise ConflictKnown(f"The conflict “{self.conflict}” has already been raised.")
        return state._replace(conflicts=state.conflicts | {self.conflict})


@dataclass(frozen=True, slots=True)
class ConflictResolvedBy(Details):
    """A conflict was resolved."""

    kind: ClassVar[Kind] = Kind.CONFLICT_RESOLVED
    conflict: Line
    resolved_by: Resolver

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """A raised conflict is resolved only once."""
        if self.conflict not in state.conflicts:
            raise UnknownConflict(f"The conflict “{self.conflict}” has not been raised by that date.")
        if self.conflict in state.resolved:
            raise ConflictResolved(f"The conflict “{self.conflict}” is already resolved.")
        return state._replace(resolved=state.resolved | {self.conflict})

    @classmethod
    def probes(cls, state: State) -> Iterator[Self]:
        """The open conflicts."""
        return (cls(conflict, Resolver.CEO) for conflict in sorted(state.conflicts - state.resolved) or [NEW])


@dataclass(frozen=True, slots=True)
class SignObserved(Details):
    """A warning sign was observed."""

    kind: ClassVar[Kind] = Kind.SIGN_OBSERVED
    sign: Sign
    evidence: Text

    def check(self, before: Details | None = None) -> None:
        """The sign must be a named one or a slug; a sign recorded under earlier rules may stay."""
        if not (isinstance(before, SignObserved) and before.sign == self.sign):
            check_sign("sign", self.sign)

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """A sign is not observed again before it is cleared."""
        if self.sign in state.signs:
            raise SignStands(f"The sign {sign_words(self.sign)} is already observed and has not been cleared.")
        return state._replace(signs=state.signs | {self.sign})


@dataclass(frozen=True, slots=True)
class SignCleared(Details):
    """An observed warning sign is gone."""

    kind: ClassVar[Kind] = Kind.SIGN_CLEARED
    sign: StandingSign
    evidence: Text | None = None

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """Only an observed sign can be cleared."""
        if self.sign not in state.signs:
            raise SignNotObserved(f"The sign {sign_words(self.sign)} has not been observed by that date.")
        return state._replace(signs=state.signs - {self.sign})

    @classmethod
    def probes(cls, state: State) -> Iterator[Self]:
        """The signs observed and not cleared."""
        return (cls(sign) for sign in sorted(state.signs) or [NEW])


@dataclass(frozen=True, slots=True)
class AdviceDeclined(Details):
    """The advice of an assessment is not followed."""

    kind: ClassVar[Kind] = Kind.ADVICE_DECLINED
    assessment: AssessmentId
    reason: Reason
