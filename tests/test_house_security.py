"""The page of promises: each names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "security.md"


def test_every_promise_of_security_names_tests_that_are_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = [
        line for line in page.splitlines() if line.startswith("| ") and line[2:9] != "promise" and "---" not in line
    ]
    assert len(rows) > 30
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)
        assert named, row
        for file, test in named:
            assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), f"{file}::{test}"
