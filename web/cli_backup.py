"""The commands `seatline backup` and `seatline restore`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from web.cli_common import Data, DatabaseUrl, fail, progress_bar, settings_of, stderr

if TYPE_CHECKING:
    from rich.progress import Progress

    from api.backup.archive import Manifest
    from web.settings import Settings


def back_up(
    file: Annotated[
        Path, typer.Argument(help="The file to write, or a folder, where a file named after the time is written.")
    ],
    keep: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Add the time (UTC) to the file's name, and keep only this many of the newest such files.",
        ),
    ] = None,
    damaged: Annotated[
        bool, typer.Option("--damaged", help="Back up the log as it is, even if events were changed or deleted.")
    ] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the whole store to one file, whether or not a server is running.

    The log is verified at the same time. Prints the end of the log as POSITION:DIGEST, as `seatline verify` does.
    """
    from api.backup.backup import write_backup
    from api.backup.files import file_of, remove_old, replacing

    settings = settings_of(data=data, database_url=database_url)
    path = file_of(file, datetime.now(UTC), dated=keep is not None)
    with _failing(), progress_bar() as progress:
        show_progress = _task(progress, "Backing up")
        with replacing(path) as part:
            manifest = write_backup(settings.store, part, even_damaged=damaged, progress=show_progress)
        if keep is not None:
            remove_old(path, keep)
    _print_end(manifest)
    events = manifest.members["events.jsonl"].rows
    _record(settings, manifest.position, events)
    stderr.print(f"The backup is in {path}: {events} events.", highlight=False, soft_wrap=True)
    _warn_of_damages(manifest)


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A backup.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill an empty store from a backup; the store may be of the other kind of database. No server may run there.

    Prints the end of the log as POSITION:DIGEST, as `seatline backup` did.
    """
    from api.backup.restore import restore_backup

    settings = settings_of(data=data, database_url=database_url)
    with _failing(), progress_bar() as progress:
        manifest = restore_backup(
            settings.store, file, on_check=_task(progress, "Checking"), progress=_task(progress, "Restoring")
        )
    _print_end(manifest)
    stderr.print(f"The backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC is restored.", highlight=False)
    _warn_of_damages(manifest)


def _record(settings: Settings, position: int, events: int) -> None:
    """Record in the audit that a backup was made. If that is not possible, the backup is as good."""
    import httpx

    from api.auth.access import THE_OWNER
    from api.http.problems import Problem
    from api.http.verifications import BackupMade, record_backup
    from projections.log import LogFault
    from web.server_client import find_server
    from web.stores import open_context

    backup = BackupMade(position=position, events=events)
    try:
        if (running := find_server(settings.store)) is not None:
            answer = running.record_backup(backup.model_dump())
            if answer.is_success:
                return
            why = str(answer.json()["detail"])
        else:
            with open_context(settings) as context:
                record_backup(context, THE_OWNER, backup)
            return
    except (LogFault, Problem, OSError, httpx.HTTPError) as fault:
        why = str(fault)
    stderr.print(f"The backup is not in the audit: {why}", style="yellow", highlight=False, soft_wrap=True)


@contextmanager
def _failing() -> Iterator[None]:
    """Print what goes wrong, and exit with status 1."""
    from projections.log import LogFault

    try:
        yield
    except (LogFault, OSError) as fault:
        fail(str(fault))


def _task(progress: Progress, description: str) -> Callable[[int, int], None]:
    """What shows a task's progress once it has begun."""
    task = progress.add_task(description, total=None, visible=False)
    return lambda done, of: progress.update(task, completed=done, total=of, visible=True)


def _print_end(manifest: Manifest) -> None:
    if manifest.end is not None:
        typer.echo(str(manifest.end))


def _warn_of_damages(manifest: Manifest) -> None:
    if manifest.damages:
        stderr.print("The log is damaged: `seatline verify` names the events.", style="red", highlight=False)
