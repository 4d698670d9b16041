"""Settings: appearance for everybody; people who sign in, and API keys, for admins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from api.access import check_sees_all
from api.faults import wants_page
from api.kept.keys import Key, list_keys
from api.kept.roles import Role
from api.kept.sessions import User, create_sign_in_link, list_users
from api.keys import KeyBody, delete_key, post_key
from api.problems import Problem, invalid
from api.shapes.milestones import message_of
from web.forms import Unreadable, end_of, read_day
from web.pages.addresses import is_own_path
from web.pages.asking import Ask, Block, Reads, Typed, body_of, painted
from web.pages.done import Done
from web.pages.posting import answered, errors_of, refusal_of, writer_of
from web.pages.visit import THEMES, Administering, Form, Visit, Visiting
from web.parts import Choice, Link

router = APIRouter(prefix="/settings", include_in_schema=False)

_ROLES = (
    Choice("viewer", "Viewer", "looks at everything"),
    Choice("recorder", "Recorder", "and logs milestones"),
    Choice("admin", "Admin", "and people, keys and imports"),
)
_YEAR_SECONDS = 31_536_000
MOST_KEYS = 500
KEY = Block(
    "",
    (
        Ask("name", "Name", required=True, hint="What it is for, like nightly export."),
        Ask("role", "Role", Reads.CHOICE, required=True, choices=_ROLES, preset="viewer"),
        Ask(
            "clients",
            "Only these clients",
            Reads.LINES,
            hint="Their short names (the last part of a client's address), one a line. Empty: all clients.",
        ),
        Ask("expires_on", "Opens until the end of", hint="A date, like 2027-03-31. Empty: until it is revoked."),
    ),
)
INVITATION = Block("", (Ask("role", "Role", Reads.CHOICE, required=True, choices=_ROLES, preset="recorder"),))


@router.get("")
def show_settings(visit: Visiting) -> Response:
    """Everything that can be set."""
    return _page(visit)


@router.post("/appearance")
def set_appearance(visit: Visiting, typed: Form, back: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """Remember a theme, and whether single keys do something, in this browser."""
    response = visit.go(back if is_own_path(back) else "/settings", Done("appearance"))
    secure = visit.request.url.scheme == "https"

    def keep(name: str, value: str) -> None:
        response.set_cookie(f"seatline_{name}", value, _YEAR_SECONDS, path="/", secure=secure, samesite="lax")

    theme = typed.text("theme")
    keep("theme", theme if theme in THEMES else "")
    if typed.text("keys") in ("on", "off"):
        keep("keys", typed.text("keys"))
    return response


@router.post("/keys")
def make_key(visit: Administering, typed: Form) -> Response:
    """Make a key and show it, this once."""
    try:
        made = answered(post_key(_key_body(typed), writer_of(visit, typed)))
    except Problem as problem:
        if problem.status_code not in (403, 404, 409, 422):
            raise
        labels = {ask.name: (ask.field("").id, ask.label) for ask in KEY.asks}
        return _page(
            visit,
            typed=typed,
            errors=errors_of(problem),
            status=problem.status_code,
            refusal=refusal_of(problem, labels),
        )
    return _page(visit, made=made, status=201)


@router.post("/keys/{key}/revoke")
def revoke(key: UUID, visit: Administering, typed: Form) -> Response:
    """Revoke a key."""
    delete_key(key, writer_of(visit, typed))
    return visit.go("/settings#api-keys", Done("key-revoked"))


@router.post("/invitations")
def invite(visit: Administering, typed: Form) -> Response:
    """Make a one-time link, for somebody new or (`user`: an id or a name) somebody known, and show it, this once.

    A program gets it as JSON.
    """
    check_sees_all(visit.caller)
    role, user = typed.text("role"), None
    if typed.text("user"):
        user = _user_named(visit, typed.text("user"))
        role = user.role.value
    elif role not in set(Role):
        raise invalid(("role", "must be viewer, recorder or admin"))
    token = visit.house.log.write(
        lambda connection: create_sign_in_link(
            connection,
            at=visit.house.now(),
            user=user.id if user else None,
            role=Role(role),
            clients=user.clients if user else None,
        )
    )
    link = f"{str(visit.request.base_url).rstrip('/')}/sign-in/{token}"
    if not wants_page(visit.request):
        return JSONResponse({"url": link}, 201)
    return _page(visit, invitation=link, status=201)


def _user_named(visit: Visit, text: str) -> User:
    """A user by id or by name. Raises `Problem` 422 when that is nobody, or more than one."""
    with visit.reader.kept() as connection:
        found = [user for user in list_users(connection) if text in (str(user.id), user.name)]
    if len(found) != 1:
        raise invalid(("user", "must be one of those who sign in, by name or id"))
    return found[0]


def _page(
    visit: Visit,
    *,
    typed: Typed | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
    made: Any = None,
    invitation: str = "",
    refusal: object = None,
) -> Response:
    keys: list[tuple[Key, str]] = []
    users: Sequence[User] = ()
    if visit.is_admin and visit.visible is None:
        with visit.reader.kept() as connection:
            found = list_keys(connection, limit=MOST_KEYS)
            users = list_users(connection)
        keys = [(key, _state(key, visit)) for key in found]
    blank = Typed((ask.name, ask.preset) for ask in KEY.asks if ask.preset)
    return visit.page(
        "settings",
        "Settings",
        here="settings",
        crumbs=(Link("Settings"),),
        status=status,
        role=visit.caller.role.value,
        limited=None if visit.visible is None else len(visit.visible),
        month=visit.house.fiscal_year_start_month,
        keys=keys,
        users=users,
        may_keys=visit.is_admin and visit.visible is None,
        key_fields=painted((KEY,), typed or blank, errors or {})[0][1],
        invitation_fields=painted((INVITATION,), Typed([("role", "recorder")]), {})[0][1],
        made=made,
        invitation=invitation,
        form_id=visit.house.new_id(),
        refusal=refusal,
    )


def _state(key: Key, visit: Visit) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= visit.house.now():
        return "expired"
    return ""


def _key_body(typed: Typed) -> KeyBody:
    content = body_of(KEY.asks, typed)
    expires = content.pop("expires_on", None)
    if expires:
        try:
            content["expires_at"] = end_of(read_day(expires))
        except Unreadable as fault:
            raise invalid(("expires_on", str(fault))) from None
    try:
        return KeyBody.model_validate(content)
    except ValidationError as fault:
        raise invalid(
            *(
                (str(e["loc"][0]), "say this too" if e["type"] == "missing" else message_of(e["msg"]))
                for e in fault.errors()
            )
        ) from None
