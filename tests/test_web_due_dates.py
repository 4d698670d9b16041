"""Due dates, from the milestone that sets them to the plan, its files and pages, the Overview and the client's page."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path

import pytest
from api_client import served
from browsing import Visitor, text_of

from web.pages.reports import plan as plan_page

AS_OF = "as_of=2026-06-30"
SETS = {"kind": "renewal_set", "effective_on": "2026-02-01", "renews_on": "2027-01-31", "notice_by": "2026-10-31"}


def test_renewals_and_notice_days_are_shown_in_the_plan(data_dir: Path) -> None:
    with served(data_dir) as firm:
        admin, visitor = firm.admin, Visitor(firm)
        for name in ("Marlow Bank", "Halcyon Health"):
            client = admin.post("/clients", {"name": name})
            letter = {"name": "Letter", "started_on": "2026-01-01"}
            engagement = admin.post(f"/clients/{client['slug']}/engagements", letter)
        before = admin.get("/clients/marlow-bank/timeline")["known_at"]
        mid = admin.post(f"/engagements/{engagement['id']}/milestones", SETS)["id"]

        plan = admin.get(f"/reports/plan?{AS_OF}")
        assert (plan["rows"], plan["moves"]) == ([], [])
        common = {"client": client["id"], "name": "Halcyon Health", "engagement": engagement["id"], "milestone": mid}
        common["function"] = None
        assert plan["due"] == [
            {"kind": "notice", "on": "2026-10-31", "quarter": "2026-Q4", **common},
            {"kind": "renewal", "on": "2027-01-31", "quarter": "2027-Q1", **common},
        ]
        assert [(row["quarter"], row["kind"], row["clients"]) for row in plan["due_rows"]] == [
            ("2026-Q4", "notice", 1),
            ("2027-Q1", "renewal", 1),
        ]
        answer = admin.get(plan["due_rows"][1]["links"]["clients"].removeprefix("/api/v1"))["items"]
        assert [row["id"] for row in answer] == [client["id"]]
        assert admin.get(f"/reports/plan?{AS_OF}&to=2026-Q4&limit=0")["due"] == []
        table = list(csv.DictReader(io.StringIO(admin.ask("GET", f"/reports/plan?{AS_OF}&format=csv").text)))
        assert [(row["quarter"], row["from"], row["due"]) for row in table] == [
            ("2026-Q4", "", "notice"),
            ("2027-Q1", "", "renewal"),
        ]
        changed = admin.get(f"/reports/then-and-now?report=plan&then={before}&{AS_OF}")["rows"]
        assert [figure["row"] for figure in changed[0]["figures"]] == ["2026-Q4.notice", "2027-Q1.renewal"]

        page = visitor.get(f"/reports/plan?{AS_OF}")
        assert "31 Jan 2027 Halcyon Health Renewal of the engagement letter" in text_of(page)
        assert "Next due date 31 Oct 2026" in text_of(page)
        drill = next(href for href in re.findall(r'href="([^"]+)"', page) if "row=2027-Q1.renewal" in href)
        clients = text_of(visitor.get(html.unescape(drill)))
        assert "Due in 2027-Q1: Renewal of the engagement letter" in clients
        assert "Marlow Bank" not in clients
        then = text_of(visitor.get(f"/reports/plan/then-and-now?then={before}&{AS_OF}"))
        assert "Due in 2026-Q4: Last day to give notice nothing 1 time" in then
        assert "2 due dates, the next on 31 Oct 2026" in text_of(visitor.get(f"/reports/plan/card?{AS_OF}"))
        overview = text_of(visitor.get(f"/?{AS_OF}"))
        assert "31 Oct 2026 Halcyon Health Last day to give notice" in overview


def test_deliverables_of_a_hats_first_90_days_are_due_and_then_overdue_until_they_are_issued(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(data_dir) as firm:
        admin, visitor = firm.admin, Visitor(firm)
        dana = admin.post("/people", {"name": "Dana Whitfield", "employer": "firm"})["id"]
        client = admin.post("/clients", {"name": "Halcyon Health"})
        engagement = admin.post("/clients/halcyon-health/engagements", {"name": "Letter", "started_on": "2026-01-01"})[
            "id"
        ]
        seat = {"functions": ["ai"], "holder": dana, "commitment": "fractional", "provider": "firm"}
        chosen = {"kind": "structure_chosen", "effective_on": "2026-01-05", "seats": [seat]}
        milestone = admin.post(f"/engagements/{engagement}/milestones", chosen)["id"]
        for on, paper in (("2026-02-01", "ai_capability_map"), ("2026-05-04", "governance_framework")):
            issued = {"kind": "deliverable_issued", "effective_on": on, "deliverable": paper, "function": "ai"}
            admin.post(f"/engagements/{engagement}/milestones", issued)

        due = {"client": client["id"], "name": "Halcyon Health", "engagement": engagement, "milestone": milestone}
        due |= {"function": "ai", "on": "2026-04-05", "quarter": "2026-Q2"}
        both = [{"kind": "first_90_days", **due}, {"kind": "first_quarter", **due}]
        plan = admin.get("/reports/plan?as_of=2026-04-05")
        assert (plan["due"], plan["overdue"], plan["overdue_rows"]) == (both, [], [])
        plan = admin.get("/reports/plan?as_of=2026-04-06")
        assert (plan["due"], plan["due_rows"], plan["overdue"]) == ([], [], both)
        plan = admin.get("/reports/plan?as_of=2026-05-04")
        assert plan["overdue"] == both[:1]
        (row,) = plan["overdue_rows"]
        assert (row["kind"], row["clients"], row["times"], row["first_on"]) == ("first_90_days", 1, 1, "2026-04-05")
        answer = admin.get(row["links"]["clients"].removeprefix("/api/v1"))["items"]
        assert [found["id"] for found in answer] == [client["id"]]
        table = admin.ask("GET", "/reports/plan?as_of=2026-05-04&format=csv").text
        (line,) = csv.DictReader(io.StringIO(table))
        assert (line["due"], line["overdue"]) == ("first_90_days", "true")

        page = visitor.get("/reports/plan?as_of=2026-04-06")
        assert "5 Apr 2026 Halcyon Health First-quarter deliverables, AI" in text_of(page)
        drill = next(href for href in re.findall(r'href="([^"]+)"', page) if "row=overdue.first_quarter" in href)
        assert "Overdue: First-quarter deliverables" in text_of(visitor.get(html.unescape(drill)))
        assert "2 overdue" in text_of(visitor.get("/reports/plan/card?as_of=2026-04-06"))

        assert "Overdue, latest first" in text_of(page)
        monkeypatch.setattr("web.pages.reports.page.ROWS", 1)
        monkeypatch.setattr(plan_page, "ROWS", 1)
        page = visitor.get("/reports/plan?as_of=2026-04-06")
        assert "Overdue, latest first: 1 to 1 of 2" in text_of(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        assert following is not None
        assert "Overdue, latest first: 2 to 2 of 2" in text_of(visitor.get(html.unescape(following[1])))
