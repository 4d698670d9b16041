"""Form fields of milestones, derived from the types of the fields they fill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import EnumMeta
from typing import Any, TypeAlias
from uuid import UUID

from domain.areas import SIGNS, DecisionOwner, Resolver, sign_title
from domain.field_types import FieldSpec, FieldType, field_specs
from domain.seats import BOTH, Commitment, Function, Hours, Money, Provider, ReportsTo
from web.components import Choice
from web.form_fields import UNKNOWN, FormField, FormSection, Reads
from web.formatting import FUNCTION_WORDS
from web.kinds.sign_guide import sign_guide

_NUMERIC = {"inputmode": "decimal", "autocomplete": "off"}
_CURRENCY = {"maxlength": "3", "autocomplete": "off"}
_CURRENCIES = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD")
_CLEARED = ".cleared"


@dataclass(frozen=True, slots=True)
class FormContext:
    """The facts about an engagement that determine a form's choices; `seats` says who holds each, or why none."""

    seats: Mapping[str, str] = field(default_factory=dict)
    involved: tuple[Choice, ...] = ()
    conflicts: tuple[str, ...] = ()
    initiatives: tuple[str, ...] = ()
    signs: tuple[tuple[str, str], ...] = ()
    assessments: tuple[tuple[UUID, str], ...] = ()
    currency: str = "USD"


Proposals: TypeAlias = tuple[str, ...] | Callable[[FormContext], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FieldText:
    """The wording of a form field; its control is derived from the field's type.

    `name` is a field of the kind, or a dotted path into a nested part such as a seat; with the suffix `.cleared` it is
    a checkbox that sets the field to null. `choices` replace those of an enumeration, `proposals` are suggestions, and
    `without` is the hint without suggestions. `functions` are those whose hours are requested.
    """

    name: str
    label: str
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    proposals: Proposals = ()
    without: str = ""
    preset: str = ""
    long: bool = False
    functions: tuple[Function, ...] = BOTH


@dataclass(frozen=True, slots=True)
class FieldSection:
    """Form fields under a heading. An empty `title` omits the heading."""

    title: str
    fields: tuple[FieldText, ...]
    hint: str = ""

    def block(self, owner: Any, context: FormContext) -> FormSection:
        """The form fields. `owner` is the details class of the kind."""
        inputs = tuple(form_field for text in self.fields for form_field in form_fields(owner, text, context))
        return FormSection(self.title, inputs, self.hint)


CHOICES: Mapping[Any, tuple[Choice, ...]] = {
    Function: (Choice("technology", "Technology"), Choice("ai", "AI")),
    Commitment: (Choice("fractional", "Fractional"), Choice("full_time", "Full-time")),
    Provider: (Choice("firm", "Our firm"), Choice("client", "The client")),
    ReportsTo: (
        Choice("ceo", "CEO"),
        Choice("coo", "COO"),
        Choice("cto", "CTO"),
        Choice("board", "Board"),
        Choice("other", "Someone else"),
    ),
    DecisionOwner: (Choice("technology", "Technology"), Choice("ai", "AI"), Choice("joint", "Both together")),
    Resolver: (
        Choice("technology", "Technology"),
        Choice("ai", "AI"),
        Choice("joint", "Both together"),
        Choice("ceo", "CEO"),
    ),
}
"""The choices of every enumeration."""


def form_fields(owner: Any, text: FieldText, context: FormContext) -> tuple[FormField, ...]:
    """The form fields of one field of a kind: two for money, one per function for hours, otherwise one."""
    if text.name.endswith(_CLEARED):
        return (FormField(text.name, text.label, Reads.CLEARS),)
    spec = spec_of(owner, text.name)
    if spec.value is Money:
        return _money(spec, text, context)
    if spec.value is Hours:
        return _hours(text)
    form_field = _one(spec, text, context)
    if spec.may_be_kept:
        unknown = Choice(UNKNOWN, "Unknown")
        form_field = replace(
            form_field, choices=(*form_field.choices, unknown), hint=form_field.hint or "Empty: as before."
        )
    return (form_field,)


def spec_of(owner: Any, path: str) -> FieldSpec:
    """The field at a dotted path within a kind's details; list indexes are skipped."""
    names = [name for name in path.split(".") if not name.isdigit()]
    for place, name in enumerate(names):
        spec = next(spec for spec in field_specs(owner) if spec.name == name)
        if place < len(names) - 1:
            owner = spec.part
    return spec


def _one(spec: FieldSpec, text: FieldText, context: FormContext) -> FormField:
    proposals = text.proposals(context) if callable(text.proposals) else text.proposals
    form_field = FormField(
        text.name,
        text.label,
        _reads(spec),
        required=spec.is_required or bool(text.preset),
        hint=text.hint or ("" if proposals else text.without),
        choices=text.choices,
        proposals=proposals,
        preset=text.preset,
        long=text.long or spec.type is FieldType.TEXT,
    )
    if form_field.reads is Reads.NUMBER:
        return replace(form_field, options=_NUMERIC)
    if form_field.reads is Reads.PEOPLE:
        return replace(form_field, choices=context.involved)
    if form_field.reads is Reads.ASSESSMENT:
        choices = tuple(Choice(str(milestone), when) for milestone, when in context.assessments)
        return replace(form_field, choices=choices, hint="" if choices else "This client has no assessment yet.")
    if form_field.reads is Reads.SIGN:
        return replace(form_field, guide=sign_guide())
    if form_field.reads is Reads.STANDING_SIGN:
        standing = tuple(
            Choice(SIGNS.get(sign, sign), f"{sign_title(sign)}, observed {since}") for sign, since in context.signs
        )
        return replace(form_field, choices=standing, hint="" if standing else text.without)
    if form_field.reads is Reads.FUNCTIONS:
        is_new_seat = "." in text.name  # a new seat has no holder yet
        return replace(form_field, choices=_seats(FormContext() if is_new_seat else context))
    return (
        form_field
        if form_field.choices or form_field.reads is not Reads.CHOICE
        else replace(form_field, choices=CHOICES[spec.value])
    )


def _reads(spec: FieldSpec) -> Reads:
    if spec.is_list:
        return {Function: Reads.FUNCTIONS, UUID: Reads.PEOPLE}.get(spec.value, Reads.LINES)
    if spec.type is not None:
        return _READS.get(spec.type, Reads.TEXT)
    if isinstance(spec.value, EnumMeta):
        return Reads.CHOICE
    return {date: Reads.DAY, bool: Reads.FLAG}[spec.value]


_READS: Mapping[FieldType, Reads] = {
    FieldType.SLUG: Reads.SLUG,
    FieldType.SIGN: Reads.SIGN,
    FieldType.STANDING_SIGN: Reads.STANDING_SIGN,
    FieldType.MONTH: Reads.MONTH,
    FieldType.PERSON: Reads.PERSON,
    FieldType.ASSESSMENT: Reads.ASSESSMENT,
    FieldType.WORKED_HOURS: Reads.NUMBER,
    FieldType.MEASURE: Reads.NUMBER,
}


def _seats(context: FormContext) -> tuple[Choice, ...]:
    """The seats, each with its holder on the form's date or why it has none."""
    names = {"technology": "CTO seat", "ai": "CAIO seat", "technology+ai": "Unified seat"}
    return tuple(Choice(seat, name, context.seats.get(seat, "")) for seat, name in names.items())


def _money(spec: FieldSpec, text: FieldText, context: FormContext) -> tuple[FormField, ...]:
    name, required = text.name, spec.is_required
    return (
        FormField(f"{name}.amount", text.label, Reads.AMOUNT, required=required, options=_NUMERIC, row=name),
        FormField(
            f"{name}.currency",
            "Currency",
            Reads.CURRENCY,
            required=required,
            preset=context.currency,
            row=name,
            options=_CURRENCY,
            proposals=_CURRENCIES,
        ),
    )


def _hours(text: FieldText) -> tuple[FormField, ...]:
    several = len(text.functions) > 1
    return tuple(
        FormField(
            f"{text.name}.{function.value}",
            f"{text.label} for {FUNCTION_WORDS[function.value]}" if several else text.label,
            Reads.NUMBER,
            options=_NUMERIC,
            row=text.name,
        )
        for function in text.functions
    )
