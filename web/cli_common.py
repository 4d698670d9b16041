"""Shared parts of the command line: settings, stores, API calls and output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from unicodedata import normalize
from urllib.parse import quote, urlencode

import typer
from rich.console import Console

from domain.text import fold
from web.bidi import isolate

if TYPE_CHECKING:
    import httpx
    from pydantic_core import ErrorDetails
    from rich.progress import Progress

    from api.context import AppContext
    from web.settings import Settings

stderr = Console(stderr=True)
"""Messages for people. Output for other programs goes to the standard output."""

PAGE_SIZE = 500
Data = Annotated[Path | None, typer.Option(envvar="SEATLINE_DATA", help="The data folder (SQLite); default ./data.")]
DatabaseUrl = Annotated[
    str | None, typer.Option(envvar="SEATLINE_DATABASE_URL", help="A PostgreSQL URL, used instead of a folder.")
]


def settings_of(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Path | None = None,
    database_url: str | None = None,
    read_only: bool | None = None,
    webhooks_allow_private: bool | None = None,
) -> Settings:
    """The settings; command-line options take precedence over the environment.

    Prints a message and exits if they are invalid.
    """
    from pydantic import ValidationError

    from web.settings import Settings

    options = {
        "host": host,
        "port": port,
        "data": data,
        "database_url": database_url,
        "read_only": read_only,
        "webhooks_allow_private": webhooks_allow_private,
    }
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as fault:
        fail("\n".join(_wrong_setting(error) for error in fault.errors()))


def _wrong_setting(error: ErrorDetails) -> str:
    from api.schemas.messages import message_of

    name = "".join(f"SEATLINE_{part} ".upper() for part in error["loc"])
    return f"{name}{message_of(error['msg'])}."


@contextmanager
def context_of(settings: Settings) -> Iterator[AppContext]:
    """Open the stores; prints a message and exits if they cannot be opened."""
    from projections.log import LogFault
    from web.stores import open_context

    try:
        with open_context(settings) as context:
            yield context
    except LogFault as fault:
        fail(str(fault))


def fail(sentence: str) -> NoReturn:
    """Print an error message and exit with status 1."""
    stderr.print(sentence, style="red", highlight=False, soft_wrap=True)
    raise typer.Exit(1) from None


def progress_bar() -> Progress:
    """A progress bar on the standard error."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=stderr
    )


def call_api(
    settings: Settings,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
) -> Any:
    """Call the API as the owner of the store, and return the JSON of the answer.

    `path` is relative to the API unless a `form` is sent. Prints a message and exits if the request fails.
    """
    answer = _send(settings, method, path, body, form)
    if not answer.is_success:
        problem = answer.json()
        fail("; ".join(f"{e['field']} {e['message']}" for e in problem.get("errors", ())) or problem["detail"])
    return answer.json() if answer.content else None


def _is_found(settings: Settings, path: str) -> bool:
    """Whether the API has something at a path."""
    return _send(settings, "GET", path).is_success


def _send(
    settings: Settings,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send a request to the running server, or else to an application in this process."""
    import httpx

    from api.http.prefix import PREFIX
    from web.server_client import find_server

    running = find_server(settings.store)
    request: dict[str, Any] = {"json": body, "data": form, "headers": {"Accept": "application/json"}}
    url = path if form is not None else f"{PREFIX}{path}"
    try:
        if running is not None:
            request["headers"]["Authorization"] = f"Bearer {running.secret}"
            return httpx.request(method, running.url + url, timeout=60.0, trust_env=False, **request)
        return _call_in_process(settings, method, url, request)
    except httpx.HTTPError as fault:
        fail(str(fault))


def _call_in_process(settings: Settings, method: str, url: str, request: dict[str, Any]) -> httpx.Response:
    # imported only here: the application takes seconds to load
    import httpx
    from anyio.from_thread import start_blocking_portal

    from projections.log import LogFault
    from web.app import create_app

    async def ask() -> httpx.Response:
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            context: AppContext = app.state.context
            request["headers"]["Authorization"] = f"Bearer {context.owner_secret}"
            there = f"http://{settings.host}:{settings.port}"
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=there) as client:
                return await client.request(method, url, **request)

    try:
        with start_blocking_portal() as portal:
            return portal.call(ask)
    except LogFault as fault:
        fail(str(fault))


def list_items(settings: Settings, path: str, **query: str) -> Iterator[dict[str, Any]]:
    """Every item of an API list, page by page."""
    while True:
        page = call_api(settings, "GET", f"{path}?{urlencode({**query, 'limit': PAGE_SIZE})}")
        yield from page["items"]
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


def matching_items(items: Iterable[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """The items with this id, email address or name.

    Names are compared by their folded keys; if some are spelled exactly as typed, only those match.
    """
    # imported only here: slow to load, and needed by few commands
    from api.state.addresses import email_key

    address, key, spelling = email_key(text), fold(text), normalize("NFC", text.strip())
    exact, similar = [], []
    for item in items:
        is_that_address = item.get("email") is not None and email_key(item["email"]) == address
        if is_that_address or item["id"] == text.lower() or item["name"] == spelling:
            exact.append(item)
        elif fold(item["name"]) == key:
            similar.append(item)
    return exact or similar


def items_named(settings: Settings, path: str, text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The items of an API list with a name or email address, and those that only resemble it.

    Where no item has the present name, those match that have it among their former names: the search finds them,
    although their present name does not contain the text.
    """
    items = list(list_items(settings, path, q=text))
    key = fold(text)
    matches = matching_items(items, text) or [item for item in items if key not in fold(item["name"])]
    return matches, [item for item in items if item not in matches]


def find_named(settings: Settings, path: str, text: str, message: str) -> dict[str, Any]:
    """The only item with this id, email address or name, present or former; exits if there is not exactly one."""
    from domain.client import is_uuid

    if is_uuid(text):
        item: dict[str, Any] = call_api(settings, "GET", f"{path}/{text}")
        return item
    matches, similar = items_named(settings, path, text)
    candidates = ", ".join(f"{item['name']} ({item.get('slug', item['id'])})" for item in (matches or similar)[:5])
    return single_match(matches, f"{message} Did you mean: {candidates}?" if candidates else message)


def find_client(settings: Settings, text: str) -> str:
    """The id or slug of the client with this id, slug or name, present or former; exits if that is not one client."""
    from domain.client import is_uuid

    if is_uuid(text):
        return text
    matches, similar = items_named(settings, "/clients", text)
    if not matches and not similar:
        return text  # a slug, or refused by the command
    if any(item["slug"] == text for item in (*matches, *similar)) or _is_found(settings, f"/clients/{quote(text)}"):
        return text
    return str(find_named(settings, "/clients", text, "No single client has this name, slug or id.")["slug"])


def find_clients(settings: Settings, texts: Iterable[str] | None) -> list[str] | None:
    """The ids or slugs of these clients; null for none."""
    return [find_client(settings, text) for text in texts or ()] or None


def single_match(matches: list[dict[str, Any]], message: str) -> dict[str, Any]:
    """The only match; prints `message` and exits unless there is exactly one."""
    if len(matches) != 1:
        fail(message)
    return matches[0]


def print_table(titles: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> None:
    """Print a table: formatted in a terminal, tab-separated otherwise."""
    out = Console()
    if not out.is_terminal:
        for row in (titles, *rows):
            typer.echo("\t".join(cell or "" for cell in row))
        return
    from rich.table import Table

    table = Table(*titles, box=None)
    for row in rows:
        table.add_row(*(isolate(cell or "") for cell in row))
    out.print(table)


def minute_text(instant: str | None) -> str:
    """An instant to the minute, in UTC."""
    return "" if instant is None else f"{instant[:10]} {instant[11:16]}Z"
