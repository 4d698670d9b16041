"""The application as its callers meet it: over HTTP, on a real store."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute
from stores import copy_empty_firm

from api.context import AppContext
from api.http.openapi import document
from api.state.keys import create_key
from api.state.people import OWNER
from api.state.roles import Role
from api.state.secrets import new_api_key
from api.state.sessions import create_sign_in_link, redeem
from web.app import create_app
from web.board.render import board_html
from web.settings import Settings

__all__ = [
    "Caller",
    "Served",
    "TestClient",
    "answer_boards_as_html",
    "application",
    "described",
    "served",
    "share_routes",
]

with warnings.catch_warnings():
    # It would rather have a newer HTTP client than the one everything else here uses.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


class Caller:
    """Somebody with a key."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client = client
        self.key = key

    def ask(self, method: str, path: str, body: Any = None, *, status: int | None = None, **options: Any) -> Any:
        """What is answered; fails unless it has the status (any success when none is given)."""
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        answer = self.client.request(method, f"/api/v1{path}", headers=headers, **options)
        if status is None:
            assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        else:
            assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def get(self, path: str, **options: Any) -> Any:
        """The JSON of a GET."""
        return self.ask("GET", path, **options).json()

    def post(self, path: str, body: Any, **options: Any) -> Any:
        """The JSON of a POST."""
        return self.ask("POST", path, body, **options).json()


class Served:
    """A running application, and whoever asks it."""

    def __init__(self, app: FastAPI, client: TestClient, folder: Path = Path()) -> None:
        self.app = app
        self.folder = folder
        self.client = client
        self.context: AppContext = app.state.context
        self.admin = self.caller(Role.ADMIN)

    def caller(self, role: Role, clients: set[UUID] | None = None) -> Caller:
        """Somebody with a new key."""
        secret = new_api_key()
        self.context.log.write(
            lambda connection: create_key(
                connection,
                self.context.new_id(),
                f"a {role}",
                role,
                clients,
                secret,
                made_by=OWNER,
                made_at=self.context.now(),
            )
        )
        return Caller(self.client, secret)

    def readiness(self) -> Any:
        """What `/readyz` answers to an admin."""
        return self.client.get("/readyz", headers={"Authorization": f"Bearer {self.admin.key}"})

    def session(self, role: Role, clients: set[UUID] | None = None) -> str:
        """The cookie of somebody new who came in by a one-time link."""
        context, at = self.context, self.context.now()
        token = context.log.write(lambda c: create_sign_in_link(c, at=at, role=role, clients=clients))
        cookie = context.log.write(
            lambda c: redeem(
                c, token, name=f"A {role}", new_user_id=context.new_id(), session_id=context.new_id(), at=at
            )
        )
        assert cookie is not None
        return cookie


def application(settings: Settings, opened: Callable[[AppContext], None] = lambda _: None) -> FastAPI:
    """The application on a store; an empty folder becomes a firm of which nothing is recorded."""
    store = settings.store
    if isinstance(store, Path) and not (store.exists() and any(store.iterdir())):
        copy_empty_firm(store)
    app = create_app(settings, opened)
    app.router.routes = list(_routes())
    app.openapi = described  # type: ignore[method-assign]
    return app


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document of every application, generated once. Not to be changed."""
    return document(_routes())


@cache
def _routes() -> Sequence[BaseRoute]:
    """The routes of every application: FastAPI works out their parameters once, not again for each."""
    return create_app(Settings()).router.routes


def answer_boards_as_html(firm: Served) -> None:
    """Answer board reports as the HTML that would be printed: its words can be read, and printing takes long."""
    firm.app.state.board_renderer = lambda query, board: board_html(query, board).encode()


def share_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands that start an application of their own do so with the routes of every other."""
    monkeypatch.setattr("web.app.create_app", application)


@contextmanager
def served(store: Path | str, **settings: Any) -> Iterator[Served]:
    """The application on a store, started and stopped."""
    given = {"data": store} if isinstance(store, Path) else {"database_url": store}
    app = application(Settings(**given, **settings))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Served(app, client, store if isinstance(store, Path) else Path())
