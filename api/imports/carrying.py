"""Carrying out an import: one use case for the whole file, so that all of it is recorded together or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from pydantic import ValidationError

from api.imports.lines import (
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
    unfit,
)
from api.imports.refs import Known, Refs, context_of
from api.kept.people import Person
from api.latin import in_latin_letters
from api.problems import REF_CHANGED, Problem, invalid, problem_of
from domain.application import Desk
from domain.changes import Log, Request
from domain.errors import Refusal
from domain.milestones import Opened


class Outcome(StrEnum):
    """What became of a line."""

    NEW = "new"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one line; `id` is what it made or had made, `problem` why it was refused."""

    line: int
    ref: str | None
    outcome: Outcome
    id: UUID | None = None
    problem: Problem | None = None


@dataclass(slots=True)
class Result:
    """What an import amounts to: its rows by line, the people to be kept, the refs to be remembered."""

    rows: list[Row]
    refs: Refs
    people: list[Person] = field(default_factory=list)

    @property
    def refused(self) -> Sequence[Row]:
        """The rows that were refused."""
        return [row for row in self.rows if row.outcome is Outcome.REFUSED]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Records the lines of a file on a desk, each after the ones before it."""

    new_id: Callable[[], UUID]
    client_id: Callable[[str], UUID]
    recorded_by: UUID
    said: Callable[[int], None] = lambda _: None

    def carry(self, desk: Desk, lines: Sequence[Line | Unreadable], known: Refs) -> Result:
        """Record every line that fits; the others are refused, one by one."""
        result = Result([], known.fresh())
        result.rows = [
            Row(line.number, line.ref, Outcome.REFUSED, problem=line.problem)
            for line in lines
            if isinstance(line, Unreadable)
        ]
        readable = [line for line in lines if isinstance(line, Line)]
        for done, line in enumerate(in_turn(readable), start=1):
            result.rows.append(self._row(desk, line, result))
            self.said(done)
        result.rows.sort(key=lambda row: row.line)
        return result

    def _row(self, desk: Desk, line: Line, result: Result) -> Row:
        before = result.refs.find(line.type, line.ref)
        if before is not None:
            if before.content_hash == line.content_hash:
                return Row(line.number, line.ref, Outcome.SAME, before.id)
            return Row(line.number, line.ref, Outcome.REFUSED, before.id, Problem(REF_CHANGED))
        try:
            made, within = self._record(desk, line, result)
        except ValidationError as fault:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=unfit(fault))
        except Refusal as refusal:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=problem_of(refusal))
        except Problem as problem:
            return Row(line.number, line.ref, Outcome.REFUSED, problem=problem)
        result.refs.add(line.type, line.ref, Known(made, line.content_hash, within))
        return Row(line.number, line.ref, Outcome.NEW, made)

    def _record(self, desk: Desk, line: Line, result: Result) -> tuple[UUID, UUID | None]:
        """Record a line; what it made, and what that lies within."""
        context = context_of(result.refs)
        match line.type:
            case LineType.PERSON:
                return self._person(PersonLine.model_validate(line.said), result), None
            case LineType.CLIENT:
                return self._client(desk, ClientLine.model_validate(line.said)), None
            case LineType.ENGAGEMENT:
                return self._engagement(desk, EngagementLine.model_validate(line.said, context=context), result.refs)
            case LineType.MILESTONE:
                named, body = milestone_in(line, context)
                engagement = self._pointed("engagement", LineType.ENGAGEMENT, named, result.refs).id
                request = body.to_log(self.new_id())
                return self._change(desk, engagement, [request], None, request.milestone)
            case LineType.CORRECTION:
                correction = CorrectionLine.model_validate(line.said)
                found = self._pointed("milestone", LineType.MILESTONE, correction.milestone, result.refs)
                return self._change(desk, found.within, [correction.to_correct(found.id, context)], None, found.id)
            case LineType.RETRACTION:
                retraction = RetractionLine.model_validate(line.said)
                found = self._pointed("milestone", LineType.MILESTONE, retraction.milestone, result.refs)
                return self._change(desk, found.within, [retraction.to_retract(found.id)], None, found.id)
            case LineType.CHANGES:
                changes = ChangesLine.model_validate(line.said, context=context)
                engagement = self._pointed("engagement", LineType.ENGAGEMENT, changes.engagement, result.refs).id
                requests = changes.to_requests(self.new_id, context)
                return self._change(desk, engagement, requests, changes.reason, engagement)

    def _person(self, body: PersonLine, result: Result) -> UUID:
        person = Person(self.new_id(), body.name, body.email, body.employer)
        result.people.append(person)
        return person.id

    def _client(self, desk: Desk, body: ClientLine) -> UUID:
        return desk.register_client(
            self.new_id(),
            body.name,
            body.slug,
            body.profile.given(),
            body.fiscal_year_start_month,
            recorded_by=self.recorded_by,
            latin_name=in_latin_letters(body.name),
        ).id

    def _engagement(self, desk: Desk, body: EngagementLine, refs: Refs) -> tuple[UUID, UUID]:
        known = refs.find(LineType.CLIENT, body.client)
        try:
            client = self.client_id(body.client) if known is None else known.id
            desk.client(client)
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
        return desk.open_engagement(self.new_id(), client, opening, recorded_by=self.recorded_by).id, client

    def _change(
        self, desk: Desk, engagement: UUID | None, requests: Sequence[Request], reason: str | None, made: UUID
    ) -> tuple[UUID, UUID | None]:
        assert engagement is not None  # noqa: S101  (for the type checker: a milestone lies within an engagement)
        desk.change(engagement, requests, recorded_by=self.recorded_by, reason=reason)
        return made, engagement

    @staticmethod
    def _pointed(field_name: str, kind: LineType, ref: str, refs: Refs) -> Known:
        found = refs.find(kind, ref)
        if found is None:
            raise invalid(
                (field_name, f"must be the ref of {'an' if kind is LineType.ENGAGEMENT else 'a'} {kind} line")
            )
        return found
