"""The lines of an import file: what each says, and how it is told that the same line comes again."""

from __future__ import annotations

import hashlib
import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, StringConstraints, ValidationError

from api.http.error_handlers import field_error
from api.http.json_bodies import read_json
from api.http.problems import MALFORMED, Problem, invalid
from api.people.routes import PersonBody
from api.schemas.clients import ClientBody, EngagementHead
from api.schemas.milestones import MILESTONE, ChangesBody, CorrectionBody, MilestoneBody, RetractionBody
from api.schemas.scalars import Body
from domain.text import clean

MOST_LINES = 100_000


def _as_ref(text: str) -> str:
    """A caller's own key: never changed, since it is compared, and refused where it holds what no text may hold."""
    clean(text)
    return text


Ref = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(_as_ref)]


class LineType(StrEnum):
    """What a line is about."""

    PERSON = "person"
    CLIENT = "client"
    ENGAGEMENT = "engagement"
    MILESTONE = "milestone"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    CHANGES = "changes"


FIRST = (LineType.PERSON, LineType.CLIENT)
"""Taken first, wherever they stand."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the file (from 1), what it is about, the caller's key for it, and what it says."""

    number: int
    type: LineType
    ref: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is none, and why."""

    number: int
    ref: str | None
    problem: Problem


class Headed(Body):
    """What every line says of itself."""

    type: LineType
    ref: Ref


class PersonLine(PersonBody, Headed):
    """A person."""

    type: Literal[LineType.PERSON]


class ClientLine(ClientBody, Headed):
    """A client."""

    type: Literal[LineType.CLIENT]


class EngagementLine(EngagementHead, Headed):
    """An engagement of a client, which is named by its ref, slug or id."""

    type: Literal[LineType.ENGAGEMENT]
    client: Ref


class CorrectionLine(CorrectionBody, Headed):
    """A correction of a milestone, which is named by its ref."""

    type: Literal[LineType.CORRECTION]
    milestone: Ref


class RetractionLine(RetractionBody, Headed):
    """A retraction of a milestone, which is named by its ref."""

    type: Literal[LineType.RETRACTION]
    milestone: Ref


class ChangesLine(ChangesBody, Headed):
    """Several changes in an engagement, which is named by its ref."""

    type: Literal[LineType.CHANGES]
    engagement: Ref


class MilestoneHead(Headed):
    """What a milestone's line says besides the milestone."""

    type: Literal[LineType.MILESTONE]
    engagement: Ref


def read_lines(raw: bytes) -> Iterator[Line | Unreadable]:
    """The lines of a JSON Lines file; empty ones and a byte order mark are passed over.

    Raises `Problem` for too many of them.
    """
    is_empty = True
    for number, text in enumerate(raw.removeprefix(BOM_UTF8).splitlines(), start=1):
        if number > MOST_LINES:
            raise invalid(("file", f"must hold at most {MOST_LINES} lines"))
        if text.strip():
            is_empty = False
            try:
                yield line_of(number, read_json(text, number))
            except Problem as problem:
                yield Unreadable(number, None, problem)
    if is_empty:
        raise invalid(("file", "must hold at least one line"))


def line_of(number: int, said: Any) -> Line | Unreadable:
    """A line by what it says; its type and ref must be right, the rest is read when its turn comes."""
    if not isinstance(said, dict):
        return Unreadable(number, None, Problem(MALFORMED, "A line must be a JSON object."))
    ref = said.get("ref")
    shown = ref[:200] if isinstance(ref, str) else None
    try:
        head = Headed.model_validate({name: said[name] for name in ("type", "ref") if name in said})
    except ValidationError as fault:
        return Unreadable(number, shown, unfit(fault))
    return Line(number, head.type, head.ref, said)


def spelling_of(said: Mapping[str, Any]) -> bytes:
    """The hash by which lines were recognised before their meaning was: of the values as they are spelt."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).digest()


def milestone_in(line: Line, context: Mapping[str, Any]) -> tuple[str, MilestoneBody]:
    """The engagement that a milestone's line names, and the milestone."""
    said = dict(line.said)
    head = {name: said.pop(name, None) for name in ("type", "ref", "engagement")}
    engagement = MilestoneHead.model_validate(head).engagement
    return engagement, MILESTONE.validate_python(said, context=context)


def unfit(fault: ValidationError) -> Problem:
    """The problem of a line whose fields do not hold what they must."""
    return invalid(*(field_error(error, "line") for error in fault.errors()))


def in_turn(lines: Sequence[Line]) -> Iterator[Line]:
    """People first, then clients, then the rest in the order of the file."""
    for kind in FIRST:
        yield from (line for line in lines if line.type is kind)
    yield from (line for line in lines if line.type not in FIRST)
