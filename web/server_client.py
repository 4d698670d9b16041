"""Asking the server that has the data folder open to do what only it may do there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from api.http.prefix import PREFIX

FILE = "serving.json"
PATIENCE_SECONDS = 600.0
LOOK_SECONDS = 0.2
"""How often the server is asked how far it has come."""


@dataclass(frozen=True, slots=True)
class ServerClient:
    """A server at work in a data folder, and the secret that whoever may read the folder may ask it with."""

    url: str
    secret: str

    def ask(
        self,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to a POST. Raises `httpx.HTTPError` when the server does not answer."""
        sent = json.dumps(body).encode() if content is None else content
        return httpx.post(
            f"{self.url}{PREFIX}{path}",
            content=sent,
            params=dict(query or {}),
            headers={"Authorization": f"Bearer {self.secret}", "Content-Type": content_type},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def get(self, path: str, query: Mapping[str, str]) -> httpx.Response:
        """The answer to a GET. Raises `httpx.HTTPError` when the server does not answer."""
        return httpx.get(
            f"{self.url}{PREFIX}{path}",
            params=dict(query),
            headers={"Authorization": f"Bearer {self.secret}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def rebuild(self, said: Callable[[int, int], None]) -> httpx.Response:
        """The answer to a wish for read models made anew; `said` is told meanwhile of events done and to do.

        Raises `httpx.HTTPError` when the server does not answer.
        """
        with ThreadPoolExecutor(1) as beside:
            answer = beside.submit(
                httpx.post,
                f"{self.url}/read-models/rebuild",
                headers={"Authorization": f"Bearer {self.secret}"},
                timeout=None,  # it takes as long as the log is
                trust_env=False,
            )
            while not wait((answer,), LOOK_SECONDS).done:
                state = httpx.get(f"{self.url}/readyz", timeout=PATIENCE_SECONDS, trust_env=False).json()
                if (far := state.get("rebuilding")) is not None:
                    said(far["done"], far["of"])
            return answer.result()


def write_server_file(folder: Path, running: ServerClient) -> None:
    """Leave word in the data folder, for its owner alone, of the server that works there."""
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": running.url, "secret": running.secret}, file)


def remove_server_file(folder: Path) -> None:
    """Take that word away."""
    (folder / FILE).unlink(missing_ok=True)


def find_server(store: Path | str) -> ServerClient | None:
    """The server that works in a data folder, where one left word and still answers. A database has many."""
    if isinstance(store, str):
        return None
    try:
        told = json.loads((store / FILE).read_text(encoding="utf-8"))
        running = ServerClient(told["url"], told["secret"])
        httpx.get(f"{running.url}/healthz", timeout=10.0, trust_env=False).raise_for_status()
    except (OSError, ValueError, KeyError, TypeError, httpx.HTTPError):
        return None
    return running
