"""Refusals: changes that the domain does not allow.

The docstring of a refusal is its title, shown to users; `detail` gives the specific reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


class Refusal(Exception):  # noqa: N818  (a refusal is a decision of the domain, not an error in the program)
    """The record does not allow that."""

    def __init__(self, detail: str = "", *, milestone: UUID | None = None) -> None:
        """`detail` gives the specific reason; `milestone` is the one that does not fit."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.milestone = milestone
        self.about = ""
        """Describes that milestone; empty if it is the only one requested."""
        self.is_new = False
        """Whether the milestone is not recorded yet, so that its id is meaningless to the caller."""
        self.request: int | None = None
        """The index of the refused request, counted from 0; None if it is none of them."""

    @property
    def title(self) -> str:
        """The refusal in one general sentence."""
        return (type(self).__doc__ or "").strip().splitlines()[0]


class RecordUnreadable(Exception):  # noqa: N818  (a condition of the store, not an error in the program)
    """A client or engagement cannot be read, because one of its stored events cannot."""


class InvalidField(Refusal):
    """A field is invalid."""

    def __init__(self, field: str, message: str, *, milestone: UUID | None = None) -> None:
        """`field` is a dotted path within the request, `message` describes the error."""
        super().__init__(f"{field}: {message}", milestone=milestone)
        self.field = field
        self.message = message


@contextmanager
def within(path: str) -> Iterator[None]:
    """Name invalid fields by their path in the request: `path` and the field."""
    try:
        yield
    except InvalidField as fault:
        raise InvalidField(f"{path}.{fault.field}", fault.message, milestone=fault.milestone) from None


class Unknown(Refusal):
    """Not on record."""


class UnknownClient(Unknown):
    """There is no such client."""


class UnknownEngagement(Unknown):
    """There is no such engagement."""


class UnknownMilestone(Unknown):
    """The engagement has no such milestone."""


class Unfitting(Refusal):
    """A milestone does not fit the timeline."""


class BeforeOpening(Unfitting):
    """The date is before the engagement opened."""


class EngagementClosed(Unfitting):
    """The engagement is closed on that date."""


class AlreadySplit(Unfitting):
    """The two functions are already in two seats."""


class NotUnified(Unfitting):
    """No unified seat is held, so there is nothing to split."""


class NotTwoSeats(Unfitting):
    """Merging needs two seats that are held."""


class NotOneSeat(Unfitting):
    """No seat has exactly these functions."""


class AlreadyFullTime(Unfitting):
    """That seat is already full-time."""


class NotFullTime(Unfitting):
    """That seat is not full-time."""


class FunctionHeld(Unfitting):
    """That function is already held."""


class FunctionVacant(Unfitting):
    """That function is vacant."""


class SameHolder(Unfitting):
    """That person already holds the seat in the same way."""


class AlreadyPaused(Unfitting):
    """The engagement is already paused."""


class NotPaused(Unfitting):
    """The engagement is not paused."""


class HoursNotHeld(Unfitting):
    """Hours can only be reported for a month in which the function was held."""


class ConflictKnown(Unfitting):
    """An engagement already has a conflict of this name."""


class UnknownConflict(Unfitting):
    """No such conflict was raised earlier."""


class ConflictResolved(Unfitting):
    """That conflict is already resolved."""


class InitiativeKnown(Unfitting):
    """An engagement already has an initiative of this name."""


class UnknownInitiative(Unfitting):
    """No such initiative was started earlier."""


class AlreadyLive(Unfitting):
    """That initiative is already live."""


class SignStands(Unfitting):
    """That sign is already observed and has not been cleared."""


class SignNotObserved(Unfitting):
    """That sign has not been observed, so it cannot be cleared."""


class TooManyHours(Unfitting):
    """More hours are reported than the month has."""


class UnknownAssessment(Unfitting):
    """The client has no such assessment."""


class LaterAssessment(Unfitting):
    """A milestone can only name an assessment that was taken by that date."""


class AlreadyRetracted(Refusal):
    """The milestone is retracted and can no longer be changed."""


class OpeningStays(Refusal):
    """The opening of an engagement can be corrected but not retracted."""


class OpensOnce(Refusal):
    """An engagement is opened only once."""


class NothingToChange(Refusal):
    """A change must change something."""


class EngagementStillOpen(Refusal):
    """The client has an open engagement. Close it first."""


class EngagementsOverlap(Refusal):
    """Two engagements of one client cannot overlap."""


class ClientHasEngagements(Refusal):
    """A client with engagements cannot be retracted. Retract its engagements first."""


class SlugTaken(Refusal):
    """Another client already has that slug."""
