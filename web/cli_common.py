"""What every command of the command line shares: which store, how it is opened, and how the API is asked from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from unicodedata import normalize
from urllib.parse import urlencode

import typer
from rich.console import Console

from domain.text import fold
from web.bidi import isolate

if TYPE_CHECKING:
    import httpx
    from pydantic_core import ErrorDetails

    from api.context import AppContext
    from web.settings import Settings

said = Console(stderr=True)
"""For people; what another program may want to read goes to the standard output."""

AT_ONCE = 500
Data = Annotated[
    Path | None, typer.Option(envvar="SEATLINE_DATA", help="The data folder (SQLite); ./data unless told.")
]
DatabaseUrl = Annotated[
    str | None, typer.Option(envvar="SEATLINE_DATABASE_URL", help="A PostgreSQL address, instead of a folder.")
]


def settings_of(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Path | None = None,
    database_url: str | None = None,
) -> Settings:
    """The settings, with what the command line says put before what the environment says.

    Says in a sentence what is wrong with them, and ends the program.
    """
    from pydantic import ValidationError

    from web.settings import Settings

    given = {"host": host, "port": port, "data": data, "database_url": database_url}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as fault:
        refuse("\n".join(_wrong_setting(error) for error in fault.errors()))


def _wrong_setting(error: ErrorDetails) -> str:
    from api.schemas.messages import message_of

    name = "".join(f"SEATLINE_{part} ".upper() for part in error["loc"])
    return f"{name}{message_of(error['msg'])}."


@contextmanager
def context_of(settings: Settings) -> Iterator[AppContext]:
    """The open stores; says in one sentence why they cannot be opened, and ends the program."""
    from projections.log import LogFault
    from web.stores import open_context

    try:
        with open_context(settings) as context:
            yield context
    except LogFault as fault:
        refuse(str(fault))


def refuse(sentence: str) -> NoReturn:
    """Say why something is not done, and end the program."""
    said.print(sentence, style="red", highlight=False, soft_wrap=True)
    raise typer.Exit(1) from None


def asked(
    settings: Settings,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
) -> Any:
    """What the API answers to the owner of the store: of the server that runs there, or else of one begun for this.

    `path` lies under the API unless a `form` is sent. Ends the program with what is wrong.
    """
    import httpx

    from api.http.prefix import PREFIX
    from web.server_client import find_server

    running = find_server(settings.store)
    request: dict[str, Any] = {"json": body, "data": form, "headers": {"Accept": "application/json"}}
    url = path if form is not None else f"{PREFIX}{path}"
    try:
        if running is not None:
            request["headers"]["Authorization"] = f"Bearer {running.secret}"
            answer = httpx.request(method, running.url + url, timeout=60.0, trust_env=False, **request)
        else:
            answer = _ask_here(settings, method, url, request)
    except httpx.HTTPError as fault:
        refuse(str(fault))
    if not answer.is_success:
        problem = answer.json()
        refuse("; ".join(f"{e['field']} {e['message']}" for e in problem.get("errors", ())) or problem["detail"])
    return answer.json() if answer.content else None


def _ask_here(settings: Settings, method: str, url: str, request: dict[str, Any]) -> httpx.Response:
    # the whole application takes seconds to load, and a running server has spared us that
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
        refuse(str(fault))


def every(settings: Settings, path: str, **query: str) -> Iterator[dict[str, Any]]:
    """Every item of a list of the API."""
    while True:
        page = asked(settings, "GET", f"{path}?{urlencode({**query, 'limit': AT_ONCE})}")
        yield from page["items"]
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


def matching(items: Iterable[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """The items of an id, an email address or a name.

    Names are compared by their folded keys; where some are spelled just as they were typed, only those match.
    """
    # half of what an email address takes to be read, for what few commands do
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


def single_match(found: list[dict[str, Any]], otherwise: str) -> dict[str, Any]:
    """The only one that was found; ends the program when there are none or several."""
    if len(found) != 1:
        refuse(otherwise)
    return found[0]


def show(titles: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> None:
    """A table on the standard output: for people in a terminal, separated by tabs for programs."""
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


def moment(instant: str | None) -> str:
    """An instant to the minute, in UTC."""
    return "" if instant is None else f"{instant[:10]} {instant[11:16]}Z"
