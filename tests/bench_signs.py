"""How long the warning signs of a client take to judge, beside folding the same milestones into a timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from time import process_time

from sign_cases import ENGAGEMENT, answers
from story import AI, DANA, IRIS, TECHNOLOGY, chosen, given, hours, split, two_hats
from story import on as logged

from domain.areas import DecisionOwner, Resolver
from domain.decisions import Log
from domain.kinds.agreements import AlignmentHeld, ConflictRaised, ConflictResolvedBy, DecisionRightAssigned
from domain.kinds.engagement import AssessmentTaken, RenewalSet
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import Milestone
from domain.seats import BOTH
from domain.signs.catalog import DETECTORS
from domain.signs.facts import facts_of
from domain.signs.observed import observed_runs
from domain.signs.runs import runs_of
from domain.timeline import fold

ROUNDS = 200
ANSWERS = answers(
    ("profile:2023-01-01", {"headcount": 45, "engineers": 12, "products": 1, "regulated": True, "ai_initiatives": 2}),
    ("2023-01-10", {"cto_ai_depth": "uses_tools", "ai_functions": ["sales", "support", "operations", "finance"]}),
    ("2024-01-10", {"ai_centrality": "core", "cto_bandwidth": "full", "ai_outcome_owner": "cto_in_theory"}),
)


def engagement(months: int) -> list[Milestone]:
    """A letter of two roles that is split after ten months, with what a firm records in that many months."""
    return sorted(given(*_logged(months), opened="2023-01-10").timeline.milestones, key=lambda one: one.order)


def _logged(months: int) -> Iterator[Log]:
    yield chosen("2023-01-20", two_hats(DANA, hours_per_month=hours(30, 15)))
    yield logged("2023-01-10", AssessmentTaken({}, DANA))
    yield logged("2023-02-01", RenewalSet(date(2024, 1, 10)))
    for number, (area, owner) in enumerate(
        (("architecture", "technology"), ("ai_team_hiring", "joint"), ("mlops", "technology"), ("ai_risk", "ai"))
    ):
        yield logged(f"2023-0{2 + number}-15", DecisionRightAssigned(area, DecisionOwner(owner)))
    for number, paper in enumerate(("technology_read", "ai_capability_map", "governance_framework", "model_registry")):
        yield logged(f"2023-0{3 + number}-20", DeliverableIssued(paper, AI if number else TECHNOLOGY))
    for number in range(months // 6):
        start = date(2023, 3, 1) + timedelta(days=150 * number)
        yield logged(f"{start}", InitiativeStarted(f"initiative {number}"))
        yield logged(f"{start + timedelta(days=80)}", InitiativeLive(f"initiative {number}"))
        yield logged(f"{start + timedelta(days=95)}", ConflictRaised(f"conflict {number}", "who pays"))
        yield logged(f"{start + timedelta(days=110)}", ConflictResolvedBy(f"conflict {number}", Resolver.TECHNOLOGY))
        outcome = OutcomeMeasured(f"initiative {number}", "retention", Decimal(3), "points")
        yield logged(f"{start + timedelta(days=160)}", outcome)
    for number in range(months):
        first = date(2023 + number // 12, number % 12 + 1, 1)
        for function in BOTH:
            amount = Decimal(30 if function is TECHNOLOGY else 6)
            yield logged(
                f"{first + timedelta(days=33)}",
                HoursReported(f"{first:%Y-%m}", function, amount),
                f"{first} {function}",
            )
    if months > 10:
        yield split("2023-11-15", DANA, IRIS)
        for week in range(0, 4 * (months - 10), 2):
            yield logged(f"{date(2023, 11, 20) + timedelta(days=7 * week)}", AlignmentHeld((DANA, IRIS)))


def bench_judging_the_signs_of_a_client() -> None:
    for months in (6, 18, 24):
        milestones = engagement(months)
        timeline = fold(milestones)

        def judged(timeline: object = timeline) -> int:
            facts = facts_of(ENGAGEMENT, timeline, ANSWERS)  # type: ignore[arg-type]
            return len([run for one in DETECTORS.values() for run in runs_of(one, facts)]) + len(observed_runs(facts))

        folding, judging = timed(lambda: fold(milestones)), timed(judged)  # noqa: B023
        print(
            f"\n{len(milestones)} milestones: {1e6 * judging:.0f} microseconds for {len(DETECTORS)} detectors "
            f"({judged()} runs), {judging / folding:.2f} times folding ({1e6 * folding:.0f} microseconds)"
        )


def timed(work: Callable[[], object]) -> float:
    """The median of the processor seconds that one call takes: what others do on the machine does not count."""
    seconds = []
    for _ in range(ROUNDS):
        start = process_time()
        work()
        seconds.append(process_time() - start)
    return median(seconds)
