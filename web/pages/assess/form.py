"""The questions of an assessment as a form: recorded answers, their sources, and typed answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.assessment import (
    QUESTIONS,
    UNKNOWN,
    Answer,
    AnswerKind,
    Answers,
    AnswersRefused,
    Question,
    answers_mapping,
    check_amounts,
    parse_answers,
)
from domain.assessment.answers import plain_value
from domain.assessment.record import RECORD
from domain.seats import Money
from web.charts.wording import day_words
from web.form_fields import Typed
from web.forms import Unreadable, date_text, read_amount, read_day, read_number
from web.pages.assess.wording import answer_text, capital
from web.pages.form_submit import sentence

NONE_OF_THEM = "none_of_them"
"""The choice among several that says: it is known that none of them holds."""

_FIRST_OF_GROUP: Mapping[str, str] = {
    "headcount": "The company",
    "ai_spend": "The AI work",
    "stack_complexity": "The technology",
    "technology_seat": "Who is there now",
}


def _grouped_names() -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    title = ""
    for name in QUESTIONS:
        title = _FIRST_OF_GROUP.get(name, title)
        groups[title] = (*groups.get(title, ()), name)
    return groups


_GROUPS: Mapping[str, tuple[str, ...]] = _grouped_names()
"""The names of the questions by heading."""
_HOMES: Mapping[str, str] = {name: f"group-{n}" for n, names in enumerate(_GROUPS.values(), 1) for name in names}

_EXPECTED: Mapping[AnswerKind, str] = {
    AnswerKind.WHOLE_NUMBER: "must be a whole number, or empty if unknown",
    AnswerKind.MONEY: "must be an amount like 4,000,000, or empty if unknown",
}


@dataclass(frozen=True, slots=True)
class QuestionField:
    """A question ready to render: the text of its field, the origin of that text, and the error message.

    `fixed` is the answer in words if the seats on record give it: then there is nothing to enter.
    """

    question: Question
    text: str = ""
    currency: str = ""
    origin: str = ""
    error: str = ""
    fixed: str = ""

    @property
    def id(self) -> str:
        """The id of its field; a link in the advice leads there."""
        return f"q-{self.question.name}"

    @property
    def home(self) -> str:
        """The id of the group it belongs to."""
        return _HOMES[self.question.name]

    @property
    def kind(self) -> str:
        """The kind of the answer, which decides the input element."""
        return self.question.kind.value

    @property
    def chosen(self) -> frozenset[str]:
        """The selected choices of a question with several."""
        return frozenset(self.text.split())

    @property
    def described_by(self) -> str:
        """The ids for `aria-describedby`."""
        parts = [(self.origin, "origin"), (self.error, "error")]
        return " ".join(f"{self.id}-{part}" for text, part in parts if text)


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions under a heading; `id` names the group in the page."""

    id: str
    title: str
    questions: tuple[QuestionField, ...]
    answered: int
    of: int

    @property
    def has_errors(self) -> bool:
        """Whether an answer cannot be read."""
        return any(question.error for question in self.questions)


@dataclass(frozen=True)
class AnswerForm:
    """The questions with the typed answers; an untouched question shows the recorded answer.

    Answers of the seats on record stand; nothing that is typed replaces them.

    `unread` are recorded answers that are not among a question's current choices.
    """

    recorded: Answers = field(default_factory=Answers)
    typed: Typed | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def groups(self) -> list[tuple[str, list[QuestionField]]]:
        """The questions under their headings, in the recommended order."""
        return [(title, [self.question(name) for name in names]) for title, names in _GROUPS.items()]

    def groups_without(self, shown: Collection[str], answers: Answers) -> list[QuestionGroup]:
        """The groups without the questions that are shown elsewhere; the counts are of all its questions."""
        return [
            QuestionGroup(
                _HOMES[names[0]],
                title,
                tuple(self.question(name) for name in names if name not in shown),
                sum(answers.of(name).is_known for name in names),
                len(names),
            )
            for title, names in _GROUPS.items()
        ]

    @property
    def labels(self) -> dict[str, tuple[str, str]]:
        """The element id and the label of every question, by field name."""
        return {f"answers.{name}": (f"q-{name}", question.label.capitalize()) for name, question in QUESTIONS.items()}

    def read(self, source: str = "") -> tuple[Answers, dict[str, str]]:
        """The readable answers, and the error messages of the others.

        An answer as it was known keeps its date and its source; another is new, from `source`. What was known and is
        now unknown is said to be so.
        """
        answers: dict[str, object] = {}
        errors: dict[str, str] = {}
        for name, question in QUESTIONS.items():
            recorded = self.recorded.of(name)
            if not self._is_touched(question):
                if recorded.is_known:
                    answers[name] = answers_mapping(Answers({name: recorded}))[name]
                continue
            try:
                value = self._value(question)
            except Unreadable as fault:
                errors[name] = sentence(str(fault))
                continue
            one: dict[str, object] = {"value": value, **({"source": source} if source and value != "unknown" else {})}
            try:
                check_amounts(parse_answers({name: one}))
            except AnswersRefused as refused:
                errors[name] = sentence(_EXPECTED.get(question.kind, refused.errors[0][1]))
                continue
            answers[name] = one
        return parse_answers(answers), errors

    def touched(self) -> tuple[str, ...]:
        """The questions whose text differs from the recorded answer."""
        return tuple(name for name, question in QUESTIONS.items() if self._is_touched(question))

    def _is_touched(self, question: Question) -> bool:
        if self.recorded.of(question.name).source == RECORD:
            return False
        (text, currency), (before, in_currency) = self._text(question), _text_of(self.recorded.of(question.name))
        if question.kind is AnswerKind.CHOICES:
            return set(text.split()) != set(before.split())
        return (" ".join(text.split()), currency) != (" ".join(before.split()), in_currency)

    def question(self, name: str) -> QuestionField:
        """A question with its typed or recorded answer."""
        question = QUESTIONS[name]
        recorded = self.recorded.of(question.name)
        if recorded.source == RECORD:
            fixed = capital(answer_text(name, answers_mapping(Answers({name: recorded}))[name]["value"]))
            return QuestionField(question, origin=_origin(recorded), fixed=fixed)
        text, currency = self._text(question)
        origin = _origin(recorded) if recorded.is_known and not self._is_touched(question) else ""
        if question.name in self.unread and not text:
            origin = f"On record as “{self.unread[question.name]}”, which is not one of the choices. It is kept."
        if not recorded.is_known and recorded.reason and not text:
            origin = sentence(f"the profile's wording is not recognized: {recorded.reason}")
        shown = _grouped(text) if question.kind is AnswerKind.MONEY else text
        return QuestionField(question, shown, currency or "USD", origin, self.errors.get(question.name, ""))

    def _text(self, question: Question) -> tuple[str, str]:
        """The text of a question's field, and its currency if it is money."""
        if self.typed is None:
            return _text_of(self.recorded.of(question.name))
        if question.kind is AnswerKind.MONEY:
            amount = read_amount(self.typed.text(f"{question.name}.amount"))
            return (amount, self.typed.text(f"{question.name}.currency").strip().upper()) if amount else ("", "")
        if question.kind is AnswerKind.CHOICES:
            return self.typed.joined(question.name), ""
        return self.typed.text(question.name).strip(), ""

    def _value(self, question: Question) -> Any:
        """The typed value as JSON. Raises `Unreadable`."""
        text, currency = self._text(question)
        if not text:
            return "unknown"
        match question.kind:
            case AnswerKind.WHOLE_NUMBER:
                number = read_number(text)
                return text if isinstance(number, str) or number != number.to_integral_value() else int(number)
            case AnswerKind.MONEY:
                return {"amount": text, "currency": currency}
            case AnswerKind.YES_NO:
                return {"yes": True, "no": False}.get(text, text)
            case AnswerKind.CHOICES:
                return [] if text == NONE_OF_THEM else [one for one in text.split() if one != NONE_OF_THEM]
            case AnswerKind.DATE:
                return read_day(text).isoformat()
            case _:
                return text


def _text_of(answer: Answer) -> tuple[str, str]:
    """The text and the currency of an answer in its field."""
    value = answer.value
    if value is UNKNOWN:
        return "", ""
    if isinstance(value, Money):
        return f"{value.amount.normalize():f}", value.currency
    if isinstance(value, bool):
        return ("yes" if value else "no"), ""
    if isinstance(value, tuple):
        return " ".join(value) or NONE_OF_THEM, ""
    return date_text(value) if isinstance(value, date) else str(plain_value(value)), ""


def _grouped(amount: str) -> str:
    """An amount with thousands separators; text that is not an amount is returned unchanged."""
    number = read_number(amount)
    return amount if isinstance(number, str) else f"{number:,f}"


_SOURCES: Mapping[str, str] = {"profile": "the profile", RECORD: "the seats on record"}


def source_text(answer: Answer) -> str:
    """Where an answer comes from, or why it is unknown; empty if neither is on record."""
    return _SOURCES.get(answer.source or "", answer.source or answer.reason or "")


def _origin(answer: Answer) -> str:
    source = _SOURCES.get(answer.source or "", answer.source) or "an earlier assessment"
    since = f", {day_words(answer.as_of)}" if answer.as_of else ""
    return f"From {source}{since}."
