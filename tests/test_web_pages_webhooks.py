"""The pages of webhooks, walked by an admin with a real receiver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor
from patience import wait_until
from receiver import Answering, Receiver, receiving
from standardwebhooks import Webhook as Signature


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir, webhooks_allow_private=True) as running:
        yield running


def test_an_admin_makes_tries_stops_and_deletes_a_webhook_on_its_pages(firm: Served, receiver: Receiver) -> None:
    visitor = Visitor(firm)
    assert "There are no webhooks yet" in visitor.get("/settings/webhooks")
    refused = visitor.send("/settings/webhooks", {"url": "nowhere", "scope": "all"}, status=422)
    assert "Must be a URL like https://example.org/webhooks" in refused
    made = visitor.send("/settings/webhooks", {"url": receiver.url, "scope": "all"}, status=201)
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", made)
    assert secret is not None
    (webhook,) = firm.admin.get("/webhooks")["items"]
    path = f"/settings/webhooks/{webhook['id']}"
    assert secret[0] not in visitor.get(path)
    visitor.send(f"{path}/test", {})
    (request,) = receiver.wait_for(1)
    Signature(secret[0]).verify(request.body, request.headers)
    wait_until(lambda: "Delivered" in visitor.get(f"{path}?status=delivered").partition("<tbody>")[2])
    receiver.answer = lambda _: Answering(500)
    firm.admin.post("/clients", {"name": "Halcyon Health"})
    wait_until(lambda: "Answered with status 500." in visitor.get(path))
    shown = visitor.get(path)
    assert "Client registered" in shown
    assert "Halcyon Health" in shown
    assert "Waits for an earlier event of its client." in shown
    assert "Deliveries have failed since" in shown
    assert "Failing" in visitor.get("/settings/webhooks")
    delivery = firm.admin.get(f"/webhooks/{webhook['id']}/deliveries", params={"status": "pending"})["items"][-1]
    receiver.answer = lambda _: Answering()
    visitor.send(f"{path}/deliveries/{delivery['id']}/redeliver", {})
    receiver.wait_for(3)
    page = visitor.get(path)
    assert f'value="{receiver.url}"' in page
    refused = visitor.send(path, {"url": "ftp://example.org/", "scope": "all"}, status=422)
    assert "Must begin with https:// or http://" in refused
    assert "ftp://example.org/" in refused
    registered = "seatline.client.registered"
    fields = {"url": f"{receiver.url}?moved", "types": registered, "scope": "some", "clients": "halcyon-health"}
    assert "The webhook is changed" in visitor.send(path, fields)
    changed = firm.admin.get(f"/webhooks/{webhook['id']}")
    halcyon = firm.admin.get("/clients/halcyon-health")["id"]
    assert (changed["url"], changed["types"]) == (fields["url"], [registered])
    assert changed["clients"] == [halcyon]
    assert re.search(rf'value="{registered}"[^>]* checked', visitor.get(path))
    visitor.send(path, {"url": receiver.url, "scope": "all"})
    changed = firm.admin.get(f"/webhooks/{webhook['id']}")
    assert (changed["url"], changed["types"], changed["clients"]) == (receiver.url, None, None)
    visitor.send(f"{path}/disable", {})
    assert "Disabled" in visitor.get("/settings/webhooks")
    assert "it resumes where it stopped" in visitor.get(path)
    visitor.send(f"{path}/enable", {})
    assert "whsec_" in visitor.send(f"{path}/rotate", {}, status=201)
    visitor.send(f"{path}/delete", {})
    assert firm.admin.get("/webhooks")["items"] == []
    assert "Deleted a webhook" in visitor.get("/settings/audit?kind=webhook")
