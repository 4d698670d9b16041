"""The summary of a board report: sentences about its figures and those of the quarter before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.currencies import in_currency
from domain.outcomes import Stage
from domain.seats import Function, StructureGroup
from projections.clients import ClientRow, ClientStatus
from projections.reports.governance import GovernanceRow
from projections.reports.plan import Plan
from projections.reports.watch_list import WatchListRow
from web.bidi import isolate
from web.board.figures import QuarterFigures
from web.board.layout import PACK, SummaryLine, change_words, structure_name
from web.charts.wording import day_words
from web.formatting import amount_text, number_text, sign_title
from web.kinds.page import Naming

HIGH = 0
"""The order of the highest severity."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is planned and due after the day of a report: counts, the first of each, and what is overdue."""

    moves: int
    next_move: tuple[date, str] | None
    due: int
    next_due: tuple[date, str] | None
    overdue: int

    @classmethod
    def of(cls, plan: Plan) -> Ahead:
        """The counts of a plan, with the day and the client of its first move and due date."""
        return cls(
            moves=sum(row.times for row in plan.rows),
            next_move=next(((move.on, move.name) for move in plan.moves), None),
            due=sum(row.times for row in plan.due_rows),
            next_due=next(((due.on, due.name) for due in plan.due), None),
            overdue=sum(row.times for row in plan.overdue_rows),
        )


@dataclass(frozen=True, slots=True)
class QuarterComparison:
    """The figures of a quarter beside those of the quarter before, in sentences for the sections about them."""

    now: QuarterFigures
    before: QuarterFigures

    @property
    def engaged(self) -> str:
        """How many clients are engaged."""
        return _engaged_words(self.now, self.before)

    @property
    def moves(self) -> str:
        """How many engagements began and ended, and changes of structure."""
        return _moves_words(self.now, self.before)

    @property
    def signs(self) -> str:
        """How many warning signs hold."""
        return _signs_words(self.now, self.before)

    @property
    def drift(self) -> str:
        """How many clients have another structure than advised."""
        return _drift_words(self.now, self.before)

    @property
    def governance(self) -> str:
        """How many clients have the whole pack, open conflicts and overdue deliverables."""
        return _governance_words(self.now, self.before)

    @property
    def initiatives(self) -> str:
        """How far the initiatives have come."""
        return _initiatives_words(self.now, self.before)

    @property
    def hours(self) -> str:
        """The hours agreed and reported."""
        return _hours_words(self.now, self.before)

    @property
    def fees(self) -> str:
        """The fees of each currency."""
        return " ".join(_fees_words(self.now, self.before))


def portfolio_summary(
    now: QuarterFigures, before: QuarterFigures, severe: Sequence[WatchListRow], ahead: Ahead
) -> Iterator[SummaryLine]:
    """The summary of the portfolio; `severe` are its first signs of the highest severity."""
    yield SummaryLine("Clients", f"{_engaged_words(now, before)} {_groups_words(now)}".strip())
    yield SummaryLine("Changes", _moves_words(now, before))
    yield SummaryLine("Warning signs", f"{_signs_words(now, before)}{_severe_words(now, severe, with_clients=True)}")
    yield SummaryLine("Advice", _drift_words(now, before))
    if now.governance.clients:
        yield SummaryLine("Governance", _governance_words(now, before))
    yield from _work_lines(now, before)
    yield SummaryLine("What lies ahead", _ahead_words(ahead, with_clients=True))


def client_summary(
    client: ClientRow,
    now: QuarterFigures,
    before: QuarterFigures,
    severe: Sequence[WatchListRow],
    governed: GovernanceRow | None,
    ahead: Ahead,
    naming: Naming,
) -> Iterator[SummaryLine]:
    """The summary of one client; `governed` is its governance, null without an open engagement."""
    yield SummaryLine("Structure", _structure_words(client, now, before, naming))
    yield SummaryLine("Changes", _client_moves_words(now, before))
    yield SummaryLine("Warning signs", f"{_signs_words(now, before)}{_severe_words(now, severe, with_clients=False)}")
    if governed is not None:
        advised = "differs from what is advised" if now.drifting else "is not at odds with advice"
        yield SummaryLine("Advice", f"The structure {advised}.")
        yield SummaryLine("Governance", _client_governance_words(governed, now.as_of))
    yield from _work_lines(now, before)
    yield SummaryLine("What lies ahead", _ahead_words(ahead, with_clients=False))


def _work_lines(now: QuarterFigures, before: QuarterFigures) -> Iterator[SummaryLine]:
    """The lines about initiatives, hours and fees, where there are any."""
    if now.outcomes.initiatives:
        yield SummaryLine("AI initiatives", _initiatives_words(now, before))
    if now.hours_agreed or now.hours_reported:
        yield SummaryLine("Hours", _hours_words(now, before))
    if now.fees or before.fees:
        yield SummaryLine("Fees", " ".join(_fees_words(now, before)))


def count_words(number: int, one: str, many: str = "") -> str:
    """`no client`, `1 client`, `2,000 clients`."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {many or one + 's'}" if number else f"no {one}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _were(number: int) -> str:
    return "was" if number <= 1 else "were"


def _have(number: int) -> str:
    return "has" if number <= 1 else "have"


def _none(number: int) -> str:
    return f"{number:,}" if number else "none"


def _engaged_words(now: QuarterFigures, before: QuarterFigures) -> str:
    engaged = f"{_capital(count_words(now.engaged, 'client'))} {_were(now.engaged)} engaged on {day_words(now.as_of)}"
    compared = change_words(now.engaged, before.engaged, before.quarter.label)
    return f"{engaged}, {compared}." if now.engaged or before.engaged else f"{engaged}."


def _groups_words(now: QuarterFigures) -> str:
    if not now.engaged:
        return ""
    unified, pairs = (now.clients(group) for group in (StructureGroup.ONE_SEAT, StructureGroup.TWO_SEATS))
    unowned = now.clients(StructureGroup.FUNCTION_UNOWNED)
    vacant = f"at {_none(unowned)} a function has no owner" if unowned else "every function has an owner"
    return f"{_capital(_none(unified))} {_have(unified)} a unified seat, {_none(pairs)} two seats; {vacant}."


def _moves_words(now: QuarterFigures, before: QuarterFigures) -> str:
    return f"{_quarter_moves(now)}. {_quarter_moves(before)}."


def _quarter_moves(figures: QuarterFigures) -> str:
    began, ended, changed = figures.began, figures.ended, figures.changed
    engagements = "no engagement began or ended"
    if began or ended:
        engagements = f"{count_words(began, 'engagement')} began and {_none(ended)} ended"
    structures = f"there {_were(changed)} {count_words(changed, 'change')} of structure"
    return f"In {figures.label}, {engagements}, and {structures}"


def _client_moves_words(now: QuarterFigures, before: QuarterFigures) -> str:
    earlier = f"in {before.quarter} it was {_none(before.changed)}"
    return f"In {now.label}, there {_were(now.changed)} {count_words(now.changed, 'change')} of structure; {earlier}."


def _signs_words(now: QuarterFigures, before: QuarterFigures) -> str:
    compared = change_words(now.signs, before.signs, before.quarter.label)
    if not now.signs:
        return f"No warning sign holds{f', {compared}' if before.signs else ''}."
    holding = f"{count_words(now.signs, 'warning sign')} {'holds' if now.signs == 1 else 'hold'}"
    return f"{holding}, {compared}; {_none(now.severe_signs)} {_are(now.severe_signs)} of high severity."


def _are(number: int) -> str:
    return "is" if number <= 1 else "are"


def _severe_words(now: QuarterFigures, severe: Sequence[WatchListRow], *, with_clients: bool) -> str:
    """The signs of high severity by name, as many of them as `severe` has."""
    named = [_sign_words(row, with_clients=with_clients) for row in severe if row.shown.severity.order == HIGH]
    among = "Among these" if len(named) < now.severe_signs else "Of high severity"
    return f" {among}: {'; '.join(named)}." if named else ""


def _sign_words(row: WatchListRow, *, with_clients: bool) -> str:
    title = sign_title(row.shown.sign)
    since = f"since {day_words(row.shown.since)}"
    return f"{isolate(row.name)} ({title}, {since})" if with_clients else f"{title} ({since})"


def _drift_words(now: QuarterFigures, before: QuarterFigures) -> str:
    compared = change_words(now.drifting, before.drifting, before.quarter.label)
    if not now.drifting:
        return f"No client's structure differs from the advice{f', {compared}' if before.drifting else ''}."
    clients = count_words(now.drifting, "client")
    return f"{clients} {_have(now.drifting)} a structure that differs from the advice, {compared}."


def _governance_words(now: QuarterFigures, before: QuarterFigures) -> str:
    packs = change_words(now.whole_packs, before.whole_packs, before.quarter.label)
    conflicts, earlier = (one.governance.with_open_conflicts for one in (now, before))
    open_conflicts = f"{_none(conflicts)} {_have(conflicts)} an open conflict"
    late = {"CTO": now.overdue(Function.TECHNOLOGY), "CAIO": now.overdue(Function.AI)}
    owed = " and ".join(f"from the {role} at {count_words(count, 'client')}" for role, count in late.items())
    return (
        f"Of {count_words(now.governance.clients, 'client')}, {_none(now.whole_packs)} {_have(now.whole_packs)} the "
        f"whole governance pack, {packs}; {open_conflicts}, {change_words(conflicts, earlier, before.quarter.label)}. "
        f"Deliverables of the first quarter are overdue {owed}."
    )


def _client_governance_words(row: GovernanceRow, as_of: date) -> str:
    state = row.governance
    conflicts = f"there {_are(state.open_conflicts)} {count_words(state.open_conflicts, 'open conflict')}"
    issued = f"{state.pack} of {PACK} documents of the governance pack {'was' if state.pack == 1 else 'were'} issued"
    return f"{issued}; {conflicts}. {_alignment_words(state.last_alignment, as_of)}"


def _alignment_words(last: date | None, as_of: date) -> str:
    if last is None:
        return "No meeting of the two functions is on record."
    if last == as_of:
        return f"The two functions last met on {day_words(last)}, the day of the report."
    return f"The two functions last met on {day_words(last)}, {count_words((as_of - last).days, 'day')} before."


def _initiatives_words(now: QuarterFigures, before: QuarterFigures) -> str:
    started, live = now.initiatives_at(Stage.STARTED), now.initiatives_at(Stage.LIVE)
    stages = f"{_none(now.measured)} {_are(now.measured)} measured"
    if live:
        stages += f", {live:,} {_are(live)} in production and not measured"
    if started:
        stages += f", {started:,} {_are(started)} not yet in production"
    earlier = f"{_none(before.measured)} of {before.outcomes.initiatives:,} {_were(before.measured)} measured"
    if not before.outcomes.initiatives:
        earlier = "no initiative had been started"
    total = count_words(now.outcomes.initiatives, "initiative")
    return f"Of {total}, {stages}; at the end of {before.quarter}, {earlier}."


def _hours_words(now: QuarterFigures, before: QuarterFigures) -> str:
    agreed = f"{number_text(now.hours_agreed)} hours are agreed for {now.quarter}"
    reported = f"{number_text(now.hours_reported)} {'are reported so far' if now.is_under_way else 'were reported'}"
    earlier = f"{number_text(before.hours_agreed)} and {number_text(before.hours_reported)} in {before.quarter}"
    return f"{agreed} and {reported}, after {earlier}."


def _fees_words(now: QuarterFigures, before: QuarterFigures) -> Iterator[str]:
    for currency in sorted(now.fees.keys() | before.fees.keys()):
        amount, earlier = (one.fees.get(currency, Decimal()) for one in (now, before))
        words = f"Fees of {amount_text(in_currency(amount, currency))} {currency} fall in {now.quarter}"
        if amount == earlier:
            yield f"{words}, as much as in {before.quarter}."
        else:
            more = "more" if amount > earlier else "less"
            difference = amount_text(in_currency(abs(amount - earlier), currency))
            yield f"{words}, {difference} {more} than in {before.quarter}."


def _ahead_words(ahead: Ahead, *, with_clients: bool) -> str:
    """What is planned, due and overdue, with the first day of each."""
    moves = f"{count_words(ahead.moves, 'change')} {_are(ahead.moves)} planned"
    due = f"{count_words(ahead.due, 'due date')} {'lies' if ahead.due <= 1 else 'lie'} ahead"
    first, second = (_first_words(one, with_clients=with_clients) for one in (ahead.next_move, ahead.next_due))
    return f"{_capital(moves)}{first}. {_capital(due)}{second}; {_none(ahead.overdue)} {_are(ahead.overdue)} overdue."


def _first_words(first: tuple[date, str] | None, *, with_clients: bool) -> str:
    if first is None:
        return ""
    on, client = first
    return f", the next on {day_words(on)}{f' at {isolate(client)}' if with_clients else ''}"


def _structure_words(client: ClientRow, now: QuarterFigures, before: QuarterFigures, naming: Naming) -> str:
    name, day = isolate(client.name), day_words(now.as_of)
    if client.structure is None:
        return f"{name} was not engaged on {day}."
    since = f", since {day_words(client.since)}" if client.since else ""
    earlier = next((structure for structure, clients in before.structures.items() if clients), None)
    then = ""
    if earlier is not client.structure:
        then = f"; at the end of {before.quarter}: {structure_name(earlier, 'not engaged')}"
    paused = " and paused" if client.status is ClientStatus.PAUSED else ""
    engaged = f"{name} was engaged{paused} on {day}"
    return f"{engaged}: {structure_name(client.structure)}{since}{then}. {_seats_words(client, naming)}"


def _seats_words(client: ClientRow, naming: Naming) -> str:
    """Who holds which seat."""
    seats = {function: seat for seat in client.seats for function in seat.functions}
    if len(client.seats) == 1 and len(seats) == len(Function):
        return f"{isolate(naming(client.seats[0].terms.holder))} holds the unified seat."
    return " ".join(
        f"{isolate(naming(seats[function].terms.holder))} holds the {role} seat."
        if function in seats
        else f"The {role} seat is vacant."
        for function, role in ((Function.TECHNOLOGY, "CTO"), (Function.AI, "CAIO"))
    )
