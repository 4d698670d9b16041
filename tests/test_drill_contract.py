"""The API keeps what its own document says: Schemathesis asks what the document allows, and much that it does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import schemathesis
import uvicorn
from api_client import Caller, Served, TestClient
from hypothesis import HealthCheck, settings
from route_matrix import Kind
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance
from test_api_access import NEEDED, OWN
from test_api_routes import FIRM_WIDE

from api.http.openapi import document
from api.state.roles import Role
from web.app import create_app
from web.http_protocol import ProblemProtocol
from web.settings import Settings


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: schemathesis.SerializationContext, value: object) -> bytes:
    """A body of JSON Lines is sent as it is."""
    return str(value).encode("utf-8", "surrogatepass")


ELSEWHERE = "Zwetschgenhof"
"""A client that limited callers do not see."""

OPEN = ("/healthz", "/readyz", "/problems", "/metrics", "/api/v1/calendar/{token}.ics")

EXAMPLES = 20
"""Of each route."""

BOUNDED = SchemathesisConfig.from_dict(
    {
        "generation": {"max-examples": EXAMPLES},
        "phases": {"coverage": {"enabled": False}, "stateful": {"enabled": False}},
    }
)


@dataclass(frozen=True, slots=True)
class Server:
    """A server of one firm with some history, what exists there, and keys by the kinds of callers who have them."""

    url: str
    key: str
    known: dict[str, str]
    keys: dict[Kind, str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    app = create_app(Settings(data=tmp_path_factory.mktemp("contract")))
    config = uvicorn.Config(app, port=0, http=ProblemProtocol, log_level="critical", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    try:
        port = running.servers[0].sockets[0].getsockname()[1]
        firm = Served(app, TestClient(app))
        known = history(firm.admin)
        limit = {UUID(firm.admin.get("/clients/acme")["id"])}
        # the admin of all clients asks in a test of their own
        keys = {Kind(role.value, role): firm.caller(role).key for role in (Role.VIEWER, Role.RECORDER)}
        keys |= {Kind(f"limited {role}", role, is_limited=True): firm.caller(role, limit).key for role in Role}
        link = {"client": "acme", "expires_at": "2199-01-01T00:00:00Z"}
        keys[Kind("share link", is_link=True)] = firm.admin.post("/share-links", link)["url"].rpartition("/")[2]
        yield Server(f"http://127.0.0.1:{port}", firm.admin.key, known, keys)
    finally:
        running.should_exit = True
        thread.join()


def history(admin: Caller) -> dict[str, str]:
    """A client with an engagement, a milestone and a person, and a key: ids by the names of path parameters."""
    person = admin.post("/people", {"name": "Maya", "employer": "firm"})["id"]
    admin.post("/clients", {"name": "Acme"})
    admin.post("/clients", {"name": ELSEWHERE})
    admin.post("/people", {"name": f"of {ELSEWHERE}", "employer": "client"})
    engagement = admin.post("/clients/acme/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
    seat = {"functions": ["technology", "ai"], "holder": person, "commitment": "fractional", "provider": "firm"}
    chosen = {"kind": "structure_chosen", "effective_on": "2024-02-01", "seats": [seat]}
    milestone = admin.post(f"/engagements/{engagement}/milestones", chosen)["id"]
    key = admin.post("/keys", {"name": "another", "role": "viewer"})["id"]
    user = admin.post("/users", {"name": "Noor", "email": "noor@example.org", "role": "viewer"})["id"]
    # the first report loads what prints it, which takes longer than a caller is given here
    admin.ask("GET", "/reports/board")
    view = admin.post("/views", {"name": "all of them", "url": "/clients"})["id"]
    shared = admin.post("/share-links", {"client": "acme", "expires_at": "2199-01-01T00:00:00Z"})["id"]
    return {
        "client_id": "acme",
        "engagement_id": engagement,
        "milestone_id": milestone,
        "person_id": person,
        "key_id": key,
        "user_id": user,
        "view_id": view,
        "share_link_id": shared,
        "calendar_link_id": admin.post("/calendar-links", {"name": "phone"})["id"],
    }


def allowed() -> schemathesis.BaseSchema:
    """What the document allows."""
    openapi = document(create_app(Settings()).routes)
    # It never ends; tests/test_api_events_stream.py listens to it.
    del openapi["paths"]["/api/v1/events/stream"]
    return schemathesis.openapi.from_dict(openapi, config=BOUNDED)


schema = allowed()


@pytest.mark.slow(reason="asks every route in ways that the document allows, and in others")
@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_call_keeps_to_the_document(case: schemathesis.Case[Any], server: Server) -> None:
    aimed(case, server)
    answer = case.call(base_url=server.url, headers={"Authorization": f"Bearer {server.key}"})
    case.validate_response(answer, excluded_checks=undecidable(case))


@pytest.mark.slow(reason="asks every route as every kind of caller")
@schema.parametrize()
@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_kind_of_caller_is_answered_as_the_document_and_their_rule_say(
    case: schemathesis.Case[Any], server: Server
) -> None:
    aimed(case, server)
    if case.path.startswith(OPEN):
        return
    unread = (400, 413, 415)  # what cannot be read is nobody's request
    nobody = case.call(base_url=server.url)
    assert nobody.status_code in (401, *unread), nobody.status_code
    for caller, key in server.keys.items():
        answer = case.call(base_url=server.url, headers={"Authorization": f"Bearer {key}"})
        if caller.role is None:
            assert answer.status_code in (401, *unread), caller.name
            continue
        case.validate_response(answer, excluded_checks=[*undecidable(case), ignored_auth])
        route = case.method, case.path
        if not caller.role.covers(NEEDED[route]) or route in OWN or (caller.is_limited and route in FIRM_WIDE):
            assert answer.status_code in (403, *unread), caller.name
        assert not (caller.is_limited and ELSEWHERE.encode() in answer.content), caller.name


def undecidable(case: schemathesis.Case[Any]) -> list[Any]:
    """The checks that cannot be made of a request: what the document says is not all that decides."""
    # A schema cannot say which people exist, or that a cursor was given out: those 422 are no fault.
    checks = [positive_data_acceptance]
    if case.media_type == "application/x-ndjson":
        # A body of JSON Lines is a text, and whatever is sent instead of a text is one as well.
        checks.append(negative_data_rejection)
    return checks


def aimed(case: schemathesis.Case[Any], server: Server) -> None:
    """Ask what exists, or nothing but 404 would be seen; and wait for nothing that is not recorded."""
    if case.meta is None or case.meta.generation.mode is schemathesis.GenerationMode.POSITIVE:
        case.path_parameters = {name: server.known.get(name, value) for name, value in case.path_parameters.items()}
    for given, name in ((case.query, "after_position"), (case.headers, "seatline-after")):
        if str(given.get(name)).isdecimal():
            del given[name]
