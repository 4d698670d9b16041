"""What signs hold on each day of a diary, from their description alone: A01 to A05, A08, A13, W03, W08 and X01.

Where the words leave a choice, the docstring says what is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sign_diary import Day, Oracle, Verdict, Verdicts
from sign_oracle_1 import a07

MEDIUM, HIGH = Verdict("medium"), Verdict("high")

SEAM = {
    "ai_team_hiring",
    "ai_infrastructure",
    "mlops",
    "data_governance",
    "model_evaluation",
    "cloud_and_compute",
    "security_and_compliance",
    "tool_selection",
    "data_platform_investment",
    "ai_build_or_buy",
    "roadmap_conflicts",
}
HELD_TO_IT = ("caio", "cto", "other")


class Stopwatch:
    """Counts the active days before today since something began; null while it does not run."""

    def __init__(self) -> None:
        self.days: int | None = None

    def restart(self) -> None:
        self.days = 0

    def stop(self) -> None:
        self.days = None

    def run_while(self, condition: bool) -> bool:
        """Stop if the condition does not hold, start if it has just begun; returns whether it holds."""
        if not condition:
            self.stop()
        elif self.days is None:
            self.restart()
        return condition

    def shows(self, days: int) -> bool:
        return self.days is not None and self.days >= days

    def pass_day(self, day: Day) -> None:
        if self.days is not None and day.is_active:
            self.days += 1


def verdict(holds: bool, *, is_high: bool = False) -> Verdicts:
    if not holds:
        return {}
    return {None: HIGH if is_high else MEDIUM}


def ai_has_a_seat_of_its_own(day: Day) -> bool:
    return day.ai is not None and not day.is_unified


def only_technology_is_held(day: Day) -> bool:
    return day.technology is not None and day.ai is None


def a01(days: list[Day]) -> list[Verdicts]:
    owners: dict[str, str] = {}
    verdicts = []
    for day, silence in zip(days, a07(days), strict=True):
        owners |= {r.area: r.owner.value for r in day.happened("decision_right_assigned") if r.area in SEAM}
        holds = day.has_two_seats and len(owners) >= 2 and "joint" not in owners.values()
        verdicts.append(verdict(holds, is_high=bool(silence)))
    return verdicts


def a02(days: list[Day]) -> list[Verdicts]:
    """AI is vacant also where nobody holds technology."""
    started, ever_live, since_second = 0, False, Stopwatch()
    verdicts = []
    for day in days:
        for _ in day.happened("initiative_started"):
            started += 1
            if started == 2:
                since_second.restart()
        ever_live = ever_live or bool(day.happened("initiative_live"))
        busy = day.answer("cto_bandwidth") in ("full", "stretched")
        verdicts.append(
            verdict(busy and not ai_has_a_seat_of_its_own(day) and not ever_live and since_second.shows(180))
        )
        since_second.pass_day(day)
    return verdicts


def a03(days: list[Day]) -> list[Verdicts]:
    verdicts = []
    for day in days:
        functions = {*(day.answer("ai_functions") or ())} - {"engineering"}
        one_person = day.is_unified or only_technology_is_held(day)
        verdicts.append(verdict(one_person and len(functions) >= 5, is_high=True))
    return verdicts


def a04(days: list[Day]) -> list[Verdicts]:
    """An outcome counts whichever of the initiatives it is of."""
    started, measured, since_third = 0, False, Stopwatch()
    verdicts = []
    for day in days:
        for _ in day.happened("initiative_started"):
            started += 1
            if started == 3:
                since_third.restart()
        measured = measured or bool(day.happened("outcome_measured"))
        central = day.answer("ai_centrality") in ("core", "differentiator")
        stalled = since_third.shows(180) and not measured
        verdicts.append(verdict(only_technology_is_held(day) and central, is_high=stalled))
        since_third.pass_day(day)
    return verdicts


def a05(days: list[Day]) -> list[Verdicts]:
    """What is issued or goes live on the day on which the seat begins is in it."""
    papers, live, seat = 0, False, Stopwatch()
    verdicts = []
    for day in days:
        if seat.run_while(ai_has_a_seat_of_its_own(day)):
            papers += sum(paper.function.value == "ai" for paper in day.happened("deliverable_issued"))
            live = live or bool(day.happened("initiative_live"))
        else:
            papers, live = 0, False
        verdicts.append(verdict(seat.shows(180) and papers >= 2 and not live, is_high=True))
        seat.pass_day(day)
    return verdicts


def a08(days: list[Day]) -> list[Verdicts]:
    """The quiet days begin with the seat, or on the day after an AI trace, and go on until the next one.

    A technology trace on any of them is within them, even if it is older than the quiet days that the rule needs.
    """
    quiet, technology = Stopwatch(), False
    verdicts = []
    for day in days:
        began = quiet.days is None
        if not quiet.run_while(day.is_unified) or began:
            technology = False
        if day.is_unified and has_trace(day, "ai"):
            quiet.restart()
            technology = False
        elif has_trace(day, "technology"):
            technology = True
        verdicts.append(verdict(quiet.shows(92) and technology, is_high=True))
        quiet.pass_day(day)
    return verdicts


def has_trace(day: Day, hat: str) -> bool:
    traces = [
        *(paper.function.value == hat for paper in day.happened("deliverable_issued")),
        *(report.function.value == hat and report.hours > 0 for report in day.happened("hours_reported")),
        *(right.owner.value == hat for right in day.happened("decision_right_assigned")),
        *(hat == "ai" for _ in day.happened("initiative_started", "initiative_live", "outcome_measured")),
    ]
    return any(traces)


def a13(days: list[Day]) -> list[Verdicts]:
    """Deliverables count from before the seat too. The AI ones are known by their names, whichever hat issued them."""
    technology, names, links = False, set(), Links()
    seat = Stopwatch()
    verdicts = []
    for day in days:
        for milestone in day.milestones:
            if milestone.kind.value == "deliverable_issued":
                details: Any = milestone.details
                names.add(details.deliverable)
                technology = technology or details.function.value == "technology"
                links.add(details.function.value, milestone.links)
        seat.run_while(day.is_unified)
        ai = {"ai_capability_map", "governance_framework"} <= names
        verdicts.append(verdict(day.is_unified and (links.are_shared or (seat.shows(90) and technology is not ai))))
        seat.pass_day(day)
    return verdicts


class Links:
    """The links of the deliverables of each hat."""

    def __init__(self) -> None:
        self.of: dict[str, set[str]] = {"technology": set(), "ai": set()}

    def add(self, hat: str, links: Iterable[str]) -> None:
        self.of[hat] |= {*links}

    @property
    def are_shared(self) -> bool:
        return bool(self.of["technology"] & self.of["ai"])


def w03(days: list[Day]) -> list[Verdicts]:
    """An outcome from before the initiative went live is an outcome of it."""
    live: dict[str, Stopwatch] = {}
    measured: set[str] = set()
    verdicts = []
    for day in days:
        for start in day.happened("initiative_live"):
            live[start.initiative] = Stopwatch()
            live[start.initiative].restart()
        measured |= {outcome.initiative for outcome in day.happened("outcome_measured")}
        holds: Verdicts = {
            initiative: MEDIUM for initiative, watch in live.items() if watch.shows(90) and initiative not in measured
        }
        verdicts.append(holds)
        for watch in live.values():
            watch.pass_day(day)
    return verdicts


def w08(days: list[Day]) -> list[Verdicts]:
    """An owner by name silences it and does not restart the days; initiatives are never closed."""
    started, unowned = False, Stopwatch()
    verdicts = []
    for day in days:
        started = started or bool(day.happened("initiative_started"))
        unowned.run_while(day.ai is None and (started or (day.answer("ai_initiatives") or 0) > 0))
        verdicts.append(verdict(unowned.shows(30) and day.answer("ai_outcome_owner") not in HELD_TO_IT, is_high=True))
        unowned.pass_day(day)
    return verdicts


def x01(days: list[Day]) -> list[Verdicts]:
    """One detection for the engagement, however many conflicts are open."""
    unresolved: dict[str, Stopwatch] = {}
    verdicts = []
    for day in days:
        for conflict in day.happened("conflict_raised"):
            unresolved[conflict.conflict] = Stopwatch()
            unresolved[conflict.conflict].restart()
        for resolution in day.happened("conflict_resolved"):
            del unresolved[resolution.conflict]
        watches = unresolved.values()
        verdicts.append(verdict(any(w.shows(28) for w in watches), is_high=any(w.shows(57) for w in watches)))
        for watch in watches:
            watch.pass_day(day)
    return verdicts


ORACLES: Mapping[str, Oracle] = {
    "A01": a01,
    "A02": a02,
    "A03": a03,
    "A04": a04,
    "A05": a05,
    "A08": a08,
    "A13": a13,
    "W03": w03,
    "W08": w08,
    "X01": x01,
}
