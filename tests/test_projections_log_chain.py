"""The hash chain in both databases: written with the events, built for older logs, and verified beside a writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from logs import meeting, opened, place

from projections.log import Log, LogFault, NotMigrated, migrate, open_log
from projections.log.postgres import conninfo
from projections.log.stored_log import verify_store
from projections.log.verification import DamageKind

__all__ = ["place"]  # fixtures


def tamper(place: Path | str, *statements: str) -> None:
    """Change the tables of a log as somebody with all rights on the database could."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place / "log.db")) as file, file:
            for table in ("stored_events", "chain"):
                for verb in ("update", "delete"):
                    file.execute(f"DROP TRIGGER IF EXISTS {table}_stay_{verb}")
            for statement in statements:
                file.execute(statement)
    else:
        with psycopg.connect(conninfo(place)) as connection:
            connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                connection.execute(statement.replace("rowid", "notification_id").encode())


def record(log: Log, clients: int = 2, meetings: int = 2) -> None:
    for _ in range(clients):
        engagement = uuid4()
        opened(log, uuid4(), engagement)
        for _ in range(meetings):
            log.engagements.run(partial(meeting, engagement=engagement))


def kinds(place: Path | str) -> list[tuple[DamageKind, int]]:
    return [(damage.kind, damage.position) for damage in verify_store(place).damages]


def test_a_log_is_sound_while_it_is_written_after_refused_requests_and_in_another_process(place: Path | str) -> None:
    with open_log(place) as log:
        record(log)
        with suppress(RuntimeError):
            log.write(fail)
        record(log)
        assert verify_store(place).is_sound
        first = verify_store(place).end
    with open_log(place) as log:
        record(log)
        assert log.head() > first.position
        verification = verify_store(place, [first])
    assert verification.is_sound
    assert (verification.events, verification.end.position) == (log_length(place), log_length(place))


def fail(connection: Any) -> None:
    raise RuntimeError("This request fails.")


def log_length(place: Path | str) -> int:
    with open_log(place) as log:
        return log.head()


def test_streams_that_no_writer_remembers_go_on_from_their_last_link(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.log.hash_chain.StreamEnds.get", lambda ends, stream: None)
    with open_log(place) as log:
        record(log, 3, 3)
    assert verify_store(place).is_sound


TAMPERED: list[tuple[str, tuple[str, ...], Callable[[int], list[tuple[DamageKind, int]]]]] = [
    (
        "an event is edited",
        ("UPDATE stored_events SET topic = topic || 'x' WHERE rowid = 3",),
        lambda head: [(DamageKind.CHANGED, 3)],
    ),
    (
        "an event is deleted",
        ("DELETE FROM stored_events WHERE rowid = 4",),
        lambda head: [(DamageKind.DELETED, 4)],
    ),
    (
        "an event is deleted with its link",
        ("DELETE FROM stored_events WHERE rowid = 4", "DELETE FROM chain WHERE position = 4"),
        lambda head: [(DamageKind.DELETED, 4)],
    ),
    (
        "the end is cut off with its links",
        ("DELETE FROM stored_events WHERE rowid > 5", "DELETE FROM chain WHERE position > 5"),
        lambda head: [(DamageKind.CUT_OFF, head)],
    ),
    (
        "a link is deleted",
        ("DELETE FROM chain WHERE position = 2",),
        lambda head: [(DamageKind.UNLINKED, 2)],
    ),
    (
        "two events change places",
        (
            "UPDATE stored_events SET rowid = 1002 WHERE rowid = 2",
            "UPDATE stored_events SET rowid = 2 WHERE rowid = 3",
            "UPDATE stored_events SET rowid = 3 WHERE rowid = 1002",
        ),
        lambda head: [(DamageKind.CHANGED, 2), (DamageKind.CHANGED, 3)],
    ),
]


@pytest.mark.parametrize(
    ("statements", "expected"), [case[1:] for case in TAMPERED], ids=[case[0] for case in TAMPERED]
)
def test_tampering_is_named_and_writing_goes_on(
    place: Path | str, statements: tuple[str, ...], expected: Callable[[int], list[tuple[DamageKind, int]]]
) -> None:
    with open_log(place) as log:
        record(log)
        head = log.head()
    tamper(place, *statements)
    assert kinds(place) == expected(head)
    with open_log(place) as log:
        record(log, 1, 0)
    assert kinds(place), "what is recorded later must not hide it"


def test_a_log_of_an_earlier_version_gets_its_chain_in_parts(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_log(place) as log:
        record(log)
        head = log.head()
    end = verify_store(place).end
    if isinstance(place, Path):
        tamper(place, "DROP TABLE chain", "DROP TABLE chain_end")
    else:
        tamper(place, "DROP TABLE chain", "ALTER TABLE head DROP COLUMN digest")
    with pytest.raises(NotMigrated, match="seatline migrate"):
        verify_store(place)
    for module in ("sqlite_store", "postgres_schema"):
        monkeypatch.setattr(f"projections.log.{module}.LINKS_AT_ONCE", 3)
    if isinstance(place, str):
        with pytest.raises(NotMigrated, match="seatline migrate"):
            open_log(place)
        migrate(place)
    with open_log(place) as log:
        assert verify_store(place, [end]).is_sound
        record(log)
        assert log.head() > head
    assert verify_store(place, [end]).is_sound


def test_without_a_log_there_is_nothing_to_verify(tmp_path: Path) -> None:
    with pytest.raises(LogFault, match="no log"):
        verify_store(tmp_path)
