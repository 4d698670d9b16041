"""Signing in with a password: nothing told about who exists, guessing slowed in every process, hashes bounded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from api_client import Served, served
from argon2 import PasswordHasher
from signing_in import PASSWORD, Browser, invite, user_in

import api.auth.passwords
from api.auth.passwords import hash_password, is_outdated, verify_password, weakness_of
from api.state.login_attempts import LONGEST_WAIT, on_account, on_address
from api.state.roles import Role
from api.state.sessions import SESSION_IDLE_TIMEOUT, SESSION_LIFETIME
from api.state.users import credentials_of, set_password

START = "2026-11-02T10:00:00Z"


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


@pytest.fixture
def clock() -> Iterator[Any]:
    """The machine's clock, standing still until it is moved."""
    with time_machine.travel(START, tick=False) as travelled:
        yield travelled


def test_who_is_unknown_invited_disabled_or_mistaken_is_told_the_same(
    firm: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_in(firm, "noor@example.org")
    invite(firm, "invited@example.org")
    disabled, _ = user_in(firm, "disabled@example.org")
    firm.admin.ask("PATCH", f"/users/{disabled}", {"active": False})
    hashed: list[str] = []
    real = api.auth.passwords._hasher

    class Counting:
        """The hasher, telling of each password that it tries."""

        def verify(self, password_hash: str, password: str) -> bool:
            hashed.append(password_hash.rsplit("$", 2)[0])
            return real.verify(password_hash, password)

        def hash(self, password: str) -> str:
            return real.hash(password)

    monkeypatch.setattr(api.auth.passwords, "_hasher", Counting())
    bodies = set()
    for email in ("noor@example.org", "invited@example.org", "disabled@example.org", "nobody@example.org", "x"):
        answer = Browser(firm).sign_in(email, "plum harbour quilt")
        bodies.add((answer.status_code, answer.text.replace(f'value="{email}"', "")))
    assert len(bodies) == 1
    assert answer.status_code == 422
    assert len(hashed) == 5  # one hash each, whoever is asked for
    assert len(set(hashed)) == 1  # and with the same parameters


def test_guessing_at_an_account_waits_twice_as_long_each_time(firm: Served, clock: Any) -> None:
    user_in(firm)
    for number in range(5):
        assert Browser(firm).sign_in("noor@example.org", f"wrong horse {number}").status_code == 422
    waits = []
    for _ in range(4):
        refused = Browser(firm).sign_in("noor@example.org")  # even with the right password
        assert refused.status_code == 429
        waits.append(int(refused.headers["retry-after"]))
        clock.shift(waits[-1])
        assert Browser(firm).sign_in("noor@example.org", "wrong").status_code == 422
    assert waits == [1, 2, 4, 8]
    clock.shift(16)
    assert Browser(firm).sign_in("noor@example.org").status_code == 303
    assert Browser(firm).sign_in("noor@example.org", "wrong").status_code == 422  # a good one starts anew
    assert Browser(firm).sign_in("noor@example.org").status_code == 303


def test_accounts_that_are_nobodys_are_slowed_alike(firm: Served, clock: Any) -> None:
    for _ in range(5):
        assert Browser(firm).sign_in("nobody@example.org").status_code == 422
    assert Browser(firm).sign_in("Nobody@example.org").status_code == 429
    assert Browser(firm).sign_in("else@example.org").status_code == 422


def test_an_address_that_guesses_at_many_accounts_is_slowed_at_all_of_them(firm: Served, clock: Any) -> None:
    user_in(firm)
    for number in range(20):
        assert Browser(firm).sign_in(f"{number}@example.org", "wrong").status_code == 422
    assert Browser(firm).sign_in("noor@example.org").status_code == 429
    clock.shift(1)
    # A good one does not wipe out what was tried before it.
    assert Browser(firm).sign_in("noor@example.org").status_code == 303
    clock.shift(1)
    assert Browser(firm).sign_in("21@example.org", "wrong").status_code == 422
    clock.shift(1)
    assert Browser(firm).sign_in("noor@example.org").status_code == 429


def test_the_wait_ends_at_a_quarter_of_an_hour_and_is_forgotten_after_a_day() -> None:
    account = on_account("a@example.org")
    waits = [account.wait_after(tries) for tries in range(1, 60)]
    assert waits == sorted(waits)
    assert waits[:4] == [timedelta(0)] * 4
    assert waits[-1] == LONGEST_WAIT == timedelta(minutes=15)
    assert on_address("2001:db8::1").hash == on_address("2001:db8::ffff:1").hash
    assert on_address("2001:db8:0:1::1").hash != on_address("2001:db8::1").hash
    assert on_address("192.0.2.1").hash != on_address("192.0.2.2").hash


def test_many_guesses_at_once_are_as_many(firm: Served) -> None:
    user_in(firm)
    statuses: list[int] = []

    def guess() -> None:
        statuses.append(Browser(firm).sign_in("noor@example.org", "wrong").status_code)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(422) <= 6  # five are free; one more may come in when the first wait of a second is over
    assert set(statuses) == {422, 429}


@pytest.mark.postgres
def test_guessing_is_slowed_over_all_servers_of_one_postgres(postgres_store: str) -> None:
    with served(postgres_store) as one, served(postgres_store) as other:
        user_in(one)
        for server in (one, other, one, other, one):
            assert Browser(server).sign_in("noor@example.org", "wrong").status_code == 422
        assert [Browser(server).sign_in("noor@example.org").status_code for server in (one, other)] == [429, 429]


def test_at_most_a_few_passwords_are_hashed_at_once(firm: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    user_in(firm)
    monkeypatch.setattr(api.auth.passwords, "WAITING", threading.BoundedSemaphore(1))
    api.auth.passwords.WAITING.acquire()
    refused = Browser(firm).sign_in("noor@example.org")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    api.auth.passwords.WAITING.release()
    assert Browser(firm).sign_in("noor@example.org").status_code == 303


def test_signing_in_begins_a_new_session_and_ends_the_one_it_replaces(firm: Served) -> None:
    user, browser = user_in(firm)
    before = browser.cookie
    browser.sign_in("noor@example.org")
    assert browser.cookie != before
    assert len(firm.admin.get(f"/users/{user}/sessions")["items"]) == 1
    headers = {"Cookie": f"seatline={before}"}
    assert firm.client.get("/api/v1/me", headers=headers).status_code == 401


def test_a_session_ends_when_it_lies_idle_and_when_its_time_is_over(firm: Served, clock: Any) -> None:
    _, idle = user_in(firm)
    clock.shift(SESSION_IDLE_TIMEOUT - timedelta(minutes=1))
    idle.ask("GET", "/me")
    clock.shift(SESSION_IDLE_TIMEOUT)
    idle.ask("GET", "/me", status=401)
    busy = Browser(firm)
    busy.sign_in("noor@example.org")
    for _ in range(SESSION_LIFETIME.days - 1):
        clock.shift(timedelta(days=1))
        busy.ask("GET", "/me")
    clock.shift(timedelta(days=1))
    busy.ask("GET", "/me", status=401)


def test_changing_the_password_needs_the_current_one_and_ends_other_sessions(firm: Served) -> None:
    _, browser = user_in(firm)
    other = Browser(firm)
    other.sign_in("noor@example.org")
    for body, field in (
        ({"current": "wrong", "new": "plum harbour quilt"}, "current"),
        ({"new": "plum harbour quilt"}, "current"),
        ({"current": PASSWORD, "new": "too short"}, "new"),
        ({"current": PASSWORD, "new": "plum harbour quilt", "email": "else@example.org"}, "email"),
    ):
        refused = browser.ask("POST", "/me/password", body, status=422)
        assert [error["field"] for error in refused["errors"]] == [field]
    other.ask("GET", "/me")
    body = {"current": PASSWORD, "new": "plum harbour quilt"}
    for _ in range(2):
        browser.ask("POST", "/me/password", body, status=204, headers={"Idempotency-Key": "once"})
    browser.ask("GET", "/me")
    other.ask("GET", "/me", status=401)
    assert Browser(firm).sign_in("noor@example.org", PASSWORD).status_code == 422
    assert Browser(firm).sign_in("noor@example.org", "plum harbour quilt").status_code == 303


def test_a_stolen_session_does_not_guess_the_password_either(firm: Served, clock: Any) -> None:
    _, browser = user_in(firm)
    for number in range(5):
        body = {"current": f"wrong horse {number}", "new": "plum harbour quilt"}
        browser.ask("POST", "/me/password", body, status=422)
    browser.ask("POST", "/me/password", {"current": PASSWORD, "new": "plum harbour quilt"}, status=429)


def test_who_came_in_by_a_link_chooses_an_address_and_a_password_once(firm: Served) -> None:
    user_in(firm, "taken@example.org")
    browser = Browser(firm)
    browser.client.cookies.set("seatline", firm.session(Role.VIEWER))
    me = browser.ask("GET", "/me")
    assert (me["email"], me["has_password"]) == (None, False)
    browser.ask("POST", "/me/password", {"new": PASSWORD}, status=422)
    browser.ask("POST", "/me/password", {"new": PASSWORD, "email": "Taken@example.org"}, status=409)
    browser.ask("POST", "/me/password", {"new": PASSWORD, "email": "robin@example.org"}, status=204)
    assert Browser(firm).sign_in("robin@example.org").status_code == 303
    browser.ask("POST", "/me/password", {"new": "plum harbour quilt"}, status=422)


def test_a_password_is_in_no_file_and_no_kept_answer_tells_its_hash(firm: Served) -> None:
    _, browser = user_in(firm)
    body = {"current": PASSWORD, "new": "plum harbour quilt"}
    browser.ask("POST", "/me/password", body, status=204, headers={"Idempotency-Key": "secretly"})
    for file in firm.folder.iterdir():
        content = file.read_bytes()
        assert b"seven lanterns" not in content
        assert b"plum harbour" not in content


def test_a_password_of_older_parameters_is_hashed_anew_when_it_is_next_given(firm: Served) -> None:
    user = UUID(user_in(firm)[0])
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    assert is_outdated(old)
    firm.context.log.write(lambda connection: set_password(connection, user, old))
    for _ in range(2):
        assert Browser(firm).sign_in("noor@example.org").status_code == 303
        with firm.context.log.engine.connect() as connection:
            credentials = credentials_of(connection, "noor@example.org")
        assert credentials is not None
        assert not is_outdated(str(credentials.password))


@pytest.mark.parametrize(
    "password",
    [
        *("", "short", "elevenchars", "passwordpassword", "Password1234!", "aaaaaaaaaaaaaaaa", "abababababababab"),
        *("123456789012", "qwertyuiop123", "Seatline2026!", "noorhaddad1234", "correcthorsebatterystaple"),
        *("noor@example.org", "x" * 201),
    ],
)
def test_what_anybody_would_try_first_is_no_password(password: str) -> None:
    assert weakness_of(password, ("Noor Haddad", "noor@example.org")) is not None


@pytest.mark.parametrize(
    "password",
    [
        "seven lanterns uphill",
        "plum harbour quilt",
        "Žluťoučký kůň pěl",
        "gato en el tejado",
        "kqzvwxjyfgbh",
        "łąka i brzoza",
    ],
)
def test_any_mixture_of_characters_will_do(password: str) -> None:
    assert weakness_of(password, ("Noor Haddad", "noor@example.org")) is None


def test_a_password_is_the_same_however_the_keyboard_spells_it() -> None:
    password_hash = hash_password("caf\u00e9 au lait dehors")
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(password_hash, "cafe\u0301 au lait dehors")
    assert not verify_password(password_hash, "cafe au lait dehors")
    assert not verify_password(None, "cafe au lait dehors")
    assert not verify_password("nonsense", "cafe au lait dehors")
