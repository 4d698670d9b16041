"""One-time links that an admin creates for a user: an invitation or a password reset; shown once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from api.commands import CommandContext
from api.http.problems import SECRET_SHOWN_ONCE, USER_DISABLED, Problem
from api.replies import Reply
from api.schemas.users import LinkAnswer
from api.state.audit import Act, audit
from api.state.secrets import derived_secret, new_secret
from api.state.sessions import INVITATION_LIFETIME, LINK_LIFETIME, Purpose, create_sign_in_link, find_sign_in_link
from api.state.users import Standing, User


def make_link(connection: Connection, command: CommandContext, user: User) -> LinkAnswer:
    """Store a new link that replaces the user's earlier ones.

    The response holds the salt that the token is derived from.
    """
    if user.standing is Standing.DISABLED:
        raise Problem(USER_DISABLED)
    if user.standing is Standing.INVITED:
        purpose = Purpose.INVITATION
    else:
        purpose = Purpose.RESET if user.email else Purpose.ENTER
    lifetime = INVITATION_LIFETIME if purpose is Purpose.INVITATION else LINK_LIFETIME
    now, salt = command.context.now(), new_secret()
    create_sign_in_link(
        connection,
        at=now,
        user_id=user.id,
        role=user.role,
        clients=user.clients,
        lifetime=lifetime,
        purpose=purpose,
        token=derived_secret(command.credential, salt),
    )
    audit(connection, command.caller, Act.SIGN_IN_LINK_MADE, user.id, at=now, detail={"purpose": purpose.value})
    return LinkAnswer(purpose=purpose, url=salt, expires_at=now + lifetime)


def with_url(reply: Reply, command: CommandContext, url: str) -> Reply:
    """The response with the link's URL, whose token is derived from the creator's credential and the stored salt."""
    body = json.loads(reply.body)
    link: dict[str, Any] = body.get("link", body)
    token = derived_secret(command.credential, link["url"])
    with command.context.log.engine.connect() as connection:
        if find_sign_in_link(connection, token, at=command.context.now()) is None:
            raise Problem(SECRET_SHOWN_ONCE)
    link["url"] = f"{url.rstrip('/')}/sign-in/{token}"
    return replace(reply, body=json.dumps(body, separators=(",", ":")).encode())
