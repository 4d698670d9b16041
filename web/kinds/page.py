"""The page definition of a milestone kind: its name, chart family, form and wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from domain.milestones import DETAILS, Kind
from web.form_fields import FormSection
from web.kinds.fields import FieldSection, FormContext

Naming: TypeAlias = Callable[[UUID], str]
"""Returns the name of a person."""

UNNAMED = "somebody"


class Family(StrEnum):
    """The families of milestones, each with its own mark on charts."""

    SEAT = "seat"
    DECISION = "decision"
    WORK = "work"
    ENGAGEMENT = "engagement"


FAMILY_WORDS = {
    Family.SEAT: "Seat change",
    Family.DECISION: "Structure or decision",
    Family.WORK: "Deliverable or outcome",
    Family.ENGAGEMENT: "Engagement",
}


class Group(StrEnum):
    """The headings of the page "Log a milestone", in order."""

    STRUCTURE = "Structure"
    SEATS = "Seats"
    WORKING_TOGETHER = "Working together"
    WORK = "Work"
    SIGNS_AND_ADVICE = "Signs and advice"
    ENGAGEMENT = "Engagement"


@dataclass(frozen=True, slots=True)
class Words:
    """A milestone in words: a title, and further text."""

    title: str
    note: str = ""


Text: TypeAlias = Callable[[Mapping[str, Any], Naming], Words]
"""Describes the details of a milestone. Fields redacted on a share link are missing."""


@dataclass(frozen=True, slots=True)
class KindPage:
    """The page definition of a milestone kind.

    `group` is null for a kind that the common form does not log; `summary` describes the kind in the list of kinds.
    `fields` are the sections of the form, or a function that returns them for the shape of a chosen structure.
    """

    kind: Kind
    family: Family
    group: Group | None
    summary: str
    fields: tuple[FieldSection, ...] | Callable[[str], tuple[FieldSection, ...]]
    text: Text

    @property
    def name(self) -> str:
        """The kind in words."""
        return self.kind.label

    def blocks(self, context: FormContext, shape: str = "both") -> tuple[FormSection, ...]:
        """The sections of the form, without the date and the note. `shape` is used only for a chosen structure."""
        sections = self.fields(shape) if callable(self.fields) else self.fields
        return tuple(section.block(DETAILS[self.kind], context) for section in sections)


def joined(separator: str, *parts: object) -> str:
    """Join the non-empty parts; some are missing on share links."""
    return separator.join(str(part) for part in parts if part)


def person(details: Mapping[str, Any], naming: Naming, name: str = "holder") -> str:
    """The name of the person in a field."""
    person_id = details.get(name)
    return naming(UUID(str(person_id))) if person_id else UNNAMED
