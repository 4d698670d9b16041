"""What a form can log: the kinds as they are offered, and the surroundings that its choices are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from domain.milestones import Kind
from domain.seats import BOTH, Function
from web.pages.asking import Block
from web.parts import Choice

Blocks: TypeAlias = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a form's choices are made of: who holds what, who was involved, what is open in the engagement."""

    holders: Mapping[Function, str] = field(default_factory=dict)
    involved: tuple[Choice, ...] = ()
    conflicts: tuple[str, ...] = ()
    initiatives: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    assessments: tuple[tuple[UUID, str], ...] = ()
    currency: str = "USD"


GROUPS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    (
        "Structure",
        (
            Kind.STRUCTURE_CHOSEN,
            Kind.SPLIT_TO_TWO_ROLES,
            Kind.MERGED_TO_ONE_ROLE,
            Kind.TRANSITIONED_TO_FULL_TIME,
            Kind.TRANSITIONED_TO_FRACTIONAL,
            Kind.HAT_ADDED,
        ),
    ),
    ("Seats", (Kind.HANDED_OVER, Kind.SEAT_FILLED, Kind.SEAT_VACATED, Kind.TERMS_CHANGED)),
    (
        "Working together",
        (
            Kind.DECISION_RIGHT_ASSIGNED,
            Kind.SPENDING_LIMIT_SET,
            Kind.ALIGNMENT_HELD,
            Kind.CONFLICT_RAISED,
            Kind.CONFLICT_RESOLVED,
        ),
    ),
    (
        "Work",
        (
            Kind.DELIVERABLE_ISSUED,
            Kind.HOURS_REPORTED,
            Kind.INITIATIVE_STARTED,
            Kind.INITIATIVE_LIVE,
            Kind.OUTCOME_MEASURED,
        ),
    ),
    ("Signs and advice", (Kind.SIGN_OBSERVED, Kind.SIGN_CLEARED, Kind.ADVICE_DECLINED)),
    ("Engagement", (Kind.RENEWAL_SET, Kind.PAUSED, Kind.RESUMED, Kind.CLOSED)),
)
"""The kinds that a form logs, as they are offered. An assessment has a page of its own, an opening too."""

SAYS: Mapping[Kind, str] = {
    Kind.STRUCTURE_CHOSEN: "The seats become exactly these, whatever they were",
    Kind.SPLIT_TO_TWO_ROLES: "One seat with both hats becomes two seats",
    Kind.MERGED_TO_ONE_ROLE: "Two seats become one with both hats",
    Kind.TRANSITIONED_TO_FULL_TIME: "A fractional seat is held full-time from now on",
    Kind.TRANSITIONED_TO_FRACTIONAL: "A full-time seat is held fractionally from now on",
    Kind.HAT_ADDED: "The holder of one function takes on the vacant other",
    Kind.HANDED_OVER: "A new holder on the same terms, or acting becomes permanent",
    Kind.SEAT_FILLED: "Somebody takes a vacant seat",
    Kind.SEAT_VACATED: "Nobody holds it any more",
    Kind.TERMS_CHANGED: "New hours, fee or reporting line",
    Kind.DECISION_RIGHT_ASSIGNED: "Who decides in an area",
    Kind.ALIGNMENT_HELD: "The two hats met",
    Kind.CONFLICT_RAISED: "The two hats disagree about something",
    Kind.CONFLICT_RESOLVED: "A disagreement is settled, and by whom",
    Kind.DELIVERABLE_ISSUED: "The client has a document or an artifact",
    Kind.HOURS_REPORTED: "Hours worked under one hat in a month",
    Kind.INITIATIVE_STARTED: "AI work begins",
    Kind.INITIATIVE_LIVE: "An initiative is in production",
    Kind.OUTCOME_MEASURED: "What an initiative was worth",
    Kind.SIGN_OBSERVED: "Somebody saw an anti-pattern",
    Kind.SIGN_CLEARED: "An anti-pattern is gone",
    Kind.ADVICE_DECLINED: "The advice of an assessment is not followed, and why",
    Kind.RENEWAL_SET: "When the letter comes up for renewal",
    Kind.SPENDING_LIMIT_SET: "What the CTO or the CAIO may spend a month without asking",
    Kind.PAUSED: "Seats stay; fees and hours do not count",
    Kind.RESUMED: "The engagement goes on",
    Kind.CLOSED: "The engagement and its seats end; the closing day no longer counts",
}
"""Each kind in one line, for choosing."""

SHAPES: tuple[Choice, ...] = (
    Choice("both", "One seat, both hats"),
    Choice("two", "Two seats"),
    Choice("technology", "A CTO seat; AI unowned"),
    Choice("ai", "A CAIO seat; technology unowned"),
)
"""How many seats a chosen structure has, and which: the form asks for just those."""


def seat_numbers(shape: str) -> tuple[tuple[int, str, tuple[Function, ...]], ...]:
    """The seats of a chosen structure's shape: place in the list, heading, functions."""
    match shape:
        case "two":
            return (0, "CTO seat", (Function.TECHNOLOGY,)), (1, "CAIO seat", (Function.AI,))
        case "technology":
            return ((0, "CTO seat", (Function.TECHNOLOGY,)),)
        case "ai":
            return ((0, "CAIO seat", (Function.AI,)),)
        case _:
            return ((0, "The seat with both hats", BOTH),)


def shape_of_seats(functions: Sequence[Sequence[str]]) -> str:
    """The shape of a structure that was chosen, from the functions of its seats."""
    if len(functions) > 1:
        return "two"
    return "both" if len(functions[0]) > 1 else functions[0][0]
