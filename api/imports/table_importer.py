"""Applies the rows of tables, which name people and clients, and are recognized by their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from pydantic import BaseModel

from api.http.problems import Problem
from api.imports.importer import LINE_FAULTS, Importer, Outcome, Result, Row, changed_row, line_problem
from api.imports.line_reader import Parsed, id_of
from api.imports.lines import ClientLine, Line, LineType, PersonLine, UnreadableLine
from api.imports.meaning import Meaning, differing_fields, digest_of, field_hashes_of, meaning_of, meaning_on_record
from api.imports.refs import ImportedRecord
from api.imports.table_lines import NamedRecord, TableLine
from domain.unit_of_work import UnitOfWork


class TableImporter(Importer):
    """An importer that also applies the rows of tables."""

    def _row(self, unit: UnitOfWork, line: Line, result: Result) -> Row:
        if not isinstance(line, TableLine):
            return super()._row(unit, line, result)
        try:
            if line.type is LineType.CLIENT:
                return self._client_row(unit, line, result)
            row = self._table_row(unit, line, result)
        except LINE_FAULTS as fault:
            problem = line.in_columns(line_problem(fault))
            return Row(line.number, line.ref or None, Outcome.REFUSED, problem=problem)
        if line.type is LineType.ENGAGEMENT and row.id is not None:
            result.refs.aliases[line.type, line.alias] = ImportedRecord(row.id, b"", None)
        if row.problem is not None:
            row = replace(row, problem=line.in_columns(row.problem))
        return replace(row, ref=line.ref or None)

    def _client_row(self, unit: UnitOfWork, line: TableLine, result: Result) -> Row:
        """The outcome of a row that only registers a client."""
        existing = result.refs.find(line.type, line.ref)
        self._add_names(unit, line, result)
        record = existing or result.refs.added[line.type, line.ref]
        return Row(line.number, None, Outcome.NEW if existing is None else Outcome.SAME, record.id)

    def _table_row(self, unit: UnitOfWork, line: TableLine, result: Result) -> Row:
        """The outcome of a row, which is recognized by its ref or else by its meaning."""
        refs = result.refs
        existing = refs.find(line.type, line.ref) if line.ref else None
        self._add_names(unit, line, result)
        refs.accept_id(LineType.MILESTONE, line.content.get("assessment"))
        parsed = self.reader.read(line, refs)
        if existing is not None:
            return self._known_row(line, existing, parsed, refs)
        meaning = meaning_of(parsed.body, parsed.within)
        if line.ref:
            return self._row_with_id(unit, line, parsed, meaning) or self._new_row(unit, line, line.ref, parsed, result)
        ref = result.occurrences.ref_of(meaning)
        if parsed.within is not None:
            existing = result.occurrences.find(unit, line.type, ref, meaning, parsed.within, refs)
        if existing is None:
            return self._new_row(unit, line, ref, parsed, result)
        return Row(line.number, None, Outcome.SAME, existing.id)

    @staticmethod
    def _row_with_id(unit: UnitOfWork, line: TableLine, parsed: Parsed, meaning: Meaning) -> Row | None:
        """The outcome of a row whose ref is the id of a milestone of its engagement, as in an export; else null."""
        milestone_id = id_of(line.ref)
        if milestone_id is None or line.type is not LineType.MILESTONE or parsed.within is None:
            return None
        milestone = unit.engagement(parsed.within).standing.milestones.get(milestone_id)
        if milestone is None:
            return None
        differing = differing_fields(field_hashes_of(meaning_on_record(milestone, parsed.within)), meaning)
        if not differing:
            return Row(line.number, line.ref, Outcome.SAME, milestone_id)
        return changed_row(line, milestone_id, differing)

    def _add_names(self, unit: UnitOfWork, line: TableLine, result: Result) -> None:
        """Add the people and the client that a row names and that are not on record."""
        for name in line.names:
            record = result.refs.find(name.line.type, name.line.ref)
            if record is None:
                record = self._add_name(unit, name, result)
            result.refs.aliases[name.line.type, name.ref] = record

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


def announcements(result: Result, lines: Sequence[Line | UnreadableLine]) -> Mapping[int, Sequence[str]]:
    """What a preview says about the people and clients that rows of a table add, by line."""
    refused = {row.line for row in result.refused}
    return result.implied.announcements([line for line in lines if isinstance(line, TableLine)], refused)
