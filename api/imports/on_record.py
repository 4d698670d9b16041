"""Recognizes lines whose ref is the id of a record that is already in this store, such as those of its own export."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any, TypeAlias
from uuid import UUID

from api.imports.lines import Line, LineType
from api.imports.recorded_lines import RecordedLine, lines_of_stream, person_line
from api.state.people import Person
from domain.client import is_uuid
from domain.profile import PROFILE_FIELDS
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
        return self._of_stream(UUID(stream)).get((line.type, line.ref))

    def has_milestone(self, engagement: UUID, milestone: UUID) -> bool:
        """Whether a milestone was ever logged in an engagement."""
        lines = self._of_stream(engagement)
        return (LineType.MILESTONE, str(milestone)) in lines or any(
            str(milestone) in one.items for one in lines.values()
        )

    def facts(self, client: UUID, on: date) -> Mapping[str, Any] | None:
        """The name and profile of a client on a day; null if it is not on record."""
        facts: dict[str, Any] | None = None
        changes = []
        for line in self._of_stream(client).values():
            if line.type is LineType.CLIENT:
                facts = {"name": line.content["name"], **line.content.get("profile", {})}
            elif line.type is LineType.PROFILE_CHANGE and line.content["effective_on"] <= on.isoformat():
                changes.append(line.content)
        if facts is not None:
            for change in sorted(changes, key=itemgetter("effective_on")):
                facts |= {name: value for name, value in change.items() if name == "name" or name in PROFILE_FIELDS}
        return facts

    def values(self, client: UUID) -> Mapping[str, Collection[Any]] | None:
        """All values of a client's slug, fiscal year and profile that were ever recorded; null if it is not on record.

        Those of a profile are named like columns: `profile.sector`.
        """
        values: dict[str, list[Any]] = {}
        lines = self._of_stream(client)
        for line in lines.values():
            profile = line.content.get("profile", {}) if line.type is LineType.CLIENT else line.content
            for name in PROFILE_FIELDS.keys() & profile.keys():
                values.setdefault(f"profile.{name}", [None]).append(profile[name])
            if line.type is LineType.CLIENT:
                values["slug"] = [line.content["slug"]]
                values["fiscal_year_start_month"] = [line.content.get("fiscal_year_start_month")]
        return values if lines else None

    def _of_stream(self, stream: UUID) -> Lines:
        return self._streams.get(stream, lambda: self._lines(stream))

    def _lines(self, stream: UUID) -> Lines:
        lines = (line for _, line in lines_of_stream(self.log.stream(stream)))
        return {(line.type, line.ref): line for line in lines}


def is_canonical(text: str) -> bool:
    """Whether a text is a UUID in the form in which ids are exported."""
    return is_uuid(text) and str(UUID(text)) == text
