"""What signs hold on each day of a diary, from their description alone: A06, A07, A09 to A12, W10, X02 to X05."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

from oracle import DAY, Chair, days_of_month
from sign_diary import Day, LastAnswer, Oracle, Verdict, Verdicts

from domain.areas import GOVERNANCE_PACK

MEDIUM, HIGH, LOW = Verdict("medium"), Verdict("high"), Verdict("low")


def active_days_of(holds: Callable[[Day], bool], days: list[Day]) -> Iterator[int]:
    """For each day, the active days before it since the condition has held without a break; -1 where it does not."""
    count = -1
    for day in days:
        if not holds(day):
            count = -1
        elif count < 0:
            count = 0
        yield count
        if count >= 0 and day.is_active:
            count += 1


def a06(days: list[Day]) -> list[Verdicts]:
    owned: set[str] = set()
    verdicts: list[Verdicts] = []
    for day, held in zip(days, active_days_of(lambda d: bool(d.technology and d.ai), days), strict=True):
        owned |= {right.area for right in day.happened("decision_right_assigned")}
        missing = not {"architecture", "ai_risk"} <= owned
        verdicts.append({None: HIGH if day.has_two_seats else MEDIUM} if held >= 30 and missing else {})
    return verdicts


def a07(days: list[Day]) -> list[Verdicts]:
    silent: int | None = None
    verdicts: list[Verdicts] = []
    for day in days:
        if not (day.technology and day.ai and day.has_two_seats):
            silent = None
        else:
            holders = {day.technology.holder, day.ai.holder}
            if silent is None or any(holders <= set(m.participants) for m in day.happened("alignment_held")):
                silent = 0
        verdicts.append({} if silent is None or silent < 22 else {None: HIGH if silent >= 43 else MEDIUM})
        if silent is not None and day.is_active:
            silent += 1
    return verdicts


def a09(days: list[Day]) -> list[Verdicts]:
    severe = False
    verdicts: list[Verdicts] = []
    for day in days:
        named = day.answer("technology_seat") in ("vp_engineering", "full_time", "fractional")
        holds = bool(day.ai and not day.technology and not named)
        work = day.happened("initiative_started") or [
            paper for paper in day.happened("deliverable_issued") if paper.deliverable == "ai_strategy"
        ]
        severe = holds and (severe or bool(work))
        verdicts.append({} if not holds else {None: HIGH if severe else MEDIUM})
    return verdicts


def a10(days: list[Day]) -> list[Verdicts]:
    filled: dict[str, date] = {}
    too_early = was_unified = had_two = False
    raised: dict[str, int] = {}
    verdicts: list[Verdicts] = []
    for day in days:
        for function, chair in (("technology", day.technology), ("ai", day.ai)):
            if not chair:
                filled.pop(function, None)
            elif function not in filled:
                filled[function] = day.on
        if not day.has_two_seats:
            too_early = False
        elif not had_two:
            is_split = was_unified or day.happened("split_to_two_roles")
            too_early = not is_split and same_quarter(*filled.values()) and is_small(day)
        raised |= {conflict.conflict: 0 for conflict in day.happened("conflict_raised")}
        for conflict in day.happened("conflict_resolved"):
            raised.pop(conflict.conflict)
        old = any(age >= 28 for age in raised.values())
        verdicts.append({None: HIGH if old else MEDIUM} if too_early and is_small(day) else {})
        if day.is_active:
            raised = {conflict: age + 1 for conflict, age in raised.items()}
        was_unified, had_two = day.is_unified, day.has_two_seats
    return verdicts


def same_quarter(one: date, other: date) -> bool:
    return (one.year, (one.month - 1) // 3) == (other.year, (other.month - 1) // 3)


def is_small(day: Day) -> bool:
    headcount, products, engineers = (day.answer(name) for name in ("headcount", "products", "engineers"))
    few_people = headcount is not None and headcount < 30
    return few_people or (products == 1 and engineers is not None and engineers < 25)


def a11(days: list[Day]) -> list[Verdicts]:
    """The newest answer about the holder counts, although a newer one may be about somebody else."""
    technology_holder = {day.on: day.technology.holder if day.technology else None for day in days}
    answers: list[LastAnswer] = []
    holder: Any = None
    taken_on, held = date.max, 0
    verdicts: list[Verdicts] = []
    for day in days:
        last = day.answers.get("cto_ai_depth")
        if last and last not in answers:
            answers.append(last)
        if not (day.is_unified and day.technology):
            holder = None
        elif holder != day.technology.holder:
            holder, taken_on, held = day.technology.holder, day.on, 0
        verdicts.append({})
        if holder is None:
            continue
        applying = [(answer.applies_to or answer.came_in_on, answer.value) for answer in answers]
        values = [value for on, value in applying if on >= taken_on or technology_holder.get(on) == holder]
        if values and values[-1] in ("none", "uses_tools"):
            verdicts[-1] = {None: HIGH}
        elif not values and held >= 90:
            verdicts[-1] = {None: LOW}
        held += day.is_active
    return verdicts


def a12(days: list[Day]) -> list[Verdicts]:
    """A run is dated back to the end of its third month, but not before a pause or the end of an earlier run.

    Three months in which a hat loses count until a month in which it does not, also where later months are missing. The
    months of an earlier unified seat say nothing about a later one.
    """
    evenings = {day.on: day for day in days}
    hours: dict[str, dict[str, Fraction]] = defaultdict(lambda: {"technology": Fraction(0), "ai": Fraction(0)})
    active_since = held_until = unified_since = date.min
    verdicts: list[Verdicts] = []
    for day in days:
        for report in day.happened("hours_reported"):
            hours[report.month][report.function.value] += Fraction(report.hours)
        verdicts.append({})
        if not day.is_active:
            active_since = day.on + DAY
        if not day.is_unified:
            unified_since = day.on + DAY
        over = sorted(
            m for m, worked in hours.items() if any(worked.values()) and unified_since <= last_of(m) <= day.on
        )
        for hat in ("technology", "ai") if day.is_unified else ():
            streak = losing_months(over, {m for m in over if loses(hat, hours[m], evenings.get(last_of(m)))})
            if streak:
                month_end = last_of(streak[2])
                severe = not any(hours[month][hat] for month in streak[-3:])
                since = max(month_end, active_since) if month_end >= held_until else day.on
                verdicts[-1][None] = Verdict("high" if severe else "medium", since)
        if verdicts[-1] and day.is_active:
            held_until = day.on + DAY
    return verdicts


def losing_months(months: list[str], losing: set[str]) -> list[str]:
    """The newest three or more successive months that lose, unless a later month does not; otherwise none."""
    newest: list[str] = []
    streak: list[str] = []
    for month in months:
        if month not in losing:
            newest = streak = []
            continue
        streak = [*streak, month] if streak and month_before(month) == streak[-1] else [month]
        if len(streak) >= 3:
            newest = streak
    return newest


@cache
def last_of(month: str) -> date:
    return max(days_of_month(month))


def month_before(month: str) -> str:
    return f"{date.fromisoformat(f'{month}-01') - DAY:%Y-%m}"


def loses(hat: str, worked: Mapping[str, Fraction], evening: Day | None) -> bool:
    if evening is None or not evening.is_unified:
        return False
    share = worked[hat] / sum(worked.values())
    chair = evening.ai
    agreed = dict(chair.hours) if chair else {}
    if len(agreed) == 2 and any(agreed.values()):
        return share < Fraction(agreed[hat]) / sum(map(Fraction, agreed.values())) / 2
    return share < Fraction(1, 5)


def w10(days: list[Day]) -> list[Verdicts]:
    renews_on: date | None = None
    age: int | None = None
    verdicts: list[Verdicts] = []
    for day in days:
        for renewal in day.happened("renewal_set"):
            renews_on = renewal.renews_on
        if day.happened("assessment_taken"):
            age = 0
        is_near = renews_on is not None and renews_on - timedelta(days=90) <= day.on <= renews_on
        verdicts.append({None: MEDIUM} if is_near and (age is None or age >= 180) else {})
        if age is not None and day.is_active:
            age += 1
    return verdicts


def x02(days: list[Day]) -> list[Verdicts]:
    resolvers: list[str] = []
    verdicts: list[Verdicts] = []
    for day in days:
        resolvers += [resolution.resolved_by.value for resolution in day.happened("conflict_resolved")]
        holds = resolvers[-3:].count("technology") >= 2
        reports_to_cto = day.ai is not None and day.ai.reports_to == "cto"
        verdicts.append({None: HIGH if reports_to_cto else MEDIUM} if holds else {})
    return verdicts


def x03(days: list[Day]) -> list[Verdicts]:
    return [
        {None: MEDIUM}
        if day.ai and has_few_hours(day.ai) and len({*(day.answer("ai_functions") or ())} - {"engineering"}) >= 4
        else {}
        for day in days
    ]


def has_few_hours(chair: Chair) -> bool:
    agreed = dict(chair.hours).get("ai")
    return chair.commitment == "fractional" and agreed is not None and agreed <= 20


def x04(days: list[Day]) -> list[Verdicts]:
    owned = False
    verdicts: list[Verdicts] = []
    for day, held in zip(days, active_days_of(lambda d: d.ai is not None, days), strict=True):
        owned = owned or any(right.area == "ai_risk" for right in day.happened("decision_right_assigned"))
        severity = HIGH if day.answer("regulated") is True else MEDIUM
        verdicts.append({None: severity} if held >= 90 and not owned else {})
    return verdicts


def x05(days: list[Day]) -> list[Verdicts]:
    issued: set[str] = set()
    live: int | None = None
    verdicts: list[Verdicts] = []
    for day in days:
        issued |= {paper.deliverable for paper in day.happened("deliverable_issued")} & set(GOVERNANCE_PACK)
        if live is None and day.happened("initiative_live"):
            live = 0
        severity = MEDIUM if day.answer("regulated") is True else LOW
        verdicts.append({None: severity} if live is not None and live >= 90 and len(issued) < 7 else {})
        if live is not None and day.is_active:
            live += 1
    return verdicts


ORACLES: Mapping[str, Oracle] = {
    "A06": a06,
    "A07": a07,
    "A09": a09,
    "A10": a10,
    "A11": a11,
    "A12": a12,
    "W10": w10,
    "X02": x02,
    "X03": x03,
    "X04": x04,
    "X05": x05,
}
