"""Milestones of stories about signs, in a word each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from story import DANA, IRIS, TECHNOLOGY, chosen, on, seat

from domain.areas import DecisionOwner
from domain.decisions import Log
from domain.kinds.agreements import AlignmentHeld, DecisionRightAssigned
from domain.kinds.engagement import Paused, Resumed
from domain.kinds.seats import HandedOver
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.seats import Function


def pair(text: str) -> Log:
    """Dana takes the seat for technology and Iris the one for AI."""
    return chosen(text, seat(DANA, TECHNOLOGY), seat(IRIS, Function.AI))


def owns(text: str, area: str, owner: DecisionOwner = DecisionOwner.AI) -> Log:
    return on(text, DecisionRightAssigned(area, owner), f"{area} {text}")


def met(text: str, *people: UUID) -> Log:
    return on(text, AlignmentHeld(people))


def hands_over(text: str, to: UUID, *functions: Function) -> Log:
    return on(text, HandedOver(functions, to))


def issued(text: str, deliverable: str, function: Function, *links: str) -> Log:
    log = on(text, DeliverableIssued(deliverable, function), f"{deliverable} {text}")
    return replace(log, links=links)


def worked(text: str, month: str, function: Function, hours: int) -> Log:
    return on(text, HoursReported(month, function, Decimal(hours)), f"{function} hours of {month}")


def starts(text: str, initiative: str) -> Log:
    return on(text, InitiativeStarted(initiative), f"{initiative} started")


def goes_live(text: str, initiative: str) -> Log:
    return on(text, InitiativeLive(initiative), f"{initiative} live")


def measured(text: str, initiative: str) -> Log:
    return on(text, OutcomeMeasured(initiative, "tickets answered", Decimal(3), "percent"), f"{initiative} measured")


def pauses(text: str) -> Log:
    return on(text, Paused())


def resumes(text: str) -> Log:
    return on(text, Resumed())
