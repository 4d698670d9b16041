"""How much a client's page costs beside the drawing at its heart, rendered from the same facts in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import process_time

import pytest
from api_client import Served, served

from api.state.sessions import create_sign_in_link, redeem
from web.charts.render import macro
from web.charts.timeline import TimelineDrawing, lay_out
from web.pages.clients import client as page

MILESTONES = 100
ROUNDS = 30


def bench_a_client_page_with_a_hundred_milestones(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[TimelineDrawing] = []

    def remembering(drawing: TimelineDrawing) -> object:
        drawn.append(drawing)
        return lay_out(drawing)

    monkeypatch.setattr(page, "lay_out", remembering)
    with served(data_dir) as firm:
        check_length(firm, with_a_long_history(firm))
        firm.client.cookies.set("seatline", signed_in(firm))

        def whole() -> None:
            answer = firm.client.get("/clients/long-history")
            assert answer.status_code == 200, answer.text[:200]

        whole()
        drawing = drawn[-1]

        def bare() -> None:
            macro("charts/timeline.html", "timeline", lay_out(drawing), "bare")

        def asking() -> None:
            assert firm.client.get("/healthz").status_code == 200

        page_ms, svg_ms, asking_ms = cost(whole), cost(bare), cost(asking)
    print(
        f"\nclient page, {MILESTONES} milestones: {page_ms:.1f} ms CPU, of which the test's own client takes"
        f" {asking_ms:.1f}; its drawing alone {svg_ms:.1f} ms, ratio {(page_ms - asking_ms) / svg_ms:.2f}"
    )


def with_a_long_history(firm: Served) -> str:
    """A client with so many milestones; its engagement's id."""
    admin = firm.admin
    person, other = (admin.post("/people", {"name": name, "employer": "firm"})["id"] for name in ("Dana", "Noor"))
    admin.post("/clients", {"name": "Long History"})
    engagement: str = admin.post("/clients/long-history/engagements", {"name": "All", "started_on": "2022-01-03"})["id"]
    seat = {"holder": person, "commitment": "fractional", "provider": "firm"}
    changes: list[dict[str, object]] = [
        {"kind": "structure_chosen", "seats": [{"functions": ["technology", "ai"], **seat}]},
    ]
    for number in range(MILESTONES - 2):
        match number % 7:
            case 0:
                holder = other if (number // 7) % 2 == 0 else person
                changes.append({"kind": "handed_over", "functions": ["technology", "ai"], "holder": holder})
            case 1 | 4:
                changes.append({"kind": "alignment_held", "participants": [person, other]})
            case 2:
                changes.append({"kind": "decision_right_assigned", "area": f"area_{number}", "owner": "joint"})
            case _:
                changes.append({"kind": "deliverable_issued", "deliverable": f"paper_{number}", "function": "ai"})
    logged = [
        {"log": {**change, "effective_on": (date(2022, 1, 10) + timedelta(days=15 * number)).isoformat()}}
        for number, change in enumerate(changes)
    ]
    admin.post(f"/engagements/{engagement}/changes", {"changes": logged})
    return engagement


def check_length(firm: Served, engagement: str) -> None:
    """The history is as long as it is said to be."""
    standing = firm.admin.get(f"/engagements/{engagement}/milestones?limit=500")["items"]
    assert len(standing) == MILESTONES


def signed_in(firm: Served) -> str:
    """A session's secret."""
    context = firm.context
    link = context.log.write(lambda c: create_sign_in_link(c, at=context.now()))
    token = context.log.write(
        lambda c: redeem(
            c, link, name="Robin", new_user_id=context.new_id(), session_id=context.new_id(), at=context.now()
        )
    )
    assert token is not None
    return token


def cost(work: Callable[[], None]) -> float:
    """The median CPU time of one go, in milliseconds."""
    spent = []
    for _ in range(ROUNDS):
        begun = process_time()
        work()
        spent.append((process_time() - begun) * 1000)
    return median(spent)
