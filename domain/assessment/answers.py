"""Answers: facts about a client, each with its date and source. Unknown is a value of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from domain.assessment.answer_parsing import InvalidAnswer, read_date, read_source, read_value
from domain.assessment.predicates import Values
from domain.assessment.questions import QUESTIONS, AnswerKind, Question
from domain.assessment.sectors import sector_kind
from domain.currencies import check_amount, check_currency
from domain.errors import InvalidField
from domain.seats import Money


class UnknownValue(Enum):
    """The answer "unknown": neither yes nor no, and never zero."""

    UNKNOWN = "unknown"


UNKNOWN: Final = UnknownValue.UNKNOWN
_MOST_MONEY: Final = Decimal(10) ** 16

Value = int | bool | str | Money | date | tuple[str, ...] | UnknownValue


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: a value (or unknown), the day it applies to, its source, and the reason if it is unknown."""

    value: Value
    as_of: date | None = None
    source: str | None = None
    reason: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether the value is not unknown."""
        return self.value is not UNKNOWN


UNANSWERED = Answer(UNKNOWN)


class AnswersRefused(ValueError):  # noqa: N818  (what a client wrote is refused; the program is in order)
    """The answers are invalid. `errors` holds each invalid field with a message."""

    def __init__(self, errors: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors))
        self.errors = errors


@dataclass(frozen=True)
class Answers(Mapping[str, Answer]):
    """Answers by question, always in the order of the questions. A missing answer counts as unknown."""

    by_question: Mapping[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.by_question.keys() <= QUESTIONS.keys():
            unknown_names = sorted(self.by_question.keys() - QUESTIONS.keys())
            raise AnswersRefused(tuple((name, UNKNOWN_QUESTION) for name in unknown_names))
        object.__setattr__(
            self, "by_question", {name: self.by_question[name] for name in QUESTIONS if name in self.by_question}
        )

    def __getitem__(self, name: str) -> Answer:
        return self.by_question[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_question)

    def __len__(self) -> int:
        return len(self.by_question)

    def __hash__(self) -> int:
        return hash(tuple(self.by_question.items()))

    def of(self, name: str) -> Answer:
        """The answer to a question; unknown if it is missing."""
        return self.by_question.get(name, UNANSWERED)

    def known_answers(self) -> dict[str, Answer]:
        """The answers that are not unknown."""
        return {name: answer for name, answer in self.by_question.items() if answer.is_known}

    def dated(self, as_of: date) -> Answers:
        """The same answers; those without a date get this one (for example the day of the assessment)."""
        return Answers({n: a if a.as_of else replace(a, as_of=as_of) for n, a in self.by_question.items()})


UNKNOWN_QUESTION = "no framework asks this"


def weighable(answers: Mapping[str, Answer]) -> Values:
    """Convert known answers to the plain values that rules compare, by question.

    Money is in US dollars, the currency of every threshold in the sources. An amount in another currency is left out
    and so counts as unknown: converting it would need an exchange rate that no one chose. A sector is left out if its
    words do not identify one of the kinds that the rules use.
    """
    values: dict[str, Any] = {}
    for name, answer in answers.items():
        value = answer.value
        if value is UNKNOWN:
            continue
        if isinstance(value, Money):
            if value.currency == "USD":
                values[name] = value.amount
        elif name == "sector":
            kind = sector_kind(str(value))
            if kind is not None:
                values[name] = kind
        else:
            values[name] = value
    return Values(values)


def why_unweighable(name: str, answer: Answer) -> str | None:
    """Why an answer counts as unknown, if there is a specific reason."""
    if not answer.is_known:
        return answer.reason
    if isinstance(answer.value, Money) and answer.value.currency != "USD":
        return f"given in {answer.value.currency}; the sources' thresholds are in USD and amounts are never converted"
    if name == "sector" and sector_kind(str(answer.value)) is None:
        return "no rule can tell what kind of sector this is; the question about stakes can be answered instead"
    return None


def parse_answers(mapping: Mapping[str, object], *, as_of: date | None = None) -> Answers:
    """Parse answers from a JSON-ready mapping. Each is a bare value or `{"value", "as_of"?, "source"?, "reason"?}`.

    The value "unknown" is allowed everywhere. `as_of` dates the answers that carry no date. Raises AnswersRefused with
    every invalid field.
    """
    answers: dict[str, Answer] = {}
    errors: list[tuple[str, str]] = []
    for name, raw in mapping.items():
        question = QUESTIONS.get(name)
        if question is None:
            errors.append((name, UNKNOWN_QUESTION))
            continue
        try:
            answers[name] = _answer(question, raw, as_of)
        except InvalidAnswer as invalid:
            errors.append((f"{name}.{invalid.part}" if invalid.part else name, str(invalid)))
    if errors:
        raise AnswersRefused(tuple(errors))
    return Answers(answers)


def check_amounts(answers: Answers) -> Answers:
    """Return the answers; raises AnswersRefused if an amount of money does not fit its currency.

    Recorded answers are parsed without this check, because they may be older than the check.
    """
    errors: list[tuple[str, str]] = []
    for name, answer in answers.items():
        if isinstance(answer.value, Money):
            try:
                check_currency(f"{name}.currency", answer.value.currency)
                check_amount(f"{name}.amount", answer.value.amount, answer.value.currency, _MOST_MONEY)
            except InvalidField as fault:
                errors.append((fault.field, fault.message))
    if errors:
        raise AnswersRefused(tuple(errors))
    return answers


def _answer(question: Question, raw: object, as_of: date | None) -> Answer:
    if not isinstance(raw, Mapping) or (question.kind is AnswerKind.MONEY and "value" not in raw and "amount" in raw):
        return Answer(_value(question, raw), as_of)
    for part in raw:
        if part not in ("value", "as_of", "source", "reason"):
            raise InvalidAnswer("an answer has `value`, `as_of`, `source` and `reason`, nothing else", str(part))
    if "value" not in raw:
        raise InvalidAnswer("an answer needs a `value`", "value")
    value = _value(question, raw["value"])
    dated = read_date(raw["as_of"], "as_of") if raw.get("as_of") is not None else as_of
    source = read_source(raw["source"], "source") if raw.get("source") is not None else None
    reason = read_source(raw["reason"], "reason") if raw.get("reason") is not None else None
    return Answer(value, dated, source, reason if value is UNKNOWN else None)


def _value(question: Question, raw: object) -> Value:
    return UNKNOWN if raw is None or raw == UNKNOWN.value else read_value(question, raw)


def plain_value(value: Value) -> object:
    """A value as JSON: money as amount and currency, a date as text, several choices as a list."""
    if isinstance(value, UnknownValue):
        return value.value
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def answers_mapping(answers: Answers) -> dict[str, dict[str, object]]:
    """Answers as a JSON-ready mapping; `parse_answers` restores equal answers."""
    plain: dict[str, dict[str, object]] = {}
    for name, answer in answers.items():
        entry: dict[str, object] = {"value": plain_value(answer.value)}
        if answer.as_of is not None:
            entry["as_of"] = answer.as_of.isoformat()
        if answer.source is not None:
            entry["source"] = answer.source
        if answer.reason is not None:
            entry["reason"] = answer.reason
        plain[name] = entry
    return plain


def answers_from_profile(profile: Mapping[str, object], *, as_of: date | Mapping[str, date] | None = None) -> Answers:
    """The answers that a client's profile gives. Fields that no framework uses are ignored.

    `as_of` is the day the profile applies to, or such a day per field. A value that the question does not offer
    (profiles allow other words) becomes unknown, with the reason.
    """
    answers: dict[str, Answer] = {}
    for name, raw in profile.items():
        question = QUESTIONS.get(name)
        if question is None or not question.in_profile or raw is None:
            continue
        day = as_of.get(name) if isinstance(as_of, Mapping) else as_of
        try:
            answers[name] = Answer(_value(question, raw), day, "profile")
        except InvalidAnswer as invalid:
            answers[name] = Answer(UNKNOWN, day, "profile", str(invalid))
    return Answers(answers)


def merge_answers(*layers: Answers) -> Answers:
    """Merge layers of answers; the newest known answer wins.

    Known beats unknown. Of two known answers with dates the later one wins; otherwise, and on the same day, the one of
    the later layer. So an assessment overrides the profile it began with, and a later profile change overrides the
    assessment.
    """
    merged: dict[str, Answer] = {}
    for layer in layers:
        for name, answer in layer.by_question.items():
            current = merged.get(name)
            if current is None or outdates(answer, current):
                merged[name] = answer
    return Answers(merged)


def outdates(answer: Answer, current: Answer) -> bool:
    """Whether an answer replaces the current one, which stood before it: known beats unknown, later beats earlier."""
    if answer.is_known != current.is_known:
        return answer.is_known
    if answer.as_of is None or current.as_of is None:
        return True
    return answer.as_of >= current.as_of
