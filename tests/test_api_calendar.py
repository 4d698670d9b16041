"""Calendars over the API: links made by anybody for themselves, and what a calendar program reads behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import time_machine
from api_client import Caller, Served, served
from icalendar import Calendar, Event
from signing_in import user_in

import api.calendar_feed
from api.state.roles import Role

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A client with something of every kind ahead, and another with one plan."""
    with served(tmp_path_factory.mktemp("calendar")) as running:
        tell(running)
        yield running


@pytest.fixture
def story(either: Served) -> Served:
    """The same firm in each of the databases."""
    tell(either)
    return either


def tell(firm: Served) -> None:
    dana, iris = (
        firm.admin.post("/people", {"name": name, "employer": "firm"})["id"] for name in ("Dana Whitfield", "Iris Oka")
    )
    long_name = "Halcyon; Health, Łódź & the Society of Very Long Names in Western Pomerania"
    firm.admin.post("/clients", {"name": long_name, "slug": "halcyon"})
    firm.admin.post("/clients", {"name": "Quiet Mills", "slug": "quiet"})
    today = firm.context.today()
    seats = [seat(dana, "technology"), seat(iris, "ai")]
    milestones = [
        {"kind": "structure_chosen", "effective_on": ahead(today, -20), "seats": seats},
        {"kind": "renewal_set", "effective_on": ahead(today, -20), "renews_on": ahead(today, 90)}
        | {"notice_by": ahead(today, 60)},
        {"kind": "alignment_held", "effective_on": ahead(today, -3), "participants": [dana, iris], "note": "secret"},
        {"kind": "paused", "effective_on": ahead(today, 30), "reason": "secret"},
    ]
    opening = {"name": "Both roles", "started_on": ahead(today, -20), "milestones": milestones}
    firm.admin.post("/clients/halcyon/engagements", opening)
    plan = {"kind": "paused", "effective_on": "2199-04-01", "precision": "quarter"}
    firm.admin.post("/clients/quiet/engagements", {"name": "E", "started_on": ahead(today, -400), "milestones": [plan]})


def seat(holder: str, function: str) -> Mapping[str, Any]:
    return {"functions": [function], "holder": holder, "commitment": "fractional", "provider": "firm"}


def ahead(today: date, days: int) -> str:
    return str(today + timedelta(days=days))


def link(caller: Caller, **body: Any) -> str:
    """The path of a new calendar."""
    url: str = caller.post("/calendar-links", body)["url"]
    return urlsplit(url).path


def calendar(firm: Served, path: str) -> Calendar:
    answer = firm.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content)


def events(firm: Served, path: str) -> dict[str, Event]:
    """The events of a calendar by their title, without the client's name."""
    return {str(event["summary"]).rpartition(": ")[2]: event for event in calendar(firm, path).events}


def test_a_calendar_holds_what_lies_ahead_as_whole_days(story: Served) -> None:
    today = story.context.today()
    path = link(story.admin, name="Ahead")
    read = events(story, path)
    assert {title: (event.start - today).days for title, event in read.items() if event.start.year < 2199} == {
        "Engagement paused (planned)": 30,
        "Last day to give notice": 60,
        "Renewal of the engagement letter": 90,
        "First-quarter deliverables due (technology)": 70,
        "First-quarter deliverables due (AI)": 70,
        "Deliverables of the first 90 days due (technology)": 70,
        "Deliverables of the first 90 days due (AI)": 70,
        "Alignment meeting due": 4,
    }
    assert read["Engagement paused (planned for Q2 2199)"].start == date(2199, 4, 1)
    for event in read.values():
        assert type(event.start) is date
        assert event.end == event.start + timedelta(days=1)
        assert event.LAST_MODIFIED == event.DTSTAMP <= datetime.now(UTC)
    assert len({event.uid for event in read.values()}) == len(read)
    assert calendar(story, path).calendar_name == "Ahead"


def test_names_are_escaped_and_folded_and_nothing_private_is_told(firm: Served) -> None:
    path = link(firm.admin)
    content = firm.client.get(path).content
    assert b"SUMMARY:Halcyon\\; Health\\, \xc5\x81" in content
    assert content.endswith(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert not {b"\n", b"\r"} & set(content.replace(b"\r\n", b""))
    assert b"secret" not in content
    assert b"Dana" not in content
    (name,) = {str(event["summary"]).rpartition(": ")[0] for event in calendar(firm, path).events[:3]}
    assert name == "Halcyon; Health, Łódź & the Society of Very Long Names in Western Pomerania"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in content


def test_a_corrected_plan_moves_under_its_uid_with_a_higher_sequence(story: Served) -> None:
    path, engagement = link(story.admin), story.admin.get("/clients/halcyon/engagements")["items"][0]["id"]
    before, tag = events(story, path), story.client.get(path).headers["etag"]
    assert story.client.get(path, headers={"If-None-Match": f'"x", W/{tag}'}).status_code == 304
    milestones = {one["kind"]: one["id"] for one in story.admin.get(f"/engagements/{engagement}/milestones")["items"]}
    today = story.context.today()
    for kind, changed in (
        ("paused", {"effective_on": ahead(today, 33)}),
        ("renewal_set", {"details": {"renews_on": ahead(today, 93)}}),
    ):
        correction = {"reason": "later", **changed}
        story.admin.post(f"/engagements/{engagement}/milestones/{milestones[kind]}/corrections", correction)
    assert story.client.get(path, headers={"If-None-Match": tag}).status_code == 200
    after = events(story, path)
    for title in ("Engagement paused (planned)", "Renewal of the engagement letter"):
        assert after[title].uid == before[title].uid
        assert after[title].start == before[title].start + timedelta(days=3)
        assert after[title].sequence > before[title].sequence
        assert after[title].LAST_MODIFIED >= before[title].LAST_MODIFIED
    story.admin.post(
        f"/engagements/{engagement}/milestones/{milestones['paused']}/retraction", {"reason": "never meant"}
    )
    assert "Engagement paused (planned)" not in events(story, path)


def test_a_plan_of_today_is_shown_and_what_is_overdue_stays_on_its_day(data_dir: Path) -> None:
    with time_machine.travel(NOW, tick=True) as clock, served(data_dir) as firm:
        tell(firm)
        path = link(firm.admin)
        before = events(firm, path)
        clock.move_to(NOW + timedelta(days=30))
        assert before["Engagement paused (planned)"].start in {e.start for e in calendar(firm, path).events}
        late = events(firm, path)["First-quarter deliverables due (AI)"]
        clock.move_to(NOW + timedelta(days=80))
        overdue = events(firm, path)
        assert "Engagement paused (planned)" not in overdue
        assert "Alignment meeting due" not in overdue  # the engagement is paused
        assert overdue["First-quarter deliverables due (AI)"].start == late.start


def test_a_calendar_is_limited_as_its_maker_is_now(firm: Served) -> None:
    quiet = UUID(firm.admin.get("/clients/quiet")["id"])
    limited = firm.caller(Role.VIEWER, {quiet})
    assert list(events(firm, link(limited))) == ["Engagement paused (planned for Q2 2199)"]
    assert list(events(firm, link(firm.admin, clients=["quiet"]))) == ["Engagement paused (planned for Q2 2199)"]
    foreign, unknown = (
        limited.ask("POST", "/calendar-links", {"clients": ["quiet", slug]}, status=422).json()
        for slug in ("halcyon", "nobodys")
    )
    assert foreign == unknown
    assert [error["field"] for error in foreign["errors"]] == ["clients.1"]
    user, browser = user_in(firm)
    path = urlsplit(browser.ask("POST", "/calendar-links", {}, 201)["url"]).path
    assert len(events(firm, path)) > 1
    firm.admin.ask("PATCH", f"/users/{user}", {"clients": ["quiet"]})
    assert list(events(firm, path)) == ["Engagement paused (planned for Q2 2199)"]
    firm.admin.ask("PATCH", f"/users/{user}", {"active": False})
    assert firm.client.get(path).status_code == 404
    firm.admin.ask("PATCH", f"/users/{user}", {"active": True})
    assert firm.client.get(path).status_code == 200
    firm.admin.ask("DELETE", f"/users/{user}")
    assert firm.client.get(path).status_code == 404


def test_revoked_unknown_and_orphaned_calendars_are_the_same_404(firm: Served) -> None:
    made = firm.admin.post("/keys", {"name": "phone", "role": "viewer"})
    orphaned = link(Caller(firm.client, made["key"]))
    firm.admin.ask("DELETE", f"/keys/{made['id']}")
    revoked = firm.admin.post("/calendar-links", {})
    for _ in range(2):
        firm.admin.ask("DELETE", f"/calendar-links/{revoked['id']}", status=204)
    unknown = "/api/v1/calendar/nobodys.ics"
    answers = [firm.client.get(path) for path in (orphaned, urlsplit(revoked["url"]).path, unknown)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert answers[0].json()["type"] == "/problems/unknown-calendar-link"
    assert firm.admin.get(f"/calendar-links/{revoked['id']}")["revoked_at"] is not None


def test_links_are_their_makers_own_except_for_admins_of_all_clients(firm: Served) -> None:
    one, other = firm.caller(Role.VIEWER), firm.caller(Role.RECORDER)
    made = one.post("/calendar-links", {"name": "One"})
    url = made.pop("url")
    assert one.get("/calendar-links")["items"] == [made] == [one.get(f"/calendar-links/{made['id']}")]
    assert other.get("/calendar-links")["items"] == []
    for method in ("GET", "DELETE"):
        foreign = other.ask(method, f"/calendar-links/{made['id']}", status=404).json()
        assert foreign == other.ask(method, f"/calendar-links/{UUID(int=7)}", status=404).json()
    assert made["id"] in [item["id"] for item in firm.admin.get("/calendar-links")["items"]]
    assert (made["uses"], made["last_used_at"]) == (0, None)
    for _ in range(2):
        assert firm.client.get(urlsplit(url).path).status_code == 200
    assert one.get(f"/calendar-links/{made['id']}")["uses"] == 2
    assert firm.client.head(urlsplit(url).path).status_code == 200


def test_a_repeated_request_gets_the_same_address_and_no_token_is_stored(firm: Served) -> None:
    key = {"Idempotency-Key": "once"}
    made = firm.admin.post("/calendar-links", {}, headers=key)
    assert firm.admin.post("/calendar-links", {}, headers=key) == made
    token = urlsplit(made["url"]).path.rpartition("/")[2].removesuffix(".ics")
    with firm.context.log.engine.connect() as connection:
        queries = ("SELECT * FROM calendar_links", "SELECT * FROM acts", "SELECT * FROM commands")
        stored = [connection.exec_driver_sql(query).all() for query in queries]
    assert all(stored)
    assert token not in str(stored)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"clients": []}, "clients"),
        ({"name": ""}, "name"),
        ({"token": "x"}, "token"),
        ({"clients": "quiet"}, "clients"),
    ],
)
def test_a_calendar_link_that_cannot_be_is_refused_by_its_field(firm: Served, body: Any, field: str) -> None:
    problem = firm.admin.ask("POST", "/calendar-links", body, status=422).json()
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_calendar_that_is_too_long_says_what_it_leaves_out(firm: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    path = link(firm.admin)
    every = len(events(firm, path))
    monkeypatch.setattr(api.calendar_feed, "MOST_ENTRIES", 2)
    read = calendar(firm, path)
    assert [str(event["summary"]).rpartition(": ")[2] for event in read.events[:1]] == ["Alignment meeting due"]
    assert str(read["description"]) == f"The 2 dates nearest to today; {every - 2} more are left out."
