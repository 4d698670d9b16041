"""An example of every milestone kind, used in the OpenAPI document and in tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.milestones import Kind

_MAYA = "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"
_IVO = "6f1e9a72-3c48-4d2b-8b15-9e0c5d7a2f33"
_ASSESSMENT = "2b8c1d7e-5f60-4a3b-9e21-7c4d8f0a6b15"
EXAMPLE_PEOPLE: Mapping[str, str] = {_MAYA: "Maya Okafor", _IVO: "Ivo Lindqvist"}
"""The names of the people in the examples, by id."""
EXAMPLE_ASSESSMENT = _ASSESSMENT
_LIMIT = {"amount": "5000.00", "currency": "USD"}
_FEE = {"amount": "8500.00", "currency": "USD"}
_CTO = {"holder": _MAYA, "commitment": "fractional", "provider": "firm", "hours_per_month": {"technology": 20}}
_CAIO = {"holder": _IVO, "commitment": "fractional", "provider": "firm", "monthly_fee": _FEE}
_BOTH = {
    "holder": _MAYA,
    "commitment": "fractional",
    "provider": "firm",
    "reports_to": "ceo",
    "hours_per_month": {"technology": 20, "ai": 12},
    "monthly_fee": _FEE,
}

EXAMPLES: Mapping[Kind, Mapping[str, Any]] = {
    Kind.OPENED: {"effective_on": "2023-02-20", "name": "Two hats", "practice_lead": _MAYA},
    Kind.ASSESSMENT_TAKEN: {"effective_on": "2023-03-06", "answers": {"headcount": 24}, "assessor": _MAYA},
    Kind.STRUCTURE_CHOSEN: {
        "effective_on": "2023-04-17",
        "seats": [{"functions": ["technology", "ai"], **_BOTH}],
        "rationale": "One leader carries both hats until the first model is live.",
        "links": ["https://example.org/letter"],
    },
    Kind.SPLIT_TO_TWO_ROLES: {
        "effective_on": "2024-03-11",
        "technology": _CTO,
        "ai": _CAIO,
        "rationale": "Two models are live, and the roadmap needs a leader of its own.",
        "assessment": _ASSESSMENT,
    },
    Kind.MERGED_TO_ONE_ROLE: {"effective_on": "2025-01-13", "seat": _BOTH},
    Kind.TRANSITIONED_TO_FULL_TIME: {"effective_on": "2024-11-04", "functions": ["technology"], "holder": _MAYA},
    Kind.TRANSITIONED_TO_FRACTIONAL: {"effective_on": "2025-05-05", "functions": ["technology"], "holder": _MAYA},
    Kind.HAT_ADDED: {"effective_on": "2023-09-04", "function": "ai", "monthly_fee": _FEE},
    Kind.HANDED_OVER: {"effective_on": "2024-06-03", "functions": ["ai"], "holder": _IVO, "interim": True},
    Kind.SEAT_FILLED: {"effective_on": "2023-10-02", "seat": {"functions": ["ai"], **_CAIO}},
    Kind.SEAT_VACATED: {"effective_on": "2024-08-30", "functions": ["ai"], "reason": "left for another firm"},
    Kind.TERMS_CHANGED: {"effective_on": "2024-01-08", "functions": ["technology"], "monthly_fee": _FEE},
    Kind.DECISION_RIGHT_ASSIGNED: {
        "effective_on": "2024-03-18",
        "area": "model_evaluation",
        "owner": "joint",
        "spending_limit": {"amount": "25000.00", "currency": "USD"},
    },
    Kind.DELIVERABLE_ISSUED: {"effective_on": "2023-06-12", "deliverable": "ai_strategy", "function": "ai"},
    Kind.HOURS_REPORTED: {"effective_on": "2024-04-02", "month": "2024-03", "function": "ai", "hours": 11.5},
    Kind.ALIGNMENT_HELD: {"effective_on": "2024-04-09", "participants": [_MAYA, _IVO], "topics": ["roadmap"]},
    Kind.CONFLICT_RAISED: {"effective_on": "2024-05-14", "conflict": "gpu-budget", "topic": "whose budget GPUs are"},
    Kind.CONFLICT_RESOLVED: {"effective_on": "2024-06-11", "conflict": "gpu-budget", "resolved_by": "joint"},
    Kind.INITIATIVE_STARTED: {"effective_on": "2023-07-03", "initiative": "claims-triage"},
    Kind.INITIATIVE_LIVE: {"effective_on": "2024-02-05", "initiative": "claims-triage"},
    Kind.OUTCOME_MEASURED: {
        "effective_on": "2024-08-05",
        "initiative": "claims-triage",
        "metric": "median handling time",
        "baseline": 41,
        "value": 12.5,
        "unit": "minutes",
    },
    Kind.SIGN_OBSERVED: {"effective_on": "2024-09-02", "sign": "A07", "evidence": "No meeting since May."},
    Kind.SIGN_CLEARED: {"effective_on": "2024-10-07", "sign": "A07", "evidence": "They meet weekly again."},
    Kind.ADVICE_DECLINED: {
        "effective_on": "2024-11-18",
        "assessment": _ASSESSMENT,
        "reason": "No budget for a second seat before the next round.",
    },
    Kind.RENEWAL_SET: {"effective_on": "2024-03-11", "renews_on": "2025-03-10", "notice_by": "2025-01-09"},
    Kind.SPENDING_LIMIT_SET: {"effective_on": "2024-03-18", "function": "ai", "limit": _LIMIT},
    Kind.PAUSED: {"effective_on": "2024-12-02", "reason": "a funding round"},
    Kind.RESUMED: {"effective_on": "2025-02-03"},
    Kind.CLOSED: {"effective_on": "2025-09-30", "outcome": "handed to a full-time pair"},
}
