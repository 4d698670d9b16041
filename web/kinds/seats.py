"""Page definitions of the kinds that change seats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.field_types import field_specs
from domain.milestones import Kind
from domain.seats import BOTH, Commitment, Function, ReportsTo, SeatTerms
from web.charts.wording import COMMITMENTS
from web.formatting import FUNCTION_WORDS, money_text, number_text, seat_name
from web.kinds.fields import FieldSection, FieldText
from web.kinds.page import Family, Group, KindPage, Naming, Text, Words, joined, person
from web.kinds.structures import seat_numbers, shape_of_seats

_SEAT_FIELDS = {
    text.name: text
    for text in (
        FieldText("holder", "Held by"),
        FieldText("commitment", "Commitment"),
        FieldText("provider", "Employed by", preset="firm"),
        FieldText("interim", "Interim (acting)"),
        FieldText("reports_to", "Reports to"),
        FieldText("hours_per_month", "Hours a month"),
        FieldText("monthly_fee", "Monthly fee"),
    )
}
_HOURS, _FEE, _REPORTS_TO = (_SEAT_FIELDS[name] for name in ("hours_per_month", "monthly_fee", "reports_to"))
_INTERIM = _SEAT_FIELDS["interim"]
_WHICH_SEAT = FieldText("functions", "Which seat")
_NEW_TERMS = FieldSection("New terms", (_HOURS, _FEE), "Hours and fee are replaced; leave empty if unknown.")


_PARENTS: Mapping[str | None, str] = {
    ReportsTo.CEO: "the CEO",
    ReportsTo.COO: "the COO",
    ReportsTo.CTO: "the CTO",
    ReportsTo.BOARD: "the board",
    ReportsTo.OTHER: "someone else",
    None: "someone unknown",
}
"""The person to whom a seat reports, in a sentence."""


def _seat_fields(prefix: str, functions: tuple[Function, ...]) -> tuple[FieldText, ...]:
    """All fields of a seat's terms."""
    texts = (_SEAT_FIELDS[spec.name] for spec in field_specs(SeatTerms))
    return tuple(
        FieldText(f"{prefix}{text.name}", text.label, preset=text.preset, functions=functions) for text in texts
    )


def _reasons(label: str = "Why this change") -> FieldSection:
    """The rationale, and the assessment that is followed."""
    return FieldSection("", (FieldText("rationale", label), FieldText("assessment", "Follows the assessment of")))


def _structure_fields(shape: str) -> tuple[FieldSection, ...]:
    seats = (
        FieldSection(title, _seat_fields(f"seats.{number}.", functions))
        for number, title, functions in seat_numbers(shape)
    )
    return (*seats, _reasons("Why this structure"))


def _transition_fields(provider: str) -> tuple[FieldSection, ...]:
    who = (
        _WHICH_SEAT,
        _SEAT_FIELDS["holder"],
        FieldText("provider", "Employed by", preset=provider),
        _INTERIM,
        _REPORTS_TO,
    )
    return FieldSection("", who), _NEW_TERMS, _reasons()


def _seat(seat: Mapping[str, Any], naming: Naming) -> str:
    interim = "interim" if seat.get("interim") else ""
    return joined(", ", person(seat, naming), COMMITMENTS[Commitment(seat["commitment"])], interim)


def _holder(details: Mapping[str, Any], naming: Naming) -> str:
    return joined(", ", person(details, naming), "interim" if details.get("interim") else "")


def _structure_text(details: Mapping[str, Any], naming: Naming) -> Words:
    seats = details["seats"]
    titles = {"both": "Unified seat", "two": "Two seats"}
    shape = shape_of_seats([seat["functions"] for seat in seats])
    title = titles.get(shape, f"{seat_name(seats[0]['functions'])} only")
    note = "; ".join(
        f"{seat_name(seat['functions'])}: {_seat(seat, naming)}" if len(seats) > 1 else _seat(seat, naming)
        for seat in seats
    )
    return Words(title, note)


def _split_text(details: Mapping[str, Any], naming: Naming) -> Words:
    note = f"CTO seat: {_seat(details['technology'], naming)}; CAIO seat: {_seat(details['ai'], naming)}"
    return Words("Split into two roles", note)


def _merge_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Merged into one role", _seat(details["seat"], naming))


def _transition_text(commitment: str) -> Text:
    return lambda details, naming: Words(f"{seat_name(details['functions'])} {commitment}", _holder(details, naming))


def _hat_text(details: Mapping[str, Any], naming: Naming) -> Words:
    hat = {"technology": "CTO", "ai": "CAIO"}[details["function"]]
    return Words(f"{hat} role added", "now a unified seat")


def _hand_over_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words(f"{seat_name(details['functions'])} handed over", f"to {_holder(details, naming)}")


def _filled_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words(f"{seat_name(details['seat']['functions'])} filled", _seat(details["seat"], naming))


def _vacated_text(details: Mapping[str, Any], naming: Naming) -> Words:
    seat = "Both hats" if len(details["functions"]) > 1 else seat_name(details["functions"])
    return Words(f"{seat} vacated", str(details.get("reason") or ""))


def _terms_text(details: Mapping[str, Any], naming: Naming) -> Words:
    changes = []
    if "hours_per_month" in details:
        hours = details["hours_per_month"] or {}
        agreed = [f"{number_text(n)} h {FUNCTION_WORDS[function]}" for function, n in hours.items() if n is not None]
        changes.append(", ".join(agreed) or "hours not known")
    if "monthly_fee" in details:
        changes.append(money_text(details["monthly_fee"]) or "fee not known")
    if "reports_to" in details:
        changes.append(f"reports to {_PARENTS[details['reports_to']]}")
    return Words(f"{seat_name(details['functions'])}, new terms", "; ".join(changes))


PAGES = (
    KindPage(
        Kind.STRUCTURE_CHOSEN,
        Family.DECISION,
        Group.STRUCTURE,
        "Sets all seats, replacing the current ones",
        _structure_fields,
        _structure_text,
    ),
    KindPage(
        Kind.SPLIT_TO_TWO_ROLES,
        Family.DECISION,
        Group.STRUCTURE,
        "A unified seat becomes two seats",
        (
            FieldSection("CTO seat", _seat_fields("technology.", (Function.TECHNOLOGY,))),
            FieldSection("CAIO seat", _seat_fields("ai.", (Function.AI,))),
            _reasons(),
        ),
        _split_text,
    ),
    KindPage(
        Kind.MERGED_TO_ONE_ROLE,
        Family.DECISION,
        Group.STRUCTURE,
        "Two seats become one unified seat",
        (FieldSection("The unified seat", _seat_fields("seat.", BOTH)), _reasons()),
        _merge_text,
    ),
    KindPage(
        Kind.TRANSITIONED_TO_FULL_TIME,
        Family.SEAT,
        Group.STRUCTURE,
        "A fractional seat becomes full-time",
        _transition_fields("client"),
        _transition_text("full-time"),
    ),
    KindPage(
        Kind.TRANSITIONED_TO_FRACTIONAL,
        Family.SEAT,
        Group.STRUCTURE,
        "A full-time seat becomes fractional",
        _transition_fields("firm"),
        _transition_text("fractional"),
    ),
    KindPage(
        Kind.HAT_ADDED,
        Family.SEAT,
        Group.STRUCTURE,
        "The holder of one seat also takes the vacant one",
        (FieldSection("", (FieldText("function", "Which role"), _REPORTS_TO)), _NEW_TERMS, _reasons()),
        _hat_text,
    ),
    KindPage(
        Kind.HANDED_OVER,
        Family.SEAT,
        Group.SEATS,
        "A new holder on the same terms, or an interim holder made permanent",
        (
            FieldSection(
                "",
                (_WHICH_SEAT, FieldText("holder", "New holder"), _INTERIM),
                "The new holder starts on the date above; the previous holder's last day is the day before.",
            ),
            _reasons(),
        ),
        _hand_over_text,
    ),
    KindPage(
        Kind.SEAT_FILLED,
        Family.SEAT,
        Group.SEATS,
        "A vacant seat gets a holder",
        (
            FieldSection("", (FieldText("seat.functions", "Which vacant seat"), *_seat_fields("seat.", BOTH))),
            _reasons(),
        ),
        _filled_text,
    ),
    KindPage(
        Kind.SEAT_VACATED,
        Family.SEAT,
        Group.SEATS,
        "The seat has no holder",
        (
            FieldSection(
                "",
                (FieldText("functions", "Which seat"), FieldText("reason", "Reason")),
                "The seat is vacant from the date above; the holder's last day is the day before.",
            ),
            _reasons(),
        ),
        _vacated_text,
    ),
    KindPage(
        Kind.TERMS_CHANGED,
        Family.SEAT,
        Group.SEATS,
        "New hours, fee or reporting line",
        (
            FieldSection(
                "",
                (
                    _WHICH_SEAT,
                    _HOURS,
                    _FEE,
                    _REPORTS_TO,
                    FieldText("hours_per_month.cleared", "Clear the hours (unknown)"),
                    FieldText("monthly_fee.cleared", "Clear the fee (unknown)"),
                ),
                "Leave a field empty to keep its value. Hours entered for one role replace the hours of both.",
            ),
        ),
        _terms_text,
    ),
)
