"""Applies the lines of an import within one unit of work, so that all of them are recorded or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ValidationError

from api.http.problems import REF_CHANGED, Problem, invalid, problem_of
from api.imports.engagement_bounds import BoundsTracker, overlapping_lines
from api.imports.lines import (
    FIRST,
    ChangesLine,
    ClientLine,
    CorrectionLine,
    EngagementLine,
    Line,
    LineType,
    PersonLine,
    RetractionLine,
    UnreadableLine,
    in_order,
    legacy_content_hash,
    milestone_in,
    validation_problem,
    without_refused_nulls,
)
from api.imports.meaning import differing_fields, digest_of, field_hashes_of, meaning_of, written_meaning_of
from api.imports.refs import ImportedRecord, Refs, validation_context
from api.latin import transliterate
from api.schemas.milestones import MilestoneBody
from api.schemas.positions import POSITION_IDS, PositionIds
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

    @property
    def refused(self) -> Sequence[Row]:
        """The rows of refused lines."""
        return [row for row in self.rows if row.outcome is Outcome.REFUSED]


@dataclass(frozen=True, slots=True)
class Importer:
    """Applies the lines of a file to a unit of work, in order."""

    new_id: Callable[[], UUID]
    client_id: Callable[[str], UUID]
    recorded_by: UUID
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
            if not overlapping:
                unit.settle_bounds(recorded_by=self.recorded_by)
                return result
            refused |= overlapping
            rounds += 1

    def _decide(
        self, unit: UnitOfWork, lines: Sequence[Line | UnreadableLine], refs: Refs, refused: Mapping[int, Problem]
    ) -> Result:
        result = Result([], refs.fresh())
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
        existing = result.refs.find(line.type, line.ref)
        if existing is not None and existing.content_hash == legacy_content_hash(line.content):
            return Row(line.number, line.ref, Outcome.SAME, existing.id)
        try:
            body, parent = self._read_without_nulls(line, result.refs)
            within = parent.id if isinstance(parent, ImportedRecord) else parent
            if existing is not None:
                return self._known_row(line, existing, body, within, result.refs)
            meaning = meaning_of(body, within)
            record_id, parent_id = self._record(unit, line.type, body, parent, result)
        except ValidationError as error:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=validation_problem(error))
        except Refusal as refusal:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=problem_of(refusal))
        except Problem as problem:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=problem)
        result.refs.add(
            line.type, line.ref, ImportedRecord(record_id, digest_of(meaning), parent_id, field_hashes_of(meaning))
        )
        if line.type not in FIRST and parent_id is not None:
            result.bounding.note(unit, record_id if line.type is LineType.ENGAGEMENT else parent_id, line.number)
        return Row(line.number, line.ref, Outcome.NEW, record_id)

    @staticmethod
    def _known_row(line: Line, existing: ImportedRecord, body: BaseModel, within: UUID | None, refs: Refs) -> Row:
        meaning = meaning_of(body, within)
        if existing.content_hash in (digest_of(meaning), digest_of(written_meaning_of(body, within))):
            return Row(line.number, line.ref, Outcome.SAME, existing.id)
        differing = differing_fields(refs.field_hashes(line.type, line.ref), meaning)
        errors = [(name, "differs from the line imported with this ref before") for name in differing]
        detail = f"{REF_CHANGED.title[:-1]}: {', '.join(differing)}." if differing else ""
        return Row(line.number, line.ref, Outcome.REFUSED, existing.id, Problem(REF_CHANGED, detail, errors=errors))

    def _read_without_nulls(self, line: Line, refs: Refs) -> tuple[BaseModel, ImportedRecord | UUID | None]:
        """Like `_read`; nulls that a field does not allow are read as if the field was left out."""
        try:
            return self._read(line, refs)
        except ValidationError as fault:
            content = without_refused_nulls(line.content, fault)
            if content == line.content:
                raise
            return self._read(replace(line, content=content), refs)

    def _read(self, line: Line, refs: Refs) -> tuple[BaseModel, ImportedRecord | UUID | None]:
        """The body of a line and the record it refers to: a client, an engagement or a milestone."""
        context = validation_context(refs)
        match line.type:
            case LineType.PERSON:
                return PersonLine.model_validate(line.content), None
            case LineType.CLIENT:
                return ClientLine.model_validate(line.content), None
            case LineType.ENGAGEMENT:
                engagement = EngagementLine.model_validate(line.content, context=context)
                return engagement, self._client_of(engagement, refs)
            case LineType.MILESTONE:
                engagement_ref, milestone = milestone_in(line, context)
                return milestone, self._referenced("engagement", LineType.ENGAGEMENT, engagement_ref, refs)
            case LineType.CORRECTION:
                correction = CorrectionLine.model_validate(line.content)
                return correction, self._referenced("milestone", LineType.MILESTONE, correction.milestone, refs)
            case LineType.RETRACTION:
                retraction = RetractionLine.model_validate(line.content)
                return retraction, self._referenced("milestone", LineType.MILESTONE, retraction.milestone, refs)
            case LineType.CHANGES:
                changes = ChangesLine.model_validate(
                    line.content, context={**context, POSITION_IDS: PositionIds(line.ref)}
                )
                return changes, self._referenced("engagement", LineType.ENGAGEMENT, changes.engagement, refs)

    def _record(
        self, unit: UnitOfWork, kind: LineType, body: BaseModel, parent: ImportedRecord | UUID | None, result: Result
    ) -> tuple[UUID, UUID | None]:
        """Record a line. Returns the id of the record and of its parent."""
        context = validation_context(result.refs)
        match body, parent:
            case PersonLine(), _:
                return self._person(body, result), None
            case ClientLine(), _:
                return self._client(unit, body), None
            case EngagementLine(), UUID():
                return self._engagement(unit, body, parent), parent
            case MilestoneBody(), ImportedRecord():
                request = body.to_log(self.new_id())
                return self._change(unit, parent.id, [request], None, request.milestone)
            case CorrectionLine(), ImportedRecord():
                return self._change(unit, parent.within, [body.to_correct(parent.id, context)], None, parent.id)
            case RetractionLine(), ImportedRecord():
                return self._change(unit, parent.within, [body.to_retract(parent.id)], None, parent.id)
            case ChangesLine(), ImportedRecord():
                requests = body.to_requests(self.new_id, context)
                try:
                    return self._change(unit, parent.id, requests, body.reason, parent.id)
                except Refusal as refusal:
                    raise body.refused(refusal) from None
            case _:
                raise AssertionError(kind)

    def _person(self, body: PersonLine, result: Result) -> UUID:
        person = Person(self.new_id(), body.name, body.email, body.employer)
        result.people.append(person)
        return person.id

    def _client(self, unit: UnitOfWork, body: ClientLine) -> UUID:
        return unit.register_client(
            self.new_id(),
            body.name,
            body.slug,
            body.profile.values_set(),
            body.fiscal_year_start_month,
            recorded_by=self.recorded_by,
            latin_name=transliterate(body.name),
        ).id

    def _client_of(self, body: EngagementLine, refs: Refs) -> UUID:
        record = refs.find(LineType.CLIENT, body.client)
        try:
            return self.client_id(body.client) if record is None else record.id
        except Refusal:
            raise invalid(("client", "must be the ref of a client line, a slug or an id")) from None

    def _engagement(self, unit: UnitOfWork, body: EngagementLine, client_id: UUID) -> UUID:
        try:
            unit.client(client_id)
        except Refusal:
            raise invalid(("client", "must be the ref of a client line, a slug or an id")) from None
        opening = Log(
            self.new_id(),
            body.started_on,
            Opened(body.name, body.practice_lead),
            body.precision,
            body.note,
            tuple(body.links),
        )
        return unit.open_engagement(self.new_id(), client_id, opening, recorded_by=self.recorded_by).id

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

    @staticmethod
    def _referenced(field_name: str, kind: LineType, ref: str, refs: Refs) -> ImportedRecord:
        record = refs.find(kind, ref)
        if record is None:
            raise invalid(
                (field_name, f"must be the ref of {'an' if kind is LineType.ENGAGEMENT else 'a'} {kind} line")
            )
        return record
