"""The page definitions of all milestone kinds, from which names, families, groups and texts are derived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.milestones import Kind
from projections.milestone_versions import MilestoneVersion
from web.bidi import isolate, isolate_all
from web.kinds import agreements, engagement, seats, work
from web.kinds.page import Family, Group, KindPage, Naming, Words

PAGES: Mapping[Kind, KindPage] = {
    page.kind: page for module in (seats, agreements, work, engagement) for page in module.PAGES
}
"""The page definition of every kind."""

KIND_NAMES: Mapping[str, str] = {kind.value: page.name for kind, page in PAGES.items()}
"""The name of every kind, for milestones without a title of their own."""

FAMILY_OF: Mapping[str, Family] = {kind.value: page.family for kind, page in PAGES.items()}
"""The family of every kind."""

GROUPS: tuple[tuple[str, tuple[KindPage, ...]], ...] = tuple(
    (group.value, tuple(page for page in PAGES.values() if page.group is group)) for group in Group
)
"""The kinds that the common form logs, by heading. Openings and assessments have their own pages."""

OFFERED = frozenset(page.kind for page in PAGES.values() if page.group is not None)
"""The kinds that the common form logs."""


def describe(kind: Kind, details: Mapping[str, Any], naming: Naming) -> Words:
    """A milestone in words, with right-to-left names and text isolated."""
    return PAGES[kind].text(isolate_all(details), lambda person: isolate(naming(person)))


def describe_version(version: MilestoneVersion, naming: Naming) -> Words:
    """A milestone in words, including its note."""
    words = describe(version.kind, version.details, naming)
    note = "; ".join(part for part in (words.note, isolate(version.note or "")) if part)
    return Words(words.title, note)
