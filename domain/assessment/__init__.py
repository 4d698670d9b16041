"""The assessment engine: five frameworks evaluate answers about a client; their verdicts combine to one recommendation.

Pure and without a clock: `evaluate(parse_answers({...}))` returns the assessment, `serialization` converts it to
JSON-ready mappings, and `drift` compares the advice with the current structure. docs/frameworks.md explains how to
read, change and version a framework.
"""

from domain.assessment.advice import Advice, advice
from domain.assessment.advice_text import headline
from domain.assessment.answers import (
    UNKNOWN,
    Answer,
    Answers,
    AnswersRefused,
    answers_from_profile,
    answers_mapping,
    check_amounts,
    merge_answers,
    parse_answers,
)
from domain.assessment.combination import FRAMEWORKS
from domain.assessment.drift import Direction, Drift, drift
from domain.assessment.editions import edition_of
from domain.assessment.framework import Advised, Dimension, First, Framework, Modality, Seats
from domain.assessment.outcome import Outcome
from domain.assessment.questions import QUESTIONS, AnswerKind, Question
from domain.assessment.recommendation import Assessment, Recommendation, evaluate
from domain.assessment.replacements import SeatRemark, seat_remarks
from domain.assessment.serialization import (
    assessment_mapping,
    drift_mapping,
    framework_mapping,
    question_mapping,
    recommendation_mapping,
    verdict_mapping,
    verdicts_mapping,
    versions,
)
from domain.assessment.short_set import short_set
from domain.assessment.verdict import Verdict

__all__ = [
    "FRAMEWORKS",
    "QUESTIONS",
    "UNKNOWN",
    "Advice",
    "Advised",
    "Answer",
    "AnswerKind",
    "Answers",
    "AnswersRefused",
    "Assessment",
    "Dimension",
    "Direction",
    "Drift",
    "First",
    "Framework",
    "Modality",
    "Outcome",
    "Question",
    "Recommendation",
    "SeatRemark",
    "Seats",
    "Verdict",
    "advice",
    "answers_from_profile",
    "answers_mapping",
    "assessment_mapping",
    "check_amounts",
    "drift",
    "drift_mapping",
    "edition_of",
    "evaluate",
    "framework_mapping",
    "headline",
    "merge_answers",
    "parse_answers",
    "question_mapping",
    "recommendation_mapping",
    "seat_remarks",
    "short_set",
    "verdict_mapping",
    "verdicts_mapping",
    "versions",
]
