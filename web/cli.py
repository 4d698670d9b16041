"""The command line: serve a firm, create keys, import and rebuild.

Commands import what they need themselves, so that `--help` and commands that a running server executes start fast.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from web.cli_access import keys, make_sign_in_link, users
from web.cli_backup import back_up, restore
from web.cli_calendar import calendar_links
from web.cli_common import Data, DatabaseUrl, context_of, fail, find_client, progress_bar, settings_of, stderr
from web.cli_config import show_config
from web.cli_sharing import people, share_links, show_audit
from web.cli_verify import verify_log

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Serve a firm, create keys, import and rebuild.",
)
app.add_typer(users, name="users")
app.add_typer(keys, name="keys")
app.add_typer(share_links, name="share-links")
app.add_typer(calendar_links, name="calendar-links")
app.add_typer(people, name="people")

Host = Annotated[str | None, typer.Option(envvar="SEATLINE_HOST", help="The address to listen on (default 127.0.0.1).")]
Port = Annotated[int | None, typer.Option(envvar="SEATLINE_PORT", help="The port to listen on (default 8000).")]
WebhooksAllowPrivate = Annotated[
    bool | None,
    typer.Option(
        "--webhooks-allow-private",
        envvar="SEATLINE_WEBHOOKS_ALLOW_PRIVATE",
        help="Let webhooks be sent to private addresses, and over plain HTTP.",
    ),
]

ReadOnly = Annotated[
    bool | None,
    typer.Option(
        "--read-only", envvar="SEATLINE_READ_ONLY", help="Refuse all changes; signing in and out still works."
    ),
]

DEMO_FOLDER = Path("data/demo")


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    read_only: ReadOnly = None,
    webhooks_allow_private: WebhooksAllowPrivate = None,
) -> None:
    """Serve the firm over HTTP."""
    from web.serving import serve_until_stopped

    serve_until_stopped(
        settings_of(
            host=host,
            port=port,
            data=data,
            database_url=database_url,
            read_only=read_only,
            webhooks_allow_private=webhooks_allow_private,
        )
    )


@app.command()
def demo(
    host: Host = None,
    port: Port = None,
    data: Annotated[Path, typer.Option(help="The data folder (SQLite).")] = DEMO_FOLDER,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the firm and exit.")] = False,
    read_only: ReadOnly = None,
) -> None:
    """Load the demonstration firm into its own folder, if needed, and serve it."""
    from projections.log import LogFault
    from web.samples.load import load
    from web.serving import serve_until_stopped

    settings = settings_of(host=host, port=port, data=data, read_only=read_only)
    try:
        with progress_bar() as progress:
            task = progress.add_task("Loading", total=None, visible=False)
            today = settings.today()
            load(settings, today, lambda done, of: progress.update(task, completed=done, total=of, visible=True))
    except LogFault as fault:
        stderr.print(str(fault), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    if not load_only:
        serve_until_stopped(settings, invite=True)


@app.command()
def generate(
    clients: Annotated[int, typer.Option(min=1, max=1_000_000, help="The number of clients (about 30 events each).")],
    seed: Annotated[int, typer.Option(help="The random seed: the network depends on it and the date.")] = 1,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill an empty store with a sample network of clients, to try and measure large portfolios."""
    from projections.log import LogFault
    from web.samples.generate import NotEmpty
    from web.samples.generate import generate as fill

    settings = settings_of(data=data, database_url=database_url)
    try:
        with progress_bar() as progress:
            task = progress.add_task("Generating", total=None)
            today = settings.today()
            events = fill(
                settings, clients, seed, today, lambda done, of: progress.update(task, completed=done, total=of)
            )
    except NotEmpty:
        stderr.print("The store is not empty. Generate a network into an empty store.", style="red")
        raise typer.Exit(1) from None
    except LogFault as fault:
        stderr.print(str(fault), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    stderr.print(f"{clients} clients, {events} events.")


app.command("sign-in-link")(make_sign_in_link)
app.command("audit")(show_audit)
app.command("config")(show_config)
app.command("verify")(verify_log)
app.command("backup")(back_up)
app.command("restore")(restore)


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="A file of the type .jsonl, .ndjson, .csv, .tsv or .xlsx."
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check each line without recording anything.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Record valid lines even if others are refused.")] = False,
    mapping: Annotated[
        str | None,
        typer.Option(help='Columns that differ, as JSON: {"our column": "their column"} (default: as last time).'),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="The encoding of a CSV file, such as windows-1252.")] = None,
    date_order: Annotated[
        str | None, typer.Option(help="The order in dates such as 03/04/2025: dmy or mdy.", metavar="dmy|mdy")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook (default: the first that fits).")] = None,
    ignore_unknown: Annotated[
        bool | None,
        typer.Option(
            "--ignore-unknown/--refuse-unknown", help="Leave out unknown columns (default: as last time, or no)."
        ),
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import people, clients, engagements and milestones from a file: all or nothing."""
    if date_order not in (None, "dmy", "mdy"):
        raise typer.BadParameter("Enter dmy or mdy.", param_hint="--date-order")
    from api.auth.access import THE_OWNER
    from api.commands import CommandContext
    from api.http.problems import Problem
    from api.imports.files import read_remembering, type_of_name
    from api.imports.recording import ImportRefused, import_lines, preview
    from api.imports.tables.dates import DateOrder
    from api.imports.tables.options import TableOptions, read_mapping
    from web.server_client import find_server

    settings = settings_of(data=data, database_url=database_url)
    content, content_type = file.read_bytes(), type_of_name(file.name)
    if (running := find_server(settings.store)) is not None:
        flags = {"dry_run": dry_run, "partial": partial}
        flags |= {} if ignore_unknown is None else {"ignore_unknown": ignore_unknown}
        texts = {"mapping": mapping, "encoding": encoding, "date_order": date_order, "sheet": sheet}
        query = {name: str(flag).lower() for name, flag in flags.items()}
        query |= {name: text for name, text in texts.items() if text is not None}
        with progress_bar() as progress:
            task = progress.add_task("Checking" if dry_run else "Importing", total=None)
            answer = running.import_file(
                content, content_type, query, lambda done, total: progress.update(task, completed=done, total=total)
            )
        print_outcome(answer)
        return
    try:
        order = None if date_order is None else DateOrder(date_order)
        options = TableOptions(read_mapping(mapping), encoding, order, sheet, ignore_unknown)
    except Problem as problem:
        fail(str(problem.detail))
    with context_of(settings) as context, progress_bar() as progress:
        try:
            parsed = read_remembering(context, content_type, content, options)
        except Problem as problem:
            fail(str(problem.detail))
        task = progress.add_task("Checking" if dry_run else "Importing", total=len(parsed.lines))

        def show_progress(done: int) -> None:
            progress.update(task, completed=done)

        write = CommandContext(context, THE_OWNER)
        try:
            if dry_run:
                answer = json.loads(preview(write, parsed, show_progress).body)
            else:
                answer = json.loads(bytes(import_lines(write, parsed, partial=partial, on_progress=show_progress).body))
        except ImportRefused as refused:
            answer = refused.body()
        except Problem as problem:
            fail(str(problem.detail))
    print_outcome(answer)


@app.command("export")
def export_history(
    file: Annotated[
        Path, typer.Argument(dir_okay=False, writable=True, help="The file to write: .csv, .xlsx or else JSON Lines.")
    ],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the whole record to a file that can be imported into another store; JSON Lines have all versions."""
    from projections.log import LogFault
    from web.export import write_history

    try:
        with stderr.status("Exporting."):
            write_history(settings_of(data=data, database_url=database_url), file)
    except (LogFault, OSError) as fault:
        fail(str(fault))
    stderr.print(f"The record was written to {file}.", highlight=False, soft_wrap=True)


@app.command()
def report(
    pdf: Annotated[Path, typer.Option(dir_okay=False, writable=True, help="The file to write.")],
    quarter: Annotated[str | None, typer.Option(help="A quarter such as 2026-Q3 (default: the current one).")] = None,
    client: Annotated[str | None, typer.Option(help="Only this client (name, slug or id).")] = None,
    known_at: Annotated[str | None, typer.Option(help="The knowledge time: a day (its end) or an instant.")] = None,
    fees: Annotated[bool, typer.Option("--fees", help="Show fees.")] = False,
    paper: Annotated[str, typer.Option(help="The size of the pages: a4 or letter.")] = "a4",
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the board report of the portfolio or of one client as PDF."""
    from projections.log import LogFault
    from web.board.command import ReportUnavailable, report_pdf, write_atomically
    from web.forms import Unreadable

    settings = settings_of(data=data, database_url=database_url)
    try:
        with stderr.status("Writing the report."):
            client_id = None if client is None else find_client(settings, client)
            write_atomically(pdf, report_pdf(settings, quarter, client_id, known_at, fees=fees, paper=paper))
    except (LogFault, ReportUnavailable, OSError, Unreadable) as fault:
        stderr.print(str(fault), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    stderr.print(f"The board report was written to {pdf}.", highlight=False, soft_wrap=True)


@app.command()
def migrate(database_url: DatabaseUrl = None, data: Data = None) -> None:
    """Migrate the store to the version of this program."""
    with context_of(settings_of(data=data, database_url=database_url)):
        stderr.print("The store is of this program's version.")


@app.command()
def rebuild(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Rebuild all read models from the log while the current ones stay in use."""
    from api.auth.access import THE_OWNER
    from api.http.health import rebuild_read_models, stopped_sentences
    from projections.views import NotCaughtUp, ProjectionFault
    from web.server_client import find_server

    settings = settings_of(data=data, database_url=database_url)
    with progress_bar() as progress:
        task = progress.add_task("Rebuilding", total=None)

        def show_progress(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        if (running := find_server(settings.store)) is not None:
            answer = running.rebuild(show_progress)
            if not answer.is_success:
                fail(answer.json()["detail"])
            reached, stopped = answer.json()["position"], answer.json()["stopped_streams"]
        else:
            with context_of(settings) as context:
                try:
                    reached = rebuild_read_models(context, THE_OWNER, show_progress)
                except (NotCaughtUp, ProjectionFault) as fault:
                    fail(str(fault))
                stopped = stopped_sentences(context)
        progress.update(task, completed=reached, total=reached)
    for sentence in stopped:
        stderr.print(sentence, style="red", highlight=False, soft_wrap=True)
    if stopped:
        count = "One stream is stopped" if len(stopped) == 1 else f"{len(stopped)} streams are stopped"
        stderr.print(f"{count}; all others are at position {reached}.", highlight=False)
        raise typer.Exit(1)
    stderr.print(f"All read models are at position {reached}.")


def print_outcome(answer: dict[str, Any]) -> None:
    """Print the outcome of an import; exits with status 1 if lines were refused."""
    from api.imports.importer import Outcome

    if "rows" not in answer:
        stderr.print(answer["detail"], style="red", highlight=False)
        raise typer.Exit(1)
    if answer.get("mapping_source") == "remembered":
        stderr.print("Columns as last time. Use --mapping '{}' to match them by name.", style="yellow", highlight=False)
    for warning in answer.get("warnings", ()):
        stderr.print(warning, style="yellow", highlight=False, soft_wrap=True)
    counted = Counter(row["outcome"] for row in answer["rows"])
    for row in answer["rows"]:
        if row["problem"] is not None:
            ref = "" if row["ref"] is None else f" ({row['ref']})"
            stderr.print(f"line {row['line']}{ref}: {row['problem']['detail']}", highlight=False, soft_wrap=True)
        for warning in row["warnings"]:
            stderr.print(f"line {row['line']}: {warning}", style="yellow", highlight=False, soft_wrap=True)
    stderr.print(", ".join(f"{counted[outcome]} {outcome}" for outcome in Outcome if counted[outcome]), highlight=False)
    if "id" not in answer:
        stderr.print("Nothing was recorded.", style="red")
    if counted[Outcome.REFUSED]:
        raise typer.Exit(1)
