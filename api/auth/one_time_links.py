"""One-time links that an admin makes for somebody: an invitation, or the way to a new password; shown once."""

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
from api.state.sessions import INVITATION_LASTS, LINK_LASTS, Purpose, create_sign_in_link, find_sign_in_link
from api.state.users import Standing, User


def make_link(connection: Connection, write: CommandContext, user: User) -> LinkAnswer:
    """Keep a new link, in place of those the user had; the answer holds the salt that its token is derived from."""
    if user.standing is Standing.DISABLED:
        raise Problem(USER_DISABLED)
    if user.standing is Standing.INVITED:
        purpose = Purpose.INVITATION
    else:
        purpose = Purpose.RESET if user.email else Purpose.ENTER
    lasts = INVITATION_LASTS if purpose is Purpose.INVITATION else LINK_LASTS
    now, salt = write.context.now(), new_secret()
    create_sign_in_link(
        connection,
        at=now,
        user=user.id,
        role=user.role,
        clients=user.clients,
        lasts=lasts,
        purpose=purpose,
        token=derived_secret(write.credential, salt),
    )
    audit(connection, write.caller, Act.SIGN_IN_LINK_MADE, user.id, at=now, detail={"purpose": purpose.value})
    return LinkAnswer(purpose=purpose, url=salt, expires_at=now + lasts)


def with_url(reply: Reply, write: CommandContext, url: str) -> Reply:
    """The answer with the link, which only its maker's own credential and what was kept give together."""
    body = json.loads(reply.body)
    link: dict[str, Any] = body.get("link", body)
    token = derived_secret(write.credential, link["url"])
    with write.context.log.engine.connect() as connection:
        if find_sign_in_link(connection, token, at=write.context.now()) is None:
            raise Problem(SECRET_SHOWN_ONCE)
    link["url"] = f"{url.rstrip('/')}/sign-in/{token}"
    return replace(reply, body=json.dumps(body, separators=(",", ":")).encode())
