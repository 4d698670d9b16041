"""The timelines of typical histories, compared with what was looked at and kept."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import pytest
from api_client import Served, served
from timeline_histories import GOLDEN, HISTORIES, drawn


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("drawn")) as running:
        yield running


@pytest.mark.parametrize("name", HISTORIES)
def test_the_timeline_of_a_typical_history_is_drawn_as_it_was_looked_at(firm: Served, name: str) -> None:
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    changes = difflib.unified_diff(golden.splitlines(), drawn(firm, name).splitlines(), "kept", "drawn", lineterm="")
    different = "\n".join(changes)
    assert not different, f"Look at the drawing; if it is right: make snapshots\n{different}"


def test_no_timeline_is_kept_of_a_history_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(HISTORIES)
