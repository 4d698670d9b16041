"""Command line: users, sessions, API keys and sign-in links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.state.roles import Role
from web.cli_common import (
    Data,
    DatabaseUrl,
    call_api,
    fail,
    find_clients,
    items_named,
    list_items,
    matching_items,
    minute_text,
    print_table,
    settings_of,
    single_match,
)

if TYPE_CHECKING:
    from web.settings import Settings

keys = typer.Typer(no_args_is_help=True, help="API keys.")
users = typer.Typer(no_args_is_help=True, help="Users.")

ClientsOption = Annotated[list[str] | None, typer.Option(help="Limit to this client (name, slug or id); repeatable.")]
UserArgument = Annotated[str, typer.Argument(help="The email address, name or id.")]
KeyArgument = Annotated[str, typer.Argument(help="The name, first characters or id.")]


@users.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="The email address to sign in with.")],
    name: Annotated[str, typer.Option(help="The user's name.")],
    role: Annotated[Role, typer.Option(help="The user's role.")] = Role.VIEWER,
    clients: ClientsOption = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Invite a user and print the invitation link. It works once and expires after a week."""
    settings = settings_of(data=data, database_url=database_url)
    body = {"email": email, "name": name, "role": role.value, "clients": find_clients(settings, clients)}
    typer.echo(call_api(settings, "POST", "/users", body)["link"]["url"])


@users.command("list")
def show_users(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List all users."""
    users_found = list(list_items(settings_of(data=data, database_url=database_url), "/users"))
    print_table(
        ("Name", "Email", "Role", "Clients", "Status", "Last seen", "Id"),
        [
            (
                u["name"],
                u["email"],
                u["role"],
                limit_text(u["clients"]),
                u["standing"],
                minute_text(u["last_seen_at"]),
                u["id"],
            )
            for u in users_found
        ],
    )


@users.command("change")
def change(
    user: UserArgument,
    role: Annotated[Role | None, typer.Option(help="The new role.")] = None,
    clients: ClientsOption = None,
    all_clients: Annotated[bool, typer.Option("--all-clients", help="Remove the limit to clients.")] = False,
    email: Annotated[str | None, typer.Option(help="The new email address.")] = None,
    name: Annotated[str | None, typer.Option(help="The user's name.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change a user's role, client limit, email address or name. Takes effect immediately in all sessions."""
    if clients and all_clients:
        fail("Use either --clients or --all-clients, not both.")
    settings = settings_of(data=data, database_url=database_url)
    changes = {"role": role and role.value, "clients": find_clients(settings, clients), "email": email, "name": name}
    body: dict[str, Any] = {field: value for field, value in changes.items() if value}
    if all_clients:
        body["clients"] = None
    if not body:
        fail("Enter at least one change.")
    call_api(settings, "PATCH", f"/users/{find_user(settings, user)['id']}", body)


@users.command("remove")
def remove(user: UserArgument, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Remove a user's access. The person stays on record until erased."""
    settings = settings_of(data=data, database_url=database_url)
    call_api(settings, "DELETE", f"/users/{find_user(settings, user)['id']}")


@users.command("sessions")
def show_sessions(user: UserArgument, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List the browsers in which a user is signed in."""
    settings = settings_of(data=data, database_url=database_url)
    sessions = call_api(settings, "GET", f"/users/{find_user(settings, user)['id']}/sessions")["items"]
    print_table(
        ("Browser", "Signed in", "Last used", "Ends", "Id"),
        [
            (
                *(s["browser"], minute_text(s["created_at"]), minute_text(s["last_used_at"])),
                *(minute_text(s["expires_at"]), s["id"]),
            )
            for s in sessions
        ],
    )


@users.command("sign-out")
def sign_out(
    user: UserArgument,
    session: Annotated[str | None, typer.Option(help="End only this session (id).")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """End a user's sessions, or one of them."""
    settings = settings_of(data=data, database_url=database_url)
    theirs = f"/users/{find_user(settings, user)['id']}/sessions"
    call_api(settings, "DELETE", theirs if session is None else f"{theirs}/{session}")


@users.command("disable")
def disable(user: UserArgument, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Sign a user out everywhere and block further sign-ins."""
    settings = settings_of(data=data, database_url=database_url)
    call_api(settings, "PATCH", f"/users/{find_user(settings, user)['id']}", {"active": False})


@users.command("enable")
def enable(user: UserArgument, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let a disabled user sign in again."""
    settings = settings_of(data=data, database_url=database_url)
    call_api(settings, "PATCH", f"/users/{find_user(settings, user)['id']}", {"active": True})


@users.command("reset")
def reset(user: UserArgument, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Print a link to set a new password, or to accept an invitation. It works once."""
    settings = settings_of(data=data, database_url=database_url)
    link = call_api(settings, "POST", f"/users/{find_user(settings, user)['id']}/sign-in-links")
    typer.echo(link["url"])


@keys.command("create")
def create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: Annotated[Role, typer.Option(help="The key's role.")] = Role.VIEWER,
    clients: ClientsOption = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, max=36_500, help="Days until the key expires.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a key and print it to the standard output. It is shown only once."""
    settings = settings_of(data=data, database_url=database_url)
    body: dict[str, Any] = {"name": name, "role": role.value, "clients": find_clients(settings, clients)}
    if expires_in_days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=expires_in_days)).isoformat()
    typer.echo(call_api(settings, "POST", "/keys", body)["key"])


@keys.command("list")
def show_keys(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List all keys, without their secrets."""
    keys_found = list(list_items(settings_of(data=data, database_url=database_url), "/keys"))
    print_table(
        ("Name", "Begins with", "Role", "Clients", "Last used", "Expires", "Revoked", "Id"),
        [
            (
                *(k["name"], k["start"], k["role"], limit_text(k["clients"]), minute_text(k["last_used_at"])),
                *(minute_text(k["expires_at"]), minute_text(k["revoked_at"]), k["id"]),
            )
            for k in keys_found
        ],
    )


@keys.command("rotate")
def rotate(
    key: KeyArgument,
    grace_minutes: Annotated[
        int, typer.Option(min=0, max=43_200, help="Minutes until the old secret stops working.")
    ] = 0,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Replace a key's secret and print the new key to the standard output. It is shown only once."""
    settings = settings_of(data=data, database_url=database_url)
    body = {"grace_seconds": grace_minutes * 60}
    typer.echo(call_api(settings, "POST", f"/keys/{find_key(settings, key)['id']}/rotation", body)["key"])


@keys.command("revoke")
def revoke(key: KeyArgument, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Revoke a key. It stops working immediately."""
    settings = settings_of(data=data, database_url=database_url)
    call_api(settings, "DELETE", f"/keys/{find_key(settings, key)['id']}")


def make_sign_in_link(
    user: Annotated[str | None, typer.Option(help="An existing user (email address, name or id).")] = None,
    role: Annotated[Role, typer.Option(help="The role of a new user.")] = Role.ADMIN,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a link that signs a person in and print it. It works once and expires after a day."""
    if user is not None:
        reset(user, data, database_url)
        return
    settings = settings_of(data=data, database_url=database_url)
    typer.echo(call_api(settings, "POST", "/settings/sign-in-links", form={"role": role.value})["url"])


def find_user(settings: Settings, text: str) -> dict[str, Any]:
    """The only user with this email address, id or name, present or former; exits if there is not exactly one."""
    users_found = list(list_items(settings, "/users"))
    matches = matching_items(users_found, text)
    if not matches:
        people, _ = items_named(settings, "/people", text)
        ids = {person["id"] for person in people}
        matches = [user for user in users_found if user["id"] in ids]
    return single_match(matches, "No single user has this email address, name or id.")


def find_key(settings: Settings, text: str) -> dict[str, Any]:
    """The only valid key with this name, first characters or id; exits if there is not exactly one."""
    valid = [key for key in list_items(settings, "/keys") if not key["revoked_at"]]
    return single_match(
        [key for key in valid if key["start"] == text] or matching_items(valid, text),
        "No single valid key has this name, these first characters or this id.",
    )


def limit_text(clients: list[str] | None) -> str:
    """The number of clients in a limit, or `all`."""
    return "all" if clients is None else str(len(clients))
