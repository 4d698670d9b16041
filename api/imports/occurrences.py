"""Recognizes rows without a ref: by their meaning, among the rows of earlier imports and what is on record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from api.imports.lines import LineType
from api.imports.meaning import Meaning, digest_of, meaning_on_record, opening_on_record
from api.imports.refs import ImportedRecord, Refs
from domain.kinds.engagement import Opened
from domain.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Occurrences:
    """The rows of a table so far. Equal rows are counted: the second one is another record than the first."""

    _times: Counter[bytes] = field(default_factory=Counter)
    _claimed: set[UUID] = field(default_factory=set)
    _on_record: dict[UUID, Mapping[bytes, list[UUID]]] = field(default_factory=dict)

    def ref_of(self, meaning: Meaning) -> str:
        """The ref of the next row with this meaning: equal in every import."""
        digest = digest_of(meaning)
        self._times[digest] += 1
        return f"row: {digest.hex()} {self._times[digest]}"

    def find(
        self, unit: UnitOfWork, kind: LineType, ref: str, meaning: Meaning, within: UUID, refs: Refs
    ) -> ImportedRecord | None:
        """The record of an equal row of an earlier import, or else one on record that no other row stands for."""
        record = refs.find(kind, ref)
        if record is not None:
            self._claimed.add(record.id)
            return record
        if within not in self._on_record:
            of_parent = _openings if kind is LineType.ENGAGEMENT else _milestones
            self._on_record[within] = of_parent(unit, within)
        digest = digest_of(meaning)
        created = {added.id for added in refs.added.values()} if digest in self._on_record[within] else set()
        for record_id in self._on_record[within].get(digest, ()):
            if record_id not in self._claimed and record_id not in created:
                self._claimed.add(record_id)
                return ImportedRecord(record_id, digest, within)
        return None


def _milestones(unit: UnitOfWork, engagement_id: UUID) -> Mapping[bytes, list[UUID]]:
    standing = unit.engagement(engagement_id).standing.milestones
    by_digest: dict[bytes, list[UUID]] = defaultdict(list)
    for milestone in standing.values():
        by_digest[digest_of(meaning_on_record(milestone, engagement_id))].append(milestone.id)
    return by_digest


def _openings(unit: UnitOfWork, client_id: UUID) -> Mapping[bytes, list[UUID]]:
    by_digest: dict[bytes, list[UUID]] = defaultdict(list)
    for engagement_id in unit.client(client_id).engagements:
        for milestone in unit.engagement(engagement_id).standing.milestones.values():
            if isinstance(milestone.details, Opened):
                by_digest[digest_of(opening_on_record(milestone, client_id))].append(engagement_id)
    return by_digest
