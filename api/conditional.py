"""Optimistic concurrency: strong entity tags that are streams' versions, and `If-Match`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from eventsourcing.domain import Aggregate
from fastapi import Header

from api.problems import MALFORMED, Problem
from domain.application import VersionConflict

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')
_LIST = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*')


def etag_of(version: int) -> str:
    """A stream's version as a strong entity tag."""
    return f'"{version}"'


@dataclass(frozen=True, slots=True)
class Expected:
    """The versions that a caller takes for the current one; null expects nothing.

    A weak tag never matches here: writing wants the strong comparison (RFC 9110, 13.1.1).
    """

    versions: frozenset[int] | None = None

    def check(self, aggregate: Aggregate) -> None:
        """Refuse (`VersionConflict`) when the stream has another version."""
        if self.versions is not None and aggregate.version not in self.versions:
            raise VersionConflict(aggregate.version)


NOTHING_EXPECTED = Expected()


def expected_from(header: str | None) -> Expected:
    """What an `If-Match` header expects; `*` is content with anything that exists. Raises `Problem` 400."""
    if header is None or header.strip() == "*":
        return NOTHING_EXPECTED
    if not _LIST.fullmatch(header):
        raise Problem(MALFORMED, 'If-Match must be "*" or entity tags like "5".')
    tags = _TAG.findall(header)
    return Expected(frozenset(int(text) for weak, text in tags if not weak and re.fullmatch(r"[0-9]{1,15}", text)))


IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The version that is to be changed, as its `ETag` said; another one refuses (412).",
        examples=['"5"'],
    ),
]
