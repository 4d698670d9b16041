"""The command line: serve a firm, make keys, import and rebuild.

What a command works with is imported by the command itself: whoever asks for help, or has a running server do
something, need not wait until the whole application is loaded.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from web.cli_access import keys, make_sign_in_link, users
from web.cli_common import Data, DatabaseUrl, context_of, refuse, said, settings_of
from web.cli_sharing import people, share_links, show_audit

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Serve a firm, make keys, import and rebuild.",
)
app.add_typer(users, name="users")
app.add_typer(keys, name="keys")
app.add_typer(share_links, name="share-links")
app.add_typer(people, name="people")

Host = Annotated[
    str | None, typer.Option(envvar="SEATLINE_HOST", help="The address to listen on; 127.0.0.1 unless told.")
]
Port = Annotated[int | None, typer.Option(envvar="SEATLINE_PORT", help="The port to listen on; 8000 unless told.")]

DEMO_FOLDER = Path("data/demo")


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Serve the firm, over HTTP."""
    from web.serving import serve_until_stopped

    serve_until_stopped(settings_of(host=host, port=port, data=data, database_url=database_url))


@app.command()
def demo(
    host: Host = None,
    port: Port = None,
    data: Annotated[Path, typer.Option(help="The data folder (SQLite).")] = DEMO_FOLDER,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the firm and stop.")] = False,
) -> None:
    """Load the demonstration firm into a folder of its own, unless it is there, and serve it."""
    from projections.log import LogFault
    from web.samples.load import load
    from web.serving import serve_until_stopped

    settings = settings_of(host=host, port=port, data=data)
    try:
        with bar() as progress:
            task = progress.add_task("Telling the story", total=None, visible=False)
            today = settings.today()
            load(settings, today, lambda done, of: progress.update(task, completed=done, total=of, visible=True))
    except LogFault as fault:
        said.print(str(fault), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    if not load_only:
        serve_until_stopped(settings, invite=True)


@app.command()
def generate(
    clients: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many; each has about 30 events.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same network on the same day.")] = 1,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill an empty store with a network of firms, to see and to measure large portfolios."""
    from projections.log import LogFault
    from web.samples.generate import NotEmpty
    from web.samples.generate import generate as fill

    settings = settings_of(data=data, database_url=database_url)
    try:
        with bar() as progress:
            task = progress.add_task("Generating", total=None)
            today = settings.today()
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
app.command("audit")(show_audit)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A JSON Lines file, .jsonl or .ndjson.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Return the outcome of each line without recording anything.")
    ] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Record what fits, though other lines do not.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Record people, clients, engagements and milestones from a file: all of it or nothing."""
    from api.auth.access import THE_OWNER
    from api.commands import CommandContext
    from api.http.problems import Problem
    from api.imports.files import lines_in, type_of_name
    from api.imports.routes import ImportRefused, import_lines, preview
    from web.server_client import find_server

    settings = settings_of(data=data, database_url=database_url)
    content, content_type = file.read_bytes(), type_of_name(file.name)
    if (running := find_server(settings.store)) is not None:
        query = {"dry_run": str(dry_run).lower(), "partial": str(partial).lower()}
        with said.status("The server imports the file."):
            tell_outcome(running.ask("/imports", content=content, content_type=content_type, query=query).json())
        return
    try:
        lines = lines_in(content_type, content)
    except Problem as problem:
        refuse(str(problem.detail))
    with context_of(settings) as context, bar() as progress:
        task = progress.add_task("Checking" if dry_run else "Importing", total=len(lines))

        def moved(done: int) -> None:
            progress.update(task, completed=done)

        write = CommandContext(context, THE_OWNER)
        try:
            if dry_run:
                answer = json.loads(preview(write, lines, moved).body)
            else:
                answer = json.loads(bytes(import_lines(write, lines, partial=partial, on_progress=moved).body))
        except ImportRefused as refused:
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
    from projections.log import LogFault
    from web.board.command import NotMade, make_report, write_whole
    from web.forms import Unreadable, read_instant

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
    with context_of(settings_of(data=data, database_url=database_url)):
        said.print("The store is of this program's version.")


@app.command()
def rebuild(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Build all read models anew from the log, beside those that are being read; a running server does it itself."""
    from api.auth.access import THE_OWNER
    from api.http.health import rebuild_read_models
    from projections.views import NotCaughtUp, ProjectionFault
    from web.server_client import find_server

    settings = settings_of(data=data, database_url=database_url)
    with bar() as progress:
        task = progress.add_task("Rebuilding", total=None)

        def tell(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        if (running := find_server(settings.store)) is not None:
            answer = running.rebuild(tell)
            if not answer.is_success:
                refuse(answer.json()["detail"])
            reached = answer.json()["position"]
        else:
            with context_of(settings) as context:
                try:
                    reached = rebuild_read_models(context, THE_OWNER, tell)
                except (NotCaughtUp, ProjectionFault) as fault:
                    refuse(str(fault))
        progress.update(task, completed=reached, total=reached)
    said.print(f"All read models are at position {reached}.")


def tell_outcome(answer: dict[str, Any]) -> None:
    """Say what became of a file's lines; ends the program with 1 when lines were refused."""
    from api.imports.importer import Outcome

    if "rows" not in answer:
        said.print(answer["detail"], style="red", highlight=False)
        raise typer.Exit(1)
    counted = Counter(row["outcome"] for row in answer["rows"])
    for row in answer["rows"]:
        if row["problem"] is not None:
            ref = "" if row["ref"] is None else f" ({row['ref']})"
            said.print(f"line {row['line']}{ref}: {row['problem']['detail']}", highlight=False, soft_wrap=True)
        for warning in row["warnings"]:
            said.print(f"line {row['line']}: {warning}", style="yellow", highlight=False, soft_wrap=True)
    said.print(", ".join(f"{counted[outcome]} {outcome}" for outcome in Outcome if counted[outcome]), highlight=False)
    if "id" not in answer:
        said.print("Nothing was recorded.", style="red")
    if counted[Outcome.REFUSED]:
        raise typer.Exit(1)


def bar() -> Progress:
    """A progress bar for people."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=said
    )
