"""Which cases of a test are drills: some cases run in every run of the suite, all others where drills run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest


def drills_but(fast: Collection[str], cases: Collection[str], *, reason: str) -> list[Any]:
    """The cases of a parametrized test, of which all but the fast ones are drills."""
    assert set(fast) < set(cases), "fast cases are some of the cases"
    slow = pytest.mark.slow(reason=reason)
    return [pytest.param(case, marks=() if case in fast else slow) for case in cases]
