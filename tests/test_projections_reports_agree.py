"""Mix, grid, transitions, flows and the list of clients: five ways to look at one portfolio, and one story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

from examples import whole_firms
from histories import PEOPLE
from hypothesis import given
from hypothesis import strategies as st
from portfolios import firm_of, question_about, seeds, store_of

from domain.quarters import Quarter
from domain.seats import Structure
from projections.clients import EVERY_CLIENT, ClientFilter, ClientStatus, list_clients
from projections.log import Recorded
from projections.reports.flows import Outside, flows
from projections.reports.quarter_grid import quarter_grid
from projections.reports.question import ReportQuestion, last_quarters
from projections.reports.structure_mix import structure_mix
from projections.reports.transitions import transitions
from projections.snapshot import Snapshot

Mix = dict[Quarter, Counter[Structure]]

filters = st.sampled_from(
    [
        ClientFilter(),
        ClientFilter(),
        ClientFilter(sector="health"),
        ClientFilter(status=ClientStatus.ACTIVE),
        ClientFilter(holder=PEOPLE[0]),
        ClientFilter(headcount_from=100),
    ]
)


@whole_firms(25)
@given(seeds, seeds, filters)
def test_every_way_to_look_at_a_portfolio_tells_one_story_whenever_it_was_known(
    seed: int, number: int, chosen: ClientFilter
) -> None:
    events = firm_of(seed)
    with store_of(events) as snapshot:
        question = asked_about(events, number, chosen)
        mix = mix_of(snapshot, question)
        assert_grid_agrees(snapshot, question, mix)
        assert_list_agrees(snapshot, question)
        assert_moves_carry_one_quarter_into_the_next(snapshot, question, mix)
        assert_flows_carry_one_quarter_into_the_next(snapshot, question, mix)


def asked_about(events: Sequence[Recorded], number: int, chosen: ClientFilter = EVERY_CLIENT) -> ReportQuestion:
    """The last eight quarters up to some day, as known at some instant, of clients that somebody may see."""
    question = question_about(events, number)
    month = question.quarters[0].fiscal_year_start_month
    return ReportQuestion(
        *last_quarters(question.as_of, month), question.as_of, question.known_at, chosen, question.visible, month
    )


def mix_of(snapshot: Snapshot, question: ReportQuestion) -> Mix:
    mix: Mix = {quarter: Counter() for quarter in question.quarters}
    for row in structure_mix(snapshot, question).rows:
        mix[row.quarter][row.structure] = row.clients
    return mix


def held_by(snapshot: Snapshot, question: ReportQuestion) -> dict[tuple[Quarter, Structure], set[UUID]]:
    """The clients in each cell of the grid, by quarter and structure."""
    clients_of: dict[tuple[Quarter, Structure], set[UUID]] = {}
    for row in quarter_grid(snapshot, question).rows:
        for cell in row.cells:
            if cell.structure is not None:
                clients_of.setdefault((cell.quarter, cell.structure), set()).add(row.client)
    return clients_of


def assert_grid_agrees(snapshot: Snapshot, question: ReportQuestion, mix: Mix) -> None:
    counted = {
        (quarter, structure): len(clients) for (quarter, structure), clients in held_by(snapshot, question).items()
    }
    assert counted == {(quarter, s): number for quarter, counts in mix.items() for s, number in counts.items()}


def assert_list_agrees(snapshot: Snapshot, question: ReportQuestion) -> None:
    clients_of = held_by(snapshot, question)
    for quarter in question.quarters:
        for structure in Structure:
            listed = list_clients(
                snapshot,
                replace(question.filters, quarter=quarter, quarter_structure=structure),
                as_of=question.as_of,
                known_at=question.known_at,
                visible=question.visible,
                limit=500,
            )
            assert {row.id for row in listed.items} == clients_of.get((quarter, structure), set())


def assert_moves_carry_one_quarter_into_the_next(snapshot: Snapshot, question: ReportQuestion, mix: Mix) -> None:
    moves = transitions(snapshot, question).rows
    for before, after in pairwise(question.quarters):
        carried = Counter(mix[before])
        entered = left = 0
        for move in (row for row in moves if row.quarter == after):
            carried.update({} if move.before is None else {move.before: -move.times})
            carried.update({} if move.after is None else {move.after: move.times})
            entered += move.times if move.before is None else 0
            left += move.times if move.after is None else 0
        assert {s: number for s, number in carried.items() if number} == mix[after]
        assert mix[before].total() + entered - left == mix[after].total()


def assert_flows_carry_one_quarter_into_the_next(snapshot: Snapshot, question: ReportQuestion, mix: Mix) -> None:
    rows = flows(snapshot, question, question.quarters)
    for place, (before, after) in enumerate(pairwise(question.quarters)):
        left: Counter[Structure] = Counter()
        reached: Counter[Structure] = Counter()
        for row in (row for row in rows if row.place == place):
            if not isinstance(row.before, Outside):
                left[row.before] += row.clients
            if not isinstance(row.after, Outside):
                reached[row.after] += row.clients
        assert (left, reached) == (mix[before], mix[after])


def test_the_story_is_told_of_something() -> None:
    """A property of firms that stand still would say nothing."""
    moved = 0
    for seed in range(10):
        events = firm_of(seed)
        with store_of(events) as snapshot:
            moved += sum(row.times for row in transitions(snapshot, asked_about(events, seed)).rows)
    assert moved > 20
