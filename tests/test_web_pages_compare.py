"""Two to four clients compared on one axis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import Visitor, text_of

from api.state.roles import Role

TWO = "client=torchlight-security&client=halcyon-health"


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Served]:
    with served(demonstration) as running:
        yield running


def test_the_timelines_of_the_clients_have_one_axis_and_the_order_of_the_url(firm: Served) -> None:
    page = Visitor(firm).get(f"/compare?{TWO}&client=ironvale-components&as_of=2026-06-30")
    axes = re.findall(r'data-days="(\d+)" data-start="([0-9-]+)"', page)
    assert len(axes) == 3
    assert len(set(axes)) == 1
    headings = re.findall(r'<h2 id="client-\d"><a href="/clients/([a-z-]+)', page)
    assert headings == ["torchlight-security", "halcyon-health", "ironvale-components"]
    text = text_of(page)
    assert "On 30 Jun 2026" in text
    assert "Structure by quarter" in text
    assert "Monthly fee" in text


def test_quarters_and_knowledge_of_a_comparison_are_in_its_url(firm: Served) -> None:
    visitor = Visitor(firm)
    page = visitor.get(f"/compare?{TWO}&from=2025-Q1&to=2025-Q4&as_of=2025-12-31&known_at=2026-08-01")
    assert set(re.findall(r'data-days="(\d+)" data-start="([0-9-]+)"', page)) == {("365", "2025-01-01")}
    assert "As known on 1 Aug 2026" in text_of(page)
    csv = visitor.client.get(f"/compare.csv?{TWO}&from=2025-Q1&to=2025-Q4&as_of=2025-12-31").text.splitlines()
    assert csv[0] == "quarter,Torchlight Security,Halcyon Health"
    assert [line.split(",")[0] for line in csv[1:]] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    for bad in ("from=2025-Q4&to=2025-Q1", "from=2025-Q9", "as_of=never"):
        assert visitor.client.get(f"/compare?{TWO}&{bad}").status_code == 422, bad


def test_a_comparison_is_also_a_picture(firm: Served) -> None:
    client = Visitor(firm).client
    svg = client.get(f"/compare.svg?{TWO}&as_of=2026-06-30")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.text.index("Torchlight Security") < svg.text.index("Halcyon Health")
    assert len(re.findall(r'id="([^"]+)"', svg.text)) == len(set(re.findall(r'id="([^"]+)"', svg.text)))
    assert client.get(f"/compare.png?{TWO}&as_of=2026-06-30").content.startswith(b"\x89PNG")
    assert client.get("/compare.svg?client=halcyon-health").status_code == 422
    assert client.get(f"/compare.pdf?{TWO}").status_code == 404


def test_one_client_asks_for_another_and_five_are_too_many(firm: Served) -> None:
    visitor = Visitor(firm)
    assert "Choose two to four clients" in text_of(visitor.get("/compare"))
    assert "Choose two to four clients" in text_of(visitor.get("/compare?client=halcyon-health"))
    five = "&".join(f"client={row['slug']}" for row in firm.admin.get("/clients?limit=5")["items"])
    assert visitor.client.get(f"/compare?{five}").status_code == 422
    once = visitor.get(f"/compare?{TWO}&client=halcyon-health")
    assert len(re.findall(r'<h2 id="client-\d">', once)) == 2


def test_a_client_is_added_by_typing_its_name_without_scripts(firm: Served) -> None:
    client = Visitor(firm).client
    sent = "client=halcyon-health&client.for=&client.name=torchlight+SECURITY&from=&as_of="
    answer = client.get(f"/compare?{sent}", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/compare?client=halcyon-health&client=torchlight-security"
    unclear = client.get("/compare?client=halcyon-health&client.name=security", follow_redirects=True)
    assert unclear.status_code == 200
    assert 'name="client.pick"' in unclear.text


def test_foreign_and_unknown_clients_cannot_be_compared(firm: Served) -> None:
    own = firm.admin.get("/clients/halcyon-health")["id"]
    limited = Visitor(firm, Role.VIEWER, {UUID(own)})
    assert limited.client.get("/compare?client=halcyon-health").status_code == 200
    for other in ("torchlight-security", "nobody-at-all"):
        for path in ("/compare", "/compare.svg", "/compare.csv"):
            assert limited.client.get(f"{path}?client=halcyon-health&client={other}").status_code == 404, other
