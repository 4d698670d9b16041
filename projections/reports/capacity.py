"""What people give: hours agreed and hours reported, by person, quarter and hat.

Agreed hours are those a month of the seats that a person holds, counted by days; days on which an engagement is paused
do not count. Reported hours are what was told of a month up to `as_of`; they go to whoever held the function in that
month, by days (those that were not paused, unless all were). Figures are summed exactly and rounded once, half up, to
two decimals.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from projections.reports.answer_cache import cached
from projections.reports.by_client import Figure, FiguresByClient
from projections.reports.engagement_tallies import EngagementTally, tallies_of
from projections.reports.expected_hours import Band, Tally, Verdict, add_months
from projections.reports.held_seats import Hat, HeldSeat, held_seats
from projections.reports.proration import (
    PARTS,
    InForce,
    Touched,
    Worth,
    day_number,
    in_hundredths,
    rounded,
)
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Cell, Names, Report, RowQuery, Table
from projections.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class HatHours:
    """Hours in a quarter, by the hat they are for."""

    technology: Decimal
    ai: Decimal

    @property
    def both(self) -> Decimal:
        """All of them."""
        return self.technology + self.ai


@dataclass(frozen=True, slots=True)
class ClientBand:
    """A person's hours under the AI hat of one engagement in a quarter, beside the source's band.

    Null where nothing was agreed, or reported, for days that the source speaks of.
    """

    client: UUID
    engagement: UUID
    agreed: Band | None
    reported: Band | None


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """One person in one quarter.

    `clients` and `seats` are those with a seat held on some day, paused or not; `agreed` is for the whole quarter as
    the timelines stand, plans included, `to_date` the part of it up to `as_of` (that day included), and `hours` the
    agreed hours of both hats. `unagreed` counts seats without agreed hours for a hat on some day: theirs are missing.
    `bands` are those of the engagements that the source has something to say of, and the verdicts count them.
    `planned`: the quarter starts after `as_of`.
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
    """Everybody in one quarter, also those of whom there are no rows.

    `judged` counts the engagements of which the source has something to say (of what was reported, or else agreed), and
    `outside` those whose hours are not within its band.
    """

    people: int = 0
    hours: Decimal = Decimal(0)
    reported: Decimal = Decimal(0)
    judged: int = 0
    outside: int = 0


BusiestPlace: TypeAlias = tuple[int, UUID]
"""Where a person stands, the busiest first: the hours of all quarters (in hundredths, negated), then the id."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Everybody who held a seat, in the order of quarters, the busiest first.

    `people` counts all of them and `totals` all their hours, also where `rows` are those of some people alone.
    `next` is the place after which more people follow.
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
    """The hours of everybody, or of one person, quarter by quarter.

    Of many, only so many `people` after a place are told, in the order of their hours in all quarters.
    """
    quarters = question.quarters
    agreed: InForce[tuple[bytes, str]] = InForce()
    clients, seats, unagreed = (Touched[tuple[bytes, bytes]](quarters) for _ in range(3))
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
        for start, end in seat.working() if seat.hours else ():
            agreed.add((seat.holder, seat.function), start, end, seat.hours or 0)
    worth = dict(agreed.worth(quarters, question.as_of))
    nothing = [Worth(0, 0)] * len(quarters)
    counted = [_count(touched) for touched in (clients, seats, unagreed)]
    reported = _hours_by_holder(reports, seats_by_hat, quarters)
    tallies = tallies_of(snapshot, question, person)
    link = question.link_to_row("capacity")
    hours = {
        (place, holder): sum(in_hundredths(worth.get((holder, function), nothing)[place].whole) for function in BOTH)
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
        technology, ai = (worth.get((holder, function), nothing)[place] for function in BOTH)
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


def capacity_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The agreed hours of each client, row by row."""
    quarters = question.quarters
    agreed: InForce[tuple[bytes, bytes]] = InForce()
    seats: Touched[tuple[bytes, bytes]] = Touched(quarters)
    for seat in held_seats(snapshot, question):
        seats.add((seat.holder, seat.client), seat.start, seat.end)
        for first, after in seat.working():
            agreed.add((seat.holder, seat.client), first, after, seat.hours or 0)
    worth = dict(agreed.worth(quarters, question.as_of))
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for (holder, client), places in seats.items():
        for place in places:
            hours = rounded(worth[holder, client][place].whole) if (holder, client) in worth else Decimal()
            figures[UUID(bytes=client)][f"{quarters[place]}.{UUID(bytes=holder)}"] = hours
    return figures


def _reported_hours(snapshot: Snapshot, question: ReportQuestion) -> dict[Hat, list[tuple[int, int]]]:
    """What was told by `as_of` of the months of the quarters: their first days, and hours in hundredths."""
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


def _count(touched: Touched[tuple[bytes, bytes]]) -> Mapping[tuple[int, bytes], int]:
    """How many different things of each holder touch each quarter."""
    return Counter((place, holder) for (holder, _), places in touched.items() for place in places)


def _totals(
    quarters: int,
    hours: Mapping[tuple[int, bytes], int],
    reported: Mapping[tuple[int, bytes, str], int],
    tallies: Mapping[tuple[int, bytes], Sequence[EngagementTally]],
) -> Iterator[CapacityTotal]:
    """What the rows of all people come to, quarter by quarter."""
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


def _verdicts(tallies: Iterable[Tally | None]) -> Mapping[Verdict, int]:
    """How many lie where."""
    return Counter(tally.verdict for tally in tallies if tally is not None)


def _band(tally: EngagementTally) -> ClientBand:
    return ClientBand(
        UUID(bytes=tally.client),
        UUID(bytes=tally.engagement),
        None if tally.agreed is None else tally.agreed.band(),
        None if tally.reported is None else tally.reported.band(),
    )


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.<person id>`: the seats that one person holds in one quarter."""
    return RowQuery(question.in_quarter(name.partition(".")[0]), capacity_by_client)


def _table(answer: Capacity, names: Names) -> Table:
    """Of the expected hours: the number of engagements whose hours lie under, within and over them."""
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
