"""The client list and the portfolio's reports, against a naive look at every client on every day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from examples import examples
from firms import Days, Firm, MemoryLog, answering, days_of, rolls, views_of
from histories import PEOPLE
from hypothesis import given
from hypothesis import strategies as st
from test_projections_read_models import naive_profile
from test_projections_timelines import naive_status

from domain.client import Client
from domain.kinds.engagement import Opened
from domain.quarters import Quarter, parse_quarter, quarter_of
from domain.seats import Structure
from domain.text import fold, key_of_name
from projections.clients import (
    SIZE_BANDS,
    ClientFilter,
    ClientRow,
    ClientStatus,
    count_clients,
    find_client,
    list_clients,
)
from projections.log import Recorded
from projections.reports.quarter_grid import GridRow, quarter_grid
from projections.reports.question import ReportQuestion, last_quarters
from projections.reports.structure_mix import structure_mix
from projections.reports.transitions import transitions
from projections.snapshot import Snapshot

TODAY = date(2026, 11, 22)
firms = rolls(20, 50)


@pytest.fixture(params=["sqlite", "postgres"])
def snapshot(request: pytest.FixtureRequest, demonstration_events: list[Recorded]) -> Iterator[Snapshot]:
    """The demonstration firm, to be asked."""
    place: Path | str = request.getfixturevalue("data_dir" if request.param == "sqlite" else "postgres_url")
    views = views_of(place, MemoryLog(demonstration_events))
    with views.reading() as snapshot:
        yield snapshot
    views.close()


class Naive:
    """Everything that is known, looked at client by client and day by day."""

    def __init__(self, events: Sequence[Recorded]) -> None:
        self.days = days_of(events)
        self.events = [recorded.event for recorded in events]

    def profile(self, client: UUID, day: date) -> tuple[str, dict[str, Any]]:
        return naive_profile([e for e in self.events if e.originator_id == client], day)

    def slug(self, client: UUID) -> str:
        return next(e.slug for e in self.events if isinstance(e, Client.Created) and e.originator_id == client)

    def structure(self, client: UUID, day: date) -> str | None:
        return self.days[client].evening(day).structure

    def status(self, client: UUID, day: date) -> str:
        return naive_status(self.days[client], day)

    def holders(self, client: UUID, day: date) -> set[UUID]:
        evening = self.days[client].evening(day)
        return {chair.holder for chair in (evening.technology, evening.ai) if chair}

    def lead(self, client: UUID, day: date) -> UUID | None:
        lived = self.days[client]
        for life, milestones in zip(lived.lives, lived.milestones, strict=True):
            if life.evenings.get(min(day, max(life.evenings))) and self.structure(client, day) is not None:
                evening = life.evenings[min(day, max(life.evenings))]
                if evening.structure is not None:
                    return next(m.details.practice_lead for m in milestones if isinstance(m.details, Opened))
        return None

    def names(self, client: UUID, day: date) -> set[str]:
        """The keys of every name that the client has had by a day."""
        changes = [e for e in self.events if isinstance(e, Client.ProfileChanged) and e.originator_id == client]
        days = [date.min, *(change.effective_on for change in changes if change.effective_on <= day)]
        return {key_of_name(self.profile(client, on)[0]) for on in days}

    def matches(self, client: UUID, chosen: ClientFilter, day: date) -> bool:
        _, profile = self.profile(client, day)
        headcount = profile.get("headcount")
        low, high = SIZE_BANDS[chosen.size] if chosen.size else (None, None)
        return all(
            (
                chosen.q is None
                or any(fold(chosen.q) in text for text in (*self.names(client, day), self.slug(client))),
                chosen.sector in (None, profile.get("sector")),
                chosen.funding_stage in (None, profile.get("funding_stage")),
                chosen.regulated in (None, profile.get("regulated")),
                chosen.structure in (None, self.structure(client, day)),
                chosen.status in (None, self.status(client, day)),
                chosen.practice_lead in (None, self.lead(client, day)),
                chosen.holder is None or chosen.holder in self.holders(client, day),
                all(least is None or (headcount or -1) >= least for least in (low, chosen.headcount_from)),
                all(
                    most is None or (headcount is not None and headcount <= most)
                    for most in (high, chosen.headcount_to)
                ),
            )
        )

    def chosen(self, chosen: ClientFilter, day: date) -> list[UUID]:
        clients = [client for client in self.days if self.matches(client, chosen, day)]
        return sorted(clients, key=lambda client: (key_of_name(self.profile(client, day)[0]), client))


filters = st.builds(
    ClientFilter,
    q=st.sampled_from([None, None, None, "ÁBE", "%", "t_1", "zest-100", "renamed"]),
    sector=st.sampled_from([None, None, None, "health"]),
    structure=st.sampled_from([None, None, None, Structure.NONE, Structure.UNIFIED_FRACTIONAL]),
    status=st.sampled_from([None, None, None, *ClientStatus]),
    practice_lead=st.sampled_from([None, None, None, UUID(int=2)]),
    holder=st.sampled_from([None, None, None, *PEOPLE]),
    size=st.sampled_from([None, None, None, *SIZE_BANDS]),
    headcount_from=st.sampled_from([None, None, None, 100]),
    headcount_to=st.sampled_from([None, None, None, 200]),
)


@examples(15)
@given(firms, st.lists(filters, min_size=4, max_size=4), st.dates(date(2023, 12, 1), date(2026, 6, 1)))
def test_the_list_has_the_clients_that_match_in_the_order_of_their_names(
    rolls: list[int], several: list[ClientFilter], as_of: date
) -> None:
    events = Firm().live(rolls).events
    naive = Naive(events)
    with answering(events) as snapshot:
        for chosen in several:
            expected = naive.chosen(chosen, as_of)
            pages = list(pages_of(snapshot, chosen, as_of))
            assert [row.id for page in pages for row in page] == expected
            assert all(len(page) == 2 for page in pages[:-1])
            assert count_clients(snapshot, chosen, as_of=as_of) == len(expected)
            for row in (row for page in pages for row in page):
                assert_row(row, naive, as_of)
                assert find_client(snapshot, row.slug, as_of=as_of) == row
                assert find_client(snapshot, str(row.id).upper(), as_of=as_of) == row


def pages_of(snapshot: Snapshot, chosen: ClientFilter, as_of: date) -> Iterator[tuple[ClientRow, ...]]:
    place = None
    while True:
        page = list_clients(snapshot, chosen, as_of=as_of, limit=2, after=place)
        yield page.items
        if page.next is None:
            return
        place = page.next


def assert_row(row: ClientRow, naive: Naive, day: date) -> None:
    name, profile = naive.profile(row.id, day)
    assert (row.name, row.profile.headcount, row.slug) == (name, profile.get("headcount"), naive.slug(row.id))
    assert (row.status, row.structure) == (naive.status(row.id, day), naive.structure(row.id, day))
    assert {seat.terms.holder for seat in row.seats} == naive.holders(row.id, day)
    assert sum(len(seat.functions) for seat in row.seats) == sum(map(bool, naive.days[row.id].evening(day)[2:]))
    assert row.practice_lead == naive.lead(row.id, day)
    assert (row.engagement is None) == (row.structure is None)
    assert row.version == sum(e.originator_id == row.id for e in naive.events)
    for seat in row.seats:
        seats_held = [getattr(naive.days[row.id].evening(day), function) for function in seat.functions]
        assert len({chair.label for chair in seats_held}) == 1


@examples(15)
@given(firms, st.dates(date(2024, 3, 1), date(2026, 6, 1)), filters, st.sampled_from([1, 4]))
def test_the_reports_count_what_a_look_at_every_client_counts(
    rolls: list[int], as_of: date, chosen: ClientFilter, month: int
) -> None:
    events = Firm().live(rolls).events
    naive = Naive(events)
    first, last = last_quarters(as_of, month)
    with answering(events) as snapshot:
        for report_of in (
            ReportQuestion(first, last, as_of, fiscal_year_start_month=month),
            ReportQuestion(first, last.next, as_of, None, chosen, fiscal_year_start_month=month),
        ):
            assert_reports(snapshot, naive, report_of)


def assert_reports(snapshot: Snapshot, naive: Naive, question: ReportQuestion) -> None:
    """Every report agrees with the naive count, and every row with the list that it leads to."""
    clients = naive.chosen(question.filters, question.as_of)
    mix = structure_mix(snapshot, question)
    assert {(row.quarter, row.structure): row.clients for row in mix.rows} == naive_mix(naive, clients, question)
    moves = transitions(snapshot, question)
    assert {(row.quarter, row.before, row.after): (row.clients, row.times) for row in moves.rows} == naive_moves(
        naive, clients, question
    )
    for link, count in ((row.link, row.clients) for rows in (mix.rows, moves.rows) for row in rows):
        assert count_behind(snapshot, link, question.fiscal_year_start_month) == count
    grid = quarter_grid(snapshot, question)
    assert {
        row.client: [(cell.quarter, cell.structure, cell.changed) for cell in row.cells] for row in grid.rows
    } == naive_grid(naive, clients, question)
    assert [row.client for row in grid.rows] == [c for c in clients if c in {row.client for row in grid.rows}]
    in_pages: list[GridRow] = []
    place = None
    while True:
        page = quarter_grid(snapshot, question, limit=2, after=place)
        in_pages += page.rows
        place = page.next
        if place is None:
            break
    assert tuple(in_pages) == grid.rows


def day_of(quarter: Quarter, as_of: date) -> date:
    return as_of if quarter.start <= as_of <= quarter.end else quarter.end


def naive_mix(naive: Naive, clients: Sequence[UUID], question: ReportQuestion) -> Mapping[Any, int]:
    return Counter(
        (quarter, structure)
        for quarter in question.quarters
        for client in clients
        if (structure := naive.structure(client, day_of(quarter, question.as_of))) is not None
    )


def naive_moves(naive: Naive, clients: Sequence[UUID], question: ReportQuestion) -> Mapping[Any, Any]:
    made = [
        ((quarter_of(on, question.fiscal_year_start_month), before, after), client)
        for client in clients
        for before, after, on, _ in naive.days[client].moves()
        if question.start <= on <= min(question.end, question.as_of)
    ]
    times = Counter(move for move, _ in made)
    return {move: (len({client for other, client in made if other == move}), times[move]) for move in times}


def naive_grid(naive: Naive, clients: Sequence[UUID], question: ReportQuestion) -> Mapping[Any, Any]:
    rows = {}
    for client in clients:
        lived = naive.days[client]
        structures = [
            naive.structure(client, day_of(q, question.as_of))
            for q in (question.bounds[0].previous, *question.quarters)
        ]
        if is_engaged(lived, question.start, question.end):
            rows[client] = [
                (quarter, now, now != before)
                for quarter, (before, now) in zip(question.quarters, pairwise(structures), strict=True)
            ]
    return rows


def is_engaged(lived: Days, first: date, last: date) -> bool:
    day = first
    while day <= last:
        if lived.evening(day).structure is not None:
            return True
        day = date.fromordinal(day.toordinal() + 1)
    return False


def count_behind(snapshot: Snapshot, link: Mapping[str, str], month: int) -> int:
    """How many clients the list has that a link leads to."""
    parameters = dict(link)
    as_of, known_at = date.fromisoformat(parameters.pop("as_of")), parameters.pop("known_at", None)
    kinds: dict[str, Callable[[str], Any]] = {
        "structure": Structure,
        "status": ClientStatus,
        "practice_lead": UUID,
        "holder": UUID,
        "headcount_from": int,
        "headcount_to": int,
        "regulated": lambda text: {"true": True, "false": False}[text],
        "quarter": lambda text: parse_quarter(text, month),
        "transition_quarter": lambda text: parse_quarter(text, month),
    }
    chosen = ClientFilter(**{name: kinds.get(name, str)(text) for name, text in parameters.items()})
    instant = None if known_at is None else datetime.fromisoformat(known_at.replace("Z", "+00:00"))
    return count_clients(snapshot, chosen, as_of=as_of, known_at=instant)


def test_the_demonstration_firm_is_counted_rightly_in_both_databases(
    snapshot: Snapshot, demonstration_events: list[Recorded]
) -> None:
    naive = Naive(demonstration_events)
    question = ReportQuestion(*last_quarters(TODAY), TODAY)
    assert_reports(snapshot, naive, question)
    assert_reports(
        snapshot,
        naive,
        replace(question, last=question.bounds[1].next.next, filters=ClientFilter(status=ClientStatus.ACTIVE)),
    )
    pages = [row for page in pages_of(snapshot, ClientFilter(), TODAY) for row in page]
    assert [row.id for row in pages] == naive.chosen(ClientFilter(), TODAY)
    for row in pages:
        assert_row(row, naive, TODAY)


def test_what_was_known_is_answered_the_same_for_ever(snapshot: Snapshot, demonstration_events: list[Recorded]) -> None:
    for count in (len(demonstration_events) // 3, len(demonstration_events) // 2, len(demonstration_events) - 5):
        until, at = demonstration_events[:count], demonstration_events[count - 1].event.timestamp
        naive = Naive(until)
        question = ReportQuestion(*last_quarters(TODAY), TODAY, known_at=at)
        assert_reports(snapshot, naive, question)
        rows = list_clients(snapshot, as_of=TODAY, known_at=at, limit=500).items
        assert [row.id for row in rows] == naive.chosen(ClientFilter(), TODAY)
        for row in rows:
            assert_row(row, naive, TODAY)


def test_only_visible_clients_are_shown_and_counted(snapshot: Snapshot, demonstration_events: list[Recorded]) -> None:
    naive = Naive(demonstration_events)
    everyone = naive.chosen(ClientFilter(), TODAY)
    for visible in (frozenset(), frozenset(everyone[3:9]), frozenset((*everyone, *ids(2_000)))):
        rows = list_clients(snapshot, as_of=TODAY, visible=visible, limit=500).items
        assert [row.id for row in rows] == [client for client in everyone if client in visible]
        question = ReportQuestion(*last_quarters(TODAY), TODAY, visible=visible)
        seen = [client for client in everyone if client in visible]
        mix = {(row.quarter, row.structure): row.clients for row in structure_mix(snapshot, question).rows}
        assert mix == naive_mix(naive, seen, question)
        assert {row.client for row in quarter_grid(snapshot, question).rows} <= visible
        assert sum(row.times for row in transitions(snapshot, question).rows) == sum(
            times for _, times in naive_moves(naive, seen, question).values()
        )
        for client in everyone:
            client_row = find_client(snapshot, client, as_of=TODAY, visible=visible)
            assert (client_row is not None) == (client in visible)


def ids(count: int) -> Iterator[UUID]:
    return (UUID(int=10**30 + number) for number in range(count))


def test_a_filter_that_can_mean_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="size must be one of"):
        ClientFilter(size="huge")
    with pytest.raises(ValueError, match="go together"):
        ClientFilter(quarter=quarter_of(TODAY))
    with pytest.raises(ValueError, match="comes after"):
        ReportQuestion(quarter_of(TODAY), quarter_of(TODAY).previous, TODAY)
    with pytest.raises(ValueError, match="is not in a year that starts in month 1"):
        ReportQuestion(quarter_of(TODAY), quarter_of(TODAY, 2), TODAY)


def test_a_link_says_every_filter_of_its_report() -> None:
    chosen = ClientFilter(q="a", regulated=False, holder=UUID(int=3), structure=Structure.NONE)
    known_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    question = ReportQuestion(*last_quarters(TODAY), TODAY, known_at, chosen)
    assert question.link(transition_quarter=quarter_of(TODAY), from_structure=None) == {
        "q": "a",
        "structure": "none",
        "holder": "00000000-0000-0000-0000-000000000003",
        "regulated": "false",
        "as_of": "2026-11-22",
        "known_at": "2026-01-02T03:04:05.000000Z",
        "transition_quarter": "2026-Q4",
        "from_structure": "null",
    }
    assert {field.name for field in fields(ClientFilter)} >= question.link().keys() - {"as_of", "known_at"}


def test_default_quarters_are_the_last_eight() -> None:
    first, last = last_quarters(TODAY)
    assert (first.label, last.label) == ("2025-Q1", "2026-Q4")
