"""Redaction on share links, walked through every field of every kind."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any, cast, get_type_hints
from uuid import UUID

import pytest

from api.schemas.examples import EXAMPLES
from api.schemas.milestones import MILESTONE
from domain.milestones import DETAILS, Kind, Precision
from projections.details_json import details_to_json
from projections.milestone_versions import MilestoneVersion, RecordingKind
from web.kinds import describe
from web.pages.clients.redaction import Redaction

ID = UUID(int=1)
NAMES = {"name", "area", "deliverable", "month", "initiative", "metric", "unit", "sign"}
"""Texts that name things; all others are free text, which only links with notes show."""
CANARY = "yellow canary"


def version_of(kind: Kind) -> tuple[MilestoneVersion, set[str]]:
    """A milestone with a canary in every field of free text, and the names of these fields."""
    body = MILESTONE.validate_python({"kind": kind.value, **EXAMPLES[kind]})
    details = dict(details_to_json(body.to_log(ID).details))
    hints = get_type_hints(DETAILS[kind])
    texts = {f.name for f in fields(cast(Any, DETAILS[kind])) if str in (hints[f.name], *_members(hints[f.name]))}
    free = texts - NAMES
    for name in free:
        details[name] = [CANARY] if name == "topics" else CANARY
    version = MilestoneVersion(
        ID,
        ID,
        ID,
        kind,
        date(2026, 1, 1),
        date(2026, 1, 1),
        Precision.DAY,
        1,
        details,
        CANARY,
        (CANARY,),
        None,
        1,
        RecordingKind.LOGGED,
        CANARY,
        (),
        datetime(2026, 1, 2, tzinfo=UTC),
        ID,
        1,
        1,
    )
    return version, free


def _members(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__args__", ())


@pytest.mark.parametrize("kind", Kind)
def test_a_link_without_notes_shows_no_free_text(kind: Kind) -> None:
    version, _ = version_of(kind)
    shown = Redaction(money=True, notes=False).milestone(version)
    assert CANARY not in json.dumps(shown.details) + str(shown.note) + str(shown.links) + str(shown.reason)
    assert CANARY not in str(describe(kind, shown.details, str))


@pytest.mark.parametrize("kind", Kind)
def test_a_link_without_money_shows_no_sum(kind: Kind) -> None:
    version, _ = version_of(kind)
    shown = Redaction(money=False, notes=True).milestone(version)
    assert '"amount"' not in json.dumps(replace(shown).details)
    assert "USD" not in str(describe(kind, shown.details, str))


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.ASSESSMENT_TAKEN}))
def test_a_link_with_notes_and_money_shows_every_detail(kind: Kind) -> None:
    version, free = version_of(kind)
    shown = Redaction(money=True, notes=True).milestone(version)
    assert shown.details == version.details
    assert free == {name for name, value in shown.details.items() if value in (CANARY, [CANARY])}
