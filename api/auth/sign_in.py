"""Sign-in with an email address and a password, by single sign-on, or by a one-time link.

Attempts are throttled, and the response does not reveal whether an account exists.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.passwords import hash_password, hashing_slot, is_outdated, verify_password, weakness_of
from api.auth.single_sign_on import Identity
from api.context import AppContext
from api.http.problems import EMAIL_TAKEN, TOO_MANY, Problem, invalid
from api.state.addresses import LONGEST_EMAIL, canonical_email, email_key
from api.state.audit import Act, audit
from api.state.identities import is_linked, link_identity, user_of_identity
from api.state.login_attempts import (
    NO_TIME,
    Subject,
    count_attempt,
    on_account,
    on_address,
    reset_attempts,
    undo_attempt,
    wait_for,
)
from api.state.readable_rows import if_readable
from api.state.sessions import (
    Purpose,
    SignInLink,
    begin_session,
    end_session,
    find_sign_in_link,
    redeem,
    session_with,
)
from api.state.users import (
    SignInCredentials,
    Standing,
    User,
    credentials_of,
    find_invited,
    find_user,
    is_taken,
    mark_joined,
    set_password,
)
from domain.text import UncleanText, clean_name

LONGEST_NAME = 200

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS")),
    *(("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")),
)


def sign_in(
    context: AppContext, email: str, password: str, *, address: str, browser: str | None, replaced_cookie: str = ""
) -> str | None:
    """The cookie of a new session; null when the address and the password do not match.

    `address` is the caller's IP address, `replaced_cookie` the cookie of the session that the new one replaces.
    Raises `Problem` 429 when the caller must wait.
    """
    account, origin = on_account(email_key(email)), on_address(address)
    with hashing_slot():
        throttle(context, (account, origin))
        with context.log.engine.connect() as connection:
            credentials = credentials_of(connection, email) if len(email) <= LONGEST_EMAIL else None
        if (
            not verify_password(credentials.password if credentials else None, password)
            or credentials is None
            or credentials.password is None
        ):
            _audit_failed_sign_in(context, credentials)
            return None
        user, new_hash = credentials.user, hash_password(password) if is_outdated(credentials.password) else None

    now, session_id = context.now(), context.new_id()

    def begin(connection: Connection) -> str | None:
        if (
            credentials_of(connection, email) != credentials
        ):  # disabled, or the password was changed, while it was hashed
            return None
        reset_attempts(connection, account)
        undo_attempt(connection, origin, at=now)
        if new_hash is not None:
            set_password(connection, user, new_hash)
        _end_replaced_session(connection, replaced_cookie, now)
        _audit_sign_in(connection, user, session_id, "password", now)
        return begin_session(connection, user, session_id=session_id, at=now, browser=browser)

    return context.log.write(begin)


def _audit_failed_sign_in(context: AppContext, credentials: SignInCredentials | None) -> None:
    user, now = credentials.user if credentials else None, context.now()
    context.log.write(lambda connection: audit(connection, None, Act.SIGN_IN_FAILED, user, at=now))


def sign_on(context: AppContext, identity: Identity, *, browser: str | None, replaced_cookie: str = "") -> str | None:
    """The cookie of a new session for an identity from the provider; null if it has no invited user.

    The first sign-in matches the verified email address, later ones the provider's own id of the user.
    """
    now, session_id = context.now(), context.new_id()

    def begin(connection: Connection) -> str | None:
        user_id = user_of_identity(connection, identity.issuer, identity.subject)
        if user_id is None:
            user_id = find_invited(connection, identity.email) if identity.email else None
            if user_id is None or is_linked(connection, user_id, identity.issuer):
                _audit_failed_sign_on(connection, user_id, now)
                return None
            link_identity(connection, user_id, identity.issuer, identity.subject, at=now)
        user = if_readable(lambda: find_user(connection, user_id))
        if user is None or user.standing is Standing.DISABLED:
            _audit_failed_sign_on(connection, user_id, now)
            return None
        mark_joined(connection, user_id, at=now)
        _end_replaced_session(connection, replaced_cookie, now)
        _audit_sign_in(connection, user_id, session_id, "single sign-on", now)
        return begin_session(connection, user_id, session_id=session_id, at=now, browser=browser)

    return context.log.write(begin)


def _audit_failed_sign_on(connection: Connection, user_id: UUID | None, at: datetime) -> None:
    audit(connection, None, Act.SIGN_IN_FAILED, user_id, at=at, detail={"by": "single sign-on"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person enters when they redeem a one-time link; empty fields were not entered."""

    name: str = ""
    email: str = ""
    password: str = ""


def redeem_link(
    context: AppContext, token: str, entry: Entry, *, browser: str | None, replaced_cookie: str = ""
) -> str | None:
    """Redeem a one-time link and return the cookie of a new session; null if the link is unknown, used or expired.

    An invited user sets a password, as does a user with a password reset link; the link of a local operator needs
    none. Raises `Problem` 422 naming each invalid field, and 409 for an email address that is taken.
    """
    now = context.now()
    with context.log.engine.connect() as connection:
        link = find_sign_in_link(connection, token, at=now)
        user_id = link.user if link else None
        user = if_readable(lambda: find_user(connection, user_id)) if user_id else None
    if link is None:
        return None
    if link.user is not None and user is None:
        return None
    entry = _checked(link, entry, user)
    password_hash = None
    if entry.password:
        with hashing_slot():
            password_hash = hash_password(entry.password)
    new_user_id, session_id = context.new_id(), context.new_id()

    def begin(connection: Connection) -> str | None:
        if link.user is None and entry.email and is_taken(connection, entry.email):
            raise Problem(EMAIL_TAKEN)
        cookie = redeem(
            connection,
            token,
            new_user_id=new_user_id,
            session_id=session_id,
            at=now,
            name=entry.name if asks_name(link) else "",
            email=entry.email or None,
            password=password_hash,
            browser=browser,
        )
        if cookie is None:
            return None
        if user is not None and user.email:
            reset_attempts(connection, on_account(user.email))
        _audit_redeemed(connection, link, new_user_id, has_password=password_hash is not None, at=now)
        _audit_sign_in(connection, link.user or new_user_id, session_id, f"link: {link.purpose}", now)
        _end_replaced_session(connection, replaced_cookie, now)
        return cookie

    return context.log.write(begin)


def _audit_redeemed(
    connection: Connection, link: SignInLink, new_user_id: UUID, *, has_password: bool, at: datetime
) -> None:
    """Audit what a link changed: a new user (`new_user_id`), and a password."""
    if link.user is None:
        audit(connection, None, Act.USER_MADE, new_user_id, at=at, detail={"role": link.role.value})
    if has_password:
        audit(connection, None, Act.PASSWORD_SET, link.user or new_user_id, at=at)


def asks_name(link: SignInLink) -> bool:
    """Whether the form of a one-time link asks for a name."""
    return link.user is None or link.purpose is Purpose.INVITATION


def asks_password(link: SignInLink) -> bool:
    """Whether the form of a one-time link requires a password."""
    return link.purpose is not Purpose.ENTER


def _checked(link: SignInLink, entry: Entry, user: User | None) -> Entry:
    """The entry with its name and address in canonical form. Raises `Problem` 422 for invalid fields."""
    errors: list[tuple[str, str]] = []
    name = _checked_name(entry.name, errors) if asks_name(link) else ""
    email = ""
    if link.user is None and entry.email:
        try:
            email = canonical_email(entry.email)
        except ValueError as error:
            errors.append(("email", str(error)))
    if link.user is None and bool(entry.email) is not bool(entry.password):
        errors.append(("password" if entry.email else "email", "enter both or neither"))
    elif asks_password(link) or entry.password:
        own = (name, user.name if user else "", (user.email if user else None) or email)
        if weakness := weakness_of(entry.password, own):
            errors.append(("password", weakness))
    if errors:
        raise invalid(*errors)
    return replace(entry, name=name, email=email)


def _checked_name(name: str, errors: list[tuple[str, str]]) -> str:
    """The name in canonical form; what is wrong with it is added to `errors`."""
    try:
        name = clean_name(name)
    except UncleanText as error:
        errors.append(("name", str(error)))
        return ""
    if len(name) > LONGEST_NAME:
        errors.append(("name", f"must have at most {LONGEST_NAME} characters"))
    return name


def _audit_sign_in(connection: Connection, user: UUID, session: UUID, method: str, at: datetime) -> None:
    audit(connection, None, Act.SIGNED_IN, user, at=at, detail={"session": str(session), "by": method})


def _end_replaced_session(connection: Connection, cookie: str, at: datetime) -> None:
    """End the session that a new one replaces."""
    if session := session_with(connection, cookie, at=at):
        end_session(connection, session.id, at=at)


def throttle(context: AppContext, subjects: Sequence[Subject]) -> None:
    """Count an attempt to guess a password, across all processes. Raises `Problem` 429 when the caller must wait."""
    now = context.now()
    with context.log.engine.connect() as connection:
        wait = wait_for(connection, subjects, at=now)  # checked first: a flood of attempts costs no writes
    if wait <= NO_TIME:
        wait = context.log.write(lambda connection: count_attempt(connection, subjects, at=now))
    if wait > NO_TIME:
        raise Problem(TOO_MANY, f"Try again in {wait_words(wait)}.", headers={"Retry-After": str(seconds_of(wait))})


def seconds_of(wait: timedelta) -> int:
    """A wait in whole seconds, rounded up."""
    return max(1, math.ceil(wait.total_seconds()))


def wait_words(wait: timedelta) -> str:
    """A wait as text for readers."""
    seconds = seconds_of(wait)
    if seconds < 120:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"


def ip_address_of(request: Request) -> str:
    """The IP address of the caller, as reported by trusted proxies."""
    return request.client.host if request.client else ""


def browser_of(request: Request) -> str | None:
    """The browser of a request as text, like `Firefox on Linux`; null when it is not recognized."""
    agent = request.headers.get("user-agent", "")[:1000]
    name = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    return f"{name} on {system}" if name and system else name
