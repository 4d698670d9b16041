"""The files of backups: written beside and renamed, and the oldest removed."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from api.backup.archive import BackupRefused

STEM, SUFFIX = "seatline", ".zip"
_INSTANT = "%Y%m%dT%H%M%SZ"


def file_of(path: Path, now: datetime, *, dated: bool) -> Path:
    """The file to write: `path` itself, or if `dated` or a folder, one with the instant in its name."""
    if path.is_dir():
        path = path / f"{STEM}{SUFFIX}"
    elif not dated:
        return path
    return path.with_name(f"{path.stem}-{now.astimezone(UTC):{_INSTANT}}{path.suffix}")


def remove_old(path: Path, newest: int) -> list[Path]:
    """Remove all but the `newest` of the dated files that differ from `path` in the instant only; returns those.

    Halves that were left by an interrupted backup are removed too.
    """
    stem = path.stem.rpartition("-")[0]
    pattern = re.compile(rf"{re.escape(stem)}-\d{{8}}T\d{{6}}Z{re.escape(path.suffix)}(\.part)?")
    dated = sorted(other for other in path.parent.iterdir() if pattern.fullmatch(other.name))
    complete = [other for other in dated if other.suffix != ".part"]
    removed = complete[:-newest] + [other for other in dated if other.suffix == ".part" and not _is_locked(other)]
    for other in removed:
        other.unlink(missing_ok=True)
    return removed


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file with mode 0600, named `path` only once it is complete and on the disk. Raises `OSError`.

    Raises `BackupRefused` while another process writes the same file.
    """
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupRefused(f"Another backup is being written to {part}.") from None
        try:
            os.fchmod(file.fileno(), 0o600)
            file.truncate(0)
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_locked(path: Path) -> bool:
    """Whether a process still writes a file."""
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
