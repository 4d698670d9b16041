"""Exports of the whole record in the formats of imports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import takewhile
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from starlette.requests import Request

from api.event_clients import EventClients
from api.filters import ClientFilters
from api.history_table import HistoryTable
from api.http.csv_xlsx import CSV, LONGEST_TEXT, XLSX, csv_in_parts, workbook_of
from api.http.openapi import BYTES
from api.http.problems import invalid
from api.imports.recorded_lines import RecordedLine, line_of, person_line
from api.imports.tables.columns import COLUMNS
from api.queries import At, Moment, QueryContext, ViewerQuery
from api.state.people import UNREADABLE_NAME, Employer, Person, all_people, people_by_id
from api.state.readable_rows import Damage, note_damage
from domain.client import Client
from domain.decisions import Change, Retracted, Standing
from domain.engagement import Engagement
from domain.milestones import Details
from projections.clients import EVERY_CLIENT, ClientFilter, list_clients
from projections.details_json import details_to_json, people_named
from projections.log import Event, Recorded

router = APIRouter(prefix="/exports", tags=["exports"])

JSON_LINES = "application/x-ndjson"
BATCH_SIZE = 500
_FILE: Mapping[str, Any] = {"schema": {"type": "string", "format": "binary"}}
HIDDEN_NAME = "undisclosed person"
"""The name of a person who is mentioned at visible clients only in what was corrected or retracted."""


class HistoryFormat(StrEnum):
    """The format of an exported history."""

    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES: Mapping[HistoryFormat, str] = {
    HistoryFormat.JSONL: JSON_LINES,
    HistoryFormat.CSV: CSV,
    HistoryFormat.XLSX: XLSX,
}
HistoryFormatted = Annotated[HistoryFormat, Query(alias="format", description="The format of the file.")]


@dataclass(frozen=True, slots=True)
class HistoryExport:
    """The recorded history of some clients as lines of the import format, in the order of the log.

    `clients` are those to export (null: all). Of people, all are exported with all clients, otherwise those mentioned.
    """

    query: QueryContext
    clients: Collection[UUID] | None
    known_at: datetime | None
    _exported_people: set[UUID] = field(default_factory=set)
    _stopped_at: dict[UUID, int] = field(default_factory=dict)
    """The versions of the first events that cannot be read, by stream."""

    def lines(self) -> Iterator[RecordedLine]:
        """The lines; each person comes before the first line that mentions them."""
        if self.clients is None:
            yield from self._everyone()
        clients = EventClients(self.query.context.log)
        for batch in self._batches():
            chosen = [
                r
                for r in batch
                if self._goes_on(r) and (self.clients is None or clients.client_of(r.event) in self.clients)
            ]
            yield from self._people(person for r in chosen for person in _people_in(r.event))
            for recorded in chosen:
                line = line_of(
                    recorded.event,
                    partial(self._standing_before, recorded.event),
                    partial(self._profile_changes, recorded.event),
                )
                if line is not None:
                    yield line

    def _batches(self) -> Iterator[list[Recorded]]:
        log, position = self.query.context.log, 0
        head = log.head()
        while position < head:
            batch = log.scan(position, BATCH_SIZE)
            if batch.position == position:
                return
            position = batch.position
            for event in batch.unreadable:
                self._stopped_at.setdefault(event.stream, event.version)
            yield list(takewhile(self._is_known, (r for r in batch.events if r.position <= head)))
            if batch.events and not self._is_known(batch.events[-1]):
                return

    def _goes_on(self, recorded: Recorded) -> bool:
        """Whether an event's stream can be read up to it: later events may build on one that cannot be read."""
        stream, version = recorded.event.originator_id, recorded.event.originator_version
        stopped = self.query.context.views.stopped.by_stream.get(stream)
        if stopped is not None and version >= stopped.version:
            return False
        return stream not in self._stopped_at or version < self._stopped_at[stream]

    def _is_known(self, recorded: Recorded) -> bool:
        return self.known_at is None or recorded.event.timestamp <= self.known_at

    def _standing_before(self, event: Event) -> Standing:
        """The milestones of an engagement before an event."""
        standing = Standing()
        for _, earlier in self._history(event):
            if earlier.originator_version < event.originator_version and isinstance(earlier, Engagement.Event):
                standing = standing.after(earlier.changes)
        return standing

    def _profile_changes(self, event: Event) -> int:
        """The number of a client's profile changes up to an event."""
        stream = (r.event for r in self._history(event))
        return sum(
            isinstance(e, Client.ProfileChanged) and e.originator_version <= event.originator_version for e in stream
        )

    def _history(self, event: Event) -> Sequence[Recorded]:
        stream = event.originator_id
        return self.query.context.log.histories([stream])[stream].events

    def _everyone(self) -> Iterator[RecordedLine]:
        with self.query.state() as connection:
            for person in all_people(connection):
                self._exported_people.add(person.id)
                yield person_line(person)

    def _people(self, mentioned: Iterable[UUID]) -> Iterator[RecordedLine]:
        """The lines of people who have none yet."""
        new = sorted(set(mentioned) - self._exported_people)
        if not new:
            return
        self._exported_people.update(new)
        visible = self.query.visible_people(new)
        with self.query.state() as connection:
            people = people_by_id(connection, new)
        for person_id in new:
            if person_id in visible:
                yield person_line(people.get(person_id) or _unreadable(person_id))
            else:
                yield person_line(Person(person_id, HIDDEN_NAME, None, Employer.FIRM))


def _people_in(event: Event) -> Iterator[UUID]:
    """The people whom an event's milestones mention."""
    changes: tuple[Change, ...] = event.changes if isinstance(event, Engagement.Event) else ()
    for change in changes:
        if not isinstance(change, Retracted):
            details: Details = change.milestone.details
            yield from (person for _, person in people_named(details.kind, details_to_json(details)))


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """The history of the clients that filters choose, as a file.

    JSON Lines have every version of the record; tables have what stands.
    """

    query: QueryContext
    filters: ClientFilter
    at: Moment

    def content(self, file_format: HistoryFormat) -> Iterator[bytes]:
        """The content of the file, part by part. Raises `Problem` 422 if a workbook cannot hold it.

        What it leaves out because it cannot be read is noted before.
        """
        _note_left_out(self.query)
        if file_format is HistoryFormat.JSONL:
            return history_lines(self.query, chosen_clients(self.query, self.filters, self.at), self.at.known_at)
        rows = self._rows(listed_clients(self.query, self.filters, self.at))
        if file_format is HistoryFormat.CSV:
            return csv_in_parts(COLUMNS, rows)
        return iter([workbook_of("history", {"history": (COLUMNS, map(_fitting, rows))})])

    def _rows(self, clients: Sequence[UUID]) -> Iterator[Sequence[str]]:
        table = HistoryTable(self.query.context.log, clients, self.at.known_at)
        for row in table.rows(self._people(table)):
            yield [row.get(column, "") for column in COLUMNS]

    def _people(self, table: HistoryTable) -> Iterator[Person]:
        """All people with all clients, otherwise those whom the table names."""
        with self.query.state() as connection:
            if self.filters == EVERY_CLIENT and self.query.visible is None:
                yield from all_people(connection)
            else:
                mentioned = sorted(table.people_mentioned())
                people = people_by_id(connection, mentioned)
                yield from (people.get(person) or _unreadable(person) for person in mentioned)


def _unreadable(person: UUID) -> Person:
    """What stands for a person who is mentioned but cannot be read."""
    return Person(person, UNREADABLE_NAME, None, Employer.FIRM)


def _fitting(row: Sequence[str]) -> Sequence[str | None]:
    if any(len(cell) > LONGEST_TEXT for cell in row):
        message = (
            f"a cell of a workbook holds at most {LONGEST_TEXT} characters, and a value is longer; use csv instead"
        )
        raise invalid(("format", message))
    return [cell or None for cell in row]


def chosen_clients(query: QueryContext, filters: ClientFilter, at: Moment) -> frozenset[UUID] | None:
    """The visible clients that filters select, retracted ones included where nothing is filtered; null: all."""
    return query.visible if filters == EVERY_CLIENT else frozenset(listed_clients(query, filters, at))


def listed_clients(query: QueryContext, filters: ClientFilter, at: Moment) -> Sequence[UUID]:
    """The visible clients that filters select, by name."""
    with query.snapshot() as snapshot:
        select = partial(
            list_clients,
            snapshot,
            filters,
            as_of=at.as_of,
            known_at=at.known_at,
            visible=query.visible,
            limit=BATCH_SIZE,
        )
        page = select()
        clients = [row.id for row in page.items]
        while page.next is not None:
            page = select(after=page.next)
            clients.extend(row.id for row in page.items)
    return clients


def _note_left_out(query: QueryContext) -> None:
    """Note the events at which streams of visible clients stopped, and people who cannot be read."""
    for stopped in query.context.views.stopped.causes:
        if query.visible is None or stopped.client in query.visible:
            note_damage([Damage("events", str(stopped.position))])
    for row in query.context.state_watch.rows:
        if row.table == "people":
            note_damage(Damage(row.table, column) for column in row.columns)


@router.get(
    "/history",
    response_class=StreamingResponse,
    summary="Export the history",
    responses={200: {"content": dict.fromkeys((JSON_LINES, "text/csv", XLSX, BYTES), _FILE)}},
)
def export_history(
    request: Request,
    query: ViewerQuery,
    at: At,
    filters: ClientFilters,
    file_format: HistoryFormatted = HistoryFormat.JSONL,
) -> Response:
    """Export the whole record in the formats of imports.

    JSON Lines have all versions: one line each for people, clients, changes of profiles, engagements, milestones,
    corrections and retractions, in the order in which they were recorded. CSV and XLSX have what stands: a row for each
    person, client, change of a profile and milestone, under the columns of the import template. Imported into another
    store, both give the same timelines, under the same ids. The filters choose clients as of `as_of`; with `known_at`
    the export has only what had been recorded by then. A client that accepts only `application/octet-stream` receives
    the same bytes with that type.
    """
    headers = {"Content-Disposition": f'attachment; filename="history.{file_format}"'}
    content = HistoryFile(query, filters, at).content(file_format)
    media_type = BYTES if request.headers.get("accept") == BYTES else MEDIA_TYPES[file_format]
    return StreamingResponse(content, media_type=media_type, headers=headers)


def history_lines(
    query: QueryContext, clients: Collection[UUID] | None, known_at: datetime | None = None
) -> Iterator[bytes]:
    """The history of some clients (null: all) as JSON Lines."""
    for line in HistoryExport(query, clients, known_at).lines():
        yield orjson.dumps(line.content, option=orjson.OPT_APPEND_NEWLINE)
