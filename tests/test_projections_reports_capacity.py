"""Hours against people watched day by day, and the source's bands."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from oracle import day_it_happens, days_of_month
from portfolios import (
    FIRST_DAY,
    Case,
    Letter,
    Question,
    clients_behind,
    days_between,
    store_of,
    told,
)
from story import DANA as LEADER
from story import IRIS, chosen, correct, hours, on, seat, two_hats
from test_projections_reports_revenue import parameters_of, to_cents

from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.kinds.seats import HandedOver, StructureChosen
from domain.kinds.work import HoursReported
from domain.milestones import Precision
from domain.quarters import Quarter, parse_quarter
from domain.seats import Function
from projections.reports.capacity import CapacityRow, capacity
from projections.reports.expected_hours import Band, HatSpan, Verdict, add_months, covered_days
from projections.reports.proration import NEVER
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

FUNCTIONS = ("technology", "ai")
number = date.toordinal
DANA, IVO = UUID(int=1).bytes, UUID(int=2).bytes


@dataclass
class Worked:
    """One person in one quarter."""

    clients: set[UUID] = field(default_factory=set)
    chairs: set[Any] = field(default_factory=set)
    unagreed: set[Any] = field(default_factory=set)
    agreed: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    to_date: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    reported: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    bands: dict[tuple[UUID, str], list[Fraction]] = field(default_factory=dict)


def hours_are_those_of_every_day_on_which_people_hold_their_seats(case: Case) -> None:
    question, snapshot = case.question, case.snapshot
    parameters = parameters_of(question)
    expected = worked_day_by_day(question)
    rows = capacity(snapshot, parameters).rows
    assert {(row.quarter, row.person): row for row in rows}.keys() == expected.keys()
    for row in rows:
        worked = expected[row.quarter, row.person]
        assert (row.clients, row.seats, row.unagreed) == (
            len(worked.clients),
            len(worked.chairs),
            len(worked.unagreed),
        )
        for hat in FUNCTIONS:
            assert getattr(row.agreed, hat) == to_cents(worked.agreed[hat])
            assert getattr(row.to_date, hat) == to_cents(worked.to_date[hat])
            assert getattr(row.reported, hat) == to_cents(worked.reported[hat])
        assert row.hours == row.agreed.technology + row.agreed.ai
        for label, verdicts in (("agreed", row.agreed_verdicts), ("reported", row.reported_verdicts)):
            bands = [band_of(*tally) for (_, which), tally in worked.bands.items() if which == label]
            assert verdicts == Counter(band.verdict for band in bands)
        assert bands_in(row) == {key: band_of(*tally) for key, tally in worked.bands.items()}
        assert clients_behind(snapshot, row.link, question) == worked.clients
    told_of_some(snapshot, parameters)
    for person in {row.person for row in rows}:
        assert list(capacity(snapshot, parameters, person=person).rows) == [r for r in rows if r.person == person]


def told_of_some(snapshot: Snapshot, parameters: ReportQuestion) -> None:
    """Some people have the rows that they have among all, and the totals are those of all."""
    whole = capacity(snapshot, parameters)
    hours: dict[UUID, Decimal] = defaultdict(Decimal)
    for row in whole.rows:
        hours[row.person] += row.hours
    busiest = sorted(hours, key=lambda person: (-hours[person], person))
    assert whole.people == len(busiest)
    place = None
    for start in range(0, max(len(busiest), 1), 2):
        some = capacity(snapshot, parameters, after=place, people=2)
        chosen = busiest[start : start + 2]
        place = some.next
        assert (place is None) is (start + 2 >= len(busiest))
        assert list(some.rows) == [row for row in whole.rows if row.person in chosen]
        assert (some.people, some.totals) == (whole.people, whole.totals)
    for quarter, total in whole.totals.items():
        rows = [row for row in whole.rows if row.quarter == quarter]
        judged = [band.reported or band.agreed for row in rows for band in row.bands]
        assert total.people == len(rows)
        assert total.hours == sum(row.hours for row in rows)
        assert total.reported == sum(row.reported.both for row in rows)
        assert total.judged == len(judged)
        assert total.outside == sum(band is not None and band.verdict is not Verdict.WITHIN for band in judged)


def bands_in(row: CapacityRow) -> dict[tuple[UUID, str], Band]:
    return {
        (band.engagement, label): of_that
        for band in row.bands
        for label, of_that in (("agreed", band.agreed), ("reported", band.reported))
        if of_that
    }


def worked_day_by_day(question: Question) -> dict[tuple[Quarter, UUID], Worked]:
    everybody: dict[tuple[Quarter, UUID], Worked] = defaultdict(Worked)
    for letter in question.letters:
        begins = next((d for d in days_between(FIRST_DAY, date(2026, 6, 1)) if is_fractional_ai(letter, d)), None)
        for quarter in question.quarters:
            for day in days_between(quarter.start, quarter.end):
                count_day(everybody, letter, question, quarter, day, begins)
            for month in sorted({f"{day:%Y-%m}" for day in days_between(quarter.start, quarter.end)}):
                for hat in FUNCTIONS:
                    count_reports(everybody, letter, question, quarter, month, hat, begins)
    return everybody


def count_day(
    everybody: dict[tuple[Quarter, UUID], Worked],
    letter: Letter,
    question: Question,
    quarter: Quarter,
    day: date,
    begins: date | None,
) -> None:
    evening = letter.on(day)
    for hat in FUNCTIONS:
        chair = getattr(evening, hat)
        if chair is None:
            continue
        worked = everybody[quarter, chair.holder]
        worked.clients.add(letter.client)
        worked.chairs.add(chair.label)
        hours = dict(chair.hours).get(hat)
        if hours is None:
            worked.unagreed.add(chair.label)
        if hours is None or evening.status != "open":
            continue
        share = Fraction(1, len(list(days_of_month(f"{day:%Y-%m}"))))
        worked.agreed[hat] += Fraction(hours) * share
        worked.to_date[hat] += Fraction(hours) * share if day <= question.as_of else 0
        band = band_on(letter, day, begins)
        if hat == "ai" and band:
            tally = worked.bands.setdefault((letter.id, "agreed"), [Fraction()] * 3)
            for place, amount in enumerate((Fraction(hours), *band)):
                tally[place] += amount * share


def count_reports(
    everybody: dict[tuple[Quarter, UUID], Worked],
    letter: Letter,
    question: Question,
    quarter: Quarter,
    month: str,
    hat: str,
    begins: date | None,
) -> None:
    reports = [
        Fraction(milestone.details.hours)
        for milestone in letter.milestones
        if isinstance(milestone.details, HoursReported)
        and (milestone.details.month, milestone.details.function) == (month, hat)
        and day_it_happens(milestone, letter.opening.effective_on) <= question.as_of
    ]
    if not reports:
        return
    days = list(days_of_month(month))
    days_held = [day for day in days if getattr(letter.on(day), hat)]
    working = [day for day in days_held if letter.on(day).status == "open"]
    for day in working or days_held:
        holder = getattr(letter.on(day), hat).holder
        worked = everybody[quarter, holder]
        share = sum(reports, Fraction()) / len(working or days_held)
        worked.reported[hat] += share
        band = band_on(letter, day, begins)
        if hat == "ai" and working and band:
            tally = worked.bands.setdefault((letter.id, "reported"), [Fraction()] * 3)
            for place, amount in enumerate((share, *(hours / len(days) for hours in band))):
                tally[place] += amount


def is_fractional_ai(letter: Letter, day: date) -> bool:
    chair = letter.on(day).ai
    return chair is not None and chair.commitment == "fractional"


def band_on(letter: Letter, day: date, begins: date | None) -> tuple[Fraction, Fraction] | None:
    """The hours a month that the source expects on a day."""
    if begins is None or not is_fractional_ai(letter, day):
        return None
    month = 1
    while same_day_later(begins, month) <= day:
        month += 1
    if month <= 3:
        return Fraction(15), Fraction(20)
    return (Fraction(8), Fraction(12)) if month <= 12 else None


def same_day_later(day: date, months: int) -> date:
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    days = list(days_of_month(f"{year}-{month:02}"))
    return days[min(day.day, len(days)) - 1]


def band_of(hours: Fraction, least: Fraction, most: Fraction) -> Band:
    verdict = Verdict.UNDER if hours < least else Verdict.OVER if hours > most else Verdict.WITHIN
    return Band(to_cents(hours), to_cents(least), to_cents(most), verdict)


def test_the_first_three_months_want_more_hours_than_the_next_nine_and_a_second_year_wants_none_in_particular() -> None:
    span = HatSpan(DANA, number(date(2025, 1, 31)), NEVER, is_fractional=True, hours=1200)
    first, second = covered_days([span], [])
    assert [date.fromordinal(day) for day in (first.start, first.end, second.start, second.end)] == [
        date(2025, 1, 31),
        date(2025, 4, 30),
        date(2025, 4, 30),
        date(2026, 1, 31),
    ]
    assert [(days.phase.least, days.phase.most) for days in (first, second)] == [(15, 20), (8, 12)]
    february = first.agreed_between(number(date(2025, 2, 1)), number(date(2025, 3, 1)))
    assert february is not None
    assert february.band() == Band(Decimal(12), Decimal(15), Decimal(20), Verdict.UNDER)
    assert second.agreed_between(number(date(2026, 2, 1)), number(date(2026, 3, 1))) is None


def test_a_year_of_a_fractional_hat_is_worth_117_to_168_hours() -> None:
    span = HatSpan(DANA, number(date(2025, 1, 1)), NEVER, is_fractional=True, hours=1000)
    tallies = [days.agreed_between(number(date(2025, 1, 1)), NEVER) for days in covered_days([span], [])]
    first, second = (tally for tally in tallies if tally)
    assert first.plus(second).band() == Band(Decimal(120), Decimal(117), Decimal(168), Verdict.WITHIN)


def test_a_hand_over_does_not_begin_the_months_anew() -> None:
    bands = [
        HatSpan(DANA, number(date(2025, 1, 1)), number(date(2025, 6, 11)), is_fractional=True, hours=1000),
        HatSpan(IVO, number(date(2025, 6, 11)), NEVER, is_fractional=True, hours=None),
    ]
    assert [(days.holder, days.phase.first) for days in covered_days(bands, [])] == [(DANA, 0), (DANA, 3), (IVO, 3)]


def test_months_later_are_counted_as_people_do() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 12, 1), 1) == date(2025, 1, 1)
    assert add_months(date(2025, 1, 1), -12) == date(2024, 1, 1)


def test_a_report_of_a_vague_date_moves_with_the_opening_it_is_told_on() -> None:
    events = told(
        halcyon=[
            on("2024-01-10", Opened("Letter"), "the opening"),
            on("2024-01-01", StructureChosen((two_hats(LEADER),)), precision=Precision.QUARTER),
            on("2024-01-01", HoursReported("2024-01", Function.AI, Decimal("7.25")), precision=Precision.QUARTER),
            correct("the opening", to="2024-01-15"),
        ]
    )
    quarter = parse_quarter("2024-Q1")
    with store_of(events) as snapshot:

        def reported_by(as_of: str, known_at: datetime | None = None) -> list[Decimal]:
            parameters = ReportQuestion(quarter, quarter, date.fromisoformat(as_of), known_at)
            return [row.reported.ai for row in capacity(snapshot, parameters).rows]

        (corrected,) = [event for _, event in events if isinstance(event, Engagement.MilestoneCorrected)]
        before = corrected.timestamp - timedelta(seconds=1)
        assert [reported_by("2024-01-12"), reported_by("2024-01-15")] == [[Decimal(0)], [Decimal("7.25")]]
        assert reported_by("2024-01-12", before) == [Decimal("7.25")]


def test_both_hats_of_a_seat_have_their_own_hours_and_the_seat_counts_once() -> None:
    events = told(
        halcyon=[
            on("2024-01-01", Opened("Letter")),
            chosen("2024-01-01", two_hats(LEADER, hours_per_month=hours(technology=20, ai=12))),
        ]
    )
    quarter = parse_quarter("2024-Q1")
    with store_of(events) as snapshot:
        parameters = ReportQuestion(quarter, quarter, date(2024, 2, 14))
        (row,) = capacity(snapshot, parameters).rows
        (theirs,) = capacity(snapshot, parameters, person=LEADER).rows
    assert [row.hours, row.agreed.technology, row.agreed.ai] == [96, 60, 36]
    assert (row.clients, row.seats, row.unagreed) == (1, 1, 0)
    assert row.to_date.technology == to_cents(20 + 20 * Fraction(14, 29))
    assert row.agreed_verdicts == {Verdict.UNDER: 1}
    assert [band.agreed for band in theirs.bands] == [Band(Decimal(36), Decimal(45), Decimal(60), Verdict.UNDER)]


def test_a_hand_over_shares_agreed_and_reported_hours_by_days_and_does_not_begin_the_bands_anew() -> None:
    events = told(
        halcyon=[
            on("2025-01-01", Opened("Letter")),
            chosen("2025-01-01", seat(LEADER, Function.AI, hours_per_month=hours(ai=10))),
            on("2025-06-11", HandedOver((Function.AI,), IRIS)),
            on("2025-07-01", HoursReported("2025-06", Function.AI, Decimal(9))),
        ]
    )
    first, last = parse_quarter("2025-Q1"), parse_quarter("2025-Q2")
    with store_of(events) as snapshot:
        rows = capacity(snapshot, ReportQuestion(first, last, date(2025, 7, 1))).rows
    told_of = {(row.person, row.quarter.label): row for row in rows}
    assert told_of.keys() == {(LEADER, "2025-Q1"), (LEADER, "2025-Q2"), (IRIS, "2025-Q2")}
    # 10 a month; in months 1 to 3 are to be expected 15 to 20
    (band,) = told_of[LEADER, "2025-Q1"].bands
    assert band.agreed == Band(Decimal(30), Decimal(45), Decimal(60), Verdict.UNDER)
    assert band.reported is None
    # April, May and 10 of 30 days of June; 8 to 12 are to be expected from the fourth month
    (band,) = told_of[LEADER, "2025-Q2"].bands
    assert told_of[LEADER, "2025-Q2"].agreed.ai == Decimal("23.33")
    assert band.agreed == Band(Decimal("23.33"), Decimal("18.67"), Decimal(28), Verdict.WITHIN)
    assert band.reported == Band(Decimal(3), Decimal("2.67"), Decimal(4), Verdict.WITHIN)
    # the other 20 days; the months count on from January
    (band,) = told_of[IRIS, "2025-Q2"].bands
    assert told_of[IRIS, "2025-Q2"].agreed.ai == Decimal("6.67")
    assert told_of[IRIS, "2025-Q2"].reported.ai == Decimal(6)
    assert band.agreed == Band(Decimal("6.67"), Decimal("5.33"), Decimal(8), Verdict.WITHIN)
    assert band.reported == Band(Decimal(6), Decimal("5.33"), Decimal(8), Verdict.WITHIN)
    assert told_of[IRIS, "2025-Q2"].reported_verdicts == {Verdict.WITHIN: 1}
