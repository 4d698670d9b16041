"""What each sign rests on, and from when to when: milestones, seats and the answers of assessments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sign_cases import answers, facts
from story import AI, DANA, IRIS, TECHNOLOGY, Story, chosen, given, hours, on, seat, split, two_hats

from domain.areas import DecisionOwner, Resolver
from domain.decisions import Log
from domain.kinds.agreements import AlignmentHeld, ConflictRaised, ConflictResolvedBy, DecisionRightAssigned
from domain.kinds.engagement import RenewalSet
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.seats import Function
from domain.signs.catalog import DETECTORS
from domain.signs.facts import AnswerHistory
from domain.signs.periods import FOREVER

ONE_SEAT = chosen("2024-02-01", two_hats(DANA), called="one seat")
TWO_SEATS = chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI), called="two seats")
CTO_ONLY = chosen("2024-02-01", seat(DANA, TECHNOLOGY), called="a CTO")
CAIO_ONLY = chosen("2024-02-01", seat(IRIS, AI), called="a CAIO")
SPLIT = split("2024-09-01", DANA, IRIS, called="the split")


def initiative(text: str, name: str) -> Log:
    return on(text, InitiativeStarted(name), f"{name} started")


def live(text: str, name: str) -> Log:
    return on(text, InitiativeLive(name), f"{name} live")


def issued(text: str, deliverable: str, function: Function) -> Log:
    return on(text, DeliverableIssued(deliverable, function), deliverable)


def owned(text: str, area: str, owner: DecisionOwner) -> Log:
    return on(text, DecisionRightAssigned(area, owner), f"{area} of {owner}")


def grounds_of(sign: str, story: Story, known: AnswerHistory | None = None) -> tuple[list[str], list[str]]:
    """What a sign rests on and what it names, as `one seat 2024-02-01..`, by day."""
    names = {
        milestone.id: f"{milestone.details.kind} {milestone.effective_on}" for milestone in story.timeline.milestones
    }
    detector = DETECTORS[sign]
    findings = list(detector.find(facts(story, known), detector.defaults))
    evidence = [
        (one.start, f"{names.get(one.milestone, _assessment(one.milestone))} {_days(one.start, one.end)}")
        for finding in findings
        for one in finding.evidence
    ]
    details = [
        (one.start, f"{one.value} {_days(one.start, one.end)}")
        for finding in findings
        for one in finding.details
        if one.start < one.end
    ]
    return [text for _, text in sorted(evidence)], [text for _, text in sorted(details)]


def _assessment(milestone: UUID) -> str:
    return f"assessment {milestone.int - 1000}"


def _days(start: int, end: int) -> str:
    return f"{date.fromordinal(start) if start else ''}..{'' if end >= FOREVER else date.fromordinal(end)}"


CASES: dict[str, tuple[Story, AnswerHistory | None]] = {
    "A03": (
        given(ONE_SEAT, SPLIT),
        answers(
            ("2024-03-01", {"ai_functions": ["sales", "support", "operations", "finance", "product"]}),
            ("2024-05-01", {"ai_functions": ["sales"], "headcount": 40}),
        ),
    ),
    "A11": (
        given(ONE_SEAT, SPLIT),
        answers(
            ("2024-03-01", {"cto_ai_depth": "uses_tools"}),
            ("2024-05-01", {"cto_ai_depth": "none", "headcount": 40}),
            ("2024-12-01", {"cto_ai_depth": "none"}),
        ),
    ),
    "A08": (
        given(
            ONE_SEAT,
            issued("2024-03-01", "ai_strategy", AI),
            issued("2024-03-01", "platform_roadmap", TECHNOLOGY),
            issued("2024-03-15", "technology_read", TECHNOLOGY),
            initiative("2024-08-01", "assistant"),
            SPLIT,
        ),
        None,
    ),
    "X04": (given(TWO_SEATS), None),
    "W08": (
        given(CTO_ONLY, initiative("2024-03-01", "assistant"), initiative("2024-04-01", "search")),
        answers(
            ("2024-02-10", {"ai_initiatives": 1, "ai_outcome_owner": "nobody"}), ("2024-06-01", {"ai_initiatives": 2})
        ),
    ),
    "A09": (
        given(
            CAIO_ONLY,
            initiative("2024-03-01", "assistant"),
            issued("2024-04-01", "ai_strategy", AI),
            issued("2024-04-02", "ai_policy", AI),
        ),
        None,
    ),
    "A13": (
        given(
            ONE_SEAT,
            issued("2024-03-01", "technology_read", TECHNOLOGY),
            issued("2024-03-05", "platform_roadmap", TECHNOLOGY),
            issued("2024-03-10", "ai_capability_map", AI),
        ),
        None,
    ),
    "A04": (
        given(CTO_ONLY, *(initiative(f"2024-0{month}-01", f"pilot {month}") for month in (3, 4, 5, 6))),
        answers(("2024-02-10", {"ai_centrality": "core", "headcount": 40})),
    ),
    "A01": (
        given(
            TWO_SEATS,
            *(owned("2024-03-01", area, DecisionOwner.AI) for area in ("mlops", "data_governance")),
            *(owned("2024-03-05", area, DecisionOwner.TECHNOLOGY) for area in ("ai_infrastructure", "tool_selection")),
            owned("2024-06-01", "mlops", DecisionOwner.TECHNOLOGY),
        ),
        None,
    ),
    "X01": (
        given(
            TWO_SEATS,
            on("2024-03-01", ConflictRaised("cluster", "who pays"), "cluster"),
            on("2024-04-01", ConflictRaised("budget", "who pays"), "budget"),
            on("2024-06-01", ConflictResolvedBy("cluster", Resolver.JOINT), "cluster settled"),
        ),
        None,
    ),
    "X05": (
        given(
            ONE_SEAT,
            initiative("2024-03-01", "assistant"),
            issued("2024-03-05", "model_registry", AI),
            live("2024-04-01", "assistant"),
        ),
        None,
    ),
    "X03": (
        given(
            chosen("2024-02-01", two_hats(DANA, hours_per_month=hours(20, 12)), called="one seat"),
            SPLIT,
        ),
        answers(("2024-03-01", {"ai_functions": ["sales", "support", "operations", "finance"]})),
    ),
    "A07": (
        given(
            TWO_SEATS,
            *(
                on(text, AlignmentHeld((DANA, IRIS)), f"met {text}")
                for text in ("2024-02-01", "2024-03-01", "2024-04-01", "2024-07-01")
            ),
        ),
        None,
    ),
    "A12": (
        given(
            chosen("2024-02-01", two_hats(DANA, hours_per_month=hours(20, 20)), called="one seat"),
            *(
                on(
                    f"2024-0{month + 1}-05",
                    HoursReported(f"2024-0{month}", function, Decimal(worked)),
                    f"{function} {month}",
                )
                for month in (2, 3, 4)
                for function, worked in ((TECHNOLOGY, 31), (AI, 10))
            ),
            on("2024-06-05", HoursReported("2024-05", TECHNOLOGY, Decimal(20)), "technology 5"),
            on("2024-06-05", HoursReported("2024-05", AI, Decimal(20)), "ai 5"),
        ),
        None,
    ),
    "W03": (
        given(
            TWO_SEATS,
            initiative("2024-02-10", "assistant"),
            initiative("2024-02-10", "search"),
            live("2024-03-01", "assistant"),
            live("2024-03-05", "search"),
            on("2024-05-01", OutcomeMeasured("search", "hours saved", Decimal(9), "hours"), "measured"),
        ),
        None,
    ),
    "A02": (
        given(CTO_ONLY, *(initiative(f"2024-0{month}-01", f"pilot {month}") for month in (3, 4, 5, 6))),
        answers(("2024-02-10", {"cto_bandwidth": "full", "headcount": 40})),
    ),
    "W10": (
        given(
            TWO_SEATS,
            on("2024-02-05", RenewalSet(date(2024, 6, 30)), "renewal"),
            on("2024-05-01", RenewalSet(date(2024, 9, 30)), "later renewal"),
        ),
        None,
    ),
    "A06": (given(TWO_SEATS, owned("2024-06-01", "architecture", DecisionOwner.TECHNOLOGY)), None),
    "A05": (
        given(
            TWO_SEATS,
            issued("2024-03-01", "ai_strategy", AI),
            issued("2024-04-01", "ai_policy", AI),
            issued("2024-05-01", "ai_roadmap", AI),
        ),
        None,
    ),
    "X02": (
        given(
            TWO_SEATS,
            *(on("2024-02-10", ConflictRaised(f"conflict {n}", "who pays"), f"raised {n}") for n in (1, 2, 3)),
            on("2024-03-01", ConflictResolvedBy("conflict 1", Resolver.TECHNOLOGY), "settled 1"),
            on("2024-04-01", ConflictResolvedBy("conflict 2", Resolver.TECHNOLOGY), "settled 2"),
            on("2024-05-01", ConflictResolvedBy("conflict 3", Resolver.AI), "settled 3"),
        ),
        None,
    ),
    "A10": (
        given(TWO_SEATS, on("2024-03-01", ConflictRaised("cluster", "who pays"), "cluster")),
        answers(("profile:2024-01-15", {"headcount": 12})),
    ),
}


EXPECTED: dict[str, tuple[list[str], list[str]]] = {
    "A03": (
        [
            "structure_chosen 2024-02-01 2024-02-01..2024-09-01",
            "structure_chosen 2024-02-01 2024-02-01..2024-09-01",
            "assessment 0 2024-03-01..2024-05-01",
            "assessment 1 2024-05-01..",
            "split_to_two_roles 2024-09-01 2024-09-01..",
            "split_to_two_roles 2024-09-01 2024-09-01..",
        ],
        [],
    ),
    "A11": (
        [
            "structure_chosen 2024-02-01 2024-02-01..2024-09-01",
            "assessment 0 2024-03-01..2024-05-01",
            "assessment 1 2024-05-01..2024-09-01",
            "split_to_two_roles 2024-09-01 2024-09-01..",
        ],
        [],
    ),
    "A08": (
        [
            "structure_chosen 2024-02-01 2024-02-01..2024-09-01",
            "structure_chosen 2024-02-01 2024-02-01..2024-09-01",
            "deliverable_issued 2024-03-01 2024-03-01..2024-08-01",
            "deliverable_issued 2024-03-15 2024-03-15..2024-08-01",
            "split_to_two_roles 2024-09-01 2024-09-01..",
            "split_to_two_roles 2024-09-01 2024-09-01..",
        ],
        [],
    ),
    "X04": (
        [
            "structure_chosen 2024-02-01 2024-02-01..",
        ],
        [],
    ),
    "W08": (
        [
            "assessment 0 2024-02-10..",
            "assessment 0 2024-02-10..2024-06-01",
            "initiative_started 2024-03-01 2024-03-01..",
            "assessment 1 2024-06-01..",
        ],
        [],
    ),
    "A09": (
        [
            "structure_chosen 2024-02-01 2024-02-01..",
            "initiative_started 2024-03-01 2024-03-01..",
            "deliverable_issued 2024-04-01 2024-04-01..",
        ],
        [],
    ),
    "A13": (
        [
            "structure_chosen 2024-02-01 2024-02-01..",
            "structure_chosen 2024-02-01 2024-02-01..",
            "deliverable_issued 2024-03-01 2024-03-01..",
            "deliverable_issued 2024-03-10 2024-03-10..",
        ],
        [
            "governance_framework 2024-05-01..",
        ],
    ),
    "A04": (
        [
            "structure_chosen 2024-02-01 2024-02-01..",
            "assessment 0 2024-02-10..",
            "initiative_started 2024-03-01 2024-03-01..",
            "initiative_started 2024-04-01 2024-04-01..",
            "initiative_started 2024-05-01 2024-05-01..",
        ],
        [],
    ),
    "A01": (
        [
            "structure_chosen 2024-02-01 2024-02-01..",
            "structure_chosen 2024-02-01 2024-02-01..",
            "decision_right_assigned 2024-03-01 2024-03-01..",
            "decision_right_assigned 2024-03-01 2024-03-01..2024-06-01",
            "decision_right_assigned 2024-03-05 2024-03-05..",
            "decision_right_assigned 2024-03-05 2024-03-05..",
            "decision_right_assigned 2024-06-01 2024-06-01..",
        ],
        [
            "data_governance 2024-03-01..",
            "mlops 2024-03-01..",
            "ai_infrastructure 2024-03-05..",
            "tool_selection 2024-03-05..",
        ],
    ),
    "X01": (
        [
            "conflict_raised 2024-03-01 2024-03-29..2024-06-01",
            "conflict_raised 2024-04-01 2024-04-29..",
        ],
        [
            "cluster 2024-03-29..2024-06-01",
            "budget 2024-04-29..",
        ],
    ),
    "X05": (
        [
            "initiative_live 2024-04-01 2024-04-01..",
        ],
        [
            "ai_capability_map ..",
            "data_lineage ..",
            "governance_ownership ..",
            "incident_runbook ..",
            "model_registry ..2024-03-05",
            "output_monitoring ..",
            "stakeholder_impact ..",
        ],
    ),
    "X03": (
        [
            "structure_chosen 2024-02-01 2024-02-01..2024-09-01",
            "assessment 0 2024-03-01..",
        ],
        [],
    ),
    "A07": (
        [
            "alignment_held 2024-02-01 2024-02-01..2024-03-01",
            "structure_chosen 2024-02-01 2024-02-01..",
            "structure_chosen 2024-02-01 2024-02-01..",
            "alignment_held 2024-03-01 2024-03-01..2024-04-01",
            "alignment_held 2024-04-01 2024-04-01..2024-07-01",
            "alignment_held 2024-07-01 2024-07-01..",
        ],
        [],
    ),
    "A12": (
        [
            "hours_reported 2024-03-05 2024-05-05..2024-06-05",
            "hours_reported 2024-03-05 2024-05-05..2024-06-05",
            "hours_reported 2024-04-05 2024-05-05..2024-06-05",
            "hours_reported 2024-04-05 2024-05-05..2024-06-05",
            "hours_reported 2024-05-05 2024-05-05..2024-06-05",
            "hours_reported 2024-05-05 2024-05-05..2024-06-05",
        ],
        [
            "ai 2024-05-05..2024-06-05",
        ],
    ),
    "W03": (
        [
            "initiative_live 2024-03-01 2024-03-01..",
        ],
        [],
    ),
    "A02": (
        [
            "assessment 0 2024-02-10..",
            "initiative_started 2024-03-01 2024-03-01..",
            "initiative_started 2024-04-01 2024-04-01..",
        ],
        [],
    ),
    "W10": (
        [
            "renewal_set 2024-02-05 2024-04-01..2024-05-01",
            "renewal_set 2024-05-01 2024-07-02..2024-10-01",
        ],
        [],
    ),
    "A06": (
        [
            "structure_chosen 2024-02-01 2024-02-01..",
            "structure_chosen 2024-02-01 2024-02-01..",
        ],
        [
            "ai_risk ..",
            "architecture ..2024-06-01",
        ],
    ),
    "A05": (
        [
            "structure_chosen 2024-02-01 2024-02-01..",
            "deliverable_issued 2024-03-01 2024-03-01..",
            "deliverable_issued 2024-04-01 2024-04-01..",
            "deliverable_issued 2024-05-01 2024-05-01..",
        ],
        [],
    ),
    "X02": (
        [
            "conflict_resolved 2024-03-01 2024-04-01..2024-05-01",
            "conflict_resolved 2024-04-01 2024-04-01..2024-05-01",
            "conflict_resolved 2024-03-01 2024-05-01..",
            "conflict_resolved 2024-04-01 2024-05-01..",
        ],
        [],
    ),
    "A10": (
        [
            "structure_chosen 2024-02-01 2024-02-01..",
            "structure_chosen 2024-02-01 2024-02-01..",
            "conflict_raised 2024-03-01 2024-03-29..",
        ],
        [],
    ),
}
"""What each rests on and what it names, worked out from its rule."""


def test_every_sign_with_a_rule_is_tried() -> None:
    assert CASES.keys() == EXPECTED.keys() == DETECTORS.keys()


@pytest.mark.parametrize("sign", CASES)
def test_a_sign_rests_on_what_its_rule_looks_at(sign: str) -> None:
    assert grounds_of(sign, *CASES[sign]) == EXPECTED[sign]
