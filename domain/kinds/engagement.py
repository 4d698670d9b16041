"""Kinds of milestones about the engagement as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Self

from domain.errors import AlreadyPaused, InvalidField, NotPaused, OpensOnce
from domain.field_types import Answers, Line, Name, PersonId, Reason, Verdicts
from domain.kinds.details import Details, Occurrence
from domain.kinds.kind import Kind
from domain.kinds.state import State


@dataclass(frozen=True, slots=True)
class Opened(Details):
    """The engagement was opened; its structure is `none` until seats are filled."""

    kind: ClassVar[Kind] = Kind.OPENED
    changes_holders: ClassVar[bool] = True
    name: Name
    practice_lead: PersonId | None = None

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """Open the engagement, once."""
        if state.opened_on is not None:
            raise OpensOnce
        return state._replace(opened_on=on)

    @classmethod
    def probes(cls, state: State) -> Iterator[Self]:
        """None: an opening is logged only with its engagement."""
        return iter(())


@dataclass(frozen=True, slots=True)
class AssessmentTaken(Details):
    """The answers of an assessment, and the verdict of each framework (with its version) on that day."""

    kind: ClassVar[Kind] = Kind.ASSESSMENT_TAKEN
    answers: Answers
    assessor: PersonId
    verdicts: Verdicts | None = None


@dataclass(frozen=True, slots=True)
class RenewalSet(Details):
    """The renewal date of the engagement letter, and the last day to give notice. The newest applies."""

    kind: ClassVar[Kind] = Kind.RENEWAL_SET
    renews_on: date
    notice_by: date | None = None

    def check(self, before: Details | None = None) -> None:
        """The notice day must not be after the renewal."""
        if self.notice_by is not None and self.notice_by > self.renews_on:
            raise InvalidField("notice_by", "must not be after the renewal")


@dataclass(frozen=True, slots=True)
class Paused(Details):
    """The engagement was paused: seats stay, fees and hours do not count."""

    kind: ClassVar[Kind] = Kind.PAUSED
    changes_holders: ClassVar[bool] = True
    reason: Reason | None = None

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """Pause what is not paused."""
        if state.is_paused:
            raise AlreadyPaused
        return state._replace(is_paused=True)


@dataclass(frozen=True, slots=True)
class Resumed(Details):
    """The engagement was resumed."""

    kind: ClassVar[Kind] = Kind.RESUMED
    changes_holders: ClassVar[bool] = True
    reason: Reason | None = None

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """Resume what is paused."""
        if not state.is_paused:
            raise NotPaused
        return state._replace(is_paused=False)


@dataclass(frozen=True, slots=True)
class Closed(Details):
    """The engagement, its seats and spans end on that day."""

    kind: ClassVar[Kind] = Kind.CLOSED
    changes_holders: ClassVar[bool] = True
    outcome: Line
    reason: Reason | None = None

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """Close the engagement."""
        return state._replace(closed_on=on)
