"""A second, naive reading of the domain's rules: an engagement lived through day by day.

Slow, without sharing a line of reasoning with `domain.timeline`: for every day it applies that day's milestones one by
one and writes down what holds in the evening. Spans are whatever stayed the same from evening to evening.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from domain.milestones import KEEP, Milestone
from domain.seats import Hours, Money

FUNCTIONS = ("technology", "ai")
DAY = timedelta(days=1)

SINGLE = {
    ("technology", "fractional"): "cto_only_fractional",
    ("technology", "full_time"): "cto_only_full_time",
    ("ai", "fractional"): "caio_only_fractional",
    ("ai", "full_time"): "caio_only_full_time",
}
UNIFIED = {"fractional": "unified_fractional", "full_time": "unified_full_time"}
PAIR = {
    ("fractional", "fractional"): "fractional_pair",
    ("full_time", "fractional"): "full_time_cto_fractional_caio",
    ("fractional", "full_time"): "fractional_cto_full_time_caio",
    ("full_time", "full_time"): "full_time_pair",
}


class Refused(Exception):  # noqa: N818  (the domain's word)
    """The milestone does not fit, for a reason called like the refusal's class."""

    def __init__(self, milestone: Milestone, reason: str) -> None:
        super().__init__(f"{milestone.kind}: {reason}")
        self.milestone = milestone.id
        self.reason = reason


@dataclass(frozen=True)
class Chair:
    """A chair with whoever sits in it; `label` says which chair it is: made by which milestone, for which functions."""

    label: tuple[UUID, str]
    holder: UUID
    commitment: str
    provider: str
    interim: bool
    reports_to: str | None
    hours: tuple[tuple[str, Decimal], ...]
    fee: tuple[Decimal, str] | None


class Evening(NamedTuple):
    """What holds at the end of a day; `None` for what nobody observes."""

    structure: str | None
    status: str | None
    technology: Chair | None
    ai: Chair | None


class Span(NamedTuple):
    """The same value from evening to evening, and the milestone that brought it about."""

    value: Any
    start: date
    end: date | None
    milestone: UUID


@dataclass
class World:
    """The engagement as it stands at one moment."""

    is_open: bool = False
    is_paused: bool = False
    closed_by: Milestone | None = None
    chairs: dict[str, Chair | None] = field(default_factory=lambda: {"technology": None, "ai": None})
    held_on: dict[str, set[date]] = field(default_factory=lambda: {"technology": set(), "ai": set()})
    conflicts: dict[str, str] = field(default_factory=dict)
    initiatives: dict[str, str] = field(default_factory=dict)
    signs: set[str] = field(default_factory=set)

    def structure(self) -> str:
        technology, ai = self.chairs["technology"], self.chairs["ai"]
        if technology and ai:
            if technology.label == ai.label:
                return UNIFIED[technology.commitment]
            return PAIR[technology.commitment, ai.commitment]
        if technology:
            return SINGLE["technology", technology.commitment]
        if ai:
            return SINGLE["ai", ai.commitment]
        return "none"

    def is_unified(self) -> bool:
        return self.structure() in UNIFIED.values()

    def is_pair(self) -> bool:
        return self.structure() in PAIR.values()

    def held(self) -> list[str]:
        return [f for f in FUNCTIONS if self.chairs[f]]

    def vacant(self) -> list[str]:
        return [f for f in FUNCTIONS if not self.chairs[f]]

    def seats(self) -> list[list[str]]:
        """The functions of each seat that is held."""
        if self.is_unified():
            return [["technology", "ai"]]
        return [[f] for f in self.held()]

    def evening(self) -> Evening:
        if not self.is_open:
            return Evening(None, "closed" if self.closed_by else None, None, None)
        return Evening(
            self.structure(), "paused" if self.is_paused else "open", self.chairs["technology"], self.chairs["ai"]
        )

    def apply(self, milestone: Milestone, today: date) -> None:
        """One milestone happens today, or is refused."""
        kind = milestone.kind.value
        if self.closed_by:
            raise Refused(milestone, "EngagementClosed")
        if kind == "opened":
            if self.is_open:
                raise Refused(milestone, "OpensOnce")
            self.is_open = True
            return
        if not self.is_open:
            raise Refused(milestone, "BeforeOpening")
        getattr(self, f"_{kind}", self._just_noted)(milestone, milestone.details, today)

    def _just_noted(self, milestone: Milestone, details: Any, today: date) -> None:
        pass

    def _structure_chosen(self, milestone: Milestone, details: Any, today: date) -> None:
        self.chairs = {"technology": None, "ai": None}
        for seat in details.seats:
            self._seat(milestone, seat, [f.value for f in seat.functions])

    def _split_to_two_roles(self, milestone: Milestone, details: Any, today: date) -> None:
        if not self.is_unified():
            raise Refused(milestone, "AlreadySplit" if self.is_pair() else "NotUnified")
        self._seat(milestone, details.technology, ["technology"])
        self._seat(milestone, details.ai, ["ai"])

    def _merged_to_one_role(self, milestone: Milestone, details: Any, today: date) -> None:
        if not self.is_pair():
            raise Refused(milestone, "NotTwoSeats")
        self._seat(milestone, details.seat, ["technology", "ai"])

    def _transitioned_to_full_time(self, milestone: Milestone, details: Any, today: date) -> None:
        self._transition(milestone, details, "full_time", "AlreadyFullTime")

    def _transitioned_to_fractional(self, milestone: Milestone, details: Any, today: date) -> None:
        self._transition(milestone, details, "fractional", "NotFullTime")

    def _transition(self, milestone: Milestone, details: Any, commitment: str, if_so_already: str) -> None:
        chair = self._exactly_one(milestone, details.functions)
        if chair.commitment == commitment:
            raise Refused(milestone, if_so_already)
        self._put(
            replace(
                chair,
                holder=details.holder,
                commitment=commitment,
                provider=details.provider.value,
                interim=details.interim,
                reports_to=chair.reports_to if details.reports_to is KEEP else plain_word(details.reports_to),
                hours=plain_hours(details.hours_per_month),
                fee=plain_money(details.monthly_fee),
            ),
            details.functions,
        )

    def _hat_added(self, milestone: Milestone, details: Any, today: date) -> None:
        function = details.function.value
        other = "ai" if function == "technology" else "technology"
        if self.chairs[function]:
            raise Refused(milestone, "FunctionHeld")
        chair = self.chairs[other]
        if not chair:
            raise Refused(milestone, "FunctionVacant")
        both = replace(
            chair,
            hours=plain_hours(details.hours_per_month),
            fee=plain_money(details.monthly_fee),
            reports_to=chair.reports_to if details.reports_to is KEEP else plain_word(details.reports_to),
        )
        self._put(both, FUNCTIONS)

    def _handed_over(self, milestone: Milestone, details: Any, today: date) -> None:
        chair = self._exactly_one(milestone, details.functions)
        if chair.holder == details.holder and chair.interim == details.interim:
            raise Refused(milestone, "SameHolder")
        self._put(replace(chair, holder=details.holder, interim=details.interim), details.functions)

    def _seat_filled(self, milestone: Milestone, details: Any, today: date) -> None:
        if any(self.chairs[f] for f in details.seat.functions):
            raise Refused(milestone, "FunctionHeld")
        self._seat(milestone, details.seat, [f.value for f in details.seat.functions])

    def _seat_vacated(self, milestone: Milestone, details: Any, today: date) -> None:
        if not all(self.chairs[f] for f in details.functions):
            raise Refused(milestone, "FunctionVacant")
        was_unified = self.is_unified()
        for function in details.functions:
            self.chairs[function.value] = None
        for function in FUNCTIONS:  # whoever keeps one hat keeps what was agreed for it, and the fee
            left = self.chairs[function]
            if was_unified and left:
                self.chairs[function] = replace(left, hours=tuple(h for h in left.hours if h[0] == function))

    def _terms_changed(self, milestone: Milestone, details: Any, today: date) -> None:
        chair = self._exactly_one(milestone, details.functions)
        if details.hours_per_month is not KEEP:
            chair = replace(chair, hours=plain_hours(details.hours_per_month))
        if details.monthly_fee is not KEEP:
            chair = replace(chair, fee=plain_money(details.monthly_fee))
        if details.reports_to is not KEEP:
            chair = replace(chair, reports_to=plain_word(details.reports_to))
        self._put(chair, details.functions)

    def _hours_reported(self, milestone: Milestone, details: Any, today: date) -> None:
        function = details.function.value
        known_until = last_day_meant(milestone)
        for day in days_of_month(details.month):
            if day < today and day in self.held_on[function]:
                return
            if today <= day <= known_until and self.chairs[function]:
                return
        raise Refused(milestone, "HoursNotHeld")

    def _conflict_raised(self, milestone: Milestone, details: Any, today: date) -> None:
        if details.conflict in self.conflicts:
            raise Refused(milestone, "ConflictKnown")
        self.conflicts[details.conflict] = "open"

    def _conflict_resolved(self, milestone: Milestone, details: Any, today: date) -> None:
        if details.conflict not in self.conflicts:
            raise Refused(milestone, "UnknownConflict")
        if self.conflicts[details.conflict] != "open":
            raise Refused(milestone, "ConflictResolved")
        self.conflicts[details.conflict] = "resolved"

    def _initiative_started(self, milestone: Milestone, details: Any, today: date) -> None:
        if details.initiative in self.initiatives:
            raise Refused(milestone, "InitiativeKnown")
        self.initiatives[details.initiative] = "started"

    def _initiative_live(self, milestone: Milestone, details: Any, today: date) -> None:
        if details.initiative not in self.initiatives:
            raise Refused(milestone, "UnknownInitiative")
        if self.initiatives[details.initiative] == "live":
            raise Refused(milestone, "AlreadyLive")
        self.initiatives[details.initiative] = "live"

    def _outcome_measured(self, milestone: Milestone, details: Any, today: date) -> None:
        if details.initiative not in self.initiatives:
            raise Refused(milestone, "UnknownInitiative")

    def _sign_observed(self, milestone: Milestone, details: Any, today: date) -> None:
        if details.sign in self.signs:
            raise Refused(milestone, "SignStands")
        self.signs.add(details.sign)

    def _sign_cleared(self, milestone: Milestone, details: Any, today: date) -> None:
        if details.sign not in self.signs:
            raise Refused(milestone, "SignNotObserved")
        self.signs.remove(details.sign)

    def _paused(self, milestone: Milestone, details: Any, today: date) -> None:
        if self.is_paused:
            raise Refused(milestone, "AlreadyPaused")
        self.is_paused = True

    def _resumed(self, milestone: Milestone, details: Any, today: date) -> None:
        if not self.is_paused:
            raise Refused(milestone, "NotPaused")
        self.is_paused = False

    def _closed(self, milestone: Milestone, details: Any, today: date) -> None:
        self.is_open = False
        self.closed_by = milestone

    def _exactly_one(self, milestone: Milestone, functions: Sequence[Any]) -> Chair:
        if not all(self.chairs[f] for f in functions):
            raise Refused(milestone, "FunctionVacant")
        if sorted(functions) not in [sorted(seat) for seat in self.seats()]:
            raise Refused(milestone, "NotOneSeat")
        chair = self.chairs[functions[0]]
        assert chair is not None
        return chair

    def _seat(self, milestone: Milestone, seat: Any, functions: Sequence[str]) -> None:
        chair = Chair(
            label=(milestone.id, "+".join(sorted(functions))),
            holder=seat.holder,
            commitment=seat.commitment.value,
            provider=seat.provider.value,
            interim=seat.interim,
            reports_to=plain_word(seat.reports_to),
            hours=plain_hours(seat.hours_per_month),
            fee=plain_money(seat.monthly_fee),
        )
        self._put(chair, functions)

    def _put(self, chair: Chair, functions: Iterable[str]) -> None:
        for function in functions:
            self.chairs[str(function)] = chair


@dataclass
class Life:
    """An engagement, evening by evening, and which milestone brought about each change."""

    evenings: dict[date, Evening]
    causes: dict[tuple[date, str], UUID]

    def spans(self, what: str) -> list[Span]:
        """The spans of `structure`, `status`, `technology` or `ai`, in order; null is nobody's span."""
        spans_found: list[Span] = []
        value: Any = None
        for day, evening in self.evenings.items():
            now = getattr(evening, what)
            if what == "status" and now == "closed":
                now = None
            if now == value:
                continue
            if value is not None:
                spans_found[-1] = spans_found[-1]._replace(end=day)
            if now is not None:
                spans_found.append(Span(now, day, None, self.causes[day, what]))
            value = now
        return spans_found

    def transitions(self) -> list[tuple[str | None, str | None, date, UUID]]:
        """Every day on which the structure is another than the evening before, null included."""
        transitions: list[tuple[str | None, str | None, date, UUID]] = []
        before: str | None = None
        for day, evening in self.evenings.items():
            if evening.structure != before:
                transitions.append((before, evening.structure, day, self.causes[day, "structure"]))
            before = evening.structure
        return transitions


def live_through(milestones: Iterable[Milestone]) -> Life:
    """Live through an engagement from the first day that anything happens on until the day after the last.

    Raises `Refused` at the first milestone that does not fit.
    """
    milestones = list(milestones)
    calendar: dict[date, list[Milestone]] = {}
    for day, milestone in in_order(milestones):
        calendar.setdefault(day, []).append(milestone)
    world = World()
    life = Life({}, {})
    today, last = min(calendar), max(calendar)
    while today <= last + DAY:
        for milestone in calendar.get(today, ()):
            before = world.evening()
            world.apply(milestone, today)
            for what, then, now in zip(Evening._fields, before, world.evening(), strict=True):
                if then != now:
                    life.causes[today, what] = milestone.id
        life.evenings[today] = world.evening()
        for function in world.held():
            world.held_on[function].add(today)
        today += DAY
    return life


class Wrong(NamedTuple):
    """Milestones that do not go together: why, which of them, and about what and how much of it."""

    reason: str
    milestone: UUID
    about: tuple[Any, ...]
    how_much: Fraction


def wrong_together(milestones: Iterable[Milestone], life: Life) -> list[Wrong]:
    """What no single day shows: advice that is not on record by then, and months with more hours than they have."""
    ordered = in_order(milestones)
    taken = {m.id: day for day, m in ordered if m.kind.value == "assessment_taken"}
    wrong = []
    for _, milestone in ordered:
        followed = getattr(milestone.details, "assessment", None)
        if followed and followed not in taken:
            wrong.append(Wrong("UnknownAssessment", milestone.id, (milestone.id, followed), Fraction(0)))
        elif followed and taken[followed] > last_day_meant(milestone):
            wrong.append(Wrong("LaterAssessment", milestone.id, (milestone.id, followed), Fraction(0)))
    reports = [m for _, m in ordered if m.kind.value == "hours_reported"]
    for month in dict.fromkeys(m.details.month for m in reports):  # type: ignore[attr-defined]
        wrong += too_many_hours([m for m in reports if m.details.month == month], month, life)  # type: ignore[attr-defined]
    return wrong


def too_many_hours(reports: Sequence[Milestone], month: str, life: Life) -> list[Wrong]:
    """Whose hours, and which chair's, are more than the month has; a report belongs to its chair's days evenly."""
    last = max(life.evenings)
    most = 24 * len(list(days_of_month(month)))
    sums: dict[Any, Fraction] = {}
    crossed: dict[Any, UUID] = {}
    for report in sorted(reports, key=lambda m: m.order):
        details: Any = report.details
        evenings = [life.evenings.get(min(day, last)) for day in days_of_month(month)]
        chairs = [getattr(evening, details.function.value) for evening in evenings if evening]
        holders = [chair.holder for chair in chairs if chair]
        added = {details.function.value: Fraction(details.hours)}
        for holder in holders:
            added[holder] = added.get(holder, Fraction(0)) + Fraction(details.hours) / len(holders)
        for whose, more in added.items():
            sums[whose] = sums.get(whose, Fraction(0)) + more
            if sums[whose] > most:
                crossed.setdefault(whose, report.id)
    return [Wrong("TooManyHours", by, (month, whose), sums[whose]) for whose, by in crossed.items()]


def in_order(milestones: Iterable[Milestone]) -> list[tuple[date, Milestone]]:
    """Milestones with the days on which they happen, in the order in which they do."""
    milestones = list(milestones)
    (opening,) = [m for m in milestones if m.kind.value == "opened"]
    dated = [(day_it_happens(m, opening.effective_on), m) for m in milestones]
    return sorted(dated, key=lambda d: (d[0], d[1].order))


def world_on(milestones: Iterable[Milestone], day: date) -> World:
    """The world in the evening of a day, as far as whoever looks for something that fits there must know it."""
    world = World()
    for happens, milestone in in_order(milestones):
        if happens <= day:
            with suppress(Refused):
                world.apply(milestone, happens)
    return world


def day_it_happens(milestone: Milestone, opened_on: date) -> date:
    """The first day of what its date means, or the opening's day where the opening lies within what it means."""
    first = milestone.effective_on
    return opened_on if first <= opened_on <= last_day_meant(milestone) else first


def last_day_meant(milestone: Milestone) -> date:
    """The last day that a date of this precision may mean."""
    months = {"day": 0, "month": 1, "quarter": 3, "year": 12}[milestone.precision.value]
    day = milestone.effective_on
    while months:
        if (day + DAY).month != day.month:
            months -= 1
        day += DAY if months else timedelta(0)
    return day


def days_of_month(month: str) -> Iterable[date]:
    """Every day of a month like `2026-03`."""
    first = day = date.fromisoformat(f"{month}-01")
    while day.month == first.month:
        yield day
        day += DAY


def plain_word(word: Any) -> str | None:
    return None if word is None else str(word.value)


def plain_hours(hours: Hours | None) -> tuple[tuple[str, Decimal], ...]:
    if hours is None:
        return ()
    pairs = (("technology", hours.technology), ("ai", hours.ai))
    return tuple((function, agreed) for function, agreed in pairs if agreed is not None)


def plain_money(money: Money | None) -> tuple[Decimal, str] | None:
    return None if money is None else (money.amount, money.currency)
