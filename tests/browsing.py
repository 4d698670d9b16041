"""Somebody at a browser: signed in with a one-time link, following links and sending forms of the real application."""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

from api_client import Served

from api.state.roles import Role
from api.state.sessions import create_sign_in_link

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


class Visitor:
    """A browser with a session of its own."""

    def __init__(self, firm: Served, role: Role = Role.ADMIN, clients: set[UUID] | None = None) -> None:
        self.client = TestClient(firm.app, raise_server_exceptions=False, headers=dict(HTML))  # it adds to them
        token = firm.context.log.write(
            lambda connection: create_sign_in_link(connection, at=firm.context.now(), role=role, clients=clients)
        )
        self.link = f"/sign-in/{token}"
        self.client.post(self.link, data={"name": f"A {role}"})

    def get(self, path: str, *, expect: int = 200, **params: Any) -> str:
        """A page's markup."""
        answer = self.client.get(path, params=params or None)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {text_of(answer.text)[:2000]}"
        return str(answer.text)

    def send(self, path: str, fields: Mapping[str, Any], status: int = 200) -> str:
        """What a form leads to."""
        answer = self.client.post(path, data=dict(fields))
        assert answer.status_code == status, f"{path}: {answer.status_code} {text_of(answer.text)}"
        return str(answer.text)

    def fill(self, path: str, fields: Mapping[str, Any], status: int = 200, **params: Any) -> str:
        """Open the page of a form, fill it in as a person would, and send it where it says."""
        page = self.get(path, **params)
        form = next(f for f in re.findall(r'<form[^>]*method="post".*?</form>', page, re.S) if "form_id" in f)
        action = re.search(r'action="([^"]+)"', form)
        assert action is not None
        return self.send(html.unescape(action[1]), {**hidden_in(form), **fields}, status)


def hidden_in(form: str) -> dict[str, str]:
    """The hidden fields of a form."""
    values = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name is not None
        values[name[1]] = html.unescape(value[1]) if value else ""
    return values


def text_of(page: str) -> str:
    """What a page says, its markup left out."""
    main = page[page.find("<main") :] if "<main" in page else page
    plain = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", main, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def tell_a_story(firm: Served) -> dict[str, str]:
    """Halcyon Health: two hats, a split, a hand-over, and a second client; ids by name."""
    admin = firm.admin
    people = {
        name: admin.post("/people", {"name": name, "employer": "firm"})["id"] for name in ("Dana", "Ravi", "Elena")
    }
    admin.post("/clients", {"name": "Halcyon Health", "profile": {"sector": "health", "headcount": 240}})
    admin.post("/clients", {"name": "Quiet Mills"})
    engagement = admin.post(
        "/clients/halcyon-health/engagements",
        {"name": "CTO and CAIO", "started_on": "2024-02-20", "practice_lead": people["Dana"]},
    )["id"]
    seat = {"commitment": "fractional", "provider": "firm"}
    milestones = [
        {
            "kind": "structure_chosen",
            "effective_on": "2024-04-17",
            "seats": [
                {
                    "functions": ["technology", "ai"],
                    "holder": people["Dana"],
                    "monthly_fee": {"amount": "11500.00", "currency": "USD"},
                    "hours_per_month": {"technology": 20, "ai": 12},
                    **seat,
                }
            ],
        },
        {
            "kind": "split_to_two_roles",
            "effective_on": "2025-06-10",
            "technology": {"holder": people["Dana"], **seat},
            "ai": {"holder": people["Ravi"], **seat},
            "note": "Mandate too wide for one seat",
        },
    ]
    told = {**people, "engagement": engagement}
    for milestone in milestones:
        told[milestone["kind"]] = admin.post(f"/engagements/{engagement}/milestones", milestone)["id"]  # type: ignore[index]
    return told


class _FormFields(HTMLParser):
    """The fields of the form that has a field of a name, with what a browser sends of each."""

    def __init__(self, of_form: str) -> None:
        super().__init__()
        self._of_form = of_form
        self.sent: list[tuple[str, str]] = []
        self._fields: list[tuple[str, str]] = []
        self._textarea: tuple[str, list[str]] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = []
        elif tag == "textarea":
            self._textarea = (attributes["name"], [])
        elif tag == "select":
            self._select = (attributes["name"], [])
        elif tag == "option" and self._select:
            self._select[1].append((attributes.get("value", ""), "selected" in attributes))
        elif tag == "input" and "name" in attributes:
            self._input(attributes)

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._textarea[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea:
            name, parts = self._textarea
            text = re.sub(r"\r\n?", "\n", "".join(parts)).removeprefix("\n")
            self._fields.append((name, text.replace("\n", "\r\n")))
            self._textarea = None
        elif tag == "select" and self._select:
            name, options = self._select
            self._fields.append((name, next((value for value, chosen in options if chosen), options[0][0])))
            self._select = None
        elif tag == "form" and any(name == self._of_form for name, _ in self._fields):
            self.sent = self._fields

    def _input(self, attributes: dict[str, str]) -> None:
        kind, value = attributes.get("type", "text"), attributes.get("value", "")
        if kind in ("checkbox", "radio"):
            if "checked" in attributes:
                self._fields.append((attributes["name"], attributes.get("value", "on")))
        else:
            self._fields.append((attributes["name"], value if kind == "hidden" else re.sub(r"[\r\n]", "", value)))


def sent_unchanged(page: str, of_form: str = "form_id") -> dict[str, list[str]]:
    """What a browser sends of a page's form when nobody touches it; `of_form` is a field that only this form has."""
    parser = _FormFields(of_form)
    parser.feed(page)
    sent: dict[str, list[str]] = {}
    for name, value in parser.sent:
        sent.setdefault(name, []).append(value)
    return sent
