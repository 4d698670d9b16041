"""Says which lines stand for something that was retracted since it was recorded, unless the file retracts it itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from api.imports.importer import Outcome, Result, Row
from api.imports.line_reader import id_of
from api.imports.lines import Line, LineType, UnreadableLine
from api.imports.refs import Refs
from api.imports.table_lines import TableLine
from domain.decisions import Standing
from domain.errors import UnknownClient, UnknownEngagement
from domain.unit_of_work import UnitOfWork

RETRACTED_SINCE = "It was retracted since, and stays so. Log it anew if it did happen."

_RETRACTING = {
    LineType.RETRACTION: (LineType.MILESTONE, "milestone"),
    LineType.ENGAGEMENT_RETRACTION: (LineType.ENGAGEMENT, "engagement"),
    LineType.CLIENT_RETRACTION: (LineType.CLIENT, "client"),
}
"""What lines of these types retract, and the field that names it."""


def standing_of(unit: UnitOfWork, engagement_id: UUID) -> Standing | None:
    """The milestones of an engagement; null if it is retracted."""
    try:
        return unit.engagement(engagement_id).standing
    except UnknownEngagement:
        return None


def is_client(unit: UnitOfWork, client_id: UUID) -> bool:
    """Whether a client is on record and not retracted."""
    try:
        unit.client(client_id)
    except UnknownClient:
        return False
    return True


def with_retracted(unit: UnitOfWork, lines: Sequence[Line | UnreadableLine], result: Result) -> Sequence[Row]:
    """The rows, with a warning for lines of JSON Lines whose record was retracted since. Rows of tables have theirs."""
    by_number = {line.number: line for line in lines if isinstance(line, Line) and not isinstance(line, TableLine)}
    retracted = set(_retracted_by(by_number, result.refs))
    rows = []
    for row in result.rows:
        line = by_number.get(row.line)
        is_same = line is not None and row.outcome is Outcome.SAME and row.id is not None and row.id not in retracted
        if line is not None and is_same and _is_retracted(unit, line, row, result.refs, retracted):
            row = replace(row, warnings=(*row.warnings, RETRACTED_SINCE))
        rows.append(row)
    return rows


def _retracted_by(lines: Mapping[int, Line], refs: Refs) -> Iterator[UUID]:
    """The records that the lines retract."""
    for line in lines.values():
        if line.type in _RETRACTING:
            kind, name = _RETRACTING[line.type]
            yield from _record(kind, line.content.get(name), refs)
        elif line.type is LineType.CHANGES:
            for change in line.content.get("changes") or ():
                retraction: Any = change.get("retract") if isinstance(change, Mapping) else None
                if isinstance(retraction, Mapping):
                    yield from _record(LineType.MILESTONE, retraction.get("milestone"), refs)


def _record(kind: LineType, ref: object, refs: Refs) -> Iterator[UUID]:
    if isinstance(ref, str):
        record = refs.find(kind, ref)
        record_id = id_of(ref) if record is None else record.id
        if record_id is not None:
            yield record_id


def _is_retracted(unit: UnitOfWork, line: Line, row: Row, refs: Refs, retracted: set[UUID]) -> bool:
    assert row.id is not None  # noqa: S101  (for the type checker: the caller has asked)
    match line.type:
        case LineType.CLIENT | LineType.PROFILE_CHANGE:
            return not is_client(unit, row.id)
        case LineType.ENGAGEMENT:
            return standing_of(unit, row.id) is None
        case LineType.MILESTONE:
            (engagement, *_) = (*_record(LineType.ENGAGEMENT, line.content.get("engagement"), refs), None)
            if engagement is None or engagement in retracted:
                return False
            standing = standing_of(unit, engagement)
            return standing is None or row.id in standing.retracted
        case _:
            return False
