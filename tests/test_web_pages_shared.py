"""Shared timelines: one client for whoever has the address, without what the link leaves out, until it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from api_client import Served, TestClient, served
from browsing import HTML, Visitor, text_of

from api.share_links import FREE_TRIES
from api.state.roles import Role

FEE, NEW_FEE, LIMIT, WORTH = 11_731, 9_753, 25_317, 48_129
SUMS = tuple(text for sum_ in (FEE, NEW_FEE, LIMIT, WORTH) for text in (str(sum_), f"{sum_:,}"))
WORDS = ("NOTEWORTHY", "EVIDENTLY", "TOPICAL", "REASONABLY", "OUTCOMEWISE")
PASSWORD = "plum basalt orchestra"


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    """A client with money and words in every place that has room for them, and another client."""
    with served(data_dir) as running:
        tell(running)
        yield running


def tell(firm: Served) -> None:
    admin = firm.admin
    dana = admin.post("/people", {"name": "Dana Whitfield", "employer": "firm"})["id"]
    revenue = {"amount": f"{WORTH}.00", "currency": "USD"}
    admin.post("/clients", {"name": "Halcyon Health", "profile": {"sector": "health", "annual_revenue": revenue}})
    admin.post("/clients", {"name": "Quiet Mills"})
    lead = {"name": "CTO and CAIO", "started_on": "2024-02-20", "practice_lead": dana}
    engagement = admin.post("/clients/halcyon-health/engagements", lead)["id"]
    seat = {"holder": dana, "commitment": "fractional", "provider": "firm"}
    both = {"functions": ["technology", "ai"]}
    for milestone in (
        {
            "kind": "structure_chosen",
            "effective_on": "2024-04-17",
            "note": "NOTEWORTHY",
            "rationale": "REASONABLY",
            "seats": [{**both, **seat, "monthly_fee": {"amount": f"{FEE}.00", "currency": "USD"}}],
        },
        {
            "kind": "terms_changed",
            "effective_on": "2024-06-01",
            **both,
            "monthly_fee": {"amount": f"{NEW_FEE}.00", "currency": "USD"},
        },
        {
            "kind": "decision_right_assigned",
            "effective_on": "2024-07-01",
            "area": "cloud_cost_management",
            "owner": "technology",
            "spending_limit": {"amount": f"{LIMIT}.00", "currency": "USD"},
        },
        {"kind": "conflict_raised", "effective_on": "2024-08-01", "conflict": "TOPICAL-1", "topic": "TOPICAL"},
        {"kind": "conflict_resolved", "effective_on": "2024-08-02", "conflict": "TOPICAL-1", "resolved_by": "ceo"},
        {"kind": "sign_observed", "effective_on": "2024-09-01", "sign": "overload", "evidence": "EVIDENTLY"},
        {"kind": "initiative_started", "effective_on": "2024-09-02", "initiative": "triage"},
        {"kind": "initiative_live", "effective_on": "2024-09-03", "initiative": "triage"},
        {
            "kind": "outcome_measured",
            "effective_on": "2024-10-01",
            "initiative": "triage",
            "metric": "saved",
            "value": WORTH,
            "unit": "USD a year",
        },
        {"kind": "paused", "effective_on": "2024-11-01", "reason": "REASONABLY"},
        {"kind": "closed", "effective_on": "2025-03-01", "outcome": "OUTCOMEWISE"},
    ):
        admin.post(f"/engagements/{engagement}/milestones", milestone)


def share(firm: Served, **parameters: Any) -> str:
    """The path of a new link."""
    body = {"client": "halcyon-health", "expires_at": "2199-01-01T00:00:00Z", **parameters}
    return str(urlsplit(firm.admin.post("/share-links", body)["url"]).path)


def stranger(firm: Served) -> TestClient:
    return TestClient(firm.app, raise_server_exceptions=False, headers=dict(HTML))


def everything(firm: Served, path: str) -> str:
    """All that a link gives away: the page, and the files beside it."""
    who = stranger(firm)
    answers = [who.get(path), who.get(f"{path}/timeline.svg"), who.get(f"{path}/timeline.csv")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return "\n".join(answer.text for answer in answers)


@pytest.mark.parametrize("notes", [False, True])
@pytest.mark.parametrize("money", [False, True])
def test_a_link_shows_money_and_notes_only_where_it_says_so(firm: Served, money: bool, notes: bool) -> None:
    shown = everything(firm, share(firm, money=money, notes=notes, embed=True))
    assert "Halcyon Health" in shown
    assert "Dana Whitfield" in shown
    seen = {text for text in SUMS if text in shown}
    if money:
        assert {f"{FEE:,}", f"{NEW_FEE:,}", f"{LIMIT:,}", f"{WORTH:,}"} <= seen
    else:
        assert seen == set()
        assert not re.search(r"\b(USD|fees?)\b", shown)
    assert {word for word in WORDS if word in shown} == (set(WORDS) if notes else set())
    assert ('<g class="signs">' in shown) is notes


def test_a_picture_of_the_timeline_is_there_too(firm: Served) -> None:
    picture = stranger(firm).get(f"{share(firm)}/timeline.png")
    assert picture.content.startswith(b"\x89PNG")


def test_a_shared_page_leads_nowhere_else_and_names_nobody_who_works_here(firm: Served) -> None:
    shown = stranger(firm).get(share(firm)).text
    led_to = {
        link for link in re.findall(r'(?:href|action|hx-get)="([^"#]+)"', shown) if not link.startswith("/static/")
    }
    assert {urlsplit(link).path.split("/")[1] for link in led_to} == {"s"}
    assert "Recorded" not in text_of(shown)
    assert "Sign out" not in shown
    marks = set(re.findall(r'href="#(m-[0-9a-f-]+)"', shown))
    assert marks
    assert marks <= set(re.findall(r'id="(m-[0-9a-f-]+)"', shown))


def test_a_link_opens_one_client_and_no_door_besides(firm: Served) -> None:
    path = share(firm)
    who = stranger(firm)
    who.get(path)
    token = path.removeprefix("/s/")
    for sent in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"seatline={token}"}):
        assert who.get("/api/v1/clients/halcyon-health", headers=sent).status_code == 401
    assert "Quiet" not in who.get(path).text


def test_what_expired_was_revoked_or_never_was_is_the_same_calm_page(firm: Served) -> None:
    made = firm.admin.post("/share-links", {"client": "halcyon-health", "expires_at": "2199-01-01T00:00:00Z"})
    revoked = urlsplit(made["url"]).path
    assert stranger(firm).get(revoked).status_code == 200
    firm.admin.ask("DELETE", f"/share-links/{made['id']}", status=204)
    never = stranger(firm).get(f"/s/{'x' * 43}")
    assert never.status_code == 404
    assert "no longer valid" in text_of(never.text)
    for path in (revoked, f"{revoked}/timeline.csv", f"/s/{'x' * 5000}", "/s/x/timeline.svg"):
        gone = stranger(firm).get(path)
        assert (gone.status_code, gone.text) == (404, never.text)


def test_an_expired_link_opens_nothing(firm: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    path = share(firm, expires_at="2090-01-01T00:00:00Z")
    assert stranger(firm).get(path).status_code == 200
    later = firm.context.now().replace(year=2091)
    object.__setattr__(firm.context, "clock", lambda: later)
    assert stranger(firm).get(path).status_code == 404


def test_a_pinned_link_shows_what_was_known_then_for_ever(firm: Served) -> None:
    now = firm.context.now().isoformat().replace("+00:00", "Z")
    pinned, live = share(firm, as_of="2024-12-31", known_at=now), share(firm)
    before = everything_but_files(firm, pinned)
    noor = firm.admin.post("/people", {"name": "Noor Later", "employer": "firm"})["id"]
    firm.admin.post(
        "/clients/halcyon-health/engagements", {"name": "Again", "started_on": "2025-06-01", "practice_lead": noor}
    )
    assert everything_but_files(firm, pinned) == before
    assert "Noor Later" in everything_but_files(firm, live)
    assert "31 Dec 2024" in text_of(before)


def everything_but_files(firm: Served, path: str) -> str:
    answer = stranger(firm).get(path)
    assert answer.status_code == 200
    return str(answer.text)


def test_a_shared_page_is_found_by_no_search_engine_and_told_to_no_other_site(firm: Served) -> None:
    path = share(firm, embed=True)
    for address in (path, f"{path}/timeline.png", f"{path}/timeline.csv", f"{path}/timeline.svg", "/s/gone"):
        answer = stranger(firm).get(address)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["cache-control"] == "no-store"


def test_other_sites_may_show_the_drawing_of_an_embeddable_link_and_nothing_else(firm: Served) -> None:
    embedded, plain = share(firm, embed=True), share(firm)
    drawing = stranger(firm).get(f"{embedded}/timeline.svg")
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert drawing.headers["content-disposition"] == "inline"
    assert drawing.headers["cross-origin-resource-policy"] == "cross-origin"
    assert drawing.headers["content-security-policy"] == "default-src 'none'; frame-ancestors *"
    assert "x-frame-options" not in drawing.headers
    for path in (embedded, f"{embedded}/timeline.csv", f"{embedded}/timeline.png"):
        answer = stranger(firm).get(path)
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert stranger(firm).get(f"{plain}/timeline.svg").status_code == 404


def test_a_password_is_asked_for_and_lets_in_for_a_while(firm: Served) -> None:
    path = share(firm, password=PASSWORD)
    who = stranger(firm)
    answer = who.get(path)
    assert "Halcyon" not in answer.text
    assert who.get(f"{path}/timeline.csv").status_code == 404
    assert who.post(path, data={"password": "wrong"}).status_code == 422
    assert who.get(f"{path}/timeline.csv").status_code == 404
    opened = who.post(path, data={"password": PASSWORD}, follow_redirects=False)
    cookie = opened.headers["set-cookie"]
    assert f"Path={path}" in cookie
    assert "HttpOnly" in cookie
    assert PASSWORD not in cookie
    assert "Halcyon Health" in who.get(path).text
    assert who.get(f"{path}/timeline.csv").status_code == 200
    later = firm.context.now().replace(year=2090)
    object.__setattr__(firm.context, "clock", lambda: later)
    assert "Halcyon" not in who.get(path).text


def test_the_cookie_of_one_link_opens_no_other(firm: Served) -> None:
    first, second = share(firm, password=PASSWORD), share(firm, password=PASSWORD)
    who = stranger(firm)
    who.post(first, data={"password": PASSWORD})
    (cookie,) = [c for c in who.cookies.jar if c.name == "seatline_share"]
    other = stranger(firm)
    for forged in (cookie.value, f"99999999999.{'0' * 64}", "", "x.y", "\u00e9.1"):
        sent = {"Cookie": f"seatline_share={forged}".encode()}
        assert "Halcyon" not in other.get(second, headers=sent).text
    assert "Halcyon" in other.get(first, headers={"Cookie": f"seatline_share={cookie.value}"}).text


def test_an_admin_shares_from_the_pages_and_sees_how_often_it_was_looked_at(firm: Served) -> None:
    admin = Visitor(firm)
    assert "/settings/share-links?client=halcyon-health" in admin.get("/clients/halcyon-health")
    made = admin.fill(
        "/settings/share-links",
        {"client": "halcyon-health", "expires_on": "2199-03-31", "as_of": "1 Jan 2025", "money": "true"},
        status=201,
        client="halcyon-health",
    )
    match = re.search(r"<code>http://testserver(/s/[\w-]{43})</code>", made)
    assert match is not None
    assert f"{FEE:,}" in stranger(firm).get(match[1]).text
    stranger(firm).get(match[1])
    listed = admin.get("/settings/share-links")
    assert match[1] not in listed
    assert "2 times" in text_of(listed)
    assert "As of 1 Jan 2025" in text_of(listed)
    revoke = re.search(r'action="(/settings/share-links/[^"]+/revoke)"', listed)
    assert revoke is not None
    assert "revoked" in text_of(admin.send(revoke[1], {}))
    assert stranger(firm).get(match[1]).status_code == 404


def test_what_was_typed_wrong_is_said_beside_it(firm: Served) -> None:
    admin = Visitor(firm)
    for fields, message in (
        ({"client": "nobodys", "expires_on": "2199-03-31"}, "No client with this name."),
        ({"client": "halcyon-health", "expires_on": "2020-03-31"}, "Must be in the future."),
        ({"client": "halcyon-health", "expires_on": "soon"}, "Type a date"),
        ({"client": "halcyon-health", "expires_on": "2199-03-31", "known_on": "2001-01-01"}, "before the client was"),
        ({"client": "halcyon-health", "expires_on": "2199-03-31", "password": "short"}, "at least 12"),
        ({"client": "halcyon-health", "expires_on": "2199-03-31", "password": PASSWORD, "embed": "true"}, "password"),
        ({"client": "", "expires_on": ""}, "Required."),
    ):
        shown = admin.fill("/settings/share-links", fields, status=422)
        assert re.search(rf'class="error"[^>]*>[^<]*{re.escape(message)}', shown), message


def test_only_an_admin_shares(firm: Served) -> None:
    for role in (Role.VIEWER, Role.RECORDER):
        visitor = Visitor(firm, role)
        assert ">Share</a>" not in visitor.get("/clients/halcyon-health")
        visitor.get("/settings/share-links", expect=403)
        visitor.send("/settings/share-links", {"client": "halcyon-health"}, status=403)


def test_guessing_at_the_password_of_a_link_must_wait(firm: Served) -> None:
    path = share(firm, password=PASSWORD)
    who = stranger(firm)
    for _ in range(FREE_TRIES):
        assert who.post(path, data={"password": "wrong"}).status_code == 422
    waiting = who.post(path, data={"password": PASSWORD})
    assert waiting.status_code == 429
    assert int(waiting.headers["retry-after"]) >= 1
    kinds = [entry["kind"] for entry in firm.admin.get("/audit?kind=share_link")["items"]]
    assert kinds == ["share_link.refused"] * FREE_TRIES + ["share_link.made"]
