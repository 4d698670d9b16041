"""Every filter in every report: the report of the clients that the list has under the same filter, and of no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from api_client import Caller, Served, served
from drills import drills_but

from api.state.roles import Role

TODAY = date(2026, 11, 22)
FILTERS = ("sector", "size", "practice_lead", "holder", "status", "structure", "regulated", "headcount", "q")
REPORTS: Mapping[str, str] = {
    "structure-mix": "",
    "quarter-grid": "",
    "transitions": "from=2024-Q1",
    "paths": "",
    "time-to": "event=full_time&by=sector",
    "revenue": "",
    "capacity": "",
    "plan": "",
    "drift": "",
    "advice": "",
    "governance": "",
    "watch-list": "from=2024-Q1",
    "outcomes": "",
}


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Served]:
    with served(demonstration) as running:
        yield running


@pytest.fixture(scope="module")
def times(firm: Served) -> list[str]:
    """Now, and a day of last year as it was known halfway through the log."""
    recorded = firm.context.log.read(0, firm.context.log.head())
    middle = recorded[len(recorded) // 2].event.timestamp.isoformat().replace("+00:00", "Z")
    return [f"as_of={TODAY}", f"as_of=2025-12-31&known_at={middle}"]


def chosen_by(caller: Caller, query: str) -> set[UUID]:
    return {UUID(client["id"]) for client in caller.get(f"/clients?{query}&limit=500")["items"]}


def said_by(caller: Caller, report: str, query: str) -> Any:
    """What a report says, without what was asked and the ways to its clients."""
    answer = caller.get(f"/reports/{report}?{query}&{REPORTS[report]}")
    del answer["parameters"]
    return without_links(answer)


def without_links(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: without_links(member) for name, member in answer.items() if name != "links"}
    return [without_links(member) for member in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize(
    "chosen", drills_but(("sector", "holder", "q"), FILTERS, reason="asks every report under every filter")
)
def test_a_filtered_report_is_the_report_of_the_clients_that_the_filter_picks(
    firm: Served, times: list[str], chosen: str
) -> None:
    some = firm.admin.get(f"/clients/halcyon-health?{times[1]}")
    filters = {
        "sector": f"sector={some['profile']['sector']}",
        "size": "size=51-200",
        "practice_lead": f"practice_lead={some['practice_lead']}",
        "holder": f"holder={some['seats'][0]['holder']}",
        "status": "status=active",
        "structure": "structure=unified_fractional",
        "regulated": "regulated=true",
        "headcount": "headcount_from=30&headcount_to=400",
        "q": "q=al",
    }
    for at in times:
        every, picked = chosen_by(firm.admin, at), chosen_by(firm.admin, f"{at}&{filters[chosen]}")
        assert 0 < len(picked) < len(every)
        limited = firm.caller(Role.VIEWER, picked)
        for report in REPORTS:
            answer = said_by(firm.admin, report, f"{at}&{filters[chosen]}")
            assert answer == said_by(limited, report, at), (report, at)
            asked = firm.admin.get(f"/reports/{report}?{at}&{filters[chosen]}&{REPORTS[report]}")["parameters"]
            assert asked["filters"] == dict(pair.split("=") for pair in filters[chosen].split("&"))
        assert said_by(firm.admin, "quarter-grid", f"{at}&{filters[chosen]}") != said_by(firm.admin, "quarter-grid", at)
