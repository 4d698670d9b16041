"""How milestones read: a few words for a mark, a line for a list, and all their details for their own page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from domain.areas import SIGNS
from domain.currencies import in_currency
from domain.milestones import Kind
from domain.seats import Commitment, Function, Hours, Money, SeatTerms
from projections.milestone_versions import MilestoneVersion
from web.bidi import isolate, isolate_all
from web.charts.wording import COMMITMENTS, KINDS, day_words
from web.forms import words_of
from web.pages.offered import shape_of_seats

Naming: TypeAlias = Callable[[UUID], str]
"""What a person is called."""

UNNAMED = "somebody"
_HATS = {"technology": "technology", "ai": "AI"}
_OWNERS = {"technology": "technology", "ai": "AI", "joint": "both together", "ceo": "the CEO"}


@dataclass(frozen=True, slots=True)
class Words:
    """A milestone in a few words, and what else there is to say in a line."""

    title: str
    note: str = ""


def tell(kind: Kind, details: Mapping[str, Any], naming: Naming) -> Words:
    """A milestone in words; names and free text from right to left are isolated in it."""
    teller = _TELLERS.get(kind)
    details = isolate_all(details)
    if teller is None:
        return Words(KINDS[kind.value], str(details.get("reason") or ""))
    return teller(details, lambda person: isolate(naming(person)))


def tell_version(version: MilestoneVersion, naming: Naming) -> Words:
    """A milestone in words, its note behind them."""
    words = tell(version.kind, version.details, naming)
    note = "; ".join(part for part in (words.note, isolate(version.note or "")) if part)
    return Words(words.title, note)


def seat_name(functions: list[str] | tuple[str, ...]) -> str:
    """What people call the seat with these functions."""
    if len(functions) > 1:
        return "CTO+CAIO seat"
    return "CTO seat" if functions and functions[0] == "technology" else "CAIO seat"


def sign_title(sign: str) -> str:
    """What a sign is called; one without a name of its own by its slug."""
    return SIGNS.get(sign) or words_of(sign)


def money_text(money: Mapping[str, Any] | Money | None) -> str:
    """`8,500 USD`, `1,250.500 KWD`: with the decimals of the currency, and with none where they are all nought."""
    if money is None:
        return ""
    amount, currency = (
        (money.amount, money.currency) if isinstance(money, Money) else (money["amount"], money["currency"])
    )
    return f"{amount_text(in_currency(Decimal(amount), currency))} {currency}"


def amount_text(amount: Decimal) -> str:
    """`25,500.50` with the decimals that it has, or `25,500` where they are all nought."""
    text = f"{amount:,f}"
    return text if amount != amount.to_integral_value() else text.partition(".")[0]


def number_text(number: object) -> str:
    """A number without noughts that say nothing."""
    if isinstance(number, int):
        return f"{number:,}"
    text = f"{Decimal(str(number)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def hours_text(hours: Hours | None) -> str:
    """`20 h technology, 12 h AI`."""
    if hours is None:
        return ""
    agreed = ((hours.of(function), _HATS[function.value]) for function in Function)
    return ", ".join(f"{number_text(number)} h {hat}" for number, hat in agreed if number is not None)


def terms_text(terms: SeatTerms) -> str:
    """Hours and fee of a seat, as far as they are known."""
    parts = [hours_text(terms.hours_per_month), money_text(terms.monthly_fee)]
    return ", ".join(part for part in parts if part)


def _joined(between: str, *parts: object) -> str:
    """What there is of the parts; any may be left out, or be hidden from whoever reads."""
    return between.join(str(part) for part in parts if part)


def _person(details: Mapping[str, Any], naming: Naming, name: str = "holder") -> str:
    person = details.get(name)
    return naming(UUID(str(person))) if person else UNNAMED


def _seat(seat: Mapping[str, Any], naming: Naming) -> str:
    words = [_person(seat, naming), COMMITMENTS[Commitment(seat["commitment"])]]
    if seat.get("interim"):
        words.append("interim")
    return ", ".join(words)


def _opened(details: Mapping[str, Any], naming: Naming) -> Words:
    lead = f", led by {_person(details, naming, 'practice_lead')}" if details.get("practice_lead") else ""
    return Words("Engagement opened", f"{details['name']}{lead}")


def _chosen(details: Mapping[str, Any], naming: Naming) -> Words:
    seats = details["seats"]
    titles = {"both": "One seat, both hats", "two": "Two seats chosen"}
    shape = shape_of_seats([seat["functions"] for seat in seats])
    title = titles.get(shape, f"{seat_name(seats[0]['functions'])} chosen")
    told = "; ".join(
        f"{seat_name(seat['functions'])}: {_seat(seat, naming)}" if len(seats) > 1 else _seat(seat, naming)
        for seat in seats
    )
    return Words(title, told)


def _split(details: Mapping[str, Any], naming: Naming) -> Words:
    told = f"CTO seat: {_seat(details['technology'], naming)}; CAIO seat: {_seat(details['ai'], naming)}"
    return Words("Split into two roles", told)


def _merged(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Merged into one role", _seat(details["seat"], naming))


def _went(commitment: str) -> Callable[[Mapping[str, Any], Naming], Words]:
    def told(details: Mapping[str, Any], naming: Naming) -> Words:
        interim = ", interim" if details.get("interim") else ""
        return Words(f"{seat_name(details['functions'])} {commitment}", f"{_person(details, naming)}{interim}")

    return told


def _hat_added(details: Mapping[str, Any], naming: Naming) -> Words:
    hat = {"technology": "CTO", "ai": "CAIO"}[details["function"]]
    return Words(f"{hat} hat added", "one seat carries both now")


def _handed_over(details: Mapping[str, Any], naming: Naming) -> Words:
    interim = ", interim" if details.get("interim") else ""
    return Words(f"{seat_name(details['functions'])} handed over", f"to {_person(details, naming)}{interim}")


def _filled(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words(f"{seat_name(details['seat']['functions'])} filled", _seat(details["seat"], naming))


def _vacated(details: Mapping[str, Any], naming: Naming) -> Words:
    what = "Both hats" if len(details["functions"]) > 1 else seat_name(details["functions"])
    return Words(f"{what} vacated", str(details.get("reason") or ""))


def _terms(details: Mapping[str, Any], naming: Naming) -> Words:
    told = []
    if "hours_per_month" in details:
        hours = details["hours_per_month"] or {}
        agreed = [f"{number_text(n)} h {_HATS[hat]}" for hat, n in hours.items() if n is not None]
        told.append(", ".join(agreed) or "hours not known")
    if "monthly_fee" in details:
        told.append(money_text(details["monthly_fee"]) or "fee not known")
    if "reports_to" in details:
        told.append(f"reports to {(details['reports_to'] or 'nobody known').upper()}")
    return Words(f"{seat_name(details['functions'])}, new terms", "; ".join(told))


def _decision(details: Mapping[str, Any], naming: Naming) -> Words:
    limit = money_text(details.get("spending_limit"))
    told = f"decided by {_OWNERS[details['owner']]}{f', alone up to {limit}' if limit else ''}"
    return Words(words_of(details["area"]), told)


def _deliverable(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words(f"{words_of(details['deliverable'])} issued", f"under the {_HATS[details['function']]} hat")


def _hours(details: Mapping[str, Any], naming: Naming) -> Words:
    told = f"{number_text(details['hours'])} h {_HATS[details['function']]} in {details['month']}"
    return Words("Hours reported", told)


def _alignment(details: Mapping[str, Any], naming: Naming) -> Words:
    who = " and ".join(naming(UUID(person)) for person in details["participants"])
    topics = ", ".join(details.get("topics") or ())
    return Words("Alignment held", f"{who}{f': {topics}' if topics else ''}")


def _raised(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Conflict raised", _joined(": ", details.get("conflict"), details.get("topic")))


def _resolved(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Conflict settled", _joined(", ", details.get("conflict"), f"by {_OWNERS[details['resolved_by']]}"))


def _started(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Initiative started", details["initiative"])


def _live(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Initiative live", details["initiative"])


def _outcome(details: Mapping[str, Any], naming: Naming) -> Words:
    told = f"{details['initiative']}: {details['metric']}"
    if "value" not in details:  # left out, where no money is to be seen
        return Words("Outcome measured", told)
    before = f"{number_text(details['baseline'])} to " if details.get("baseline") is not None else ""
    return Words("Outcome measured", f"{told} {before}{number_text(details['value'])} {details['unit']}")


def _observed(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Sign observed", _joined(": ", sign_title(details["sign"]), details.get("evidence")))


def _cleared(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Sign cleared", sign_title(details["sign"]))


def _declined(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Advice declined", str(details.get("reason") or ""))


def _renewal(details: Mapping[str, Any], naming: Naming) -> Words:
    notice = details.get("notice_by")
    until = f", notice by {day_words(date.fromisoformat(notice))}" if notice else ""
    return Words("Renewal date set", f"{day_words(date.fromisoformat(details['renews_on']))}{until}")


def _limit(details: Mapping[str, Any], naming: Naming) -> Words:
    title = {"technology": "CTO spending limit set", "ai": "CAIO spending limit set"}[details["function"]]
    limit = money_text(details.get("limit"))
    return Words(title, f"{limit} a month" if limit else "")


def _closed(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Engagement closed", _joined("; ", details.get("outcome"), details.get("reason")))


def _assessed(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Assessment taken", f"by {_person(details, naming, 'assessor')}, {len(details['answers'])} answers")


_TELLERS: Mapping[Kind, Callable[[Mapping[str, Any], Naming], Words]] = {
    Kind.OPENED: _opened,
    Kind.ASSESSMENT_TAKEN: _assessed,
    Kind.STRUCTURE_CHOSEN: _chosen,
    Kind.SPLIT_TO_TWO_ROLES: _split,
    Kind.MERGED_TO_ONE_ROLE: _merged,
    Kind.TRANSITIONED_TO_FULL_TIME: _went("full-time"),
    Kind.TRANSITIONED_TO_FRACTIONAL: _went("fractional"),
    Kind.HAT_ADDED: _hat_added,
    Kind.HANDED_OVER: _handed_over,
    Kind.SEAT_FILLED: _filled,
    Kind.SEAT_VACATED: _vacated,
    Kind.TERMS_CHANGED: _terms,
    Kind.DECISION_RIGHT_ASSIGNED: _decision,
    Kind.DELIVERABLE_ISSUED: _deliverable,
    Kind.HOURS_REPORTED: _hours,
    Kind.ALIGNMENT_HELD: _alignment,
    Kind.CONFLICT_RAISED: _raised,
    Kind.CONFLICT_RESOLVED: _resolved,
    Kind.INITIATIVE_STARTED: _started,
    Kind.INITIATIVE_LIVE: _live,
    Kind.OUTCOME_MEASURED: _outcome,
    Kind.SIGN_OBSERVED: _observed,
    Kind.SIGN_CLEARED: _cleared,
    Kind.ADVICE_DECLINED: _declined,
    Kind.RENEWAL_SET: _renewal,
    Kind.SPENDING_LIMIT_SET: _limit,
    Kind.CLOSED: _closed,
}
