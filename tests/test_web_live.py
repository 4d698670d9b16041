"""Open pages show what is recorded meanwhile: over a real socket, and in several tabs of a real Chromium."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from browsing import tell_a_story
from patience import HANGING_SECONDS, wait_until
from test_web_pages_browser import Running

import api.log_watch
import web.pages.clients.shared_live
import web.pages.page_context
from api.auth.access import COOKIE
from api.state.roles import Role

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

HAND_OVERS = itertools.count()


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A firm with a story, served to browsers."""
    running = Running(tmp_path_factory.mktemp("live"))
    running.ids = tell_a_story(running)  # type: ignore[attr-defined]
    yield running
    running.stop()


@pytest.fixture
def at_work(firm: Running, page: Page) -> Page:
    """Somebody who is signed in."""
    firm.let_in(page)
    return page


def record(firm: Running) -> Any:
    """Record that the AI seat at Halcyon Health was handed over, later each time."""
    ids, number = firm.ids, next(HAND_OVERS)  # type: ignore[attr-defined]
    holder = ids["Ravi" if number % 2 else "Elena"]
    day = date(2025, 7, 1) + timedelta(days=30 * number)
    milestone = {"kind": "handed_over", "effective_on": day.isoformat(), "functions": ["ai"], "holder": holder}
    return firm.admin.post(f"/engagements/{ids['engagement']}/milestones", milestone)


@contextmanager
def listening(firm: Running, cookie: str, after: int = 0) -> Iterator[Iterator[dict[str, Any]]]:
    """The messages of a stream, as they come; they end when the stream does."""
    with (
        httpx.Client(trust_env=False, timeout=HANGING_SECONDS) as client,
        client.stream(
            "GET", f"{firm.url}/live", params={"after": after}, headers={"Cookie": f"{COOKIE}={cookie}"}
        ) as answer,
    ):
        assert answer.status_code == 200
        yield (json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: "))


def test_a_stream_counts_what_is_recorded_at_visible_clients_only(firm: Running) -> None:
    halcyon, quiet = (firm.admin.get(f"/clients/{slug}")["id"] for slug in ("halcyon-health", "quiet-mills"))
    head = firm.context.log.head()
    with (
        listening(firm, firm.session(Role.VIEWER), head) as of_all,
        listening(firm, firm.session(Role.VIEWER, {UUID(quiet)}), head) as of_one,
    ):
        position = record(firm)["position"]
        assert next(of_all) == {"position": position, "new": 1, "changed": 0, "clients": {halcyon: [1, 0]}}
        last = firm.admin.post("/clients/quiet-mills/profile-changes", {"effective_on": "2026-01-01", "headcount": 9})
        message = {"position": last["position"], "new": 0, "changed": 1, "clients": {quiet: [0, 1]}}
        assert next(of_all) == message
        assert next(of_one) == message


def test_a_stream_ends_with_its_session(firm: Running) -> None:
    cookie = firm.session(Role.VIEWER)
    with listening(firm, cookie, firm.context.log.head()) as messages:
        record(firm)
        next(messages)
        signed_out = httpx.post(f"{firm.url}/sign-out", headers={"Cookie": f"{COOKIE}={cookie}"}, trust_env=False)
        assert signed_out.status_code == 303
        record(firm)
        assert list(messages) == []


def test_streams_are_bounded_and_end_when_the_server_stops(firm: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.log_watch, "MOST_WATCHERS_OF_ONE", 1)
    cookie, head = firm.session(Role.VIEWER), firm.context.log.head()
    with listening(firm, cookie, head) as messages:
        refused = httpx.get(f"{firm.url}/live", headers={"Cookie": f"{COOKIE}={cookie}"}, trust_env=False)
        assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
        firm.context.closing.set()
        try:
            assert list(messages) == []
        finally:
            firm.context.closing.clear()
    beyond = httpx.get(
        f"{firm.url}/live", params={"after": head + 1000}, headers={"Cookie": f"{COOKIE}={cookie}"}, trust_env=False
    )
    assert beyond.status_code == 409


def marks(page: Page) -> Locator:
    """The bars and milestones on a client's timeline."""
    return page.locator("svg.tl-plot a.step")


def test_a_new_milestone_appears_in_every_tab_that_shows_its_client(firm: Running, at_work: Page) -> None:
    client, other = at_work, at_work.context.new_page()
    client.goto(f"{firm.url}/clients/halcyon-health")
    other.goto(f"{firm.url}/clients/quiet-mills")
    overview = at_work.context.new_page()
    overview.goto(f"{firm.url}/")
    before = marks(client).count()
    record(firm)
    wait_until(lambda: marks(client).count() > before)
    client.locator("#live").get_by_text("1 new milestone").wait_for()
    overview.locator("#live").get_by_text("1 new milestone").wait_for()
    assert other.locator("#live .notice").count() == 0
    overview.locator("#live").get_by_role("button", name="Dismiss").click()
    client.close()  # the tab that listens for the others
    record(firm)
    overview.locator("#live").get_by_text("1 new milestone").wait_for()


def test_a_page_never_moves_under_its_reader(firm: Running, at_work: Page) -> None:
    at_work.goto(f"{firm.url}/clients/halcyon-health")
    log = at_work.locator("#milestones")
    log.scroll_into_view_if_needed()
    first = at_work.locator("ol.log li").first
    at_work.evaluate("scrollBy(0, 200)")
    place, words, before = first.bounding_box(), first.inner_text(), marks(at_work).count()
    record(firm)
    at_work.locator("#live").get_by_text("1 new milestone").wait_for()
    assert marks(at_work).count() > before
    assert (first.bounding_box(), first.inner_text()) == (place, words)
    at_work.locator("#live").get_by_role("button", name="Show").click()
    at_work.locator("ol.log li").nth(0).filter(has_not_text=words).wait_for()


def test_what_is_typed_stays_when_a_page_refreshes_itself(firm: Running, at_work: Page) -> None:
    at_work.goto(f"{firm.url}/reports/structure-mix")
    at_work.get_by_label("From", exact=True).fill("2024-Q1")
    record(firm)
    at_work.locator("#live").get_by_text("1 new milestone").wait_for()
    assert at_work.get_by_label("From", exact=True).input_value() == "2024-Q1"


def test_a_refresh_leaves_the_notice_to_the_tab_that_caused_it(firm: Running) -> None:
    cookie = f"{COOKIE}={firm.session(Role.ADMIN)}; seatline_done=logged.1."
    with httpx.Client(trust_env=False, base_url=firm.url, headers={"Cookie": cookie}) as client:
        refreshed = client.get("/", headers={web.pages.page_context.REFRESH_HEADER: "1"})
        assert "The milestone is recorded" not in refreshed.text
        assert "seatline_done" not in refreshed.headers.get("set-cookie", "")
        assert "The milestone is recorded" in client.get("/").text


@dataclass(frozen=True)
class Shared:
    """A share link as an outsider has it: its id, path, and the state of the page that was opened."""

    id: str
    path: str
    state: str


def share(firm: Running, **more: Any) -> Shared:
    """Share the timeline of Halcyon Health, without money and notes, and open it."""
    body = {"client": "halcyon-health", "expires_at": "2199-01-01T00:00:00Z", "money": False, "notes": False, **more}
    made = firm.admin.post("/share-links", body)
    path = urlsplit(made["url"]).path
    page = httpx.get(f"{firm.url}{path}", trust_env=False).text
    state = re.search(r'data-stream="[^"]+state=([^"]+)"', page)
    return Shared(made["id"], path, state[1] if state else "")


@contextmanager
def shared_messages(firm: Running, link: Shared, **headers: str) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
    """The messages of a share link's stream, each with its id."""
    with (
        httpx.Client(trust_env=False, timeout=HANGING_SECONDS) as client,
        client.stream("GET", f"{firm.url}{link.path}/live", params={"state": link.state}, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        lines = answer.iter_lines()
        yield ((line[4:], json.loads(next(lines)[6:])) for line in lines if line.startswith("id: "))


def test_a_shared_timeline_hears_of_what_it_shows_and_of_nothing_else(firm: Running) -> None:
    link, address = share(firm), f"/engagements/{firm.ids['engagement']}/milestones"  # type: ignore[attr-defined]
    with shared_messages(firm, link) as messages:
        seats = firm.admin.get(f"{address}/{firm.ids['structure_chosen']}")["details"]["seats"]  # type: ignore[attr-defined]
        paid = [{**seat, "monthly_fee": {"amount": "12000.00", "currency": "USD"}} for seat in seats]
        fee = {"reason": "agreed", "details": {"seats": paid}}
        firm.admin.post(f"{address}/{firm.ids['structure_chosen']}/corrections", fee)  # type: ignore[attr-defined]
        firm.admin.post("/clients/quiet-mills/profile-changes", {"effective_on": "2026-02-01", "headcount": 10})
        head = record(firm)["position"]
        state, message = next(messages)
    assert {name: message[name] for name in ("new", "changed", "clients")} == {"new": 1, "changed": 0, "clients": None}
    assert message.keys() == {"position", "new", "changed", "clients"}
    assert abs(message["position"] - head) > head, "the position of the firm's log is not told"
    again = replace(link, state="")
    with shared_messages(firm, again, **{"Last-Event-ID": state}) as messages:
        record(firm)
        assert next(messages)[1]["new"] == 1


def test_the_stream_of_a_shared_timeline_ends_when_its_link_is_revoked(
    firm: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.pages.clients.shared_live, "RECHECK_SECONDS", 0.1)
    link = share(firm)
    with shared_messages(firm, link) as messages:
        firm.admin.ask("DELETE", f"/share-links/{link.id}", status=204)
        assert list(messages) == []
    assert httpx.get(f"{firm.url}{link.path}/live", trust_env=False).status_code == 404


def test_a_shared_timeline_has_no_stream_without_its_password_or_where_it_is_frozen(firm: Running) -> None:
    frozen, locked = share(firm, known_at=firm.context.now().isoformat()), share(firm, password="correct horse battery")
    for link in (frozen, locked):
        assert link.state == ""
        assert httpx.get(f"{firm.url}{link.path}/live", trust_env=False).status_code == 404
    assert "live.js" not in httpx.get(f"{firm.url}{frozen.path}", trust_env=False).text


def test_a_new_milestone_appears_on_an_open_shared_timeline(firm: Running, page: Page) -> None:
    link = share(firm)
    page.goto(f"{firm.url}{link.path}")
    before = marks(page).count()
    record(firm)
    wait_until(lambda: marks(page).count() > before)
    page.locator("#live").get_by_text("1 new milestone").wait_for()
