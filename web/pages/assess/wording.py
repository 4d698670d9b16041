"""Texts for assessments, made from their JSON in events and API responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.assessment import FRAMEWORKS, QUESTIONS, Answers, Framework, Modality, answers_mapping
from domain.seats import Structure
from web.charts.wording import STRUCTURES, day_words
from web.formatting import money_text, number_text
from web.forms import Unreadable, read_day, words_of

DIMENSIONS: Mapping[str, str] = {"seats": "Seats", "technology": "Technology", "ai": "AI", "first": "Filled first"}
"""What a framework decides, one at a time."""

_VALUES: Mapping[str, Mapping[str, str]] = {
    "seats": {
        "none": "No seat",
        "single": "One role for now",
        "one": "One seat",
        "two": "Two seats",
        "undecided": "Undecided",
    },
    "technology": {"none": "Nobody", "fractional": "Fractional", "full_time": "Full-time", "undecided": "Undecided"},
    "ai": {"none": "Nobody", "fractional": "Fractional", "full_time": "Full-time", "undecided": "Undecided"},
    "first": {"technology": "Technology", "ai": "AI", "both": "Both at once"},
}
HOW: Mapping[str, str] = {
    "must": "one article insists",
    "votes": "by votes",
    "stronger": "votes even, the stronger side prevails",
    "tie": "our own rule for a tie",
    "follows": "follows from the seats",
    "not_asked": "no order to decide",
    "undecided": "undecided",
}
MODALITIES: Mapping[str, str] = {modality.word: modality.phrase for modality in Modality}
FRAMEWORK_OF: Mapping[str, Framework] = {framework.id: framework for framework in FRAMEWORKS}


def framework_title(framework: str) -> str:
    """The title of a framework; for unknown ids a text made from the id."""
    definition = FRAMEWORK_OF.get(framework)
    return definition.title if definition else words_of(framework)


def dimension_text(dimension: str, value: str | None) -> str:
    """A framework's value for one dimension in words; null means no value."""
    if value is None:
        return "No answer"
    return _VALUES.get(dimension, {}).get(value, words_of(value))


def value_phrase(dimension: str, value: str) -> str:
    """A value of a dimension inside a sentence: `two seats`, `AI fractional`, `technology first`."""
    text = dimension_text(dimension, value)
    text = text if text.startswith("AI") else text[0].lower() + text[1:]
    match dimension:
        case "technology":
            return f"technology {text}"
        case "ai":
            return f"AI {text}"
        case "first":
            return text if value == "both" else f"{text} first"
        case _:
            return text


def structure_of_text(value: str | None) -> Structure | None:
    """The structure with a slug."""
    return None if value is None else Structure(value)


def structure_text(value: str | None) -> str:
    """The name of a structure; null means that the frameworks disagree."""
    return "Frameworks disagree" if value is None else STRUCTURES[Structure(value)].name


def question_label(name: str) -> str:
    """A question's label, capitalized."""
    question = QUESTIONS.get(name)
    label = question.label if question else words_of(name)
    return label[:1].upper() + label[1:]


def answer_text(name: str, value: object) -> str:
    """The value of an answer as text; choices have their own words."""
    question = QUESTIONS.get(name)
    match value:
        case "unknown" | None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case int():
            return number_text(value)
        case Mapping() if {"amount", "currency"} <= value.keys():
            return money_text(value)
        case list() | tuple():
            return ", ".join(answer_text(name, one) for one in value) or "none of them"
        case str() if question and value in question.choices:
            return question.choices[value]
        case str():
            return _day_or_text(value)
        case _:
            return str(value)


def known_answers_in_words(answers: Answers) -> tuple[tuple[str, str], ...]:
    """The label and the value of each answer that is not unknown."""
    plain: Mapping[str, Any] = answers_mapping(Answers(answers.known_answers()))
    return tuple((question_label(name), answer_text(name, one["value"])) for name, one in plain.items())


def _day_or_text(text: str) -> str:
    try:
        return day_words(read_day(text))
    except Unreadable:
        return text


def grounds(answers: Mapping[str, object]) -> str:
    """The answers behind a rule in one line."""
    return "; ".join(f"{question_label(name)}: {answer_text(name, value)}" for name, value in answers.items())


def vote_text(vote: Mapping[str, str]) -> str:
    """The vote of a rule in words: `two seats, technology full-time`; empty for a signal."""
    return ", ".join(value_phrase(dimension, vote[dimension]) for dimension in DIMENSIONS if dimension in vote)


def capital(text: str) -> str:
    """A text with a capital first letter."""
    return text[:1].upper() + text[1:]
