"""Answers: what is known about a client, each fact with its date and its source, and unknown as a value of its own."""

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
    """The answer of somebody who does not know. It is neither yes nor no, and never nought."""

    UNKNOWN = "unknown"


UNKNOWN: Final = UnknownValue.UNKNOWN
_MOST_MONEY: Final = Decimal(10) ** 16

Value = int | bool | str | Money | date | tuple[str, ...] | UnknownValue


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a value (or unknown), the day it speaks of, who says so, and why it is unknown if that is known."""

    value: Value
    as_of: date | None = None
    source: str | None = None
    reason: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything is known."""
        return self.value is not UNKNOWN


UNANSWERED = Answer(UNKNOWN)


class AnswersRefused(ValueError):  # noqa: N818  (what a client wrote is refused; the program is in order)
    """These answers cannot be read. `errors` names every field and what is wrong with it."""

    def __init__(self, errors: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors))
        self.errors = errors


@dataclass(frozen=True)
class Answers(Mapping[str, Answer]):
    """Answers by question, in the questions' order whatever order they came in. What nobody answered is unknown."""

    given: Mapping[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        strangers = self.given.keys() - QUESTIONS.keys()
        if strangers:
            raise AnswersRefused(tuple((name, UNKNOWN_QUESTION) for name in sorted(strangers)))
        object.__setattr__(self, "given", {name: self.given[name] for name in QUESTIONS if name in self.given})

    def __getitem__(self, name: str) -> Answer:
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)

    def __hash__(self) -> int:
        return hash(tuple(self.given.items()))

    def of(self, name: str) -> Answer:
        """The answer to a question; unknown when nobody gave one."""
        return self.given.get(name, UNANSWERED)

    def known(self) -> dict[str, Answer]:
        """Only the answers that say something."""
        return {name: answer for name, answer in self.given.items() if answer.is_known}

    def dated(self, as_of: date) -> Answers:
        """The same answers, those without a date speaking of this day (the day of the assessment, say)."""
        return Answers({n: a if a.as_of else replace(a, as_of=as_of) for n, a in self.given.items()})


UNKNOWN_QUESTION = "no framework asks this"


def weighable(answers: Mapping[str, Answer]) -> Values:
    """What the rules weigh: the known answers by question, as plain values.

    Money is in US dollars, the currency of every threshold in the sources; an amount in another currency is left out,
    and so counts as unknown: a rate of some day would decide the case, and nobody chose one. A sector is left out when
    its words tell none of the kinds that the rules speak of.
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
    """Why an answer counts as unknown, where there is more to say than that nobody knows."""
    if not answer.is_known:
        return answer.reason
    if isinstance(answer.value, Money) and answer.value.currency != "USD":
        return f"given in {answer.value.currency}; the sources' thresholds are in USD and amounts are never converted"
    if name == "sector" and sector_kind(str(answer.value)) is None:
        return "no rule can tell what kind of sector this is; the question about stakes can be answered instead"
    return None


def parse_answers(given: Mapping[str, object], *, as_of: date | None = None) -> Answers:
    """Answers from a JSON-ready mapping, each a bare value or `{"value", "as_of"?, "source"?}`; "unknown" is a value.

    `as_of` dates the answers that carry no date. Raises AnswersRefused with every field that cannot be read.
    """
    read: dict[str, Answer] = {}
    errors: list[tuple[str, str]] = []
    for name, raw in given.items():
        question = QUESTIONS.get(name)
        if question is None:
            errors.append((name, UNKNOWN_QUESTION))
            continue
        try:
            read[name] = _answer(question, raw, as_of)
        except InvalidAnswer as misread:
            errors.append((f"{name}.{misread.part}" if misread.part else name, str(misread)))
    if errors:
        raise AnswersRefused(tuple(errors))
    return Answers(read)


def check_amounts(answers: Answers) -> Answers:
    """The answers; raises AnswersRefused where an amount of money does not fit its currency.

    Answers on record are read without this check: they may be from before it.
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
    """A value as JSON carries it: money as amount and currency, a date as text, several choices as a list."""
    if isinstance(value, UnknownValue):
        return value.value
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def answers_mapping(answers: Answers) -> dict[str, dict[str, object]]:
    """Answers as a JSON-ready mapping that `parse_answers` reads back the same."""
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
    """What a client's profile answers: the fields a framework asks for, the others left aside.

    `as_of` is the day the profile speaks of, or such a day a field. A field whose value the question does not offer (a
    profile may hold words that no rule knows) is unknown, with the reason.
    """
    read: dict[str, Answer] = {}
    for name, raw in profile.items():
        question = QUESTIONS.get(name)
        if question is None or not question.in_profile or raw is None:
            continue
        day = as_of.get(name) if isinstance(as_of, Mapping) else as_of
        try:
            read[name] = Answer(_value(question, raw), day, "profile")
        except InvalidAnswer as misread:
            read[name] = Answer(UNKNOWN, day, "profile", str(misread))
    return Answers(read)


def merge_answers(*layers: Answers) -> Answers:
    """The newest known answers of several layers, the last the strongest.

    Known beats unknown. Of two known answers with dates the later one holds; otherwise, and on the same day, the one
    of the later layer. So an assessment overrides the profile it began with, and a profile changed since overrides it.
    """
    merged: dict[str, Answer] = {}
    for layer in layers:
        for name, answer in layer.items():
            held = merged.get(name)
            if held is None or _outdates(answer, held):
                merged[name] = answer
    return Answers(merged)


def _outdates(answer: Answer, held: Answer) -> bool:
    if answer.is_known != held.is_known:
        return answer.is_known
    if answer.as_of is None or held.as_of is None:
        return True
    return answer.as_of >= held.as_of
