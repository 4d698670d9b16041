"""The demonstration firm in a real store, as its visitors meet it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from api_client import served

from domain.demo import demonstration
from web.demonstration import load
from web.settings import Settings

TODAY = date(2026, 11, 22)


def test_the_firm_is_told_once_into_an_empty_store_and_known_as_it_was_told(data_dir: Path) -> None:
    told: list[tuple[int, int]] = []
    settings = Settings(data=data_dir)
    assert load(settings, TODAY, lambda done, of: told.append((done, of)))
    story = demonstration(TODAY)
    assert told[-1] == (len(story.steps), len(story.steps))
    assert not load(settings, TODAY, lambda done, of: told.append((done, of)))
    assert len(told) == len(story.steps)

    with served(data_dir) as firm:
        clients = firm.admin.get("/clients?limit=500&as_of=2026-11-22")["items"]
        assert len(clients) >= 36
        seen = firm.admin.get("/clients/halcyon-health/timeline?as_of=2026-11-22")
        assert seen["structure_spans"]
        assert set(seen["people"].values()) <= {person.name for person in story.people}
        first, last = story.steps[0].recorded_at, story.steps[-1].recorded_at
        middle = (first + (last - first) / 2).isoformat().replace("+00:00", "Z")
        then = firm.admin.get(f"/clients?limit=500&as_of=2026-11-22&known_at={middle}")["items"]
        assert 0 < len(then) < len(clients)
        drifted = {row["direction"] for row in firm.admin.get("/reports/drift?as_of=2026-11-22")["rows"]}
        assert drifted == {"outgrown", "ahead_of_itself"}
