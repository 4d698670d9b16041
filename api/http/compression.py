"""Response compression: Brotli if the client accepts it, else gzip.

Not compressed are event streams, formats that are compressed already, and responses with a strong entity tag: such a
tag identifies exact bytes, and clients send the API's tags back in `If-Match`. Cross-site requests are not compressed
either, because the length of the response could reveal secrets (BREACH).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import brotli
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BROTLI, GZIP = "br", "gzip"
ENCODINGS = (BROTLI, GZIP)
SMALLEST_BODY = 1_000
"""Smallest compressed body in bytes; anything smaller fits in one packet."""
LARGE_BODY = 128 * 1024
"""Body size in bytes from which compression runs in a worker thread."""
BROTLI_QUALITY = 4
GZIP_LEVEL = 6

COMPRESSED_TYPES = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
"""Media types that do not get smaller, and `text/event-stream`, whose events must not be buffered."""

_TRUSTED_SITES = (None, "same-origin", "none")


@lru_cache(maxsize=256)
def preferred_encoding(accepted: str, available: Sequence[str] = ENCODINGS) -> str | None:
    """The encoding of `available` that an `Accept-Encoding` header prefers; null if none is accepted.

    The first of equals wins. `identity` wins only if it has the highest weight (RFC 9110, 12.5.3).
    """
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name] = next((_weight(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    any_other = weights.get("*", 0.0)
    best, highest = None, weights.get("identity", 0.0)
    for encoding in available:
        weight = weights.get(encoding, any_other)
        if weight > 0 and (weight > highest or (best is None and weight == highest)):
            best, highest = encoding, weight
    return best


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


class Compression:
    """Middleware that compresses responses."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the wrapped ASGI application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        encoding = None
        if headers.get("sec-fetch-site") in _TRUSTED_SITES:
            encoding = preferred_encoding(headers.get("accept-encoding", ""))
        responder: IdentityResponder
        if encoding == BROTLI:
            responder = _BrotliResponder(self.app, SMALLEST_BODY, exclude_content_types=COMPRESSED_TYPES)
        elif encoding == GZIP:
            responder = _GZipResponder(self.app, SMALLEST_BODY, GZIP_LEVEL, exclude_content_types=COMPRESSED_TYPES)
        else:
            responder = _Responder(self.app, SMALLEST_BODY, exclude_content_types=COMPRESSED_TYPES)
        await responder(scope, receive, send)


class _Responder(IdentityResponder):
    """Sends responses with a strong entity tag unchanged and compresses all others."""

    _has_strong_tag = False

    async def send_with_compression(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            tag = Headers(raw=message.get("headers", ())).get("etag")
            self._has_strong_tag = tag is not None and not tag.startswith("W/")
        if self._has_strong_tag:
            await self.send(message)
        else:
            await super().send_with_compression(message)


class _GZipResponder(_Responder, GZipResponder):
    pass


class _BrotliResponder(_Responder):
    content_encoding = BROTLI
    _compressor: brotli.Compressor | None = None

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        if len(body) >= LARGE_BODY:  # compressing would block the event loop
            return await to_thread.run_sync(self._compress, body, more_body)
        return self._compress(body, more_body)

    def _compress(self, body: bytes, more_body: bool) -> bytes:
        if self._compressor is None:
            self._compressor = brotli.Compressor(quality=BROTLI_QUALITY)
        compressed: bytes = self._compressor.process(body)
        return compressed if more_body else compressed + self._compressor.finish()
