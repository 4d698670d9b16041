"""The names of milestone kinds, as in the API and in stored events."""

from __future__ import annotations

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
