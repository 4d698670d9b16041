"""References from one item of a request to an assessment of an earlier item, which has no id yet: `milestones.0`."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

from domain.kinds.kind import Kind

REFERENCE = re.compile(r"(milestones|changes)\.(0|[1-9][0-9]{0,3})", re.ASCII)
"""`milestones.0` is the first member of the list `milestones`."""

POSITION_IDS = "position_ids"
"""The key of a validation context that has the `PositionIds` of an import's line."""

ASSESSMENT = "assessment"
"""The field that can refer to an item of the same request."""


@dataclass
class PositionIds:
    """Makes the ids of the items of a line, always the same for its ref, and contains those it has made.

    So a line that refers to one of its own items means the same when it is imported again.
    """

    ref: str
    _made: set[str] = field(default_factory=set)

    def __call__(self, position: int) -> UUID:
        """The id of the item at a position."""
        item_id = uuid5(_ITEMS, f"{position} {self.ref}")
        self._made.add(str(item_id))
        return item_id

    def __contains__(self, value: object) -> bool:
        """Whether this is an id that was made here."""
        return isinstance(value, str) and value in self._made


_ITEMS = UUID("3f0c5d6e-8a44-5c9b-9d43-6b1f0a7c2e58")


def _random_id(position: int) -> UUID:
    return uuid4()


def with_ids(
    content: Any, items: str, refs: Container[object] = (), new_id: Callable[[int], UUID] = _random_id
) -> tuple[Any, Mapping[int, UUID]]:
    """Replace references to members of the list `items` by ids; returns the content and the ids by position.

    Only assessments that are logged by an earlier member can be referred to. Other references are left for validation
    to refuse, and a text that is one of the `refs` means that ref. `new_id` makes the id of the member at a position.
    """
    members = content.get(items) if isinstance(content, Mapping) else None
    if not isinstance(members, list):
        return content, {}
    references = _References(items, members, refs, new_id)
    return {**content, items: [references.resolved(member, number) for number, member in enumerate(members)]}, (
        references.ids
    )


@dataclass(frozen=True)
class _References:
    items: str
    members: Sequence[Any]
    refs: Container[object]
    new_id: Callable[[int], UUID]
    ids: dict[int, UUID] = field(default_factory=dict)

    def resolved(self, value: Any, number: int) -> Any:
        """A part of member `number` with its references replaced."""
        return dict(self._fields(value, number)) if isinstance(value, Mapping) else value

    def _fields(self, value: Mapping[Any, Any], number: int) -> Iterator[tuple[Any, Any]]:
        for name, member in value.items():
            position = self._position(member) if name == ASSESSMENT else None
            if position is not None and position < number and _is_assessment(self.members[position]):
                if position not in self.ids:
                    self.ids[position] = self.new_id(position)
                yield name, str(self.ids[position])
            else:
                yield name, self.resolved(member, number)

    def _position(self, value: Any) -> int | None:
        match = REFERENCE.fullmatch(value) if isinstance(value, str) and value not in self.refs else None
        return int(match[2]) if match and match[1] == self.items else None


def _is_assessment(member: Any) -> bool:
    """Whether a milestone or a change logs an assessment."""
    milestone = member.get("log", member) if isinstance(member, Mapping) else None
    return isinstance(milestone, Mapping) and milestone.get("kind") == Kind.ASSESSMENT_TAKEN.value
