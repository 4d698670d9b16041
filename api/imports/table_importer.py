"""Applies the rows of tables, which name people and clients, and are recognized by their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from pydantic import BaseModel

from api.http.problems import Problem, invalid
from api.imports.importer import LINE_FAULTS, Importer, Outcome, Result, Row, changed_row, line_problem
from api.imports.line_reader import Parsed, id_of
from api.imports.lines import FIRST, ClientLine, Line, LineType, PersonLine, ProfileChangeLine, UnreadableLine
from api.imports.meaning import (
    Meaning,
    differing_fields,
    digest_of,
    field_hashes_of,
    meaning_of,
    meaning_on_record,
    opening_on_record,
)
from api.imports.refs import ImportedRecord, Refs
from api.imports.retracted import RETRACTED_SINCE, is_client, standing_of
from api.imports.table_lines import NamedRecord, TableLine
from api.imports.tables.columns import PROFILE
from domain.decisions import Standing
from domain.kinds.engagement import Opened
from domain.milestones import Milestone
from domain.unit_of_work import UnitOfWork


class TableImporter(Importer):
    """An importer that also applies the rows of tables."""

    def _row(self, unit: UnitOfWork, line: Line, result: Result) -> Row:
        if not isinstance(line, TableLine):
            return super()._row(unit, line, result)
        try:
            is_name = line.type in FIRST
            row = self._name_row(unit, line, result) if is_name else self._table_row(unit, line, result)
            warnings = self._warnings(unit, line, row, result.refs)
        except LINE_FAULTS as fault:
            problem = line.in_columns(line_problem(fault))
            return Row(line.number, line.ref or None, Outcome.REFUSED, problem=problem)
        if line.type is LineType.ENGAGEMENT and row.id is not None:
            result.refs.aliases[line.type, line.alias] = ImportedRecord(row.id, b"", None)
        if row.problem is not None:
            row = replace(row, problem=line.in_columns(row.problem))
        return replace(row, ref=row.ref if is_name else line.ref or None, warnings=warnings)

    def _name_row(self, unit: UnitOfWork, line: TableLine, result: Result) -> Row:
        """The outcome of a row that only adds a client or a person."""
        (name,) = line.names
        is_added_before = (line.type, name.line.ref) in result.implied.added
        record = self._add_names(unit, line, result)
        is_new = not is_added_before and (line.type, name.line.ref) in result.implied.added
        return Row(line.number, line.ref if name.has_ref else None, Outcome.NEW if is_new else Outcome.SAME, record.id)

    def _table_row(self, unit: UnitOfWork, line: TableLine, result: Result) -> Row:
        """The outcome of a row, which is recognized by its ref or else by its meaning."""
        refs = result.refs
        existing = refs.find(line.type, line.ref) if line.ref else None
        client = self._add_names(unit, line, result)
        refs.accept_id(LineType.MILESTONE, line.content.get("assessment"))
        parsed = self.reader.read(line, refs)
        if existing is not None:
            return self._known_row(line, existing, parsed, refs)
        meaning = meaning_of(parsed.body, parsed.within)
        ref, row = line.ref, None
        if ref:
            row = self._row_with_id(unit, line, parsed, meaning, result)
        else:
            ref = result.occurrences.ref_of(meaning)
            if refs.find(line.type, ref) is None:
                _check_stands(unit, line, client)
            row = self._row_of_equal(unit, line, ref, parsed, meaning, result)
        if row is None:
            _check_stands(unit, line, client)
            row = self._new_row(unit, line, ref, parsed, result, meaning)
        return row

    def _row_of_equal(
        self, unit: UnitOfWork, line: TableLine, ref: str, parsed: Parsed, meaning: Meaning, result: Result
    ) -> Row | None:
        """The outcome of a row without a ref that means the same as what is on record; else null."""
        refs = result.refs
        if line.type is LineType.PROFILE_CHANGE:
            existing = refs.find(line.type, ref)
            if existing is None and isinstance(parsed.body, ProfileChangeLine) and parsed.within is not None:
                existing = self._profile_on_record(parsed.body, parsed.within)
        elif parsed.within is not None:
            existing = result.occurrences.find(unit, line.type, ref, meaning, parsed.within, refs)
        else:
            existing = None
        return None if existing is None else Row(line.number, None, Outcome.SAME, existing.id)

    def _profile_on_record(self, change: ProfileChangeLine, client: UUID) -> ImportedRecord | None:
        """The client, if its profile has the values of a change from the same day on already."""
        facts = self.on_record.facts(client, change.effective_on)
        values = change.values_set() if change.name is None else {**change.values_set(), "name": change.name}
        is_same = facts is not None and all(facts.get(name) == value for name, value in values.items())
        return ImportedRecord(client, b"", client) if is_same else None

    def _row_with_id(
        self, unit: UnitOfWork, line: TableLine, parsed: Parsed, meaning: Meaning, result: Result
    ) -> Row | None:
        """The outcome of a row whose ref is the id of a record, as in an export; null for another ref."""
        parent = parsed.within
        if parent is None or self._is_undone(line, result):
            return None
        if line.type is LineType.MILESTONE:
            return self._milestone_with_id(unit, line, parent, meaning)
        recorded = self._on_record(line, result)
        if recorded is None:
            return None
        on_record: Meaning | None = None
        if line.type is LineType.PROFILE_CHANGE:
            body = self.reader.read(replace(line, content=recorded.content), result.refs)
            on_record = meaning_of(body.body, parent)
        elif (opened := _opened(standing_of(unit, recorded.record.id))) is not None:
            on_record = opening_on_record(opened, parent)
        return _compared(line, recorded.record.id, on_record, meaning)

    def _milestone_with_id(self, unit: UnitOfWork, line: TableLine, engagement: UUID, meaning: Meaning) -> Row | None:
        milestone_id, standing = id_of(line.ref), standing_of(unit, engagement)
        if milestone_id is None:
            return None
        if standing is None or milestone_id in standing.retracted:
            is_known = standing is not None or self.on_record.has_milestone(engagement, milestone_id)
            return _compared(line, milestone_id, None, meaning) if is_known else None
        milestone = standing.milestones.get(milestone_id)
        if milestone is None:
            return None
        return _compared(line, milestone_id, meaning_on_record(milestone, engagement), meaning)

    def _warnings(self, unit: UnitOfWork, line: TableLine, row: Row, refs: Refs) -> tuple[str, ...]:
        """What a row says that is not recorded: of a client on record, or of what was retracted since."""
        warnings = []
        if row.outcome is Outcome.SAME and row.id is not None and _is_retracted(unit, line, row.id, refs):
            warnings.append(RETRACTED_SINCE)
        client = None if not line.client_values else refs.aliases.get((LineType.CLIENT, line.names[0].ref))
        if client is not None:
            ignored = self._not_on_record(line, client.id)
            if ignored:
                columns = ", ".join(f"“{column}”" for column in ignored)
                warnings.append(
                    f"{columns} {'differs' if len(ignored) == 1 else 'differ'} from the client on record and "
                    "only count for a new one. To change a profile, add a row with the client, a date and the new "
                    "values, and without a kind."
                )
        return tuple(warnings)

    def _not_on_record(self, line: TableLine, client: UUID) -> Sequence[str]:
        """The columns of a row whose values about a client on record were never true of it."""
        recorded = self.on_record.values(client)
        if recorded is None:  # this import adds the client
            return ()
        body = ClientLine.model_validate({**line.names[0].line.content, "profile": _profile(line.client_values)})
        values = {**{f"profile.{name}": value for name, value in body.profile.values_set().items()}}
        values |= {name: value for name, value in line.client_values.items() if not name.startswith(PROFILE)}
        columns = {name: name if name.startswith(PROFILE) else f"client.{name}" for name in values}
        return [
            line.column_in_table(columns[name])
            for name, value in values.items()
            if value not in recorded.get(name, (None,))
        ]

    def _add_names(self, unit: UnitOfWork, line: TableLine, result: Result) -> ImportedRecord:
        """Add the people and the client that a row names and that are not on record; returns the first of them."""
        records = []
        for name in line.names:
            record = result.refs.find(name.line.type, name.line.ref)
            if record is None and name.has_ref and (recorded := self._on_record(name.line, result)) is not None:
                record = recorded.record
            if record is None:
                record = self._add_name(unit, name, result)
            result.refs.aliases[name.line.type, name.ref] = record
            result.refs.aliases[name.line.type, str(record.id)] = record
            records.append(record)
        return records[0]

    def _add_name(self, unit: UnitOfWork, name: NamedRecord, result: Result) -> ImportedRecord:
        body: BaseModel
        record_id: UUID
        try:
            if name.line.type is LineType.PERSON:
                body = person = PersonLine.model_validate(name.line.content)
                record_id = self._person(person, result)
            else:
                body = client = ClientLine.model_validate(name.line.content)
                record_id = self._client(unit, client)
        except LINE_FAULTS as fault:
            raise name.problem(line_problem(fault)) from None
        meaning = meaning_of(body, None)
        record = ImportedRecord(record_id, digest_of(meaning), None, field_hashes_of(meaning))
        result.refs.add(name.line.type, name.line.ref, record)
        result.implied.add(name.line, record_id)
        return record

    def _needless(self, lines: Sequence[Line | UnreadableLine], result: Result) -> Mapping[int, Problem]:
        """The refused rows of clients that were registered for these rows alone, and why they were refused.

        People whom only refused rows name are left out of the result, as they are not stored yet.
        """
        problems = {row.line: row.problem for row in result.rows if row.problem is not None}
        rows = [line for line in lines if isinstance(line, TableLine)]
        result.people = result.implied.settle(rows, problems, result.people, result.refs)
        unused = result.implied.unused_clients
        return {
            line.number: problems[line.number]
            for line in rows
            if unused and line.number in problems and any(name.line.ref in unused for name in line.names)
        }


def _compared(line: TableLine, record_id: UUID, on_record: Meaning | None, meaning: Meaning) -> Row:
    """The outcome of a row whose record has another meaning or the same; null: it is retracted."""
    differing = [] if on_record is None else differing_fields(field_hashes_of(on_record), meaning)
    return changed_row(line, record_id, differing) if differing else Row(line.number, line.ref, Outcome.SAME, record_id)


def _opened(standing: Standing | None) -> Milestone | None:
    milestones = () if standing is None else standing.milestones.values()
    return next((milestone for milestone in milestones if isinstance(milestone.details, Opened)), None)


def _is_retracted(unit: UnitOfWork, line: TableLine, record_id: UUID, refs: Refs) -> bool:
    """Whether the record of a row was retracted since it was recorded."""
    if line.type is LineType.PERSON:
        return False
    if line.type is LineType.ENGAGEMENT:
        return standing_of(unit, record_id) is None
    if line.type is LineType.MILESTONE:
        engagement = refs.find(LineType.ENGAGEMENT, str(line.content["engagement"]))
        standing = None if engagement is None else standing_of(unit, engagement.id)
        return standing is None or record_id in standing.retracted
    return not is_client(unit, record_id)


def _check_stands(unit: UnitOfWork, line: TableLine, client: ImportedRecord) -> None:
    """Refuse (`Problem` 422) a new row about a client that was retracted since it was imported."""
    name = line.names[0]
    if name.line.type is LineType.CLIENT and not is_client(unit, client.id):
        message = "was retracted since it was imported; undo that import, or register the client again first"
        raise name.problem(invalid(("name", message)))


def _profile(values: Mapping[str, object]) -> Mapping[str, object]:
    return {name.removeprefix(PROFILE): value for name, value in values.items() if name.startswith(PROFILE)}


def announcements(result: Result, lines: Sequence[Line | UnreadableLine]) -> Mapping[int, Sequence[str]]:
    """What a preview says about the people and clients that rows of a table add, by line."""
    refused = {row.line for row in result.refused}
    return result.implied.announcements([line for line in lines if isinstance(line, TableLine)], refused)
