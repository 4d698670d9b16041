"""Finds the people, clients and engagements that the rows of a table name, among those on record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from api.http.problems import Problem, invalid
from api.imports.lines import Line, LineType, UnreadableLine
from api.imports.on_record import is_canonical
from api.imports.refs import ImportedRecord, Refs
from api.imports.table_lines import NamedRecord, TableLine
from api.state.people import PersonFound, people_by_names, unknown_people
from domain.errors import Refusal, UnknownClient
from domain.kinds.engagement import Opened
from domain.kinds.kind import Kind
from domain.text import fold, key_of_name
from domain.unit_of_work import UnitOfWork
from projections.profiles import ClientFound, clients_by_names
from projections.snapshot import Snapshot

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The records that the names in a table stand for. A name of several records has a problem instead."""

    records: Mapping[tuple[LineType, str], UUID]
    problems: Mapping[tuple[LineType, str], str]
    with_ref: Collection[tuple[LineType, str]] = ()
    """Those with a ref of their own, which an earlier import may have stored."""

    def apply(
        self, lines: Sequence[Line | UnreadableLine], unit: UnitOfWork, refs: Refs
    ) -> Sequence[Line | UnreadableLine]:
        """The lines with their engagements; `refs` gets the records on record. Rows with a problem are refused."""
        for key, record_id in self.records.items():
            if key not in self.with_ref or refs.find(*key) is None:
                refs.by_name[key] = ImportedRecord(record_id, b"", None)
        for kind, ref in self.with_ref:
            if kind is LineType.CLIENT and is_canonical(ref) and refs.find(kind, ref) is None and _stands(unit, ref):
                refs.by_name[kind, ref] = ImportedRecord(UUID(ref), b"", None)
        engagements = _Engagements(unit, refs, lines)
        problems = {
            key: message
            for key, message in self.problems.items()
            if key not in self.with_ref or refs.find(*key) is None
        }
        applied = [_applied(line, engagements, problems) if isinstance(line, TableLine) else line for line in lines]
        rows = [line for line in applied if isinstance(line, TableLine)]
        return [line for line in applied if not isinstance(line, TableLine)] + sorted(rows, key=lambda row: row.place)


def names_of_table(
    lines: Sequence[Line | UnreadableLine],
    state: Connection,
    snapshot: Snapshot,
    client_id: Callable[[str], UUID],
) -> KnownNames:
    """Look up the names in a table. `client_id` finds a client by slug or id."""
    names = {
        (name.line.type, name.line.ref): name for line in lines if isinstance(line, TableLine) for name in line.names
    }
    people = [_by_own_id(name) for (kind, _), name in names.items() if kind is LineType.PERSON]
    clients = [_by_own_id(name) for (kind, _), name in names.items() if kind is LineType.CLIENT]
    records: dict[tuple[LineType, str], UUID] = {}
    problems: dict[tuple[LineType, str], str] = {}
    _find_people(people, state, records, problems)
    _find_clients(clients, snapshot, client_id, records, problems)
    return KnownNames(records, problems, frozenset(key for key, name in names.items() if name.has_ref))


def _applied(
    line: TableLine, engagements: _Engagements, problems: Mapping[tuple[LineType, str], str]
) -> Line | UnreadableLine:
    errors = [
        (name.column, problems[key]) for name in line.names if (key := (name.line.type, name.line.ref)) in problems
    ]
    if errors:
        return UnreadableLine(line.number, line.ref or None, invalid(*dict.fromkeys(errors)))
    if line.type is LineType.ENGAGEMENT:
        return engagements.with_name_on_record(line)
    if line.type is not LineType.MILESTONE:
        return line
    engagement = engagements.of_milestone(line)
    if engagement is None:
        return UnreadableLine(line.number, line.ref or None, _no_engagement(line))
    return line.within(engagement.ref, engagement.started_on)


def _by_own_id(name: NamedRecord) -> NamedRecord:
    """A record whose ref is an id, as in an export, is the one with that id, even if others have its name."""
    return replace(name, id=name.line.ref) if name.has_ref and is_canonical(name.line.ref) else name


def _find_people(
    names: Sequence[NamedRecord],
    state: Connection,
    records: dict[tuple[LineType, str], UUID],
    problems: dict[tuple[LineType, str], str],
) -> None:
    ids = {UUID(name.id) for name in names if name.id is not None}
    unknown = set(unknown_people(state, ids))
    people = people_by_names(
        state,
        {key_of_name(str(name.line.content["name"])) for name in names},
        {str(name.line.content["email"]) for name in names if "email" in name.line.content},
    )
    for name in names:
        key = (LineType.PERSON, name.line.ref)
        if name.id is not None:
            if UUID(name.id) not in unknown:
                records[key] = UUID(name.id)
            elif not name.has_ref:
                problems[key] = "must be the name or the id of a person"
            continue
        address = name.line.content.get("email")
        matches = people.with_email(str(address)) if address else people.named(str(name.line.content["name"]))
        if len(matches) == 1:
            records[key] = matches[0].id
        elif matches:
            problems[key] = _namesakes([_person_words(match) for match in matches], "Name <email>, or the id")
        elif not name.line.content["name"]:
            problems[key] = "is the address of nobody on record; enter a name with it: Name <email>"


def _find_clients(
    names: Sequence[NamedRecord],
    snapshot: Snapshot,
    client_id: Callable[[str], UUID],
    records: dict[tuple[LineType, str], UUID],
    problems: dict[tuple[LineType, str], str],
) -> None:
    by_key = clients_by_names(snapshot, {key_of_name(str(name.line.content["name"])) for name in names})
    for name in names:
        key = (LineType.CLIENT, name.line.ref)
        if name.id is not None and name.has_ref:
            continue  # looked up when the table is applied
        text = str(name.line.content["name"])
        matches = by_key.get(key_of_name(text), ())
        current = [match for match in matches if match.is_current] or matches
        if len(current) == 1:
            records[key] = current[0].id
        elif current:
            problems[key] = _namesakes([_client_words(match) for match in current], "the slug or the id")
        elif text == text.lower() and " " not in text:
            _find_by_slug(key, text, name.id is not None, client_id, records, problems)


def _find_by_slug(
    key: tuple[LineType, str],
    text: str,
    is_id: bool,
    client_id: Callable[[str], UUID],
    records: dict[tuple[LineType, str], UUID],
    problems: dict[tuple[LineType, str], str],
) -> None:
    try:
        records[key] = client_id(text)
    except Refusal:
        if is_id:
            problems[key] = "must be the name, the slug or the id of a client"


def _stands(unit: UnitOfWork, client_id: str) -> bool:
    try:
        unit.client(UUID(client_id))
    except UnknownClient:
        return False
    return True


def _namesakes(candidates: Sequence[str], instead: str) -> str:
    more = f" and {len(candidates) - _MOST_NAMED} more" if len(candidates) > _MOST_NAMED else ""
    return f"is the name of {len(candidates)}: {', '.join(candidates[:_MOST_NAMED])}{more}; enter {instead} instead"


def _person_words(person: PersonFound) -> str:
    # without the address: refused rows are stored, and an erased person's address must be nowhere
    return f"{person.id} (employed by the {person.employer.value})"


def _client_words(client: ClientFound) -> str:
    return f"{client.slug} ({client.id})"


def _no_engagement(line: TableLine) -> Problem:
    column = line.column_of("name")
    if line.engagement:
        return invalid((column, f"the client has no engagement “{line.engagement}”; add a row of the kind opened"))
    return invalid((column, "the client has no engagement; add a row of the kind opened"))


@dataclass(frozen=True, slots=True)
class _Engagement:
    """An engagement that milestones of a table may belong to. `line` is 0 for one on record."""

    ref: str
    name: str
    started_on: date
    line: int
    own_ref: str = ""
    """The ref of the row that opens it, or its id."""

    @property
    def key(self) -> str:
        """The folded name."""
        return fold(self.name)


@dataclass(slots=True)
class _Engagements:
    """The engagements of the clients that a table names, on record and in the table."""

    unit: UnitOfWork
    refs: Refs
    lines: Sequence[Line | UnreadableLine]
    _by_client: dict[str, Sequence[_Engagement]] = field(default_factory=dict)
    _in_table: dict[str, list[_Engagement]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for line in self.lines:
            if isinstance(line, TableLine) and line.type is LineType.ENGAGEMENT:
                one = _Engagement(line.alias, line.engagement, line.effective_on, line.number, line.ref)
                self._in_table[str(line.content["client"])].append(one)

    def of_milestone(self, line: TableLine) -> _Engagement | None:
        """The engagement of a milestone: of those with its name, the last one open by its date.

        A row can also have the ref of the row that opens the engagement, or the engagement's id.
        """
        name = fold(line.engagement)
        of_client = self._of(line)
        candidates = [one for one in of_client if line.engagement and one.own_ref == line.engagement]
        candidates = candidates or [one for one in of_client if not name or one.key == name]
        if not candidates:
            return None
        begun = [one for one in candidates if _has_begun(one, line)]
        return begun[-1] if begun else candidates[0]

    def with_name_on_record(self, line: TableLine) -> TableLine:
        """The opening of an engagement as its name is written on record, if it is there with the same first day."""
        for one in self._of(line):
            if not one.line and (one.key, one.started_on) == (fold(line.engagement), line.effective_on):
                return replace(line, content={**line.content, "name": one.name})
        return line

    def _of(self, line: TableLine) -> Sequence[_Engagement]:
        """The engagements of the client of a row, by their first day."""
        client = line.names[0].line.ref
        if client not in self._by_client:
            self._by_client[client] = sorted(
                (*self._on_record(client), *self._in_table[client]), key=lambda one: (one.started_on, one.line)
            )
        return self._by_client[client]

    def _on_record(self, client: str) -> Iterable[_Engagement]:
        record = self.refs.find(LineType.CLIENT, client)
        if record is None:
            return
        try:
            ids: Collection[UUID] = tuple(self.unit.client(record.id).engagements)
        except UnknownClient:
            return
        for engagement_id in ids:
            engagement = self.unit.engagement(engagement_id)
            (opened,) = (m for m in engagement.standing.milestones.values() if isinstance(m.details, Opened))
            assert isinstance(opened.details, Opened)  # noqa: S101  (for the type checker)
            ref = f"engagement: {engagement_id}"
            self.refs.by_name[LineType.ENGAGEMENT, ref] = ImportedRecord(engagement_id, b"", record.id)
            yield _Engagement(ref, opened.details.name, opened.effective_on, 0, str(engagement_id))


def _has_begun(engagement: _Engagement, line: TableLine) -> bool:
    """Whether an engagement is open on the date of a row.

    On the very day on which an engagement opens, rows above its opening and closes belong to the one before.
    """
    if engagement.started_on != line.effective_on:
        return engagement.started_on < line.effective_on
    return engagement.line < line.number and line.content.get("kind") != Kind.CLOSED.value
