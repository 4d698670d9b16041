"""What a milestone's details must hold by themselves, whatever the timeline says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal

from domain.areas import SIGNS
from domain.currencies import check_amount, check_currency
from domain.errors import InvalidField
from domain.milestones import (
    AdviceDeclined,
    AlignmentHeld,
    Closed,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    DeliverableIssued,
    Details,
    HandedOver,
    HatAdded,
    HoursReported,
    InitiativeLive,
    InitiativeStarted,
    Keep,
    MergedToOneRole,
    Milestone,
    Opened,
    OutcomeMeasured,
    RenewalSet,
    SeatFilled,
    SeatVacated,
    SignCleared,
    SignObserved,
    SpendingLimitSet,
    SplitToTwoRoles,
    StructureChosen,
    TermsChanged,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.seats import BOTH, Function, Hours, Money, SeatTerms, SeatWithFunctions
from domain.text import UncleanText, clean, clean_name

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)
MOST_HOURS = Decimal(744)
MOST_MONEY = Decimal(10) ** 12
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,79}")
_SIGN = re.compile(r"(?=.{1,80}$)[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def check_milestone(milestone: Milestone) -> None:
    """Refuse (`InvalidField`) a milestone that is wrong by itself."""
    check_dates(milestone)
    check_details(milestone.details)


def check_dates(milestone: Milestone) -> None:
    """Refuse (`InvalidField`) the dates of a milestone where they are wrong by themselves."""
    check_date("effective_on", milestone.effective_on)
    if milestone.reported_on is not None:
        check_date("reported_on", milestone.reported_on)
    if not milestone.precision.is_first_day(milestone.effective_on):
        raise InvalidField(
            "effective_on", f"with the precision {milestone.precision} it must be the period's first day"
        )


def check_date(field: str, day: date) -> None:
    """Refuse a date outside of 1900 to 2199: a slip of the pen, and a burden on every calendar."""
    if not EARLIEST <= day <= LATEST:
        raise InvalidField(field, f"must lie between {EARLIEST} and {LATEST}")


def check_details(details: Details, before: Details | None = None) -> None:
    """Refuse (`InvalidField`, naming the field) details that are wrong by themselves.

    A sign that stands in the details `before` a correction may stay, whatever it is called.
    """
    match details:
        case SignObserved():
            if not (isinstance(before, SignObserved) and before.sign == details.sign):
                _check_sign("sign", details.sign)
            _check_text("evidence", details.evidence)
        case StructureChosen():
            _check_chosen(details)
        case SplitToTwoRoles():
            _check_terms("technology", details.technology, (Function.TECHNOLOGY,))
            _check_terms("ai", details.ai, (Function.AI,))
        case MergedToOneRole():
            _check_terms("seat", details.seat, BOTH)
        case SeatFilled():
            _check_functions("seat.functions", details.seat.functions)
            _check_terms("seat", details.seat.terms, details.seat.functions)
        case TransitionedToFullTime() | TransitionedToFractional():
            _check_functions("functions", details.functions)
            _check_hours("hours_per_month", details.hours_per_month, details.functions)
            _check_money("monthly_fee", details.monthly_fee)
        case HatAdded():
            _check_hours("hours_per_month", details.hours_per_month, BOTH)
            _check_money("monthly_fee", details.monthly_fee)
        case HandedOver() | SeatVacated():
            _check_functions("functions", details.functions)
        case TermsChanged():
            _check_changed_terms(details)
        case _:
            _check_words(details)


def _check_words(details: Details) -> None:
    match details:
        case Opened():
            _check_text("name", details.name)
        case Closed():
            _check_text("outcome", details.outcome)
        case DecisionRightAssigned():
            _check_slug("area", details.area)
            _check_money("spending_limit", details.spending_limit)
        case DeliverableIssued():
            _check_slug("deliverable", details.deliverable)
        case HoursReported():
            if not _MONTH.fullmatch(details.month) or not "1900" <= details.month[:4] <= "2199":
                raise InvalidField("month", "must be a month like 2026-03")
            _check_number("hours", details.hours, MOST_HOURS)
        case AlignmentHeld():
            if not details.participants:
                raise InvalidField("participants", "must name at least one person")
            if len(set(details.participants)) < len(details.participants):
                raise InvalidField("participants", "must name a person once")
        case ConflictRaised():
            _check_text("conflict", details.conflict)
            _check_text("topic", details.topic)
        case ConflictResolvedBy():
            _check_text("conflict", details.conflict)
        case InitiativeStarted() | InitiativeLive():
            _check_text("initiative", details.initiative)
        case OutcomeMeasured():
            for field in ("initiative", "metric", "unit"):
                _check_text(field, getattr(details, field))
            for field, number in (("value", details.value), ("baseline", details.baseline)):
                if number is not None and not (number.is_finite() and abs(number) <= 10**15):
                    raise InvalidField(field, "must be a number of at most 15 digits")
        case AdviceDeclined():
            _check_text("reason", details.reason)
        case RenewalSet():
            check_date("renews_on", details.renews_on)
            if details.notice_by is not None:
                check_date("notice_by", details.notice_by)
                if details.notice_by > details.renews_on:
                    raise InvalidField("notice_by", "must not lie after the renewal")
        case SpendingLimitSet():
            _check_money("limit", details.limit)
        case SignCleared():
            _check_text("sign", details.sign)
        case _:
            pass


def _check_chosen(details: StructureChosen) -> None:
    if not 1 <= len(details.seats) <= 2:
        raise InvalidField("seats", "must be one seat or two")
    taken: set[Function] = set()
    for number, seat in enumerate(details.seats):
        _check_functions(f"seats.{number}.functions", seat.functions)
        if taken & set(seat.functions):
            raise InvalidField(f"seats.{number}.functions", "a function is in at most one seat")
        taken |= set(seat.functions)
        _check_terms(f"seats.{number}", seat.terms, seat.functions)


def _check_changed_terms(details: TermsChanged) -> None:
    _check_functions("functions", details.functions)
    if details.hours_per_month is details.monthly_fee is details.reports_to is Keep.KEEP:
        raise InvalidField("functions", "at least one of hours_per_month, monthly_fee, reports_to must be given")
    if not isinstance(details.hours_per_month, Keep):
        _check_hours("hours_per_month", details.hours_per_month, details.functions)
    if not isinstance(details.monthly_fee, Keep):
        _check_money("monthly_fee", details.monthly_fee)


def _check_functions(field: str, functions: tuple[Function, ...]) -> None:
    if not functions:
        raise InvalidField(field, "must name at least one function")
    if len(set(functions)) < len(functions):
        raise InvalidField(field, "must name a function once")


def _check_terms(field: str, terms: SeatTerms | SeatWithFunctions, functions: tuple[Function, ...]) -> None:
    _check_hours(f"{field}.hours_per_month", terms.hours_per_month, functions)
    _check_money(f"{field}.monthly_fee", terms.monthly_fee)


def _check_hours(field: str, hours: Hours | None, functions: tuple[Function, ...]) -> None:
    if hours is None:
        return
    if hours.technology is hours.ai is None:
        raise InvalidField(field, "must say the hours of at least one function")
    for function in BOTH:
        agreed = hours.of(function)
        if agreed is None:
            continue
        if function not in functions:
            raise InvalidField(f"{field}.{function}", "the seat does not carry that function")
        _check_number(f"{field}.{function}", agreed, MOST_HOURS)
    if (hours.technology or 0) + (hours.ai or 0) > MOST_HOURS:
        raise InvalidField(field, f"must not add up to more than {MOST_HOURS}, the hours of the longest month")


def _check_money(field: str, money: Money | None) -> None:
    if money is None:
        return
    check_currency(f"{field}.currency", money.currency)
    check_amount(f"{field}.amount", money.amount, money.currency, MOST_MONEY)


def _check_number(field: str, number: Decimal, most: Decimal) -> None:
    if not number.is_finite() or not 0 <= number <= most:
        raise InvalidField(field, f"must lie between 0 and {most}")
    if number != number.quantize(Decimal("0.01")):
        raise InvalidField(field, "has at most two decimals")


def _check_slug(field: str, slug: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise InvalidField(field, "must be a slug of small letters, digits and underscores")


def _check_sign(field: str, sign: str) -> None:
    if sign not in SIGNS and not _SIGN.fullmatch(sign):
        raise InvalidField(field, "must be the id of a sign, like A07, or a slug of small letters and digits")


def check_name(field: str, name: str) -> None:
    """Refuse a name that is not clean, or of which nothing can be seen."""
    try:
        clean_name(name)
    except UncleanText as fault:
        raise InvalidField(field, str(fault)) from None


def check_texts(after: Milestone, before: Milestone | None = None) -> None:
    """Refuse what a milestone says in texts that are not clean; those that it held before stay as they are."""
    standing = set() if before is None else {text for _, text in _texts_in("", before)}
    for field, text in _texts_in("", after):
        if text not in standing:
            check_clean(field, text)


def check_clean(field: str, text: str) -> None:
    """Refuse a text that holds control characters or invisible ones; it may have several lines."""
    try:
        clean(text, multiline=True)
    except UncleanText as fault:
        raise InvalidField(field, str(fault)) from None


def _texts_in(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text within a value, with the dotted path to it; details stand under no name of their own."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _texts_in(f"{path}.{name}", member)
    elif isinstance(value, tuple | list):
        for number, member in enumerate(value):
            yield from _texts_in(f"{path}.{number}", member)
    elif is_dataclass(value):
        for own in fields(value):
            within = path if own.name == "details" else f"{path}.{own.name}".removeprefix(".")
            yield from _texts_in(within, getattr(value, own.name))


def _check_text(field: str, text: str) -> None:
    if not text.strip():
        raise InvalidField(field, "must not be empty")
