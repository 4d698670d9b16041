"""Whatever is recorded on a page can be undone from its notice: by a form that is filled in and says what it does."""

from __future__ import annotations

import html
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor, sent_unchanged, tell_a_story, text_of
from starlette.requests import Request
from test_api_firm_settings import png

from web.pages.flash import COOKIE, flash_of


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with a story."""
    with served(Path(tmp_path_factory.mktemp("undone"))) as running:
        yield running


def undo_of(page: str) -> str:
    """Where the notice of a page leads to undo what was recorded."""
    match = re.search(r'<a href="([^"]+)">Undo</a>', page)
    assert match is not None
    return html.unescape(match[1])


def test_a_correction_a_retraction_and_a_logged_milestone_are_each_undone_from_their_notice(firm: Served) -> None:
    ids, admin = tell_a_story(firm), Visitor(firm)
    address = f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}"
    recorded = firm.admin.get(address)

    def latest() -> dict[str, object]:
        milestone = firm.admin.get(address)
        return {name: milestone[name] for name in ("effective_on", "details", "note")}

    first = latest()
    correction = {"do": "record", "effective_on": "2025-06-20", "reason": "later", "note": "x"}
    corrected = admin.send(f"{address}/correct", {**sent_unchanged(admin.get(f"{address}/correct")), **correction})
    assert latest() != first
    form = admin.get(undo_of(corrected))
    assert "Undoes the correction of" in form
    admin.send(f"{address}/correct", {**sent_unchanged(form), "do": "record"})
    assert latest() == first

    admin.fill(f"{address}/retract", {"reason": "never happened"})
    assert "Log it again" in text_of(admin.get(address))
    form = admin.get(f"{address}/undo")
    logged = admin.send("/milestones/new", {**sent_unchanged(form), "do": "record"})
    newest = firm.admin.get("/clients/halcyon-health/timeline")["milestones"][-1]
    assert {name: newest[name] for name in first} == first
    assert newest["id"] != recorded["id"]

    form = admin.get(undo_of(logged))
    assert "Logged by mistake" in form
    admin.send(f"/engagements/{ids['engagement']}/milestones/{newest['id']}/retract", sent_unchanged(form))
    assert [m["id"] for m in firm.admin.get("/clients/halcyon-health/timeline")["milestones"]].count(newest["id"]) == 0


def test_a_client_registered_by_mistake_is_retracted_from_its_notice_until_it_has_an_engagement(firm: Served) -> None:
    admin = Visitor(firm)
    registered = admin.fill("/clients/new", {"name": "Mistaken Ltd"})
    form = undo_of(registered)
    assert form == "/clients/mistaken-ltd/retract?undo=yes"
    assert "Registered by mistake" in admin.get(form)
    opened = admin.fill("/clients/mistaken-ltd/engagements/new", {"name": "CTO", "started_on": "2025-03-01"})
    blocked = text_of(admin.get(form))
    assert "be retracted while it has an engagement" in blocked
    assert "close the engagement instead" in blocked
    assert "Retract CTO" in blocked

    retraction = undo_of(opened)
    assert "Opened by mistake" in admin.get(retraction)
    admin.send(retraction.partition("?")[0], sent_unchanged(admin.get(retraction)))
    admin.send(form.partition("?")[0], sent_unchanged(admin.get(form)))
    assert "mistaken-ltd" not in [client["slug"] for client in firm.admin.get("/clients")["items"]]


@pytest.mark.parametrize("effective_on", ["2025-03-01", "2026-01-01", "2031-01-01"])
def test_a_change_of_a_profile_is_undone_on_its_day_and_touches_nothing_else(firm: Served, effective_on: str) -> None:
    admin, name = Visitor(firm), f"Profile {effective_on}"
    profile = {"sector": "energy", "headcount": 10}
    slug = firm.admin.post("/clients", {"name": name, "profile": profile})["slug"]
    firm.admin.post(f"/clients/{slug}/profile-changes", {"effective_on": "2025-06-01", "headcount": 30})

    def values() -> list[object]:
        days = ("2024-01-01", "2025-03-01", "2025-06-01", "2026-01-01", "2031-01-01")
        clients = [firm.admin.get(f"/clients/{slug}?as_of={day}") for day in days]
        return [(one["name"], one["profile"]["sector"], one["profile"]["headcount"]) for one in clients]

    before = values()
    path = f"/clients/{slug}/profile"
    changes = {"effective_on": effective_on, "sector": "mining", "name": "Renamed"}
    changed = admin.send(path, {**sent_unchanged(admin.get(path)), **changes})
    assert values() != before
    page = admin.get(undo_of(changed))
    action = re.search(r'<form class="form narrow" method="post" action="([^"]+)"', page)
    assert action
    admin.send(html.unescape(action[1]), sent_unchanged(page))
    assert values() == before


def test_settings_of_the_firm_are_undone_from_the_notice_and_reset_one_by_one(firm: Served) -> None:
    admin, path = Visitor(firm), "/settings/firm"

    def settings() -> dict[str, object]:
        names = ("firm_name", "time_zone", "currency", "fiscal_year_start_month")
        return {name: firm.admin.get("/settings")[name] for name in names}

    before = settings()
    changes = {"firm_name": "Harbor & Co", "time_zone": "Europe/Berlin", "currency": "EUR"}
    saved = admin.send(path, {**sent_unchanged(admin.get(path)), **changes})
    assert settings() == {**before, **changes}
    form = admin.get(path)
    assert "Reset to default" in form
    reset = admin.send(path, {**sent_unchanged(form), "firm_name": "Typed", "do": "default:currency"})
    assert sent_unchanged(reset)["currency"] == ["USD"]
    assert sent_unchanged(reset)["firm_name"] == ["Typed"]
    assert settings() == {**before, **changes}
    admin.send(path, sent_unchanged(admin.get(undo_of(saved))))
    assert settings() == before


def test_thresholds_are_undone_from_the_notice(firm: Served) -> None:
    admin, path = Visitor(firm), "/settings/signs/A07"
    before = sent_unchanged(admin.get(path))
    name = next(name for name in before if name not in ("form_id", "version", "counts_from", "do"))
    saved = admin.send(path, {**before, name: str(int(before[name][0]) + 1)})
    assert sent_unchanged(admin.get(path))[name] != before[name]
    assert "Reset to default" in admin.get(path)
    admin.send(path, sent_unchanged(admin.get(undo_of(saved))))
    assert sent_unchanged(admin.get(path))[name] == before[name]


def test_people_and_the_rights_of_users_are_changed_back_from_the_notice(firm: Served) -> None:
    admin = Visitor(firm)
    added = admin.fill("/people/new", {"name": "Añá Müller", "email": "ana@example.org", "employer": "firm"})
    assert "Undoes adding Añá Müller" in admin.get(undo_of(added))
    person = re.search(r"/people/([0-9a-f-]{36})/erase", undo_of(added))
    assert person
    path = f"/people/{person[1]}/change"
    changes = {"name": "Ana Muller", "email": "", "employer": "client"}
    changed = admin.send(path, {**sent_unchanged(admin.get(path)), **changes})
    admin.send(path, sent_unchanged(admin.get(undo_of(changed))))
    now = firm.admin.get(f"/people/{person[1]}")
    assert (now["name"], now["email"], now["employer"]) == ("Añá Müller", "ana@example.org", "firm")
    assert ">Undo</a>" not in admin.send(path, sent_unchanged(admin.get(path)))

    client = firm.admin.post("/clients", {"name": "Looked after"})
    body = {"person": person[1], "email": "ana@example.org", "role": "recorder", "clients": [client["id"]]}
    firm.admin.post("/users", body)
    path = f"/settings/users/{person[1]}"

    def rights() -> tuple[object, object]:
        user = firm.admin.get(f"/users/{person[1]}")
        return user["role"], user["clients"]

    before = rights()
    widened = admin.send(
        path, {**sent_unchanged(admin.get(path), "role"), "role": "admin", "scope": "all", "clients": ""}
    )
    assert rights() == ("admin", None)
    admin.send(path, sent_unchanged(admin.get(undo_of(widened)), "role"))
    assert rights() == before
    removed = admin.send(f"{path}/remove", {})
    form = sent_unchanged(admin.get(undo_of(removed).partition("#")[0]), "role")
    admin.send(undo_of(removed).partition("#")[0], form, 201)
    assert rights() == before


def test_a_logo_that_was_replaced_or_removed_comes_back_from_the_notice(firm: Served) -> None:
    admin, first, second = Visitor(firm), png(8, 8), png(16, 16)

    def shown() -> object:
        return firm.admin.get("/settings")["logo"]

    def upload(content: bytes) -> str:
        form_id = sent_unchanged(admin.get("/settings/logo"))["form_id"]
        files = {"logo": ("a.png", content, "image/png")}
        return str(admin.client.post("/settings/logo", data={"form_id": form_id}, files=files).text)

    def undo(page: str, deed: str) -> None:
        assert f'action="/settings/logo/{deed}"' in admin.get(undo_of(page))
        name = undo_of(page).partition("undo=")[2]
        admin.send(f"/settings/logo/{deed}", {} if deed == "remove" else {"name": name})

    undo(upload(first), "remove")
    assert shown() is None
    upload(first)
    before = shown()
    replaced = upload(second)
    assert shown() != before
    undo(replaced, "restore")
    assert shown() == before
    removed = admin.send("/settings/logo/remove", {})
    assert shown() is None
    undo(removed, "restore")
    assert shown() == before
    assert admin.client.post("/settings/logo/restore", data={"name": "no such picture"}).status_code == 422


def test_a_forged_notice_leads_nowhere_else() -> None:
    for path in ("https://evil.example", "//evil.example", "javascript:alert(1)", "/x\\y"):
        value = urlsafe_b64encode(path.encode()).decode().rstrip("=")
        request = Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}=firm-settings...{value}".encode())]})
        flash = flash_of(request)
        assert flash is not None
        assert flash.undo == ""
