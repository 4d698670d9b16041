"""Recognizes lines whose ref is the id of a record that is already in this store, such as those of its own export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from api.imports.lines import Line, LineType
from api.imports.recorded_lines import RecordedLine, lines_of_stream, person_line
from api.state.people import Person
from domain.client import is_uuid
from projections.columnar.lru import LruCache
from projections.log import Log

STREAMS_CACHED = 200

Lines: TypeAlias = Mapping[tuple[LineType, str], RecordedLine]


@dataclass(frozen=True, slots=True)
class LinesOnRecord:
    """What is on record as lines of the import format, read stream by stream."""

    log: Log
    find_person: Callable[[UUID], Person | None]
    _streams: LruCache[UUID, Lines] = field(default_factory=lambda: LruCache(STREAMS_CACHED))

    def find(self, line: Line) -> RecordedLine | None:
        """The record whose id is the ref of a line, as a line; null without such a record."""
        if line.type is LineType.PERSON:
            person = self.find_person(UUID(line.ref)) if is_canonical(line.ref) else None
            return None if person is None else person_line(person)
        stream = line.content.get("engagement") if line.type is LineType.MILESTONE else line.ref.partition(".")[0]
        if not isinstance(stream, str) or not is_canonical(stream) or not is_canonical(line.ref.partition(".")[0]):
            return None
        return self._streams.get(UUID(stream), lambda: self._lines(UUID(stream))).get((line.type, line.ref))

    def _lines(self, stream: UUID) -> Lines:
        lines = (line for _, line in lines_of_stream(self.log.stream(stream)))
        return {(line.type, line.ref): line for line in lines}


def is_canonical(text: str) -> bool:
    """Whether a text is a UUID in the form in which ids are exported."""
    return is_uuid(text) and str(UUID(text)) == text
