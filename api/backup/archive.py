"""The file of a backup: a ZIP archive of JSON Lines, with a manifest of their digests as its last member."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, TypeAlias, cast
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from projections.log.errors import LogFault
from projections.log.hash_chain import ChainEnd

FORMAT = 1
"""The version of the format; it grows with every change that an earlier program would misread."""

MANIFEST = "manifest.json"
EVENTS = "events.jsonl"
CHAIN = "chain.jsonl"
"""The links, only in the backup of a damaged log: those of a sound one follow from its events."""

CHUNK = 1 << 20
_BROKEN = (BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError)

Json: TypeAlias = dict[str, Any]


class BackupRefused(LogFault):
    """A log is not backed up, or a file is not restored; nothing was changed."""


class Member(BaseModel):
    """What the manifest says about a member: its number of lines and the SHA-256 of its content."""

    rows: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """The last member: what the backup is of."""

    model_config = ConfigDict(extra="ignore")

    format: int
    program: str
    """The version of the program that wrote the backup."""
    revision: str
    """The version of the state tables."""
    database: str
    """`sqlite` or `postgresql`."""
    made_at: datetime
    position: int
    """The position of the last event."""
    digest: str | None
    """The digest of the log up to there; null if the end of the chain was missing from a damaged log."""
    damages: int
    """The number of damages that a verification found when the backup was written."""
    members: dict[str, Member]

    @property
    def end(self) -> ChainEnd | None:
        """The end of the log's chain."""
        return None if self.digest is None else ChainEnd(self.position, bytes.fromhex(self.digest))


def bytes_to_json(value: bytes) -> object:
    """Bytes as a text if they are UTF-8, as most are; else in Base64."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def bytes_from_json(value: str | Mapping[str, str]) -> bytes:
    """The bytes that `bytes_to_json` wrote."""
    return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"], validate=True)


class ArchiveWriter:
    """Writes the members of a backup one after another; memory does not grow with them."""

    def __init__(self, file: ZipFile) -> None:
        """Write to an empty archive; use `new_archive`."""
        self._zip = file
        self.members: dict[str, Member] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[Json], None]]:
        """Begin a member; yields what writes a line of it."""
        digest, rows = sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as file:

            def write(row: Json) -> None:
                nonlocal rows
                line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
                digest.update(line)
                file.write(line)
                rows += 1

            yield write
        self.members[name] = Member(rows=rows, sha256=digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, without which the file is no backup."""
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=2))


@contextmanager
def new_archive(file: IO[bytes]) -> Iterator[ArchiveWriter]:
    """Write a backup to an empty file, which the caller closes."""
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        yield ArchiveWriter(archive)


@dataclass(frozen=True, slots=True)
class Archive:
    """An open backup whose members are as they were written."""

    manifest: Manifest
    file: ZipFile

    @property
    def rows(self) -> int:
        """The number of lines of all members."""
        return sum(member.rows for member in self.manifest.members.values())

    def read(self, name: str) -> Iterator[Json]:
        """The lines of a member. Raises `BackupRefused`."""
        with self.file.open(name) as member:
            for number, line in enumerate(BufferedReader(cast("Any", member), CHUNK), 1):
                try:
                    row: Json = orjson.loads(line)
                except orjson.JSONDecodeError as fault:
                    raise BackupRefused(f"Line {number} of {name} in the backup is not JSON.") from fault
                yield row


@contextmanager
def open_archive(path: Path, progress: Callable[[int, int], None]) -> Iterator[Archive]:
    """Open a backup and compare all its members with the manifest. Raises `BackupRefused` and `OSError`.

    `progress` is called with the number of bytes compared and in total.
    """
    try:
        with ZipFile(path) as file:
            archive = Archive(_read_manifest(file), file)
            _compare(archive, progress)
            yield archive
    except _BROKEN as fault:
        raise BackupRefused(
            "The file is not a complete backup: it was not written to its end, or was changed or cut off."
        ) from fault


def _read_manifest(file: ZipFile) -> Manifest:
    if MANIFEST not in file.namelist():
        raise BackupRefused("The file is not a complete backup: it has no manifest.")
    try:
        content = json.loads(file.read(MANIFEST))
        if isinstance(content, dict) and isinstance(version := content.get("format"), int) and version > FORMAT:
            raise BackupRefused(
                f"The backup is of a newer version of the program ({content.get('program')}): restore it with that one."
            )
        return Manifest.model_validate(content)
    except (ValidationError, ValueError, binascii.Error) as fault:
        raise BackupRefused("The manifest of the backup cannot be read: it was changed.") from fault


def _compare(archive: Archive, progress: Callable[[int, int], None]) -> None:
    """Compare the members with the manifest."""
    names = archive.file.namelist()
    if sorted(names) != sorted([MANIFEST, *archive.manifest.members]):
        raise BackupRefused("The backup was changed: its members are not those of its manifest.")
    done, total = 0, sum(entry.file_size for entry in archive.file.infolist() if entry.filename != MANIFEST)
    for name, expected in archive.manifest.members.items():
        digest, rows = sha256(), 0
        try:
            with archive.file.open(name) as member:
                while chunk := member.read(CHUNK):
                    digest.update(chunk)
                    rows += chunk.count(b"\n")
                    done += len(chunk)
                    progress(done, total)
        except _BROKEN as fault:
            raise BackupRefused(f"The backup was changed: its member {name} cannot be read.") from fault
        if (rows, digest.hexdigest()) != (expected.rows, expected.sha256):
            raise BackupRefused(f"The backup was changed: its member {name} is not the one that was written.")
