"""Journeys through a real browser that begin with a mistake or end with somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import pytest
from browsing import tell_a_story
from patience import HANGING_SECONDS
from test_web_pages_browser import PHONE, Running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Story: TypeAlias = tuple[Running, dict[str, str]]
CLIENT = "/clients/halcyon-health"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A firm with a story and a second client with an engagement, served to browsers; the story's ids by name."""
    running = Running(tmp_path_factory.mktemp("journeys"))
    ids = tell_a_story(running)
    running.admin.post("/clients/quiet-mills/engagements", {"name": "CTO", "started_on": "2025-01-13"})
    yield running, ids
    running.stop()


@pytest.fixture
def at_work(story: Story, page: Page) -> Page:
    """Somebody who is signed in."""
    story[0].let_in(page)
    return page


def test_a_back_dated_milestone_is_refused_beside_its_field_mended_and_recorded(story: Story, at_work: Page) -> None:
    firm, _ = story
    head = firm.context.log.head()
    at_work.goto(f"{firm.url}/milestones/new?client=halcyon-health&kind=terms_changed")
    on = at_work.get_by_label("Took effect on")
    on.fill("1 Mar 2024")
    at_work.get_by_label("CTO seat").check()
    at_work.get_by_label("Monthly fee").fill("9,000")
    at_work.get_by_role("button", name="Record milestone").click()
    at_work.get_by_text("The technology function is vacant.").first.wait_for()
    seat = at_work.locator("fieldset.wrong")
    assert seat.locator("legend").inner_text().startswith("Which seat")
    assert seat.locator(".error").is_visible()
    assert (on.input_value(), at_work.get_by_label("Monthly fee").input_value()) == ("1 Mar 2024", "9,000")
    assert firm.context.log.head() == head
    on.fill("1 Jul 2025")
    at_work.get_by_role("button", name="Record milestone").click()
    at_work.get_by_text("The milestone is recorded.").first.wait_for()
    assert at_work.locator("li:target").inner_text().startswith("1 Jul 2025")


def test_a_correction_shows_what_was_known_before_and_what_is_known_now(story: Story, at_work: Page) -> None:
    firm, ids = story
    split = f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}"
    at_work.goto(f"{firm.url}{split}/correct")
    at_work.get_by_label("Took effect on").fill("3 Feb 2025")
    at_work.get_by_label("Why", exact=True).fill("the letter is from February")
    at_work.locator("#effect").get_by_text("3 Feb 2025").first.wait_for()
    at_work.get_by_role("button", name="Record correction").click()
    at_work.get_by_text("The correction is recorded").first.wait_for()
    at_work.goto(firm.url + split)
    at_work.locator(".versions").get_by_role("link", name="Client as known then").last.click()
    at_work.wait_for_url("**/clients/halcyon-health?known_at=*")
    assert "Later entries are hidden" in at_work.locator(".band").inner_text()
    assert "Split into two roles" in at_work.locator("section[aria-labelledby=since]").inner_text()
    split_in_log = at_work.locator("section[aria-labelledby=milestones] li").filter(has_text="Split into two roles")
    assert split_in_log.inner_text().startswith("10 Jun 2025")
    at_work.get_by_role("link", name="Show what is known now").click()
    at_work.locator(".band").wait_for(state="detached")
    assert split_in_log.inner_text().startswith("3 Feb 2025")


def test_a_milestone_is_retracted_and_logged_again_by_keyboard_alone(story: Story, at_work: Page) -> None:
    firm, ids = story
    logged = {"kind": "alignment_held", "effective_on": "2025-09-01", "participants": [ids["Dana"], ids["Ravi"]]}
    milestone = firm.admin.post(f"/engagements/{ids['engagement']}/milestones", logged)["id"]
    keyboard = at_work.keyboard
    at_work.goto(f"{firm.url}/engagements/{ids['engagement']}/milestones/{milestone}/retract")
    assert at_work.evaluate("document.activeElement.name") == "reason"
    keyboard.type("it was another week")
    at_work.keyboard.press("Tab")
    assert at_work.evaluate("document.activeElement.textContent") == "Retract milestone"
    keyboard.press("Enter")
    undo = at_work.locator("#notices").get_by_role("link")
    undo.wait_for()
    undo.focus()
    keyboard.press("Enter")
    at_work.get_by_label("Took effect on").wait_for()
    assert at_work.get_by_label("Took effect on").input_value() == "1 Sep 2025"
    at_work.get_by_label("Took effect on").press("Enter")
    at_work.get_by_text("The milestone is recorded.").first.wait_for()
    assert at_work.locator("li:target").inner_text().startswith("1 Sep 2025")


def test_two_clients_are_compared_and_their_timelines_scroll_as_one_on_a_phone(story: Story, at_work: Page) -> None:
    firm, _ = story
    at_work.goto(f"{firm.url}/clients")
    for name in ("Halcyon Health", "Quiet Mills"):
        at_work.get_by_role("checkbox", name=name).check()
    at_work.get_by_role("button", name="Compare").click()
    at_work.wait_for_url("**/compare?*")
    at_work.set_viewport_size(PHONE)
    at_work.reload(wait_until="load")
    first, second = at_work.locator("[data-timeline]").all()
    for left in (0, 200):
        first.evaluate("(frame, left) => { frame.scrollLeft = left; }", left)
        at_work.wait_for_function(
            "left => [...document.querySelectorAll('[data-timeline]')].every((frame) => frame.scrollLeft === left)",
            arg=left,
        )
    second.evaluate("frame => { frame.scrollLeft = 90; }")
    at_work.wait_for_function("() => document.querySelector('[data-timeline]').scrollLeft === 90")


def test_sections_of_a_client_are_headings_on_a_phone_until_they_are_opened_or_led_to(
    story: Story, at_work: Page
) -> None:
    firm, _ = story
    at_work.set_viewport_size(PHONE)
    at_work.goto(firm.url + CLIENT)
    quarters, deliverables = (
        at_work.locator(f"section[aria-labelledby={name}] > :not(header)").first
        for name in ("quarters", "deliverables")
    )
    assert (quarters.is_visible(), deliverables.is_visible()) == (False, False)
    at_work.locator("summary", has_text="Quarters: show or hide").click()
    quarters.wait_for()
    at_work.get_by_role("navigation", name="On this page").get_by_role("link", name="Deliverables").click()
    deliverables.wait_for()
    assert quarters.is_visible()
    at_work.set_viewport_size({"width": 1280, "height": 900})
    assert at_work.locator("section[aria-labelledby=seats-and-terms] table").is_visible()


def test_an_outsider_sees_a_shared_timeline_until_the_link_is_revoked(
    story: Story, at_work: Page, chromium: Browser
) -> None:
    firm, _ = story
    at_work.goto(firm.url + CLIENT)
    at_work.get_by_role("link", name="Share").click()
    at_work.get_by_role("button", name="Create link").click()
    link = at_work.locator(".secret code").first.inner_text()
    context = chromium.new_context(locale="en-GB", timezone_id="UTC", viewport=PHONE)
    context.set_default_timeout(1000 * HANGING_SECONDS)
    outsider = context.new_page()
    outsider.goto(re.sub(r"^https?://[^/]+", firm.url, link))
    outsider.get_by_role("heading", name="Halcyon Health", level=1).wait_for()
    shown = outsider.locator("body").inner_text()
    assert "11,500" not in shown
    assert "Mandate too wide" not in shown
    assert outsider.get_by_role("navigation", name="Main").count() == 0
    assert outsider.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    at_work.get_by_role("button", name="Revoke the link").click()
    outsider.reload()
    assert outsider.get_by_role("heading", name="Halcyon Health", level=1).count() == 0
    context.close()
