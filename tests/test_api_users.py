"""Users: invited by a one-time link, limited, disabled and removed at once; never without somebody who may do all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from api_client import Caller, Served, served
from signing_in import PASSWORD, Browser, invite, user_in

from api.state.roles import Role

NOBODY = "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def test_an_invited_user_comes_in_by_the_link_once_and_signs_in_from_then_on(firm: Served) -> None:
    invited = invite(firm, "Noor@Example.org", role="recorder")
    assert (invited["standing"], invited["email"], invited["link"]["purpose"]) == (
        *("invited", "noor@example.org"),
        "invitation",
    )
    early = Browser(firm)
    assert early.sign_in("noor@example.org").status_code == 422
    browser = Browser(firm)
    assert browser.come_in(invited["link"]["url"], name="Noor H.").status_code == 303
    assert Browser(firm).come_in(invited["link"]["url"]).status_code == 404
    me = browser.ask("GET", "/me")
    assert (me["id"], me["name"], me["role"], me["door"]) == (invited["id"], "Noor H.", "recorder", "session")
    later = Browser(firm)
    assert later.sign_in(" NOOR@example.ORG ").status_code == 303
    assert later.ask("GET", "/me")["id"] == invited["id"]
    listed = {u["id"]: u for u in firm.admin.get("/users")["items"]}
    assert listed[invited["id"]]["standing"] == "active"
    assert listed[invited["id"]]["last_seen_at"] is not None


def test_a_new_invitation_takes_the_place_of_the_one_before(firm: Served) -> None:
    first = invite(firm)
    second = firm.admin.post(f"/users/{first['id']}/sign-in-links", None)
    assert Browser(firm).come_in(first["link"]["url"]).status_code == 404
    assert Browser(firm).come_in(second["url"]).status_code == 303


def test_an_invitation_opens_for_a_week(firm: Served) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False):
        invited = invite(firm)
    with time_machine.travel("2026-11-08T10:00:00Z", tick=False):
        assert Browser(firm).come_in(invited["link"]["url"]).status_code == 404
    with time_machine.travel("2026-11-08T09:59:59Z", tick=False):
        assert Browser(firm).come_in(invited["link"]["url"]).status_code == 303


def test_an_address_is_one_users_whatever_its_case(firm: Served) -> None:
    user, _ = user_in(firm, "noor@example.org")
    body = {"name": "Other", "email": "NOOR@example.org", "role": "viewer"}
    assert firm.admin.post("/users", body, status=409)["type"] == "/problems/email-taken"
    other = invite(firm, "other@example.org")["id"]
    taken = firm.admin.ask("PATCH", f"/users/{other}", {"email": "Noor@example.org"}, status=409)
    assert taken.json()["type"] == "/problems/email-taken"
    assert (
        firm.admin.ask("PATCH", f"/users/{user}", {"email": "Noor@Example.org"}).json()["email"] == "noor@example.org"
    )


def test_somebody_on_record_becomes_a_user_under_the_same_id(firm: Served) -> None:
    person = firm.admin.post("/people", {"name": "Dana", "employer": "firm"})["id"]
    invited = firm.admin.post("/users", {"person": person, "email": "dana@example.org", "role": "viewer"})
    assert (invited["id"], invited["name"]) == (person, "Dana")
    again = {"person": person, "email": "d@example.org", "role": "viewer"}
    assert firm.admin.post("/users", again, status=409)["type"] == "/problems/already-a-user"
    firm.admin.post("/users", {**again, "person": NOBODY}, status=422)
    firm.admin.post("/users", {**again, "name": "Dana"}, status=422)
    firm.admin.post("/users", {"email": "x@example.org", "role": "viewer"}, status=422)


def test_the_link_is_told_again_to_its_maker_alone_and_kept_nowhere(firm: Served) -> None:
    body, key = {"name": "N", "email": "n@example.org", "role": "viewer"}, {"Idempotency-Key": "invite-n"}
    made = firm.admin.post("/users", body, headers=key)
    assert firm.admin.post("/users", body, headers=key) == made
    token = made["link"]["url"].rsplit("/", 1)[1].encode()
    assert not any(token in file.read_bytes() for file in firm.folder.iterdir())
    assert Browser(firm).come_in(made["link"]["url"]).status_code == 303
    assert firm.admin.post("/users", body, headers=key, status=409)["type"] == "/problems/secret-shown-once"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/users/{}", {"role": "recorder"}),
        ("PATCH", "/users/{}", {"clients": []}),
        ("PATCH", "/users/{}", {"active": False}),
        ("DELETE", "/users/{}", None),
        ("DELETE", "/people/{}", None),
    ],
)
def test_the_last_admin_of_all_clients_stays_one(firm: Served, method: str, path: str, body: Any) -> None:
    admin, browser = user_in(firm, "root@example.org", role="admin")
    invite(firm, "invited@example.org", role="admin")  # who has not come in does not count
    limited, _ = user_in(firm, "limited@example.org", role="admin", clients=[])
    refused = firm.admin.ask(method, path.format(admin), body, status=409).json()
    assert refused["type"] == "/problems/last-admin"
    assert browser.ask("GET", "/users")["items"][0]["standing"] == "active"
    firm.admin.ask("PATCH", f"/users/{limited}", {"clients": None})
    firm.admin.ask(method, path.format(admin), body)


def test_a_change_holds_at_once_in_sessions_that_are_open(firm: Served) -> None:
    for name in ("mine", "theirs"):
        firm.admin.post("/clients", {"name": name})
    user, browser = user_in(firm, role="recorder")
    assert len(browser.ask("GET", "/clients")["items"]) == 2
    firm.admin.ask("PATCH", f"/users/{user}", {"clients": ["mine"], "role": "viewer"})
    assert [client["name"] for client in browser.ask("GET", "/clients")["items"]] == ["mine"]
    browser.ask("POST", "/people", {"name": "x", "employer": "firm"}, status=403)
    firm.admin.ask("PATCH", f"/users/{user}", {"clients": None})
    assert len(browser.ask("GET", "/clients")["items"]) == 2
    firm.admin.ask("PATCH", f"/users/{user}", {"clients": ["nowhere"]}, status=422)


def test_a_disabled_user_is_out_and_their_sessions_stay_ended(firm: Served) -> None:
    user, browser = user_in(firm)
    link = firm.admin.post(f"/users/{user}/sign-in-links", None)["url"]
    assert firm.admin.ask("PATCH", f"/users/{user}", {"active": False}).json()["standing"] == "disabled"
    browser.ask("GET", "/me", status=401)
    assert Browser(firm).sign_in("noor@example.org").status_code == 422
    assert Browser(firm).come_in(link).status_code == 404
    assert firm.admin.post(f"/users/{user}/sign-in-links", None, status=409)["type"] == "/problems/user-disabled"
    firm.admin.ask("PATCH", f"/users/{user}", {"active": True})
    browser.ask("GET", "/me", status=401)
    assert Browser(firm).sign_in("noor@example.org").status_code == 303


def test_of_a_removed_user_the_person_stays_on_record(firm: Served) -> None:
    user, browser = user_in(firm)
    firm.admin.ask("DELETE", f"/users/{user}", status=204)
    browser.ask("GET", "/me", status=401)
    firm.admin.ask("GET", f"/users/{user}", status=404)
    assert firm.admin.get(f"/people/{user}")["name"] == "Noor Haddad"
    again = {"person": user, "email": "noor@example.org", "role": "viewer"}
    assert firm.admin.post("/users", again)["standing"] == "invited"


def test_an_erased_person_signs_in_no_more(firm: Served) -> None:
    user, browser = user_in(firm)
    firm.admin.ask("DELETE", f"/people/{user}", status=204)
    browser.ask("GET", "/me", status=401)
    assert Browser(firm).sign_in("noor@example.org").status_code == 422
    firm.admin.ask("GET", f"/users/{user}", status=404)
    assert user not in {u["id"] for u in firm.admin.get("/users")["items"]}


def test_an_admin_sees_and_ends_anybodys_sessions(firm: Served) -> None:
    user, first = user_in(firm)
    second = Browser(firm, "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) AppleWebKit/605 Version/26 Safari/604")
    second.sign_in("noor@example.org")
    sessions = firm.admin.get(f"/users/{user}/sessions")["items"]
    assert {s["browser"] for s in sessions} == {"Firefox on Linux", "Safari on iPhone"}
    on_phone = next(s["id"] for s in sessions if s["browser"] == "Safari on iPhone")
    firm.admin.ask("DELETE", f"/users/{user}/sessions/{on_phone}", status=204)
    firm.admin.ask("DELETE", f"/users/{user}/sessions/{on_phone}", status=404)
    second.ask("GET", "/me", status=401)
    first.ask("GET", "/me")
    firm.admin.ask("DELETE", f"/users/{user}/sessions", status=204)
    first.ask("GET", "/me", status=401)


def test_nobody_ends_the_session_of_another_through_their_own(firm: Served) -> None:
    _, mine = user_in(firm, "a@example.org")
    _, theirs = user_in(firm, "b@example.org")
    foreign = theirs.ask("GET", "/me/sessions")["items"][0]["id"]
    answers = [mine.client.delete(f"/api/v1/me/sessions/{session}") for session in (foreign, NOBODY)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    theirs.ask("GET", "/me")


def test_an_admin_of_some_clients_lets_nobody_in(firm: Served) -> None:
    client = firm.admin.post("/clients", {"name": "mine"})["id"]
    user, _ = user_in(firm)
    secret = firm.admin.post("/keys", {"name": "limited", "role": "admin", "clients": [client]})["key"]
    limited = Caller(firm.client, secret)
    body = {"name": "x", "email": "x@example.org", "role": "admin"}
    requests: list[tuple[str, str, Any]] = [
        *(("GET", "/users", None), ("POST", "/users", body), ("GET", f"/users/{user}", None)),
        *(("PATCH", f"/users/{user}", {"role": "admin"}), ("DELETE", f"/users/{user}", None)),
        *(("POST", f"/users/{user}/sign-in-links", None), ("GET", f"/users/{user}/sessions", None)),
        *(("DELETE", f"/users/{user}/sessions", None), ("DELETE", f"/users/{user}/sessions/{NOBODY}", None)),
        ("GET", f"/users/{NOBODY}", None),
    ]
    refusals = {limited.ask(method, path, sent, status=403).content for method, path, sent in requests}
    assert len(refusals) == 1  # whether there is such a user is not told either


def test_whoever_is_not_known_is_told_what_they_are(firm: Served) -> None:
    key = firm.caller(Role.VIEWER)
    me = key.get("/me")
    assert (me["name"], me["role"], me["clients"], me["door"], me["email"]) == ("a viewer", "viewer", None, "key", None)
    assert firm.client.get("/api/v1/me").status_code == 401


def test_a_link_to_a_new_password_ends_the_sessions_that_the_old_one_began(firm: Served) -> None:
    user, old = user_in(firm)
    link = firm.admin.post(f"/users/{user}/sign-in-links", None)
    assert link["purpose"] == "reset"
    fresh = Browser(firm)
    assert fresh.come_in(link["url"], name="Mallory", password="plum harbour quilt").status_code == 303
    assert fresh.ask("GET", "/me")["name"] == "Noor Haddad"
    old.ask("GET", "/me", status=401)
    assert Browser(firm).sign_in("noor@example.org", PASSWORD).status_code == 422
    assert Browser(firm).sign_in("noor@example.org", "plum harbour quilt").status_code == 303
