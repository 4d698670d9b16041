"""Writes the columnar cache to disk, so that a start does not load all spans from the database.

The files are next to the views and may be deleted at any time. A file is only used if it was made from the same log by
the same version of the read models; newer events are followed.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from projections.columnar.append_only_table import AppendOnlyTable
from projections.columnar.array_column import Array
from projections.log import Log, LogFault
from projections.log.entries import microseconds
from projections.spans import MODEL

_FORMAT: Final = 2
"""The version of the file format."""
_ID_BYTES: Final = 16
_UNREADABLE: Final = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What reading a damaged or foreign file may raise; such a file is ignored and written again."""


@dataclass(frozen=True, slots=True)
class CachedTable:
    """A table's columns at a position, and the ids by their numbers."""

    position: int
    arrays: Mapping[str, Array]
    streams: Sequence[bytes]
    clients: Sequence[bytes]


class CacheFiles:
    """The cache files in a folder, one per table."""

    def __init__(self, folder: Path, log: Log) -> None:
        """`folder` must exist."""
        self._folder = folder
        self._log = log

    def write(self, table: AppendOnlyTable, cached: CachedTable, generation: int) -> None:
        """Write a table's file, made with stopped streams of a generation.

        Errors of the disk or the log are ignored, because the cache is optional.
        """
        path = self._path(table)
        temporary = path.with_suffix(".new")
        try:
            with open(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                np.savez(
                    file,
                    allow_pickle=False,
                    about=np.array(
                        [
                            _FORMAT,
                            MODEL.version,
                            cached.position,
                            instant_at(self._log, cached.position),
                            generation,
                        ],
                        np.int64,
                    ),
                    ids_of_streams=_ids_as_array(cached.streams),
                    ids_of_clients=_ids_as_array(cached.clients),
                    **cached.arrays,
                )
            temporary.replace(path)
        except (LogFault, OSError):
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def read(self, table: AppendOnlyTable, generation: int) -> CachedTable | None:
        """Read a table's file; null without a file of this log, version and generation of stopped streams."""
        try:
            with self._path(table).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                file_format, version, position, instant, made_with = (int(number) for number in file["about"])
                if (file_format, version) != (_FORMAT, MODEL.version) or position > self._log.head():
                    return None
                if instant != instant_at(self._log, position) or made_with != generation:
                    return None
                arrays = {name: file[name] for name in table.columns}
                return CachedTable(position, arrays, _ids_of(file["ids_of_streams"]), _ids_of(file["ids_of_clients"]))
        except _UNREADABLE:
            return None

    def _path(self, table: AppendOnlyTable) -> Path:
        return self._folder / f"columns-{table.name}.npz"


def instant_at(log: Log, position: int) -> int:
    """The timestamp (microseconds) of the last readable event up to a position, which identifies the log."""
    recorded_at = log.instant_at(position)
    return 0 if recorded_at is None else microseconds(recorded_at)


def _ids_as_array(ids: Sequence[bytes]) -> Array:
    return np.frombuffer(b"".join(ids), np.uint8)


def _ids_of(array: Array) -> list[bytes]:
    joined = array.tobytes()
    return [joined[place : place + _ID_BYTES] for place in range(0, len(joined), _ID_BYTES)]
