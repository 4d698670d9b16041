"""Calls the running server that has a data folder open."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import httpx

from api.http.prefix import PREFIX

FILE = "serving.json"
PATIENCE_SECONDS = 600.0
LOOK_SECONDS = 0.2
"""How often the progress of a rebuild or an import is polled."""
ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class ServerClient:
    """The address of the server of a data folder, and its owner secret."""

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
        prefer: str | None = None,
    ) -> httpx.Response:
        """Send a POST. Raises `httpx.HTTPError` if the server does not answer."""
        sent = json.dumps(body).encode() if content is None else content
        return httpx.post(
            f"{self.url}{PREFIX}{path}",
            content=sent,
            params=dict(query or {}),
            headers={
                "Authorization": f"Bearer {self.secret}",
                "Content-Type": content_type,
                **({} if prefer is None else {"Prefer": prefer}),
            },
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def import_file(
        self, content: bytes, content_type: str, query: Mapping[str, str], on_progress: Callable[[int, int], None]
    ) -> dict[str, Any]:
        """Import a file, and return its outcome or why it was refused. `on_progress` gets the lines done and in total.

        Raises `httpx.HTTPError` if the server does not answer.
        """
        sent = self.ask("/imports", content=content, content_type=content_type, query=query, prefer="respond-async")
        answer: dict[str, Any] = sent.json()
        while sent.status_code == ACCEPTED and answer["status"] == "recording":
            progress = answer["progress"]
            on_progress(progress["done"], progress["total"])
            sleep(LOOK_SECONDS)
            answer = self.get(f"/imports/{answer['id']}", {}).json()
        if answer.get("status") == "failed":
            return {**answer["problem"], **({"rows": answer["rows"]} if answer["rows"] else {})}
        about_file = ("columns", "warnings", "mapping_source", "mapping_id", "date_order")
        return {**answer, **{name: sent.json()[name] for name in about_file if sent.status_code == ACCEPTED}}

    def get(self, path: str, query: Mapping[str, str]) -> httpx.Response:
        """Send a GET. Raises `httpx.HTTPError` if the server does not answer."""
        return httpx.get(
            f"{self.url}{PREFIX}{path}",
            params=dict(query),
            headers={"Authorization": f"Bearer {self.secret}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    @contextmanager
    def download(self, path: str, query: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Stream the answer of a GET. Raises `httpx.HTTPError` if the server does not answer."""
        with httpx.stream(
            "GET",
            f"{self.url}{PREFIX}{path}",
            params=dict(query),
            headers={"Authorization": f"Bearer {self.secret}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        ) as answer:
            yield answer

    def state(self) -> dict[str, Any]:
        """What `/readyz` tells the owner. Raises `httpx.HTTPError` if the server does not answer."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        answer = httpx.get(f"{self.url}/readyz", headers=headers, timeout=PATIENCE_SECONDS, trust_env=False)
        state: dict[str, Any] = answer.json()
        return state

    def record_verification(self, result: Mapping[str, Any]) -> httpx.Response:
        """Record the outcome of a verification. Raises `httpx.HTTPError` if the server does not answer."""
        return self._record("verifications", result)

    def record_backup(self, backup: Mapping[str, Any]) -> httpx.Response:
        """Record that a backup was made. Raises `httpx.HTTPError` if the server does not answer."""
        return self._record("backups", backup)

    def _record(self, what: str, content: Mapping[str, Any]) -> httpx.Response:
        return httpx.post(
            f"{self.url}/log/{what}",
            json=content,
            headers={"Authorization": f"Bearer {self.secret}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def rebuild(self, on_progress: Callable[[int, int], None]) -> httpx.Response:
        """Rebuild the read models; `on_progress` is called with the number of events done and in total.

        Raises `httpx.HTTPError` if the server does not answer.
        """
        with ThreadPoolExecutor(1) as executor:
            answer = executor.submit(
                httpx.post,
                f"{self.url}/read-models/rebuild",
                headers={"Authorization": f"Bearer {self.secret}"},
                timeout=None,  # proportional to the length of the log
                trust_env=False,
            )
            while not wait((answer,), LOOK_SECONDS).done:
                if (progress := self.state().get("rebuilding")) is not None:
                    on_progress(progress["done"], progress["of"])
            return answer.result()


def write_server_file(folder: Path, server: ServerClient) -> None:
    """Write the server's address and secret into the data folder, readable only by the owner."""
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": server.url, "secret": server.secret}, file)


def remove_server_file(folder: Path) -> None:
    """Remove the server file."""
    (folder / FILE).unlink(missing_ok=True)


def find_server(store: Path | str) -> ServerClient | None:
    """The server of a data folder, if its file exists and it answers; None for a database, which may have many."""
    if isinstance(store, str):
        return None
    try:
        content = json.loads((store / FILE).read_text(encoding="utf-8"))
        server = ServerClient(content["url"], content["secret"])
        httpx.get(f"{server.url}/healthz", timeout=10.0, trust_env=False).raise_for_status()
    except (OSError, ValueError, KeyError, TypeError, httpx.HTTPError):
        return None
    return server
