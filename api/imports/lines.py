"""Parses the lines of an import file into typed line bodies."""

from __future__ import annotations

import copy
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
from api.schemas.clients import ClientBody, EngagementBody, ProfileChangeBody, WholeRetractionBody
from api.schemas.milestones import MILESTONE, ChangesBody, CorrectionBody, MilestoneBody, RetractionBody
from api.schemas.scalars import Body
from domain.text import clean

MOST_LINES = 100_000


def _as_ref(text: str) -> str:
    """Check a caller's own key.

    It is compared, so it is never normalized; characters not allowed in text are refused.
    """
    clean(text)
    return text


LONGEST_REF = 200
Ref = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_REF, pattern=r"\S"), AfterValidator(_as_ref)]


class LineType(StrEnum):
    """The type of a line."""

    PERSON = "person"
    CLIENT = "client"
    ENGAGEMENT = "engagement"
    MILESTONE = "milestone"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    CHANGES = "changes"
    PROFILE_CHANGE = "profile_change"
    ENGAGEMENT_RETRACTION = "engagement_retraction"
    CLIENT_RETRACTION = "client_retraction"


FIRST = (LineType.PERSON, LineType.CLIENT)
"""Applied first, wherever they are in the file."""

ITEMS = {LineType.ENGAGEMENT: "milestones", LineType.CHANGES: "changes"}
"""The lists within lines whose milestones may have refs."""


@dataclass(frozen=True, slots=True)
class Line:
    """A parsed line: its number (from 1), its type, the caller's key for it, and its content."""

    number: int
    type: LineType
    ref: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that could not be parsed, and why."""

    number: int
    ref: str | None
    problem: Problem


class LineHead(Body):
    """Fields of every line."""

    type: LineType
    ref: Ref


class PersonLine(PersonBody, LineHead):
    """A person."""

    type: Literal[LineType.PERSON]


class ClientLine(ClientBody, LineHead):
    """A client."""

    type: Literal[LineType.CLIENT]


class EngagementLine(EngagementBody, LineHead):
    """An engagement of a client; `client` is its ref, slug or id, and `opening` the ref of its first milestone."""

    type: Literal[LineType.ENGAGEMENT]
    client: Ref
    opening: Ref | None = None


class EngagementRetractionLine(WholeRetractionBody, LineHead):
    """The retraction of a whole engagement; `engagement` is a ref."""

    type: Literal[LineType.ENGAGEMENT_RETRACTION]
    engagement: Ref


class ClientRetractionLine(WholeRetractionBody, LineHead):
    """The retraction of a client; `client` is a ref."""

    type: Literal[LineType.CLIENT_RETRACTION]
    client: Ref


class ProfileChangeLine(ProfileChangeBody, LineHead):
    """A change of a client's profile; `client` is its ref, slug or id."""

    type: Literal[LineType.PROFILE_CHANGE]
    client: Ref


class CorrectionLine(CorrectionBody, LineHead):
    """A correction of a milestone; `milestone` is a ref."""

    type: Literal[LineType.CORRECTION]
    milestone: Ref


class RetractionLine(RetractionBody, LineHead):
    """A retraction of a milestone; `milestone` is a ref."""

    type: Literal[LineType.RETRACTION]
    milestone: Ref


class ChangesLine(ChangesBody, LineHead):
    """Several changes of one engagement's milestones; `engagement` is a ref."""

    type: Literal[LineType.CHANGES]
    engagement: Ref


class MilestoneHead(LineHead):
    """Fields of a milestone line besides the milestone's own."""

    type: Literal[LineType.MILESTONE]
    engagement: Ref


def read_lines(raw: bytes) -> Iterator[Line | UnreadableLine]:
    """Parse the lines of a JSON Lines file, without blank lines and a byte order mark.

    Raises `Problem` 422 for an empty file and for too many lines.
    """
    is_empty = True
    for number, text in enumerate(raw.removeprefix(BOM_UTF8).splitlines(), start=1):
        if number > MOST_LINES:
            raise invalid(("file", f"must have at most {MOST_LINES} lines"))
        if text.strip():
            is_empty = False
            try:
                yield line_of(number, read_json(text, number))
            except Problem as problem:
                yield UnreadableLine(number, None, problem)
    if is_empty:
        raise invalid(("file", "must have at least one line"))


def line_of(number: int, content: Any) -> Line | UnreadableLine:
    """Parse one line. Only its type and ref are checked; its content is validated when it is applied."""
    if not isinstance(content, dict):
        return UnreadableLine(number, None, Problem(MALFORMED, "A line must be a JSON object."))
    ref = content.get("ref")
    ref_shown = ref[:200] if isinstance(ref, str) else None
    try:
        head = LineHead.model_validate({name: content[name] for name in ("type", "ref") if name in content})
    except ValidationError as fault:
        return UnreadableLine(number, ref_shown, validation_problem(fault))
    return Line(number, head.type, head.ref, content)


def legacy_content_hash(content: Mapping[str, Any]) -> bytes:
    """The content hash stored by early versions, made from the values as they were written."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()


def milestone_in(line: Line, context: Mapping[str, Any]) -> tuple[str, MilestoneBody]:
    """The ref of the engagement of a milestone line, and the milestone."""
    milestone = dict(line.content)
    head = {name: milestone.pop(name, None) for name in ("type", "ref", "engagement")}
    engagement = MilestoneHead.model_validate(head).engagement
    return engagement, MILESTONE.validate_python(milestone, context=context)


def without_item_refs(line: Line) -> tuple[Mapping[str, Any], Mapping[int, str]]:
    """The content of a line without the refs of milestones within it, and these refs by position."""
    items = line.content.get(ITEMS.get(line.type, ""))
    if not isinstance(items, list):
        return line.content, {}
    remaining, refs = [], {}
    for position, item in enumerate(items):
        milestone = item.get("log", item) if isinstance(item, dict) else None
        ref = milestone.get("ref") if isinstance(milestone, dict) else None
        if isinstance(milestone, dict) and isinstance(ref, str) and 0 < len(ref.strip()) <= LONGEST_REF:
            refs[position] = ref
            without_ref = {name: value for name, value in milestone.items() if name != "ref"}
            item = {**item, "log": without_ref} if "log" in item else without_ref
        remaining.append(item)
    return {**line.content, ITEMS[line.type]: remaining}, refs


def without_refused_nulls(content: Mapping[str, Any], fault: ValidationError) -> Mapping[str, Any]:
    """The content of a line without the nulls that a validation refused."""
    refused = [error["loc"] for error in fault.errors() if error["input"] is None]
    if not refused:
        return content
    remaining = copy.deepcopy(dict(content))
    for *path, name in refused:
        holder: Any = remaining
        for part in path:
            # the tags that pydantic adds for unions are no parts of the content
            if isinstance(part, int) or part in holder:
                holder = holder[part]
        if isinstance(holder, dict) and holder.get(name, "") is None:
            del holder[name]
    return remaining


def validation_problem(fault: ValidationError) -> Problem:
    """The problem for a line with invalid fields."""
    return invalid(*(field_error(error, "line") for error in fault.errors()))


def in_order(lines: Sequence[Line]) -> Iterator[Line]:
    """People first, then clients, then all other lines in file order."""
    for kind in FIRST:
        yield from (line for line in lines if line.type is kind)
    yield from (line for line in lines if line.type not in FIRST)
