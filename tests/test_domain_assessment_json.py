"""What frameworks and assessments look like as JSON: each field says what the object says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

import pytest

from domain.assessment import (
    FRAMEWORKS,
    QUESTIONS,
    Assessment,
    Framework,
    Modality,
    assessment_mapping,
    evaluate,
    framework_mapping,
    parse_answers,
    verdicts_mapping,
)
from domain.assessment.advice_text import headline, how_sentence
from domain.assessment.answers import answers_mapping
from domain.assessment.framework import METHODS, Rule
from domain.assessment.serialization import question_mapping, recommendation_mapping, verdict_mapping, versions
from domain.assessment.verdict import Verdict

RENAMED = {"speaks_for": "vote"}
"""Fields with another name in JSON."""


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


CLIENTS: tuple[dict[str, Any], ...] = (
    {},
    {
        "headcount": 24,
        "engineers": 8,
        "products": 1,
        "senior_leader_budget": 1,
        "regulated": True,
        "stakes": "regulatory_or_safety",
    },
    {"headcount": 90, "senior_leader_budget": 2, "ai_in_product": True, "ai_functions": ["sales", "legal"]},
    {
        "regulated": True,
        "technology_seat": "fractional",
        "ai_seat": "same_person",
        "technology_seat_since": "2026-01-05",
    },
    {
        "headcount": 600,
        "engineers": 80,
        "ai_spend": usd("6000000"),
        "annual_revenue": usd("40000000"),
        "technology_seat": "full_time",
        "technology_seat_since": "2025-02-03",
        "conflict_resolver": "nobody",
        "ai_law_exposure": "needs_an_executive",
    },
    {"headcount": 600, "ai_spend": usd("6000000"), "annual_revenue": usd("40000000"), "ai_centrality": "core"},
    {
        "senior_leader_budget": 1,
        "needs_custom_technology": True,
        "has_dev_team": False,
        "basic_infrastructure": False,
        "unanswered_questions_ai_shaped": True,
        "same_person_decides": True,
    },
)


def plain(value: Any) -> Any:
    """A value as JSON, by its type alone."""
    match value:
        case Modality():
            return value.word
        case Enum():
            return value.value
        case Decimal():
            return usd(str(value))
        case date():
            return value.isoformat()
        case Mapping():
            return {plain(name): plain(one) for name, one in value.items()}
        case list() | tuple() | frozenset():
            return [plain(one) for one in value]
        case _ if hasattr(value, "holds"):
            return value.text
        case Verdict():  # which works out what is still open when it is asked for
            names = [one.name for one in fields(value) if one.name != "seek"]
            return parts_of(value, [*names, "nearly", "missing"])
        case _ if is_dataclass(value):
            return parts_of(value, (one.name for one in fields(value)))
        case _:
            return value


def parts_of(value: Any, names: Iterable[str], **others: Any) -> dict[str, Any]:
    """Some attributes of an object as JSON, and others."""
    attributes = {name: plain(getattr(value, name)) for name in names}
    if attributes.get("clause") == "":
        attributes["clause"] = None
    return {**{RENAMED.get(name, name): one for name, one in attributes.items()}, **others}


@cache
def assessed() -> list[Assessment]:
    return [evaluate(parse_answers(one)) for one in CLIENTS]


def test_a_question_says_what_it_asks_and_offers() -> None:
    for question in QUESTIONS.values():
        names = ("name", "kind", "label", "unit", "in_profile", "because")
        choices = [{"value": value, "meaning": meaning} for value, meaning in question.choices.items()]
        assert question_mapping(question) == parts_of(question, names, question=question.text, choices=choices)


def rule_by_hand(framework: Framework, rule: Rule) -> dict[str, Any]:
    return parts_of(
        rule,
        ("clause", "condition", "unless", "modality", "weight", "stands_in_for", "sentence", "source"),
        rule=rule.id,
        answers=list(rule.needs),
        vote=plain(rule.vote.speaks_for),
        counts_double=rule.key in framework.counts_double,
    )


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_a_framework_says_its_method_questions_rules_and_notes(framework: Framework) -> None:
    assert framework_mapping(framework) == parts_of(
        framework,
        ("id", "version", "title", "source", "summary", "commitments_unless", "settlements"),
        method={"id": framework.method.value, "text": METHODS[framework.method]},
        questions=[question_mapping(QUESTIONS[name]) for name in framework.questions],
        rules=[rule_by_hand(framework, rule) for rule in framework.rules],
        notes=[parts_of(note, ("sentence", "source"), note=note.id) for note in framework.notes],
    )


def test_the_versions_are_those_of_the_frameworks() -> None:
    assert versions() == {framework.id: framework.version for framework in FRAMEWORKS}


def test_a_verdict_says_all_of_its_fields() -> None:
    verdicts = [verdict for assessment in assessed() for verdict in assessment.verdicts]
    for verdict in verdicts:
        assert verdict_mapping(verdict) == plain(verdict)
    for name in ("structure", "first", "strength", "decided_by", "fired", "nearly", "missing", "conflicts", "reading"):
        assert any(getattr(verdict, name) for verdict in verdicts), name


def agreement_by_hand(assessment: Assessment) -> dict[str, Any]:
    return {
        dimension.value: parts_of(one, ("value", "how"), sentence=how_sentence(one), votes=plain(one.ballots))
        for dimension, one in assessment.recommendation.tallies.items()
    }


def test_a_recommendation_says_all_of_its_fields() -> None:
    recommendations = [one.recommendation for one in assessed()]
    for assessment, one in zip(assessed(), recommendations, strict=True):
        expected = parts_of(
            one,
            ("seats", "technology", "ai", "first", "structure", "dissent", "cites", "warnings", "depth", "missing"),
            headline=headline(one.outcome),
            agreement=agreement_by_hand(assessment),
            contradictions=[
                parts_of(
                    contradiction,
                    ("id", "conflict", "reading", "sources", "bears_when"),
                    decides=contradiction.id in one.deciding_contradictions,
                )
                for contradiction in one.contradictions
            ],
            remarks=[
                parts_of(remark, ("function", "commitment", "since", "effect", "consequence", "sentence"))
                for remark in one.remarks
            ],
            day_one=[
                parts_of(agreement, ("matter", "subject", "owner", "sentence", "source")) for agreement in one.day_one
            ],
            triggers=[
                parts_of(
                    trigger,
                    ("when", "structure"),
                    changes=[
                        parts_of(
                            change, ("answer", "becomes"), was="unknown" if change.was is None else plain(change.was)
                        )
                        for change in trigger.changes
                    ],
                    moves={name: {"from": was, "to": becomes} for name, (was, becomes) in trigger.moves.items()},
                )
                for trigger in one.triggers
            ],
        )
        assert recommendation_mapping(one) == expected
    for name in (
        "first",
        "structure",
        "dissent",
        "cites",
        "deciding_contradictions",
        "warnings",
        "remarks",
        "triggers",
    ):
        assert any(getattr(one, name) for one in recommendations), name
    changes = [change for one in recommendations for trigger in one.triggers for change in trigger.changes]
    for kind in (type(None), Decimal, tuple, bool, int, str):
        assert any(isinstance(value, kind) for change in changes for value in (change.was, change.becomes)), kind
    assert any(remark.since for one in recommendations for remark in one.remarks)
    assert any(ballot.silent for one in recommendations for t in one.tallies.values() for ballot in t.ballots)


def test_an_assessment_says_its_answers_verdicts_and_versions() -> None:
    for assessment in assessed():
        stored = {
            "versions": versions(),
            "verdicts": [verdict_mapping(verdict) for verdict in assessment.verdicts],
            "recommendation": recommendation_mapping(assessment.recommendation),
        }
        assert verdicts_mapping(assessment) == stored
        assert assessment_mapping(assessment) == {"answers": answers_mapping(assessment.answers), **stored}
