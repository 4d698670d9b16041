"""Governance and outcomes over HTTP: JSON, files and pages, what leads to the clients, and then and now."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api_client import Caller, Served, served
from browsing import Visitor, text_of

AS_OF = "2025-06-30"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Ashgrove, well governed by one person with both hats; Birch, two seats that no longer meet; and a prospect."""
    folder = tmp_path_factory.mktemp("governance") / "data"
    folder.mkdir(mode=0o700)
    with served(folder) as running:
        tell(running.admin)
        yield running


@pytest.fixture(scope="module")
def visitor(firm: Served) -> Visitor:
    return Visitor(firm)


def tell(admin: Caller) -> None:
    dana = admin.post("/people", {"name": "Dana Whitfield", "employer": "firm"})["id"]
    iris = admin.post("/people", {"name": "Iris Chen", "employer": "firm"})["id"]
    seat = {"commitment": "fractional", "provider": "firm"}
    both = {**seat, "functions": ["technology", "ai"], "holder": dana}
    engage(
        admin,
        "Ashgrove",
        "2025-01-01",
        {"kind": "structure_chosen", "effective_on": "2025-01-15", "seats": [both]},
        issued("technology_read", "technology", "2025-03-01"),
        issued("ai_capability_map", "ai", "2025-03-10"),
        issued("governance_framework", "ai", "2025-05-02"),
        issued("model_registry", "ai", "2025-05-05"),
        {"kind": "decision_right_assigned", "effective_on": "2025-02-01", "area": "mlops", "owner": "joint"},
        {"kind": "decision_right_assigned", "effective_on": "2025-02-01", "area": "ai_risk", "owner": "ai"},
        {
            "kind": "spending_limit_set",
            "effective_on": "2025-02-01",
            "function": "ai",
            "limit": {"amount": "5000", "currency": "USD"},
        },
        {"kind": "hours_reported", "effective_on": "2025-05-02", "month": "2025-04", "function": "ai", "hours": 7.5},
        outcome("started", "2025-02-03", initiative="claims triage"),
        outcome("live", "2025-04-04", initiative="claims triage"),
        {
            "kind": "outcome_measured",
            "effective_on": "2025-06-02",
            "initiative": "claims triage",
            "metric": "handling time",
            "baseline": 31.5,
            "value": 12,
            "unit": "minutes",
        },
        outcome("started", "2025-05-05", initiative="forecasts"),
    )
    engage(
        admin,
        "Birch",
        "2025-02-01",
        {
            "kind": "structure_chosen",
            "effective_on": "2025-02-03",
            "seats": [
                {**seat, "functions": ["technology"], "holder": dana},
                {**seat, "functions": ["ai"], "holder": iris},
            ],
        },
        {"kind": "alignment_held", "effective_on": "2025-05-06", "participants": [dana, iris]},
        {"kind": "conflict_raised", "effective_on": "2025-05-20", "conflict": "budget", "topic": "The cluster"},
        {"kind": "conflict_raised", "effective_on": "2025-06-01", "conflict": "people", "topic": "The data team"},
    )
    admin.post("/clients", {"name": "Cedar"})


def issued(deliverable: str, function: str, on: str) -> dict[str, Any]:
    return {"kind": "deliverable_issued", "effective_on": on, "deliverable": deliverable, "function": function}


def outcome(what: str, on: str, **details: Any) -> dict[str, Any]:
    return {"kind": f"initiative_{what}", "effective_on": on, **details}


def engage(admin: Caller, name: str, started_on: str, *milestones: dict[str, Any]) -> None:
    slug = admin.post("/clients", {"name": name})["slug"]
    admin.post(f"/clients/{slug}/engagements", {"name": "x", "started_on": started_on, "milestones": milestones})


def test_a_row_says_what_was_issued_who_decides_and_when_the_two_last_met(firm: Served) -> None:
    ashgrove, birch = firm.admin.get(f"/reports/governance?as_of={AS_OF}&from=2025-Q2&to=2025-Q2")["rows"]
    assert (ashgrove["name"], ashgrove["slug"], ashgrove["pack"]) == ("Ashgrove", "ashgrove", 2)
    assert len(ashgrove["artifacts"]) == 7
    assert ashgrove["artifacts"]["model_registry"] == "2025-05-05"
    assert ashgrove["artifacts"]["data_lineage"] is None
    assert ashgrove["first_quarter"] == {
        "technology": "2025-03-01",
        "ai": "2025-05-02",
        "due_on": "2025-04-15",
        "overdue": [],
    }
    assert ashgrove["first_90_days"]["governance_framework"] == "2025-05-02"
    assert (ashgrove["decision_areas"], ashgrove["joint"], len(ashgrove["unsettled"])) == (2, 1, 14)
    assert ashgrove["spending_limits"] == {"technology": None, "ai": {"amount": "5000.00", "currency": "USD"}}
    assert (ashgrove["last_alignment"], ashgrove["days_since_alignment"]) == (None, None)
    assert ashgrove["hats"]["ai"] == {"hours": 7.5, "decisions": 0, "deliverables": 2}
    assert birch["first_quarter"]["overdue"] == ["technology", "ai"]
    assert (birch["last_alignment"], birch["days_since_alignment"]) == ("2025-05-06", 55)
    assert (birch["open_conflicts"], birch["oldest_conflict_on"]) == (2, "2025-05-20")


def test_the_report_is_of_any_day_and_as_known_at_any_instant(firm: Served) -> None:
    (ashgrove, *_) = firm.admin.get("/reports/governance?as_of=2025-03-09")["rows"]
    assert (ashgrove["pack"], ashgrove["first_quarter"]["ai"]) == (0, None)
    assert firm.admin.get(f"/reports/governance?as_of={AS_OF}&known_at=2020-01-01T00:00:00Z")["rows"] == []
    assert firm.admin.get("/reports/governance?as_of=2024-12-31")["rows"] == []


def test_every_count_leads_to_its_clients(firm: Served) -> None:
    answer = firm.admin.get(f"/reports/governance?as_of={AS_OF}")
    assert (answer["clients"], {row["pack"]: row["clients"] for row in answer["packs"]}) == (2, {0: 1, 2: 1})
    counts = [*answer["packs"], *answer["overdue"], *answer["areas"]]
    assert [(row["owner"], row["clients"]) for row in answer["areas"] if row["area"] == "mlops"] == [
        ("joint", 1),
        ("nobody", 1),
    ]
    for row in counts:
        clients = firm.admin.get(row["links"]["clients"].removeprefix("/api/v1"))["items"]
        assert len(clients) == row["clients"], row


def test_the_file_has_one_row_per_client_and_a_column_per_fact(firm: Served) -> None:
    text = firm.admin.ask("GET", f"/reports/governance?as_of={AS_OF}&format=csv").text
    ashgrove, birch = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    assert (ashgrove["client"], ashgrove["pack"], ashgrove["artifacts.model_registry"]) == (
        "Ashgrove",
        "2",
        "2025-05-05",
    )
    assert (ashgrove["spending_limits.ai"], ashgrove["spending_limits.ai.currency"]) == ("5000.00", "USD")
    assert (birch["open_conflicts"], birch["first_quarter.due_on"]) == ("2", "2025-05-04")


def test_the_page_says_what_is_overdue_and_leads_to_the_clients(firm: Served, visitor: Visitor) -> None:
    page = visitor.get("/reports/governance", as_of=AS_OF)
    words = text_of(page)
    assert "Ashgrove 2 of 7 All but AI capability map and Model registry" in words
    assert "Birch 0 of 7 All of them" in words
    assert "CTO: overdue since 4 May 2025; CAIO: overdue since 4 May 2025" in words
    assert "CAIO: issued 2 May 2025, late" in words
    assert "oldest since 20 May 2025, 41 days" in words
    assert "CAIO 5,000 USD" in words
    assert "6 May 2025 55 days ago; " in words
    assert "MLOps Both together" in words
    for row, client in (("overdue.ai", "Birch"), ("area.mlops.joint", "Ashgrove"), ("conflicts.open", "Birch")):
        listed = text_of(visitor.get("/clients", report="governance", row=row, as_of=AS_OF))
        assert client in listed
        assert ("Ashgrove" in listed) is (client == "Ashgrove")
    assert "No client has an open engagement" in text_of(visitor.get("/reports/governance", as_of="2020-01-01"))


def test_the_chart_is_a_picture_of_its_own(visitor: Visitor) -> None:
    svg = visitor.client.get("/reports/governance.svg", params={"as_of": AS_OF})
    assert svg.status_code == 200
    assert "Overdue" in svg.text
    assert "2 of 7" in svg.text
    assert visitor.client.get("/reports/governance.png", params={"as_of": AS_OF}).content.startswith(b"\x89PNG")


def test_the_card_shows_clients_and_a_figure(visitor: Visitor) -> None:
    assert "0 complete packs, 2 first-quarter deliverables overdue" in visitor.get(
        "/reports/governance/card", as_of=AS_OF
    )


def test_then_and_now_names_what_was_recorded_since(firm: Served, visitor: Visitor) -> None:
    then = firm.admin.post("/clients", {"name": "Dogwood"})["recorded_at"]
    (engagement,) = firm.admin.get("/clients/birch/engagements")["items"]
    firm.admin.post(f"/engagements/{engagement['id']}/milestones", issued("data_lineage", "ai", "2025-06-02"))
    answer = firm.admin.get(f"/reports/then-and-now?report=governance&as_of={AS_OF}&then={then}")
    (birch,) = answer["rows"]
    figures = {figure["row"]: (figure["then"], figure["now"]) for figure in birch["figures"]}
    assert figures == {"pack": (0, 1), "issued.data_lineage": (None, "2025-06-02")}
    words = text_of(visitor.get("/reports/governance/then-and-now", as_of=AS_OF, then=then))
    assert "Data lineage issued" in words
    assert "2 Jun 2025" in words


def test_an_outcome_has_its_way_to_production_its_change_and_its_owner(firm: Served) -> None:
    answer = firm.admin.get(f"/reports/outcomes?as_of={AS_OF}")
    measured, started = answer["rows"]
    dana = next(p["id"] for p in firm.admin.get("/people")["items"] if p["name"] == "Dana Whitfield")
    assert {name: measured[name] for name in measured if name not in ("client", "engagement", "links")} == {
        "slug": "ashgrove",
        "name": "Ashgrove",
        "initiative": "claims triage",
        "started_on": "2025-02-03",
        "live_on": "2025-04-04",
        "days_to_live": 60,
        "metric": "handling time",
        "baseline": 31.5,
        "value": 12,
        "change": -19.5,
        "unit": "minutes",
        "measured_on": "2025-06-02",
        "owner": dana,
    }
    nothing = ("live_on", "days_to_live", "metric", "baseline", "value", "change", "unit", "measured_on")
    assert {started[name] for name in nothing} == {None}
    assert (answer["initiatives"], answer["median_days_to_live"]) == (2, 60)
    for row in answer["stages"]:
        clients = firm.admin.get(row["links"]["clients"].removeprefix("/api/v1"))["items"]
        assert len(clients) == (row["initiatives"] > 0), row
    earlier = firm.admin.get("/reports/outcomes?as_of=2025-04-03")["rows"]
    assert [(row["initiative"], row["live_on"]) for row in earlier] == [("claims triage", None)]
    assert firm.admin.get(f"/reports/outcomes?as_of={AS_OF}&known_at=2020-01-01T00:00:00Z")["rows"] == []


def test_outcomes_page_and_file_name_the_owner(firm: Served, visitor: Visitor) -> None:
    words = text_of(visitor.get("/reports/outcomes", as_of=AS_OF))
    assert "claims triage 3 Feb 2025 4 Apr 2025 after 60 days handling time 31.5" in words
    assert "change -19.5 2 Jun 2025 after 59 days Dana Whitfield" in words
    assert "forecasts 5 May 2025 Not yet Not measured" in words
    assert "Ashgrove" in text_of(visitor.get("/clients", report="outcomes", row="stage.measured", as_of=AS_OF))
    text = firm.admin.ask("GET", f"/reports/outcomes?as_of={AS_OF}&format=csv").text
    first, second = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    assert (first["metric"], first["change"], first["owner_name"]) == ("handling time", "-19.5", "Dana Whitfield")
    assert (second["initiative"], second["metric"]) == ("forecasts", "")
    assert "In production" in visitor.client.get("/reports/outcomes.svg", params={"as_of": AS_OF}).text
    assert "2 initiatives; 1 measured" in visitor.get("/reports/outcomes/card", as_of=AS_OF)
    assert "No AI initiative has started" in text_of(visitor.get("/reports/outcomes", as_of="2020-01-01"))


def test_the_responsibilities_of_both_roles_stand_side_by_side_with_their_sources(visitor: Visitor) -> None:
    words = text_of(visitor.get("/responsibilities"))
    assert "The CTO owns" in words
    assert "AI risk, as the one person who is accountable by name article 2, line 22; article 5, line 25" in words
    assert "Data governance Both together Owns systems and pipelines" in words
    assert "2. The CTO-CAIO Partnership (on structure)" in words
    assert "/responsibilities" in visitor.get("/reports/governance", as_of=AS_OF)


def test_at_a_client_they_stand_beside_what_is_assigned_there(visitor: Visitor) -> None:
    words = text_of(visitor.get("/clients/ashgrove/responsibilities", as_of=AS_OF))
    assert "At Ashgrove, on 30 Jun 2025" in words
    assert "MLOps Both together Both together since 1 Feb 2025" in words
    assert "Architecture Technology Not assigned" in words
    assert "since" not in text_of(visitor.get("/clients/ashgrove/responsibilities", as_of="2025-01-31"))
    assert "/clients/ashgrove/responsibilities" in visitor.get("/clients/ashgrove")
    visitor.get("/clients/nobody/responsibilities", expect=404)


def test_a_caller_limited_to_a_client_sees_no_other(firm: Served, tmp_path: Path) -> None:
    made = firm.admin.post("/keys", {"name": "limited", "role": "viewer", "clients": ["birch"]})
    answer = Caller(firm.client, made["key"]).get(f"/reports/governance?as_of={AS_OF}")
    assert [row["name"] for row in answer["rows"]] == ["Birch"]
    assert answer["clients"] == 1
    query = parse_qs(urlsplit(answer["packs"][0]["links"]["clients"]).query)
    assert query["report"] == ["governance"]
