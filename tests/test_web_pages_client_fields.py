"""Clients in forms and filters: found by their names, whatever their number; limits stay as they are unless changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import Visitor, sent_unchanged, text_of

from api.state.roles import Role

NAMES = ("Halcyon Health", "Halcyon Mills", "Zoë & Søn", "Twin", "Twin")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with five clients, two of one name, served."""
    with served(tmp_path_factory.mktemp("client-fields")) as running:
        for name in NAMES:
            running.admin.post("/clients", {"name": name})
        yield running


@pytest.fixture(scope="module")
def admin(firm: Served) -> Visitor:
    """An admin at a browser."""
    return Visitor(firm)


def test_a_profile_form_shows_codes_in_words_and_keeps_them_on_record(firm: Served, admin: Visitor) -> None:
    firm.admin.post("/clients", {"name": "Quarry", "profile": {"funding_stage": "series_a", "sector": "Deep_tech"}})
    form = admin.get("/clients/quarry/profile")
    sent = sent_unchanged(form)
    assert (sent["funding_stage"], sent["sector"]) == (["Series A"], ["Deep_tech"])
    admin.client.post("/clients/quarry/profile", data={**sent, "headcount": "40"})
    profile = firm.admin.get("/clients/quarry")["profile"]
    assert (profile["funding_stage"], profile["sector"], profile["headcount"]) == ("series_a", "Deep_tech", 40)
    again = sent_unchanged(admin.get("/clients/quarry/profile"))
    admin.client.post("/clients/quarry/profile", data={**again, "funding_stage": "Series B"})
    assert firm.admin.get("/clients/quarry")["profile"]["funding_stage"] == "Series B"


def labels(visitor: Visitor, q: str) -> list[str]:
    return [item["label"] for item in visitor.client.get("/clients.json", params={"q": q}).json()["items"]]


def links(firm: Served) -> list[Any]:
    return list(firm.admin.get("/share-links")["items"])


def test_clients_are_found_by_typing_the_likeliest_first(firm: Served, admin: Visitor) -> None:
    assert labels(admin, "halcyon") == ["Halcyon Health", "Halcyon Mills"]
    assert labels(admin, "zoe") == ["Zoë & Søn"]
    assert labels(admin, "mills")[0] == "Halcyon Mills"
    firm.admin.post("/clients", {"name": "A Mills"})
    firm.admin.post("/clients", {"name": "Mills"})
    assert labels(admin, "mills")[0] == "Mills"
    firm.admin.post("/clients/mills/profile-changes", {"name": "Weavers", "effective_on": "2024-01-01"})
    assert "Weavers" in labels(admin, "mills")
    health = UUID(firm.admin.get("/clients/halcyon-health")["id"])
    assert labels(Visitor(firm, Role.VIEWER, {health}), "") == ["Halcyon Health"]
    firm.admin.post("/clients/mills/retraction", {"reason": "registered by mistake"})
    assert "Weavers" not in labels(admin, "mills")


def test_a_share_link_is_made_for_a_client_by_its_name(firm: Served, admin: Visitor) -> None:
    page = admin.get("/settings/share-links?client=halcyon-health")
    assert 'value="Halcyon Health"' in page
    assert "<datalist" not in page
    form = {**sent_unchanged(page), "client.name": ["halcyon mills"]}
    admin.send("/settings/share-links", form, status=201)
    mills = firm.admin.get("/clients/halcyon-mills")["id"]
    assert links(firm)[0]["client"] == mills
    before = len(links(firm))
    text = text_of(admin.send("/settings/share-links", {**form, "client.name": "Halcyon"}, status=422))
    assert "Did you mean one of these?" in text
    assert "Several clients have this name" in text_of(
        admin.send("/settings/share-links", {**form, "client.name": "Twin"}, status=422)
    )
    assert "No client with this name" in text_of(
        admin.send("/settings/share-links", {**form, "client.name": "Nobody"}, status=422)
    )
    assert len(links(firm)) == before
    chosen = {**form, "client.name": "Twin", "client.for": "Twin", "client.pick": "twin-2"}
    admin.send("/settings/share-links", chosen, status=201)
    assert links(firm)[0]["client"] == firm.admin.get("/clients/twin-2")["id"]


def test_a_limit_that_nobody_touched_stays(firm: Served, admin: Visitor) -> None:
    gone = firm.admin.post("/clients", {"name": "Registered Twice"})
    limits: dict[str, list[str]] = {"gone": [gone["id"]], "none": [], "two": ["halcyon-health", "twin"]}
    users = {}
    for name, clients in limits.items():
        body = {"name": name, "email": f"{name}@example.org", "role": "viewer", "clients": clients}
        users[name] = firm.admin.post("/users", body)
    firm.admin.post("/clients/registered-twice/retraction", {"reason": "twice"})
    for name, user in users.items():
        page = admin.get(f"/settings/users/{user['id']}")
        admin.send(f"/settings/users/{user['id']}", {**sent_unchanged(page, "role"), "role": ["recorder"]})
        after = firm.admin.get(f"/users/{user['id']}")
        assert (after["role"], after["clients"]) == ("recorder", user["clients"]), name


def test_a_limit_is_never_widened_or_narrowed_by_mistake(firm: Served, admin: Visitor) -> None:
    key = {"name": "export", "role": "viewer"}
    health = firm.admin.get("/clients/halcyon-health")["id"]
    both = text_of(admin.send("/settings/keys", {**key, "scope": "all", "clients.name": "Halcyon Health"}, status=422))
    assert "Only the clients below" in both
    assert "Choose at least one client" in text_of(admin.send("/settings/keys", {**key, "scope": "some"}, status=422))
    admin.send("/settings/keys", {**key, "scope": "some", "clients.name": "halcyon health"}, status=201)
    assert firm.admin.get("/keys")["items"][-1]["clients"] == [health]
    admin.send("/settings/keys", {**key, "scope": "all"}, status=201)
    assert firm.admin.get("/keys")["items"][-1]["clients"] is None


def test_a_limit_is_shown_by_the_names_of_its_clients(firm: Served) -> None:
    health = UUID(firm.admin.get("/clients/halcyon-health")["id"])
    limited = Visitor(firm, Role.VIEWER, {health})
    for path in ("/settings", "/settings/account"):
        assert "Halcyon Health" in text_of(limited.get(path)), path
        assert "halcyon-health" not in text_of(limited.get(path)), path


def test_the_board_reports_form_finds_its_client_by_name_and_lists_none(firm: Served, admin: Visitor) -> None:
    page = admin.get("/board-report")
    assert not [name for name in NAMES if name in page]
    answer = admin.client.get("/board-report", params={"client.name": "halcyon health"}, follow_redirects=False)
    assert answer.headers["location"] == "/board-report?client=halcyon-health"
    assert 'value="Halcyon Health"' in admin.get("/board-report?client=halcyon-health")
    assert "Did you mean one of these?" in text_of(admin.get("/board-report.pdf?client.name=halcyon"))
