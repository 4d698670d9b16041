"""A person's hours of a month across clients: logged, corrected, told at once, in changes, imported and checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import Visitor, text_of

from api.state.roles import Role

LIMIT = "Feb 2026 has 672 hours."
SEAT = {"functions": ["technology", "ai"], "commitment": "fractional", "provider": "firm"}


def hours(amount: float, function: str = "technology") -> dict[str, Any]:
    return {
        "kind": "hours_reported",
        "effective_on": "2026-02-28",
        "month": "2026-02",
        "function": function,
        "hours": amount,
    }


class Told:
    """Two clients, at each of which Dana holds the one seat, with 400 hours on record at the first."""

    def __init__(self, firm: Served) -> None:
        self.firm, self.admin = firm, firm.admin
        self.dana = self.admin.post("/people", {"name": "Dana", "employer": "firm"})["id"]
        self.chosen = {
            "kind": "structure_chosen",
            "effective_on": "2026-01-01",
            "seats": [{**SEAT, "holder": self.dana}],
        }
        self.clients = [self.admin.post("/clients", {"name": name}) for name in ("Halcyon", "Marlow Bank", "Drayline")]
        letter = {"name": "Letter", "started_on": "2026-01-01", "milestones": [self.chosen]}
        self.first, self.second = (
            "/engagements/" + self.admin.post(f"/clients/{client['slug']}/engagements", letter)["id"]
            for client in self.clients[:2]
        )
        self.letter = letter
        self.admin.post(f"{self.first}/milestones", hours(400))
        self.mid = self.admin.post(f"{self.second}/milestones", hours(270))["id"]

    def refused(self, path: str, body: Any) -> dict[str, Any]:
        problem: dict[str, Any] = self.admin.ask("POST", path, body, status=409).json()
        assert problem["type"].endswith("/too-many-hours")
        assert f"{LIMIT} 400 h in “Letter” at Halcyon" in problem["detail"]
        assert "are on record for that month and holder, and" in problem["detail"]
        return problem


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder: Path = tmp_path_factory.mktemp("hours") / "data"
    folder.mkdir(mode=0o700)
    with served(folder) as firm:
        yield Told(firm)


def test_hours_across_clients_are_bound_however_they_are_recorded(told: Told) -> None:
    told.refused(f"{told.second}/milestones", hours(3, "ai"))
    correction = {"reason": "more", "details": {"hours": 273}}
    told.refused(f"{told.second}/milestones/{told.mid}/corrections", correction)
    problem = told.refused(f"{told.second}/changes", {"changes": [{"log": hours(1, "ai")}, {"log": hours(2, "ai")}]})
    assert "“Hours reported” on 28 Feb 2026 does not fit" in problem["detail"]
    told.admin.ask("POST", f"{told.second}/milestones", hours(1, "ai"))
    at_once = {**told.letter, "milestones": [told.chosen, hours(2)]}
    problem = told.refused("/clients/drayline/engagements", at_once)
    assert problem["errors"][0]["field"] == "milestones.1"
    check = told.admin.post(f"{told.second}/milestones:check", hours(2, "ai"))
    assert check["fits"] is False
    assert LIMIT in check["refusal"]["detail"]
    assert told.admin.post(f"{told.second}/milestones:check", hours(1, "ai"))["fits"] is True


def test_the_form_says_that_hours_across_clients_are_too_many(told: Told) -> None:
    fields = {"effective_on": "2026-02-28", "month": "2026-02", "function": "ai", "hours": "100"}
    path = "/milestones/new?client=marlow-bank&kind=hours_reported"
    shown = Visitor(told.firm).fill(path, fields, 409)
    assert "400 h in “Letter” at Halcyon" in text_of(shown)


def test_earlier_rows_of_an_import_count(told: Told) -> None:
    person = {"type": "person", "ref": "p", "name": "Iris", "employer": "firm"}
    lines: list[dict[str, Any]] = [person]
    for number, amount in enumerate((400, 272, 1)):
        client, engagement = f"c{number}", f"e{number}"
        lines += [
            {"type": "client", "ref": client, "name": f"Imported {number}"},
            {"type": "engagement", "ref": engagement, "client": client, "name": "L", "started_on": "2026-01-01"},
            {"type": "milestone", "ref": f"s{number}", "engagement": engagement, **told.chosen}
            | {"seats": [{**SEAT, "holder": "p"}]},
            {"type": "milestone", "ref": f"h{number}", "engagement": engagement, **hours(amount)},
        ]
    body = "\n".join(json.dumps(line) for line in lines)
    headers = {"Content-Type": "application/x-ndjson"}
    for query in ("dry_run=true", "partial=true"):
        answer = told.admin.ask("POST", f"/imports?{query}", content=body, headers=headers).json()
        refused = [row for row in answer["rows"] if row["outcome"] == "refused"]
        assert [row["ref"] for row in refused] == ["h2"]
        assert "400 h in “L” at Imported 0 and 272 h in “L” at Imported 1" in refused[0]["problem"]["detail"]


def test_hours_at_clients_that_the_caller_may_not_see_neither_count_nor_show(told: Told) -> None:
    limited = told.firm.caller(Role.RECORDER, {UUID(told.clients[1]["id"])})
    limited.post(f"{told.second}/milestones", hours(100, "ai"))
