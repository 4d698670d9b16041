"""Command line: share links, export and erasure of personal data, and the audit log."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from web.cli_common import (
    Data,
    DatabaseUrl,
    asked,
    every,
    matching,
    moment,
    refuse,
    said,
    settings_of,
    show,
    single_match,
)

if TYPE_CHECKING:
    from web.settings import Settings

share_links = typer.Typer(no_args_is_help=True, help="Links that show one client's timeline.")
people = typer.Typer(no_args_is_help=True, help="People, and what is held on them.")

LINK_LASTS_DAYS = 30
Person = Annotated[str, typer.Argument(help="The name, the email address or the id.")]


@share_links.command("create")
def create(
    client: Annotated[str, typer.Argument(help="The client (id or slug).")],
    expires_in_days: Annotated[int, typer.Option(min=1, max=36_500, help="How long it opens.")] = LINK_LASTS_DAYS,
    money: Annotated[bool, typer.Option("--money", help="Show fees and sums.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Show what was written beside milestones.")] = False,
    embed: Annotated[bool, typer.Option("--embed", help="Let other sites show the drawing.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Ask here for a password that it will want.")] = False,
    as_of: Annotated[str | None, typer.Option(help="What held on this day; else on the day it is looked at.")] = None,
    known_at: Annotated[str | None, typer.Option(help="What was known at the end of a day, or at an instant.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Share a client's timeline, and print the address. It is shown this once."""
    body: dict[str, Any] = {"client": client, "money": money, "notes": notes, "embed": embed}
    body["expires_at"] = (datetime.now(UTC) + timedelta(days=expires_in_days)).isoformat()
    body["as_of"] = as_of and day_of(as_of).isoformat()
    body["known_at"] = known_at and instant_of(known_at).isoformat()
    if password:
        body["password"] = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    typer.echo(asked(settings_of(data=data, database_url=database_url), "POST", "/share-links", body)["url"])


@share_links.command("list")
def show_links(
    client: Annotated[str | None, typer.Option(help="Only links to this client (id or slug).")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List all links, without their addresses."""
    query = {} if client is None else {"client": client}
    found = every(settings_of(data=data, database_url=database_url), "/share-links", **query)
    show(
        ("Client", "Shows", "Pinned to", "Expires", "Revoked", "Uses", "Last used", "Id"),
        [
            (
                *(link["client"], shown(link), " ".join(filter(None, (link["as_of"], moment(link["known_at"]))))),
                *(moment(link["expires_at"]), moment(link["revoked_at"]), str(link["uses"])),
                *(moment(link["last_used_at"]), link["id"]),
            )
            for link in found
        ],
    )


@share_links.command("revoke")
def revoke(
    share_link: Annotated[str, typer.Argument(help="The link's id.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Revoke a link: from now on it opens nothing, for nobody."""
    asked(settings_of(data=data, database_url=database_url), "DELETE", f"/share-links/{share_link}")


@people.command("list")
def show_people(
    q: Annotated[str | None, typer.Option("--q", help="Part of a name, or an email address.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List people by name; whoever was erased is left out."""
    found = every(settings_of(data=data, database_url=database_url), "/people", **({} if q is None else {"q": q}))
    show(("Name", "Email", "Employer", "Id"), [(p["name"], p["email"], p["employer"], p["id"]) for p in found])


@people.command("export")
def export(
    person: Person,
    file: Annotated[Path | None, typer.Option(dir_okay=False, help="The file to write; else it is printed.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take out what is held on somebody, as JSON. That it was taken out is in the audit."""
    settings = settings_of(data=data, database_url=database_url)
    held = asked(settings, "GET", f"/people/{person_named(settings, person)['id']}/personal-data")
    written = json.dumps(held, indent=2, ensure_ascii=False) + "\n"
    if file is None:
        typer.echo(written, nl=False)
        return
    try:
        with open(file, "w", encoding="utf-8", opener=for_its_owner) as out:
            out.write(written)
    except OSError as fault:
        refuse(str(fault))


@people.command("erase")
def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Erase somebody's name and address for good: every view then says "erased person"."""
    settings = settings_of(data=data, database_url=database_url)
    found = person_named(settings, person)
    if not yes:
        typer.confirm(f"Erase {found['name']} ({found['id']}) for good?", abort=True, err=True)
    asked(settings, "DELETE", f"/people/{found['id']}")
    said.print("Erased. The next start takes the name from the free pages of the files, too.")


def show_audit(
    by: Annotated[str | None, typer.Option(help="Only what this person or key (id) did.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="Only an act (key.made), what it is about (key), or recorded.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Not before this day or instant.")] = None,
    most: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List who did what, from which key or session, newest first."""
    first = since and (instant_of(since).isoformat() if "T" in since else f"{day_of(since)}T00:00:00Z")
    query = {name: value for name, value in {"by": by, "kind": kind, "since": first}.items() if value}
    found = islice(every(settings_of(data=data, database_url=database_url), "/audit", **query), most)
    show(
        ("At", "Who", "Came in by", "Key or session", "What", "Of", "More"),
        [
            (
                *(moment(entry["at"]), entry["name"], entry["door"], entry["door_id"], entry["kind"]),
                *(entry["client"] or entry["subject"], json.dumps(entry["detail"]) if entry["detail"] else ""),
            )
            for entry in found
        ],
    )


def person_named(settings: Settings, text: str) -> dict[str, Any]:
    """The one person of a name, an address or an id; ends the program when it is nobody or more than one."""
    return single_match(
        matching(every(settings, "/people"), text),
        "That is not the name, the address or the id of exactly one person.",
    )


def day_of(text: str) -> date:
    """A day as people type it; ends the program where it is none."""
    from web.forms import Unreadable, read_day

    try:
        return read_day(text)
    except Unreadable as fault:
        refuse(str(fault))


def instant_of(text: str) -> datetime:
    """An instant, or the end of a day; ends the program where it is neither."""
    from web.forms import Unreadable, read_instant

    try:
        return read_instant(text)
    except Unreadable as fault:
        refuse(str(fault))


def for_its_owner(path: str, flags: int) -> int:
    """A new file that its owner alone may read."""
    return os.open(path, flags, 0o600)


def shown(link: dict[str, Any]) -> str:
    """What a link shows beside the timeline, and how it does."""
    return ", ".join(name for name in ("money", "notes", "embed") if link[name]) + (
        " (password)" if link["has_password"] else ""
    )
