"""People who sign in: invited by an admin, with a password, in browsers of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api_client import Served, TestClient
from browsing import HTML

from api.auth.access import COOKIE

PASSWORD = "seven lanterns uphill"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Browser:
    """A browser, signed in or not; on the API it asks with its session."""

    def __init__(self, firm: Served, agent: str = FIREFOX) -> None:
        self.client = TestClient(
            firm.app, raise_server_exceptions=False, headers={"User-Agent": agent, "Sec-Fetch-Site": "same-origin"}
        )

    @property
    def cookie(self) -> str | None:
        """The session's token."""
        value: str | None = self.client.cookies.get(COOKIE)
        return value

    def send(self, path: str, fields: Mapping[str, Any]) -> Any:
        """What a form is answered with, redirects not followed."""
        return self.client.post(path, data=dict(fields), headers=HTML, follow_redirects=False)

    def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        """Send the form of the sign-in page."""
        return self.send("/sign-in", {"email": email, "password": password})

    def come_in(self, url: str, name: str = "Noor Haddad", password: str = PASSWORD) -> Any:
        """Open a one-time link and press its button."""
        return self.send(url.removeprefix("http://testserver"), {"name": name, "password": password})

    def ask(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """The JSON that the API answers; fails unless it has the status."""
        if body is not None:
            options["json"] = body
        answer = self.client.request(method, f"/api/v1{path}", **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


def invite(firm: Served, email: str = "noor@example.org", **options: Any) -> Any:
    """Somebody invited by an admin: the answer, its link included."""
    return firm.admin.post("/users", {"name": "Noor Haddad", "email": email, "role": "viewer", **options})


def user_in(firm: Served, email: str = "noor@example.org", **options: Any) -> tuple[str, Browser]:
    """Somebody who was invited and has come in: their id, and their browser."""
    invited = invite(firm, email, **options)
    browser = Browser(firm)
    answer = browser.come_in(invited["link"]["url"])
    assert answer.status_code == 303, answer.text
    return invited["id"], browser
