"""Parses one value according to its question, with plain messages for invalid values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from domain.assessment.questions import AnswerKind, Question
from domain.seats import Money

MOST = 1_000_000_000
"""The largest count allowed, for example of people or products."""

_AMOUNT = re.compile(r"[0-9]{1,16}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_ALSO = {
    "funding_stage": {"none": "bootstrapped", "preseed": "pre_seed", "public_company": "public", "listed": "public"},
    "ai_functions": {
        "ops": "operations",
        "cs": "customer_success",
        "hr": "human_resources",
        "people": "human_resources",
    },
}
"""Accepted synonyms of choices."""


class InvalidAnswer(ValueError):  # noqa: N818  (what a client wrote is refused; the program is in order)
    """A value that its question does not allow; `part` names the invalid part if it is not the whole answer."""

    def __init__(self, message: str, part: str = "") -> None:
        super().__init__(message)
        self.part = part


def read_value(question: Question, raw: object) -> int | bool | str | Money | date | tuple[str, ...]:
    """Parse the value of a known answer. Raises InvalidAnswer."""
    return _READERS[question.kind](question, raw)


def read_date(raw: object, part: str = "") -> date:
    """Parse a day, from a date or `YYYY-MM-DD`. Raises InvalidAnswer."""
    if type(raw) is date:
        return raw
    if isinstance(raw, str) and _DATE.fullmatch(raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            raise InvalidAnswer("there is no such day", part) from None
    raise InvalidAnswer("must be a date such as 2026-03-01", part)


def read_source(raw: object, part: str = "") -> str:
    """Check a source: a short text. Raises InvalidAnswer."""
    if not isinstance(raw, str) or not raw.strip() or len(raw) > 500:
        raise InvalidAnswer("must be a text of 1 to 500 characters", part)
    return raw


def _whole_number(question: Question, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= MOST:
        raise InvalidAnswer(f"must be a whole number of {question.unit} from 0 to {MOST:,}")
    return raw


def _yes_no(_: Question, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise InvalidAnswer('must be true, false or "unknown"')
    return raw


def _text(_: Question, raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip() or len(raw) > 200:
        raise InvalidAnswer("must be a text of 1 to 200 characters")
    return raw.strip()


def _choice(question: Question, raw: object) -> str:
    if isinstance(raw, str):
        slug = re.sub(r"[\s-]+", "_", raw.strip().lower())
        slug = _ALSO.get(question.name, {}).get(slug, slug)
        if question.name == "funding_stage" and re.fullmatch(r"series_[c-z]", slug):
            slug = "series_c_or_later"
        if slug in question.choices:
            return slug
    raise InvalidAnswer("must be one of " + ", ".join(question.choices) + " or unknown")


def _several(question: Question, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or len(raw) > 100:
        raise InvalidAnswer("must be a list of " + ", ".join(question.choices) + '; or "unknown"')
    chosen = {_choice(question, one) for one in raw}
    return tuple(choice for choice in question.choices if choice in chosen)


def _money(_: Question, raw: object) -> Money:
    if isinstance(raw, Money):
        amount, currency = raw.amount, raw.currency
        if amount.is_finite() and amount >= 0:
            return Money(amount, currency)
    if not isinstance(raw, Mapping) or raw.keys() != {"amount", "currency"}:
        raise InvalidAnswer('must be an amount such as {"amount": "4000000.00", "currency": "USD"}')
    amount_text, code = raw["amount"], raw["currency"]
    if type(amount_text) is int:
        amount_text = str(amount_text)
    if not isinstance(amount_text, str) or not _AMOUNT.fullmatch(amount_text):
        raise InvalidAnswer('must be an amount as text, such as "4000000.00", that is not negative', "amount")
    if not isinstance(code, str) or not _CURRENCY.fullmatch(code):
        raise InvalidAnswer("must be a currency code such as USD", "currency")
    return Money(Decimal(amount_text), code)


def _date(_: Question, raw: object) -> date:
    return read_date(raw)


_READERS: dict[AnswerKind, Callable[[Question, object], int | bool | str | Money | date | tuple[str, ...]]] = {
    AnswerKind.WHOLE_NUMBER: _whole_number,
    AnswerKind.MONEY: _money,
    AnswerKind.YES_NO: _yes_no,
    AnswerKind.CHOICE: _choice,
    AnswerKind.CHOICES: _several,
    AnswerKind.TEXT: _text,
    AnswerKind.DATE: _date,
}
