"""What each kind of milestone asks for when it is logged or corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.milestones import Kind
from web.pages import seat_asks, work_asks
from web.pages.asking import Ask, Block, Reads
from web.pages.offered import Blocks, Surroundings


def blocks_of(kind: Kind, around: Surroundings, shape: str = "both") -> Blocks:
    """The fields of one kind, the date and the note left out. `shape` (see `SHAPES`) matters to a chosen structure."""
    if kind is Kind.STRUCTURE_CHOSEN:
        return seat_asks.structure_chosen(around, shape)
    return _ASKED[kind](around)


COMMON = Block(
    "",
    (
        Ask("note", "Note", long=True, hint="A sentence for whoever reads this later."),
        Ask("links", "Sources", Reads.LINES, hint="Addresses of letters, minutes or pages, one a line."),
    ),
)
"""What every milestone may say besides its details."""


_ASKED: Mapping[Kind, Callable[[Surroundings], Blocks]] = {
    Kind.OPENED: seat_asks.opened,
    Kind.ASSESSMENT_TAKEN: work_asks.assessment,
    Kind.SPLIT_TO_TWO_ROLES: seat_asks.split,
    Kind.MERGED_TO_ONE_ROLE: seat_asks.merged,
    Kind.TRANSITIONED_TO_FULL_TIME: seat_asks.transition("client"),
    Kind.TRANSITIONED_TO_FRACTIONAL: seat_asks.transition("firm"),
    Kind.HAT_ADDED: seat_asks.hat_added,
    Kind.HANDED_OVER: seat_asks.handed_over,
    Kind.SEAT_FILLED: seat_asks.seat_filled,
    Kind.SEAT_VACATED: seat_asks.seat_vacated,
    Kind.TERMS_CHANGED: seat_asks.terms_changed,
    Kind.DECISION_RIGHT_ASSIGNED: work_asks.decision_right,
    Kind.DELIVERABLE_ISSUED: work_asks.deliverable,
    Kind.HOURS_REPORTED: work_asks.hours_reported,
    Kind.ALIGNMENT_HELD: work_asks.alignment,
    Kind.CONFLICT_RAISED: work_asks.conflict_raised,
    Kind.CONFLICT_RESOLVED: work_asks.conflict_resolved,
    Kind.INITIATIVE_STARTED: work_asks.initiative_started,
    Kind.INITIATIVE_LIVE: work_asks.initiative_live,
    Kind.OUTCOME_MEASURED: work_asks.outcome,
    Kind.SIGN_OBSERVED: work_asks.sign_observed,
    Kind.SIGN_CLEARED: work_asks.sign_cleared,
    Kind.ADVICE_DECLINED: work_asks.advice_declined,
    Kind.RENEWAL_SET: work_asks.renewal,
    Kind.SPENDING_LIMIT_SET: work_asks.spending_limit,
    Kind.PAUSED: work_asks.reason,
    Kind.RESUMED: work_asks.reason,
    Kind.CLOSED: work_asks.closed,
}
