"""Pages in a real Chromium: what the hand and the eye meet, with scripts and without, by keyboard and on a phone."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from api_client import Served, application
from browsing import tell_a_story
from drills import drills_but
from patience import HANGING_SECONDS, wait_until
from starlette.testclient import TestClient

from api.auth.access import COOKIE
from api.context import AppContext
from api.state.roles import Role
from api.state.sessions import create_sign_in_link
from web.http_protocol import ProblemProtocol
from web.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize


PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}


class Running(Served):
    """The application behind a real socket."""

    def __init__(self, store: Path) -> None:
        """Start it on a free port and wait until it answers."""
        opened: list[AppContext] = []
        app = application(Settings(data=store), opened.append)
        config = uvicorn.Config(
            app, host="127.0.0.1", port=0, http=ProblemProtocol, log_level="error", access_log=False
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        wait_until(lambda: self.server.started or not self.thread.is_alive())
        assert self.server.started
        self.address: tuple[str, int] = self.server.servers[0].sockets[0].getsockname()
        self.url = f"http://127.0.0.1:{self.address[1]}"
        super().__init__(app, TestClient(app, base_url=self.url))

    def stop(self) -> None:
        """Stop it, as a signal would."""
        self.context.closing.set()
        self.server.should_exit = True
        self.thread.join(HANGING_SECONDS)

    def let_in(self, page: Page) -> None:
        """Give a page's browser the session of an admin, without the pages that lead to one."""
        session = self.session(Role.ADMIN)
        page.context.add_cookies(
            [{"name": COOKIE, "value": session, "url": self.url, "httpOnly": True, "sameSite": "Lax"}]
        )

    def sign_in(self, page: Page) -> None:
        """Open a one-time link and press its button."""
        token = self.context.log.write(lambda connection: create_sign_in_link(connection, at=self.context.now()))
        page.goto(f"{self.url}/sign-in/{token}")
        page.get_by_label("Your name").fill("Robin")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.url}/")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A firm with a story, served to browsers."""
    running = Running(tmp_path_factory.mktemp("browsed"))
    tell_a_story(running)
    yield running
    running.stop()


@pytest.fixture
def at_work(firm: Running, page: Page) -> Page:
    """Somebody who is signed in."""
    firm.let_in(page)
    return page


PATHS = (
    "/",
    "/clients",
    "/clients/halcyon-health",
    "/clients/halcyon-health?known_at=2020-01-01",
    "/clients/quiet-mills",
    "/milestones",
    "/milestones/new",
    "/milestones/new?client=halcyon-health",
    "/milestones/new?client=halcyon-health&kind=structure_chosen&shape=two",
    "/milestones/new?client=halcyon-health&kind=alignment_held",
    "/assess",
    "/clients/halcyon-health/assess",
    "/frameworks/seam",
    "/people",
    "/people/new",
    "/clients/new",
    "/reports/structure-mix",
    "/reports/quarter-grid",
    "/reports/transitions",
    "/settings",
    "/search?q=a",
    "/clients/nobody",
)
FAST_PATHS = ("/", "/clients/halcyon-health", "/milestones/new?client=halcyon-health&kind=structure_chosen&shape=two")


@pytest.mark.parametrize("path", drills_but(FAST_PATHS, PATHS, reason="asks axe-core about every page"))
def test_no_page_has_a_fault_in_either_theme_or_is_wider_than_a_phone(
    firm: Running, at_work: Page, axe_in_both_themes: Callable[[Page], list[str]], path: str
) -> None:
    at_work.set_viewport_size(PHONE)
    at_work.goto(firm.url + path)
    assert not at_work.evaluate("document.documentElement.scrollWidth > innerWidth"), "wider than a phone"
    at_work.set_viewport_size(DESKTOP)
    assert axe_in_both_themes(at_work) == []


def test_a_one_time_link_signs_in_with_its_button(firm: Running, page: Page) -> None:
    firm.sign_in(page)
    page.get_by_role("heading", name="Overview").wait_for()


def test_the_effect_shows_while_one_types_and_the_record_waits_for_the_button(firm: Running, at_work: Page) -> None:
    head = firm.context.log.head()
    at_work.goto(f"{firm.url}/milestones/new?client=halcyon-health&kind=handed_over")
    at_work.get_by_label("Took effect on").fill("1 Oct 2025")
    at_work.get_by_label("CAIO seat").check()
    effect = at_work.locator("#effect")
    effect.get_by_text("Still needed: New holder").wait_for()
    at_work.get_by_label("New holder").fill("elen")
    at_work.get_by_role("option", name="Elena").wait_for()
    at_work.get_by_label("New holder").press("Enter")
    assert at_work.get_by_label("New holder").input_value() == "Elena"
    effect.get_by_text("Takes effect on").wait_for()
    assert "1 Oct 2025" in effect.inner_text()
    assert effect.locator("svg.tl-plot").count() == 1
    assert firm.context.log.head() == head
    at_work.get_by_label("Took effect on").fill("1 Oct 2023")
    effect.get_by_text("The engagement opened on").first.wait_for()
    at_work.get_by_label("Took effect on").fill("1 Oct 2025")
    at_work.get_by_role("button", name="Record milestone").click()
    at_work.get_by_text("The milestone is recorded.").first.wait_for()
    assert firm.context.log.head() == head + 1
    assert at_work.locator("li:target").inner_text().startswith("1 Oct 2025")


def test_keys_choose_what_matches_the_text_typed_last_and_adding_a_person_takes_a_step_of_its_own(
    firm: Running, at_work: Page
) -> None:
    head = firm.context.log.head()
    at_work.goto(f"{firm.url}/milestones/new?client=halcyon-health&kind=handed_over")
    holder = at_work.get_by_label("New holder")
    option = at_work.get_by_role("option")
    holder.fill("dan")
    option.filter(has_text="Dana").wait_for()
    at_work.keyboard.press("Control+A")
    for key in ("e", "l", "e", "ArrowDown", "Enter"):
        at_work.keyboard.press(key)
    at_work.wait_for_function("text => document.activeElement.value === text", arg="Elena")
    holder.fill("ele")
    option.filter(has_text="Add “ele”").wait_for()
    at_work.keyboard.press("ArrowDown")
    at_work.keyboard.press("Enter")
    option.filter(has_text="Employed by us").first.wait_for()
    at_work.keyboard.press("Enter")
    assert holder.input_value() == "ele"
    option.filter(has_text="Back to the matches").click()
    option.filter(has_text="Add “ele”").wait_for()
    at_work.goto(f"{firm.url}/people")
    at_work.keyboard.press("Control+k")
    option.filter(has_text="Register a client").wait_for()
    for key in ("e", "l", "e", "ArrowDown", "Enter"):
        at_work.keyboard.press(key)
    at_work.get_by_role("heading", name="Elena").wait_for()
    assert firm.context.log.head() == head


def test_another_number_of_seats_asks_for_just_those_and_keeps_what_was_typed(firm: Running, at_work: Page) -> None:
    at_work.goto(f"{firm.url}/milestones/new?client=halcyon-health&kind=structure_chosen")
    fields = at_work.locator("#fields")
    assert fields.get_by_text("The unified seat").count() == 1
    at_work.get_by_label("Why this structure").fill("typed and kept")
    at_work.get_by_label("Two seats").check()
    fields.locator("legend", has_text="CAIO seat").wait_for()
    assert at_work.get_by_label("Why this structure").input_value() == "typed and kept"
    assert at_work.get_by_role("button", name="Show these seats").count() == 0


def test_the_as_of_cursor_moves_the_state_and_the_back_button_moves_it_back(firm: Running, at_work: Page) -> None:
    at_work.goto(f"{firm.url}/clients/halcyon-health")
    at_work.locator("[data-as-of]").focus()
    at_work.keyboard.press("Home")
    at_work.wait_for_url(re.compile("as_of=2024-01-01"))
    at_work.get_by_role("heading", name="State on 1 Jan 2024").wait_for()
    assert at_work.evaluate("document.activeElement.id") == "timeline-range"
    at_work.go_back()
    at_work.get_by_role("heading", name="State on 1 Jan 2024").wait_for(state="detached")


def test_single_keys_lead_around_and_can_be_switched_off(firm: Running, at_work: Page) -> None:
    at_work.goto(f"{firm.url}/clients/halcyon-health")
    at_work.keyboard.press("n")
    at_work.wait_for_url("**/milestones/new?client=halcyon-health")
    at_work.goto(f"{firm.url}/people")
    at_work.keyboard.press("g")
    at_work.keyboard.press("c")
    at_work.wait_for_url("**/clients")
    at_work.goto(f"{firm.url}/clients/halcyon-health?as_of=2025-05-15")
    at_work.keyboard.press("[")
    at_work.wait_for_url("**/clients/halcyon-health?as_of=2025-03-31")
    at_work.keyboard.press("]")
    at_work.wait_for_url("**/clients/halcyon-health?as_of=2025-06-30")
    at_work.keyboard.press("Control+k")
    at_work.keyboard.type("quiet")
    at_work.get_by_role("option", name="Quiet Mills").wait_for()
    at_work.keyboard.press("Enter")
    at_work.wait_for_url("**/clients/quiet-mills")


def test_a_milestone_is_logged_by_keyboard_alone(firm: Running, at_work: Page) -> None:
    head = firm.context.log.head()
    keyboard = at_work.keyboard
    at_work.goto(f"{firm.url}/people")
    keyboard.press("n")
    at_work.wait_for_url("**/milestones/new")
    keyboard.type("halcy")
    keyboard.press("Enter")
    at_work.wait_for_url("**/milestones/new?client=halcyon-health")
    keyboard.type("initiative start")
    keyboard.press("Enter")
    at_work.wait_for_url(re.compile("kind=initiative_started"))
    keyboard.press("Control+A")
    keyboard.type("10 Oct 2025")
    keyboard.press("Tab")
    keyboard.type("Claims triage")
    keyboard.press("Enter")
    at_work.get_by_text("The milestone is recorded.").first.wait_for()
    assert firm.context.log.head() == head + 1
    assert at_work.locator("li:target").inner_text().startswith("10 Oct 2025")


def test_times_stand_in_the_readers_zone_with_utc_on_hover(firm: Running, at_work: Page) -> None:
    at_work.goto(f"{firm.url}/milestones")
    shown = at_work.locator("time[data-instant]").first
    assert shown.get_attribute("title") is not None
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d UTC", shown.get_attribute("title") or "")
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d", shown.inner_text())
    assert at_work.locator(".when time").last.inner_text() == "20 Feb 2024"


def test_everything_works_without_scripts(firm: Running, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(1000 * HANGING_SECONDS)
    page = context.new_page()
    firm.sign_in(page)
    page.goto(f"{firm.url}/milestones/new?client=halcyon-health&kind=structure_chosen")
    page.get_by_label("A CTO seat; AI unowned").check()
    page.get_by_role("button", name="Show these seats").click()
    page.get_by_label("Held by").fill("dana")
    page.get_by_role("radio", name="Fractional").check()
    page.get_by_label("Took effect on").fill("2025-12-01")
    page.get_by_role("button", name="Preview").click()
    assert "From 1 Dec 2025: Fractional CTO, AI unowned" in page.locator("#effect").inner_text()
    page.get_by_role("button", name="Record milestone").click()
    assert "The milestone is recorded." in page.locator("main").inner_text()
    page.goto(f"{firm.url}/clients/halcyon-health")
    page.locator("input[name=as_of]").fill("2025-05-01")
    page.get_by_role("button", name="Show", exact=True).click()
    assert "State on 1 May 2025" in page.locator("main").inner_text()
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").first.fill("quiet")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Quiet Mills").click()
    assert page.url.endswith("/clients/quiet-mills")
    context.close()
