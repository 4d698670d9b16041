"""URLs of pages. Empty query parameters are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode
from uuid import UUID


def address(path: str, *queries: Mapping[str, object] | Iterable[tuple[str, object]], **named: object) -> str:
    """A path with its query; parameters that are null or empty are left out, later ones replace earlier ones."""
    merged: dict[str, str] = {}
    for query in (*queries, named):
        for name, value in query.items() if isinstance(query, Mapping) else query:
            merged.pop(name, None)
            if value is not None and str(value) != "":
                merged[name] = str(value)
    return f"{path}?{urlencode(merged)}" if merged else path


def client_address(slug: str, **query: object) -> str:
    """A client's page."""
    return address(f"/clients/{slug}", query)


def milestone_address(engagement: UUID, milestone: UUID, **query: object) -> str:
    """A milestone's page."""
    return address(f"/engagements/{engagement}/milestones/{milestone}", query)


def assessment_address(engagement: UUID, milestone: UUID, **query: object) -> str:
    """An assessment's page, with its verdict then and under today's rules."""
    return address(f"/engagements/{engagement}/milestones/{milestone}/assessment", query)


def is_own_path(path: str) -> bool:
    """Whether a path is local to this application, for every way in which browsers read it (no open redirects)."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
