"""A network generated into a real store: the store cannot tell it from what people recorded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from api_client import served
from typer.testing import CliRunner

from projections.log import open_log
from web.cli import app
from web.samples.generate import NotEmpty, generate
from web.settings import Settings

TODAY = date(2026, 11, 22)


def test_a_generated_store_is_rebuilt_and_asked_like_any_other(data_dir: Path) -> None:
    progress: list[tuple[int, int]] = []
    settings = Settings(data=data_dir)
    events = generate(settings, 60, 3, TODAY, lambda done, of: progress.append((done, of)))
    assert progress[-1] == (events, events)
    with open_log(data_dir) as log:
        recorded = log.read(0, events + 1)
        assert [r.position for r in recorded] == list(range(1, events + 1))
        instants = [r.event.timestamp for r in recorded]
        assert instants == sorted(set(instants))
    with served(data_dir) as firm:
        clients = firm.admin.get("/clients?limit=500&as_of=2026-11-22")["items"]
        assert len(clients) == 60
        spans = 0
        for client in clients[:12]:
            timeline = firm.admin.get(f"/clients/{client['slug']}/timeline?as_of=2026-11-22")
            spans += len(timeline["structure_spans"])
            assert None not in timeline["people"].values()
        assert spans > 12
        mix = firm.admin.get("/reports/structure-mix?from=2024-Q1&to=2026-Q4&as_of=2026-11-22")["rows"]
        grid = firm.admin.get("/reports/quarter-grid?from=2024-Q1&to=2026-Q4&as_of=2026-11-22&limit=500")["rows"]
        counted = sum(row["clients"] for row in mix if row["quarter"] == "2026-Q3")
        cells = [cell for row in grid for cell in row["quarters"] if cell["quarter"] == "2026-Q3" and cell["structure"]]
        assert counted == len(cells) > 20
        last = next(c["id"] for c in clients if c["status"] in ("ended", "prospect"))
        opened = {"started_on": "2026-11-20", "name": "One more"}
        firm.admin.ask("POST", f"/clients/{last}/engagements", opened)


def test_a_store_that_holds_anything_is_left_alone(data_dir: Path) -> None:
    settings = Settings(data=data_dir)
    events = generate(settings, 3, 1, TODAY, lambda *_: None)
    with pytest.raises(NotEmpty):
        generate(settings, 3, 1, TODAY, lambda *_: None)
    with open_log(data_dir) as log:
        assert log.head() == events
    refused = CliRunner().invoke(app, ["generate", "--clients", "3", "--data", str(data_dir)])
    assert refused.exit_code == 1


def test_a_postgres_store_is_filled_too(postgres_url: str) -> None:
    settings = Settings(database_url=postgres_url)
    events = generate(settings, 12, 5, TODAY, lambda *_: None)
    with open_log(postgres_url) as log:
        assert log.head() == events > 200
        assert len(log.read(0, events)) == events
