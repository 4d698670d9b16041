"""The navigation, derived from the places that have a page and the list of reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import islice

from web.components import NAVIGATION, NavGroup, NavItem
from web.pages.reports import REPORTS

PLACES: frozenset[str] = frozenset(
    {"overview", "clients", "milestones", "people", "assess", "frameworks", "signs"}
    | {"reports", "board-report", "import", "settings"}
)
"""The keys of the places, reports left out, that have a page. Whoever adds a page adds its key."""


GOVERNORS_ONLY = frozenset({"import"})
"""The keys of the places that only admins of all clients may open."""
VIEWS_SHOWN = 8


@lru_cache(maxsize=2)
def navigation(*, governs: bool = False) -> tuple[NavGroup, ...]:
    """The groups of the navigation, without items that have no page or that the caller may not open."""
    keys = PLACES if governs else PLACES - GOVERNORS_ONLY
    return tuple(group for group in map(_with_reports, _existing_items(keys)) if group.items)


def navigation_with(views: Iterable[tuple[str, str]], *, governs: bool) -> tuple[NavGroup, ...]:
    """The navigation with a user's first saved views (name and address) before the last group."""
    shown = tuple(NavItem(f"view {url}", name, url) for name, url in islice(views, VIEWS_SHOWN))
    if not shown:
        return navigation(governs=governs)
    *groups, last = navigation(governs=governs)
    return (*groups, NavGroup("Saved views", (*shown, NavItem("views", "All views", "/views"))), last)


def _with_reports(group: NavGroup) -> NavGroup:
    """The group "Reports" with the page of each report after "All reports"."""
    if group.label != "Reports":
        return group
    pages = (NavItem(page.key, page.title, f"/reports/{page.key}", page.shortcut) for page in REPORTS.values())
    every, *others = group.items
    return NavGroup(group.label, (every, *pages, *others))


def _existing_items(keys: Collection[str]) -> Iterable[NavGroup]:
    return (NavGroup(group.label, tuple(i for i in group.items if i.key in keys)) for group in NAVIGATION)
