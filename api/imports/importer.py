"""Carrying out an import: one use case for the whole file, so that all of it is recorded together or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ValidationError

from api.http.problems import REF_CHANGED, Problem, invalid, problem_of
from api.imports.engagement_bounds import Bounding, overlapping_lines
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
    Unreadable,
    in_turn,
    milestone_in,
    spelling_of,
    unfit,
)
from api.imports.meaning import Meaning, differing_fields, digest_of, field_hashes_of, meaning_of
from api.imports.refs import Known, Refs, context_of
from api.latin import in_latin_letters
from api.schemas.milestones import MilestoneBody
from api.state.people import Person
from domain.changes import Log, Request
from domain.errors import Refusal
from domain.kinds.engagement import Opened
from domain.unit_of_work import UnitOfWork


class Outcome(StrEnum):
    """What became of a line."""

    NEW = "new"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one line; `id` is what it made or had made, `problem` why it was refused.

    `warnings` say what of a new line may be a mistake.
    """

    line: int
    ref: str | None
    outcome: Outcome
    id: UUID | None = None
    problem: Problem | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Result:
    """What an import amounts to: its rows by line, the people to be kept, the refs to be remembered."""

    rows: list[Row]
    refs: Refs
    people: list[Person] = field(default_factory=list)
    bounding: Bounding = field(default_factory=Bounding)

    @property
    def refused(self) -> Sequence[Row]:
        """The rows that were refused."""
        return [row for row in self.rows if row.outcome is Outcome.REFUSED]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Records the lines of a file on a unit of work, each after the ones before it."""

    new_id: Callable[[], UUID]
    client_id: Callable[[str], UUID]
    recorded_by: UUID
    said: Callable[[int], None] = lambda _: None

    def carry(self, unit: UnitOfWork, lines: Sequence[Line | Unreadable], known: Refs) -> Result:
        """Record every line that fits; the others are refused, one by one.

        The engagements of a client may stand in any order: whether they overlap is checked after the last line. When
        some do, all is decided anew without the lines that made them overlap.
        """
        refused: dict[int, Problem] = {}
        rounds = 0
        while True:
            unit.defer_bounds()
            result = self._decide(unit, lines, known, refused)
            overlapping = overlapping_lines(unit, result.bounding, whole=rounds > 1)
            if not overlapping:
                unit.settle_bounds(recorded_by=self.recorded_by)
                return result
            refused |= overlapping
            rounds += 1

    def _decide(
        self, unit: UnitOfWork, lines: Sequence[Line | Unreadable], known: Refs, refused: Mapping[int, Problem]
    ) -> Result:
        result = Result([], known.fresh())
        for line in lines:
            problem = line.problem if isinstance(line, Unreadable) else refused.get(line.number)
            if problem is not None:
                result.rows.append(Row(line.number, line.ref, Outcome.REFUSED, problem=problem))
        readable = [line for line in lines if isinstance(line, Line) and line.number not in refused]
        for done, line in enumerate(in_turn(readable), start=1):
            result.rows.append(self._row(unit, line, result))
            self.said(done)
        result.rows.sort(key=lambda row: row.line)
        return result

    def _row(self, unit: UnitOfWork, line: Line, result: Result) -> Row:
        before = result.refs.find(line.type, line.ref)
        if before is not None and before.content_hash == spelling_of(line.said):
            return Row(line.number, line.ref, Outcome.SAME, before.id)
        try:
            body, within = self._read(line, result.refs)
            meaning = meaning_of(body, within.id if isinstance(within, Known) else within)
            if before is not None:
                return self._known_row(line, before, meaning, result.refs)
            made, holder = self._record(unit, line.type, body, within, result)
        except ValidationError as fault:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=unfit(fault))
        except Refusal as refusal:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=problem_of(refusal))
        except Problem as problem:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=problem)
        result.refs.add(line.type, line.ref, Known(made, digest_of(meaning), holder, field_hashes_of(meaning)))
        if line.type not in FIRST and holder is not None:
            result.bounding.note(unit, made if line.type is LineType.ENGAGEMENT else holder, line.number)
        return Row(line.number, line.ref, Outcome.NEW, made)

    @staticmethod
    def _known_row(line: Line, before: Known, meaning: Meaning, refs: Refs) -> Row:
        if before.content_hash == digest_of(meaning):
            return Row(line.number, line.ref, Outcome.SAME, before.id)
        differing = differing_fields(refs.field_hashes(line.type, line.ref), meaning)
        errors = [(name, "is not what was imported under this ref before") for name in differing]
        detail = f"{REF_CHANGED.title[:-1]}: {', '.join(differing)}." if differing else ""
        return Row(line.number, line.ref, Outcome.REFUSED, before.id, Problem(REF_CHANGED, detail, errors=errors))

    def _read(self, line: Line, refs: Refs) -> tuple[BaseModel, Known | UUID | None]:
        """What a line says, and what it points to: a client, an engagement or a milestone."""
        context = context_of(refs)
        match line.type:
            case LineType.PERSON:
                return PersonLine.model_validate(line.said), None
            case LineType.CLIENT:
                return ClientLine.model_validate(line.said), None
            case LineType.ENGAGEMENT:
                opening = EngagementLine.model_validate(line.said, context=context)
                return opening, self._client_of(opening, refs)
            case LineType.MILESTONE:
                named, milestone = milestone_in(line, context)
                return milestone, self._pointed("engagement", LineType.ENGAGEMENT, named, refs)
            case LineType.CORRECTION:
                correction = CorrectionLine.model_validate(line.said)
                return correction, self._pointed("milestone", LineType.MILESTONE, correction.milestone, refs)
            case LineType.RETRACTION:
                retraction = RetractionLine.model_validate(line.said)
                return retraction, self._pointed("milestone", LineType.MILESTONE, retraction.milestone, refs)
            case LineType.CHANGES:
                changes = ChangesLine.model_validate(line.said, context=context)
                return changes, self._pointed("engagement", LineType.ENGAGEMENT, changes.engagement, refs)

    def _record(
        self, unit: UnitOfWork, kind: LineType, body: BaseModel, within: Known | UUID | None, result: Result
    ) -> tuple[UUID, UUID | None]:
        """Record a line; what it made, and what that lies within."""
        context = context_of(result.refs)
        match body, within:
            case PersonLine(), _:
                return self._person(body, result), None
            case ClientLine(), _:
                return self._client(unit, body), None
            case EngagementLine(), UUID():
                return self._engagement(unit, body, within), within
            case MilestoneBody(), Known():
                request = body.to_log(self.new_id())
                return self._change(unit, within.id, [request], None, request.milestone)
            case CorrectionLine(), Known():
                return self._change(unit, within.within, [body.to_correct(within.id, context)], None, within.id)
            case RetractionLine(), Known():
                return self._change(unit, within.within, [body.to_retract(within.id)], None, within.id)
            case ChangesLine(), Known():
                requests = body.to_requests(self.new_id, context)
                return self._change(unit, within.id, requests, body.reason, within.id)
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
            body.profile.given(),
            body.fiscal_year_start_month,
            recorded_by=self.recorded_by,
            latin_name=in_latin_letters(body.name),
        ).id

    def _client_of(self, body: EngagementLine, refs: Refs) -> UUID:
        known = refs.find(LineType.CLIENT, body.client)
        try:
            return self.client_id(body.client) if known is None else known.id
        except Refusal:
            raise invalid(("client", "must be the ref of a client line, or a slug or an id")) from None

    def _engagement(self, unit: UnitOfWork, body: EngagementLine, client: UUID) -> UUID:
        try:
            unit.client(client)
        except Refusal:
            raise invalid(("client", "must be the ref of a client line, or a slug or an id")) from None
        opening = Log(
            self.new_id(),
            body.started_on,
            Opened(body.name, body.practice_lead),
            body.precision,
            body.note,
            tuple(body.links),
        )
        return unit.open_engagement(self.new_id(), client, opening, recorded_by=self.recorded_by).id

    def _change(
        self, unit: UnitOfWork, engagement: UUID | None, requests: Sequence[Request], reason: str | None, made: UUID
    ) -> tuple[UUID, UUID | None]:
        assert engagement is not None  # noqa: S101  (for the type checker: a milestone lies within an engagement)
        unit.change(engagement, requests, recorded_by=self.recorded_by, reason=reason)
        return made, engagement

    @staticmethod
    def _pointed(field_name: str, kind: LineType, ref: str, refs: Refs) -> Known:
        found = refs.find(kind, ref)
        if found is None:
            raise invalid(
                (field_name, f"must be the ref of {'an' if kind is LineType.ENGAGEMENT else 'a'} {kind} line")
            )
        return found
