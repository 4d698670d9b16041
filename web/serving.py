"""Serving a firm until told to stop."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from socket import socket
from types import FrameType

import typer
import uvicorn
from sqlalchemy import Connection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.access import THE_OWNER
from api.context import AppContext
from api.state.audit import Act, audit
from api.state.roles import Role
from api.state.sessions import create_sign_in_link
from api.state.users import has_users
from projections.log import LogFault
from web.app import create_app
from web.cli_common import said
from web.logging_setup import LOGGING
from web.server_client import ServerClient, remove_server_file, write_server_file
from web.settings import Settings


class Serving(uvicorn.Server):
    """A server that says when it listens, and whose streams end when it is told to stop, instead of keeping it."""

    context: AppContext | None = None

    def __init__(self, config: uvicorn.Config, listening: Callable[[AppContext], None]) -> None:
        """`listening` is told once that whoever asks is answered."""
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Open what is served, listen, and only then say so."""
        await super().startup(sockets)
        if self.started and self.context is not None:
            self._listening(self.context)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        if self.context is not None:
            self.context.closing.set()
        super().handle_exit(sig, frame)


def serve_until_stopped(settings: Settings, *, invite: bool = False) -> None:
    """Serve until told to stop; `invite` prints a sign-in link though there are admins already."""
    url = f"http://{settings.host}:{settings.port}"
    server: Serving

    def opened(context: AppContext) -> None:
        server.context = context

    def announce(context: AppContext) -> None:
        if isinstance(settings.store, Path):
            write_server_file(settings.store, ServerClient(url, context.owner_secret))
        said.print(f"Seatline serves {url}", highlight=False)
        link = sign_in_link(context, invite=invite)
        if link is not None:
            said.print(f"Sign in once, as an admin: {url}/sign-in/{link}", highlight=False, soft_wrap=True)

    server = Serving(
        uvicorn.Config(
            in_a_sentence(create_app(settings, opened=opened)),
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=dict(LOGGING),
            log_level="warning",
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            server_header=False,
            timeout_graceful_shutdown=20,
        ),
        announce,
    )
    # Uvicorn hands a signal on once it has stopped; the last steps are still to be taken then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        server.run()
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    finally:
        if server.context is not None and isinstance(settings.store, Path):
            remove_server_file(settings.store)
    if not server.started:
        raise typer.Exit(1)


def in_a_sentence(app: ASGIApp) -> ASGIApp:
    """The application; why its stores cannot be opened is said in a sentence instead of a traceback."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        failed: list[Message] = []

        async def send_unless_failed(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await app(scope, receive, send_unless_failed)
        except LogFault as fault:
            said.print(str(fault), style="red", highlight=False, soft_wrap=True)
            failed[:] = [{"type": message["type"], "message": ""} for message in failed]
        finally:
            for message in failed:
                await send(message)

    return asgi


def sign_in_link(context: AppContext, *, invite: bool) -> str | None:
    """The token of a link that makes an admin; null when there are users already, unless one is wanted all the same."""
    with context.log.engine.connect() as connection:
        if has_users(connection) and not invite:
            return None

    def create(connection: Connection) -> str:
        now = context.now()
        audit(connection, THE_OWNER, Act.SIGN_IN_LINK_MADE, at=now, detail={"role": Role.ADMIN.value})
        return create_sign_in_link(connection, at=now)

    return context.log.write(create)
