"""The log in an SQLite file: nothing that was acknowledged is lost, and one process writes."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Thread
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from logs import ENGAGEMENT, command, meeting, opened
from patience import HANGING_SECONDS

from projections.log import DiskFull, FolderInUse, Log, LogClosed, LogUnavailable, open_log
from projections.log.sqlite_log import SQLiteLog

TESTS = Path(__file__).parent

WRITES = """
import sys
from functools import partial
from pathlib import Path
from threading import Thread
from uuid import uuid4

from logs import meeting, opened
from projections.log import open_log

log = open_log(Path(sys.argv[1]))


def write():
    engagement = uuid4()
    opened(log, uuid4(), engagement)
    while True:
        told = log.engagements.run(partial(meeting, engagement=engagement))
        sys.stdout.write(f"{told.position} {engagement} {told.value}\\n")
        sys.stdout.flush()


for _ in range(4):
    Thread(target=write).start()
"""
"""A process that acknowledges what it recorded, line by line, until it is killed."""

HOLDS = """
import sys, time
from pathlib import Path
from projections.log import open_log

with open_log(Path(sys.argv[1])):
    print("open", flush=True)
    time.sleep(60)
"""


def start(program: str, folder: Path) -> subprocess.Popen[str]:
    path = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.fixture
def log(data_dir: Path) -> Iterator[SQLiteLog]:
    with open_log(data_dir) as log:
        assert isinstance(log, SQLiteLog)
        yield log


def test_the_files_of_the_log_are_nobody_elses(data_dir: Path) -> None:
    (data_dir / "log.db").touch(mode=0o644)
    with open_log(data_dir) as log:
        opened(log)
        for name in ("log.db", "log.db-wal", "log.db-shm", "log.lock"):
            assert stat.S_IMODE((data_dir / name).stat().st_mode) == 0o600, name


def test_a_folder_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with open_log(tmp_path / "firm" / "data"):
        assert stat.S_IMODE((tmp_path / "firm" / "data").stat().st_mode) == 0o700


def test_every_commit_is_synced_to_the_disk(log: Log) -> None:
    """With NORMAL, the default of many, a power cut loses events that were acknowledged."""

    def settings(connection: sa.Connection) -> tuple[str, int, int]:
        mode, synchronous, foreign_keys = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        )
        return mode, synchronous, foreign_keys

    assert log.write(settings) == ("wal", 2, 1)


def test_only_the_writers_connection_writes_and_checkpoints(log: Log) -> None:
    opened(log)
    with log.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == 0
    with log.engagements.recorder.datastore.transaction(commit=False) as cursor:  # type: ignore[attr-defined]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            cursor.execute("DELETE FROM commands")
        cursor.execute("PRAGMA wal_autocheckpoint")
        assert cursor.fetchone()[0] == 0


def test_a_folder_has_one_server(data_dir: Path) -> None:
    with open_log(data_dir), pytest.raises(FolderInUse, match=rf"in use by process {os.getpid()}\b"):
        open_log(data_dir)
    open_log(data_dir).close()


def test_a_folder_that_another_process_serves_is_refused_until_that_ends(data_dir: Path) -> None:
    with start(HOLDS, data_dir) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(FolderInUse, match=str(other.pid)):
            open_log(data_dir)
        other.kill()
    open_log(data_dir).close()


def test_a_killed_process_lost_nothing_that_it_acknowledged(data_dir: Path) -> None:
    with start(WRITES, data_dir) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(100)]
        os.kill(writer.pid, signal.SIGKILL)
        # A line that was cut off by the kill was not acknowledged.
        lines += [line for line in writer.stdout.readlines() if line.endswith("\n")]
    with open_log(data_dir) as log:
        recorded = {r.position: r.event for r in log.read(limit=1_000_000)}
        assert sorted(recorded) == list(range(1, log.head() + 1))
        for line in lines:
            position, engagement, version = line.split()
            event = recorded[int(position)]
            assert (str(event.originator_id), event.originator_version) == (engagement, int(version))
        opened(log)


def test_a_full_disk_loses_nothing_and_is_not_for_ever(log: Log) -> None:
    opened(log)
    fill(log)
    with pytest.raises(DiskFull):
        log.write(lambda c: c.exec_driver_sql("INSERT INTO ballast VALUES (zeroblob(1000000))"))
    assert len(log.read()) == log.head() == 4
    fill(log)
    refused: list[str] = []

    def write(key: str) -> None:
        try:
            log.engagements.run(meeting, command=command(key, lambda _: bytes(1_000_000)))
        except DiskFull:
            refused.append(key)

    threads = [Thread(target=write, args=[key]) for key in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # All who waited for that commit were refused; the next one was on a new connection.
    assert refused
    assert [key for key in "abcd" if log.find_command(key, "caller") is None] == sorted(refused)
    assert len(log.read()) == log.head() == 4 + 4 - len(refused)
    log.engagements.run(meeting)
    assert [r.event.originator_version for r in log.stream(ENGAGEMENT)] == list(range(1, 7 - len(refused)))


def fill(log: Log) -> None:
    """Let the file grow by some pages only, as far as the writer's connection goes; a new one knows nothing of that."""

    def bound(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS ballast (bytes BLOB)")
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 10}")

    log.write(bound)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "seatline", str(folder)],  # noqa: S607
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("No right to mount a small disk here.")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


def test_a_log_on_a_full_disk_reads_on_and_writes_again_as_soon_as_there_is_space(small_disk: Path) -> None:
    with open_log(small_disk) as log:
        opened(log)
        ballast = small_disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        assert not all(recorded_one_more(log) for _ in range(200))
        recorded = log.read(limit=10_000)
        assert len(recorded) == log.head()
        ballast.unlink()
        log.engagements.run(meeting)
        assert log.read(limit=10_000)[: len(recorded)] == recorded
        assert log.head() == len(recorded) + 1


def recorded_one_more(log: Log) -> bool:
    try:
        log.engagements.run(meeting)
    except DiskFull:
        return False
    return True


def test_after_a_fault_of_the_disk_nothing_is_acknowledged_and_the_writer_opens_the_file_anew(
    log: SQLiteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(log)
    connections: list[sa.Connection] = []
    log.write(connections.append)

    class Failing:
        """A connection whose next commit is not synced."""

        def __getattr__(self, name: str) -> object:
            return getattr(connections[0].connection.driver_connection, name)

        def commit(self) -> None:
            fault = sqlite3.OperationalError("disk I/O error")
            fault.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            fault.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise fault

    monkeypatch.setattr(connections[0].dialect, "do_commit", lambda _: Failing().commit())
    with pytest.raises(LogUnavailable, match="SQLITE_IOERR_FSYNC"):
        log.engagements.run(meeting, command=command())
    monkeypatch.undo()
    assert log.head() == len(log.read()) == 4
    assert log.find_command("k", "caller") is None
    log.engagements.run(meeting)
    log.write(connections.append)
    assert connections[1] is not connections[0]
    assert log.head() == len(log.read()) == 5


def test_closing_waits_for_what_was_accepted(data_dir: Path) -> None:
    log = open_log(data_dir)
    engagements = [uuid4() for _ in range(3)]
    for engagement in engagements:
        opened(log, uuid4(), engagement)
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: sa.Connection) -> None:
        begun.set()
        go_on.wait(HANGING_SECONDS)

    def write(engagement: UUID) -> None:
        log.engagements.run(partial(meeting, engagement=engagement))

    threads = [Thread(target=log.write, args=[slow])]
    threads[0].start()
    begun.wait(HANGING_SECONDS)
    threads += [Thread(target=write, args=[engagement]) for engagement in engagements]
    for thread in threads[1:]:
        thread.start()
    while log.engagements.events._writer._inbox.qsize() < 3:  # type: ignore[attr-defined]
        time.sleep(0.001)
    threads.append(Thread(target=log.close))
    threads[-1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    with pytest.raises(LogClosed):
        log.write(lambda _: None)
    with open_log(data_dir) as again:
        assert again.head() == 3 * 4 + 3


def test_the_table_is_the_librarys_and_its_positions_survive_a_vacuum(data_dir: Path) -> None:
    with open_log(data_dir) as log:
        opened(log)
        log.engagements.run(meeting)
        before = log.read()
    with closing(sqlite3.connect(data_dir / "log.db")) as connection:
        connection.execute("VACUUM")
    with open_log(data_dir) as log:
        assert log.read() == before


def test_an_instant_of_the_past_is_remembered_over_a_restart(data_dir: Path) -> None:
    with open_log(data_dir) as log:
        opened(log)
        last: datetime = log.read()[-1].event.timestamp
    with open_log(data_dir, clock=partial(datetime.fromisoformat, "2001-01-01T00:00:00+00:00")) as log:
        log.engagements.run(meeting)
        assert log.read()[-1].event.timestamp > last
