"""The audit as its readers meet it: what was done in their words, and from which session or key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor, text_of
from signing_in import Browser, user_in

from api.state.audit import Act
from web.pages.settings.audit_wording import DONE, THINGS


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def rows_of(page: str) -> list[str]:
    """What the rows of the list say, newest first."""
    return [text_of(row) for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.S)]


def test_there_are_words_for_every_act_and_for_what_each_is_about() -> None:
    assert set(Act) <= DONE.keys()
    assert {act.partition(".")[0] for act in Act} <= THINGS.keys()


def test_what_was_done_is_told_as_a_person_would_say_it_and_from_which_session_or_key(firm: Served) -> None:
    admin = Visitor(firm)
    firm.admin.post("/clients", {"name": "Acme"})
    user, noor = user_in(firm, clients=["acme"])
    Browser(firm).sign_in("noor@example.org")
    Browser(firm).sign_in("noor@example.org", "not her password")
    firm.admin.ask("PATCH", f"/users/{user}", {"role": "recorder", "clients": None})
    noor.ask("DELETE", "/me/sessions", status=204)
    key = firm.admin.post("/keys", {"name": "nightly", "role": "viewer"})["id"]
    firm.admin.post(f"/keys/{key}/rotation", {"grace_seconds": 5400})
    shared = {"client": "acme", "expires_at": "2199-01-01T00:00:00Z", "money": True, "password": "plum harbour quilt"}
    firm.admin.post("/share-links", shared)
    view = firm.admin.post("/views", {"name": "all", "url": "/clients", "shared": True})["id"]
    firm.admin.ask("DELETE", f"/views/{view}", status=204)
    assert firm.client.post("/read-models/rebuild", headers={"Authorization": f"Bearer {firm.admin.key}"}).is_success
    admin.fill("/people/new", {"name": "Dana", "employer": "firm"})
    answer = rows_of(admin.get("/settings/audit"))
    whole = "\n".join(answer)
    for words in (
        "Rebuilt the read models",
        "Deleted a view of the firm",
        "Saved a view for the firm",
        "Shared a timeline with money, with a password, until 1 Jan 2199",
        "Rotated an API key the old secret worked for 1 hour 30 minutes more",
        "Created an API key as viewer of all clients",
        "Signed out everywhere else",
        "Changed a user all clients, role: recorder",
        "Signed in with a password, session ",
        "Signed in with an invitation, session ",
        "Signed in with a one-time link, session ",
        "Invited a user as viewer of 1 client",
        "not signed in A sign-in failed",
        "Registered a client",
    ):
        assert words in whole, words
    assert not re.search(r"link: |_seconds|\bTrue\b|None|[0-9a-f]{8}-[0-9a-f]{4}", whole)
    mine = next(row for row in answer if "Added a person" in row)
    assert re.search(r"A admin in a browser, session [0-9a-f]{8} Added a person", mine)
    theirs = next(row for row in answer if "Signed out everywhere else" in row)
    assert re.search(r"Noor Haddad in Firefox on Linux, session [0-9a-f]{8}", theirs)
    assert re.search(r"a admin with the key [0-9a-f]{8} Rotated", whole)
