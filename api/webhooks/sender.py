"""Sends one request of a webhook: to an address that was checked and is connected to as it is, within a time limit."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import httpx

from api.webhooks.name_lookup import resolve
from api.webhooks.schedule import AttemptResult, retry_after_of
from api.webhooks.target_address import IPAddress, check_addresses, parse_target

TIMEOUT_SECONDS = 15.0
"""The limit of a whole attempt: name, connection, request and status."""
CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 3
"""How many addresses of a name are tried."""

Resolve = Callable[[str, int], Awaitable[list[IPAddress]]]


class WebhookSender:
    """Sends requests; each over a connection of its own. Redirects are not followed and proxies are not used."""

    def __init__(
        self,
        *,
        allow_private: bool,
        now: Callable[[], datetime],
        resolve: Resolve = resolve,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """`resolve` looks up names; `timeout` is the limit of an attempt in seconds."""
        self._allow_private = allow_private
        self._now = now
        self._resolve = resolve
        self._timeout = timeout
        self._transport: httpx.AsyncHTTPTransport | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AttemptResult:
        """Send a request and wait for the status of its answer, whose body is not read."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._post(url, headers, body)
        except TimeoutError:
            return self._failed(f"No answer within {self._timeout:g} seconds.")

    async def close(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await self._transport.aclose()

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> AttemptResult:
        try:
            target = parse_target(url, allow_private=self._allow_private)
            addresses = [target.address] if target.address else await self._resolve(target.host, target.port)
            check_addresses(addresses, allow_private=self._allow_private)
        except ValueError as error:
            return self._failed(f"The URL {error}.")
        except OSError:
            return self._failed("The host name cannot be resolved.")
        requests = [
            httpx.Request(
                "POST",
                target.url_at(address),
                headers={**headers, "Host": target.authority},
                content=body,
                extensions={"sni_hostname": target.host, "timeout": {"connect": CONNECT_SECONDS}},
            )
            for address in addresses[:MOST_ADDRESSES]
        ]
        return await self._send_first(requests)

    async def _send_first(self, requests: Sequence[httpx.Request]) -> AttemptResult:
        """Send the first of some equal requests whose address can be connected to."""
        error = "The host name has no address."
        for request in requests:
            try:
                response = await self._connections().handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as fault:
                error = _reason_of(fault)
            except httpx.HTTPError:
                return self._failed("The connection broke before an answer arrived.")
            else:
                await response.aclose()
                return self._answered(response)
        return self._failed(error)

    def _answered(self, response: httpx.Response) -> AttemptResult:
        at, status = self._now(), response.status_code
        error: str | None = f"Answered with status {status}."
        if 200 <= status < 300:
            error = None
        elif 300 <= status < 400:
            error = f"Answered with a redirect (status {status}), which is not followed."
        return AttemptResult(at, status, error, retry_after_of(response.headers.get("retry-after"), at=at))

    def _failed(self, error: str) -> AttemptResult:
        return AttemptResult(self._now(), error=error)

    def _connections(self) -> httpx.AsyncHTTPTransport:
        if self._transport is None:
            # No connection is kept: one that was opened for a name must not serve another at the same address.
            self._transport = httpx.AsyncHTTPTransport(
                verify=httpx.create_ssl_context(),
                trust_env=False,
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            )
        return self._transport


def _reason_of(fault: httpx.HTTPError) -> str:
    """Why a connection could not be made, without the URL."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "The TLS certificate is not valid for this host."
        if isinstance(cause, ssl.SSLError):
            return "The TLS connection could not be made."
        cause = cause.__cause__ or cause.__context__
    return "The connection could not be made."
