"""Serves a firm over HTTP until stopped by a signal."""

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
from web.cli_common import stderr
from web.http_protocol import ProblemProtocol
from web.logging_setup import LOGGING
from web.server_client import ServerClient, remove_server_file, write_server_file
from web.settings import Settings


class Server(uvicorn.Server):
    """A Uvicorn server that reports when it listens and ends event streams at shutdown."""

    context: AppContext | None = None

    def __init__(self, config: uvicorn.Config, listening: Callable[[AppContext], None]) -> None:
        """`listening` is called once when requests are accepted."""
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Open the stores, listen, then report."""
        await super().startup(sockets)
        if self.started and self.context is not None:
            self._listening(self.context)

    @property
    def port(self) -> int:
        """The port on which it listens; where the settings say 0, the one that was free."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to shut down."""
        if self.context is not None:
            self.context.closing.set()
        super().handle_exit(sig, frame)


def serve_until_stopped(settings: Settings, *, invite: bool = False) -> None:
    """Serve until stopped by a signal; `invite` prints a sign-in link even if there are users."""
    server: Server

    def opened(context: AppContext) -> None:
        server.context = context

    def announce(context: AppContext) -> None:
        url = f"http://{settings.host}:{server.port}"
        stderr.print(f"Seatline serves {url}", highlight=False)
        if isinstance(settings.store, Path):
            announce_to_commands(settings.store, ServerClient(url, context.owner_secret))
        print_sign_in_link(context, url, invite=invite)

    server = Server(
        uvicorn.Config(
            report_startup_errors(create_app(settings, opened=opened)),
            host=settings.host,
            port=settings.port,
            http=ProblemProtocol,
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
    # Uvicorn re-raises the signal after it has stopped; the cleanup below must still run then.
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


def report_startup_errors(app: ASGIApp) -> ASGIApp:
    """Wraps the application: failures to open the stores are printed as a message instead of a traceback."""

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
        except (LogFault, OSError) as fault:
            stderr.print(str(fault), style="red", highlight=False, soft_wrap=True)
            failed[:] = [{"type": message["type"], "message": ""} for message in failed]
        finally:
            for message in failed:
                await send(message)

    return asgi


def announce_to_commands(folder: Path, server: ServerClient) -> None:
    """Write down where the server is; without room on the disk it serves, and commands do not find it."""
    try:
        write_server_file(folder, server)
    except OSError as fault:
        stderr.print(f"Commands cannot find this server: {fault.strerror}.", style="red", highlight=False)


def print_sign_in_link(context: AppContext, url: str, *, invite: bool) -> None:
    """Print a sign-in link for an admin if there are no users, or `invite`; or why none could be made."""
    try:
        link = sign_in_link(context, invite=invite)
    except LogFault as fault:
        stderr.print(f"No sign-in link was made. {fault}", style="red", highlight=False, soft_wrap=True)
        return
    if link is not None:
        stderr.print(f"Sign in once, as an admin: {url}/sign-in/{link}", highlight=False, soft_wrap=True)


def sign_in_link(context: AppContext, *, invite: bool) -> str | None:
    """The token of a sign-in link for an admin; None if there are users, unless `invite`."""
    with context.log.engine.connect() as connection:
        if has_users(connection) and not invite:
            return None

    def create(connection: Connection) -> str:
        now = context.now()
        audit(connection, THE_OWNER, Act.SIGN_IN_LINK_MADE, at=now, detail={"role": Role.ADMIN.value})
        return create_sign_in_link(connection, at=now)

    return context.log.write(create)
