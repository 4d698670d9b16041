"""A copy of the log's file that lacks its write-ahead log is told from a whole one."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from logs import opened
from typer.testing import CliRunner

from projections.log import CopyWithoutWal, open_log
from web.cli import app


def copied(source: Path, target: Path, *names: str) -> Path:
    """A folder with copies of some files."""
    target.mkdir()
    for name in names:
        shutil.copy(source / name, target / name)
    return target


def test_a_copy_from_a_running_server_without_its_wal_is_refused(data_dir: Path, tmp_path: Path) -> None:
    with open_log(data_dir) as log:
        opened(log)
        copy = copied(data_dir, tmp_path / "copy", "log.db")
        with (
            closing(sqlite3.connect(data_dir / "log.db")) as source,
            closing(sqlite3.connect(tmp_path / "b")) as target,
        ):
            source.backup(target)
    online = tmp_path / "online"
    online.mkdir()
    shutil.copy(tmp_path / "b", online / "log.db")
    for folder in (copy, online):
        before = (folder / "log.db").read_bytes()
        with pytest.raises(CopyWithoutWal, match="its last records are missing"):
            open_log(folder)
        for command in (["migrate"], ["verify"], ["backup", str(tmp_path / "never.zip")]):
            result = CliRunner().invoke(app, [*command, "--data", str(folder)])
            assert (result.exit_code, "seatline backup" in result.stderr) == (1, True), result.output
        assert (folder / "log.db").read_bytes() == before
    (copy / "log.db-wal").touch()  # whoever knows what is missing may go on with the rest
    with open_log(copy) as log:
        assert log.head() == 0


def test_a_copy_of_a_stopped_store_opens(data_dir: Path, tmp_path: Path) -> None:
    with open_log(data_dir) as log:
        opened(log)
    for _ in range(2):
        with open_log(data_dir):
            pass
    with open_log(copied(data_dir, tmp_path / "copy", "log.db")) as log:
        assert log.head() == 4


def test_a_store_opens_after_a_crash_whoever_reads_it_before(data_dir: Path, tmp_path: Path) -> None:
    with open_log(data_dir) as log:
        opened(log)
        # what kill -9 leaves
        crashed = copied(data_dir, tmp_path / "crashed", "log.db", "log.db-wal", "log.lock")
        read = shutil.copytree(crashed, tmp_path / "read")
    with open_log(crashed) as log:
        assert log.head() == 4
    with closing(sqlite3.connect(read / "log.db")) as tool:
        assert tool.execute("SELECT count(*) FROM stored_events").fetchone() == (4,)
    assert not (read / "log.db-wal").exists()
    with open_log(read) as log:
        assert log.head() == 4
