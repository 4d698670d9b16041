"""Keeps what was judged of every client beside the views, so that a start does not judge all clients again.

The rows may be deleted at any time. They are used only if the same program judged them from the same log; clients with
newer events are judged again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zlib import crc32

import numpy as np
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, delete, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

import domain
import projections
from projections.column_types import from_json, to_json
from projections.columnar.array_column import Array
from projections.columnar.cache_file import instant_at
from projections.dated_rows import DatedRows, Words
from projections.judgements import Judgement, Partly
from projections.log import Log, LogFault
from projections.snapshot import Snapshot
from projections.view_store import ViewStore

JUDGED = Table(
    "judged",
    MetaData(),  # no read model: it is not made from the log alone, and a rebuild leaves it out
    Column("name", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""The columns of each judgement, and in the part `about` what they were made from (JSON)."""

_ABOUT: Final = "about"
_IDS: Final = "ids"
_UNREADABLE: Final = (KeyError, TypeError, ValueError)
"""What damaged content may raise; such rows are ignored and written again."""


class JudgementStore:
    """The judgements kept in the store of the views."""

    def __init__(self, store: ViewStore, log: Log) -> None:
        """`log` is the one that the views follow."""
        self._store = store
        self._log = log

    def find(self, snapshot: Snapshot, judgement: Judgement) -> tuple[int, DatedRows] | None:
        """What was kept of a judgement, with its position; null if there is nothing that can be used."""
        stored = self._read(snapshot, judgement, judgement.name)
        return None if stored is None else (int(stored[0]["position"]), stored[1])

    def find_part(self, snapshot: Snapshot, judgements: Sequence[Judgement]) -> Partly | None:
        """What was kept of some clients; null if there is nothing that can be used."""
        stored = [self._read(snapshot, judgement, _in_part(judgement)) for judgement in judgements]
        read = [one for one in stored if one is not None]
        places = {(about["position"], about.get("last")) for about, _ in read}
        if len(read) < len(stored) or len(places) != 1:
            return None
        ((position, last),) = places
        try:
            return Partly(int(position), UUID(last), [rows for _, rows in read])
        except _UNREADABLE:
            return None

    def write(self, judgement: Judgement, position: int, rows: DatedRows, generation: int) -> None:
        """Keep a judgement, made with stopped streams of a generation.

        Errors of the disk, the database or the log are ignored, because it is optional.
        """
        self._write(judgement, (judgement.name, _in_part(judgement)), rows, {"position": position}, generation)

    def write_part(self, snapshot: Snapshot, judgements: Sequence[Judgement], part: Partly) -> None:
        """Keep what was judged of some clients; errors are ignored."""
        place = {"position": part.position, "last": str(part.last)}
        for judgement, rows in zip(judgements, part.rows, strict=True):
            self._write(judgement, (_in_part(judgement),), rows, place, snapshot.stopped.generation)

    def _read(self, snapshot: Snapshot, judgement: Judgement, name: str) -> tuple[Mapping[str, Any], DatedRows] | None:
        if not inspect(snapshot.connection).has_table(JUDGED.name):
            return None
        query = select(JUDGED.c.part, JUDGED.c.content).where(JUDGED.c.name == name)
        parts = {part: bytes(content) for part, content in snapshot.connection.execute(query)}
        try:
            about = from_json(parts.pop(_ABOUT).decode())
            position = int(about["position"])
            if about["key"] != key_of(judgement) or position > self._log.head():
                return None
            if about["instant"] != instant_at(self._log, position) or about["made_with"] != snapshot.stopped.generation:
                return None
            arrays = {name: _array(parts[name], *written) for name, written in about["columns"].items()}
            ids = arrays.pop(_IDS)
            return about, DatedRows(judgement.columns, Words(about["words"]), ids, arrays)
        except _UNREADABLE:
            return None

    def _write(
        self,
        judgement: Judgement,
        names: Sequence[str],
        rows: DatedRows,
        place: Mapping[str, Any],
        generation: int,
    ) -> None:
        """Write rows under the first of some names, and delete what there is under all of them."""
        with suppress(LogFault, OSError, SQLAlchemyError):
            values = [
                {"name": names[0], "part": name, "content": part}
                for name, part in self._parts(judgement, place, rows, generation)
            ]
            with self._store.writing() as connection:
                connection.execute(CreateTable(JUDGED, if_not_exists=True))
                connection.execute(delete(JUDGED).where(JUDGED.c.name.in_(names)))
                connection.execute(insert(JUDGED), values)

    def _parts(
        self, judgement: Judgement, place: Mapping[str, Any], rows: DatedRows, generation: int
    ) -> Iterator[tuple[str, bytes]]:
        parts: Mapping[str, Array] = {_IDS: rows.ids, **rows.arrays}
        stored = {name: array.tobytes() for name, array in parts.items()}
        about: dict[str, Any] = {
            "key": key_of(judgement),
            **place,
            "instant": instant_at(self._log, place["position"]),
            "made_with": generation,
            "words": list(rows.words.names),
            "columns": {name: [array.dtype.str, crc32(stored[name])] for name, array in parts.items()},
        }
        yield _ABOUT, to_json(about).encode()
        yield from stored.items()


def _in_part(judgement: Judgement) -> str:
    """The name under which the rows of some clients are kept."""
    return f"{judgement.name}, in part"


def _array(content: bytes, kind: str, checksum: int) -> Array:
    """An array; raises `ValueError` where the content is not what was written."""
    if crc32(content) != checksum:
        raise ValueError("the content is damaged")
    return np.frombuffer(content, np.dtype(kind))


def key_of(judgement: Judgement) -> str:
    """What the rows depend on besides the log: the program, and what the judgement is given."""
    return hashlib.sha256(repr((_program(), judgement.name, judgement.parameters)).encode()).hexdigest()


@lru_cache(maxsize=1024)
def _program() -> str:
    """A digest of all code that reads facts and judges them."""
    digest = hashlib.sha256()
    for package in (domain, projections):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
