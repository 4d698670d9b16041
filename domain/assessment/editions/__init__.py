"""Earlier versions of the frameworks, as the tables that `serialization.framework_mapping` made of them.

They are kept as data: verdicts of an earlier version are stored with the assessments, so no earlier rules are evaluated
again.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

from domain.assessment.combination import FRAMEWORKS
from domain.assessment.serialization import Plain, framework_mapping


@lru_cache(maxsize=1024)
def _earlier(version: int) -> dict[str, Plain]:
    """The frameworks of an earlier version by id; empty if there is no such version."""
    file = files("domain.assessment.editions").joinpath(f"v{version}.json")
    if not file.is_file():
        return {}
    return {str(framework["id"]): framework for framework in json.loads(file.read_text(encoding="utf-8"))}


def edition_of(framework_id: str, version: int | None = None) -> Plain | None:
    """A framework as a readable table, in its current or in an earlier version; None if there is no such one."""
    current = next((framework for framework in FRAMEWORKS if framework.id == framework_id), None)
    if current is None:
        return None
    if version is None or version == current.version:
        return framework_mapping(current)
    return _earlier(version).get(framework_id)
