"""A milestone's details, field by field: as labels and values, and as the text of a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from domain.milestones import Kind
from web.charts.wording import day_words, month_words
from web.form_fields import FormField, FormSection, Reads, Typed, typed_from
from web.formatting import money_text, number_text, seat_name, sign_title
from web.forms import flattened, words_of
from web.kinds import PAGES
from web.kinds.fields import FormContext
from web.kinds.page import Naming
from web.kinds.structures import shape_of_seats


def shape_in(kind: Kind, details: Mapping[str, Any]) -> str:
    """The shape of a chosen structure; meaningless for other kinds."""
    if kind is not Kind.STRUCTURE_CHOSEN:
        return "both"
    return shape_of_seats([seat["functions"] for seat in details["seats"]])


def typed_details(blocks: tuple[FormSection, ...], details: Mapping[str, Any]) -> Typed:
    """The form text of these details."""
    return typed_from(
        (form_field for block in blocks for form_field in block.form_fields), flattened(in_seat_order(details))
    )


def in_seat_order(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """The seats of a structure in the form's order: technology first."""
    seats = details.get("seats")
    if not isinstance(seats, list) or len(seats) < 2:
        return details
    return {**details, "seats": sorted(seats, key=lambda seat: seat["functions"][0] != "technology")}


def detail_rows(
    kind: Kind, details: Mapping[str, Any], naming: Naming, assessments: Mapping[UUID, str] = MappingProxyType({})
) -> list[tuple[str, str]]:
    """The details as labels and values; `assessments` are the client's assessments by title."""
    if kind is Kind.ASSESSMENT_TAKEN:
        return list(_assessment(details, naming))
    flat = flattened(in_seat_order(details))
    rows: list[tuple[str, str]] = []
    for block in PAGES[kind].blocks(FormContext(), shape_in(kind, details)):
        for form_field in block.form_fields:
            if form_field.name in flat or form_field.reads is Reads.AMOUNT:
                text = _value(form_field, flat, naming, assessments)
                if text:
                    label = (
                        f"{block.title}: {form_field.label.lower()}"
                        if block.title.endswith("seat")
                        else form_field.label
                    )
                    rows.append((label.replace(" for ai", " for AI"), text))
    return rows


def _value(form_field: FormField, flat: Mapping[str, Any], naming: Naming, assessments: Mapping[UUID, str]) -> str:
    value: Any = flat.get(form_field.name)
    match form_field.reads:
        case Reads.AMOUNT:
            return _amount(value, form_field.name.removesuffix(".amount"), flat)
        case Reads.CHOICE:
            labels = {choice.value: choice.label for choice in form_field.choices}
            return "not known" if value is None else labels.get(value, str(value))
        case _ if value is None:
            return ""
        case Reads.ASSESSMENT:
            return assessments.get(UUID(value), "one that is no longer on record")
        case Reads.PERSON:
            return naming(UUID(value))
        case Reads.PEOPLE:
            return ", ".join(naming(UUID(person)) for person in value)
        case reads:
            return _TEXTS.get(reads, str)(value)


_TEXTS: Mapping[Reads, Callable[[Any], str]] = {
    Reads.CURRENCY: lambda value: "",
    Reads.CLEARS: lambda value: "",
    Reads.FLAG: lambda value: "yes" if value else "",
    Reads.FUNCTIONS: seat_name,
    Reads.SLUG: words_of,
    Reads.SIGN: sign_title,
    Reads.STANDING_SIGN: sign_title,
    Reads.DAY: lambda value: day_words(date.fromisoformat(value)),
    Reads.MONTH: month_words,
    Reads.NUMBER: number_text,
    Reads.LINES: ", ".join,
}
"""How values are written that need no names of other records."""


def _amount(value: Any, money: str, flat: Mapping[str, Any]) -> str:
    currency = flat.get(f"{money}.currency")
    if value is None or currency is None:
        return "not known" if money in flat else ""
    return money_text({"amount": value, "currency": currency})


def _assessment(details: Mapping[str, Any], naming: Naming) -> Iterator[tuple[str, str]]:
    yield "Assessor", naming(UUID(str(details["assessor"])))
    for name, answer in details["answers"].items():
        value = answer.get("value") if isinstance(answer, Mapping) and "value" in answer else answer
        yield words_of(name), _answer_text(value)


def _answer_text(answer: object) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, list):
        return ", ".join(words_of(str(part)) for part in answer)
    if isinstance(answer, Mapping) and {"amount", "currency"} <= set(answer):
        return money_text(answer)
    return words_of(answer) if isinstance(answer, str) and answer else str(answer)
