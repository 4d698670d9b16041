"""Who may see and do what on pages: the same rule as the API's, told in pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import HTML, Visitor, tell_a_story, text_of
from fastapi.routing import APIRoute

from api.auth.access import SECURE_COOKIE
from api.state.roles import Role
from web.pages import ROUTERS

OPEN = {
    *("/sign-in", "/sign-in/{token}", "/sign-out", "/single-sign-on", "/single-sign-on/callback"),
    *("/s/{token}", "/s/{token}/timeline.{suffix}", "/s/{token}/assessments/{assessment}.pdf", "/s/{token}/live"),
    "/logo/{name}",
}


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    """An empty firm, served."""
    with served(data_dir) as running:
        yield running


ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An empty firm to which nobody signs in."""
    with served(tmp_path_factory.mktemp("closed")) as running:
        yield running


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_every_page_asks_who_one_is(closed: Served, route: APIRoute) -> None:
    if route.path in OPEN:
        return
    ids = r"\{(engagement|milestone|person|key|user|session|view|share_link|calendar_link|webhook|delivery)\}"
    path = re.sub(ids, "018f2d6e-5a0b-4c55-9d5e-4a3f1f1f0a01", route.path)
    path = re.sub(r"\{[a-z]+\}", "x", path)
    for method in route.methods or ():
        answer = closed.client.request(method, path, headers=HTML, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


def test_after_signing_in_one_is_where_one_wanted_to_be(firm: Served) -> None:
    answer = firm.client.get("/clients?q=a", headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=%2Fclients%3Fq%3Da"
    visitor = Visitor(firm)
    onward = visitor.client.get(answer.headers["location"], follow_redirects=False)
    assert onward.headers["location"] == "/clients?q=a"
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        onward = visitor.client.get("/sign-in", params={"next": elsewhere}, follow_redirects=False)
        assert onward.headers["location"] == "/"


def test_looking_at_a_sign_in_link_does_not_use_it_up(firm: Served) -> None:
    visitor = Visitor(firm)
    spent = visitor.client.get(visitor.link)
    assert spent.status_code == 404
    assert "This link has expired" in spent.text
    link = invited(visitor, role="viewer")
    newcomer = firm.client
    for _ in range(3):
        shown = newcomer.get(link, headers=HTML)
        assert "as a viewer" in text_of(shown.text)
    assert shown.headers["referrer-policy"] == "no-referrer"
    entry = {"name": "Noor", "password": "seven lanterns uphill"}
    assert newcomer.post(link, headers=HTML, data={**entry, "name": " "}).status_code == 422
    assert newcomer.post(link, headers=HTML, data={**entry, "password": "short"}).status_code == 422
    assert newcomer.post(link, headers=HTML, data=entry).status_code == 200
    assert "Noor" in newcomer.get("/", headers=HTML).text
    assert newcomer.post(link, headers=HTML, data=entry).status_code == 404


def test_signing_out_ends_the_session(firm: Served) -> None:
    visitor = Visitor(firm)
    cookies = dict(visitor.client.cookies)
    visitor.client.post("/sign-out")
    for name, value in cookies.items():
        firm.client.cookies.set(name, value)
    stolen = firm.client.get("/", headers=HTML, follow_redirects=False)
    assert stolen.status_code == 303
    assert SECURE_COOKIE not in cookies


def test_another_site_cannot_send_our_forms(firm: Served) -> None:
    visitor = Visitor(firm)
    answer = visitor.client.post("/people/new", data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert firm.admin.get("/people?q=x")["items"] == []


def test_a_viewer_sees_everything_but_no_form_and_may_send_none(firm: Served) -> None:
    ids = tell_a_story(firm)
    viewer = Visitor(firm, Role.VIEWER)
    path = f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}"
    for page in ("/", "/clients", "/clients/halcyon-health", "/milestones", "/people", path):
        shown = viewer.get(page)
        assert not re.search(r'href="[^"]*(/new|/correct|/retract|/profile)(["?])', shown), page
        assert "Log milestone" not in shown
    for page in ("/milestones/new", "/clients/new", "/people/new", f"{path}/correct", f"{path}/retract"):
        assert "have permission" in viewer.get(page, expect=403)
        viewer.send(page, {"reason": "x"}, status=403)
    viewer.send("/settings/keys", {"name": "x", "role": "admin"}, status=403)
    viewer.send("/settings/users", {"name": "x", "email": "x@example.org", "role": "admin"}, status=403)
    assert "Create an API key" not in viewer.get("/settings")


def test_a_recorder_logs_but_does_not_administer(firm: Served) -> None:
    tell_a_story(firm)
    recorder = Visitor(firm, Role.RECORDER)
    recorder.get("/milestones/new")
    recorder.send("/settings/keys", {"name": "x", "role": "admin"}, status=403)


def test_whoever_is_limited_meets_only_their_clients_anywhere(firm: Served) -> None:
    ids = tell_a_story(firm)
    quiet = UUID(firm.admin.get("/clients/quiet-mills")["id"])
    limited = Visitor(firm, Role.RECORDER, {quiet})
    for page in ("/", "/clients", "/milestones", "/people", "/milestones/new", "/reports/quarter-grid?from=2024-Q1"):
        shown = limited.get(page)
        assert "Halcyon" not in shown, page
        assert "Dana" not in shown, page
    assert limited.client.get("/palette.json?q=halcyon").json()["items"] == []
    assert "2 clients" not in limited.get("/clients")
    path = f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}"
    for page in (
        "/clients/halcyon-health",
        "/clients/halcyon-health/timeline.svg",
        "/clients/halcyon-health/timeline.csv",
        "/clients/halcyon-health/profile",
        "/clients/halcyon-health/engagements/new",
        "/milestones/new?client=halcyon-health&kind=paused",
        path,
        f"{path}/correct",
        f"{path}/retract",
        f"/people/{ids['Dana']}",
    ):
        foreign = limited.client.get(page)
        assert foreign.status_code == 404, page
        assert foreign.text == limited.client.get("/clients/no-such-client").text, page
    fields = {
        "client": "halcyon-health",
        "engagement": ids["engagement"],
        "kind": "paused",
        "effective_on": "2026-01-01",
    }
    for page in ("/milestones/new", "/milestones/check"):
        limited.send(page, fields, status=404)
        limited.send(page, {**fields, "client": "quiet-mills"}, status=404)
    limited.send(f"{path}/retract", {"reason": "x"}, status=404)
    limited.send("/clients/halcyon-health/profile", {"effective_on": "2026-01-01", "headcount": "1"}, status=404)
    limited.send("/clients/new", {"name": "x"}, status=403)
    assert firm.admin.get("/clients/halcyon-health")["status"] == "active"


def test_a_browser_on_https_gets_a_cookie_bound_to_this_host(firm: Served) -> None:
    visitor = Visitor(firm)
    entry = {"name": "Noor", "password": "seven lanterns uphill"}
    link = f"https://testserver{invited(visitor)}"
    answer = firm.client.post(link, headers=HTML, data=entry, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(SECURE_COOKIE)
    assert "Secure" in cookie
    assert "HttpOnly" in cookie


def test_only_the_owner_of_the_store_gets_a_link_for_anybody(firm: Served) -> None:
    request = {"url": "/settings/sign-in-links", "data": {"role": "viewer"}}
    owner = {"Authorization": f"Bearer {firm.context.owner_secret}", "Accept": "application/json"}
    answer = firm.client.post(**request, headers=owner)
    assert answer.status_code == 201
    assert answer.json()["url"].startswith("http://testserver/sign-in/")
    assert (
        firm.client.post(**request, headers={**owner, "Authorization": f"Bearer {firm.admin.key}"}).status_code == 403
    )
    refused = firm.client.post("/settings/sign-in-links", data={"role": "king"}, headers=owner)
    assert refused.json()["errors"][0]["field"] == "role"


def test_an_admin_lets_somebody_on_record_sign_in_from_their_page(firm: Served) -> None:
    ids = tell_a_story(firm)
    admin, person = Visitor(firm), f"/people/{ids['Dana']}"
    form = re.search(r'href="(/settings/users\?person=[^"#]+)#invite">Give access<', admin.get(person))
    assert form is not None
    assert "Invite Dana" in admin.get(form[1])
    made = admin.send(form[1], {"email": "dana@example.org", "role": "recorder"}, status=201)
    assert "Dana is invited" in text_of(made)
    assert f'href="/settings/users/{ids["Dana"]}">Manage access<' in admin.get(person)
    for other in (Visitor(firm, Role.RECORDER), Visitor(firm, Role.ADMIN, set())):
        shown = other.client.get(person).text
        assert "sign in" not in text_of(shown)


def invited(visitor: Visitor, role: str = "viewer") -> str:
    """The link that an admin gets for somebody new."""
    person = {"name": "Noor", "email": "noor@example.org", "role": role}
    page = visitor.send("/settings/users", person, status=201)
    link = re.search(r"<code>http://testserver(/sign-in/[^<]+)</code>", page)
    assert link is not None
    return link[1]
