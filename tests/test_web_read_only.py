"""A read-only server: everything can be seen, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_client import Served, served
from browsing import Visitor, text_of
from route_matrix import bodies, filled, routes

SIGNS_IN_OR_OUT = {"/sign-in", "/sign-in/{token}", "/sign-out", "/s/{token}", "/settings/sign-in-links"}
HALCYON = {"name": "Halcyon Health"}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("read-only")
    with served(folder) as running:
        client = running.admin.post("/clients", HALCYON)
        running.admin.post(f"/clients/{client['id']}/engagements", {"name": "Letter", "started_on": "2024-01-01"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEATLINE_READ_ONLY", "true")
        with served(folder) as running:
            yield running


def test_no_request_changes_anything_on_a_read_only_server(firm: Served) -> None:
    sent = bodies(firm)
    client = firm.admin.get("/clients")["items"][0]
    engagement = firm.admin.get(f"/clients/{client['id']}/engagements")["items"][0]
    ids = {"client": client["id"], "engagement": engagement["id"]}
    visitor = Visitor(firm)
    before = firm.context.log.head(), firm.context.log.state_version()
    refused = set()
    for pages in (False, True):
        for method, path in sorted(routes(firm, pages=pages)):
            if method == "GET" or path in SIGNS_IN_OR_OUT:
                continue
            address, key = filled(path, ids), {"Idempotency-Key": f"{method}{path}"}
            if pages:
                answer = visitor.client.request(method, address, data={"name": "x"}, follow_redirects=False)
            else:
                headers = {**key, "Authorization": f"Bearer {firm.admin.key}"}
                answer = firm.client.request(method, address, json=sent.get((method, path)), headers=headers)
            assert answer.status_code < 500, (method, path, answer.text)
            if answer.status_code == 403 and "read-only" in answer.text:
                refused.add((method, path))
            assert (firm.context.log.head(), firm.context.log.state_version()) == before, (method, path)
    assert {("POST", "/api/v1/clients"), ("PATCH", "/api/v1/settings"), ("POST", "/clients/new")} <= refused
    assert ("POST", "/api/v1/engagements/{engagement_id}/milestones") in refused


def test_a_refused_change_says_that_the_server_is_read_only(firm: Served) -> None:
    problem = firm.admin.post("/clients", {"name": "New"}, status=403)
    assert (problem["type"], problem["detail"]) == ("/problems/read-only", "This server is read-only.")


def test_a_change_refused_as_read_only_is_carried_out_when_repeated_on_another_server(firm: Served) -> None:
    headers = {"Idempotency-Key": "once-more"}
    firm.admin.post("/people", {"name": "Dana", "employer": "firm"}, headers=headers, status=403)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(firm.context), "check_writable", lambda context: None)
        firm.admin.post("/people", {"name": "Dana", "employer": "firm"}, headers=headers)


def test_questions_are_answered_on_a_read_only_server(firm: Served) -> None:
    firm.admin.post("/assessments:evaluate", {"answers": {"headcount": 40}}, headers={"Idempotency-Key": "a"})
    engagement = firm.admin.get("/clients/halcyon-health/engagements")["items"][0]["id"]
    paused = {"kind": "paused", "effective_on": "2024-12-31", "reason": "a break"}
    firm.admin.post(f"/engagements/{engagement}/milestones:check", paused, headers={"Idempotency-Key": "b"})


def test_pages_say_that_the_server_is_read_only_and_offer_no_form_that_records(firm: Served) -> None:
    visitor = Visitor(firm)
    for path in ("/", "/clients", "/clients/halcyon-health", "/settings"):
        page = visitor.get(path)
        assert "This server is read-only" in text_of(page)
        assert "/milestones/new" not in page
    assert "nothing can be changed" in text_of(visitor.get("/milestones/new", expect=403))
