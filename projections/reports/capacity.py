"""Agreed and reported hours by person, quarter and function.

Agreed hours are the monthly hours of a person's seats, prorated by days without pauses. Reported hours are those
reported for a month by `as_of`, divided among the holders of the function by their days in that month (without paused
days, unless all are paused). Figures are summed exactly and rounded once, half up, to two decimals.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import LargeBinary, Text, select, type_coerce

from domain.quarters import Quarter
from domain.seats import BOTH
from projections.column_types import from_hundredths
from projections.hours import REPORTED_HOURS
from projections.read_model import known_at_instant
from projections.reports.by_client import Figure, FiguresByClient
from projections.reports.engagement_tallies import EngagementTally, tallies_of
from projections.reports.expected_hours import Band, HoursTally, Verdict, add_months
from projections.reports.held_seats import Hat, HeldSeat, held_seats
from projections.reports.proration import (
    PARTS,
    MonthlyAmounts,
    QuarterAmounts,
    QuarterOverlaps,
    day_number,
    in_hundredths,
    rounded,
)
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Cell, Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached


@dataclass(frozen=True, slots=True)
class HatHours:
    """Hours in a quarter, by function."""

    technology: Decimal
    ai: Decimal

    @property
    def both(self) -> Decimal:
        """The sum of both."""
        return self.technology + self.ai


@dataclass(frozen=True, slots=True)
class ClientBand:
    """A person's AI hours in one engagement and quarter, with the expected range.

    `agreed` and `reported` are null without such hours on days that the range covers.
    """

    client: UUID
    engagement: UUID
    agreed: Band | None
    reported: Band | None


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """One person in one quarter.

    `clients` and `seats` count those where the person holds a seat on some day, paused or not. `agreed` is for the
    whole quarter, plans included, `to_date` the part up to and including `as_of`, and `hours` the agreed hours of both
    functions. `unagreed` counts seats that have a function without agreed hours on some day. `bands` has the
    engagements with an expected range, and the verdicts count them. `planned`: the quarter starts after `as_of`.
    """

    quarter: Quarter
    person: UUID
    hours: Decimal
    clients: int
    seats: int
    agreed: HatHours
    to_date: HatHours
    reported: HatHours
    unagreed: int
    agreed_verdicts: Mapping[Verdict, int]
    reported_verdicts: Mapping[Verdict, int]
    bands: tuple[ClientBand, ...]
    planned: bool
    link: Link


@dataclass(frozen=True, slots=True)
class CapacityTotal:
    """All people in one quarter, also those without rows.

    `judged` counts the engagements with an expected range (for reported hours, or else agreed ones), and `outside`
    those whose hours are not within it.
    """

    people: int = 0
    hours: Decimal = Decimal(0)
    reported: Decimal = Decimal(0)
    judged: int = 0
    outside: int = 0


BusiestPlace: TypeAlias = tuple[int, UUID]
"""A person's position, the busiest first: the negated hours of all quarters (in hundredths), then the id."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """All people who hold a seat, by quarter, the busiest first.

    `people` and `totals` are for all of them, also when `rows` is limited to some people. `next` is the position after
    which more people follow.
    """

    question: ReportQuestion
    rows: tuple[CapacityRow, ...]
    people: int
    totals: Mapping[Quarter, CapacityTotal]
    next: BusiestPlace | None = None


@cached
def capacity(
    snapshot: Snapshot,
    question: ReportQuestion,
    *,
    person: UUID | None = None,
    after: BusiestPlace | None = None,
    people: int | None = None,
) -> Capacity:
    """The hours of all people, or of one `person`, by quarter.

    `people` limits the number of people with rows, and `after` skips to a position, by their hours in all quarters.
    """
    quarters = question.quarters
    agreed: MonthlyAmounts[tuple[bytes, str]] = MonthlyAmounts()
    clients, seats, unagreed = (QuarterOverlaps[tuple[bytes, bytes]](quarters) for _ in range(3))
    reports = _reported_hours(snapshot, question)
    seats_by_hat: dict[Hat, list[HeldSeat]] = defaultdict(list)
    for seat in held_seats(snapshot, question, person):
        if seat.hat in reports:
            seats_by_hat[seat.hat].append(seat)
        if person is not None and seat.holder != person.bytes:
            continue
        clients.add((seat.holder, seat.client), seat.start, seat.end)
        seats.add((seat.holder, seat.seat), seat.start, seat.end)
        if seat.hours is None:
            unagreed.add((seat.holder, seat.seat), seat.start, seat.end)
        for start, end in seat.working_spans() if seat.hours else ():
            agreed.add((seat.holder, seat.function), start, end, seat.hours or 0)
    amounts = dict(agreed.amounts(quarters, question.as_of))
    nothing = [QuarterAmounts(0, 0)] * len(quarters)
    counted = [_count(touched) for touched in (clients, seats, unagreed)]
    reported = _hours_by_holder(reports, seats_by_hat, quarters)
    tallies = tallies_of(snapshot, question, person)
    link = question.link_to_row("capacity")
    hours = {
        (place, holder): sum(in_hundredths(amounts.get((holder, function), nothing)[place].whole) for function in BOTH)
        for place, holder in counted[0]
    }
    totals: Counter[bytes] = Counter()
    for (_, holder), of_row in hours.items():
        totals[holder] += of_row
    busiest = sorted((-total, UUID(bytes=holder)) for holder, total in totals.items())
    following = busiest if after is None else busiest[bisect_right(busiest, after) :]
    shown = following[:people]
    chosen = {person.bytes for _, person in shown}
    rows = []
    for (place, holder), of_clients in counted[0].items():
        if holder not in chosen:
            continue
        quarter, holder_id = quarters[place], UUID(bytes=holder)
        technology, ai = (amounts.get((holder, function), nothing)[place] for function in BOTH)
        tallied = tallies.get((place, holder), ())
        whole = HatHours(rounded(technology.whole), rounded(ai.whole))
        rows.append(
            CapacityRow(
                quarter=quarter,
                person=holder_id,
                hours=whole.both,
                clients=of_clients,
                seats=counted[1][place, holder],
                agreed=whole,
                to_date=HatHours(rounded(technology.to_date), rounded(ai.to_date)),
                reported=HatHours(*(rounded(reported.get((place, holder, function), 0)) for function in BOTH)),
                unagreed=counted[2][place, holder],
                agreed_verdicts=_verdicts(tally.agreed for tally in tallied),
                reported_verdicts=_verdicts(tally.reported for tally in tallied),
                bands=tuple(map(_band, sorted(tallied))),
                planned=quarter.start > question.as_of,
                link=link(f"{quarter}.{holder_id}"),
            )
        )
    return Capacity(
        question,
        tuple(sorted(rows, key=lambda row: (row.quarter, -row.hours, row.person))),
        len(busiest),
        dict(zip(quarters, _totals(len(quarters), hours, reported, tallies), strict=True)),
        shown[-1] if len(shown) < len(following) else None,
    )


def agreed_hours(snapshot: Snapshot, question: ReportQuestion, people: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """The agreed hours of some people in all quarters of the question, plans included; without seats, none."""
    agreed: MonthlyAmounts[bytes] = MonthlyAmounts()
    for seat in held_seats(snapshot, question, holders=people) if people else ():
        for first, after in seat.working_spans():
            agreed.add(seat.holder, first, after, seat.hours or 0)
    amounts = agreed.amounts(question.quarters, question.as_of)
    return {UUID(bytes=holder): rounded(sum(amount.whole for amount in of_holder)) for holder, of_holder in amounts}


def capacity_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """Each client's agreed hours, by row."""
    quarters = question.quarters
    agreed: MonthlyAmounts[tuple[bytes, bytes]] = MonthlyAmounts()
    seats: QuarterOverlaps[tuple[bytes, bytes]] = QuarterOverlaps(quarters)
    for seat in held_seats(snapshot, question):
        seats.add((seat.holder, seat.client), seat.start, seat.end)
        for first, after in seat.working_spans():
            agreed.add((seat.holder, seat.client), first, after, seat.hours or 0)
    amounts = dict(agreed.amounts(quarters, question.as_of))
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for (holder, client), places in seats.items():
        for place in places:
            hours = rounded(amounts[holder, client][place].whole) if (holder, client) in amounts else Decimal()
            figures[UUID(bytes=client)][f"{quarters[place]}.{UUID(bytes=holder)}"] = hours
    return figures


def _reported_hours(snapshot: Snapshot, question: ReportQuestion) -> dict[Hat, list[tuple[int, int]]]:
    """The hours reported by `as_of`: the first day of each month, and hours in hundredths."""
    report = REPORTED_HOURS.c
    query = select(
        type_coerce(report.stream_id, LargeBinary),
        type_coerce(report.function, Text),
        day_number(report.month_starts_on),
        report.hours,
    ).where(
        known_at_instant(REPORTED_HOURS, question.known_at),
        report.month_starts_on.between(question.start, question.end),
        report.told_on <= question.as_of,
        question.includes(report.client_id),
    )
    reports_by_hat: dict[Hat, list[tuple[int, int]]] = defaultdict(list)
    for engagement, function, month, hours in snapshot.connection.execute(query):
        reports_by_hat[bytes(engagement), function].append((month, hours))
    return reports_by_hat


def _hours_by_holder(
    reports_by_hat: Mapping[Hat, Sequence[tuple[int, int]]],
    seats_by_hat: Mapping[Hat, Sequence[HeldSeat]],
    quarters: Sequence[Quarter],
) -> Mapping[tuple[int, bytes, str], int]:
    """Reported hours by quarter, holder and function, in parts of a hundredth."""
    starts = [quarter.start.toordinal() for quarter in quarters]
    shares: dict[tuple[int, bytes, str], int] = defaultdict(int)
    for hat, reports in reports_by_hat.items():
        holders = {span.holder for span in seats_by_hat[hat]}
        for month, hours in reports:
            if len(holders) == 1:
                (holder,) = holders
                shares[bisect_right(starts, month) - 1, holder, hat[1]] += hours * PARTS
                continue
            end = add_months(date.fromordinal(month), 1).toordinal()
            days = [
                (span.holder, span.days_in(month, end), span.working_days_in(month, end)) for span in seats_by_hat[hat]
            ]
            were_worked = any(worked for _, _, worked in days)
            weights = [(holder, worked if were_worked else all_days) for holder, all_days, worked in days]
            in_all = sum(weight for _, weight in weights)
            for holder, weight in weights:
                if weight:
                    place = bisect_right(starts, month) - 1, holder, hat[1]
                    shares[place] += hours * weight * (PARTS // in_all)
    return shares


def _count(touched: QuarterOverlaps[tuple[bytes, bytes]]) -> Mapping[tuple[int, bytes], int]:
    """The number of each holder's items that overlap each quarter."""
    return Counter((place, holder) for (holder, _), places in touched.items() for place in places)


def _totals(
    quarters: int,
    hours: Mapping[tuple[int, bytes], int],
    reported: Mapping[tuple[int, bytes, str], int],
    tallies: Mapping[tuple[int, bytes], Sequence[EngagementTally]],
) -> Iterator[CapacityTotal]:
    """The totals of all people, by quarter."""
    people, agreed, reported_hours, judged, outside = (Counter[int]() for _ in range(5))
    for (place, _), of_row in hours.items():
        people[place] += 1
        agreed[place] += of_row
    for (place, holder, _), of_hat in reported.items():
        if (place, holder) in hours:
            reported_hours[place] += in_hundredths(of_hat)
    for (place, holder), of_person in tallies.items():
        for tally in of_person if (place, holder) in hours else ():
            if (judgement := tally.reported or tally.agreed) is not None:
                judged[place] += 1
                outside[place] += judgement.verdict is not Verdict.WITHIN
    for place in range(quarters):
        whole = from_hundredths(agreed[place]), from_hundredths(reported_hours[place])
        yield CapacityTotal(people[place], *whole, judged[place], outside[place])


def _verdicts(tallies: Iterable[HoursTally | None]) -> Mapping[Verdict, int]:
    """The number of engagements by verdict."""
    return Counter(tally.verdict for tally in tallies if tally is not None)


def _band(tally: EngagementTally) -> ClientBand:
    return ClientBand(
        UUID(bytes=tally.client),
        UUID(bytes=tally.engagement),
        None if tally.agreed is None else tally.agreed.band(),
        None if tally.reported is None else tally.reported.band(),
    )


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.<person id>`: the seats of one person in one quarter."""
    return RowQuery(question.in_quarter(name.partition(".")[0]), capacity_by_client)


def _table(answer: Capacity, names: Names) -> Table:
    """One row per person and quarter, with the number of engagements under, within and over the expected hours."""
    columns = (
        *("person", "name", "quarter", "hours", "clients", "seats"),
        *("agreed_technology", "agreed_ai", "to_date_technology", "to_date_ai", "reported_technology", "reported_ai"),
        *("unagreed", "planned"),
        *(f"{basis}_{verdict}" for basis in ("agreed", "reported") for verdict in Verdict),
    )
    return Table(columns, (_cells(row, names) for row in answer.rows))


def _cells(row: CapacityRow, names: Names) -> tuple[Cell, ...]:
    hats = (row.agreed, row.to_date, row.reported)
    return (
        *(row.person, names.get(row.person), row.quarter.label, row.hours, row.clients, row.seats),
        *(hours for hat in hats for hours in (hat.technology, hat.ai)),
        *(row.unagreed, row.planned),
        *(counts.get(verdict, 0) for counts in (row.agreed_verdicts, row.reported_verdicts) for verdict in Verdict),
    )


REPORT = Report("capacity", capacity, capacity_by_client, _table, _row)
