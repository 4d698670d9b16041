"""Imports that are being recorded in the background, or failed to be; what became an import is no longer among them.

A server extends `until` of the runs that it works on. One that is past it belongs to a server that has stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from api.state.checked_columns import expect, is_object, one_of
from api.state.readable_rows import named, rows_of
from api.state.tables import import_runs

LEASE = timedelta(seconds=30)
KEPT_FOR = timedelta(days=1)
MOST_FAILED = 50


class RunStatus(StrEnum):
    """What a run has come to."""

    RECORDING = "recording"
    FAILED = "failed"


expect(one_of(RunStatus), import_runs.c.status)
expect(is_object, import_runs.c.problem)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import in the background: how many of its lines were processed, and the problem document if it failed.

    `id` is that of the import it becomes, `file_id` that of an uploaded file.
    """

    id: UUID
    total: int
    made_by: UUID
    made_at: datetime
    file_id: UUID | None = None
    file_name: str | None = None
    status: RunStatus = RunStatus.RECORDING
    done: int = 0
    problem: Mapping[str, Any] | None = None


def store_run(connection: Connection, run: ImportRun) -> None:
    """Store a run that begins. Failed ones go: those from before a day, and the oldest if there are too many."""
    table = import_runs.c
    failed = table.status == RunStatus.FAILED
    newest = select(table.id).where(failed).order_by(table.made_at.desc(), table.id).limit(MOST_FAILED - 1)
    recent = connection.execute(newest).scalars().all()
    is_old = (table.made_at < run.made_at - KEPT_FOR) | table.id.not_in(recent)
    connection.execute(delete(import_runs).where(failed, is_old))
    connection.execute(
        insert(import_runs).values(
            id=run.id,
            status=run.status.value,
            done=run.done,
            total=run.total,
            until=_now(connection, run.made_at) + LEASE,
            file_id=run.file_id,
            file_name=run.file_name,
            made_by=run.made_by,
            made_at=run.made_at,
        )
    )


def find_run(connection: Connection, run_id: UUID) -> ImportRun | None:
    """A run by id, or null."""
    row = named(run_id, connection.execute(select(import_runs).where(import_runs.c.id == run_id)).one_or_none)
    return None if row is None else _run_of(row)


def find_run_of_file(connection: Connection, file_id: UUID) -> ImportRun | None:
    """The run that records an uploaded file, or null."""
    table = import_runs.c
    query = select(import_runs).where(table.file_id == file_id, table.status == RunStatus.RECORDING)
    row = next(iter(rows_of(connection, query)), None)
    return None if row is None else _run_of(row)


def list_runs(connection: Connection, *, at: datetime) -> Sequence[ImportRun]:
    """The runs of the last day, newest first."""
    table = import_runs.c
    recent = (table.status == RunStatus.RECORDING) | (table.made_at >= at - KEPT_FOR)
    query = select(import_runs).where(recent).order_by(table.made_at.desc(), table.id)
    return [_run_of(row) for row in rows_of(connection, query)]


def list_ended_runs(connection: Connection, *, at: datetime) -> Sequence[UUID]:
    """The runs that no other server works on, among them those of this one."""
    table = import_runs.c
    query = select(table.id).where(table.status == RunStatus.RECORDING)
    if connection.dialect.name == "postgresql":
        query = query.where(table.until < _now(connection, at))
    return [row.id for row in rows_of(connection, query)]


def extend_run(connection: Connection, run_id: UUID, done: int, *, at: datetime) -> bool:
    """Store the progress of a run that this server works on; false if it has failed."""
    changed = connection.execute(
        update(import_runs)
        .where(import_runs.c.id == run_id, import_runs.c.status == RunStatus.RECORDING)
        .values(done=done, until=_now(connection, at) + LEASE)
    )
    return changed.rowcount == 1


def fail_run(connection: Connection, run_id: UUID, problem: Mapping[str, Any]) -> None:
    """Store why a run failed, unless it has become an import, or has failed before."""
    connection.execute(
        update(import_runs)
        .where(import_runs.c.id == run_id, import_runs.c.status == RunStatus.RECORDING)
        .values(status=RunStatus.FAILED.value, problem=dict(problem))
    )


def finish_run(connection: Connection, run_id: UUID) -> bool:
    """Remove a run that becomes an import in this transaction; false if it has failed."""
    table = import_runs.c
    removed = connection.execute(delete(import_runs).where(table.id == run_id, table.status == RunStatus.RECORDING))
    return removed.rowcount == 1


def remove_failed_runs(connection: Connection) -> None:
    """Remove all runs that have failed."""
    connection.execute(delete(import_runs).where(import_runs.c.status == RunStatus.FAILED))


def _now(connection: Connection, at: datetime) -> datetime:
    """The clock that all servers of a database share; that of the only server of a file is `at`."""
    if connection.dialect.name != "postgresql":
        return at
    instant: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return instant


def _run_of(row: Row[Any]) -> ImportRun:
    return ImportRun(
        row.id,
        row.total,
        row.made_by,
        row.made_at,
        row.file_id,
        row.file_name,
        RunStatus(row.status),
        row.done,
        row.problem,
    )
