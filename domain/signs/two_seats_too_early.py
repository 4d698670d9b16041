"""A10: two seats are filled at once at a company that is too small for two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from domain.kinds.kind import Kind
from domain.kinds.seats import SplitToTwoRoles
from domain.seats import Function
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts
from domain.signs.periods import Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """The company was small when the later seat was filled, and is small on the day; it may have grown in between."""
    small = facts.answers.below("headcount", thresholds["headcount"]) | (
        facts.answers.among("products", 1) & facts.answers.below("engineers", thresholds["engineers"])
    )
    at_once = [days for days in facts.two_seats if days[0] in small and _is_filled_at_once(facts, days[0])]
    holds = Periods.of(at_once) & small
    if not holds:
        return
    evidence, severe = [*seat_evidence(facts)], Periods()
    for conflict, unresolved in facts.conflicts:
        overdue = facts.active.lasting(unresolved, thresholds["conflict"])
        evidence.extend(Evidence(conflict.milestone, *span) for span in overdue)
        severe |= overdue
    yield Finding(holds, Severity.MEDIUM, tuple(evidence), raised=((Severity.HIGH, severe),))


def _is_filled_at_once(facts: EngagementFacts, day: int) -> bool:
    """Whether the two seats held from a day on were filled in one quarter, and not by a split.

    A role counts as filled on the day since which it is held without a break: neither a hand-over nor another seat for
    its holder fills it again. Two seats that take the place of a unified one are a split, whatever milestone made them.
    """
    filled_on = [span[0] for periods in facts.held.values() if (span := periods.around(day))]
    splits = {split.milestone for split in facts.entries(SplitToTwoRoles)}
    is_split = day > max(filled_on) or facts.started_by(Function.AI, day) in splits
    return not is_split and len({*map(_quarter, filled_on)}) == 1


def _quarter(day: int) -> tuple[int, int]:
    on = date.fromordinal(day)
    return on.year, (on.month - 1) // 3


TWO_SEATS_TOO_EARLY = Detector(
    id="A10",
    sources=("S4:L62", "S1:L34", "S0:L21", "S1:L38"),
    about=(
        "A CTO and a CAIO who join together, before the company needs two leaders, each write a strategy, and the "
        "agreement about who decides what never settles."
    ),
    symptoms=(
        "Two strategies are written side by side",
        "Engineers get contradictory instructions from the two leaders",
        "The AI team waits for platform decisions that the CAIO cannot make",
    ),
    common_when="One CEO hires both leaders in the same quarter.",
    rule=(
        "Two seats were filled in the same calendar quarter, not by a split, at a company of this size: fewer "
        "employees than given, or one product and fewer engineers than given. The size counts on the day on which the "
        "later seat was filled, and on the day itself. An unknown figure does not count."
    ),
    severity="Medium, high while a conflict stays open.",
    thresholds=(
        Threshold("headcount", 30, "Employees from which two seats are justified", "employees", "S1:L34"),
        Threshold("engineers", 25, "Engineers from which two seats are justified", "engineers", "S0:L21"),
        Threshold("conflict", 28, "Days from which an open conflict makes it high"),
    ),
    remedies=(
        Remedy("Merge the two roles", Kind.MERGED_TO_ONE_ROLE),
        Remedy("Vacate a seat", Kind.SEAT_VACATED),
        Remedy("The company passes the size"),
    ),
    find=_find,
)
