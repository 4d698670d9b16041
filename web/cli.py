"""The command line: serve a firm, make keys, import and rebuild."""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
import uvicorn
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Connection

from api.access import THE_OWNER
from api.house import House
from api.imports.carrying import Outcome
from api.imports.files import lines_in, type_of_name
from api.imports.routes import Refused, import_lines, preview
from api.kept.audit import Act, audit
from api.kept.roles import Role
from api.kept.sessions import create_sign_in_link
from api.kept.users import has_users
from api.writing import Writer
from projections.log import LogFault
from projections.views import NotCaughtUp, ProjectionFault
from web.app import create_app
from web.board.command import NotMade, make_report, write_whole
from web.cli_access import keys, make_sign_in_link, users
from web.demonstration import load
from web.forms import Unreadable, read_instant
from web.generating import NotEmpty
from web.generating import generate as fill
from web.running import Running, forget_where, running_in, tell_where
from web.settings import Settings
from web.speaking import LOGGING
from web.terminal import Data, DatabaseUrl, house_of, refuse, said, settings_of

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(users, name="users")
app.add_typer(keys, name="keys")

DEMO_FOLDER = Path("data/demo")


class Serving(uvicorn.Server):
    """A server whose streams end when it is told to stop, instead of keeping it."""

    house: House | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        if self.house is not None:
            self.house.closing.set()
        super().handle_exit(sig, frame)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(envvar="SEATLINE_HOST", help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(envvar="SEATLINE_PORT", help="The port to listen on.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Serve the firm, over HTTP."""
    run(settings_of(host=host, port=port, data=data, database_url=database_url))


@app.command()
def demo(
    host: Annotated[str | None, typer.Option(envvar="SEATLINE_HOST", help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(envvar="SEATLINE_PORT", help="The port to listen on.")] = None,
    data: Annotated[Path, typer.Option(help="The data folder (SQLite).")] = DEMO_FOLDER,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the firm and stop.")] = False,
) -> None:
    """Load the demonstration firm into a folder of its own, unless it is there, and serve it."""
    settings = settings_of(host=host, port=port, data=data)
    try:
        with bar() as progress:
            task = progress.add_task("Telling the story", total=None, visible=False)
            today = datetime.now(UTC).date()
            load(settings, today, lambda done, of: progress.update(task, completed=done, total=of, visible=True))
    except LogFault as fault:
        said.print(str(fault), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    if not load_only:
        run(settings, invite=True)


def run(settings: Settings, *, invite: bool = False) -> None:
    """Serve until told to stop; `invite` prints a sign-in link though there are admins already."""
    url = f"http://{settings.host}:{settings.port}"
    server: Serving

    def announce(house: House) -> None:
        server.house = house
        if isinstance(settings.store, Path):
            tell_where(settings.store, Running(url, house.owner_secret))
        said.print(f"Seatline serves {url}", highlight=False)
        link = sign_in_link(house, invite=invite)
        if link is not None:
            said.print(f"Sign in once, as an admin: {url}/sign-in/{link}", highlight=False, soft_wrap=True)

    server = Serving(
        uvicorn.Config(
            create_app(settings, opened=announce),
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=dict(LOGGING),
            log_level="warning",
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            server_header=False,
            timeout_graceful_shutdown=20,
        )
    )
    # Uvicorn hands a signal on once it has stopped; the last steps are still to be taken then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        server.run()
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    finally:
        if server.house is not None and isinstance(settings.store, Path):
            forget_where(settings.store)
    if not server.started:
        raise typer.Exit(1)


@app.command()
def generate(
    clients: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many; each has about 30 events.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same network on the same day.")] = 1,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill an empty store with a network of firms, to see and to measure large portfolios."""
    settings = settings_of(data=data, database_url=database_url)
    try:
        with bar() as progress:
            task = progress.add_task("Generating", total=None)
            today = datetime.now(UTC).date()
            events = fill(
                settings, clients, seed, today, lambda done, of: progress.update(task, completed=done, total=of)
            )
    except NotEmpty:
        said.print("The store holds events already; a network is generated into an empty one alone.", style="red")
        raise typer.Exit(1) from None
    except LogFault as fault:
        said.print(str(fault), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    said.print(f"{clients} clients, {events} events.")


app.command("sign-in-link")(make_sign_in_link)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A JSON Lines file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each line.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Record what fits, though other lines do not.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Record people, clients, engagements and milestones from a file: all of it or nothing."""
    settings = settings_of(data=data, database_url=database_url)
    content, content_type = file.read_bytes(), type_of_name(file.name)
    if (running := running_in(settings.store)) is not None:
        query = {"dry_run": str(dry_run).lower(), "partial": str(partial).lower()}
        with said.status("The server imports the file."):
            tell_outcome(running.ask("/imports", content=content, content_type=content_type, query=query).json())
        return
    lines = lines_in(content_type, content)
    with house_of(settings) as house, bar() as progress:
        task = progress.add_task("Checking" if dry_run else "Importing", total=len(lines))

        def moved(done: int) -> None:
            progress.update(task, completed=done)

        write = Writer(house, THE_OWNER)
        try:
            if dry_run:
                answer = json.loads(preview(write, lines, moved).body)
            else:
                answer = json.loads(bytes(import_lines(write, lines, partial=partial, said=moved).body))
        except Refused as refused:
            answer = refused.body()
    tell_outcome(answer)


@app.command()
def report(
    pdf: Annotated[Path, typer.Option(dir_okay=False, writable=True, help="The file to write.")],
    quarter: Annotated[str | None, typer.Option(help="A quarter, like 2026-Q3; that of today unless named.")] = None,
    client: Annotated[str | None, typer.Option(help="Only this client (id or slug).")] = None,
    known_at: Annotated[str | None, typer.Option(help="A day (its end), or an instant: what was known then.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the board report, of the portfolio or of one client, as PDF."""
    settings = settings_of(data=data, database_url=database_url)
    try:
        instant = None if known_at is None else read_instant(known_at)
        with said.status("The report is being made."):
            write_whole(pdf, make_report(settings, quarter, client, instant))
    except (LogFault, NotMade, OSError, Unreadable) as fault:
        said.print(str(fault), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    said.print(f"The board report is in {pdf}.", highlight=False, soft_wrap=True)


@app.command()
def migrate(database_url: DatabaseUrl = None, data: Data = None) -> None:
    """Bring the store to the version of this program."""
    with house_of(settings_of(data=data, database_url=database_url)):
        said.print("The store is of this program's version.")


@app.command()
def rebuild(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Build all read models anew from the log, beside those that are being read; a running server does it itself."""
    settings = settings_of(data=data, database_url=database_url)
    with bar() as progress:
        task = progress.add_task("Rebuilding", total=None)

        def tell(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        if (running := running_in(settings.store)) is not None:
            answer = running.rebuild(tell)
            if not answer.is_success:
                refuse(answer.json()["detail"])
            reached = answer.json()["position"]
        else:
            with house_of(settings) as house:
                try:
                    reached = house.views.rebuild(tell)
                except (NotCaughtUp, ProjectionFault) as fault:
                    refuse(str(fault))
        progress.update(task, completed=reached, total=reached)
    said.print(f"All read models are at position {reached}.")


def tell_outcome(answer: dict[str, Any]) -> None:
    """Say what became of a file's lines; ends the program with 1 when lines were refused."""
    if "rows" not in answer:
        said.print(answer["detail"], style="red", highlight=False)
        raise typer.Exit(1)
    counted = Counter(row["outcome"] for row in answer["rows"])
    for row in answer["rows"]:
        if row["problem"] is not None:
            ref = "" if row["ref"] is None else f" ({row['ref']})"
            said.print(f"line {row['line']}{ref}: {row['problem']['detail']}", highlight=False, soft_wrap=True)
    said.print(", ".join(f"{counted[outcome]} {outcome}" for outcome in Outcome if counted[outcome]), highlight=False)
    if "id" not in answer:
        said.print("Nothing was recorded.", style="red")
    if counted[Outcome.REFUSED]:
        raise typer.Exit(1)


def bar() -> Progress:
    """A progress bar for people."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=said
    )


def sign_in_link(house: House, *, invite: bool) -> str | None:
    """The token of a link that makes an admin; null when there are users already, unless one is wanted all the same."""
    with house.log.engine.connect() as connection:
        if has_users(connection) and not invite:
            return None

    def create(connection: Connection) -> str:
        now = house.now()
        audit(connection, THE_OWNER, Act.SIGN_IN_LINK_MADE, at=now, detail={"role": Role.ADMIN.value})
        return create_sign_in_link(connection, at=now)

    return house.log.write(create)
