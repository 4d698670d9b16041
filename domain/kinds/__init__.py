"""The kinds of milestones, each defined once as a frozen dataclass in a module of this package."""

from __future__ import annotations

from collections.abc import Mapping

from domain.kinds import agreements, engagement, seats, work
from domain.kinds.details import Details
from domain.kinds.kind import Kind


def _classes() -> Mapping[Kind, type[Details]]:
    values = (value for module in (agreements, engagement, seats, work) for value in vars(module).values())
    classes = (value for value in values if isinstance(value, type) and issubclass(value, Details))
    by_kind = {details.kind: details for details in classes if "kind" in vars(details)}
    return {kind: by_kind[kind] for kind in Kind}


DETAILS: Mapping[Kind, type[Details]] = _classes()
"""The details class of every kind, in the order of `Kind`."""
