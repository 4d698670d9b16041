"""The command `seatline export`: writes the whole record to a file, from the running server if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.auth.access import THE_OWNER
from api.exports import history_lines
from api.queries import QueryContext
from web.server_client import find_server
from web.settings import Settings
from web.stores import open_context


def write_history(settings: Settings, file: Path) -> None:
    """Write the whole record as JSON Lines; a file that is there is replaced at the end.

    Raises `LogFault`, `OSError` and `httpx.HTTPError`.
    """
    unfinished = file.with_name(f".{file.name}.part")
    try:
        with _history(settings) as content, unfinished.open("wb") as target:
            target.writelines(content)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _history(settings: Settings) -> Iterator[Iterator[bytes]]:
    if (running := find_server(settings.store)) is not None:
        with running.download("/exports/history", {"format": "jsonl"}) as answer:
            answer.raise_for_status()
            yield answer.iter_bytes()
        return
    with open_context(settings) as context:
        yield history_lines(QueryContext(context, THE_OWNER, None), None)
