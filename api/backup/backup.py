"""Writes a backup."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from api.backup.archive import (
    CHAIN,
    EVENTS,
    FORMAT,
    BackupRefused,
    Json,
    Manifest,
    bytes_to_json,
    new_archive,
)
from api.backup.rows import count_rows, read_rows, tables_of
from api.backup.snapshot import open_snapshot
from projections.log.hash_chain import ChainRow, Row
from projections.log.verification import Verification, verify

PROGRESS_EVERY = 1_000


def write_backup(
    place: Path | str,
    file: IO[bytes],
    *,
    even_damaged: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Manifest:
    """Write a data folder or database, as it is at one instant, to an empty file; servers may write meanwhile.

    The log is verified on the way. Raises `BackupRefused` for a damaged one unless `even_damaged`, `NotMigrated`,
    `LogUnavailable` and `OSError`.
    """
    with open_snapshot(place) as (connection, log, revision), new_archive(file) as archive:
        tables = tables_of(connection)
        end = log.end()
        total = sum(count_rows(connection, table) for table in tables) + (0 if end is None else end.position)
        count = _Counter(total, progress)
        with archive.member(EVENTS) as write:
            verification = verify(_written(log.rows(), write, count), log.chain(), end)
        if not verification.is_sound:
            if not even_damaged:
                raise BackupRefused(_refusal(verification))
            with archive.member(CHAIN) as write:
                for link in log.chain():
                    write(_chain_to_json(link))
        for table in tables:
            with archive.member(f"{table.name}.jsonl") as write:
                for row in read_rows(connection, table):
                    write(row)
                    count.add()
        manifest = Manifest(
            format=FORMAT,
            program=version("seatline"),
            revision=revision,
            database=connection.dialect.name,
            made_at=datetime.now(UTC),
            position=verification.end.position if end is None else end.position,
            digest=None if end is None else end.digest.hex(),
            damages=verification.damage_count,
            members=archive.members,
        )
        archive.finish(manifest)
    count.finish()
    return manifest


class _Counter:
    """Counts rows, and reports progress now and then."""

    def __init__(self, total: int, progress: Callable[[int, int], None]) -> None:
        self._done = 0
        self._total = total
        self._progress = progress

    def add(self) -> None:
        self._done += 1
        if self._done % PROGRESS_EVERY == 0:
            self._progress(self._done, max(self._done, self._total))

    def finish(self) -> None:
        self._progress(self._done, self._done)


def _written(rows: Iterable[Row], write: Callable[[Json], None], count: _Counter) -> Iterator[Row]:
    """The events, each once it is written."""
    for row in rows:
        position, stream, number, topic, state = row
        write(
            {
                "position": position,
                "stream": str(stream),
                "version": number,
                "topic": topic,
                "state": bytes_to_json(bytes(state)),
            }
        )
        count.add()
        yield row


def _chain_to_json(link: ChainRow) -> Json:
    return {"position": link.position, "link": bytes(link.link).hex(), "digest": bytes(link.digest).hex()}


def _refusal(verification: Verification) -> str:
    further = verification.damage_count - 1
    return (
        f"The log is damaged, so it was not backed up. {verification.damages[0]}"
        f"{f' And {further} more.' if further else ''} "
        "Back it up with --damaged to keep it as it is, and restore an earlier backup."
    )
