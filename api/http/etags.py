"""Optimistic concurrency: strong entity tags that are streams' versions, and `If-Match`."""

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
    """A stream's version as a strong entity tag."""
    return f'"{version}"'


def etag_of_content(content: BaseModel, *volatile: str) -> str:
    """A strong entity tag for what has no version: made of all that is shown but the `volatile` fields."""
    shown = content.model_dump_json(by_alias=True, exclude=set(volatile))
    return f'"{hashlib.sha256(shown.encode()).hexdigest()[:24]}"'


@dataclass(frozen=True, slots=True)
class Expected:
    """The entity tags that a caller takes for the current one; null expects nothing.

    A weak tag never matches here: writing wants the strong comparison (RFC 9110, 13.1.1).
    """

    tags: frozenset[str] | None = None

    def check(self, aggregate: Aggregate) -> None:
        """Refuse (`VersionConflict`) when the stream has another version."""
        if self.tags is not None and etag_of(aggregate.version) not in self.tags:
            raise VersionConflict(aggregate.version)

    def check_tag(self, etag: str) -> None:
        """Refuse (`Problem` 412) when what is to be changed has another entity tag."""
        if self.tags is not None and etag not in self.tags:
            raise Problem(VERSION_CONFLICT)

    def check_nothing(self) -> None:
        """Refuse (`Problem` 412) any entity tag: what is addressed has none."""
        if self.tags is not None:
            raise Problem(VERSION_CONFLICT, "This address has no version that If-Match could name.")


NOTHING_EXPECTED = Expected()


def expected_from(headers: Sequence[str]) -> Expected:
    """What `If-Match` expects, given in one line or several (RFC 9110, 5.3); `*` is content with anything that exists.

    Raises `Problem` 400.
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
        description="The version that is to be changed, as its `ETag` said; another one refuses (412).",
        examples=['"5"'],
    ),
]
