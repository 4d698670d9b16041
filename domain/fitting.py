"""Which kinds of milestones cannot fit into an engagement on a date, whatever their details, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from uuid import UUID

from domain.areas import DecisionOwner, Resolver
from domain.errors import Refusal
from domain.milestones import (
    Closed,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    DeliverableIssued,
    Details,
    HandedOver,
    HatAdded,
    HoursReported,
    InitiativeLive,
    InitiativeStarted,
    Kind,
    MergedToOneRole,
    Milestone,
    OutcomeMeasured,
    Paused,
    Resumed,
    SeatFilled,
    SeatVacated,
    SignCleared,
    SignObserved,
    SplitToTwoRoles,
    StructureChosen,
    TermsChanged,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.seats import BOTH, Commitment, Function, Provider, SeatTerms, SeatWithFunctions
from domain.steps import BEFORE, State, step
from domain.timeline import effective_order

_NOBODY = UUID(int=0)
_NEW = "\0"
"""A holder and a name that nothing on record has."""

Later = Sequence[tuple[date, Milestone]]
Probes = Iterator[Details]


def unfitting_kinds(milestones: Sequence[Milestone], on: date) -> Mapping[Kind, Refusal]:
    """The kinds of which no milestone can be logged to take effect on a day, each with a refusal that says why.

    `milestones` are those that stand. Each kind is tried with every difference in details that the rules look at: which
    functions, how they are held, and the names on record. Kinds that fit on every day of an open engagement are tried
    with one milestone.
    """
    ordered = effective_order(milestones)
    state = BEFORE
    for day, milestone in ordered:
        if day <= on:
            state = step(state, day, milestone)
    later = [(day, milestone) for day, milestone in ordered if day > on]
    refusals = ((kind, _refusal(probes(state), state, on, later)) for kind, probes in _PROBES.items())
    return {kind: refusal for kind, refusal in refusals if refusal is not None}


def _refusal(probes: Probes, state: State, on: date, later: Later) -> Refusal | None:
    """Why none of some details fits; null as soon as one does. What fits on the day itself comes closest."""
    closest: Refusal | None = None
    for details in probes:
        probe = Milestone(_NOBODY, len(later), on, details)
        tried: Milestone = probe
        try:
            after = step(state, on, probe)
            for day, milestone in later:
                tried = milestone
                after = step(after, day, milestone)
        except Refusal as refusal:
            if tried is not probe:
                refusal.milestone = tried.id
            if closest is None or (closest.milestone is None and refusal.milestone is not None):
                closest = refusal
        else:
            return None
    return closest


_SEATS = ((Function.TECHNOLOGY,), (Function.AI,), BOTH)


def _terms(commitment: Commitment) -> SeatTerms:
    return SeatTerms(_NOBODY, commitment, Provider.FIRM)


def _seat(functions: tuple[Function, ...], commitment: Commitment) -> SeatWithFunctions:
    return SeatWithFunctions(functions, _NOBODY, commitment, Provider.FIRM)


def _chosen(_: State) -> Probes:
    for functions, commitment in product(_SEATS, Commitment):
        yield StructureChosen((_seat(functions, commitment),))
    for technology, ai in product(Commitment, repeat=2):
        yield StructureChosen((_seat((Function.TECHNOLOGY,), technology), _seat((Function.AI,), ai)))


def _split(_: State) -> Probes:
    for technology, ai in product(Commitment, repeat=2):
        yield SplitToTwoRoles(_terms(technology), _terms(ai))


def _filled(_: State) -> Probes:
    for functions, commitment in product(_SEATS, Commitment):
        yield SeatFilled(_seat(functions, commitment))


def _hours(state: State) -> Probes:
    for function in Function:
        months = [f"{start:%Y-%m}" for start, _ in state.held[function]] or ["1900-01"]
        yield from (HoursReported(month, function, Decimal(1)) for month in months)


def _of_seats(details: Callable[[tuple[Function, ...]], Details]) -> Callable[[State], Probes]:
    return lambda _: (details(functions) for functions in _SEATS)


def _of_names(names: Callable[[State], frozenset[str]], details: Callable[[str], Details]) -> Callable[[State], Probes]:
    return lambda state: (details(name) for name in sorted(names(state)) or [_NEW])


def _always(details: Details) -> Callable[[State], Probes]:
    return lambda _: iter((details,))


_PROBES: Mapping[Kind, Callable[[State], Probes]] = {
    Kind.STRUCTURE_CHOSEN: _chosen,
    Kind.SPLIT_TO_TWO_ROLES: _split,
    Kind.MERGED_TO_ONE_ROLE: lambda _: (MergedToOneRole(_terms(commitment)) for commitment in Commitment),
    Kind.TRANSITIONED_TO_FULL_TIME: _of_seats(lambda functions: TransitionedToFullTime(functions, _NOBODY)),
    Kind.TRANSITIONED_TO_FRACTIONAL: _of_seats(lambda functions: TransitionedToFractional(functions, _NOBODY)),
    Kind.HAT_ADDED: lambda _: (HatAdded(function) for function in Function),
    Kind.HANDED_OVER: _of_seats(lambda functions: HandedOver(functions, _NOBODY)),
    Kind.SEAT_FILLED: _filled,
    Kind.SEAT_VACATED: _of_seats(SeatVacated),
    Kind.TERMS_CHANGED: _of_seats(TermsChanged),
    Kind.DECISION_RIGHT_ASSIGNED: _always(DecisionRightAssigned(_NEW, DecisionOwner.JOINT)),
    Kind.DELIVERABLE_ISSUED: _always(DeliverableIssued(_NEW, Function.AI)),
    Kind.HOURS_REPORTED: _hours,
    Kind.CONFLICT_RAISED: _always(ConflictRaised(_NEW, _NEW)),
    Kind.CONFLICT_RESOLVED: _of_names(
        lambda state: state.conflicts - state.resolved, lambda name: ConflictResolvedBy(name, Resolver.CEO)
    ),
    Kind.INITIATIVE_STARTED: _always(InitiativeStarted(_NEW)),
    Kind.INITIATIVE_LIVE: _of_names(lambda state: state.initiatives - state.live, InitiativeLive),
    Kind.OUTCOME_MEASURED: _of_names(
        lambda state: state.initiatives, lambda name: OutcomeMeasured(name, _NEW, Decimal(0), _NEW)
    ),
    Kind.SIGN_OBSERVED: _always(SignObserved(_NEW, _NEW)),
    Kind.SIGN_CLEARED: _of_names(lambda state: state.signs, SignCleared),
    Kind.PAUSED: _always(Paused()),
    Kind.RESUMED: _always(Resumed()),
    Kind.CLOSED: _always(Closed(_NEW)),
}
"""What each kind is tried with. A kind that is not among them is never said not to fit."""
