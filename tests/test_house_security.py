"""The pages of promises: each promise names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = {"security.md": 30, "promises.md": 20}
"""Pages, and how many promises each has at least."""


@pytest.mark.parametrize("name", PAGES)
def test_every_promise_names_tests_that_are_there(name: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    rows = [
        line for line in page.splitlines() if line.startswith("| ") and line[2:9] != "promise" and "---" not in line
    ]
    assert len(rows) > PAGES[name]
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)
        assert named, row
        for file, test in named:
            assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), f"{file}::{test}"
