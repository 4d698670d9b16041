"""What needs attention first on the Overview: each reason with its clients, and a page of bounded height."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import Visitor, text_of

NAMES = ("Alder", "Birch", "Cedar", "Damson", "Elder", "Hazel")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Six clients with a unified seat since January 2026; a renewal at the first, a plan at the second."""
    with served(Path(tmp_path_factory.mktemp("attention"))) as running:
        admin = running.admin
        dana = admin.post("/people", {"name": "Dana Whitfield", "employer": "firm"})["id"]
        seat = {"functions": ["technology", "ai"], "holder": dana, "commitment": "fractional", "provider": "firm"}
        letters = []
        for name in NAMES:
            admin.post("/clients", {"name": name})
            path = f"/clients/{name.lower()}/engagements"
            letters.append(admin.post(path, {"name": "Letter", "started_on": "2026-01-01"})["id"])
            log(running, letters[-1], "structure_chosen", "2026-01-05", seats=[seat])
        log(running, letters[0], "renewal_set", "2026-02-01", renews_on="2026-06-30")
        log(running, letters[1], "closed", "2026-04-20", outcome="done")
        yield running


def log(firm: Served, engagement: str, kind: str, on: str, **details: object) -> None:
    firm.admin.post(f"/engagements/{engagement}/milestones", {"kind": kind, "effective_on": on, **details})


def reasons(page: str) -> dict[str, tuple[int, str, str]]:
    """Of each reason: the number of clients, who they are, and where all of them are."""
    card = re.search(r'<ul class="attention">.*?</ul>', page, re.S)
    lines = re.findall(r"<li>.*?</li>", card[0], re.S) if card else []
    found = {}
    for line in lines:
        label = text_of(re.findall(r'<span class="reason">.*?</span></span>', line, re.S)[0])
        count = re.search(r'class="count num"><a href="([^"]+)"[^>]*>(\d+)', line)
        assert count is not None
        found[label] = int(count[2]), text_of(line), html.unescape(count[1])
    return found


def test_each_reason_names_a_few_clients_and_leads_to_all_of_them(firm: Served) -> None:
    visitor = Visitor(firm)
    lines = reasons(visitor.get("/?as_of=2026-04-06"))
    count, who, href = lines["First quarter overdue"]
    assert count == 6
    assert "since 5 Apr 2026" in who
    assert "and 2 more" in who
    drill = text_of(visitor.get(href))
    assert all(name in drill for name in NAMES)
    assert lines["Renewals in 90 days"][0] == 1
    assert "Alder on 30 Jun 2026" in lines["Renewals in 90 days"][1]
    assert "Birch on 20 Apr 2026" in lines["Plans in 30 days"][1]
    medium = lines["Warning signs, medium"]
    assert "and 2 more" in medium[1]
    assert medium[2] == "/reports/watch-list?as_of=2026-04-06&severity=medium"
    assert "Alder" in text_of(visitor.get(medium[2]))


def test_reasons_change_with_the_day(firm: Served) -> None:
    visitor = Visitor(firm)
    before = reasons(visitor.get("/?as_of=2026-04-05"))
    assert before["First quarter ends in 30 days"][0] == 6
    assert "First quarter overdue" not in before
    assert "Nothing needs attention on this day." in text_of(visitor.get("/?as_of=2025-11-01"))
    late = reasons(visitor.get("/?as_of=2026-07-01"))
    assert "Alder since 30 Jun 2026" in late["Renewals overdue"][1]


def test_people_see_the_reasons_of_their_own_clients_only(firm: Served) -> None:
    alder = firm.admin.get("/clients/alder")["id"]
    lines = reasons(Visitor(firm, clients={UUID(alder)}).get("/?as_of=2026-04-06"))
    assert lines["First quarter overdue"][0] == 1
    assert not any(name in who for _, who, _ in lines.values() for name in NAMES[1:])


def test_the_list_of_clients_counts_signs_and_puts_the_most_severe_first(firm: Served) -> None:
    visitor = Visitor(firm)
    engagement = firm.admin.get("/clients/hazel/engagements")["items"][0]["id"]
    log(firm, engagement, "sign_observed", "2026-03-01", sign="W01", evidence="after the audit")
    page = visitor.get("/clients?as_of=2026-04-06")
    names = re.findall(r"<b>(?:<bdi>)?(\w+)(?:</bdi>)?</b></a>", page)
    assert names == list(NAMES)
    ranked = visitor.get("/clients?as_of=2026-04-06&sort=signs")
    names = re.findall(r"<b>(?:<bdi>)?(\w+)(?:</bdi>)?</b></a>", ranked)
    # Alder's renewal is near and nothing was assessed, and a sign was observed at Hazel
    assert names == ["Alder", "Hazel", *(name for name in NAMES if name not in ("Alder", "Hazel"))]
    assert re.search(r'<a class="counts" href="/clients/hazel\?as_of=2026-04-06#signs">', ranked)
    assert 'aria-sort="descending"' in ranked
    files = re.findall(r'href="(/api/v1/clients[^"]*)"', ranked)
    assert files
    assert all("sort=signs" in link for link in files)
