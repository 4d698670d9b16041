"""How a kind of milestone looks on pages: its name, its family on charts, its form and its wording."""

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
"""Gives the name of a person."""

UNNAMED = "somebody"


class Family(StrEnum):
    """The four families of milestones, each with its own shape of mark on charts."""

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
    """The headings under which kinds are offered on the page "Log a milestone", in their order."""

    STRUCTURE = "Structure"
    SEATS = "Seats"
    WORKING_TOGETHER = "Working together"
    WORK = "Work"
    SIGNS_AND_ADVICE = "Signs and advice"
    ENGAGEMENT = "Engagement"


@dataclass(frozen=True, slots=True)
class Words:
    """A milestone in words: a title, and the rest of the line."""

    title: str
    note: str = ""


Text: TypeAlias = Callable[[Mapping[str, Any], Naming], Words]
"""Puts the details of one milestone into words. Fields that are redacted on a share link are missing."""


@dataclass(frozen=True, slots=True)
class KindPage:
    """One kind of milestone on pages.

    `group` is null for a kind that is not logged by the common form; `summary` describes the kind in the list to choose
    from. `fields` are the sections of the form, or a function of the shape of a chosen structure that gives them.
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
        """The form's fields by heading, without the date and the note. `shape` matters to a chosen structure only."""
        sections = self.fields(shape) if callable(self.fields) else self.fields
        return tuple(section.block(DETAILS[self.kind], context) for section in sections)


def joined(separator: str, *parts: object) -> str:
    """The parts that are not empty; some are missing on share links."""
    return separator.join(str(part) for part in parts if part)


def person(details: Mapping[str, Any], naming: Naming, name: str = "holder") -> str:
    """The name of the person in a field."""
    found = details.get(name)
    return naming(UUID(str(found))) if found else UNNAMED
