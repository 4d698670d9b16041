"""Calls of this server's own API, with the credentials of the request that is being answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.requests import Request

from api.http.prefix import PREFIX


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """The answer of a route; `body` is its JSON."""

    status: int
    body: Any
    etag: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the route did what was asked."""
        return self.status < 400

    @property
    def refusal(self) -> str:
        """The problem in words: its title, its detail and the invalid fields."""
        problem = self.body
        sentences = dict.fromkeys((problem["title"], problem["detail"]))
        errors = [f"- {error['field']}: {error['message']}" for error in problem.get("errors", ())]
        return "\n".join([" ".join(sentences), *errors])


@dataclass(frozen=True, slots=True)
class OwnApi:
    """The API as the caller of a request uses it: role, limits, audit and rate limits are those of the key."""

    request: Request = field(repr=False)

    async def get(self, path: str, query: Mapping[str, Any] | None = None) -> ApiAnswer:
        """The answer of a GET."""
        return await self._send("GET", path, params=_parameters(query or {}))

    async def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> ApiAnswer:
        """The answer of a POST."""
        return await self._send("POST", path, json=body, headers=headers)

    async def _send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> ApiAnswer:
        client = self.request.client
        transport = httpx.ASGITransport(
            self.request.app, raise_app_exceptions=False, client=(client.host, client.port) if client else ("", 0)
        )
        sent = {"Authorization": self.request.headers["authorization"], **(headers or {})}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as api:
            answer = await api.request(method, f"{PREFIX}{path}", headers=sent, **content)
        return ApiAnswer(answer.status_code, json.loads(answer.content), answer.headers.get("etag", ""))


def _parameters(query: Mapping[str, Any]) -> dict[str, Any]:
    """Query parameters as the API spells them; null ones are left out."""
    values = ((name, value) for name, value in query.items() if value is not None)
    return {name: json.dumps(value) if isinstance(value, bool) else value for name, value in values}
