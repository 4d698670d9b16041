"""Webhooks over the API, on a real store and with a real receiver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import enumerate as threads_alive
from typing import Any
from uuid import UUID

import pytest
import time_machine
from api_client import Served, served
from browsing import Visitor
from logs import written_over
from patience import wait_until
from receiver import Answering, Receiver, receiving
from standardwebhooks import Webhook as Signature
from standardwebhooks.webhooks import WebhookVerificationError

from api.state.audit import Act, list_acts
from api.state.people import OWNER
from api.state.roles import Role

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PUBLIC_URL = "https://8.8.8.8/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """A firm that may send to this machine, in each of the databases."""
    store = data_dir if request.param == "sqlite" else str(request.getfixturevalue("postgres_store"))
    with served(store, webhooks_allow_private=True) as running:
        yield running


@pytest.fixture(scope="module")
def public_firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm that sends to public addresses alone."""
    with served(tmp_path_factory.mktemp("public")) as running:
        yield running


def client_id(firm: Served, name: str) -> str:
    return str(firm.admin.post("/clients", {"name": name})["id"])


def deliveries(firm: Served, webhook: Any, **query: str) -> Any:
    return firm.admin.get(f"/webhooks/{webhook['id']}/deliveries", params=query)["items"]


def test_every_event_is_sent_signed_as_the_feed_gives_it_on_sqlite_and_postgres(
    firm: Served, receiver: Receiver
) -> None:
    client_id(firm, "Before Times")
    webhook = firm.admin.post("/webhooks", {"url": receiver.url})
    assert webhook["secret"].startswith("whsec_")
    assert (webhook["types"], webhook["clients"], webhook["enabled"]) == (None, None, True)
    halcyon = client_id(firm, "Halcyon Health")
    engagement = firm.admin.post("/clients/halcyon-health/engagements", {"name": "CTO", "started_on": "2024-01-08"})
    events = firm.admin.get("/events", params={"after": webhook["last_position"]})["items"]
    requests = receiver.wait_for(len(events))
    assert [request.event for request in requests] == events
    assert {request.client for request in requests} == {halcyon}
    for request in requests:
        Signature(webhook["secret"]).verify(request.body, request.headers)
        assert request.headers["content-type"] == "application/cloudevents+json"
        assert "authorization" not in request.headers
    assert len({request.headers["webhook-id"] for request in requests}) == len(events)
    wait_until(lambda: firm.admin.get(f"/webhooks/{webhook['id']}")["pending"] == 0)
    history = deliveries(firm, webhook)
    assert [item["position"] for item in history] == [event["position"] for event in reversed(events)]
    assert {(item["status"], item["attempts"], item["last_status"]) for item in history} == {("delivered", 1, 204)}
    assert {item["message_id"] for item in history} == {request.headers["webhook-id"] for request in requests}
    assert engagement["id"] in {event["subject"] for event in events}
    headers = {"Authorization": f"Bearer {firm.admin.key}"}
    metrics = firm.client.get("/metrics", headers=headers).text.splitlines()
    assert f'seatline_webhook_attempts_total{{result="delivered"}} {len(events):.1f}' in metrics
    assert {'seatline_webhooks{state="enabled"} 1.0', "seatline_webhook_pending 0.0"} <= set(metrics)


def test_a_webhook_sends_the_types_and_clients_that_it_names(firm: Served, receiver: Receiver) -> None:
    mine, theirs = client_id(firm, "Mine"), client_id(firm, "Theirs")
    body = {"url": receiver.url, "types": ["seatline.client.profile_changed"], "clients": ["mine"]}
    webhook = firm.admin.post("/webhooks", body)
    assert webhook["clients"] == [mine]
    for client in (theirs, mine):
        firm.admin.post(f"/clients/{client}/profile-changes", {"effective_on": "2026-01-01", "headcount": 7})
        firm.admin.post(f"/clients/{client}/engagements", {"name": "CTO", "started_on": "2024-01-08"})
    head = firm.admin.get("/events", params={"limit": 500})["next"]
    wait_until(lambda: firm.admin.get(f"/webhooks/{webhook['id']}")["last_position"] == head)
    (request,) = receiver.wait_for(1)
    assert (request.client, request.event["type"]) == (mine, "seatline.client.profile_changed")
    assert len(deliveries(firm, webhook)) == 1


def test_a_secret_is_shown_once_and_stored_in_no_answer(firm: Served, receiver: Receiver) -> None:
    key = {"Idempotency-Key": "make-it-once"}
    webhook = firm.admin.post("/webhooks", {"url": receiver.url}, headers=key)
    assert firm.admin.post("/webhooks", {"url": receiver.url}, headers=key) == webhook
    assert len(firm.admin.get("/webhooks")["items"]) == 1
    stored = firm.context.log.find_command("make-it-once", str(firm.admin.get("/me")["id"]))
    assert stored is not None
    assert webhook["secret"].encode() not in stored.answer
    shown = firm.admin.get(f"/webhooks/{webhook['id']}")
    assert "secret" not in shown
    assert shown == {name: value for name, value in webhook.items() if name != "secret"}
    rotated = firm.admin.post(f"/webhooks/{webhook['id']}/secret-rotation", None)
    assert rotated["secret"] != webhook["secret"]
    problem = firm.admin.ask("POST", "/webhooks", {"url": receiver.url}, headers=key, status=409).json()
    assert problem["type"] == "/problems/secret-shown-once"


def test_both_secrets_sign_for_a_day_after_a_rotation(firm: Served, receiver: Receiver) -> None:
    webhook = firm.admin.post("/webhooks", {"url": receiver.url})
    rotated = firm.admin.ask("POST", f"/webhooks/{webhook['id']}/secret-rotation", status=201).json()
    assert rotated["old_secret_until"] is not None
    firm.admin.ask("POST", f"/webhooks/{webhook['id']}/test", status=202)
    (request,) = receiver.wait_for(1)
    for secret in (webhook["secret"], rotated["secret"]):
        Signature(secret).verify(request.body, request.headers)
    firm.context.log.write(lambda c: c.exec_driver_sql("UPDATE webhooks SET old_secret_until = 1"))
    firm.admin.ask("POST", f"/webhooks/{webhook['id']}/test", status=202)
    _, request = receiver.wait_for(2)
    Signature(rotated["secret"]).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Signature(webhook["secret"]).verify(request.body, request.headers)


def test_a_failed_delivery_is_sent_again_with_the_same_id_and_later_events_of_its_client_wait(
    data_dir: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.schedule.RETRIES", (timedelta(seconds=0.1),) * 100)
    failing: set[str] = set()
    receiver.answer = lambda request: Answering(500 if request.client in failing else 204)
    with served(data_dir, webhooks_allow_private=True) as firm:
        webhook = firm.admin.post("/webhooks", {"url": receiver.url})
        mine = str(firm.context.new_id())
        failing.add(mine)
        _register(firm, "Mine", UUID(mine))
        theirs = client_id(firm, "Theirs")
        wait_until(lambda: sum(request.client == mine for request in receiver.requests) > 2)
        receiver.wait_for(2)
        assert {request.client for request in receiver.taken} == {theirs}
        assert {request.position for request in receiver.requests if request.client == mine} == {
            min(request.position for request in receiver.requests if request.client == mine)
        }
        wait_until(lambda: firm.admin.get(f"/webhooks/{webhook['id']}")["failing_since"])
        failing.clear()
        taken = [request for request in receiver.wait_for(4) if request.client == mine]
        assert [request.position for request in taken] == sorted(request.position for request in taken)
        first = [request for request in receiver.requests if request.position == taken[0].position]
        assert len({request.headers["webhook-id"] for request in first}) == 1
        assert len({request.body for request in first}) == 1
        wait_until(lambda: firm.admin.get(f"/webhooks/{webhook['id']}")["failing_since"] is None)


def test_a_receiver_that_is_gone_disables_the_webhook_which_resumes_where_it_stopped(
    firm: Served, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Answering(410)
    webhook = firm.admin.post("/webhooks", {"url": receiver.url})
    path = f"/webhooks/{webhook['id']}"
    client_id(firm, "Halcyon Health")
    wait_until(lambda: not firm.admin.get(path)["enabled"])
    assert firm.admin.get(path)["disabled_reason"] == "gone"
    receiver.answer = lambda _: Answering()
    firm.admin.post("/clients/halcyon-health/profile-changes", {"effective_on": "2026-01-01", "headcount": 7})
    (tried,) = [request.position for request in receiver.requests]
    (sent, *_) = deliveries(firm, webhook, status="pending")
    problem = firm.admin.ask("POST", f"{path}/deliveries/{sent['id']}/redelivery", status=409).json()
    assert problem["type"] == "/problems/webhook-disabled"
    resumed = firm.admin.ask("PATCH", path, {"enabled": True}).json()
    assert (resumed["enabled"], resumed["disabled_reason"], resumed["disabled_at"]) == (True, None, None)
    events = firm.admin.get("/events", params={"after": webhook["last_position"]})["items"]
    taken = receiver.wait_for(len(events))
    assert [request.position for request in taken] == [event["position"] for event in events]
    assert tried == events[0]["position"]
    with firm.context.log.engine.connect() as connection:
        acts = [act for act in list_acts(connection, limit=50) if act.act is Act.WEBHOOK_DISABLED]
    assert [(act.caller, act.detail) for act in acts] == [(None, {"reason": "gone"})]


def test_a_webhook_that_fails_for_five_days_is_disabled_as_its_page_and_the_audit_say(
    data_dir: Path, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Answering(500)
    with time_machine.travel(NOW, tick=True) as clock, served(data_dir, webhooks_allow_private=True) as firm:
        path = f"/webhooks/{firm.admin.post('/webhooks', {'url': receiver.url})['id']}"
        client_id(firm, "Halcyon Health")
        wait_until(lambda: firm.admin.get(path)["failing_since"])
        clock.move_to(NOW + timedelta(days=4, hours=23))
        wait_until(lambda: len(receiver.requests) == 2)
        clock.move_to(NOW + timedelta(days=5, minutes=5))
        wait_until(lambda: not firm.admin.get(path)["enabled"])
        disabled = firm.admin.get(path)
        assert disabled["disabled_reason"] == "failing"
        assert disabled["pending"] > 0
        visitor = Visitor(firm)
        assert "five days" in visitor.get(f"/settings{path}")
        assert "Disabled" in visitor.get("/settings/webhooks")
        assert "A webhook was disabled" in visitor.get("/settings/audit?kind=webhook")
        clock.move_to(NOW + timedelta(days=9))
        receiver.answer = lambda _: Answering()
        firm.admin.ask("PATCH", path, {"enabled": True})
        wait_until(lambda: firm.admin.get(path)["pending"] == 0)
        assert [request.position for request in receiver.taken] == [1, 2]


def test_what_is_sent_no_more_does_not_count_against_a_webhook(data_dir: Path, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answering(500)
    with (
        time_machine.travel(NOW, tick=True) as clock,
        served(data_dir, webhooks_allow_private=True, clock_tolerance_minutes=20_000) as firm,
    ):
        path = f"/webhooks/{firm.admin.post('/webhooks', {'url': receiver.url})['id']}"
        client_id(firm, "Halcyon Health")
        wait_until(lambda: firm.admin.get(path)["failing_since"])
        firm.admin.ask("PATCH", path, {"types": ["seatline.client.profile_changed"]})
        clock.move_to(NOW + timedelta(days=1))
        wait_until(lambda: firm.admin.get(path)["pending"] == 0)
        assert firm.admin.get(path)["failing_since"] is None
        clock.move_to(NOW + timedelta(days=8))
        change = {"effective_on": "2026-01-01", "headcount": 7}
        firm.admin.post("/clients/halcyon-health/profile-changes", change)
        wait_until(lambda: firm.admin.get(path)["failing_since"])
        assert firm.admin.get(path)["enabled"]


def test_a_fault_in_sending_is_an_attempt_that_failed(
    firm: Served, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.sender.retry_after_of", lambda *_, **__: 1 / 0)
    webhook = firm.admin.post("/webhooks", {"url": receiver.url})
    client_id(firm, "Halcyon Health")
    wait_until(lambda: firm.admin.get(f"/webhooks/{webhook['id']}")["failing_since"])
    last = deliveries(firm, webhook)[-1]
    assert (last["attempts"], last["last_error"]) == (1, "The request could not be sent.")
    assert len(receiver.requests) == 1


def test_a_test_tells_in_the_history_what_came_of_it_and_an_event_can_be_sent_again(
    firm: Served, receiver: Receiver
) -> None:
    webhook = firm.admin.post("/webhooks", {"url": receiver.url})
    receiver.answer = lambda _: Answering(301, {"Location": receiver.url})
    test = firm.admin.ask("POST", f"/webhooks/{webhook['id']}/test", status=202).json()
    assert (test["type"], test["position"], test["client"]) == ("seatline.webhook.test", None, None)
    wait_until(lambda: deliveries(firm, webhook)[0]["status"] == "failed")
    (failed,) = deliveries(firm, webhook)
    assert (failed["attempts"], failed["last_status"]) == (1, 301)
    assert "redirect" in failed["last_error"]
    assert len(receiver.requests) == 1  # nothing was followed
    assert firm.admin.get(f"/webhooks/{webhook['id']}")["failing_since"] is None
    receiver.answer = lambda _: Answering()
    client_id(firm, "Halcyon Health")
    receiver.wait_for(2)
    wait_until(lambda: not deliveries(firm, webhook, status="pending"))
    newest = deliveries(firm, webhook)[0]
    path = f"/webhooks/{webhook['id']}/deliveries"
    again = firm.admin.ask("POST", f"{path}/{newest['id']}/redelivery", status=202).json()
    assert (again["status"], again["attempts"]) == ("pending", 0)
    *_, first, second = receiver.wait_for(3)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == newest["message_id"]
    assert first.body == second.body
    firm.admin.ask("POST", f"{path}/{firm.context.new_id()}/redelivery", status=404)


def test_a_webhook_sends_no_more_than_its_maker_may_see(firm: Served, receiver: Receiver) -> None:
    mine, theirs = client_id(firm, "Mine"), client_id(firm, "Theirs")
    limited = firm.caller(Role.ADMIN, {UUID(mine)})
    problem = limited.ask("POST", "/webhooks", {"url": receiver.url, "clients": ["mine", "theirs"]}, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["clients.1"]
    webhook = limited.post("/webhooks", {"url": receiver.url})
    path = f"/webhooks/{webhook['id']}"
    for client in (theirs, mine):
        firm.admin.post(f"/clients/{client}/profile-changes", {"effective_on": "2026-01-01", "headcount": 7})
    (request,) = receiver.wait_for(1)
    assert request.client == mine
    other = firm.caller(Role.ADMIN, {UUID(mine)})
    for method, address in (("GET", path), ("DELETE", path), ("POST", f"{path}/test"), ("GET", f"{path}/deliveries")):
        other.ask(method, address, status=404)
    assert other.get("/webhooks")["items"] == []
    assert [item["id"] for item in firm.admin.get("/webhooks")["items"]] == [webhook["id"]]
    firm.admin.ask("DELETE", f"/keys/{limited.get('/me')['id']}")
    firm.admin.post(f"/clients/{mine}/profile-changes", {"effective_on": "2026-02-01", "headcount": 8})
    wait_until(lambda: firm.admin.get(path)["disabled_reason"] == "maker")
    problem = firm.admin.ask("PATCH", path, {"enabled": True}, status=409).json()
    assert problem["type"] == "/problems/webhook-maker-without-access"
    assert len(receiver.requests) == 1


def test_changes_are_conditional_and_deleting_ends_everything(firm: Served, receiver: Receiver) -> None:
    made = firm.admin.ask("POST", "/webhooks", {"url": receiver.url}, status=201)
    path = made.headers["Location"].removeprefix("/api/v1")
    etag = firm.admin.ask("GET", path).headers["ETag"]
    assert made.headers["ETag"] == etag
    changed = firm.admin.ask("PATCH", path, {"enabled": False}, headers={"If-Match": etag})
    assert (changed.json()["enabled"], changed.json()["disabled_reason"]) == (False, "requested")
    firm.admin.ask("PATCH", path, {"enabled": True}, headers={"If-Match": etag}, status=412)
    client_id(firm, "Halcyon Health")
    firm.admin.ask("POST", f"{path}/test", status=202)  # a disabled one can be tried
    (request,) = receiver.wait_for(1)
    assert request.event["type"] == "seatline.webhook.test"
    firm.admin.ask("DELETE", path, headers={"If-Match": etag}, status=412)
    firm.admin.ask("DELETE", path, status=204)
    for method, suffix in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/secret-rotation")):
        body: dict[str, Any] | None = {} if method == "PATCH" else None
        problem = firm.admin.ask(method, path + suffix, body, status=404).json()
        assert problem["type"] == "/problems/unknown-webhook"
    assert firm.admin.get("/webhooks")["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": 7}, "url"),
        ({"url": "http://example.org/"}, "url"),
        ({"url": "https://someone:secret@example.org/"}, "url"),
        ({"url": "https://localhost/hook"}, "url"),
        ({"url": "https://0x7f000001/hook"}, "url"),
        ({"url": PUBLIC_URL, "types": []}, "types"),
        ({"url": PUBLIC_URL, "types": ["seatline.client.registered", "milestone"]}, "types.1"),
        ({"url": PUBLIC_URL, "clients": ["no-such-client"]}, "clients.0"),
        ({"url": PUBLIC_URL, "secret": "mine"}, "secret"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_by_field(public_firm: Served, body: Any, field: str) -> None:
    problem = public_firm.admin.ask("POST", "/webhooks", body, status=422).json()
    assert field in {error["field"] for error in problem["errors"]}
    assert "someone:secret" not in str(problem)


def test_a_name_that_leads_to_a_private_address_is_refused_when_made_and_when_sent(
    public_firm: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = {"inside.example.org": "10.0.0.7", "moves.example.org": "8.8.8.8"}
    monkeypatch.setattr(
        "api.webhooks.name_lookup.socket.getaddrinfo",
        lambda host, port, **_: [(2, 1, 6, "", (addresses[host], port))],
    )
    body: dict[str, Any] = {"url": "https://inside.example.org/hook"}
    problem = public_firm.admin.ask("POST", "/webhooks", body, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["url"]
    webhook = public_firm.admin.post("/webhooks", {"url": "https://moves.example.org/hook"})
    addresses["moves.example.org"] = "127.0.0.1"
    public_firm.admin.ask("POST", f"/webhooks/{webhook['id']}/test", status=202)
    wait_until(lambda: deliveries(public_firm, webhook)[0]["status"] == "failed")
    (failed,) = deliveries(public_firm, webhook)
    assert "private" in failed["last_error"]
    problem = public_firm.admin.ask("PATCH", f"/webhooks/{webhook['id']}", body, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["url"]
    public_firm.admin.ask("DELETE", f"/webhooks/{webhook['id']}")


def test_a_server_stops_while_a_receiver_hangs_and_leaves_no_thread(
    data_dir: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.webhooks.dispatcher.FINISH_SECONDS", 0.05)
    receiver.answer = lambda _: Answering(seconds=None)
    threads_before = {thread for thread in threads_alive() if thread.name == "webhooks"}
    with served(data_dir, webhooks_allow_private=True) as firm:
        webhook = firm.admin.post("/webhooks", {"url": receiver.url})
        client_id(firm, "Halcyon Health")
        wait_until(lambda: receiver.requests)
    assert {thread for thread in threads_alive() if thread.name == "webhooks"} == threads_before
    receiver.answer = lambda _: Answering()
    with served(data_dir, webhooks_allow_private=True) as firm:
        again, *_ = receiver.wait_for(2)
        assert again.headers["webhook-id"] == receiver.requests[0].headers["webhook-id"]
        wait_until(lambda: firm.admin.get(f"/webhooks/{webhook['id']}")["pending"] == 0)


def _register(firm: Served, name: str, new_id: UUID) -> None:
    """Register a client under a chosen id."""
    firm.context.log.engagements.run(lambda unit: unit.register_client(new_id, name, None, {}, None, recorded_by=OWNER))


def test_an_event_that_cannot_be_read_when_it_is_queued_is_sent_once_it_can_be_on_sqlite_and_postgres(
    firm: Served, receiver: Receiver, request: pytest.FixtureRequest
) -> None:
    webhook = firm.admin.post("/webhooks", {"url": receiver.url})
    firm.admin.ask("PATCH", f"/webhooks/{webhook['id']}", {"enabled": False})
    lame = client_id(firm, "Lame")
    firm.admin.post("/clients/lame/profile-changes", {"effective_on": "2024-01-01", "name": "Lamer"})
    bad = firm.context.log.head()
    client_id(firm, "Sound")
    is_file = firm.context.log.engine.dialect.name == "sqlite"
    place = firm.folder if is_file else str(request.getfixturevalue("postgres_store"))
    before = written_over(place, bad, b"{}")
    firm.admin.ask("PATCH", f"/webhooks/{webhook['id']}", {"enabled": True})
    wait_until(lambda: "sound" in str([one.event for one in receiver.taken]))
    assert bad not in [one.position for one in receiver.taken]
    wait_until(lambda: firm.admin.get(f"/webhooks/{webhook['id']}")["pending"] == 1)
    written_over(place, bad, before)
    wait_until(lambda: bad in [one.position for one in receiver.taken])
    assert {one.client for one in receiver.taken if one.position == bad} == {lame}
    positions = [one.position for one in receiver.taken]
    assert len(positions) == len(set(positions))
