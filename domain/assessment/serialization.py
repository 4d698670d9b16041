"""Frameworks and assessments as JSON-ready mappings, stored in events and returned by the API."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from domain.assessment.advice_text import headline, how_sentence
from domain.assessment.answers import answers_mapping
from domain.assessment.combination import FRAMEWORKS, Tally
from domain.assessment.drift import Drift
from domain.assessment.framework import METHODS, Framework, Rule
from domain.assessment.questions import QUESTIONS, Question
from domain.assessment.recommendation import Assessment, Recommendation
from domain.assessment.replacements import SeatRemark
from domain.assessment.triggers import Trigger
from domain.assessment.verdict import Fired, InternalConflict, Verdict

Plain = dict[str, object]


def versions() -> dict[str, int]:
    """The current version of each framework."""
    return {framework.id: framework.version for framework in FRAMEWORKS}


def question_mapping(question: Question) -> Plain:
    """A question as the API returns it; `because` explains questions that are not in the catalogue."""
    return {
        "name": question.name,
        "kind": question.kind.value,
        "label": question.label,
        "question": question.text,
        "choices": [{"value": value, "meaning": meaning} for value, meaning in question.choices.items()],
        "unit": question.unit,
        "in_profile": question.in_profile,
        "because": question.because,
    }


def framework_mapping(framework: Framework) -> Plain:
    """A framework as a readable table."""
    return {
        "id": framework.id,
        "version": framework.version,
        "title": framework.title,
        "source": {
            "key": framework.source.key,
            "title": framework.source.title,
            "interest": framework.source.interest,
        },
        "summary": framework.summary,
        "method": {"id": framework.method.value, "text": METHODS[framework.method]},
        "questions": [question_mapping(QUESTIONS[name]) for name in framework.questions],
        "rules": [_rule(framework, rule) for rule in framework.rules],
        "commitments_unless": framework.commitments_unless.text if framework.commitments_unless is not None else None,
        "settlements": [
            {
                "rule": one.rule,
                "condition": one.condition.text,
                "seats": one.seats.value,
                "sentence": one.sentence,
                "source": one.source,
            }
            for one in framework.settlements
        ],
        "notes": [{"note": note.id, "sentence": note.sentence, "source": note.source} for note in framework.notes],
    }


def _rule(framework: Framework, rule: Rule) -> Plain:
    return {
        "rule": rule.id,
        "clause": rule.clause or None,
        "condition": rule.condition.text,
        "unless": rule.unless.text if rule.unless is not None else None,
        "answers": list(rule.needs),
        "vote": dict(rule.vote.speaks_for),
        "modality": rule.modality.word,
        "weight": rule.weight,
        "counts_double": rule.key in framework.counts_double,
        "stands_in_for": rule.stands_in_for,
        "sentence": rule.sentence,
        "source": rule.source,
    }


def verdict_mapping(verdict: Verdict) -> Plain:
    """A verdict as stored in events and returned by the API."""
    return {
        "framework": verdict.framework,
        "version": verdict.version,
        "seats": verdict.seats.value,
        "technology": verdict.technology.value,
        "ai": verdict.ai.value,
        "first": verdict.first.value if verdict.first else None,
        "structure": verdict.structure.value if verdict.structure else None,
        "strength": verdict.strength.word if verdict.strength else None,
        "strengths": {dimension: modality.word for dimension, modality in verdict.strengths.items()},
        "decided_by": {dimension: list(rules) for dimension, rules in verdict.decided_by.items()},
        "fired": [_fired(one) for one in verdict.fired],
        "nearly": [
            {
                "rule": one.rule,
                "clause": one.clause or None,
                "answers": dict(one.answers),
                "source": one.source,
                "lacks": list(one.lacks),
                "sentence": one.sentence,
            }
            for one in verdict.nearly
        ],
        "missing": [asdict(one) for one in verdict.missing],
        "conflicts": [_conflict(one) for one in verdict.conflicts],
        "reading": list(verdict.reading),
    }


def _fired(fired: Fired) -> Plain:
    return {
        "rule": fired.rule,
        "clause": fired.clause or None,
        "answers": dict(fired.answers),
        "source": fired.source,
        "modality": fired.modality.word,
        "sentence": fired.sentence,
        "vote": dict(fired.speaks_for),
    }


def _conflict(conflict: InternalConflict) -> Plain:
    return {
        "dimension": conflict.dimension.value,
        "voices": [
            {"rule": voice.rule, "modality": voice.modality.word, "says": voice.says} for voice in conflict.voices
        ],
        "outcome": conflict.outcome,
        "prevails": list(conflict.prevails),
        "contradiction": conflict.contradiction,
    }


def recommendation_mapping(recommendation: Recommendation) -> Plain:
    """The combined recommendation with all its parts."""
    structure = recommendation.structure
    return {
        "seats": recommendation.seats.value,
        "technology": recommendation.technology.value,
        "ai": recommendation.ai.value,
        "first": recommendation.first.value if recommendation.first else None,
        "structure": structure.value if structure else None,
        "headline": headline(recommendation.outcome),
        "agreement": {dimension.value: _tally(one) for dimension, one in recommendation.tallies.items()},
        "dissent": [
            {
                "framework": one.framework,
                "dimension": one.dimension.value,
                "says": one.says,
                "instead_of": one.instead_of,
                "rules": list(one.rules),
                "because": list(one.because),
                "moot": one.moot,
            }
            for one in recommendation.dissent
        ],
        "cites": [asdict(one) for one in recommendation.cites],
        "contradictions": [
            {
                "id": one.id,
                "conflict": one.conflict,
                "reading": one.reading,
                "sources": list(one.sources),
                "bears_when": one.bears_when,
                "decides": one.id in recommendation.deciding_contradictions,
            }
            for one in recommendation.contradictions
        ],
        "warnings": [{**asdict(one), "applies_to": one.applies_to.value} for one in recommendation.warnings],
        "remarks": [_remark(one) for one in recommendation.remarks],
        "depth": [asdict(one) for one in recommendation.depth],
        "day_one": [
            {
                "matter": one.matter.value,
                "subject": one.subject,
                "owner": one.owner,
                "sentence": one.sentence,
                "source": one.source,
            }
            for one in recommendation.day_one
        ],
        "triggers": [_trigger(one) for one in recommendation.triggers],
        "missing": [
            {"answer": one.answer, "frameworks": list(one.frameworks), "reason": one.reason}
            for one in recommendation.missing
        ],
    }


def _remark(remark: SeatRemark) -> Plain:
    return {
        "function": remark.function.value,
        "commitment": remark.commitment.value,
        "since": remark.since.isoformat() if remark.since else None,
        "effect": remark.effect.value,
        "consequence": remark.consequence,
        "sentence": remark.sentence,
    }


def _tally(one: Tally) -> Plain:
    return {
        "value": one.value.value if one.value is not None else None,
        "how": one.how.value,
        "sentence": how_sentence(one),
        "votes": [
            {
                "framework": ballot.framework,
                "value": ballot.value.value,
                "modality": ballot.modality.word,
                "counts": ballot.counts,
                "rules": list(ballot.rules),
                "silent": ballot.silent.value if ballot.silent is not None else None,
            }
            for ballot in one.ballots
        ],
    }


def _trigger(trigger: Trigger) -> Plain:
    return {
        "when": trigger.when,
        "changes": [
            {"answer": one.answer, "was": _plain(one.was), "becomes": _plain(one.becomes)} for one in trigger.changes
        ],
        "moves": {dimension: {"from": was, "to": becomes} for dimension, (was, becomes) in trigger.moves.items()},
        "structure": trigger.structure.value if trigger.structure else None,
    }


def _plain(value: object) -> object:
    """A compared value as JSON: dollars as money, several choices as a list, None as "unknown"."""
    if value is None:
        return "unknown"
    if isinstance(value, Decimal):
        return {"amount": str(value), "currency": "USD"}
    return list(value) if isinstance(value, tuple) else value


def verdicts_mapping(assessment: Assessment) -> Plain:
    """What an assessment stores next to its answers: verdicts, recommendation, and framework versions."""
    return {
        "versions": {verdict.framework: verdict.version for verdict in assessment.verdicts},
        "verdicts": [verdict_mapping(verdict) for verdict in assessment.verdicts],
        "recommendation": recommendation_mapping(assessment.recommendation),
    }


def assessment_mapping(assessment: Assessment) -> Plain:
    """The complete assessment, including the answers."""
    return {"answers": answers_mapping(assessment.answers), **verdicts_mapping(assessment)}


def drift_mapping(drift: Drift) -> Plain:
    """A drift as reports return it."""
    return {"direction": drift.direction.value, "reasons": list(drift.reasons)}
