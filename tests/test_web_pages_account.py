"""Letting somebody in, in a real browser: invited, come in, signed out, back again, the account in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from patience import HANGING_SECONDS
from test_web_pages_browser import Running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "seven lanterns uphill"
ANOTHER = "plum harbour quilt"


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Running]:
    running = Running(data_dir)
    yield running
    running.stop()


@pytest.mark.browser
def test_somebody_is_invited_comes_in_and_keeps_their_account(
    firm: Running, page: Page, chromium: Browser, axe: Callable[[Page], list[str]]
) -> None:
    firm.sign_in(page)
    page.goto(f"{firm.url}/settings/users")
    page.get_by_label("Name").fill("Noor Haddad")
    page.get_by_label("Email address").fill("Noor@example.org")
    page.get_by_label("Recorder").check()
    page.get_by_role("button", name="Invite").click()
    link = page.locator(".secret code").inner_text()
    assert axe(page) == []

    context = chromium.new_context(locale="en-GB", timezone_id="UTC", viewport={"width": 390, "height": 844})
    context.set_default_timeout(1000 * HANGING_SECONDS)
    phone = context.new_page()
    phone.goto(link)
    assert phone.get_by_label("Your name").input_value() == "Noor Haddad"
    phone.get_by_role("textbox", name="Password").fill("password1234")
    phone.get_by_role("button", name="Continue").click()
    assert "easy to guess" in phone.locator(".error").inner_text()
    assert axe(phone) == []
    phone.get_by_role("textbox", name="Password").fill(PASSWORD)
    phone.get_by_role("button", name="Continue").click()
    phone.wait_for_url(f"{firm.url}/")

    phone.goto(f"{firm.url}/sign-in")  # who is signed in is not asked again
    phone.wait_for_url(f"{firm.url}/")
    phone.get_by_role("button", name="Menu").click()
    phone.get_by_role("button", name="Sign out").click()
    phone.goto(f"{firm.url}/settings/account")
    for password in ("wrong horse battery", PASSWORD):
        phone.get_by_label("Email address").fill("noor@example.org")
        phone.get_by_role("textbox", name="Password").fill(password)
        phone.get_by_role("button", name="Sign in").click()
    phone.wait_for_url(f"{firm.url}/settings/account")  # where one wanted to be
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe(phone) == []

    phone.get_by_label("Current password").fill(PASSWORD)
    phone.get_by_label("New password").fill(ANOTHER)
    phone.get_by_role("button", name="Change password").click()
    assert "The password is saved" in phone.locator("#notices").inner_text()

    page.goto(f"{firm.url}/settings/users")
    page.get_by_role("link", name="Noor Haddad").click()
    page.wait_for_url(re.compile(r"/settings/users/[0-9a-f-]{36}$"))
    assert axe(page) == []
    page.get_by_role("button", name="Sign out everywhere").click()
    phone.reload()
    assert phone.url.startswith(f"{firm.url}/sign-in")
    page.get_by_role("button", name="Disable").click()
    assert "signed out everywhere" in page.locator("#notices").inner_text()
    phone.get_by_label("Email address").fill("noor@example.org")
    phone.get_by_role("textbox", name="Password").fill(ANOTHER)
    phone.get_by_role("button", name="Sign in").click()
    assert "Wrong email or password" in phone.get_by_role("alert").inner_text()

    page.goto(f"{firm.url}/settings/account")
    page.get_by_label("Email address").fill("robin@example.org")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    assert "robin@example.org" in page.locator("main").inner_text()
    assert axe(page) == []
    context.close()


@pytest.mark.browser
def test_a_key_is_made_given_another_secret_and_revoked(
    firm: Running, page: Page, axe: Callable[[Page], list[str]]
) -> None:
    firm.sign_in(page)
    page.goto(f"{firm.url}/settings/keys")
    page.get_by_label("Name").fill("nightly export")
    page.get_by_role("button", name="Create key").click()
    first = page.locator(".secret code").first.inner_text()
    page.get_by_label("Change nightly export").click()
    page.get_by_role("button", name="Rotate nightly export").click()
    second = page.locator(".secret code").first.inner_text()
    assert axe(page) == []

    def status(key: str) -> int:
        return int(firm.client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code)

    assert (first != second, status(first), status(second)) == (True, 200, 200)
    page.get_by_label("Change nightly export").click()
    page.get_by_role("button", name="Revoke nightly export").click()
    assert (status(first), status(second)) == (401, 401)
