"""Forms of pages over HTTP: the same commands as the API, what was typed kept, refusals in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor, hidden_in, tell_a_story, text_of


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    """An empty firm, served."""
    with served(data_dir) as running:
        yield running


@pytest.fixture
def admin(firm: Served) -> Visitor:
    """An admin at a browser."""
    return Visitor(firm)


NEW = "/milestones/new?client=halcyon-health&kind="


def test_a_whole_story_is_told_through_forms_alone(firm: Served, admin: Visitor) -> None:
    admin.fill("/people/new", {"name": "Maya", "employer": "firm"})
    page = admin.fill("/clients/new", {"name": "Acme Air", "profile.headcount": "1,200", "profile.regulated": "true"})
    assert "The client is registered." in page
    page = admin.fill("/clients/acme-air/engagements/new", {"name": "Two hats", "started_on": "2025-Q1"})
    assert "The engagement is open." in page
    maya = firm.admin.get("/people?q=Maya")["items"][0]["id"]
    page = admin.fill(
        "/milestones/new?client=acme-air&kind=structure_chosen&shape=both",
        {
            "shape": "both",
            "effective_on": "1 Mar 2025",
            "seats.0.holder": maya,
            "seats.0.commitment": "fractional",
            "seats.0.provider": "firm",
            "seats.0.hours_per_month.ai": "12",
            "seats.0.monthly_fee.amount": "8,500",
            "seats.0.monthly_fee.currency": "usd",
            "links": "https://example.org/letter\n",
            "do": "record",
        },
    )
    words = text_of(page)
    assert "The milestone is recorded." in words
    assert "Unified, fractional" in words
    assert "8,500 USD" in words
    client = firm.admin.get("/clients/acme-air")
    assert client["profile"]["headcount"] == 1200
    assert client["profile"]["regulated"] is True
    assert client["structure"] == "unified_fractional"
    milestones = firm.admin.get(f"/engagements/{client['engagement']}/milestones")["items"]
    assert [(m["effective_on"], m["precision"]) for m in milestones] == [
        ("2025-01-01", "quarter"),
        ("2025-03-01", "day"),
    ]
    assert milestones[1]["links"] == ["https://example.org/letter"]


def test_an_effect_is_shown_before_anything_is_recorded(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    before = firm.context.log.head()
    fields = {"effective_on": "2025-09-01", "functions": "ai", "holder": ids["Elena"], "provider": "client"}
    page = admin.fill(NEW + "transitioned_to_full_time", {**fields, "do": "check"})
    words = text_of(page)
    assert "From 1 Sep 2025: Fractional CTO, full-time CAIO (was: Two seats, both fractional)." in words
    assert 'value="2025-09-01"' in page
    assert firm.context.log.head() == before
    form = hidden_in(admin.get(NEW + "transitioned_to_full_time"))
    part = admin.send("/milestones/check", {**form, **fields})
    assert "From 1 Sep 2025" in part
    assert "<html" not in part


def test_a_refusal_stands_in_plain_words_and_keeps_what_was_typed(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    seat = {"holder": ids["Dana"], "commitment": "fractional", "provider": "firm"}
    fields = {
        **{f"technology.{name}": value for name, value in seat.items()},
        **{f"ai.{name}": value for name, value in seat.items()},
        "effective_on": "5 May 2024",
        "note": "typed and kept",
        "do": "record",
    }
    page = admin.fill(NEW + "split_to_two_roles", fields, status=409)
    words = text_of(page)
    assert "The two functions are already in two seats" in words
    assert "Conflicts with: Split into two roles, 10 Jun 2025" in words
    assert "split_to_two_roles" not in words
    assert f"/milestones/{ids['split_to_two_roles']}" in page
    assert "typed and kept" in page
    assert 'value="5 May 2024"' in page


def test_what_is_wrong_stands_beside_its_field(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    page = admin.fill(
        NEW + "outcome_measured",
        {"effective_on": "someday", "initiative": "triage", "value": "many", "unit": "", "metric": "m", "do": "record"},
        status=422,
    )
    beside = dict(re.findall(r'<p class="error" id="f-([a-z-]+)-error">([^<]+)</p>', page))
    assert beside["effective-on"].startswith("Type a date like")
    assert beside["value"] == "Must be a number."
    assert beside["unit"] == "Required."
    assert 'value="many"' in page


def test_the_same_form_sent_twice_records_once(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    form = hidden_in(admin.get(NEW + "handed_over"))
    fields = {**form, "effective_on": "2025-10-01", "functions": "ai", "holder": ids["Elena"], "do": "record"}
    admin.send("/milestones/new", fields)
    head = firm.context.log.head()
    assert "The milestone is recorded." in admin.send("/milestones/new", fields)
    assert firm.context.log.head() == head
    admin.send("/milestones/new", {**fields, "holder": ids["Ravi"], "effective_on": "2025-12-01"})
    assert firm.context.log.head() == head + 1


def test_a_milestone_is_corrected_and_every_version_stays_in_sight(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    path = f"/engagements/{ids['engagement']}/milestones/{ids['structure_chosen']}"
    page = admin.get(f"{path}/correct")
    assert 'value="17 Apr 2024"' in page
    assert 'value="11500.00"' in page
    words = text_of(
        admin.fill(
            f"{path}/correct",
            {
                "effective_on": "Apr 2024",
                "seats.0.holder": ids["Ravi"],
                "seats.0.commitment": "fractional",
                "seats.0.provider": "firm",
                "reason": "the letter names Ravi",
                "do": "record",
            },
        )
    )
    assert "The correction is recorded" in words
    assert "Versions 2" in words
    assert "the letter names Ravi" in words
    assert "Apr 2024" in words
    assert "17 Apr 2024" in words
    assert "11,500 USD" in words
    answer = firm.admin.get(path)
    assert answer["precision"] == "month"
    assert answer["details"]["seats"][0]["monthly_fee"] is None


def test_a_milestone_is_retracted_with_a_reason_and_stays_on_record(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    path = f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}"
    assert "From 10 Jun 2025: Unified, fractional" in text_of(admin.get(f"{path}/retract"))
    assert "Enter a reason." in admin.fill(f"{path}/retract", {"reason": " "}, status=422)
    admin.fill(f"{path}/retract", {"reason": "wrong client"})
    words = text_of(admin.get(path))
    assert "Retracted" in words
    assert "wrong client" in words
    admin.get(f"{path}/retract", expect=404)
    admin.get(f"{path}/correct", expect=404)


def test_what_cannot_be_retracted_says_why_before_it_is_tried(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    path = f"/engagements/{ids['engagement']}/milestones/{ids['structure_chosen']}/retract"
    assert "No unified seat is held" in text_of(admin.get(path))
    assert "No unified seat is held" in text_of(admin.fill(path, {"reason": "never happened"}, status=409))


def test_a_form_that_somebody_overtook_is_refused_and_can_be_sent_again(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    path = f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}/retract"
    form = hidden_in(admin.get(path))
    firm.admin.post(
        f"/engagements/{ids['engagement']}/milestones",
        {"kind": "alignment_held", "effective_on": "2025-10-01", "participants": [ids["Dana"]]},
    )
    page = admin.send(path, {**form, "reason": "never happened"}, status=412)
    assert "Someone else made a change" in page
    assert "never happened" in page
    admin.send(path, {**hidden_in(page), "reason": "never happened"})


def test_a_profile_changes_only_where_it_was_changed(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    form = admin.get("/clients/halcyon-health/profile")
    assert 'value="240"' in form
    admin.fill(
        "/clients/halcyon-health/profile",
        {
            "name": "Halcyon",
            "effective_on": "2026-01-01",
            "sector": "",
            "headcount": "260",
            "ai_spend.amount": "90000",
            "ai_spend.currency": "eur",
        },
    )
    history = firm.admin.get("/clients/halcyon-health")["profile_history"]
    assert [(h["name"], h["profile"]["headcount"], h["profile"]["sector"]) for h in history] == [
        ("Halcyon Health", 240, "health"),
        ("Halcyon", 260, None),
    ]
    words = text_of(admin.get("/clients/halcyon-health"))
    assert "Name: Halcyon (was Halcyon Health)" in words
    refused = admin.fill(
        "/clients/halcyon-health/profile", {"name": "Halcyon", "effective_on": "then", "headcount": "x"}, status=422
    )
    assert "Type a date like" in refused


def test_a_key_is_shown_once_works_and_is_revoked(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    page = admin.send("/settings/keys", {"name": "nightly", "role": "viewer", "clients": "halcyon-health"}, status=201)
    key = re.search(r"<code>(sl[^<]+)</code>", page) or re.search(r"<pre[^>]*><code>([^<\s]+)</code>", page)
    assert key is not None
    headers = {"Authorization": f"Bearer {key[1]}"}
    listed = firm.client.get("/api/v1/clients", headers=headers).json()["items"]
    assert [client["slug"] for client in listed] == ["halcyon-health"]
    again = admin.get("/settings/keys")
    assert key[1] not in again
    revoke = re.search(r'action="(/settings/keys/[^"]+/revoke)">.{0,100}<button[^>]*aria-label="Revoke nightly"', again)
    assert revoke is not None
    admin.send(revoke[1], {})
    assert firm.client.get("/api/v1/clients", headers=headers).status_code == 401


def test_people_are_added_and_shown_with_their_seats(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    page = admin.fill("/people/new", {"name": "", "employer": "firm", "email": "x"}, status=422)
    assert "Name" in text_of(page)
    assert 'value="x"' in page
    words = text_of(admin.get(f"/people/{ids['Ravi']}"))
    assert "Halcyon Health CAIO seat" in words
    admin.fill(f"/people/{ids['Ravi']}/change", {"name": "Ravi Menon", "employer": "firm", "email": ""})
    assert "Ravi Menon" in admin.get("/people", q="menon")


def test_the_theme_is_remembered_by_this_browser(admin: Visitor) -> None:
    assert "data-theme=" not in admin.get("/")
    admin.send("/settings/appearance", {"theme": "dark", "keys": "off"})
    page = admin.get("/")
    assert 'data-theme="dark"' in page
    assert 'data-single-keys="off"' in page


def test_an_earlier_engagement_is_recorded_with_its_close_and_mistakes_are_retracted_with_a_reason(
    firm: Served, admin: Visitor
) -> None:
    admin.fill("/clients/new", {"name": "Acme Air"})
    admin.fill("/clients/acme-air/engagements/new", {"name": "Now", "started_on": "2025-06-01"})
    earlier = {"name": "Then", "started_on": "2020-02-01", "closed_on": "2020-12-31"}
    path = "/clients/acme-air/engagements/new"
    assert "Outcome" in text_of(admin.fill(path, earlier, status=422))
    overlapping = {**earlier, "closed_on": "2025-12-31", "outcome": "completed"}
    assert "Another engagement runs from" in text_of(admin.fill(path, overlapping, status=409))
    assert "recorded with its close" in admin.fill(path, {**earlier, "outcome": "completed"})
    shown = firm.admin.get("/clients/acme-air/engagements", params={"as_of": "2026-11-01"})["items"]
    assert [(row["name"], row["closed_on"]) for row in shown] == [("Then", "2020-12-31"), ("Now", None)]
    page = admin.fill(f"/engagements/{shown[0]['id']}/retract", {"reason": " "}, status=422)
    assert "Enter a reason" in text_of(page)
    assert "The client has" in text_of(admin.fill("/clients/acme-air/retract", {"reason": "twice"}, status=409))
    for row in shown:
        page = admin.fill(f"/engagements/{row['id']}/retract", {"reason": "at another client"})
        assert "The engagement is retracted" in page
    page = admin.fill("/clients/acme-air/retract", {"reason": "registered twice"})
    assert "The client is retracted" in page
    assert firm.admin.get("/clients")["items"] == []
