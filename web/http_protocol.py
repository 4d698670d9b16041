"""HTTP parsing for the web server: requests that cannot be parsed get a problem document (RFC 9457)."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.http.problems import MALFORMED, MEDIA_TYPE, Problem
from api.http.security_middleware import SECURITY_HEADERS

LARGEST_URL = 65_535
"""In bytes; the parser accepts no more."""


class ProblemProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which answers requests that it cannot parse with a problem document instead of plain text."""

    url: bytes = b""  # Uvicorn sets it with the first request that can be parsed

    def send_400_response(self, msg: str) -> None:
        """Answer a request that could not be parsed, and close the connection. `msg` is Uvicorn's text for the log."""
        if len(self.url) > LARGEST_URL:
            detail = f"The URL is longer than {LARGEST_URL:,} bytes."
        else:
            detail = "The request is not valid HTTP/1.1."
        body = Problem(MALFORMED, detail).encoded()
        headers = {
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(body)),
            **SECURITY_HEADERS,
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        lines = ["HTTP/1.1 400 Bad Request", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.transport.write("\r\n".join(lines).encode("ascii") + body)
        self.transport.close()
