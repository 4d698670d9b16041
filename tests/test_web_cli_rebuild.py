"""`seatline rebuild` makes the read models anew: where nothing runs, and while a server reads and writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from logs import ME, opened, written_over
from test_projections_views import from_nothing, rows_in
from test_web_pages_browser import Running
from typer.testing import CliRunner

from domain.decisions import Log as LogIt
from domain.kinds.agreements import AlignmentHeld
from domain.unit_of_work import UnitOfWork
from projections.log import Log, open_log
from web.cli import app
from web.server_client import ServerClient as Word
from web.server_client import remove_server_file, write_server_file


@pytest.fixture
def cli(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("SEATLINE_DATA", str(data_dir))
    return CliRunner()


def test_where_no_server_runs_the_store_is_opened_and_rebuilt(cli: CliRunner, data_dir: Path) -> None:
    with open_log(data_dir) as log:
        opened(log)
    result = cli.invoke(app, ["rebuild"])
    assert result.exit_code == 0
    assert "4/4" in result.output
    assert "at position 4." in result.output


def test_a_rebuild_names_an_event_that_cannot_be_read_after_rebuilding_all_others(
    cli: CliRunner, data_dir: Path
) -> None:
    with open_log(data_dir) as log:
        opened(log)
    written_over(data_dir, 3, b'{"class_version": 99}')
    result = cli.invoke(app, ["rebuild"])
    assert result.exit_code == 1
    assert "position 3" in result.output
    assert "One stream is stopped; all others are at position 4." in result.output


def test_a_running_server_rebuilds_while_it_is_written_to(cli: CliRunner, data_dir: Path) -> None:
    running = Running(data_dir)
    log, enough = running.context.log, Event()
    try:
        write_server_file(data_dir, Word(running.url, running.context.owner_secret))
        engagement = uuid4()
        opened(log, uuid4(), engagement)
        writer = Thread(target=write_until, args=(log, engagement, enough))
        writer.start()
        outputs = [cli.invoke(app, ["rebuild"]) for _ in range(3)]
        enough.set()
        writer.join()
        assert [result.exit_code for result in outputs] == [0, 0, 0], [result.output for result in outputs]
        assert all("All read models are at position" in result.output for result in outputs)
        assert log.head() > 4
        assert rows_in(running.context.views) == from_nothing(log.read(0, 10_000))
    finally:
        enough.set()
        remove_server_file(data_dir)
        running.stop()


def write_until(log: Log, engagement: UUID, enough: Event) -> None:
    def meet(unit: UnitOfWork) -> None:
        meeting = LogIt(uuid4(), date(2026, 2, 1), AlignmentHeld((ME,)))
        unit.change(engagement, [meeting], recorded_by=ME)

    while not enough.wait(0.005):
        log.engagements.run(meet)
