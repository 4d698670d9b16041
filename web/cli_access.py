"""The command line's part about access: who signs in, and what programs come in with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.state.roles import Role
from web.cli_common import Data, DatabaseUrl, asked, every, matching, moment, refuse, settings_of, show, single_match

if TYPE_CHECKING:
    from web.settings import Settings

keys = typer.Typer(no_args_is_help=True, help="API keys.")
users = typer.Typer(no_args_is_help=True, help="Who signs in.")

Clients = Annotated[list[str] | None, typer.Option(help="Limit to this client (id or slug); repeatable.")]
Who = Annotated[str, typer.Argument(help="The email address, the name or the id.")]
KeyNamed = Annotated[str, typer.Argument(help="The name, the first characters or the id.")]


@users.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="The address they will sign in with.")],
    name: Annotated[str, typer.Option(help="How they are called.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    clients: Clients = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Invite somebody, and print the link to pass on: it opens once, within a week."""
    body = {"email": email, "name": name, "role": role.value, "clients": clients or None}
    typer.echo(asked(settings_of(data=data, database_url=database_url), "POST", "/users", body)["link"]["url"])


@users.command("list")
def show_users(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List everybody who signs in."""
    found = list(every(settings_of(data=data, database_url=database_url), "/users"))
    show(
        ("Name", "Email", "Role", "Clients", "Standing", "Last seen", "Id"),
        [
            (u["name"], u["email"], u["role"], limit(u["clients"]), u["standing"], moment(u["last_seen_at"]), u["id"])
            for u in found
        ],
    )


@users.command("change")
def change(
    user: Who,
    role: Annotated[Role | None, typer.Option(help="What they may do from now on.")] = None,
    clients: Clients = None,
    all_clients: Annotated[bool, typer.Option("--all-clients", help="Limit them no more.")] = False,
    email: Annotated[str | None, typer.Option(help="Another address to sign in with.")] = None,
    name: Annotated[str | None, typer.Option(help="How they are called.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change somebody's role, limit, address or name: it holds at once, in every session."""
    if clients and all_clients:
        refuse("Name clients, or say --all-clients, and not both.")
    settings = settings_of(data=data, database_url=database_url)
    given = {"role": role and role.value, "clients": clients, "email": email, "name": name}
    body: dict[str, Any] = {field: value for field, value in given.items() if value}
    if all_clients:
        body["clients"] = None
    if not body:
        refuse("Say what is to be changed.")
    asked(settings, "PATCH", f"/users/{user_named(settings, user)['id']}", body)


@users.command("remove")
def remove(user: Who, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Take somebody's sign-in away. The person stays on record until they are erased."""
    settings = settings_of(data=data, database_url=database_url)
    asked(settings, "DELETE", f"/users/{user_named(settings, user)['id']}")


@users.command("sessions")
def show_sessions(user: Who, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List the browsers in which somebody is signed in."""
    settings = settings_of(data=data, database_url=database_url)
    found = asked(settings, "GET", f"/users/{user_named(settings, user)['id']}/sessions")["items"]
    show(
        ("Browser", "Signed in", "Last used", "Ends", "Id"),
        [
            (
                *(s["browser"], moment(s["created_at"]), moment(s["last_used_at"])),
                *(moment(s["expires_at"]), s["id"]),
            )
            for s in found
        ],
    )


@users.command("sign-out")
def sign_out(
    user: Who,
    session: Annotated[str | None, typer.Option(help="Only in the browser of this session's id.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """End somebody's sessions, or one of them."""
    settings = settings_of(data=data, database_url=database_url)
    theirs = f"/users/{user_named(settings, user)['id']}/sessions"
    asked(settings, "DELETE", theirs if session is None else f"{theirs}/{session}")


@users.command("disable")
def disable(user: Who, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Sign somebody out everywhere, and let them in no more."""
    settings = settings_of(data=data, database_url=database_url)
    asked(settings, "PATCH", f"/users/{user_named(settings, user)['id']}", {"active": False})


@users.command("enable")
def enable(user: Who, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let somebody who was disabled in again."""
    settings = settings_of(data=data, database_url=database_url)
    asked(settings, "PATCH", f"/users/{user_named(settings, user)['id']}", {"active": True})


@users.command("reset")
def reset(user: Who, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Print a link to a new password, or to come in for whoever has not yet: it opens once."""
    settings = settings_of(data=data, database_url=database_url)
    link = asked(settings, "POST", f"/users/{user_named(settings, user)['id']}/sign-in-links")
    typer.echo(link["url"])


@keys.command("create")
def create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.VIEWER,
    clients: Clients = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, max=36_500, help="How long it lasts.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a key and print it, alone, on the standard output. It is shown this once."""
    body: dict[str, Any] = {"name": name, "role": role.value, "clients": clients or None}
    if expires_in_days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=expires_in_days)).isoformat()
    typer.echo(asked(settings_of(data=data, database_url=database_url), "POST", "/keys", body)["key"])


@keys.command("list")
def show_keys(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List all keys, without their secrets."""
    found = list(every(settings_of(data=data, database_url=database_url), "/keys"))
    show(
        ("Name", "Begins with", "Role", "Clients", "Last used", "Expires", "Revoked", "Id"),
        [
            (
                *(k["name"], k["start"], k["role"], limit(k["clients"]), moment(k["last_used_at"])),
                *(moment(k["expires_at"]), moment(k["revoked_at"]), k["id"]),
            )
            for k in found
        ],
    )


@keys.command("rotate")
def rotate(
    key: KeyNamed,
    grace_minutes: Annotated[
        int, typer.Option(min=0, max=43_200, help="How long the old secret still opens the same.")
    ] = 0,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give a key another secret and print it, alone, on the standard output. It is shown this once."""
    settings = settings_of(data=data, database_url=database_url)
    body = {"grace_seconds": grace_minutes * 60}
    typer.echo(asked(settings, "POST", f"/keys/{key_named(settings, key)['id']}/rotation", body)["key"])


@keys.command("revoke")
def revoke(key: KeyNamed, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Revoke a key: from now on it opens nothing."""
    settings = settings_of(data=data, database_url=database_url)
    asked(settings, "DELETE", f"/keys/{key_named(settings, key)['id']}")


def make_sign_in_link(
    user: Annotated[str | None, typer.Option(help="For a user, by address, name or id.")] = None,
    role: Annotated[Role, typer.Option(help="What somebody new may do.")] = Role.ADMIN,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a link that signs somebody in once, within a day, and print it."""
    if user is not None:
        reset(user, data, database_url)
        return
    settings = settings_of(data=data, database_url=database_url)
    typer.echo(asked(settings, "POST", "/settings/sign-in-links", form={"role": role.value})["url"])


def user_named(settings: Settings, text: str) -> dict[str, Any]:
    """The one user of an address, a name or an id; ends the program when it is nobody or more than one."""
    return single_match(
        matching(every(settings, "/users"), text),
        "That is not the address, the name or the id of exactly one user.",
    )


def key_named(settings: Settings, text: str) -> dict[str, Any]:
    """The one key of a name, first characters or an id; ends the program when it is none or more than one."""
    valid = [key for key in every(settings, "/keys") if not key["revoked_at"]]
    return single_match(
        [key for key in valid if key["start"] == text] or matching(valid, text),
        "That is not the name, the beginning or the id of exactly one key that is not revoked.",
    )


def limit(clients: list[str] | None) -> str:
    """How many clients somebody is limited to."""
    return "all" if clients is None else str(len(clients))
