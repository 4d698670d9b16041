"""Random histories of an engagement: they mostly fit, and break often enough.

Every milestone is read off one whole number, so that Hypothesis has little to draw and much to shrink: a smaller
number is a plainer choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from oracle import Refused, World, in_order, world_on

from domain.areas import DecisionOwner, Resolver
from domain.field_types import field_specs
from domain.kinds.agreements import (
    AdviceDeclined,
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SignCleared,
    SignObserved,
    SpendingLimitSet,
)
from domain.kinds.engagement import AssessmentTaken, Closed, Opened, Paused, RenewalSet, Resumed
from domain.kinds.seats import (
    HandedOver,
    HatAdded,
    MergedToOneRole,
    SeatFilled,
    SeatVacated,
    SplitToTwoRoles,
    StructureChosen,
    TermsChanged,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.kinds.state import BEFORE
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import DETAILS, KEEP, Details, Keep, Kind, Milestone, Precision
from domain.seats import BOTH, Commitment, Function, Hours, Money, Provider, ReportsTo, SeatTerms, SeatWithFunctions

T = TypeVar("T")

OPENED_ON = date(2024, 1, 15)
PEOPLE = tuple(UUID(int=n) for n in range(1, 5))
WORDS = ("one", "two", "three")
FOLLOWING = frozenset(
    {
        Kind.STRUCTURE_CHOSEN,
        Kind.SPLIT_TO_TWO_ROLES,
        Kind.MERGED_TO_ONE_ROLE,
        Kind.TRANSITIONED_TO_FULL_TIME,
        Kind.TRANSITIONED_TO_FRACTIONAL,
        Kind.HAT_ADDED,
        Kind.HANDED_OVER,
        Kind.SEAT_FILLED,
        Kind.SEAT_VACATED,
    }
)
"""The kinds that may name the assessment they follow."""
numbers = st.integers(0, 2**48)
"""What a milestone, or a change, is read off."""


class Dice:
    """Choices read off a number, the lowest digits first."""

    def __init__(self, number: int) -> None:
        self._left = number

    def below(self, sides: int) -> int:
        self._left, face = divmod(self._left, sides)
        return face

    def of(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def once_in(self, sides: int) -> bool:
        return self.below(sides) == sides - 1


def opening(on: date = OPENED_ON, precision: Precision = Precision.DAY) -> Milestone:
    """The first milestone of an engagement."""
    return Milestone(milestone_id(0), 0, on, Opened("CTO+CAIO"), precision)


def milestone_id(number: int) -> UUID:
    return UUID(int=1000 + number)


def history(rolls: Sequence[int], opened_on: date = OPENED_ON) -> list[Milestone]:
    """An engagement's milestones, each read off a roll; what does not fit where it lands mostly never happened."""
    milestones = [opening(opened_on)]
    cursor = opened_on
    for order, roll in enumerate(rolls, start=1):
        dice = Dice(roll)
        cursor += timedelta(days=dice.of((0, 1, 4, 0, 11, 30)))
        careless = dice.once_in(40)
        one = one_more(milestones, dice, order, cursor)
        if careless or seems_to_fit([*milestones, one]):
            milestones.append(one)
    return milestones


def one_more(milestones: Sequence[Milestone], dice: Dice, order: int, around: date) -> Milestone:
    """One more milestone, dated around a day and made for what stands there."""
    day, precision = around, Precision.DAY
    if dice.once_in(8):
        day = around - timedelta(days=dice.below(60))
    if dice.once_in(8):
        precision = dice.of((Precision.MONTH, Precision.QUARTER, Precision.YEAR))
        day = first_day(day, precision)
    world = world_on(milestones, day)
    kind = dice.of(tuple(Kind)[1:]) if dice.once_in(20) else dice.of(fitting(world))
    assessments = [m.id for m in milestones if m.kind is Kind.ASSESSMENT_TAKEN]
    details = following(details_of(kind, dice, world, day, assessments), dice, assessments)
    return Milestone(milestone_id(order), order, day, details, precision)


def following(details: Details, dice: Dice, assessments: Sequence[UUID]) -> Details:
    """The same details, sometimes with an assessment that they follow where their kind may name one."""
    if details.kind not in FOLLOWING or not dice.once_in(4):
        return details
    advised: Any = details
    followed: Details = replace(advised, assessment=dice.of((*assessments, UUID(int=99))), rationale="as advised")
    return followed


def seems_to_fit(milestones: Sequence[Milestone]) -> bool:
    """Whether nothing is refused, as far as that can be said without living through every day."""
    world = World()
    for day, milestone in in_order(milestones):
        try:
            world.apply(milestone, day)
        except Refused as refused:
            if refused.reason != "HoursNotHeld":
                return False
    return True


def moved(milestone: Milestone, dice: Dice) -> Milestone:
    """The milestone on another day, its precision that of a day."""
    day = milestone.effective_on + timedelta(days=dice.of((1, -1, 3, -7, 14, -31, 60)))
    return replace(milestone, effective_on=day, precision=Precision.DAY)


def first_day(day: date, precision: Precision) -> date:
    """The first day of the period of a day."""
    month = {Precision.MONTH: day.month, Precision.QUARTER: 3 * ((day.month - 1) // 3) + 1}.get(precision, 1)
    return date(day.year, month, 1)


def fitting(world: World) -> list[Kind]:
    """Kinds that have a chance in a world, those that change its seats most often."""
    kinds = [Kind.STRUCTURE_CHOSEN]
    if world.is_unified():
        kinds += [Kind.SPLIT_TO_TWO_ROLES] * 4
    if world.is_pair():
        kinds += [Kind.MERGED_TO_ONE_ROLE] * 2
    if world.held():
        kinds += [Kind.TRANSITIONED_TO_FULL_TIME, Kind.HANDED_OVER, Kind.SEAT_VACATED, Kind.TERMS_CHANGED] * 2
        kinds += [Kind.TRANSITIONED_TO_FRACTIONAL] * 2 + [Kind.HOURS_REPORTED] * 3
    if world.vacant():
        kinds += [Kind.SEAT_FILLED] * 2
    if len(world.held()) == 1:
        kinds += [Kind.HAT_ADDED] * 3
    kinds += [
        Kind.ASSESSMENT_TAKEN,
        Kind.CONFLICT_RAISED,
        Kind.INITIATIVE_STARTED,
        Kind.SIGN_OBSERVED,
        Kind.RESUMED if world.is_paused else Kind.PAUSED,
        Kind.DECISION_RIGHT_ASSIGNED,
        Kind.DELIVERABLE_ISSUED,
        Kind.ALIGNMENT_HELD,
        Kind.ADVICE_DECLINED,
        Kind.RENEWAL_SET,
        Kind.SPENDING_LIMIT_SET,
    ]
    if world.conflicts:
        kinds += [Kind.CONFLICT_RESOLVED] * 2
    if world.initiatives:
        kinds += [Kind.INITIATIVE_LIVE, Kind.OUTCOME_MEASURED]
    if world.signs:
        kinds += [Kind.SIGN_CLEARED]
    return [*kinds, Kind.CLOSED]


def details_of(kind: Kind, dice: Dice, world: World, day: date, assessments: Sequence[UUID]) -> Details:
    """Details of a kind, made for a world."""
    match kind:
        case Kind.ASSESSMENT_TAKEN:
            return AssessmentTaken({"headcount": dice.below(40)}, dice.of(PEOPLE))
        case Kind.STRUCTURE_CHOSEN:
            shapes = (((BOTH),), ((Function.TECHNOLOGY,), (Function.AI,)), ((Function.TECHNOLOGY,),), ((Function.AI,),))
            return StructureChosen(tuple(seat(dice, functions) for functions in dice.of(shapes)))
        case Kind.ADVICE_DECLINED:
            return AdviceDeclined(dice.of((*assessments, UUID(int=99))), "too early")
        case Kind.SPLIT_TO_TWO_ROLES:
            return SplitToTwoRoles(terms(dice, (Function.TECHNOLOGY,)), terms(dice, (Function.AI,)))
        case Kind.MERGED_TO_ONE_ROLE:
            return MergedToOneRole(terms(dice, BOTH))
        case Kind.HAT_ADDED:
            function = dice.of([Function(f) for f in world.vacant()] or BOTH)
            return HatAdded(function, reports_to(dice), hours(dice, BOTH), fee(dice))
        case Kind.SEAT_FILLED:
            vacant = [Function(f) for f in world.vacant()]
            shapes_left = [(f,) for f in vacant] + ([BOTH] if len(vacant) == 2 else [])
            return SeatFilled(seat(dice, any_functions(dice) if dice.once_in(10) else dice.of(shapes_left or [BOTH])))
        case Kind.PAUSED:
            return Paused()
        case Kind.RESUMED:
            return Resumed()
        case Kind.CLOSED:
            return Closed("done")
        case _:
            return _seat_details(kind, dice, world) or _noted_details(kind, dice, day)


def _seat_details(kind: Kind, dice: Dice, world: World) -> Details | None:
    seats = [tuple(Function(f) for f in functions) for functions in world.seats()]
    if kind is Kind.SEAT_VACATED and len(world.held()) == 2:
        seats += [(Function.TECHNOLOGY,), (Function.AI,), BOTH]
    functions = any_functions(dice) if dice.once_in(12) else dice.of(seats or [BOTH])
    match kind:
        case Kind.TRANSITIONED_TO_FULL_TIME:
            return TransitionedToFullTime(
                functions,
                dice.of(PEOPLE),
                dice.of((Provider.CLIENT, Provider.FIRM)),
                dice.once_in(4),
                reports_to(dice),
                hours(dice, functions),
                fee(dice),
            )
        case Kind.TRANSITIONED_TO_FRACTIONAL:
            return TransitionedToFractional(
                functions,
                dice.of(PEOPLE),
                dice.of((Provider.FIRM, Provider.CLIENT)),
                dice.once_in(4),
                reports_to(dice),
                hours(dice, functions),
                fee(dice),
            )
        case Kind.HANDED_OVER:
            return HandedOver(functions, dice.of(PEOPLE), dice.once_in(3))
        case Kind.SEAT_VACATED:
            return SeatVacated(functions)
        case Kind.TERMS_CHANGED:
            agreed = KEEP if dice.once_in(2) else hours(dice, functions)
            paid = KEEP if dice.once_in(2) else fee(dice)
            reports = reports_to(dice)
            silent = agreed is paid is reports is KEEP
            return TermsChanged(functions, agreed, paid, ReportsTo.BOARD if silent else reports)
        case _:
            return None


def _noted_details(kind: Kind, dice: Dice, day: date) -> Details:
    word = dice.of(WORDS)
    match kind:
        case Kind.HOURS_REPORTED:
            month = first_day(day, Precision.MONTH) + timedelta(days=dice.of((0, -1, -32, 31)))
            return HoursReported(month.strftime("%Y-%m"), dice.of(BOTH), Decimal(dice.of((12, 300, 500))))
        case Kind.DECISION_RIGHT_ASSIGNED:
            return DecisionRightAssigned("mlops", dice.of(tuple(DecisionOwner)))
        case Kind.DELIVERABLE_ISSUED:
            return DeliverableIssued("roadmap", dice.of(BOTH))
        case Kind.ALIGNMENT_HELD:
            return AlignmentHeld(PEOPLE[:2])
        case Kind.CONFLICT_RAISED:
            return ConflictRaised(word, "who pays for the cluster")
        case Kind.CONFLICT_RESOLVED:
            return ConflictResolvedBy(word, dice.of(tuple(Resolver)))
        case Kind.INITIATIVE_STARTED:
            return InitiativeStarted(word)
        case Kind.INITIATIVE_LIVE:
            return InitiativeLive(word)
        case Kind.OUTCOME_MEASURED:
            return OutcomeMeasured(word, "margin", Decimal(3), "points")
        case Kind.SIGN_OBSERVED:
            return SignObserved(word, "seen twice")
        case Kind.SIGN_CLEARED:
            return SignCleared(word)
        case Kind.RENEWAL_SET:
            renewal = day + timedelta(days=dice.below(400))
            return RenewalSet(renewal, renewal - timedelta(days=30) if dice.once_in(2) else None)
        case Kind.SPENDING_LIMIT_SET:
            return SpendingLimitSet(dice.of(BOTH), Money(Decimal(5000), "USD"))
        case _:  # a kind without rules of its own
            details: Any = next(DETAILS[kind].probes(BEFORE))
            texts = (spec.name for spec in field_specs(type(details)) if spec.is_required and spec.value is str)
            changed: Details = replace(details, **dict.fromkeys(texts, word))
            return changed


def any_functions(dice: Dice) -> tuple[Function, ...]:
    return dice.of(((Function.TECHNOLOGY,), (Function.AI,), BOTH, (Function.AI, Function.TECHNOLOGY)))


def seat(dice: Dice, functions: tuple[Function, ...]) -> SeatWithFunctions:
    t = terms(dice, functions)
    return SeatWithFunctions(
        functions, t.holder, t.commitment, t.provider, t.interim, t.reports_to, t.hours_per_month, t.monthly_fee
    )


def terms(dice: Dice, functions: tuple[Function, ...]) -> SeatTerms:
    return SeatTerms(
        dice.of(PEOPLE),
        dice.of((Commitment.FRACTIONAL, Commitment.FULL_TIME)),
        Provider.FIRM,
        dice.once_in(5),
        dice.of((None, ReportsTo.CEO)),
        hours(dice, functions),
        fee(dice),
    )


def hours(dice: Dice, functions: tuple[Function, ...]) -> Hours | None:
    agreed = Decimal(dice.of((0, 20, 12)))
    if not agreed:
        return None
    return Hours(
        technology=agreed if Function.TECHNOLOGY in functions else None,
        ai=agreed if Function.AI in functions and (len(functions) == 1 or dice.once_in(2)) else None,
    )


def fee(dice: Dice) -> Money | None:
    amount = dice.of((0, 8500, 6000))
    if not amount:
        return None
    currency = dice.of(("USD", "EUR", "JPY", "KWD"))
    return Money(Decimal(amount) + (Decimal("0.125") if currency == "KWD" else 0), currency)


def reports_to(dice: Dice) -> ReportsTo | Keep | None:
    choices: tuple[ReportsTo | Keep | None, ...] = (KEEP, ReportsTo.CTO, None)
    return dice.of(choices)
