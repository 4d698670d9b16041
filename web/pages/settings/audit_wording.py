"""Texts of the audit: acts, their details, and the session or key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from api.activity_feed import RECORDED, FeedEntry
from api.auth.access import Door
from api.schemas.events import TYPE_PREFIX
from api.state.audit import Act
from api.state.webhooks import DisabledReason
from web.charts.wording import counted, day_words

THINGS: Mapping[str, str] = {
    RECORDED: "Client records",
    "session": "Signing in and out",
    "sign_in_link": "Sign-in links",
    "password": "Passwords",
    "user": "Users",
    "key": "API keys",
    "person": "People",
    "share_link": "Share links",
    "calendar_link": "Calendar links",
    "webhook": "Webhooks",
    "view": "Saved views of the firm",
    "import": "Imports",
    "settings": "The firm's settings",
    "read_models": "Rebuilding",
    "log": "Verification and backups",
}
DONE: Mapping[str, str] = {
    Act.SIGNED_IN: "Signed in",
    Act.SIGN_IN_FAILED: "A sign-in failed",
    Act.SIGNED_OUT: "Signed out",
    Act.USER_INVITED: "Invited a user",
    Act.USER_MADE: "Accepted an invitation",
    Act.USER_CHANGED: "Changed a user",
    Act.USER_DISABLED: "Disabled a user",
    Act.USER_ENABLED: "Enabled a user",
    Act.USER_REMOVED: "Removed a user",
    Act.SIGN_IN_LINK_MADE: "Created a sign-in link",
    Act.PASSWORD_SET: "Set a password",
    Act.KEY_MADE: "Created an API key",
    Act.KEY_ROTATED: "Rotated an API key",
    Act.KEY_REVOKED: "Revoked an API key",
    Act.PERSON_KEPT: "Added a person",
    Act.PERSON_CHANGED: "Edited a person",
    Act.PERSON_ERASED: "Erased a person",
    Act.PERSONAL_DATA_EXPORTED: "Exported a person's data",
    Act.SHARE_LINK_MADE: "Shared a timeline",
    Act.SHARE_LINK_REVOKED: "Revoked a share link",
    Act.SHARE_LINK_REFUSED: "Entered a wrong password for a share link",
    Act.CALENDAR_LINK_MADE: "Created a calendar link",
    Act.CALENDAR_LINK_REVOKED: "Revoked a calendar link",
    Act.VIEW_SHARED: "Saved a view for the firm",
    Act.VIEW_FORGOTTEN: "Deleted a view of the firm",
    Act.WEBHOOK_MADE: "Made a webhook",
    Act.WEBHOOK_CHANGED: "Changed a webhook",
    Act.WEBHOOK_DISABLED: "A webhook was disabled",
    Act.WEBHOOK_SECRET_ROTATED: "Rotated the secret of a webhook",
    Act.WEBHOOK_TESTED: "Tested a webhook",
    Act.WEBHOOK_REDELIVERED: "Sent an event of a webhook again",
    Act.WEBHOOK_REMOVED: "Deleted a webhook",
    Act.IMPORT_CARRIED_OUT: "Imported a file",
    Act.IMPORT_UNDONE: "Undid an import",
    Act.IMPORT_COLUMNS_FORGOTTEN: "Forgot the columns of a table",
    Act.SETTINGS_CHANGED: "Changed the firm's settings",
    Act.THRESHOLDS_CHANGED: "Changed thresholds of warning signs",
    Act.READ_MODELS_REBUILT: "Rebuilt the read models",
    Act.LOG_VERIFIED: "Verified the log",
    Act.LOG_BACKED_UP: "Made a backup",
    Act.LOG_RESTORED: "Restored a backup",
    Act.LOG_MIGRATED: "Migrated the store",
    f"{TYPE_PREFIX}slug.taken": "Reserved a short name",
    f"{TYPE_PREFIX}client.registered": "Registered a client",
    f"{TYPE_PREFIX}client.profile_changed": "Changed the profile",
    f"{TYPE_PREFIX}client.engagement_bounded": "Set the days of an engagement",
    f"{TYPE_PREFIX}client.engagement_retracted": "Freed the days of a retracted engagement",
    f"{TYPE_PREFIX}client.retracted": "Retracted a client",
    f"{TYPE_PREFIX}engagement.opened": "Opened an engagement",
    f"{TYPE_PREFIX}engagement.opened_with_milestones": "Opened an engagement with its milestones",
    f"{TYPE_PREFIX}engagement.retracted": "Retracted an engagement",
    f"{TYPE_PREFIX}engagement.milestone_logged": "Logged",
    f"{TYPE_PREFIX}engagement.milestone_corrected": "Corrected",
    f"{TYPE_PREFIX}engagement.milestone_retracted": "Retracted a milestone",
    f"{TYPE_PREFIX}engagement.milestones_changed": "Changed several milestones together",
}
DISABLED: Mapping[DisabledReason, str] = {
    DisabledReason.REQUESTED: "by an admin",
    DisabledReason.FAILING: "nothing was delivered for five days",
    DisabledReason.GONE: "the receiver answered that it is gone (status 410)",
    DisabledReason.MAKER: "the person or key that made it is no longer an active admin",
}
_HOW: Mapping[object, str] = {
    "password": "with a password",
    "single sign-on": "by single sign-on",
    "link: enter": "with a one-time link",
    "link: invitation": "with an invitation",
    "link: reset": "with a link to a new password",
}
_PURPOSES: Mapping[object, str] = {
    "enter": "to sign in without a password",
    "invitation": "an invitation",
    "reset": "to set a new password",
}
_FIELDS = {
    "name": "name",
    "email": "address",
    "employer": "employer",
    "role": "role",
    "clients": "clients",
    "url": "URL",
    "types": "events",
}


def how(entry: FeedEntry) -> str:
    """Details of an act in words; empty without details."""
    try:
        return _details(entry)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return "with details that cannot be read"


def _details(entry: FeedEntry) -> str:
    if entry.position is not None:
        return f"event {entry.position:,}"
    if entry.kind == Act.SIGN_IN_FAILED:
        return _failed_sign_in(entry)
    if entry.kind == Act.SIGNED_OUT:
        return _signed_out(entry)
    words = _DETAILS.get(entry.kind)
    return words(entry.detail) if words is not None else ""


def door_words(entry: FeedEntry, browsers: Mapping[UUID, str | None]) -> str:
    """The session or key behind an act, identified by its first characters."""
    match entry.door:
        case Door.SESSION:
            browser = browsers.get(entry.door_id) if entry.door_id else None
            return f"in {browser or 'a browser'}, {session_words(entry.door_id)}"
        case Door.KEY:
            return f"with the key {_short(entry.door_id)}"
        case _:
            return ""  # whoever is at the command line is called so


def session_words(session: object) -> str:
    """A session by the first characters of its id."""
    return f"session {_short(session)}" if session else "a session"


def _signed_in(detail: Mapping[str, Any]) -> str:
    return f"{_HOW.get(detail.get('by'), 'with a link')}, {session_words(detail.get('session'))}"


def _failed_sign_in(entry: FeedEntry) -> str:
    if "by" not in entry.detail:
        return ""
    method = _HOW[entry.detail["by"]]
    return f"{method}: not invited" if entry.subject is None else method


def _signed_out(entry: FeedEntry) -> str:
    detail = entry.detail
    if "sessions" in detail:
        return "everywhere else" if entry.by == entry.subject else f"in {counted(detail['sessions'], 'browser')}"
    return session_words(detail["session"]) if "session" in detail else ""


def _short(id_: object) -> str:
    return str(id_)[:8]


def _role(detail: Mapping[str, Any]) -> str:
    clients = detail.get("clients")
    limit = "" if "clients" not in detail else " of all clients" if clients is None else f" of {_clients(clients)}"
    return f"as {detail.get('role', 'viewer')}{limit}"


def _clients(clients: list[str]) -> str:
    return counted(len(clients), "client")


def _changed_fields(detail: Mapping[str, Any]) -> str:
    parts = []
    for field in detail.get("fields") or detail.get("changed") or ():
        if field == "role" and "role" in detail:
            parts.append(f"role: {detail['role']}")
        elif field == "clients" and "clients" in detail:
            parts.append("all clients" if detail["clients"] is None else f"limited to {_clients(detail['clients'])}")
        else:
            parts.append(_FIELDS.get(field, field))
    return ", ".join(parts)


def _grace(seconds: int) -> str:
    if not seconds:
        return "the old secret no longer works"
    hours, minutes = divmod(seconds // 60, 60)
    lasts = " ".join(counted(number, word) for number, word in ((hours, "hour"), (minutes, "minute")) if number)
    return f"the old secret worked for {lasts or counted(seconds, 'second')} more"


def _shared(detail: Mapping[str, Any]) -> str:
    shown = [name for name in ("money", "notes") if detail.get(name)]
    parts = [f"with {' and '.join(shown)}" if shown else "without amounts and notes"]
    if detail.get("assessments"):
        parts.append("with assessments")
    if detail.get("embed"):
        parts.append("other sites may show it")
    if detail.get("has_password"):
        parts.append("with a password")
    return ", ".join([*parts, f"until {day_words(date.fromisoformat(str(detail.get('expires_at'))[:10]))}"])


def _thresholds(detail: Mapping[str, Any]) -> str:
    changes = zip(detail["fields"], detail["values"], strict=True)
    first = day_words(date.fromisoformat(detail["counts_from"]))
    return f"{', '.join(f'{name} {value}' for name, value in changes)}, from {first} on"


_DETAILS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    Act.SIGNED_IN: _signed_in,
    Act.USER_INVITED: _role,
    Act.USER_MADE: _role,
    Act.KEY_MADE: _role,
    Act.SIGN_IN_LINK_MADE: lambda of: _PURPOSES.get(of.get("purpose"), "") or f"for a new person, {_role(of)}",
    Act.USER_CHANGED: _changed_fields,
    Act.PERSON_CHANGED: _changed_fields,
    Act.WEBHOOK_CHANGED: _changed_fields,
    Act.KEY_ROTATED: lambda of: _grace(of["grace_seconds"]),
    Act.SHARE_LINK_MADE: _shared,
    Act.WEBHOOK_DISABLED: lambda of: DISABLED[DisabledReason(of["reason"])],
    Act.THRESHOLDS_CHANGED: _thresholds,
    Act.IMPORT_CARRIED_OUT: lambda of: (
        f"{counted(of['lines'], 'line')}, {counted(of['people'], 'new person', 'new people')}"
    ),
}
"""The details of acts in words, where they depend on nothing else of the entry."""
