"""Random clients on which signs come and go: one engagement with its milestones, and answers over time.

Like `histories`, everything is read off whole numbers; the steps in time are longer, because signs count weeks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from histories import (
    FOLLOWING,
    OPENED_ON,
    PEOPLE,
    Dice,
    details_of,
    first_day,
    fitting,
    milestone_id,
    numbers,
    opening,
)
from hypothesis import strategies as st
from oracle import World, world_on

from domain.areas import DELIVERABLES, GOVERNANCE_PACK, SEAM_AREAS, DecisionOwner, Resolver
from domain.assessment import Answers, parse_answers
from domain.kinds.agreements import AlignmentHeld, ConflictRaised, ConflictResolvedBy, DecisionRightAssigned
from domain.kinds.engagement import AssessmentTaken, RenewalSet
from domain.kinds.seats import TermsChanged
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import KEEP, Details, Kind, Milestone, Precision
from domain.seats import BOTH, Function, Hours, ReportsTo
from domain.signs.facts import AnswerHistory, AnswerLayer
from domain.timeline import misfits

ANSWERS: dict[str, tuple[object, ...]] = {
    "ai_functions": (
        ["sales", "support", "operations", "finance", "product"],
        ["sales", "support", "operations", "finance", "engineering"],
        ["sales", "support", "operations"],
    ),
    "cto_ai_depth": ("none", "uses_tools", "shipped_production_ai"),
    "cto_bandwidth": ("stretched", "full", "spare"),
    "ai_centrality": ("core", "important", "differentiator"),
    "headcount": (12, 29, 30),
    "technology_seat": ("none", "fractional", "vp_engineering", "full_time"),
    "products": (1, 2),
    "engineers": (10, 24, 25),
    "ai_outcome_owner": ("nobody", "cto_in_theory", "caio", "cto", "other"),
    "regulated": (True, False),
    "ai_initiatives": (2, 0),
}
"""Answers that signs look at."""

AREAS = ("architecture", "ai_risk", "mlops", "tool_selection", "data_governance", "ai_strategy")
THEMES: tuple[tuple[Kind, ...], ...] = (
    (Kind.CONFLICT_RAISED, Kind.CONFLICT_RESOLVED),
    (Kind.ASSESSMENT_TAKEN, Kind.RENEWAL_SET),
    (Kind.INITIATIVE_STARTED, Kind.INITIATIVE_LIVE, Kind.OUTCOME_MEASURED),
    (),
    (Kind.DECISION_RIGHT_ASSIGNED, Kind.ALIGNMENT_HELD),
    (Kind.INITIATIVE_STARTED, Kind.DELIVERABLE_ISSUED),
    (Kind.HOURS_REPORTED,),
)
"""Kinds that a history has many of."""
PAPERS = ("technology_read", "roadmap", "ai_strategy", "governance_framework", *GOVERNANCE_PACK)
HOURS = ((20, 2), (20, 0), (20, None), (2, 20), (None, 20), (20, 20), (0, 0), (8, 2), (2, 8), (20, 4), (15, 5))
"""Hours of the technology and the AI hat in a month."""
LINKS = ((), ("https://files.example/one.pdf",), ("https://files.example/two.pdf", "https://files.example/one.pdf"))


@dataclass(frozen=True)
class SignHistory:
    """The milestones of an engagement, and what its client's profile says from which day on (null: ever since)."""

    milestones: tuple[Milestone, ...]
    profile: tuple[tuple[date | None, dict[str, object]], ...]

    def layers(self) -> list[AnswerLayer]:
        """The answers of the profile and of the assessments, in the order in which they take effect."""
        profile = [AnswerLayer(since or date.min, parse_answers(values, as_of=since)) for since, values in self.profile]
        assessments = [
            AnswerLayer(m.effective_on, m.details.answers, m.id)
            for m in self.milestones
            if isinstance(m.details, AssessmentTaken) and isinstance(m.details.answers, Answers)
        ]
        return sorted((*profile, *assessments), key=lambda layer: layer.day)

    def up_to(self, day: date) -> SignHistory:
        """What takes effect by a day."""
        return SignHistory(
            tuple(m for m in self.milestones if m.takes_effect_on(OPENED_ON) <= day),
            tuple((since, values) for since, values in self.profile if since is None or since <= day),
        )

    @property
    def answers(self) -> AnswerHistory:
        """The newest answers over time."""
        return AnswerHistory(self.layers())


def sign_histories(shortest: int = 6, longest: int = 24) -> st.SearchStrategy[SignHistory]:
    """Histories of random clients."""
    return st.lists(numbers, min_size=shortest, max_size=longest).map(history)


def history(rolls: Sequence[int]) -> SignHistory:
    """A client's history, read off its rolls; what does not fit where it lands never happened."""
    milestones = [opening()]
    first_profile = {"headcount": 12, "cto_bandwidth": "full"} | some_answers(Dice(rolls[0] // 7))
    profile: list[tuple[date | None, dict[str, object]]] = [(None, first_profile)]
    theme = THEMES[len(rolls) // 2 % len(THEMES)]
    cursor = OPENED_ON
    # the length chooses a theme and the first seats, so that small numbers lead to all of them
    for place, roll in enumerate([rolls[0] + 12 * len(rolls), *rolls[1:]]):
        dice = Dice(roll)
        if place:
            cursor += timedelta(days=dice.of((7, 1, 0, 20, 31, 45, 90)))
        if dice.once_in(12):
            profile.append((cursor, some_answers(dice)))
        for day, details, links in happenings(world_on(milestones, cursor), dice, cursor, theme if place else None):
            order = len(milestones)
            one = Milestone(milestone_id(order), order, day, details, links=links)
            if not misfits([*milestones, one]):
                milestones.append(one)
                cursor = max(cursor, day)
    return SignHistory(tuple(milestones), tuple(profile))


Happening = tuple[date, Details, tuple[str, ...]]


def happenings(world: World, dice: Dice, day: date, theme: Sequence[Kind] | None) -> Iterator[Happening]:
    """What happens around a day: one milestone, or hours for several months; without a theme, the first seats."""
    if theme is None:
        kinds = [Kind.STRUCTURE_CHOSEN]
    elif dice.once_in(4):
        kinds = [kind for kind in fitting(world) if kind in FOLLOWING or kind is Kind.TERMS_CHANGED]
    else:
        work = work_in(world)
        kinds = work + [kind for kind in theme if kind in work] * len(work)
    kind = dice.of(kinds)
    if kind is Kind.HOURS_REPORTED:
        usual = dice.of(HOURS)
        for month in range(5 - dice.below(4)):
            worked = dice.of(HOURS) if dice.once_in(5) else usual
            yield from hours_of_a_month(dice, first_day(day + timedelta(days=31 * month), Precision.MONTH), worked)
        return
    links = dice.of(LINKS) if kind is Kind.DELIVERABLE_ISSUED else ()
    yield day, details_for(kind, dice, world, day), links
    if kind is Kind.DECISION_RIGHT_ASSIGNED and dice.once_in(2):
        yield day, DecisionRightAssigned(dice.of(SEAM_AREAS), dice.of((DecisionOwner.TECHNOLOGY, DecisionOwner.AI))), ()
    if kind is Kind.CONFLICT_RAISED and dice.once_in(2):
        resolver = dice.of((Resolver.TECHNOLOGY, Resolver.JOINT))
        yield day + timedelta(days=dice.of((20, 35))), ConflictResolvedBy(f"{day}", resolver), ()


def hours_of_a_month(dice: Dice, first: date, worked: Sequence[int | None]) -> Iterator[Happening]:
    """Hours of both hats for a month, reported in it or after it; null if a hat reports none."""
    reported = first + timedelta(days=dice.of((35, 31, 20)))
    for function, hours in zip(BOTH, worked, strict=True):
        if hours is not None:
            yield reported, HoursReported(f"{first:%Y-%m}", function, Decimal(hours)), ()
            reported += timedelta(days=dice.of((0, 3)))


def work_in(world: World) -> list[Kind]:
    """Kinds of milestones about work, agreements and answers that have a chance in a world."""
    kinds = [Kind.RESUMED] * 6 if world.is_paused else [Kind.PAUSED]
    kinds += [Kind.DELIVERABLE_ISSUED, Kind.DECISION_RIGHT_ASSIGNED, Kind.ALIGNMENT_HELD, Kind.ASSESSMENT_TAKEN] * 3
    kinds += [Kind.INITIATIVE_STARTED, Kind.CONFLICT_RAISED] * 2 + [Kind.RENEWAL_SET]
    if world.held():
        kinds += [Kind.HOURS_REPORTED] * 4
    if "open" in world.conflicts.values():
        kinds += [Kind.CONFLICT_RESOLVED] * 3
    if world.initiatives:
        kinds += [Kind.INITIATIVE_LIVE] * 2 + [Kind.OUTCOME_MEASURED]
    return [*kinds, Kind.CLOSED]


def details_for(kind: Kind, dice: Dice, world: World, day: date) -> Details:
    """Details that signs look at."""
    fresh = f"{day}"
    match kind:
        case Kind.DELIVERABLE_ISSUED:
            paper = dice.of(PAPERS)
            return DeliverableIssued(paper, dice.of(BOTH) if dice.once_in(6) else DELIVERABLES[paper])
        case Kind.DECISION_RIGHT_ASSIGNED:
            return DecisionRightAssigned(dice.of(AREAS), dice.of(tuple(DecisionOwner)))
        case Kind.ALIGNMENT_HELD:
            holders = tuple({chair.holder: None for chair in world.chairs.values() if chair})
            return AlignmentHeld(dice.of((holders or PEOPLE[:2], PEOPLE, PEOPLE[:2])))
        case Kind.CONFLICT_RAISED:
            return ConflictRaised(fresh, "who pays for the cluster")
        case Kind.CONFLICT_RESOLVED:
            unresolved = [conflict for conflict, status in world.conflicts.items() if status == "open"]
            return ConflictResolvedBy(dice.of(unresolved), dice.of((Resolver.TECHNOLOGY, *Resolver)))
        case Kind.INITIATIVE_STARTED:
            return InitiativeStarted(fresh)
        case Kind.INITIATIVE_LIVE:
            return InitiativeLive(dice.of(tuple(world.initiatives)))
        case Kind.OUTCOME_MEASURED:
            return OutcomeMeasured(dice.of(tuple(world.initiatives)), "margin", Decimal(3), "points")
        case Kind.ASSESSMENT_TAKEN:
            return AssessmentTaken(parse_answers(some_answers(dice, day), as_of=day), PEOPLE[0])
        case Kind.RENEWAL_SET:
            return RenewalSet(day + timedelta(days=dice.of((200, 60, 95, 400))))
        case Kind.TERMS_CHANGED:
            return terms_changed(dice, world)
        case _:
            return details_of(kind, dice, world, day, ())


def terms_changed(dice: Dice, world: World) -> Details:
    """Other agreed hours, or somebody else to report to."""
    functions = tuple(Function(function) for function in dice.of(world.seats()))
    agreed = {function.value: Decimal(dice.of((20, 4, 21))) for function in functions}
    hours: Any = Hours(**agreed) if dice.once_in(2) else KEEP
    return TermsChanged(functions, hours, KEEP, dice.of((ReportsTo.CTO, ReportsTo.CEO)))


def some_answers(dice: Dice, day: date | None = None) -> dict[str, object]:
    """One to three answers; some are unknown, and some of those given on a day apply to an earlier one."""
    answers: dict[str, object] = {}
    for _ in range(1 + dice.below(3)):
        question = dice.of(tuple(ANSWERS))
        value = "unknown" if dice.once_in(6) else dice.of(ANSWERS[question])
        answers[question] = value
        if day is not None and dice.once_in(4):
            answers[question] = {"value": value, "as_of": (day - timedelta(days=dice.of((10, 100)))).isoformat()}
    return answers
