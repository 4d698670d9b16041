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

from api.access import SECURE_COOKIE
from api.kept.roles import Role
from web.pages import ROUTERS

OPEN = {"/sign-in", "/sign-in/{token}", "/sign-out"}


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    """An empty firm, served."""
    with served(data_dir) as running:
        yield running


ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_every_page_asks_who_one_is(firm: Served, route: APIRoute) -> None:
    if route.path in OPEN:
        return
    path = re.sub(r"\{(engagement|milestone|person|key)\}", "018f2d6e-5a0b-4c55-9d5e-4a3f1f1f0a01", route.path)
    path = re.sub(r"\{[a-z]+\}", "x", path)
    for method in route.methods or ():
        answer = firm.client.request(method, path, headers=HTML, follow_redirects=False)
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
    assert "opens nothing any more" in spent.text
    fresh = visitor.send("/settings/invitations", {"role": "viewer"}, status=201)
    link = re.search(r"<code>http://testserver(/sign-in/[^<]+)</code>", fresh)
    assert link is not None
    newcomer = firm.client
    for _ in range(3):
        shown = newcomer.get(link[1], headers=HTML)
        assert "as a viewer" in text_of(shown.text)
    assert shown.headers["referrer-policy"] == "no-referrer"
    refused = newcomer.post(link[1], headers=HTML, data={"name": " "})
    assert refused.status_code == 422
    assert newcomer.post(link[1], headers=HTML, data={"name": "Noor"}).status_code == 200
    assert "Noor" in newcomer.get("/", headers=HTML).text
    assert newcomer.post(link[1], headers=HTML, data={"name": "Again"}).status_code == 404


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
    told = tell_a_story(firm)
    viewer = Visitor(firm, Role.VIEWER)
    path = f"/engagements/{told['engagement']}/milestones/{told['split_to_two_roles']}"
    for page in ("/", "/clients", "/clients/halcyon-health", "/milestones", "/people", path):
        shown = viewer.get(page)
        assert not re.search(r'href="[^"]*(/new|/correct|/retract|/profile)(["?])', shown), page
        assert "Log milestone" not in shown
    for page in ("/milestones/new", "/clients/new", "/people/new", f"{path}/correct", f"{path}/retract"):
        assert "That is not yours to do" in viewer.get(page, expect=403)
        viewer.send(page, {"reason": "x"}, status=403)
    viewer.send("/settings/keys", {"name": "x", "role": "admin"}, status=403)
    viewer.send("/settings/invitations", {"role": "admin"}, status=403)
    assert "Make an API key" not in viewer.get("/settings")


def test_a_recorder_logs_but_does_not_administer(firm: Served) -> None:
    tell_a_story(firm)
    recorder = Visitor(firm, Role.RECORDER)
    recorder.get("/milestones/new")
    recorder.send("/settings/keys", {"name": "x", "role": "admin"}, status=403)


def test_whoever_is_limited_meets_only_their_clients_anywhere(firm: Served) -> None:
    told = tell_a_story(firm)
    quiet = UUID(firm.admin.get("/clients/quiet-mills")["id"])
    limited = Visitor(firm, Role.RECORDER, {quiet})
    for page in ("/", "/clients", "/milestones", "/people", "/milestones/new", "/reports/quarter-grid?from=2024-Q1"):
        shown = limited.get(page)
        assert "Halcyon" not in shown, page
        assert "Dana" not in shown, page
    assert limited.client.get("/palette.json?q=halcyon").json()["items"] == []
    assert "2 clients" not in limited.get("/clients")
    path = f"/engagements/{told['engagement']}/milestones/{told['split_to_two_roles']}"
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
        f"/people/{told['Dana']}",
    ):
        foreign = limited.client.get(page)
        assert foreign.status_code == 404, page
        assert foreign.text == limited.client.get("/clients/no-such-client").text, page
    fields = {
        "client": "halcyon-health",
        "engagement": told["engagement"],
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
    fresh = visitor.send("/settings/invitations", {"role": "viewer"}, status=201)
    link = re.search(r"<code>http://testserver(/sign-in/[^<]+)</code>", fresh)
    assert link is not None
    answer = firm.client.post(
        f"https://testserver{link[1]}", headers=HTML, data={"name": "Noor"}, follow_redirects=False
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(SECURE_COOKIE)
    assert "Secure" in cookie
    assert "HttpOnly" in cookie


def test_somebody_known_gets_a_new_link_and_is_the_same_person_again(firm: Served) -> None:
    visitor = Visitor(firm, Role.RECORDER)
    visitor.client.post("/sign-out")
    admin = Visitor(firm)
    page = admin.get("/settings")
    button = re.search(r'name="user" value="([^"]+)"><button[^>]*aria-label="New sign-in link for A recorder"', page)
    assert button is not None
    made = admin.send("/settings/invitations", {"user": button[1]}, status=201)
    link = re.search(r"<code>http://testserver(/sign-in/[^<]+)</code>", made)
    assert link is not None
    assert "Your name" not in visitor.get(link[1])
    assert visitor.client.post(link[1]).status_code == 200
    assert "A recorder, recorder" in text_of(visitor.get("/settings"))
    admin.send("/settings/invitations", {"user": "nobody"}, status=422)


def test_a_program_gets_its_link_as_json(firm: Served) -> None:
    headers = {"Authorization": f"Bearer {firm.admin.key}", "Accept": "application/json"}
    answer = firm.client.post("/settings/invitations", data={"role": "viewer"}, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["url"].startswith("http://testserver/sign-in/")
    refused = firm.client.post("/settings/invitations", data={"role": "king"}, headers=headers)
    assert refused.json()["errors"][0]["field"] == "role"
