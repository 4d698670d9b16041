"""Optimistic concurrency with `If-Match`: strong entity tags made from stream versions or content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from eventsourcing.domain import Aggregate
from fastapi import Header
from pydantic import BaseModel

from api.http.problems import MALFORMED, VERSION_CONFLICT, Problem
from domain.unit_of_work import VersionConflict

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')
_LIST = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*')


def etag_of(version: int) -> str:
    """The strong entity tag of a stream version."""
    return f'"{version}"'


def etag_of_content(content: BaseModel, *volatile: str) -> str:
    """The strong entity tag of content without a version, from all fields except the `volatile` ones."""
    json_text = content.model_dump_json(by_alias=True, exclude=set(volatile))
    return f'"{hashlib.sha256(json_text.encode()).hexdigest()[:24]}"'


@dataclass(frozen=True, slots=True)
class Expected:
    """The entity tags of an `If-Match` header; null matches anything.

    Weak tags never match: a conditional write requires the strong comparison (RFC 9110, 13.1.1).
    """

    tags: frozenset[str] | None = None

    def check(self, aggregate: Aggregate) -> None:
        """Raise `VersionConflict` if the aggregate has another version."""
        if self.tags is not None and etag_of(aggregate.version) not in self.tags:
            raise VersionConflict(aggregate.version)

    def check_tag(self, etag: str) -> None:
        """Raise `Problem` 412 if the resource has another entity tag."""
        if self.tags is not None and etag not in self.tags:
            raise Problem(VERSION_CONFLICT)

    def check_nothing(self) -> None:
        """Raise `Problem` 412 if any entity tag is expected: the addressed resource has none."""
        if self.tags is not None:
            raise Problem(VERSION_CONFLICT, "This resource has no version; leave out If-Match.")


NOTHING_EXPECTED = Expected()


def expected_from(headers: Sequence[str]) -> Expected:
    """Parse the `If-Match` headers of a request (RFC 9110, 5.3).

    `*` matches anything that exists. Raises `Problem` 400.
    """
    header = ", ".join(headers)
    if not headers or header.strip() == "*":
        return NOTHING_EXPECTED
    if not _LIST.fullmatch(header):
        raise Problem(MALFORMED, 'If-Match must be "*" or entity tags like "5".')
    return Expected(frozenset(f'"{tag}"' for weak, tag in _TAG.findall(header) if not weak))


IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The `ETag` of the version to change. Fails with 412 if the current version differs.",
        examples=['"5"'],
    ),
]
