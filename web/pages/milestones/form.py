"""The form of a milestone: converts typed text to a request, and a milestone to form text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from api.http.problems import Problem, invalid
from api.schemas.messages import message_of
from api.schemas.milestones import BODIES, MilestoneBody
from domain.milestones import Kind, Precision
from domain.quarters import LAST_DAY
from projections.milestone_versions import MilestoneVersion
from web.charts.wording import day_words, effective_words
from web.components import Field
from web.form_fields import FormField, FormSection, Reads, Row, Typed, body_of, painted, preset_of
from web.forms import TypedDate, Unreadable, date_text, read_date
from web.kinds import PAGES
from web.kinds.fields import FormContext
from web.kinds.structures import SHAPES, seat_numbers
from web.pages.form_submit import errors_of
from web.pages.milestones.details import shape_in, typed_details

EFFECTIVE_ON = FormField(
    "effective_on",
    "Took effect on",
    required=True,
    hint="Any precision works: 2026-03-01, 1 Mar 2026, Mar 2026, 2026-Q1, 2026.",
    options={"autocomplete": "off"},
)
REPORTED_ON = FormField("reported_on", "First reported on", hint="If known: the day it was first reported.")

COMMON = FormSection(
    "",
    (
        FormField("note", "Note", long=True, hint="A sentence for later readers."),
        FormField("links", "Sources", Reads.LINES, hint="Links to letters, minutes or pages, one per line."),
    ),
)
"""The fields of every milestone besides its details."""

REASON = "reason"
"""The field of a correction's own reason."""

_DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Fault:
    """A field with an error message. `is_missing`: it is required and empty; `is_ambiguous`: its name is."""

    element_id: str
    message: str
    is_missing: bool = False
    is_ambiguous: bool = False


@dataclass(frozen=True)
class MilestoneForm:
    """The form of a milestone of one kind, with its typed values.

    A correction has a reason of its own: there, a detail of that name is asked for as `details.reason`.
    """

    kind: Kind
    context: FormContext
    shape: str = "both"
    is_correction: bool = False
    typed: Typed = field(default_factory=lambda: Typed(()))
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> tuple[FormSection, ...]:
        """The fields of the kind, by heading."""
        blocks = PAGES[self.kind].blocks(self.context, self.shape)
        return tuple(_beside_reason(block) for block in blocks) if self.is_correction else blocks

    @property
    def form_fields(self) -> Iterable[FormField]:
        """Every field."""
        return (
            EFFECTIVE_ON,
            *(form_field for block in self.blocks for form_field in block.form_fields),
            *COMMON.form_fields,
            REPORTED_ON,
        )

    @property
    def labels(self) -> Mapping[str, tuple[str, str]]:
        """The element id and the label of every field, by name."""
        titled = {form_field.name: block.title for block in self.blocks for form_field in block.form_fields}
        labels = {}
        for form_field in self.form_fields:
            title = titled.get(form_field.name, "")
            label = (
                f"{title}, {form_field.label[:1].lower()}{form_field.label[1:]}"
                if title.endswith("seat")
                else form_field.label
            )
            labels[form_field.name] = (form_field.field("").id, label)
        return labels

    @property
    def faults(self) -> list[Fault]:
        """The fields with an error message, for a preview to mark."""
        labels, ambiguous = self.labels, self._ambiguous
        return [
            Fault(labels[name][0], message, is_missing=message == MISSING, is_ambiguous=name in ambiguous)
            for name, message in self.errors.items()
            if name in labels
        ]

    @property
    def date(self) -> Field:
        """The date field, ready to render."""
        on = EFFECTIVE_ON.field(self.typed.text("effective_on"), self.errors.get("effective_on", ""))
        # the first field, unless another has to be mended
        return on if self.errors else replace(on, options={**(on.options or {}), "autofocus": ""})

    @property
    def reported(self) -> Field:
        """The field "First reported on", ready to render."""
        return REPORTED_ON.field(self.typed.text("reported_on"), self.errors.get("reported_on", ""))

    @property
    def painted(self) -> list[tuple[FormSection, list[Row]]]:
        """The sections of the kind, ready to render."""
        return painted(self.blocks, self.typed, self.errors)

    @property
    def common(self) -> list[Row]:
        """The fields that all kinds share, ready to render."""
        return painted((COMMON,), self.typed, self.errors)[0][1]

    def in_shape(self, shape: str) -> MilestoneForm:
        """The form of a chosen structure with other seats; any other form, or an empty `shape`, is unchanged."""
        if self.kind is not Kind.STRUCTURE_CHOSEN or not shape:
            return self
        return replace(self, shape=known_shape(shape))

    @property
    def day_after(self) -> tuple[str, str] | None:
        """The typed date of a close, and the day after it, in words; null for other kinds and unreadable dates."""
        read = self._closing_date()
        return (effective_words(read.on, read.precision.value), day_words(_day_after(read))) if read else None

    def closed_a_day_later(self) -> MilestoneForm:
        """The form of a close with the day after the typed day or period; any other form is unchanged."""
        read = self._closing_date()
        if read is None:
            return self
        text = date_text(_day_after(read), Precision.DAY)
        pairs = [(name, value) for name, value in self.typed.pairs() if name != EFFECTIVE_ON.name]
        return replace(self, typed=Typed([*pairs, (EFFECTIVE_ON.name, text)], self.typed.picked))

    def _closing_date(self) -> TypedDate | None:
        if self.kind is not Kind.CLOSED:
            return None
        with suppress(Unreadable):
            read = read_date(self.typed.text(EFFECTIVE_ON.name))
            return read if read.on.year < LAST_DAY.year else None
        return None

    def details(self) -> dict[str, Any]:
        """The typed details as JSON, not yet validated."""
        content = body_of((form_field for block in self.blocks for form_field in block.form_fields), self.typed)
        content.update(content.pop(_DETAILS, {}))
        if self.kind is Kind.STRUCTURE_CHOSEN:
            _add_functions(content, self.shape)
        _name_parents(content, self.form_fields)
        return content

    def body(self) -> MilestoneBody:
        """The request body, validated as the API does. Raises `Problem` 422 naming the fields."""
        faults: list[tuple[str, str]] = self.typed.unclear()
        content = self.details()
        content.update(body_of(COMMON.form_fields, self.typed))
        content["kind"] = self.kind.value
        faults += read_dates(content, self.typed)
        try:
            body = BODIES[self.kind].model_validate(content)
        except ValidationError as fault:
            faults += [error for error in faults_in(fault) if error[0] not in {name for name, _ in faults}]
            raise invalid(*faults) from None
        if faults:
            raise invalid(*faults)
        return body

    def refused(self, problem: Problem) -> MilestoneForm:
        """The same form with the problem's error messages."""
        names = {form_field.name for form_field in self.form_fields}
        errors: dict[str, str] = {}
        for name, message in {**errors_of(problem), **errors_of(problem, f"{_DETAILS}.")}.items():
            errors.setdefault(_field_of(name, names), message)
        if not errors:
            beside = next((name for name in BESIDE.get(problem.kind.slug, ()) if name in names), None)
            errors = {beside: problem.detail} if beside else {}
        return replace(self, errors=errors)

    def missing(self, problem: Problem) -> tuple[str, ...]:
        """The labels of the empty required fields and of those with an ambiguous name."""
        return tuple(self.labels.get(name, ("", name))[1] for name in self._unfinished(problem))

    def without_missing(self, problem: Problem) -> Problem | None:
        """The problem without what `missing` names; null if it is about nothing else."""
        unfinished = self._unfinished(problem)
        rest = [(name, message) for name, message in problem.errors if name not in unfinished]
        if rest or not problem.errors:
            return invalid(*rest, milestone=problem.milestone) if unfinished else problem
        return None

    def _unfinished(self, problem: Problem) -> list[str]:
        ambiguous = self._ambiguous
        return [name for name, message in errors_of(problem).items() if message == MISSING or name in ambiguous]

    @property
    def _ambiguous(self) -> frozenset[str]:
        """The fields with a typed name that is not exactly one on record."""
        return frozenset(name for name, picked in self.typed.picked.items() if picked.error)


def _field_of(name: str, names: Collection[str]) -> str:
    """The field that an error is about: that of a list for one of its entries, such as `links.1`."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in names), name)


def _day_after(read: TypedDate) -> date:
    return read.precision.last_day(read.on) + timedelta(days=1)


def form_of(version: MilestoneVersion, context: FormContext, *, is_correction: bool = False) -> MilestoneForm:
    """The form of a milestone, filled in with one of its versions."""
    context = with_its_assessment(context, version)
    form = MilestoneForm(version.kind, context, shape_in(version.kind, version.details), is_correction)
    pairs = [("effective_on", date_text(version.effective_on, version.precision))]
    details = {**version.details}
    if is_correction and REASON in details:
        details[_DETAILS] = {REASON: details[REASON]}
    pairs += typed_details(form.blocks, details).pairs()
    common = {"note": version.note, "links": version.links}
    pairs += [(form_field.name, form_field.typed(common[form_field.name])) for form_field in COMMON.form_fields]
    filled = {name for name, _ in pairs}
    currencies = preset_of(form_field for form_field in form.form_fields if form_field.reads is Reads.CURRENCY)
    pairs += [pair for pair in currencies.pairs() if pair[0] not in filled]
    return replace(form, typed=Typed(pairs))


def _beside_reason(block: FormSection) -> FormSection:
    form_fields = (
        replace(form_field, name=f"{_DETAILS}.{REASON}") if form_field.name == REASON else form_field
        for form_field in block.form_fields
    )
    return replace(block, form_fields=tuple(form_fields))


def with_its_assessment(context: FormContext, version: MilestoneVersion) -> FormContext:
    """The form context including the assessment that a milestone refers to, even if it was retracted."""
    assessment = version.details.get("assessment")
    if assessment is None or str(assessment) in {str(choice) for choice, _ in context.assessments}:
        return context
    gone = (UUID(str(assessment)), "No longer on record")
    return replace(context, assessments=(*context.assessments, gone))


def known_shape(text: str) -> str:
    """The shape with this name; a unified seat for an unknown name."""
    return text if text in {choice.value for choice in SHAPES} else "both"


def _add_functions(content: dict[str, Any], shape: str) -> None:
    seats = content.get("seats") or []
    numbered = seat_numbers(shape)
    if len(seats) != len(numbered):
        seats = [{} for _ in numbered]
    content["seats"] = [
        {**seat, "functions": [function.value for function in functions]}
        for seat, (_, _, functions) in zip(seats, numbered, strict=True)
    ]


def _name_parents(content: dict[str, Any], form_fields: Iterable[FormField]) -> None:
    """Add missing parent objects of required fields, so that validation names the field, not its parent."""
    for form_field in form_fields:
        if form_field.required and "." in form_field.name and not form_field.name.startswith("seats."):
            content.setdefault(form_field.name.partition(".")[0], {})


def read_dates(content: dict[str, Any], typed: Typed) -> list[tuple[str, str]]:
    """Add the typed dates to a request body; returns the errors by field."""
    faults = []
    text = typed.text("effective_on").strip()
    if text:
        try:
            date_read = read_date(text)
            content["effective_on"], content["precision"] = date_read.on.isoformat(), date_read.precision.value
        except Unreadable as fault:
            content["effective_on"] = "1900-01-01"
            faults.append(("effective_on", str(fault)))
    text = typed.text("reported_on").strip()
    if text:
        try:
            content["reported_on"] = read_date(text).on.isoformat()
        except Unreadable as fault:
            faults.append(("reported_on", str(fault)))
    return faults


MISSING = "Required."
"""What stands beside a field that was left empty and must not be."""

BESIDE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "before-opening",
            "engagement-closed",
            "already-split",
            "not-unified",
            "not-two-seats",
            "already-paused",
            "not-paused",
        ),
        ("effective_on",),
    ),
    **dict.fromkeys(
        ("not-one-seat", "already-full-time", "not-full-time", "function-held", "function-vacant"),
        ("functions", "seat.functions", "function"),
    ),
    "same-holder": ("holder",),
    "hours-not-held": ("month",),
    "too-many-hours": ("hours",),
    **dict.fromkeys(("unknown-assessment", "later-assessment"), ("assessment",)),
    **dict.fromkeys(("conflict-known", "unknown-conflict", "conflict-resolved"), ("conflict",)),
    **dict.fromkeys(("initiative-known", "unknown-initiative", "already-live"), ("initiative",)),
    **dict.fromkeys(("sign-stands", "sign-not-observed"), ("sign",)),
}
"""Beside which field a refusal of the domain stands, by the last part of its type; the first that the form has."""


def faults_in(fault: ValidationError) -> list[tuple[str, str]]:
    """The invalid fields of a validation error, each with its first message."""
    messages: dict[str, str] = {}
    for error in fault.errors():
        name = ".".join(str(part) for part in error["loc"])
        message = MISSING if error["type"] == "missing" else message_of(error["msg"])
        messages.setdefault(name, message)
    return list(messages.items())
