"""The command `seatline export`: writes the whole record to a file, from the running server if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.auth.access import THE_OWNER
from api.exports import HistoryFile, HistoryFormat
from api.http.unreadable_rows import HEADER
from api.queries import Moment, QueryContext
from api.state.readable_rows import noting_damage
from projections.clients import EVERY_CLIENT
from web.cli_common import stderr
from web.server_client import find_server
from web.settings import Settings
from web.stores import open_context


def write_history(settings: Settings, file: Path) -> None:
    """Write the whole record in the format of the file's ending; a file that is there is replaced at the end.

    Raises `LogFault`, `OSError` and `httpx.HTTPError`.
    """
    unfinished = file.with_name(f".{file.name}.part")
    try:
        with _history(settings, format_of(file)) as content, unfinished.open("wb") as target:
            target.writelines(content)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _history(settings: Settings, file_format: HistoryFormat) -> Iterator[Iterator[bytes]]:
    if (running := find_server(settings.store)) is not None:
        with running.download("/exports/history", {"format": file_format.value}) as answer:
            answer.raise_for_status()
            _warn(answer.headers.get(HEADER, ""))
            yield answer.iter_bytes()
        return
    with open_context(settings) as context, noting_damage() as damage:
        at = Moment(context.today(), None)
        yield HistoryFile(QueryContext(context, THE_OWNER, None), EVERY_CLIENT, at).content(file_format)
        _warn(", ".join(map(str, sorted(damage))))


def _warn(left_out: str) -> None:
    """Say what the file leaves out, if anything."""
    if left_out:
        stderr.print(
            f"Left out because it cannot be read: {left_out}.", style="yellow", highlight=False, soft_wrap=True
        )


def format_of(file: Path) -> HistoryFormat:
    """A table for a file that ends in .csv or .xlsx, otherwise JSON Lines."""
    ending = file.suffix.lower().removeprefix(".")
    return HistoryFormat(ending) if ending in list(HistoryFormat) else HistoryFormat.JSONL
