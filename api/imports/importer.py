"""Applies the lines of an import within one unit of work, so that all of them are recorded or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from pydantic import ValidationError

from api.http.problems import REF_CHANGED, Problem, invalid, problem_of, within_request
from api.imports.engagement_bounds import BoundsTracker, overlapping_lines
from api.imports.implied import ImpliedRecords
from api.imports.line_reader import LineReader, Parsed, id_of, unknown_client
from api.imports.lines import (
    ITEMS,
    ChangesLine,
    ClientLine,
    ClientRetractionLine,
    CorrectionLine,
    EngagementLine,
    EngagementRetractionLine,
    Line,
    LineType,
    PersonLine,
    ProfileChangeLine,
    RetractionLine,
    UnreadableLine,
    in_order,
    legacy_content_hash,
    validation_problem,
)
from api.imports.meaning import Meaning, differing_fields, digest_of, field_hashes_of, meaning_of, written_meaning_of
from api.imports.occurrences import Occurrences
from api.imports.on_record import LinesOnRecord
from api.imports.recorded_lines import RecordedLine
from api.imports.refs import ImportedRecord, Refs, validation_context
from api.latin import transliterate
from api.schemas.milestones import MilestoneBody
from api.state.people import Person
from domain.decisions import Log, Request
from domain.errors import Refusal
from domain.kinds.engagement import Opened
from domain.unit_of_work import UnitOfWork


class Outcome(StrEnum):
    """The outcome of a line."""

    NEW = "new"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """The outcome of a line. `id` is the created record, `problem` the reason of a refusal.

    `warnings` name possible mistakes in a new line.
    """

    line: int
    ref: str | None
    outcome: Outcome
    id: UUID | None = None
    problem: Problem | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Result:
    """The result of an import: its rows by line, the people to add and the refs to store."""

    rows: list[Row]
    refs: Refs
    people: list[Person] = field(default_factory=list)
    bounding: BoundsTracker = field(default_factory=BoundsTracker)
    occurrences: Occurrences = field(default_factory=Occurrences)
    implied: ImpliedRecords = field(default_factory=ImpliedRecords)
    names: frozenset[str | None] = frozenset()
    """The types and refs of all lines of the file."""

    @property
    def refused(self) -> Sequence[Row]:
        """The rows of refused lines."""
        return [row for row in self.rows if row.outcome is Outcome.REFUSED]


LINE_FAULTS = (ValidationError, Refusal, Problem)
"""What is raised for a line that cannot be read or does not fit."""
_BOUNDING = (LineType.ENGAGEMENT, LineType.MILESTONE, LineType.CORRECTION, LineType.RETRACTION, LineType.CHANGES)
"""Lines that can set the first or last day of an engagement."""
_ITEM = digest_of({})
"""The content hash of a milestone within a line: the line has the content."""


@dataclass(frozen=True, slots=True)
class Importer:
    """Applies the lines of a file to a unit of work, in order.

    A record whose ref is a UUID gets it as its id where that is free. `is_free_person` says whether a person can have
    an id.
    """

    reader: LineReader
    new_id: Callable[[], UUID]
    recorded_by: UUID
    on_record: LinesOnRecord
    is_free_person: Callable[[UUID], bool]
    on_progress: Callable[[int], None] = lambda _: None

    def apply(self, unit: UnitOfWork, lines: Sequence[Line | UnreadableLine], refs: Refs) -> Result:
        """Apply every line that is valid and refuse the others individually.

        Engagements of a client may appear in any order, so overlaps are checked after the last line. If some overlap,
        the import is repeated without the lines that caused it.
        """
        refused: dict[int, Problem] = {}
        rounds = 0
        while True:
            unit.defer_bounds()
            result = self._decide(unit, lines, refs, refused)
            overlapping = overlapping_lines(unit, result.bounding, whole=rounds > 1)
            needless = {} if overlapping else self._needless(lines, result)
            if not overlapping and not needless:
                unit.settle_bounds(recorded_by=self.recorded_by)
                return result
            refused |= {**overlapping, **needless}
            rounds += 1

    def _needless(self, lines: Sequence[Line | UnreadableLine], result: Result) -> Mapping[int, Problem]:
        """The refused lines for which records were made that no other line needs, and their problems."""
        return {}

    def _decide(
        self, unit: UnitOfWork, lines: Sequence[Line | UnreadableLine], refs: Refs, refused: Mapping[int, Problem]
    ) -> Result:
        names = (f"{line.type} {line.ref}" for line in lines if isinstance(line, Line)) if refs.undone else ()
        result = Result([], refs.fresh(), names=frozenset((*names, None)))
        for line in lines:
            problem = line.problem if isinstance(line, UnreadableLine) else refused.get(line.number)
            if problem is not None:
                result.rows.append(Row(line.number, line.ref, Outcome.REFUSED, problem=problem))
        readable = [line for line in lines if isinstance(line, Line) and line.number not in refused]
        for count, line in enumerate(in_order(readable), start=1):
            result.rows.append(self._row(unit, line, result))
            self.on_progress(count)
        result.rows.sort(key=lambda row: row.line)
        return result

    def _row(self, unit: UnitOfWork, line: Line, result: Result) -> Row:
        refs = result.refs
        existing = refs.find(line.type, line.ref)
        if existing is not None and existing.content_hash == legacy_content_hash(line.content):
            return Row(line.number, line.ref, Outcome.SAME, existing.id)
        try:
            if existing is None and (recorded := self._on_record(line, result)) is not None:
                return self._row_on_record(line, recorded, refs)
            parsed = self.reader.read(line, refs)
            if existing is not None:
                return self._known_row(line, existing, parsed, refs)
            return self._new_row(unit, line, line.ref, parsed, result, meaning_of(parsed.body, parsed.within))
        except LINE_FAULTS as fault:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=line_problem(fault))

    def _new_row(self, unit: UnitOfWork, line: Line, ref: str, parsed: Parsed, result: Result, meaning: Meaning) -> Row:
        """Record a line, and store its ref. `meaning` is the line's content."""
        record_id, parent_id = self._record(unit, line, parsed, result)
        result.refs.add(
            line.type, ref, ImportedRecord(record_id, digest_of(meaning), parent_id, field_hashes_of(meaning))
        )
        if line.type in _BOUNDING and parent_id is not None:
            result.bounding.note(unit, record_id if line.type is LineType.ENGAGEMENT else parent_id, line.number)
        return Row(line.number, line.ref, Outcome.NEW, record_id)

    def _on_record(self, line: Line, result: Result) -> RecordedLine | None:
        """The line of a record that was not imported. What was undone counts only with the line that undid it."""
        return None if self._is_undone(line, result) else self.on_record.find(line)

    @staticmethod
    def _is_undone(line: Line, result: Result) -> bool:
        """Whether the record of a line was imported and undone, and the file lacks the line that undid it."""
        key = (line.type, line.ref)
        return key in result.refs.undone and result.refs.undone[key] not in result.names

    def _known_row(self, line: Line, existing: ImportedRecord, parsed: Parsed, refs: Refs) -> Row:
        meaning = meaning_of(parsed.body, parsed.within)
        if existing.content_hash in (digest_of(meaning), digest_of(written_meaning_of(parsed.body, parsed.within))):
            return Row(line.number, line.ref, Outcome.SAME, existing.id)
        recorded = self.on_record.find(line)
        if recorded is not None and recorded.content == line.content:
            return Row(line.number, line.ref, Outcome.SAME, recorded.record.id)
        return changed_row(line, existing.id, differing_fields(refs.field_hashes(line.type, line.ref), meaning))

    def _row_on_record(self, line: Line, recorded: RecordedLine, refs: Refs) -> Row:
        """The outcome of a line whose ref is the id of a record. The present name of a person may be another."""
        refs.on_record[line.type, line.ref] = recorded.record
        refs.on_record.update({(LineType.MILESTONE, ref): item for ref, item in recorded.items.items()})
        if recorded.content == line.content or line.type is LineType.PERSON:
            return Row(line.number, line.ref, Outcome.SAME, recorded.record.id)
        written, on_record = (
            meaning_of(parsed.body, parsed.within)
            for parsed in (
                self.reader.read(line, refs),
                self.reader.read(replace(line, content=recorded.content), refs),
            )
        )
        differing = differing_fields(field_hashes_of(on_record), written)
        if not differing:
            return Row(line.number, line.ref, Outcome.SAME, recorded.record.id)
        return changed_row(line, recorded.record.id, differing)

    def _record(self, unit: UnitOfWork, line: Line, parsed: Parsed, result: Result) -> tuple[UUID, UUID | None]:
        """Record a line. Returns the id of the record and of its parent."""
        match parsed.body, parsed.parent:
            case PersonLine() as body, _:
                return self._person(body, result), None
            case ClientLine() as body, _:
                return self._client(unit, body), None
            case _, UUID() as client:
                return self._record_of_client(unit, line, parsed, client, result)
            case _, ImportedRecord() as record:
                return self._record_of_engagement(unit, line, parsed, record, result)
            case _:
                raise AssertionError(line.type)

    def _record_of_client(
        self, unit: UnitOfWork, line: Line, parsed: Parsed, client: UUID, result: Result
    ) -> tuple[UUID, UUID]:
        """Record a line that belongs to a client."""
        match parsed.body:
            case ProfileChangeLine() as body:
                by = self.recorded_by
                unit.client(client).change_profile(body.effective_on, body.name, body.values_set(), recorded_by=by)
                return client, client
            case ClientRetractionLine() as body:
                unit.retract_client(client, body.reason, recorded_by=self.recorded_by)
                return client, client
            case EngagementLine() as body:
                self._check_items(line, parsed, result.refs)
                engagement_id = self._engagement(unit, body, client, parsed.items)
                self._add_items(parsed, engagement_id, result.refs)
                return engagement_id, client
            case _:
                raise AssertionError(line.type)

    def _record_of_engagement(
        self, unit: UnitOfWork, line: Line, parsed: Parsed, record: ImportedRecord, result: Result
    ) -> tuple[UUID, UUID | None]:
        """Record a line that belongs to an engagement or a milestone, which is `record`."""
        context = validation_context(result.refs, parsed.items)
        match parsed.body:
            case EngagementRetractionLine() as body:
                unit.retract_engagement(record.id, body.reason, recorded_by=self.recorded_by)
                return record.id, record.within
            case MilestoneBody() as body:
                request = body.to_log(self._milestone_id(unit, record.id, line.ref))
                return self._change(unit, record.id, [request], None, request.milestone)
            case CorrectionLine() as body:
                return self._change(unit, record.within, [body.to_correct(record.id, context)], None, record.id)
            case RetractionLine() as body:
                return self._change(unit, record.within, [body.to_retract(record.id)], None, record.id)
            case ChangesLine() as body:
                self._check_items(line, parsed, result.refs)
                requests = body.to_requests(self.new_id, context)
                try:
                    recorded = self._change(unit, record.id, requests, body.reason, record.id)
                except Refusal as refusal:
                    raise body.refused(refusal) from None
                self._add_items(parsed, record.id, result.refs)
                return recorded
            case _:
                raise AssertionError(line.type)

    @staticmethod
    def _check_items(line: Line, parsed: Parsed, refs: Refs) -> None:
        taken = [ref for ref in parsed.items if refs.find(LineType.MILESTONE, ref) is not None]
        if taken:
            raise invalid((ITEMS[line.type], f"the ref {taken[0]!r} is that of another milestone"))

    @staticmethod
    def _add_items(parsed: Parsed, engagement_id: UUID, refs: Refs) -> None:
        """Store the refs of milestones within a line, as if they had lines of their own."""
        for ref, milestone_id in parsed.items.items():
            refs.add(LineType.MILESTONE, ref, ImportedRecord(milestone_id, _ITEM, engagement_id))

    def _milestone_id(self, unit: UnitOfWork, engagement_id: UUID, ref: str) -> UUID:
        """The id for a new milestone: its ref, if that is an id which the engagement does not have."""
        standing = unit.engagement(engagement_id).standing
        milestone_id = id_of(ref)
        is_taken = milestone_id in standing.milestones or milestone_id in standing.retracted
        return self.new_id() if milestone_id is None or is_taken else milestone_id

    def _stream_id(self, unit: UnitOfWork, ref: str) -> UUID:
        """The id for a new client or engagement: its ref, if that is an id which is not used."""
        stream_id = id_of(ref)
        return self.new_id() if stream_id is None or not unit.is_free(stream_id) else stream_id

    def _person(self, body: PersonLine, result: Result) -> UUID:
        own_id = id_of(body.ref)
        is_free = own_id is not None and self.is_free_person(own_id)
        person_id = own_id if own_id is not None and is_free else self.new_id()
        person = Person(person_id, body.name, body.email, body.employer)
        result.people.append(person)
        return person.id

    def _client(self, unit: UnitOfWork, body: ClientLine) -> UUID:
        return unit.register_client(
            self._stream_id(unit, body.ref),
            body.name,
            body.slug,
            body.profile.values_set(),
            body.fiscal_year_start_month,
            recorded_by=self.recorded_by,
            latin_name=transliterate(body.name),
        ).id

    def _engagement(self, unit: UnitOfWork, body: EngagementLine, client_id: UUID, items: Mapping[str, UUID]) -> UUID:
        try:
            unit.client(client_id)
        except Refusal:
            raise unknown_client() from None
        opening = Log(
            self.new_id() if body.opening is None else items[body.opening],
            body.started_on,
            Opened(body.name, body.practice_lead),
            body.precision,
            body.note,
            tuple(body.links),
        )
        further = body.logs(self.new_id)
        engagement_id = self._stream_id(unit, body.ref)
        try:
            unit.open_engagement(engagement_id, client_id, opening, further, recorded_by=self.recorded_by)
        except Refusal as refusal:
            if not refusal.request:
                raise
            raise within_request(refusal, f"milestones.{refusal.request - 1}") from None
        return engagement_id

    def _change(
        self,
        unit: UnitOfWork,
        engagement_id: UUID | None,
        requests: Sequence[Request],
        reason: str | None,
        record_id: UUID,
    ) -> tuple[UUID, UUID | None]:
        assert engagement_id is not None  # noqa: S101  (for the type checker: a milestone lies within an engagement)
        unit.change(engagement_id, requests, recorded_by=self.recorded_by, reason=reason)
        return record_id, engagement_id


def line_problem(fault: Exception) -> Problem:
    """The problem of a line that cannot be read or does not fit."""
    match fault:
        case ValidationError():
            return validation_problem(fault)
        case Refusal():
            return problem_of(fault)
        case Problem():
            return fault
        case _:
            raise AssertionError(type(fault).__name__)


def changed_row(line: Line, record_id: UUID, differing: Sequence[str]) -> Row:
    errors = [(name, "differs from the line imported with this ref before") for name in differing]
    detail = f"{REF_CHANGED.title[:-1]}: {', '.join(differing)}." if differing else ""
    return Row(line.number, line.ref, Outcome.REFUSED, record_id, Problem(REF_CHANGED, detail, errors=errors))
