"""What is held on a person can be taken out; once they are erased, nothing that anybody can ask for names them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from api_client import Caller, Served, served
from browsing import HTML, Visitor
from sqlalchemy import text

NAME, ADDRESS = "Zephyrine Quillfeather", "zephyrine@quill.example"
ERASED = "erased person"


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    store = data_dir if request.param == "sqlite" else str(request.getfixturevalue("postgres_store"))
    with served(store) as running:
        yield running


def tell(firm: Served) -> dict[str, str]:
    """Somebody in every place that has room for a person, and a link to where they are seen."""
    admin = firm.admin
    person = {"name": NAME, "email": ADDRESS, "employer": "firm"}
    kept = {"Idempotency-Key": "kept"}
    zephyrine = admin.post("/people", person, headers=kept)["id"]
    admin.post("/clients", {"name": "Acme"})
    opening = {"name": "x", "started_on": "2024-01-01", "practice_lead": zephyrine}
    engagement = admin.post("/clients/acme/engagements", opening)["id"]
    hours = {"technology": 20, "ai": 10}
    seat = {"functions": ["technology", "ai"], "holder": zephyrine, "commitment": "fractional", "provider": "firm"}
    for milestone in (
        {"kind": "structure_chosen", "effective_on": "2024-02-01", "seats": [{**seat, "hours_per_month": hours}]},
        {"kind": "alignment_held", "effective_on": "2024-03-01", "participants": [zephyrine]},
        {
            "kind": "transitioned_to_full_time",
            "effective_on": "2024-04-01",
            "functions": ["technology", "ai"],
            "holder": zephyrine,
        },
    ):
        made = admin.post(f"/engagements/{engagement}/milestones", milestone)
    line = f'{{"type": "person", "ref": "{NAME}", "name": "{NAME}", "email": "{ADDRESS}", "employer": "firm"}}\n'
    imported = admin.post(
        "/imports",
        None,
        content=line.encode(),
        headers={"Content-Type": "application/x-ndjson", "Idempotency-Key": "imported"},
    )
    link = admin.post("/share-links", {"client": "acme", "expires_at": "2199-01-01T00:00:00Z", "embed": True})
    return {
        "person": zephyrine,
        "again": imported["rows"][0]["id"],
        "engagement": engagement,
        "milestone": made["id"],
        "import": imported["id"],
        "shared": urlsplit(link["url"]).path,
        "then": made["recorded_at"],
    }


def everything(firm: Served, told: dict[str, str]) -> dict[str, str]:
    """All that can be asked for about it, by address."""
    span = "from=2024-Q1&to=2024-Q4"
    reports = [
        f"/reports/{name}?{span}"
        for name in (
            "structure-mix",
            "quarter-grid",
            "transitions",
            "capacity",
            "revenue",
            "plan",
            "drift",
            "paths",
            "watch-list",
        )
    ]
    lists = ["/people", "/clients", "/audit", *reports]
    single = [
        "/clients/acme",
        "/clients/acme/engagements",
        "/clients/acme/timeline",
        "/clients/acme/timeline/changes?known_from=2020-01-01T00:00:00Z",
        f"/engagements/{told['engagement']}",
        f"/engagements/{told['engagement']}/milestones",
        f"/engagements/{told['engagement']}/milestones/{told['milestone']}",
        f"/people/{told['person']}",
        f"/imports/{told['import']}",
        "/events",
        "/share-links",
        "/keys",
    ]
    answer = {path: firm.admin.ask("GET", path).text for path in (*lists, *single)}
    for path in lists:
        joined = "&" if "?" in path else "?"
        answer[f"{path} csv"] = firm.admin.ask("GET", f"{path}{joined}format=csv").text
        answer[f"{path} xlsx"] = cells_of(firm.admin.ask("GET", f"{path}{joined}format=xlsx").content)
    visitor = Visitor(firm)
    for page in (
        "/",
        "/clients",
        "/clients/acme",
        "/clients/acme/timeline.svg",
        "/clients/acme/timeline.csv",
        "/milestones",
        "/people",
        f"/people/{told['person']}",
        "/settings",
        "/settings/audit",
        "/settings/share-links",
        f"/engagements/{told['engagement']}/milestones/{told['milestone']}",
        "/palette.json?q=zeph",
        "/milestones/new?client=acme&kind=handed_over",
        f"/clients/acme?known_at={told['then']}",
        f"/reports/capacity?known_at={told['then']}",
        "/board-report?client=acme",
        f"/board-report?client=acme&known_at={told['then']}",
        "/search?q=zeph",
        f"/reports/revenue/then-and-now?then={told['then']}",
    ):
        answer[page] = visitor.get(page)
    for path in (told["shared"], f"{told['shared']}/timeline.svg", f"{told['shared']}/timeline.csv"):
        answer[path] = firm.client.get(path, headers=HTML).text
    return answer


def cells_of(workbook: bytes) -> str:
    """All texts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return "\n".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))


def test_who_is_erased_is_named_in_nothing_that_can_be_asked_for(firm: Served) -> None:
    ids = tell(firm)
    before = everything(firm, ids)
    named = {path for path, text in before.items() if NAME in text}
    assert {"/clients/acme/timeline", "/people csv", "/people xlsx", "/clients/acme", ids["shared"]} <= named
    assert {f"/clients/acme?known_at={ids['then']}", "/search?q=zeph"} <= named
    assert {f"{ids['shared']}/timeline.svg", f"{ids['shared']}/timeline.csv", "/clients/acme/timeline.csv"} <= named
    for person in (ids["person"], ids["again"]):
        firm.admin.ask("DELETE", f"/people/{person}", status=204)
    after = everything(firm, ids)
    assert [path for path, text in after.items() if "Quillfeather" in text or ADDRESS in text] == []
    for path in ("/clients/acme/timeline", f"{ids['shared']}/timeline.csv", "/clients/acme", ids["shared"]):
        assert ERASED in after[path], path
    entries = firm.admin.get("/audit?kind=person.erased")["items"]
    assert {entry["subject"] for entry in entries} == {ids["person"], ids["again"]}


def test_all_that_is_held_on_somebody_can_be_taken_out_and_that_is_in_the_audit(firm: Served) -> None:
    ids = tell(firm)
    answer = firm.admin.ask("GET", f"/people/{ids['person']}/personal-data")
    assert re.search(r'filename="personal-data-[0-9a-f-]{36}.json"', answer.headers["content-disposition"])
    body: dict[str, Any] = answer.json()
    assert body["person"]["name"] == NAME
    assert body["person"]["email"] == ADDRESS
    kinds = [named["kind"] for named in body["named_in"]]
    assert kinds == ["opened", "structure_chosen", "alignment_held", "transitioned_to_full_time"]
    assert body["user"] is None
    assert body["recorded"]["recordings"] == 0
    imported = firm.admin.get(f"/people/{ids['again']}/personal-data")
    assert [ref["ref"] for ref in imported["import_refs"]] == [NAME]
    exported = firm.admin.get("/audit?kind=person.exported")["items"]
    assert {entry["subject"] for entry in exported} == {ids["person"], ids["again"]}


def test_what_is_held_on_a_user_names_their_sessions_and_no_secret(firm: Served) -> None:
    visitor = Visitor(firm)
    visitor.fill("/clients/new", {"name": "Acme"})
    user = next(person for person in firm.admin.get("/people")["items"] if person["name"] == "A admin")
    answer = firm.admin.ask("GET", f"/people/{user['id']}/personal-data")
    body = answer.json()
    assert body["user"]["role"] == "admin"
    assert body["user"]["has_password"] is False
    assert len(body["sessions"]) == 1
    assert "token" not in answer.text
    assert "secret" not in answer.text


def test_an_erased_person_and_nobody_have_nothing_to_be_taken_out(firm: Served) -> None:
    ids = tell(firm)
    firm.admin.ask("DELETE", f"/people/{ids['person']}", status=204)
    erased = firm.admin.ask("GET", f"/people/{ids['person']}/personal-data", status=404)
    never = firm.admin.ask("GET", "/people/0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10/personal-data", status=404)
    assert erased.content == never.content


def test_an_admin_erases_from_the_page_when_the_name_is_typed_again(firm: Served) -> None:
    ids = tell(firm)
    admin = Visitor(firm)
    page = admin.get(f"/people/{ids['person']}")
    assert f"/api/v1/people/{ids['person']}/personal-data" in page
    path = f"/people/{ids['person']}/erase"
    assert "The name does not match. Enter it exactly as shown." in admin.fill(path, {"name": "Somebody"}, status=422)
    assert firm.admin.get(f"/people/{ids['person']}")["erased_at"] is None
    assert "The person is erased" in admin.fill(path, {"name": f" {NAME} "})
    assert firm.admin.get(f"/people/{ids['person']}")["erased_at"] is not None
    assert "Erase for good" not in admin.get(f"/people/{ids['person']}")
    admin.get(path, expect=404)


def test_an_admin_of_some_clients_changes_and_erases_nobody(firm: Served) -> None:
    ids = tell(firm)
    made = firm.admin.post("/keys", {"name": "limited", "role": "admin", "clients": ["acme"]})
    limited = Caller(firm.client, made["key"])
    for person in (ids["person"], "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"):
        limited.ask("PATCH", f"/people/{person}", {"name": "x"}, status=403)
        limited.ask("DELETE", f"/people/{person}", status=403)
        limited.ask("GET", f"/people/{person}/personal-data", status=403)
    assert firm.admin.get(f"/people/{ids['person']}")["name"] == NAME


def test_no_answer_that_is_kept_names_who_was_erased(firm: Served) -> None:
    asked = {"name": NAME, "email": ADDRESS, "role": "viewer"}
    key = {"Idempotency-Key": "invited"}
    user = firm.admin.post("/users", asked, headers=key)["id"]
    firm.admin.ask("PATCH", f"/users/{user}", {"role": "recorder"}, headers={"Idempotency-Key": "changed"})
    query = text("SELECT answer FROM commands")
    with firm.context.log.engine.connect() as connection:
        assert any(NAME.encode() in bytes(answer) for answer in connection.execute(query).scalars())
    firm.admin.ask("DELETE", f"/people/{user}", status=204)
    with firm.context.log.engine.connect() as connection:
        stored = b"".join(bytes(answer) for answer in connection.execute(query).scalars())
    assert user.encode() in stored
    assert NAME.encode() not in stored
    assert ADDRESS.encode() not in stored
