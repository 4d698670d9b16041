"""The names of milestone kinds: as in the API and in stored events, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """The kind of a milestone. Each is defined once, by a class in `domain.kinds`."""

    OPENED = "opened"
    ASSESSMENT_TAKEN = "assessment_taken"
    STRUCTURE_CHOSEN = "structure_chosen"
    SPLIT_TO_TWO_ROLES = "split_to_two_roles"
    MERGED_TO_ONE_ROLE = "merged_to_one_role"
    TRANSITIONED_TO_FULL_TIME = "transitioned_to_full_time"
    TRANSITIONED_TO_FRACTIONAL = "transitioned_to_fractional"
    HAT_ADDED = "hat_added"
    HANDED_OVER = "handed_over"
    SEAT_FILLED = "seat_filled"
    SEAT_VACATED = "seat_vacated"
    TERMS_CHANGED = "terms_changed"
    DECISION_RIGHT_ASSIGNED = "decision_right_assigned"
    DELIVERABLE_ISSUED = "deliverable_issued"
    HOURS_REPORTED = "hours_reported"
    ALIGNMENT_HELD = "alignment_held"
    CONFLICT_RAISED = "conflict_raised"
    CONFLICT_RESOLVED = "conflict_resolved"
    INITIATIVE_STARTED = "initiative_started"
    INITIATIVE_LIVE = "initiative_live"
    OUTCOME_MEASURED = "outcome_measured"
    SIGN_OBSERVED = "sign_observed"
    SIGN_CLEARED = "sign_cleared"
    ADVICE_DECLINED = "advice_declined"
    RENEWAL_SET = "renewal_set"
    SPENDING_LIMIT_SET = "spending_limit_set"
    PAUSED = "paused"
    RESUMED = "resumed"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """What happened, in words for people."""
        return _LABELS[self]


_LABELS: Mapping[Kind, str] = {
    Kind.OPENED: "Engagement opened",
    Kind.ASSESSMENT_TAKEN: "Assessment taken",
    Kind.STRUCTURE_CHOSEN: "Structure chosen",
    Kind.SPLIT_TO_TWO_ROLES: "Split into two roles",
    Kind.MERGED_TO_ONE_ROLE: "Merged into one role",
    Kind.TRANSITIONED_TO_FULL_TIME: "Moved to full-time",
    Kind.TRANSITIONED_TO_FRACTIONAL: "Moved to fractional",
    Kind.HAT_ADDED: "Took on the second role",
    Kind.HANDED_OVER: "Handed over",
    Kind.SEAT_FILLED: "Seat filled",
    Kind.SEAT_VACATED: "Seat vacated",
    Kind.TERMS_CHANGED: "Terms changed",
    Kind.DECISION_RIGHT_ASSIGNED: "Decision right assigned",
    Kind.DELIVERABLE_ISSUED: "Deliverable issued",
    Kind.HOURS_REPORTED: "Hours reported",
    Kind.ALIGNMENT_HELD: "Alignment held",
    Kind.CONFLICT_RAISED: "Conflict raised",
    Kind.CONFLICT_RESOLVED: "Conflict resolved",
    Kind.INITIATIVE_STARTED: "Initiative started",
    Kind.INITIATIVE_LIVE: "Initiative live",
    Kind.OUTCOME_MEASURED: "Outcome measured",
    Kind.SIGN_OBSERVED: "Warning sign observed",
    Kind.SIGN_CLEARED: "Warning sign cleared",
    Kind.ADVICE_DECLINED: "Advice declined",
    Kind.RENEWAL_SET: "Renewal date set",
    Kind.SPENDING_LIMIT_SET: "Spending limit set",
    Kind.PAUSED: "Engagement paused",
    Kind.RESUMED: "Engagement resumed",
    Kind.CLOSED: "Engagement closed",
}
