"""Where the details of a milestone name people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

PERSON_FIELDS = frozenset({"holder", "practice_lead", "assessor", "participants"})


def people_named(shape: Any, path: str = "") -> Iterator[tuple[str, UUID]]:
    """Every person that JSON details name, with the dotted field that does."""
    if isinstance(shape, dict):
        for name, member in shape.items():
            field = f"{path}.{name}" if path else name
            if name in PERSON_FIELDS:
                ids = member if isinstance(member, list) else [member]
                yield from ((field, UUID(person)) for person in ids if person is not None)
            elif name != "answers":
                yield from people_named(member, field)
    elif isinstance(shape, list):
        for number, member in enumerate(shape):
            yield from people_named(member, f"{path}.{number}")
