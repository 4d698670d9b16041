"""References from one item of a request to an assessment of an earlier item, which has no id yet: `milestones.0`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from domain.kinds.kind import Kind

REFERENCE = re.compile(r"(milestones|changes)\.(0|[1-9][0-9]{0,3})", re.ASCII)
"""`milestones.0` is the first member of the list `milestones`."""

ASSESSMENT = "assessment"
"""The field that can refer to an item of the same request."""


def with_ids(content: Any, items: str) -> tuple[Any, Mapping[int, UUID]]:
    """Replace references to members of the list `items` by new ids; returns the content and the ids by position.

    Only assessments that are logged by an earlier member can be referred to. Other references are left for validation
    to refuse.
    """
    members = content.get(items) if isinstance(content, Mapping) else None
    if not isinstance(members, list):
        return content, {}
    references = _References(items, members)
    return {**content, items: [references.resolved(member, number) for number, member in enumerate(members)]}, (
        references.ids
    )


@dataclass(frozen=True)
class _References:
    items: str
    members: Sequence[Any]
    ids: dict[int, UUID] = field(default_factory=dict)

    def resolved(self, value: Any, number: int) -> Any:
        """A part of member `number` with its references replaced."""
        return dict(self._fields(value, number)) if isinstance(value, Mapping) else value

    def _fields(self, value: Mapping[Any, Any], number: int) -> Iterator[tuple[Any, Any]]:
        for name, member in value.items():
            position = self._position(member) if name == ASSESSMENT else None
            if position is not None and position < number and _is_assessment(self.members[position]):
                yield name, str(self.ids.setdefault(position, uuid4()))
            else:
                yield name, self.resolved(member, number)

    def _position(self, value: Any) -> int | None:
        match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
        return int(match[2]) if match and match[1] == self.items else None


def _is_assessment(member: Any) -> bool:
    """Whether a milestone or a change logs an assessment."""
    milestone = member.get("log", member) if isinstance(member, Mapping) else None
    return isinstance(milestone, Mapping) and milestone.get("kind") == Kind.ASSESSMENT_TAKEN.value
