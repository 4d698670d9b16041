"""Makes lines of the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from typing import Any, cast

from api.http.problems import Problem, invalid
from api.imports.lines import Line, LineType, UnreadableLine
from api.imports.table_lines import NamedRecord, TableLine
from api.imports.tables.clients import SLUG, ClientInTable, ClientsInTable, is_total_or_note
from api.imports.tables.columns import CLIENT_COLUMNS, NEW_NAME, OPENING, PERSON_COLUMNS
from api.imports.tables.details import details_of, path_to_column, profile_of, unused_columns
from api.imports.tables.grid import Cell
from api.imports.tables.people import is_id
from api.imports.tables.values import RowCells, ValueReader, links, member
from api.state.people import Employer
from domain.milestones import DETAILS, Kind, Precision

_PERSON_ONLY = frozenset({"ref", *PERSON_COLUMNS})
_CLIENT_ONLY = frozenset({"client", "ref", *CLIENT_COLUMNS})
_PROFILE_CHANGE = frozenset({"client", "ref", "effective_on", NEW_NAME, *CLIENT_COLUMNS})


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that was read, before the people and clients of all rows are known.

    `client` is what its cell says, and `values` what its columns say about a new client.
    """

    cells: RowCells
    type: LineType
    ref: str
    content: Mapping[str, Any]
    client: str = ""
    kind: Kind | None = None
    on: date = date.min
    values: Mapping[str, Any] = field(default_factory=dict)
    about: ClientInTable | None = None


@dataclass(slots=True)
class RowReader:
    """Reads rows one by one. `headers` maps the columns of the import format to those of the table."""

    values: ValueReader
    headers: Mapping[str, str]
    _rows: list[_Row] = field(default_factory=list)
    _unreadable: list[UnreadableLine] = field(default_factory=list)
    _clients: ClientsInTable = field(default_factory=ClientsInTable)

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
        if cells.keys() <= _PERSON_ONLY and row.has("person.name"):
            read = self._person(row, ref)
        else:
            read = self._about_client(row, ref)
        row.faults.extend((column, self._misplaced(read.kind)) for column in unused_columns(row))
        if row.faults:
            faults = dict.fromkeys((self.header_of(column), message) for column, message in row.faults)
            self.refuse(number, invalid(*faults), ref)
            return
        self._rows.append(read)
        if read.type is LineType.CLIENT and ref:
            self._clients.add(ref, read.client, read.values.get(SLUG))

    def lines(self) -> Sequence[Line | UnreadableLine]:
        """The lines of all rows: engagements first, then milestones by date, so that rows may stand in any order."""
        self.values.people.settle()
        readable = [row for row in self._with_clients() if not self._names_nobody_in_particular(row)]
        lines = [self._line(row) for row in readable]
        return [*self._unreadable, *sorted(lines, key=lambda line: line.place)]

    def _with_clients(self) -> Sequence[_Row]:
        """The rows with their clients. Refuses rows that name several, or say other things than earlier rows."""
        self._clients.settle()
        rows = []
        for row in self._rows:
            if row.type is LineType.PERSON:
                rows.append(row)
                continue
            has_ref = row.type is LineType.CLIENT and bool(row.ref)
            clients = self._clients.named(row.ref if has_ref else row.client)
            faults = _faults_of_client(row, clients)
            if faults:
                self._refuse(row, faults)
            else:
                rows.append(replace(row, about=clients[0]))
        return rows

    def _refuse(self, row: _Row, faults: Sequence[tuple[str, str]]) -> None:
        named = dict.fromkeys((self.header_of(column), message) for column, message in faults)
        self.refuse(row.cells.number, invalid(*named), row.ref)

    def _names_nobody_in_particular(self, row: _Row) -> bool:
        """Refuse a row with a bare name that stands for several people of the table."""
        people = self.values.people
        faults = []
        for column, ref in row.cells.people:
            namesakes = people.namesakes(people.by_ref[ref])
            if namesakes:
                others = ", ".join(other.words for other in namesakes)
                faults.append((column, f"can be {others}; write the address too"))
        if faults:
            self._refuse(row, faults)
        return bool(faults)

    @staticmethod
    def _misplaced(kind: Kind | None) -> str:
        return "has a value, but the row has no kind" if kind is None else f"is not a detail of {kind.value}"

    def _person(self, row: RowCells, ref: str) -> _Row:
        """The row of a person."""
        name, email = row.text("person.name"), row.text("person.email") or None
        employer = row.read("person.employer", lambda cell: member(Employer, cell))
        if not row.faults:
            person = self.values.people.add(ref, name, email, employer)
            row.people.append(("person.name", person.ref))
            if (person.name, person.email) != (name, email):
                row.faults.append(("ref", f"is that of {person.name} in an earlier row"))
        return _Row(row, LineType.PERSON, ref, {})

    def _about_client(self, row: RowCells, ref: str) -> _Row:
        """The row of a client, of a change of its profile, or of a milestone."""
        name = row.text("client")
        if not name:
            row.faults.append(("client", "is required"))
        profile = profile_of(row)
        if row.cells.keys() <= _PROFILE_CHANGE and row.has("effective_on") and (profile or row.has(NEW_NAME)):
            return self._profile_change(row, ref, name, profile)
        values: dict[str, Any] = {f"profile.{field_name}": value for field_name, value in profile.items()}
        if row.has("client.slug"):
            values[SLUG] = row.text("client.slug")
        month = row.read("client.fiscal_year_start_month", self.values.count)
        if month is not None:
            values["fiscal_year_start_month"] = month
        if row.cells.keys() == {"client"} and is_total_or_note(name):
            row.faults.append(("client", "looks like a total or a note; leave the row out, or give the client a ref"))
        if name and row.cells.keys() <= _CLIENT_ONLY:
            return _Row(row, LineType.CLIENT, ref, {}, name, values=values)
        return replace(self._milestone(row, ref, name), values=values)

    def _profile_change(self, row: RowCells, ref: str, client: str, profile: Mapping[str, Any]) -> _Row:
        """A row with a client, a date, and what changes in the profile from then on."""
        named = {"name": row.text(NEW_NAME)} if row.has(NEW_NAME) else {}
        on = row.read("effective_on", self.values.day)
        content = {"type": "profile_change", "ref": ref or f"row {row.number}", "effective_on": on, **named, **profile}
        return _Row(row, LineType.PROFILE_CHANGE, ref, content, client)

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
        if row.has(OPENING):
            head[OPENING] = row.text(OPENING)
        content = {"type": "engagement", "ref": content_ref, "name": engagement, **head, **details}
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
        content, ref = row.content, row.ref
        if row.type in (LineType.PERSON, LineType.CLIENT):
            content, ref = names[-1].line.content, names[-1].line.ref
        elif row.type is not LineType.MILESTONE:
            content = {**content, "client": names[0].ref}
        engagement = row.cells.text("engagement")

        def column_of(path: str) -> str:
            match row.type:
                case LineType.PERSON:
                    return self.header_of(f"person.{path}")
                case LineType.CLIENT:
                    return self.header_of(path if path.startswith("profile") or path == "name" else f"client.{path}")
                case LineType.PROFILE_CHANGE:
                    return self.header_of(path if path in ("client", "effective_on") else f"profile.{path}")
                case _:
                    return self.header_of(path_to_column(row.kind or Kind.OPENED, content, path))

        return TableLine(
            row.cells.number,
            row.type,
            ref,
            content,
            names,
            engagement,
            row.on,
            column_of,
            self.header_of,
            row.values,
        )

    def _names(self, row: _Row) -> Iterator[NamedRecord]:
        if row.about is not None:
            client = row.about
            identity = client.name.lower() if is_id(client.name) and not client.has_ref else None
            line = Line(row.cells.number, LineType.CLIENT, client.ref, client.content())
            yield NamedRecord(self.header_of("client"), client.ref, line, identity, client.has_ref)
        for column, ref in row.cells.people:
            person = self.values.people.by_ref[ref]
            content = {"type": "person", "ref": person.ref, "name": person.name, "employer": person.employer.value}
            if person.email is not None:
                content["email"] = person.email
            line = Line(row.cells.number, LineType.PERSON, person.ref, content)
            yield NamedRecord(self.header_of(column), ref, line, person.id, person.has_ref)


def _faults_of_client(row: _Row, clients: Sequence[ClientInTable]) -> Sequence[tuple[str, str]]:
    """What is wrong with what a row says about its client: it names several, or differs from an earlier row."""
    client = clients[0]
    if len(clients) > 1:
        words = ", ".join(client.words for client in clients)
        return [("client", f"is the name of several clients of the table: {words}; write that instead")]
    if row.type is LineType.CLIENT and row.ref and row.client != client.name:
        return [("ref", f"is that of {client.name} in an earlier row")]
    return [
        (
            column if column.startswith("profile.") else f"client.{column}",
            f"differs from line {line} about the same client",
        )
        for column, line in client.differing(row.values, row.cells.number).items()
    ]


def _default_provider(kind: Kind) -> str | None:
    """Whom a new holder works for if the kind's own default decides."""
    defaults = [
        f.default for f in fields(cast(Any, DETAILS[kind])) if f.name == "provider" and f.default is not MISSING
    ]
    return str(defaults[0]) if defaults else None
