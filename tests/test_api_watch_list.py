"""The watch list, the signs it knows, and their thresholds, over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from api_client import Caller, Served, served
from browsing import Visitor

from api.state.roles import Role
from domain.areas import SIGNS

TODAY = "2026-06-30"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with (
        time_machine.travel(f"{TODAY}T12:00:00Z", tick=True),
        served(tmp_path_factory.mktemp("watch"), clock_tolerance_minutes=120) as running,
    ):
        yield running


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(f"{TODAY}T13:00:00Z", tick=True):
        yield


def person(firm: Served, name: str) -> str:
    return str(firm.admin.ask("POST", "/people", {"name": name, "employer": "firm"}, status=201).json()["id"])


def pair_since(firm: Served, name: str, day: str, **opening: object) -> tuple[str, str]:
    """A client with two seats since a day, where nothing else is recorded: its slug and its engagement."""
    dana, iris = person(firm, "Dana"), person(firm, "Iris")
    client = firm.admin.ask("POST", "/clients", {"name": name}, status=201).json()
    body = {"name": "Letter", "started_on": day, **opening}
    engagement = firm.admin.ask("POST", f"/clients/{client['id']}/engagements", body, status=201).json()["id"]
    seats = [
        {"functions": [function], "holder": holder, "commitment": "fractional", "provider": "firm"}
        for function, holder in (("technology", dana), ("ai", iris))
    ]
    log(firm, engagement, {"kind": "structure_chosen", "effective_on": day, "seats": seats})
    return client["slug"], engagement


def log(firm: Served, engagement: str, milestone: dict[str, Any]) -> dict[str, Any]:
    path = f"/engagements/{engagement}/milestones"
    logged: dict[str, Any] = firm.admin.ask("POST", path, milestone, status=201).json()
    return logged


def listed(caller: Caller, slug: str, query: str = "") -> list[dict[str, Any]]:
    """A client's rows of A06 and A07, which every story here has."""
    rows = caller.get(f"/reports/watch-list?limit=500&{query}")["rows"]
    return [row for row in rows if row["slug"] == slug and row["sign"] in ("A06", "A07", "gut_feeling")]


def spans(rows: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return sorted((row["sign"], row["since"], row["until"], row["severity"], row["detected"]) for row in rows)


def test_a_row_says_what_is_wrong_since_when_on_what_it_rests_and_what_clears_it(firm: Served) -> None:
    lead = person(firm, "Lee")
    slug, engagement = pair_since(firm, "Halcyon", "2026-05-01", practice_lead=lead)
    (undefined,) = [row for row in listed(firm.admin, slug) if row["sign"] == "A06"]
    assert undefined["title"] == SIGNS["A06"]
    assert (undefined["since"], undefined["until"]) == ("2026-05-31", None)
    assert (undefined["severity"], undefined["detected"]) == ("high", "rule")
    assert undefined["thresholds"] == {"grace": 30}
    assert undefined["source"] == "S1:L48, S4:L54"
    assert undefined["clears"][0]["kind"] == "decision_right_assigned"
    assert "architecture" in undefined["detail"]
    assert undefined["practice_lead"] == lead
    for milestone in undefined["evidence"]:
        firm.admin.get(f"/engagements/{engagement}/milestones/{milestone}")
    assert firm.admin.get(undefined["links"]["client"].removeprefix("/api/v1"))["slug"] == slug


def test_quarters_give_every_run_that_overlaps_them_and_a_day_what_holds_on_it(firm: Served) -> None:
    slug, engagement = pair_since(firm, "Northwind", "2026-01-15")
    for area, owner in (("architecture", "technology"), ("ai_risk", "ai")):
        right = {"kind": "decision_right_assigned", "effective_on": "2026-03-01", "area": area, "owner": owner}
        log(firm, engagement, right)
    undefined = ("A06", "2026-02-14", "2026-03-01", "high", "rule")
    silent = ("A07", "2026-02-06", None, "high", "rule")
    assert spans(listed(firm.admin, slug)) == [silent]
    assert spans(listed(firm.admin, slug, "as_of=2026-02-28")) == [("A06", "2026-02-14", None, "high", "rule"), silent]
    assert spans(listed(firm.admin, slug, "from=2026-Q1&to=2026-Q1")) == [undefined, silent]
    assert spans(listed(firm.admin, slug, "from=2026-Q2")) == [silent]
    assert spans(listed(firm.admin, slug, "to=2025-Q4")) == []


def test_observed_signs_are_filtered_and_cleared_apart_from_detected_ones(firm: Served) -> None:
    slug, engagement = pair_since(firm, "Tailspin", "2026-04-01")
    for sign in ("A07", "gut_feeling"):
        observed = {"kind": "sign_observed", "effective_on": "2026-05-20", "sign": sign, "evidence": "a hunch"}
        log(firm, engagement, observed)
    by_people = [
        ("A07", "2026-05-20", None, "medium", "observed"),
        ("gut_feeling", "2026-05-20", None, "medium", "observed"),
    ]
    assert spans(listed(firm.admin, slug, "detected=observed")) == by_people
    assert spans(listed(firm.admin, slug, "sign=gut_feeling")) == by_people[1:]
    assert {row["severity"] for row in listed(firm.admin, slug, "severity=high")} == {"high"}
    log(firm, engagement, {"kind": "sign_cleared", "effective_on": "2026-06-01", "sign": "A07"})
    assert spans(listed(firm.admin, slug, "sign=A07")) == [("A07", "2026-04-23", None, "high", "rule")]
    (own,) = listed(firm.admin, slug, "sign=gut_feeling")
    assert (own["title"], own["source"]) == ("Gut feeling", None)
    assert own["clears"] == [{"text": "Log that it was cleared", "kind": "sign_cleared"}]


def test_then_and_now_says_which_signs_were_not_on_the_list_yet(firm: Served) -> None:
    slug, engagement = pair_since(firm, "Wingtip", "2026-05-01")
    then = firm.admin.get("/reports/watch-list")["parameters"]["known_at"]
    hunch = {"kind": "sign_observed", "effective_on": "2026-06-01", "sign": "gut_feeling", "evidence": "a hunch"}
    log(firm, engagement, hunch)
    (client,) = firm.admin.get(f"/reports/then-and-now?report=watch-list&then={then}")["rows"]
    assert client["name"] == "Wingtip"
    assert client["figures"] == [{"row": "2026-Q2.gut_feeling.medium.observed", "then": None, "now": "2026-06-01"}]
    page = Visitor(firm).get("/reports/watch-list/then-and-now", then=then)
    assert "Gut feeling, medium severity, observed, since 2026-Q2" in page
    behind = "/clients?report=watch-list&row=any.gut_feeling.any.observed&q=wingtip"
    assert [item["slug"] for item in firm.admin.get(behind)["items"]] == [slug]


def test_callers_see_the_signs_of_their_own_clients(firm: Served) -> None:
    slug, _ = pair_since(firm, "Contoso", "2026-05-01")
    mine = firm.admin.get(f"/clients/{slug}")
    limited = firm.caller(Role.VIEWER, {UUID(mine["id"])})
    answer = limited.get("/reports/watch-list")
    assert {row["slug"] for row in answer["rows"]} == {slug}
    assert answer["clients"] == 1


@pytest.mark.parametrize("by", ["severity", "client", "lead", "sign"])
def test_pages_have_every_row_once_in_every_order(firm: Served, by: str) -> None:
    every = firm.admin.get(f"/reports/watch-list?limit=500&by={by}")
    assert every["count"] == len(every["rows"])
    rows, path = [], f"/reports/watch-list?limit=3&by={by}"
    cursor = ""
    while True:
        page = firm.admin.get(f"{path}{cursor}")
        rows += page["rows"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert rows == every["rows"]
    if by == "severity":
        order = ["high", "medium", "low"]
        assert [row["severity"] for row in rows] == sorted((r["severity"] for r in rows), key=order.index)
    text = firm.admin.ask("GET", f"/reports/watch-list?format=csv&by={by}").text
    assert len(list(csv.DictReader(io.StringIO(text)))) == len(rows)


def test_the_summary_leads_to_the_clients_of_each_sign(firm: Served) -> None:
    answer = firm.admin.get("/reports/watch-list?limit=500")
    assert sum(count["runs"] for count in answer["summary"]) == answer["count"]
    for count in answer["summary"]:
        found = firm.admin.get(count["links"]["clients"].removeprefix("/api/v1"))["items"]
        same = ("sign", "severity", "detected")
        expected = {row["slug"] for row in answer["rows"] if all(row[name] == count[name] for name in same)}
        assert {client["slug"] for client in found} == expected
        assert count["clients"] == len(expected)


def test_every_named_sign_has_its_source_and_rule(firm: Served) -> None:
    signs = firm.admin.get("/signs?limit=500")["items"]
    assert [sign["id"] for sign in signs] == sorted(sign["id"] for sign in signs)
    for sign in signs:
        assert firm.admin.get(f"/signs/{sign['id']}") == sign
        assert sign["title"] == SIGNS[sign["id"]]
        assert sign["source"]
        assert sign["observable"]
        assert bool(sign["rule"]) is bool(sign["clears"]) is sign["detectable"]
    firm.admin.ask("GET", "/signs/A99", status=404)


def test_a_threshold_counts_from_its_day_and_a_pinned_link_keeps_its_answer(firm: Served) -> None:
    slug, _ = pair_since(firm, "Fabrikam", "2026-01-01")
    before = firm.admin.get("/reports/watch-list?limit=500")
    pinned = f"known_at={before['parameters']['known_at']}&as_of={TODAY}"
    bytes_before = firm.admin.ask("GET", f"/reports/watch-list?{pinned}").content
    try:
        settings = firm.admin.ask("GET", "/settings/signs")
        assert settings.json()["thresholds"]["A06"] == {"grace": 30}
        change = {"thresholds": {"A06": {"grace": 100}}, "counts_from": "2026-03-01", "allow_past": True}
        changed = firm.admin.ask("PATCH", "/settings/signs", change, headers={"If-Match": settings.headers["ETag"]})
        assert changed.json()["thresholds"]["A06"] == {"grace": 100}
        firm.admin.ask("PATCH", "/settings/signs", change, status=412, headers={"If-Match": settings.headers["ETag"]})
        runs = [("2026-01-31", "2026-03-01", 30), ("2026-04-11", None, 100)]
        assert _runs(firm.admin, slug, "from=2026-Q1") == runs
        assert _runs(firm.admin, slug, "from=2026-Q1&thresholds=today") == runs[1:]
        then = before["parameters"]["known_at"]
        assert _runs(firm.admin, slug, f"from=2026-Q1&known_at={then}") == [("2026-01-31", None, 30)]
        assert firm.admin.ask("GET", f"/reports/watch-list?{pinned}").content == bytes_before
        after = firm.admin.get("/reports/watch-list?limit=500")
        again = firm.admin.get(f"/reports/watch-list?limit=500&known_at={after['parameters']['known_at']}")
        assert again["rows"] == after["rows"] != before["rows"]
        audited = firm.admin.get("/audit?kind=settings")["items"]
        assert audited[0]["detail"]["fields"] == ["A06.grace"]
        history = firm.admin.get("/settings/signs")["history"]
        assert [(one["sign"], one["value"], one["counts_from"]) for one in history] == [("A06", 100, "2026-03-01")]
        assert firm.admin.get("/signs/A06")["thresholds"][0]["value"] == 100
    finally:
        back = {"thresholds": {"A06": {"grace": 30}}, "counts_from": "2026-03-01", "allow_past": True}
        firm.admin.ask("PATCH", "/settings/signs", back)


def _runs(caller: Caller, slug: str, query: str) -> list[tuple[object, ...]]:
    rows = [row for row in listed(caller, slug, query) if row["sign"] == "A06"]
    return sorted((row["since"], row["until"], row["thresholds"]["grace"]) for row in rows)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"thresholds": {"A06": {"grace": 0}}}, "thresholds.A06.grace"),
        ({"thresholds": {"A06": {"grace": 99999}}}, "thresholds.A06.grace"),
        ({"thresholds": {"A06": {"grace": "30"}}}, "thresholds.A06.grace"),
        ({"thresholds": {"A06": {"patience": 3}}}, "thresholds.A06.patience"),
        ({"thresholds": {"A99": {"grace": 3}}}, "thresholds.A99"),
        ({"thresholds": {"W01": {"grace": 3}}}, "thresholds.W01"),
        ({"thresholds": {"A06": {}}}, "thresholds.A06"),
        ({"thresholds": {}}, "thresholds"),
        ({"thresholds": {"A06": {"grace": 9}}, "counts_from": "2026-06-29"}, "counts_from"),
    ],
)
def test_thresholds_that_no_rule_has_or_that_rewrite_the_past_by_accident_are_refused(
    firm: Served, change: dict[str, Any], field: str
) -> None:
    refused = firm.admin.ask("PATCH", "/settings/signs", change, status=422).json()
    assert [error["field"] for error in refused["errors"]] == [field]


def test_only_an_admin_of_the_firm_sets_thresholds(firm: Served) -> None:
    change = {"thresholds": {"A06": {"grace": 40}}}
    firm.caller(Role.RECORDER).ask("PATCH", "/settings/signs", change, status=403)
    firm.caller(Role.ADMIN, {uuid4()}).ask("PATCH", "/settings/signs", change, status=403)


def test_the_pages_lead_from_the_list_to_the_sign_to_the_form_that_clears_it(firm: Served) -> None:
    slug, engagement = pair_since(firm, "Adventure Works", "2026-05-01")
    visitor = Visitor(firm)
    for by in ("severity", "client", "lead", "sign"):
        page = visitor.get("/reports/watch-list", by=by)
        assert "Adventure Works" in page
        assert SIGNS["A06"].strip('"') in page
    form = f"/milestones/new?client={slug}&engagement={engagement}&kind=decision_right_assigned&area=Architecture"
    assert form.replace("&", "&amp;") in page
    assert 'value="Architecture"' in visitor.get(form)
    every = visitor.get("/signs")
    assert "/signs/A06" in every
    sign = visitor.get("/signs/A06")
    for text in ("Adventure Works", "line 48", "/settings/signs/A06"):
        assert text in sign
    assert "Our default" in visitor.get("/signs/W03")
    visitor.get("/signs/A99", expect=404)


def test_the_settings_page_changes_a_threshold_from_a_day_on(firm: Served) -> None:
    visitor = Visitor(firm)
    form = visitor.get("/settings/signs/A07")
    assert "Default: 21" in form
    refused = visitor.send("/settings/signs/A07", {"gap": "0", "counts_from": TODAY}, status=422)
    assert "Must be from 1 to" in refused
    visitor.fill("/settings/signs/A07", {"gap": "14", "counts_from": "1 Jul 2026"})
    assert "from 1 Jul 2026 on" in visitor.get("/signs/A07", as_of="2026-07-01")
    assert firm.admin.get("/settings/signs?as_of=2026-07-01")["thresholds"]["A07"] == {"gap": 14}
    assert firm.admin.get("/settings/signs")["thresholds"]["A07"] == {"gap": 21}
    visitor.get("/settings/signs/W01", expect=404)


def test_thresholds_are_kept_and_read_again_in_both_databases(either: Served) -> None:
    slug, _ = pair_since(either, "Litware", "2026-01-01")
    for grace, counts_from in ((60, "2026-07-01"), (90, "2026-07-01"), (10, "2026-07-15")):
        change = {"thresholds": {"A06": {"grace": grace}}, "counts_from": counts_from}
        either.admin.ask("PATCH", "/settings/signs", change)
    either.context.refresh_settings()
    days = {"2026-06-30": 30, "2026-07-01": 90, "2026-07-14": 90, "2026-07-15": 10}
    for day, grace in days.items():
        assert either.admin.get(f"/settings/signs?as_of={day}")["thresholds"]["A06"] == {"grace": grace}
        (row,) = [row for row in listed(either.admin, slug, f"as_of={day}") if row["sign"] == "A06"]
        assert (row["since"], row["thresholds"]) == ("2026-01-31", {"grace": grace})
