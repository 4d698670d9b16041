"""The navigation: the places of the product that are there."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from web.pages.reports import REPORTS
from web.parts import NAVIGATION, NavGroup

PLACES: frozenset[str] = frozenset(
    {"overview", "clients", "milestones", "people", "assess", "frameworks", "drift", "settings"}
)
"""The keys of the places, reports left out, that have a page. Whoever adds a page adds its key."""


@lru_cache(maxsize=1)
def navigation() -> tuple[NavGroup, ...]:
    """The groups of the navigation with the items that lead somewhere."""
    return _there(PLACES | REPORTS.keys())


def _there(keys: Collection[str]) -> tuple[NavGroup, ...]:
    groups = (NavGroup(group.label, tuple(i for i in group.items if i.key in keys)) for group in NAVIGATION)
    return tuple(group for group in groups if group.items)
