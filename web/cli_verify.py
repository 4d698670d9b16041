"""The command `seatline verify`: compares the log with its hash chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from web.cli_common import Data, DatabaseUrl, context_of, fail, progress_bar, settings_of, stderr

if TYPE_CHECKING:
    from api.state.damage import DamagedRow
    from projections.log.hash_chain import ChainEnd
    from projections.log.verification import Verification
    from web.settings import Settings


def verify_log(
    head: Annotated[
        list[str] | None,
        typer.Option(help="POSITION:DIGEST as printed earlier, which the log must still contain; repeatable."),
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Check that no recorded event was changed, deleted, inserted, moved or cut off. Exits with status 1 if one was.

    Also names every stored row of people, keys, settings and the like that cannot be read (status 1, too).

    Prints the end of the log as POSITION:DIGEST. Note it outside the store: a later check with --head then also finds
    a log that was rewritten or cut off as a whole.
    """
    from projections.log import LogFault
    from projections.log.hash_chain import parse_end

    settings = settings_of(data=data, database_url=database_url)
    try:
        noted = [parse_end(text) for text in head or ()]
    except ValueError:
        raise typer.BadParameter("Enter POSITION:DIGEST as printed.", param_hint="--head") from None
    with progress_bar() as progress:
        task = progress.add_task("Verifying", total=None)

        def show_progress(done: int, of: int) -> None:
            progress.update(task, completed=done, total=max(done, of))

        try:
            verification = _verify(settings, noted, show_progress)
        except LogFault as fault:
            fail(str(fault))
    for damage in verification.damages:
        stderr.print(str(damage), style="red", highlight=False, soft_wrap=True)
    if (unlisted := verification.damage_count - len(verification.damages)) > 0:
        stderr.print(f"And {unlisted} more.", style="red", highlight=False)
    typer.echo(str(verification.end))
    unreadable = _unreadable_rows(settings)
    for row in unreadable:
        stderr.print(str(row), style="red", highlight=False, soft_wrap=True)
    if not verification.is_sound:
        fail("The log is damaged. Keep a copy of it, and restore a backup.")
    stderr.print(f"All {verification.events} events are as they were recorded.", highlight=False)
    if unreadable:
        fail("Stored rows cannot be read. All others can; repair these, or restore a backup.")


def _unreadable_rows(settings: Settings) -> Sequence[DamagedRow]:
    """The rows of the stored state that cannot be read, except in a store of an earlier version."""
    from api.backup.snapshot import open_snapshot
    from api.state.damage import find_damage
    from api.state.migrate import is_current
    from projections.log import LogFault

    try:
        with open_snapshot(settings.store) as snapshot:
            return list(find_damage(snapshot.connection)) if is_current(snapshot.connection) else ()
    except LogFault as fault:
        fail(str(fault))


def _verify(settings: Settings, noted: Sequence[ChainEnd], progress: Callable[[int, int], None]) -> Verification:
    """Verify the log, and record the outcome in its audit. Raises `LogFault`.

    The outcome is returned even if it cannot be recorded, on a full disk or a read-only server.
    """
    from api.auth.access import THE_OWNER
    from api.http.verifications import last_sound_end, record_verification, result_of
    from projections.log import LogFault
    from projections.log.hash_chain import parse_end
    from projections.log.stored_log import verify_store
    from web.server_client import find_server

    if (running := find_server(settings.store)) is not None:
        before = running.state().get("verified_end")
        verification = verify_store(settings.store, [*noted, *([parse_end(before)] if before else [])], progress)
        answer = running.record_verification(result_of(verification).model_dump())
        if not answer.is_success:
            _warn(answer.json()["detail"])
        return verification
    with context_of(settings) as context:
        with context.log.engine.connect() as connection:
            last = last_sound_end(connection)
        verification = verify_store(settings.store, [*noted, *([last] if last else [])], progress)
        if context.is_read_only:
            _warn("The server is read-only.")
        else:
            try:
                record_verification(context, THE_OWNER, result_of(verification))
            except LogFault as fault:
                _warn(str(fault))
    return verification


def _warn(why: str) -> None:
    stderr.print(f"The outcome was not recorded: {why}", style="yellow", highlight=False, soft_wrap=True)
