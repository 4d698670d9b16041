"""A10: two seats are filled at once at a company that is too small for two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from uuid import UUID

from domain.kinds.kind import Kind
from domain.kinds.seats import SplitToTwoRoles
from domain.seats import Function
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.facts import EngagementFacts, days_of
from domain.signs.periods import Periods
from domain.timeline import SeatSpan


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    small = facts.answers.below("headcount", thresholds["headcount"]) | (
        facts.answers.among("products", 1) & facts.answers.below("engineers", thresholds["engineers"])
    )
    holds = Periods()
    evidence: list[Evidence] = []
    for start, end, beginnings in _filled_at_once(facts):
        if start in small:
            holds |= Periods.of([(start, end)]) & small
            evidence.extend(Evidence(span.milestone, start, end) for span in beginnings)
    if not holds:
        return
    severe = Periods()
    for conflict, unresolved in facts.conflicts:
        overdue = facts.active.lasting(unresolved, thresholds["conflict"])
        evidence.extend(Evidence(conflict.milestone, *span) for span in overdue)
        severe |= overdue
    yield Finding(holds, Severity.MEDIUM, tuple(evidence), raised=((Severity.HIGH, severe),))


def _filled_at_once(facts: EngagementFacts) -> Iterator[tuple[int, int, tuple[SeatSpan, SeatSpan]]]:
    """The days on which two seats are held that were first filled in one quarter, with the first span of each.

    Two seats that take the place of a unified one are a split, whatever milestone made them.
    """
    if not facts.two_seats:
        return
    first: dict[UUID, SeatSpan] = {}
    for span in sorted(facts.seat_spans, key=lambda span: span.start):
        first.setdefault(span.seat, span)
    splits = {split.milestone for split in facts.entries(SplitToTwoRoles)}
    for pair, held in _pairs(facts).items():
        technology, ai = (first[seat] for seat in pair)
        later = max(technology, ai, key=lambda span: span.start)
        is_split = later.milestone in splits or later.start.toordinal() - 1 in facts.unified
        if _quarter(technology) == _quarter(ai) and not is_split:
            yield from ((start, end, (technology, ai)) for start, end in held)


def _pairs(facts: EngagementFacts) -> dict[tuple[UUID, UUID], Periods]:
    """The seats of technology and AI that are held at the same time, and when."""
    spans: dict[tuple[UUID, UUID], list[tuple[int, int]]] = {}
    for technology, ai in product(facts.seats_of(Function.TECHNOLOGY), facts.seats_of(Function.AI)):
        if technology.seat != ai.seat:
            (a, b), (c, d) = days_of(technology), days_of(ai)
            spans.setdefault((technology.seat, ai.seat), []).append((max(a, c), min(b, d)))
    return {pair: Periods.of(together) for pair, together in spans.items()}


def _quarter(span: SeatSpan) -> tuple[int, int]:
    return span.start.year, (span.start.month - 1) // 3


TWO_SEATS_TOO_EARLY = Detector(
    id="A10",
    sources=("S4:L62", "S1:L34", "S0:L21", "S1:L38"),
    about=(
        "A CTO and a CAIO who join together, before the company needs two leaders, each write a strategy, and the "
        "agreement about who decides what never settles."
    ),
    symptoms=(
        "Two strategies are written side by side.",
        "Engineers are told one thing by one leader and another by the other.",
        "The AI team waits for platform decisions that the CAIO cannot make.",
    ),
    common_when="One CEO hires both leaders in the same quarter.",
    rule=(
        "Two seats were first filled in the same calendar quarter, not by a split, at a company of this size: fewer "
        "employees than given, or one product and fewer engineers than given. The size counts on the day on which the "
        "later seat was filled, and must not be passed since. An unknown figure does not count."
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
