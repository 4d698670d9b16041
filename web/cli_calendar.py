"""Command line: calendar links."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from web.cli_access import ClientsOption, limit_text
from web.cli_common import Data, DatabaseUrl, call_api, find_clients, list_items, minute_text, print_table, settings_of

calendar_links = typer.Typer(no_args_is_help=True, help="Calendar links: upcoming dates for calendar programs.")


@calendar_links.command("create")
def create(
    name: Annotated[str | None, typer.Option(help="The calendar's name.")] = None,
    clients: ClientsOption = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a calendar link and print its address. It is shown only once."""
    settings = settings_of(data=data, database_url=database_url)
    body: dict[str, Any] = {"name": name, "clients": find_clients(settings, clients)}
    typer.echo(call_api(settings, "POST", "/calendar-links", body)["url"])


@calendar_links.command("list")
def show_calendar_links(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List all calendar links, without their addresses."""
    links = list_items(settings_of(data=data, database_url=database_url), "/calendar-links")
    print_table(
        ("Name", "Clients", "Created", "Revoked", "Uses", "Last used", "Id"),
        [
            (
                *(link["name"] or "", limit_text(link["clients"]), minute_text(link["created_at"])),
                *(minute_text(link["revoked_at"]), str(link["uses"]), minute_text(link["last_used_at"]), link["id"]),
            )
            for link in links
        ],
    )


@calendar_links.command("revoke")
def revoke(
    calendar_link: Annotated[str, typer.Argument(help="The link's id.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Revoke a link. It stops working immediately."""
    call_api(settings_of(data=data, database_url=database_url), "DELETE", f"/calendar-links/{calendar_link}")
