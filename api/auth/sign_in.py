"""Signing in: with an address and a password, throttled and the same for whoever exists or not; or with a link."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.passwords import fits, hash_password, in_line, is_outdated, weakness_of
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
    forgive,
    on_account,
    on_address,
    uncount,
    wait_for,
)
from api.state.sessions import (
    Purpose,
    SignInLink,
    begin_session,
    end_session,
    find_sign_in_link,
    redeem,
    session_with,
)
from api.state.users import Lock, Standing, User, find_invited, find_user, is_taken, let_in, lock_of, set_password
from domain.text import UncleanText, clean_name

LONGEST_NAME = 200

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS")),
    *(("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")),
)


def sign_in(
    context: AppContext, email: str, password: str, *, address: str, browser: str | None, left: str = ""
) -> str | None:
    """The cookie of a new session; null when the address and the password do not belong together.

    `address` is the IP address that asks, `left` the cookie of the session that this one takes the place of. Raises
    `Problem` 429 when it must wait.
    """
    account, origin = on_account(email_key(email)), on_address(address)
    with in_line():
        take_turn(context, (account, origin))
        with context.log.engine.connect() as connection:
            lock = lock_of(connection, email) if len(email) <= LONGEST_EMAIL else None
        if not fits(lock.password if lock else None, password) or lock is None or lock.password is None:
            _note_refused(context, lock)
            return None
        user, anew = lock.user, hash_password(password) if is_outdated(lock.password) else None

    now, session_id = context.now(), context.new_id()

    def begin(connection: Connection) -> str | None:
        if lock_of(connection, email) != lock:  # disabled, or given another password, while this one was hashed
            return None
        forgive(connection, account)
        uncount(connection, origin, at=now)
        if anew is not None:
            set_password(connection, user, anew)
        _leave(connection, left, now)
        _note_begun(connection, user, session_id, "password", now)
        return begin_session(connection, user, session_id=session_id, at=now, browser=browser)

    return context.log.write(begin)


def _note_refused(context: AppContext, lock: Lock | None) -> None:
    user, now = lock.user if lock else None, context.now()
    context.log.write(lambda connection: audit(connection, None, Act.SIGN_IN_FAILED, user, at=now))


def sign_on(context: AppContext, identity: Identity, *, browser: str | None, left: str = "") -> str | None:
    """The cookie of a new session for whom the provider means; null for those whom nobody has invited.

    The first time somebody is known by the address that the provider has verified, from then on by its name for them.
    """
    now, session_id = context.now(), context.new_id()

    def begin(connection: Connection) -> str | None:
        user = user_of_identity(connection, identity.issuer, identity.subject)
        if user is None:
            user = find_invited(connection, identity.email) if identity.email else None
            if user is None or is_linked(connection, user, identity.issuer):
                _note_not_signed_on(connection, user, now)
                return None
            link_identity(connection, user, identity.issuer, identity.subject, at=now)
        known = find_user(connection, user)
        if known is None or known.standing is Standing.DISABLED:
            _note_not_signed_on(connection, user, now)
            return None
        let_in(connection, user, at=now)
        _leave(connection, left, now)
        _note_begun(connection, user, session_id, "single sign-on", now)
        return begin_session(connection, user, session_id=session_id, at=now, browser=browser)

    return context.log.write(begin)


def _note_not_signed_on(connection: Connection, user: UUID | None, at: datetime) -> None:
    audit(connection, None, Act.SIGN_IN_FAILED, user, at=at, detail={"by": "single sign-on"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody says of themselves as they come in by a one-time link; empty: nothing."""

    name: str = ""
    email: str = ""
    password: str = ""


def come_in(context: AppContext, token: str, entry: Entry, *, browser: str | None, left: str = "") -> str | None:
    """Use a one-time link up; the cookie of the session that it begins. Null when the link opens nothing (any more).

    An invited user chooses a password, as does whoever asked for a new one; a user whom the owner of the store lets
    in needs none. Raises `Problem` 422 that names each field, and 409 for an address that is another's.
    """
    now = context.now()
    with context.log.engine.connect() as connection:
        link = find_sign_in_link(connection, token, at=now)
        user = find_user(connection, link.user) if link and link.user else None
    if link is None:
        return None
    if link.user is not None and user is None:
        return None
    entry = _checked(link, entry, user)
    kept = None
    if entry.password:
        with in_line():
            kept = hash_password(entry.password)
    new_user, session_id = context.new_id(), context.new_id()

    def begin(connection: Connection) -> str | None:
        if link.user is None and entry.email and is_taken(connection, entry.email):
            raise Problem(EMAIL_TAKEN)
        cookie = redeem(
            connection,
            token,
            new_user=new_user,
            session_id=session_id,
            at=now,
            name=entry.name if asks_name(link) else "",
            email=entry.email or None,
            password=kept,
            browser=browser,
        )
        if cookie is None:
            return None
        if user is not None and user.email:
            forgive(connection, on_account(user.email))
        if link.user is None:
            audit(connection, None, Act.USER_MADE, new_user, at=now, detail={"role": link.role.value})
        if kept is not None:
            audit(connection, None, Act.PASSWORD_SET, link.user or new_user, at=now)
        _note_begun(connection, link.user or new_user, session_id, f"link: {link.purpose}", now)
        _leave(connection, left, now)
        return cookie

    return context.log.write(begin)


def asks_name(link: SignInLink) -> bool:
    """Whether somebody who comes in by a link says how they are called."""
    return link.user is None or link.purpose is Purpose.INVITATION


def asks_password(link: SignInLink) -> bool:
    """Whether somebody who comes in by a link must choose a password."""
    return link.purpose is not Purpose.ENTER


def _checked(link: SignInLink, entry: Entry, user: User | None) -> Entry:
    """The entry with its name and its address as they are kept; refuses (422) what does not hold what it must."""
    wrong: list[tuple[str, str]] = []
    name, email = "", ""
    if asks_name(link):
        try:
            name = clean_name(entry.name)
        except UncleanText as fault:
            wrong.append(("name", str(fault)))
        if len(name) > LONGEST_NAME:
            wrong.append(("name", f"must have at most {LONGEST_NAME} characters"))
    if link.user is None and entry.email:
        try:
            email = canonical_email(entry.email)
        except ValueError as fault:
            wrong.append(("email", str(fault)))
    if link.user is None and bool(entry.email) is not bool(entry.password):
        wrong.append(("password" if entry.email else "email", "say both, or neither"))
    elif asks_password(link) or entry.password:
        own = (name, user.name if user else "", (user.email if user else None) or email)
        if weakness := weakness_of(entry.password, own):
            wrong.append(("password", weakness))
    if wrong:
        raise invalid(*wrong)
    return replace(entry, name=name, email=email)


def _note_begun(connection: Connection, user: UUID, session: UUID, by: str, at: datetime) -> None:
    audit(connection, None, Act.SIGNED_IN, user, at=at, detail={"session": str(session), "by": by})


def _leave(connection: Connection, left: str, at: datetime) -> None:
    """End the session that a new one takes the place of."""
    if before := session_with(connection, left, at=at):
        end_session(connection, before.id, at=at)


def take_turn(context: AppContext, subjects: Sequence[Subject]) -> None:
    """Count an attempt to guess a password, in every process; raises `Problem` 429 when it must wait."""
    now = context.now()
    with context.log.engine.connect() as connection:
        wait = wait_for(connection, subjects, at=now)  # asked first: a flood should cost no writes
    if wait <= NO_TIME:
        wait = context.log.write(lambda connection: count_attempt(connection, subjects, at=now))
    if wait > NO_TIME:
        raise Problem(TOO_MANY, f"Try again in {wait_words(wait)}.", headers={"Retry-After": str(seconds_of(wait))})


def seconds_of(wait: timedelta) -> int:
    """Whole seconds after which a wait is over."""
    return max(1, math.ceil(wait.total_seconds()))


def wait_words(wait: timedelta) -> str:
    """A wait for a reader."""
    seconds = seconds_of(wait)
    if seconds < 120:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"


def address_of(request: Request) -> str:
    """The IP address that a request comes from, as the trusted proxies tell it."""
    return request.client.host if request.client else ""


def browser_of(request: Request) -> str | None:
    """The browser of a request in words, like `Firefox on Linux`; null when it is none that we know."""
    agent = request.headers.get("user-agent", "")[:1000]
    name = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    return f"{name} on {system}" if name and system else name
