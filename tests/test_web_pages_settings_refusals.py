"""Forms of settings, clients and engagements name all mistakes at once, each beside its field, and keep all texts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

import pytest
from api_client import Served, served
from browsing import Visitor, tell_a_story, text_of

LONG = "x" * 301
SOME = {"scope": "some", "clients.name": "", "clients.for": ""}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with a story."""
    with served(tmp_path_factory.mktemp("mistakes")) as running:
        tell_a_story(running)
        running.admin.post("/users", {"name": "Vera", "email": "vera@example.org", "role": "viewer"})
        yield running


@pytest.fixture(scope="module")
def admin(firm: Served) -> Visitor:
    """A new admin."""
    return Visitor(firm)


MISTAKES: Mapping[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "a key without a name that expires on no day": (
        "/settings/keys",
        {"name": "", "role": "viewer", "scope": "all", "expires_on": "yesterday"},
        {"name": "Required.", "expires_on": "Type a date like 2026-03-01 or 1 Mar 2026."},
    ),
    "a key for some clients, of which none is chosen, with a long name": (
        "/settings/keys",
        {"name": LONG, "role": "viewer", **SOME},
        {"name": "Must have at most 200 characters.", "clients": "Choose at least one client."},
    ),
    "a key that has expired": (
        "/settings/keys",
        {"name": "Export", "role": "viewer", "scope": "all", "expires_on": "1 Jan 2020"},
        {"expires_on": "Must be in the future."},
    ),
    "a user without a name or an address": (
        "/settings/users",
        {"name": "", "email": "nope", "role": "viewer", **SOME},
        {"name": "Required.", "email": "Must be an email address", "clients": "Choose at least one client."},
    ),
    "a user whose address another user has": (
        "/settings/users",
        {"name": "Vera Two", "email": "vera@example.org", "role": "viewer", "scope": "all"},
        {"email": "Another user has this email address."},
    ),
    "a calendar of a client that is not on record": (
        "/settings/calendar-links",
        {"name": LONG, "scope": "some", "clients.name": "Nobody Ltd", "clients.for": ""},
        {"name": "Must have at most 200 characters.", "clients": "No client with this name."},
    ),
    "a webhook to nowhere": (
        "/settings/webhooks",
        {"url": "", **SOME},
        {"url": "Required.", "clients": "Choose at least one client."},
    ),
    "a link to no client that expires on no day": (
        "/settings/share-links",
        {"client": "", "client.name": "", "expires_on": "soon", "as_of": "2025", "password": "short"},
        {
            "client": "Required.",
            "expires_on": "Type a date like 2026-03-01 or 1 Mar 2026.",
            "as_of": "Type a whole date",
            "password": "Must have at least 12 characters.",
        },
    ),
    "a link that is embedded with a password": (
        "/settings/share-links",
        {"client": "halcyon-health", "expires_on": "1 Jan 2190", "password": "four words in a row", "embed": "true"},
        {"embed": "A link with a password can't be embedded."},
    ),
    "firm settings without what they need": (
        "/settings/firm",
        {"firm_name": LONG, "fiscal_year_start_month": "", "time_zone": "", "public_address": "x", "currency": ""},
        {
            "firm_name": "Must have at most 200 characters.",
            "fiscal_year_start_month": "Required.",
            "time_zone": "Required.",
            "public_address": "Must be an https or http address",
            "currency": "Required.",
        },
    ),
    "thresholds that are empty": (
        "/settings/signs/A03",
        {"functions": "", "counts_from": "soon"},
        {"functions": "Required.", "counts_from": "Must be a date"},
    ),
    "thresholds below nothing": (
        "/settings/signs/A03",
        {"functions": "-4", "counts_from": ""},
        {"functions": "Must be a whole number.", "counts_from": "Required."},
    ),
    "thresholds from a day that is past": (
        "/settings/signs/A03",
        {"functions": "12", "counts_from": "1 Jan 2020"},
        {"counts_from": "This day is in the past."},
    ),
    "an account without a name": (
        "/settings/account/name",
        {"name": " "},
        {"name": "Must not be empty."},
    ),
    "a client under the short name of another": (
        "/clients/new",
        {"name": "Halcyon", "slug": "halcyon-health"},
        {"slug": "Another client has this short name."},
    ),
    "a client whose fiscal year starts in no month": (
        "/clients/new",
        {"name": "", "fiscal_year_start_month": "spring", "profile.headcount": "many"},
        {"name": "Required.", "fiscal_year_start_month": "Must be a", "profile.headcount": "Must be a whole number."},
    ),
    "an engagement without a name or a day": (
        "/clients/quiet-mills/engagements/new",
        {"name": "", "started_on": "31 Feb 2025", "closed_on": "later", "outcome": ""},
        {
            "name": "Required.",
            "started_on": "There is no such day in the calendar.",
            "closed_on": "Type a date like",
            "outcome": "Required.",
        },
    ),
    "a profile without a name or a whole date": (
        "/clients/halcyon-health/profile",
        {"name": "", "effective_on": "2025", "headcount": "-4"},
        {"name": "Required.", "effective_on": "Type a whole date", "headcount": "Must be at least 0."},
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_all_mistakes_of_a_form_are_named_at_once_beside_their_fields_and_nothing_typed_is_lost(
    admin: Visitor, mistake: str
) -> None:
    path, typed, wrong = MISTAKES[mistake]
    answer = admin.client.post(path, data=typed)
    assert answer.status_code in (409, 422), text_of(answer.text)
    page = answer.text
    beside = {
        name: html.unescape(words)
        for name, words in re.findall(r'<p class="error" id="f-([\w-]+)-error">(.*?)</p>', page)
    }
    assert set(beside) == {name.replace("_", "-").replace(".", "-") for name in wrong}
    for name, words in wrong.items():
        assert beside[name.replace("_", "-").replace(".", "-")].startswith(words), name
    summary = re.search(r'<section class="refusal".*?</section>', page, re.S)
    assert summary is not None
    links = re.findall(r'href="#(f-[\w-]+)"', summary[0])
    places = [page.index(f'id="{link}"') for link in links]
    assert len(links) == len(wrong)
    assert places == sorted(places), "in the order of the form"
    for name, text in typed.items():
        if text.strip() and name not in ("scope", "client", "role", "embed"):
            shown = re.search(rf'name="{re.escape(name)}"[^>]* value="{re.escape(text)}"', page)
            assert shown or name == "fiscal_year_start_month", name


def test_a_user_without_an_email_address_can_be_changed_without_one(firm: Served, admin: Visitor) -> None:
    mine = firm.admin.get("/users")["items"]
    nameless = next(user for user in mine if user["email"] is None)
    path = f"/settings/users/{nameless['id']}"
    assert not re.search(r'id="f-email"[^>]* required', admin.get(path))
    admin.send(path, {"name": "Renamed", "email": "", "role": "admin", "scope": "all"})
    assert "Renamed" in text_of(admin.get(path))
    refused = admin.send(path, {"name": "", "email": "", "role": "admin", "scope": "all"}, 422)
    assert 'id="f-name-error">Required.<' in refused
