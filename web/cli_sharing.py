"""Command line: share links, export and erasure of personal data, and the audit log."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from web.cli_common import (
    Data,
    DatabaseUrl,
    call_api,
    fail,
    find_client,
    find_named,
    list_items,
    matching_items,
    minute_text,
    print_table,
    settings_of,
    stderr,
)

if TYPE_CHECKING:
    from web.settings import Settings

share_links = typer.Typer(no_args_is_help=True, help="Share links: public links to one client's timeline.")
people = typer.Typer(no_args_is_help=True, help="People and their personal data.")

LINK_DAYS = 30
PersonArgument = Annotated[str, typer.Argument(help="The name, email address or id.")]


@share_links.command("create")
def create(
    client: Annotated[str, typer.Argument(help="The client (name, slug or id).")],
    expires_in_days: Annotated[int, typer.Option(min=1, max=36_500, help="Days until the link expires.")] = LINK_DAYS,
    money: Annotated[bool, typer.Option("--money", help="Include fees and other amounts.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Include notes.")] = False,
    assessments: Annotated[
        bool, typer.Option("--assessments", help="Include the written reads of assessments.")
    ] = False,
    embed: Annotated[bool, typer.Option("--embed", help="Allow embedding in other sites.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Protect the link with a password (prompted).")] = False,
    as_of: Annotated[str | None, typer.Option(help="The as-of date (default: the day of viewing).")] = None,
    known_at: Annotated[str | None, typer.Option(help="The knowledge time: a day (its end) or an instant.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a share link to a client's timeline and print its address. It is shown only once."""
    settings = settings_of(data=data, database_url=database_url)
    body: dict[str, Any] = {"client": find_client(settings, client), "money": money, "notes": notes, "embed": embed}
    body["assessments"] = assessments
    body["expires_at"] = (datetime.now(UTC) + timedelta(days=expires_in_days)).isoformat()
    body["as_of"] = as_of and parse_day(as_of).isoformat()
    body["known_at"] = known_at and parse_known_at(settings, known_at).isoformat()
    if password:
        body["password"] = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    typer.echo(call_api(settings, "POST", "/share-links", body)["url"])


@share_links.command("list")
def show_links(
    client: Annotated[str | None, typer.Option(help="Only links to this client (name, slug or id).")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List all share links, without their addresses."""
    settings = settings_of(data=data, database_url=database_url)
    query = {} if client is None else {"client": find_client(settings, client)}
    links = list(list_items(settings, "/share-links", **query))
    print_table(
        ("Client", "Shows", "Frozen at", "Expires", "Revoked", "Uses", "Last used", "Id"),
        [
            (
                *(
                    link["client_name"] or link["client"],
                    options_text(link),
                    " ".join(filter(None, (link["as_of"], minute_text(link["known_at"])))),
                ),
                *(minute_text(link["expires_at"]), minute_text(link["revoked_at"]), str(link["uses"])),
                *(minute_text(link["last_used_at"]), link["id"]),
            )
            for link in links
        ],
    )


@share_links.command("revoke")
def revoke(
    share_link: Annotated[str, typer.Argument(help="The link's id.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Revoke a link. It stops working immediately."""
    call_api(settings_of(data=data, database_url=database_url), "DELETE", f"/share-links/{share_link}")


@people.command("list")
def show_people(
    q: Annotated[str | None, typer.Option("--q", help="Part of a name, or an email address.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List people by name, without erased persons."""
    matches = list_items(
        settings_of(data=data, database_url=database_url), "/people", **({} if q is None else {"q": q})
    )
    print_table(("Name", "Email", "Employer", "Id"), [(p["name"], p["email"], p["employer"], p["id"]) for p in matches])


@people.command("export")
def export(
    person: PersonArgument,
    file: Annotated[Path | None, typer.Option(dir_okay=False, help="The output file (default: stdout).")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Export a person's personal data as JSON. The export is recorded in the audit log."""
    settings = settings_of(data=data, database_url=database_url)
    data_held = call_api(settings, "GET", f"/people/{find_person(settings, person)['id']}/personal-data")
    written = json.dumps(data_held, indent=2, ensure_ascii=False) + "\n"
    if file is None:
        typer.echo(written, nl=False)
        return
    try:
        with open(file, "w", encoding="utf-8", opener=private_opener) as out:
            out.write(written)
    except OSError as fault:
        fail(str(fault))


@people.command("erase")
def erase(
    person: PersonArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Skip confirmation.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Permanently erase a person's name and email address. Views then show "erased person"."""
    settings = settings_of(data=data, database_url=database_url)
    match = find_person(settings, person)
    if yes and not matching_items([match], person):
        fail(f"This is a former name of {match['name']}. Enter the present name or the id ({match['id']}).")
    if not yes:
        typer.confirm(f"Erase {match['name']} ({match['id']}) for good?", abort=True, err=True)
    call_api(settings, "DELETE", f"/people/{match['id']}")
    stderr.print("Erased. Remaining copies in free database pages are removed at the next start.")


def show_audit(
    by: Annotated[
        str | None, typer.Option(help="Only actions of this person (name, email address or id) or key (id).")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only this action (key.made), subject (key), or recorded.")] = None,
    since: Annotated[str | None, typer.Option(help="Only actions since this day or instant.")] = None,
    most: Annotated[int, typer.Option(min=1, help="The maximum number of entries.")] = 100,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List actions with their user and key or session, newest first."""
    from domain.client import is_uuid

    settings = settings_of(data=data, database_url=database_url)
    first = since and parse_start(settings, since).isoformat()
    by = by if by is None or is_uuid(by) else find_person(settings, by)["id"]
    query = {name: value for name, value in {"by": by, "kind": kind, "since": first}.items() if value}
    entries = islice(list_items(settings, "/audit", **query), most)
    print_table(
        ("At", "Who", "Access", "Key or session", "Action", "Subject", "Details"),
        [
            (
                *(minute_text(entry["at"]), entry["name"], entry["door"], entry["door_id"], entry["kind"]),
                *(entry["client"] or entry["subject"], json.dumps(entry["detail"]) if entry["detail"] else ""),
            )
            for entry in entries
        ],
    )


def find_person(settings: Settings, text: str) -> dict[str, Any]:
    """The only person with this email address, id or name, present or former; exits if there is not exactly one."""
    return find_named(settings, "/people", text, "No single person has this name, email address or id.")


def parse_day(text: str) -> date:
    """Parse a day; exits if it is invalid."""
    from web.forms import Unreadable, read_day

    try:
        return read_day(text)
    except Unreadable as fault:
        fail(str(fault))


def parse_known_at(settings: Settings, text: str) -> datetime:
    """Parse an instant, or a day (its end in the firm's time zone); exits if it is invalid."""
    from web.forms import Unreadable, read_known_at

    try:
        return read_known_at(text, firm_zone(settings), datetime.now(UTC))
    except Unreadable as fault:
        fail(str(fault))


def parse_start(settings: Settings, text: str) -> datetime:
    """Parse an instant, or a day (its beginning in the firm's time zone); exits if it is invalid."""
    from web.forms import start_of

    return parse_known_at(settings, text) if "T" in text.upper() else start_of(parse_day(text), firm_zone(settings))


def firm_zone(settings: Settings) -> ZoneInfo:
    """The firm's time zone."""
    return ZoneInfo(call_api(settings, "GET", "/settings")["time_zone"])


def private_opener(path: str, flags: int) -> int:
    """Opens files with permissions for their owner only."""
    return os.open(path, flags, 0o600)


def options_text(link: dict[str, Any]) -> str:
    """What a link includes, and whether it has a password."""
    return ", ".join(name for name in ("money", "notes", "assessments", "embed") if link[name]) + (
        " (password)" if link["has_password"] else ""
    )
