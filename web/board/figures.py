"""The key figures of a board report: what the reports count in its quarter, beside the quarter before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from api.board import BoardQuery
from domain.currencies import in_currency
from domain.outcomes import Stage
from domain.quarters import Quarter
from domain.seats import Function, Structure, StructureGroup
from projections.client_filter import EVERY_CLIENT
from projections.reports.capacity import capacity
from projections.reports.drift import drift_report
from projections.reports.governance import GovernanceTotals, governance
from projections.reports.outcomes import OutcomeTotals, outcomes
from projections.reports.revenue import revenue
from projections.reports.structure_mix import structure_mix
from projections.reports.transitions import transitions
from projections.reports.watch_list import watch_list
from projections.snapshot import Snapshot
from web.board.layout import PACK, KeyFigure, open_question, shows_fees
from web.formatting import amount_text, number_text

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """What the reports count for a quarter: within it, up to and including `as_of`, and on that day.

    Hours agreed and fees are those of the whole quarter, plans included. `fees` are by currency, and empty in a report
    without fees.
    """

    quarter: Quarter
    as_of: date
    structures: Mapping[Structure, int]
    began: int
    ended: int
    changed: int
    signs: int
    severe_signs: int
    drifting: int
    governance: GovernanceTotals
    outcomes: OutcomeTotals
    hours_agreed: Decimal
    hours_reported: Decimal
    fees: Mapping[str, Decimal]

    @property
    def is_under_way(self) -> bool:
        """Whether the quarter has days after `as_of`."""
        return self.as_of < self.quarter.end

    @property
    def label(self) -> str:
        """The quarter, and whether it is under way: `2026-Q3 so far`."""
        return f"{self.quarter}{' so far' if self.is_under_way else ''}"

    @property
    def engaged(self) -> int:
        """The clients with an open engagement."""
        return sum(self.structures.values())

    @property
    def whole_packs(self) -> int:
        """The clients with the whole governance pack."""
        return self.governance.packs.get(PACK, 0)

    @property
    def measured(self) -> int:
        """The initiatives whose outcome was measured."""
        return self.initiatives_at(Stage.MEASURED)

    def initiatives_at(self, stage: Stage) -> int:
        """The initiatives that have come so far."""
        return self.outcomes.stages.get(stage, 0)

    def clients(self, group: StructureGroup) -> int:
        """The clients with a structure of a group."""
        return sum(self.structures.get(structure, 0) for structure in group.structures)

    def overdue(self, function: Function) -> int:
        """The clients at which a function owes deliverables of its first quarter."""
        return self.governance.overdue.get(function, 0)


def quarter_before(snapshot: Snapshot, request: BoardQuery) -> BoardQuery:
    """The report about the same clients on the last day of the quarter before, as known at the same time."""
    before = request.quarter.previous
    chosen = request.question().chosen_ids() if request.chosen != EVERY_CLIENT else None
    visible = request.visible if chosen is None else frozenset(snapshot.connection.execute(chosen).scalars())
    return replace(request, quarter=before, as_of=before.end, chosen=EVERY_CLIENT, visible=visible)


def figures_of(snapshot: Snapshot, request: BoardQuery) -> QuarterFigures:
    """Ask the reports for their figures."""
    question, on_the_day = request.question(), open_question(request)
    moves = transitions(snapshot, question).rows
    signs = watch_list(snapshot, on_the_day, limit=1)
    hours = capacity(snapshot, question).rows
    fees: dict[str, Decimal] = defaultdict(Decimal)
    for row in revenue(snapshot, question).rows if shows_fees(request) else ():
        fees[row.currency] += row.amount
    return QuarterFigures(
        request.quarter,
        request.as_of,
        Counter({row.structure: row.clients for row in structure_mix(snapshot, question).rows}),
        began=sum(row.times for row in moves if row.before is None),
        ended=sum(row.times for row in moves if row.after is None),
        changed=sum(row.times for row in moves if row.before is not None and row.after is not None),
        signs=signs.runs,
        severe_signs=sum(count.runs for count in signs.counts if count.severity.order == 0),
        drifting=drift_report(snapshot, question, limit=1).clients,
        governance=governance(snapshot, question, limit=1).totals,
        outcomes=outcomes(snapshot, on_the_day, limit=1).totals,
        hours_agreed=sum((row.hours for row in hours), Decimal()),
        hours_reported=sum((row.reported.both for row in hours), Decimal()),
        fees=fees,
    )


def _change(now: Decimal | int, before: Decimal | int) -> str:
    """The difference with its sign, or `unchanged`."""
    if now == before:
        return "unchanged"
    return f"{_sign(now, before)}{number_text(abs(now - before))}"


def _sign(now: Decimal | int, before: Decimal | int) -> str:
    return "+" if now > before else MINUS


def key_figures(now: QuarterFigures, before: QuarterFigures, *, of_client: bool) -> Iterator[KeyFigure]:
    """The figures of a report, each with its change; of a client without those that count clients."""
    if not of_client:
        yield _figure("Clients engaged", now.engaged, before.engaged)
        yield _figure("Engagements begun", now.began, before.began)
        yield _figure("Engagements ended", now.ended, before.ended)
    yield _figure("Changes of structure", now.changed, before.changed)
    yield _figure("Warning signs", now.signs, before.signs)
    yield _figure("Of high severity", now.severe_signs, before.severe_signs)
    if not of_client:
        yield _figure("Clients off advice", now.drifting, before.drifting)
        yield _figure("Whole governance packs", now.whole_packs, before.whole_packs)
        open_now, open_before = (one.governance.with_open_conflicts for one in (now, before))
        yield _figure("Clients with open conflicts", open_now, open_before)
    yield _figure("Initiatives started", now.outcomes.initiatives, before.outcomes.initiatives)
    yield _figure("Initiatives measured", now.measured, before.measured)
    yield _figure("Hours agreed", now.hours_agreed, before.hours_agreed)
    yield _figure("Hours reported", now.hours_reported, before.hours_reported)
    for currency in sorted(now.fees.keys() | before.fees.keys()):
        yield _fee(currency, now.fees.get(currency, Decimal()), before.fees.get(currency, Decimal()))


def _figure(label: str, now: Decimal | int, before: Decimal | int) -> KeyFigure:
    return KeyFigure(label, number_text(now), number_text(before), _change(now, before))


def _fee(currency: str, now: Decimal, before: Decimal) -> KeyFigure:
    difference = "unchanged" if now == before else f"{_sign(now, before)}{_fee_text(abs(now - before), currency)}"
    return KeyFigure(f"Fees, {currency}", _fee_text(now, currency), _fee_text(before, currency), difference)


def _fee_text(amount: Decimal, currency: str) -> str:
    return amount_text(in_currency(amount, currency))
