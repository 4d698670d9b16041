"""Serves static files from memory, compressed.

Pages use addresses with a content hash (`/static/app.1f2e3d4c5b6a.css`), which browsers cache permanently. Without the
hash, or with an outdated one, the response is the current file and must be revalidated.
"""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import brotli
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.http.compression import BROTLI, ENCODINGS, GZIP, SMALLEST_BODY, preferred_encoding

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static"
FOR_EVER = "public, max-age=31536000, immutable"
REVALIDATED = "public, no-cache"

_COMPRESSIBLE = ("text/", "image/svg+xml", "application/json", "application/javascript")
_LARGE = 100_000
"""The size in bytes from which Brotli's best quality takes seconds."""
_HASH_DIGITS = 12
_HASHED = re.compile(rf"(?P<stem>.+)\.(?P<digest>[0-9a-f]{{{_HASH_DIGITS}}})(?P<suffix>\.[a-z0-9]+)")
_REFERENCE = re.compile(rb"""url\((?P<quote>["']?)(?P<path>[^)"':#?]+)(?P=quote)\)""")


@dataclass(frozen=True)
class StaticFile:
    """A file to serve; references within a style sheet already have hashes."""

    path: str
    content: bytes
    _encoded: dict[str, bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def digest(self) -> str:
        """The hash in the file's address."""
        return hashlib.sha256(self.content).hexdigest()[:_HASH_DIGITS]

    @property
    def hashed_path(self) -> str:
        """The path below `/static` with the hash."""
        stem, suffix = posixpath.splitext(self.path)
        return f"{stem}.{self.digest}{suffix}"

    @cached_property
    def media_type(self) -> str:
        """The content type, with the charset for text."""
        guessed = mimetypes.guess_type(self.path)[0] or "application/octet-stream"
        return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed

    @property
    def is_compressible(self) -> bool:
        """Whether the file may be sent compressed."""
        return len(self.content) >= SMALLEST_BODY and self.media_type.startswith(_COMPRESSIBLE)

    def encoded(self, encoding: str | None) -> bytes:
        """The content in an encoding; computed once, on first request."""
        if encoding is None:
            return self.content
        if encoding not in self._encoded:
            self._encoded[encoding] = _COMPRESSORS[encoding](self.content)
        return self._encoded[encoding]

    def etag(self, encoding: str | None) -> str:
        """A strong entity tag, different for each encoding."""
        return f'"{self.digest}-{encoding}"' if encoding else f'"{self.digest}"'


def _brotli(content: bytes) -> bytes:
    compressed: bytes = brotli.compress(content, quality=11 if len(content) < _LARGE else 9)
    return compressed


def _gzip(content: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush()


_COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {BROTLI: _brotli, GZIP: _gzip}


@lru_cache(maxsize=1)
def static_files() -> Mapping[str, StaticFile]:
    """All files by path below `/static`."""
    contents = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    files = {path: StaticFile(path, content) for path, content in contents.items() if not path.endswith(".css")}
    for path, content in contents.items():
        if path.endswith(".css"):
            files[path] = StaticFile(path, _with_hashed_references(path, content, files))
    return files


def _with_hashed_references(path: str, style_sheet: bytes, files: Mapping[str, StaticFile]) -> bytes:
    folder = posixpath.dirname(path)

    def hashed(reference: re.Match[bytes]) -> bytes:
        target = posixpath.normpath(posixpath.join(folder, reference["path"].decode()))
        if target not in files:
            return reference[0]
        relative = posixpath.relpath(files[target].hashed_path, folder or ".")
        return f"url({relative})".encode()

    return _REFERENCE.sub(hashed, style_sheet)


def static_address(path: str) -> str:
    """The address of a file, with its content hash. Raises `KeyError` if it does not exist."""
    return f"{PREFIX}/{static_files()[path].hashed_path}"


def find_static_file(path: str) -> tuple[StaticFile, bool] | None:
    """The file at a path below `/static`, and whether the path has its current hash; None if not found."""
    files = static_files()
    if path in files:
        return files[path], False
    hashed = _HASHED.fullmatch(path)
    file = files.get(hashed["stem"] + hashed["suffix"]) if hashed else None
    return (file, file.hashed_path == path) if file else None


class StaticFiles:
    """The endpoint of the route `/static/{path:path}`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a GET. Raises `HTTPException` 404."""
        match = find_static_file(scope["path_params"]["path"])
        if match is None:
            raise HTTPException(404)
        file, is_exact = match
        headers = Headers(scope=scope)
        encoding = preferred_encoding(headers.get("accept-encoding", ""), ENCODINGS) if file.is_compressible else None
        own = {"Cache-Control": FOR_EVER if is_exact else REVALIDATED, "ETag": file.etag(encoding)}
        if file.is_compressible:
            own["Vary"] = "Accept-Encoding"
        if _matches(headers.get("if-none-match", ""), file.etag(encoding)):
            await Response(status_code=304, headers=own)(scope, receive, send)
            return
        content = await to_thread.run_sync(file.encoded, encoding)
        if encoding:
            own["Content-Encoding"] = encoding
        await Response(content, media_type=file.media_type, headers=own)(scope, receive, send)


def _matches(if_none_match: str, etag: str) -> bool:
    """Whether the client has this content already (weak comparison: RFC 9110, 13.1.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag in tags
