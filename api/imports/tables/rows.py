"""Makes lines of the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from typing import Any, cast

from api.http.problems import Problem, invalid
from api.imports.lines import Line, LineType, UnreadableLine
from api.imports.table_lines import NamedRecord, TableLine
from api.imports.tables.columns import CLIENT_COLUMNS
from api.imports.tables.details import details_of, path_to_column, profile_of, unused_columns
from api.imports.tables.grid import Cell
from api.imports.tables.people import client_ref, is_id
from api.imports.tables.values import RowCells, ValueReader, links, member
from domain.milestones import DETAILS, Kind, Precision

_CLIENT_ONLY = frozenset({"client", *CLIENT_COLUMNS})


@dataclass(slots=True)
class ClientInTable:
    """What the rows of a table say about one client."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """The line that gave each value."""

    def content(self, ref: str) -> Mapping[str, Any]:
        """The content of the line that registers the client."""
        profile = {name.partition(".")[2]: value for name, value in self.values.items() if name.startswith("profile.")}
        others = {name: value for name, value in self.values.items() if not name.startswith("profile.")}
        return {"type": "client", "ref": ref, "name": self.name, "profile": profile, **others}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that was read, before the people and clients of all rows are known."""

    cells: RowCells
    type: LineType
    ref: str
    content: Mapping[str, Any]
    client: str
    kind: Kind | None
    on: date


@dataclass(slots=True)
class RowReader:
    """Reads rows one by one. `headers` maps the columns of the import format to those of the table."""

    values: ValueReader
    headers: Mapping[str, str]
    _rows: list[_Row] = field(default_factory=list)
    _unreadable: list[UnreadableLine] = field(default_factory=list)
    _clients: dict[str, ClientInTable] = field(default_factory=dict)

    def header_of(self, column: str) -> str:
        """The table's name of one of our columns; our own if the table lacks it."""
        if column in self.headers:
            return self.headers[column]
        above = column.rpartition(".")[0]  # money and hours may be in one column
        return self.headers.get(above, column)

    def refuse(self, number: int, problem: Problem, ref: str = "") -> None:
        """Add a row that cannot be read."""
        self._unreadable.append(UnreadableLine(number, ref or None, problem))

    def add(self, number: int, cells: Mapping[str, Cell]) -> None:
        """Read a row from its non-empty cells. Raises `UnorderedDates`."""
        row = RowCells(number, cells, self.values)
        ref = row.text("ref")
        client = self._client(row)
        if client and cells.keys() <= _CLIENT_ONLY:
            read = _Row(row, LineType.CLIENT, client, {}, client, None, date.min)
        else:
            read = self._milestone(row, ref, client)
        row.faults.extend((column, self._misplaced(read.kind)) for column in unused_columns(row))
        if row.faults:
            faults = dict.fromkeys((self.header_of(column), message) for column, message in row.faults)
            self.refuse(number, invalid(*faults), ref)
        else:
            self._rows.append(read)

    def lines(self) -> Sequence[Line | UnreadableLine]:
        """The lines of all rows: engagements first, then milestones by date, so that rows may stand in any order."""
        self.values.people.settle()
        readable = [row for row in self._rows if not self._names_nobody_in_particular(row)]
        lines = [self._line(row) for row in readable]
        firsts = [line for line in lines if line.type is not LineType.MILESTONE]
        milestones = [line for line in lines if line.type is LineType.MILESTONE]
        return [*self._unreadable, *firsts, *sorted(milestones, key=_place)]

    def _names_nobody_in_particular(self, row: _Row) -> bool:
        """Refuse a row with a bare name that the table gives to people with different addresses."""
        people = self.values.people
        faults = []
        for column, ref in row.cells.people:
            person = people.by_ref[ref]
            namesakes = people.namesakes(person) if person.email is None and person.id is None else ()
            if namesakes:
                others = ", ".join(f"{other.name} <{other.email}>" for other in namesakes)
                faults.append((self.header_of(column), f"can be {others}; write the address too"))
        if faults:
            self.refuse(row.cells.number, invalid(*faults), row.ref)
        return bool(faults)

    @staticmethod
    def _misplaced(kind: Kind | None) -> str:
        return "has a value, but the row has no kind" if kind is None else f"is not a detail of {kind.value}"

    def _client(self, row: RowCells) -> str:
        name = row.text("client")
        profile = {f"profile.{name}": value for name, value in profile_of(row).items()}
        if row.has("client.slug"):
            profile["slug"] = row.text("client.slug")
        month = row.read("client.fiscal_year_start_month", self.values.count)
        if month is not None:
            profile["fiscal_year_start_month"] = month
        if not name:
            row.faults.append(("client", "is required"))
            return ""
        ref = client_ref(name)
        client = self._clients.setdefault(ref, ClientInTable(name))
        for field_name, value in profile.items():
            before = client.values.setdefault(field_name, value)
            line = client.lines.setdefault(field_name, row.number)
            if before != value:
                column = field_name if field_name.startswith("profile.") else f"client.{field_name}"
                row.faults.append((column, f"differs from line {line} about the same client"))
        return ref

    def _milestone(self, row: RowCells, ref: str, client: str) -> _Row:
        kind_value = row.read("kind", lambda cell: member(Kind, cell))
        if not row.has("kind"):
            row.faults.append(("kind", "is required"))
        head = self._head(row)
        kind = None if kind_value is None else Kind(kind_value)
        engagement = row.text("engagement")
        on = date.fromisoformat(head["effective_on"]) if "effective_on" in head else date.min
        if kind is None:
            row.used.update(row.cells)  # nothing can be said about its details
            return _Row(row, LineType.MILESTONE, ref, head, client, Kind.OPENED, on)
        row.default_employer = _default_provider(kind)
        details = details_of(kind, row)
        content_ref = ref or f"row {row.number}"
        if kind is not Kind.OPENED:
            content = {"type": "milestone", "ref": content_ref, "engagement": "", "kind": kind.value, **head, **details}
            return _Row(row, LineType.MILESTONE, ref, content, client, kind, on)
        if not engagement:
            row.faults.append(("engagement", "is required to open an engagement"))
        if "reported_on" in head:
            row.faults.append(("reported_on", "is not for the opening of an engagement"))
        head["started_on"] = head.pop("effective_on", None)
        content = {"type": "engagement", "ref": content_ref, "client": client, "name": engagement, **head, **details}
        return _Row(row, LineType.ENGAGEMENT, ref, content, client, kind, on)

    def _head(self, row: RowCells) -> dict[str, Any]:
        """The fields that every milestone has."""
        head: dict[str, Any] = {}
        dated = row.read("effective_on", self.values.date)
        if not row.has("effective_on"):
            row.faults.append(("effective_on", "is required"))
        precision = row.read("precision", lambda cell: Precision(member(Precision, cell)))
        if dated is not None:
            if precision is not None and dated.precision not in (Precision.DAY, precision):
                row.faults.append(("precision", f"differs from the date, which is a {dated.precision.value}"))
            head |= {"effective_on": dated.on.isoformat(), "precision": (precision or dated.precision).value}
        if row.has("note"):
            head["note"] = row.text("note")
        if row.has("links"):
            head["links"] = row.read("links", links)
        reported = row.read("reported_on", self.values.day)
        if reported is not None:
            head["reported_on"] = reported
        return head

    def _line(self, row: _Row) -> TableLine:
        names = tuple(self._names(row))
        content = self._clients[row.client].content(row.ref) if row.type is LineType.CLIENT else row.content
        kind, engagement = row.kind, row.cells.text("engagement")

        def column_of(path: str) -> str:
            if kind is None:
                return self.header_of(path if path.startswith("profile") or path == "name" else f"client.{path}")
            return self.header_of(path_to_column(kind, content, path))

        return TableLine(row.cells.number, row.type, row.ref, content, names, engagement, row.on, column_of)

    def _names(self, row: _Row) -> Iterator[NamedRecord]:
        client = self._clients[row.client]
        identity = client.name.lower() if is_id(client.name) else None
        line = Line(row.cells.number, LineType.CLIENT, row.client, client.content(row.client))
        yield NamedRecord(self.header_of("client"), row.client, line, identity)
        for column, ref in row.cells.people:
            person = self.values.people.by_ref[ref]
            content = {"type": "person", "ref": person.ref, "name": person.name, "employer": person.employer.value}
            if person.email is not None:
                content["email"] = person.email
            line = Line(row.cells.number, LineType.PERSON, person.ref, content)
            yield NamedRecord(self.header_of(column), ref, line, person.id)


def _place(line: TableLine) -> tuple[date, bool]:
    """The place of a milestone among those of its table: by date, a close last."""
    return line.effective_on, line.content["kind"] == Kind.CLOSED.value


def _default_provider(kind: Kind) -> str | None:
    """Whom a new holder works for if the kind's own default decides."""
    defaults = [
        f.default for f in fields(cast(Any, DETAILS[kind])) if f.name == "provider" and f.default is not MISSING
    ]
    return str(defaults[0]) if defaults else None
