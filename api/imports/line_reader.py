"""Reads the lines of an import into typed bodies, and finds the records that they refer to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from pydantic import BaseModel, ValidationError

from api.http.problems import Problem, invalid
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
    milestone_in,
    without_item_refs,
    without_refused_nulls,
)
from api.imports.on_record import is_canonical
from api.imports.refs import ImportedRecord, Refs, validation_context
from api.schemas.positions import POSITION_IDS, PositionIds
from domain.errors import Refusal


@dataclass(frozen=True, slots=True)
class Parsed:
    """A line that was read: its body, the record that it belongs to, and the ids of milestones within it by ref."""

    body: BaseModel
    parent: ImportedRecord | UUID | None
    items: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def within(self) -> UUID | None:
        """The id of the record that the line belongs to."""
        return self.parent.id if isinstance(self.parent, ImportedRecord) else self.parent


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads lines; `client_id` is the id of a client by id or slug."""

    new_id: Callable[[], UUID]
    client_id: Callable[[str], UUID]

    def read(self, line: Line, refs: Refs) -> Parsed:
        """Read a line. Nulls that a field does not allow are read as if the field was left out."""
        try:
            return self._read(line, refs)
        except ValidationError as fault:
            content = without_refused_nulls(line.content, fault)
            if content == line.content:
                raise
            return self._read(replace(line, content=content), refs)

    def _read(self, line: Line, refs: Refs) -> Parsed:
        """The body of a line and the record it refers to: a client, an engagement or a milestone."""
        context = validation_context(refs)
        match line.type:
            case LineType.PERSON:
                return Parsed(PersonLine.model_validate(line.content), None)
            case LineType.CLIENT:
                return Parsed(ClientLine.model_validate(line.content), None)
            case LineType.PROFILE_CHANGE:
                change = ProfileChangeLine.model_validate(line.content)
                return Parsed(change, self._client_of(change.client, refs))
            case LineType.MILESTONE:
                engagement_ref, milestone = milestone_in(line, context)
                return Parsed(milestone, self._referenced("engagement", LineType.ENGAGEMENT, engagement_ref, refs))
            case LineType.CORRECTION:
                correction = CorrectionLine.model_validate(line.content)
                return Parsed(correction, self._referenced("milestone", LineType.MILESTONE, correction.milestone, refs))
            case LineType.RETRACTION | LineType.CLIENT_RETRACTION | LineType.ENGAGEMENT_RETRACTION:
                return self._read_retraction(line, refs)
            case LineType.ENGAGEMENT | LineType.CHANGES:
                return self._read_with_items(line, refs)

    def _read_retraction(self, line: Line, refs: Refs) -> Parsed:
        """The retraction of a client, an engagement or a milestone."""
        if line.type is LineType.CLIENT_RETRACTION:
            of_client = ClientRetractionLine.model_validate(line.content)
            return Parsed(of_client, self._client_of(of_client.client, refs))
        if line.type is LineType.ENGAGEMENT_RETRACTION:
            whole = EngagementRetractionLine.model_validate(line.content)
            return Parsed(whole, self._referenced("engagement", LineType.ENGAGEMENT, whole.engagement, refs))
        retraction = RetractionLine.model_validate(line.content)
        return Parsed(retraction, self._referenced("milestone", LineType.MILESTONE, retraction.milestone, refs))

    def _read_with_items(self, line: Line, refs: Refs) -> Parsed:
        """A line whose milestones may have refs of their own."""
        content, item_refs = without_item_refs(line)
        records = {ref: refs.find(LineType.MILESTONE, ref) for ref in item_refs.values()}
        if len(records) < len(item_refs):
            raise invalid((ITEMS[line.type], "must have a different ref for each milestone"))
        items = {ref: self._id_for(ref, record) for ref, record in records.items()}
        ids = {position: items[ref] for position, ref in item_refs.items()}
        context = validation_context(refs, items)
        body: EngagementLine | ChangesLine
        parent: ImportedRecord | UUID
        if line.type is LineType.ENGAGEMENT:
            body = EngagementLine.model_validate(content, context=context)
            parent = self._client_of(body.client, refs)
            if body.opening is not None:
                items[body.opening] = self._id_for(body.opening, refs.find(LineType.MILESTONE, body.opening))
        else:
            body = ChangesLine.model_validate(content, context={**context, POSITION_IDS: PositionIds(line.ref)})
            parent = self._referenced("engagement", LineType.ENGAGEMENT, body.engagement, refs)
        body.use_ids(ids)
        return Parsed(body, parent, items)

    def _id_for(self, ref: str, record: ImportedRecord | None) -> UUID:
        """The id of a record with a ref: that of the imported one, the ref itself if it is an id, or a new one."""
        return record.id if record else id_of(ref) or self.new_id()

    def _client_of(self, client: str, refs: Refs) -> UUID:
        record = refs.find(LineType.CLIENT, client)
        try:
            return self.client_id(client) if record is None else record.id
        except Refusal:
            raise unknown_client() from None

    @staticmethod
    def _referenced(field_name: str, kind: LineType, ref: str, refs: Refs) -> ImportedRecord:
        record = refs.find(kind, ref)
        if record is None:
            raise invalid(
                (field_name, f"must be the ref of {'an' if kind is LineType.ENGAGEMENT else 'a'} {kind} line")
            )
        return record


def unknown_client() -> Problem:
    """The problem of a line whose client does not exist."""
    return invalid(("client", "must be the ref of a client line, a slug or an id"))


def id_of(ref: str) -> UUID | None:
    """The id that a ref is; null for other refs."""
    return UUID(ref) if is_canonical(ref) else None
