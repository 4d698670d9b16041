"""Nobody gets in where they don't belong: every route has a rule, and what is foreign looks like what never was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from api_client import Caller, Served, answer_boards_as_html, served
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from api.auth.access import COOKIE
from api.http.security_middleware import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from api.state.roles import Role
from api.state.sessions import create_sign_in_link, end_session, find_sign_in_link, redeem, session_with
from web.app import create_app
from web.settings import Settings

PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/problems"),
    ("GET", "/problems/{slug}"),
    ("GET", "/api/v1/calendar/{token}.ics"),  # the token is the credential
    ("GET", "/metrics"),  # asks for an admin by itself, unless a setting opens it
}
VIEWER = {
    ("GET", "/api/v1/people"),
    ("GET", "/api/v1/people/{person_id}"),
    ("GET", "/api/v1/clients"),
    ("GET", "/api/v1/clients/{client_id}"),
    ("GET", "/api/v1/clients/{client_id}/engagements"),
    ("GET", "/api/v1/clients/{client_id}/timeline"),
    ("GET", "/api/v1/clients/{client_id}/timeline/changes"),
    ("GET", "/api/v1/engagements/{engagement_id}"),
    ("GET", "/api/v1/engagements/{engagement_id}/milestones"),
    ("GET", "/api/v1/engagements/{engagement_id}/milestones/{milestone_id}"),
    ("GET", "/api/v1/engagements/{engagement_id}/milestones/{milestone_id}/assessment.pdf"),
    ("GET", "/api/v1/reports/structure-mix"),
    ("GET", "/api/v1/reports/quarter-grid"),
    ("GET", "/api/v1/reports/transitions"),
    ("GET", "/api/v1/reports/advice"),
    ("GET", "/api/v1/reports/board"),
    ("GET", "/api/v1/reports/capacity"),
    ("GET", "/api/v1/reports/drift"),
    ("GET", "/api/v1/reports/governance"),
    ("GET", "/api/v1/reports/outcomes"),
    ("GET", "/api/v1/reports/paths"),
    ("GET", "/api/v1/reports/plan"),
    ("GET", "/api/v1/reports/revenue"),
    ("GET", "/api/v1/reports/then-and-now"),
    ("GET", "/api/v1/reports/time-to"),
    ("GET", "/api/v1/reports/watch-list"),
    ("GET", "/api/v1/settings"),
    ("GET", "/api/v1/settings/signs"),
    ("GET", "/api/v1/signs"),
    ("GET", "/api/v1/signs/{sign_id}"),
    ("GET", "/api/v1/views"),
    ("GET", "/api/v1/calendar-links"),
    ("POST", "/api/v1/calendar-links"),
    ("GET", "/api/v1/calendar-links/{calendar_link_id}"),
    ("DELETE", "/api/v1/calendar-links/{calendar_link_id}"),
    ("POST", "/api/v1/views"),
    ("GET", "/api/v1/views/{view_id}"),
    ("DELETE", "/api/v1/views/{view_id}"),
    ("GET", "/api/v1/frameworks"),
    ("GET", "/api/v1/frameworks/{framework_id}"),
    ("POST", "/api/v1/assessments:evaluate"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/events/stream"),
    ("GET", "/api/v1/exports/history"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/docs"),
    ("GET", "/api/v1/docs/start.js"),
    ("GET", "/api/v1/me"),
    ("POST", "/mcp"),
}
OWN = {  # what is somebody's own, who signed in with a browser: a key has none of it
    ("PATCH", "/api/v1/me"),
    ("POST", "/api/v1/me/password"),
    ("GET", "/api/v1/me/sessions"),
    ("DELETE", "/api/v1/me/sessions"),
    ("DELETE", "/api/v1/me/sessions/{session_id}"),
}
KEYS_ALONE = {("POST", "/mcp")}
"""What keys open and sessions do not."""

RECORDER = {
    ("POST", "/api/v1/people"),
    ("POST", "/api/v1/clients"),
    ("POST", "/api/v1/clients/{client_id}/profile-changes"),
    ("POST", "/api/v1/clients/{client_id}/engagements"),
    ("POST", "/api/v1/engagements/{engagement_id}/milestones"),
    ("POST", "/api/v1/engagements/{engagement_id}/milestones:check"),
    ("POST", "/api/v1/engagements/{engagement_id}/milestones/{milestone_id}/corrections"),
    ("POST", "/api/v1/engagements/{engagement_id}/milestones/{milestone_id}/retraction"),
    ("POST", "/api/v1/engagements/{engagement_id}/changes"),
    ("POST", "/api/v1/engagements/{engagement_id}/retraction"),
    ("POST", "/api/v1/clients/{client_id}/retraction"),
}
ADMIN = {
    ("POST", "/read-models/rebuild"),
    ("POST", "/log/backups"),
    ("POST", "/log/verifications"),
    ("PATCH", "/api/v1/people/{person_id}"),
    ("DELETE", "/api/v1/people/{person_id}"),
    ("GET", "/api/v1/keys"),
    ("POST", "/api/v1/keys"),
    ("GET", "/api/v1/keys/{key_id}"),
    ("DELETE", "/api/v1/keys/{key_id}"),
    ("POST", "/api/v1/keys/{key_id}/rotation"),
    ("GET", "/api/v1/users"),
    ("POST", "/api/v1/users"),
    ("GET", "/api/v1/users/{user_id}"),
    ("PATCH", "/api/v1/users/{user_id}"),
    ("DELETE", "/api/v1/users/{user_id}"),
    ("POST", "/api/v1/users/{user_id}/sign-in-links"),
    ("GET", "/api/v1/users/{user_id}/sessions"),
    ("DELETE", "/api/v1/users/{user_id}/sessions"),
    ("DELETE", "/api/v1/users/{user_id}/sessions/{session_id}"),
    ("GET", "/api/v1/people/{person_id}/personal-data"),
    ("GET", "/api/v1/audit"),
    ("PATCH", "/api/v1/settings"),
    ("PATCH", "/api/v1/settings/signs"),
    ("GET", "/api/v1/share-links"),
    ("POST", "/api/v1/share-links"),
    ("GET", "/api/v1/share-links/{share_link_id}"),
    ("DELETE", "/api/v1/share-links/{share_link_id}"),
    ("GET", "/api/v1/webhooks"),
    ("POST", "/api/v1/webhooks"),
    ("GET", "/api/v1/webhooks/{webhook_id}"),
    ("PATCH", "/api/v1/webhooks/{webhook_id}"),
    ("DELETE", "/api/v1/webhooks/{webhook_id}"),
    ("POST", "/api/v1/webhooks/{webhook_id}/secret-rotation"),
    ("POST", "/api/v1/webhooks/{webhook_id}/test"),
    ("GET", "/api/v1/webhooks/{webhook_id}/deliveries"),
    ("POST", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redelivery"),
    ("POST", "/api/v1/imports"),
    ("GET", "/api/v1/imports"),
    ("GET", "/api/v1/imports/template"),
    ("GET", "/api/v1/imports/{import_id}"),
    ("POST", "/api/v1/imports/{import_id}/undo"),
    ("DELETE", "/api/v1/imports/mappings/{mapping_id}"),
}
NEEDED = {
    **dict.fromkeys(VIEWER | OWN, Role.VIEWER),
    **dict.fromkeys(RECORDER, Role.RECORDER),
    **dict.fromkeys(ADMIN, Role.ADMIN),
}
NOBODY = "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"


def routes_of_the_api() -> set[tuple[str, str]]:
    """Every route outside of the pages, as method and pattern; static files are open to everybody."""
    app = create_app(Settings())
    routes = set()
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount):
            assert route.path == "/static"
        elif isinstance(route.original_route, APIRoute) and not is_page(route.original_route):
            routes |= {(method, str(route.path)) for method in route.methods or ()}
    return routes


def is_page(route: APIRoute) -> bool:
    """Whether a route is one of the pages, whose own test classifies them."""
    return route.endpoint.__module__.startswith("web.")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("access")) as running:
        answer_boards_as_html(running)
        yield running


def test_every_route_is_classified() -> None:
    assert routes_of_the_api() == PUBLIC | set(NEEDED)


def address(path: str) -> str:
    path = re.sub(r"\{(?!slug)[a-z_]+\}", NOBODY, path)
    return path.replace("{slug}", "already-split")


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_what_is_public_answers_without_credentials(firm: Served, method: str, path: str) -> None:
    status = firm.client.request(method, address(path)).status_code
    # Just after the start the read models may still be on their way.
    assert status in (
        {401} if path == "/metrics" else {404} if "{token}" in path else {200, 503} if path == "/readyz" else {200}
    )


@pytest.mark.parametrize(("method", "path"), sorted(NEEDED))
@pytest.mark.parametrize("sent", [None, "Bearer nonsense", "Bearer seatline_nonsense", "Basic eDp5", "Bearer \u00e9"])
def test_nothing_else_answers_without_them(firm: Served, method: str, path: str, sent: str | None) -> None:
    headers = {} if sent is None else {"Authorization": sent.encode()}
    answer = firm.client.request(method, address(path), headers=headers)
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/unauthenticated"


@pytest.fixture(scope="module")
def callers(firm: Served) -> dict[Role, Caller]:
    return {role: firm.caller(role) for role in Role}


@pytest.mark.parametrize(("method", "path"), sorted(set(NEEDED) - {("GET", "/api/v1/events/stream")}))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_it_opens_and_no_more(
    firm: Served, callers: dict[Role, Caller], method: str, path: str, role: Role
) -> None:
    answer = firm.client.request(
        method,
        address(path),
        headers={"Authorization": f"Bearer {callers[role].key}", "Content-Type": "application/json"},
    )
    opens = role.covers(NEEDED[method, path]) and (method, path) not in OWN
    assert (answer.status_code == 403) is not opens
    assert answer.status_code not in (401, 500)


@pytest.fixture(scope="module")
def sessions(firm: Served) -> dict[Role, str]:
    return {role: firm.session(role) for role in Role}


@pytest.mark.parametrize(("method", "path"), sorted(set(NEEDED) - {("GET", "/api/v1/events/stream")}))
@pytest.mark.parametrize("role", list(Role))
def test_a_session_opens_what_its_role_opens_and_no_more(
    firm: Served, sessions: dict[Role, str], method: str, path: str, role: Role
) -> None:
    headers = {"Cookie": f"{COOKIE}={sessions[role]}", "Content-Type": "application/json"}
    answer = firm.client.request(method, address(path), headers=headers)
    opens = role.covers(NEEDED[method, path]) and (method, path) not in KEYS_ALONE
    assert (answer.status_code == 403) is not opens
    assert answer.status_code not in (401, 500)


def test_a_revoked_and_an_expired_key_open_nothing(firm: Served) -> None:
    made = firm.admin.post("/keys", {"name": "x", "role": "admin"})
    with_it = Caller(firm.client, made["key"])
    with_it.get("/clients")
    firm.admin.ask("DELETE", f"/keys/{made['id']}", status=204)
    with_it.ask("GET", "/clients", status=401)
    assert firm.admin.get(f"/keys/{made['id']}")["revoked_at"] is not None
    past = {"name": "x", "role": "admin", "expires_at": "2020-01-01T00:00:00Z"}
    assert firm.admin.post("/keys", past, status=422)["errors"][0]["field"] == "expires_at"


def test_a_key_is_kept_nowhere(firm: Served) -> None:
    made = firm.admin.post("/keys", {"name": "x", "role": "viewer"}, headers={"Idempotency-Key": "a-key"})
    again = firm.admin.post("/keys", {"name": "x", "role": "viewer"}, headers={"Idempotency-Key": "a-key"})
    assert made == again
    folder = firm.context.views._store.path.parent if hasattr(firm.context.views._store, "path") else None
    assert folder is None or not any(made["key"].encode() in f.read_bytes() for f in folder.iterdir())


@pytest.fixture(scope="module")
def two(firm: Served) -> dict[str, Any]:
    """Two clients with an engagement each, and callers who may see the first alone."""
    admin = firm.admin
    maya = admin.post("/people", {"name": "Maya", "employer": "firm"})["id"]
    ivo = admin.post("/people", {"name": "Ivo", "employer": "firm"})["id"]
    ids: dict[str, Any] = {"maya": maya, "ivo": ivo}
    for name, holder in (("mine", maya), ("theirs", ivo)):
        client = admin.post("/clients", {"name": name})
        engagement = admin.post(f"/clients/{name}/engagements", {"name": "x", "started_on": "2024-01-01"})
        seat = {"functions": ["technology", "ai"], "holder": holder, "commitment": "fractional", "provider": "firm"}
        chosen = {"kind": "structure_chosen", "effective_on": "2024-02-01", "seats": [seat]}
        milestone = admin.post(f"/engagements/{engagement['id']}/milestones", chosen)
        ids[name] = {"client": client["id"], "engagement": engagement["id"], "milestone": milestone["id"]}
    limited = admin.post("/keys", {"name": "limited", "role": "recorder", "clients": ["mine"]})
    ids["limited"] = Caller(firm.client, limited["key"])
    return ids


def test_a_limited_caller_sees_other_clients_nowhere(two: dict[str, Any]) -> None:
    limited: Caller = two["limited"]
    assert [c["name"] for c in limited.get("/clients")["items"]] == ["mine"]
    assert limited.get("/clients?q=theirs")["items"] == []
    grid = limited.get("/reports/quarter-grid?from=2024-Q1&to=2024-Q4")
    assert [row["name"] for row in grid["rows"]] == ["mine"]
    mix = limited.get("/reports/structure-mix?from=2024-Q1&to=2024-Q1")
    assert [(row["structure"], row["clients"]) for row in mix["rows"]] == [("unified_fractional", 1)]
    moved = limited.get("/reports/transitions?from=2024-Q1&to=2024-Q1")
    assert {row["clients"] for row in moved["rows"]} == {1}
    csv = limited.ask("GET", "/reports/quarter-grid?from=2024-Q1&to=2024-Q4&format=csv").text
    assert "theirs" not in csv
    events = limited.ask("GET", "/events", headers={"Accept": "application/x-ndjson"}).text
    assert two["mine"]["engagement"] in events
    assert two["theirs"]["engagement"] not in events
    assert two["theirs"]["client"] not in events
    assert [p["name"] for p in limited.get("/people")["items"]] == ["Maya"]
    limited.ask("GET", f"/people/{two['ivo']}", status=404)


def test_what_is_foreign_answers_like_what_never_was(two: dict[str, Any]) -> None:
    limited: Caller = two["limited"]
    foreign, never = two["theirs"], {"client": NOBODY, "engagement": NOBODY, "milestone": NOBODY}
    split = {"kind": "paused", "effective_on": "2024-03-01"}
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/clients/{client}", None),
        ("GET", "/clients/{client}/engagements", None),
        ("GET", "/clients/{client}/timeline", None),
        ("GET", "/clients/{client}/timeline/changes?known_from=2024-01-01T00:00:00Z", None),
        ("GET", "/events?client={client}", None),
        ("POST", "/clients/{client}/profile-changes", {"effective_on": "2024-01-01", "headcount": 3}),
        ("POST", "/clients/{client}/engagements", {"name": "x", "started_on": "2024-01-01"}),
        ("GET", "/engagements/{engagement}", None),
        ("GET", "/engagements/{engagement}/milestones", None),
        ("GET", "/engagements/{engagement}/milestones/{milestone}", None),
        ("POST", "/engagements/{engagement}/milestones", split),
        ("POST", "/engagements/{engagement}/milestones:check", split),
        ("POST", "/engagements/{engagement}/milestones/{milestone}/corrections", {"reason": "x", "note": "y"}),
        ("POST", "/engagements/{engagement}/milestones/{milestone}/retraction", {"reason": "x"}),
        ("POST", "/engagements/{engagement}/retraction", {"reason": "x"}),
        ("POST", "/clients/{client}/retraction", {"reason": "x"}),
        ("POST", "/engagements/{engagement}/changes", {"changes": [{"log": split}]}),
    ]
    for method, path, body in requests:
        answers = [limited.ask(method, path.format(**ids), body, status=404) for ids in (foreign, never)]
        assert answers[0].content == answers[1].content, path
    slugs = [limited.ask("GET", f"/clients/{slug}", status=404).content for slug in ("theirs", "nobodys")]
    assert slugs[0] == slugs[1]


def test_a_limited_caller_makes_nothing_that_concerns_others(two: dict[str, Any]) -> None:
    two["limited"].post("/clients", {"name": "new"}, status=403)


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(firm: Served) -> None:
    answers = [
        firm.client.get("/healthz"),
        firm.client.get("/nowhere"),
        firm.client.get("/static/vendor/swagger-ui.css"),
        firm.client.get("/api/v1/clients"),
        firm.admin.ask("GET", "/clients"),
        firm.admin.ask("POST", "/people", status=400, content=b"{", headers={"Content-Type": "application/json"}),
        firm.client.post("/api/v1/people", headers={"Origin": "https://evil.example"}),
    ]
    for answer in answers:
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS), answer.url
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert firm.admin.ask("GET", "/clients").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver"}, 201),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
    ],
)
def test_a_page_of_another_site_writes_nothing(firm: Served, headers: dict[str, str], status: int) -> None:
    firm.admin.ask("POST", "/people", {"name": "Maya", "employer": "firm"}, status=status, headers=headers)
    firm.admin.ask("GET", "/people", headers=headers)


def test_a_sign_in_link_lets_one_person_in_once(firm: Served) -> None:
    context = firm.context
    token = context.log.write(lambda c: create_sign_in_link(c, at=context.now()))
    with context.log.engine.connect() as connection:
        assert find_sign_in_link(connection, token, at=context.now()) is not None
        assert find_sign_in_link(connection, token + "x", at=context.now()) is None
        assert find_sign_in_link(connection, token, at=context.now().replace(year=9000)) is None

    def use(name: str) -> str | None:
        return context.log.write(
            lambda c: redeem(
                c, token, name=name, new_user_id=context.new_id(), session_id=context.new_id(), at=context.now()
            )
        )

    cookie = use("Root")
    assert cookie is not None
    assert use("Mallory") is None
    signed_in = {"Cookie": f"{COOKIE}={cookie}"}
    assert firm.client.get("/api/v1/keys", headers=signed_in).status_code == 200
    assert "Root" in firm.client.get("/api/v1/people", headers=signed_in).text

    with context.log.engine.connect() as connection:
        session = session_with(connection, cookie, at=context.now())
        assert session is not None
        assert session_with(connection, cookie, at=session.expires_at) is None
    context.log.write(lambda c: end_session(c, session.id, at=context.now()))
    assert firm.client.get("/api/v1/keys", headers=signed_in).status_code == 401
