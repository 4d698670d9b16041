"""People: named in one place alone, and erased for good when asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served

NAME, ADDRESS = "Zephyrine Quillfeather", "zephyrine@quill.example"


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, data_dir: Path) -> Path | str:
    return data_dir if request.param == "sqlite" else str(request.getfixturevalue("postgres_store"))


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def test_people_are_listed_by_name_and_found_by_parts_of_it(firm: Served) -> None:
    for name in ("maya", "Ivo", "Ana_1", "Ana%2", "Émile"):
        firm.admin.post("/people", {"name": name, "employer": "client" if name == "Ivo" else "firm"})

    def found(query: str) -> list[str]:
        return [person["name"] for person in firm.admin.get(f"/people?{query}")["items"]]

    assert sorted(found("")) == sorted(["Ana%2", "Ana_1", "Ivo", "maya", "Émile"])
    assert found("q=MAY") == ["maya"]
    assert found("q=ana_") == ["Ana_1"]
    assert found("q=%25") == ["Ana%2"]
    assert found("employer=client") == ["Ivo"]
    first = firm.admin.get("/people?limit=3")
    rest = firm.admin.get(f"/people?limit=3&cursor={first['next']}")
    assert [p["name"] for p in (*first["items"], *rest["items"])] == found("")
    assert rest["next"] is None


def test_what_is_named_changes_and_the_rest_stays(firm: Served) -> None:
    person = firm.admin.post("/people", {"name": "Maya", "email": ADDRESS, "employer": "firm"})["id"]
    assert firm.admin.ask("PATCH", f"/people/{person}", {"name": "Maya B."}).json()["email"] == ADDRESS
    assert firm.admin.ask("PATCH", f"/people/{person}", {"email": None}).json()["email"] is None
    firm.admin.ask("PATCH", f"/people/{person}", {"name": None}, status=422)
    firm.admin.ask("PATCH", f"/people/{person}", {"email": "no address"}, status=422)
    assert firm.admin.get(f"/people/{person}")["name"] == "Maya B."


def test_a_milestone_names_known_people_alone(firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Acme"})
    nobody = "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"
    opening = {"name": "x", "started_on": "2024-01-01", "practice_lead": nobody}
    assert firm.admin.post("/clients/acme/engagements", opening, status=422)["errors"][0]["field"] == "practice_lead"
    engagement = firm.admin.post("/clients/acme/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
    met = {"kind": "alignment_held", "effective_on": "2024-02-01", "participants": [nobody]}
    problem = firm.admin.post(f"/engagements/{engagement}/milestones", met, status=422)
    assert problem["errors"][0]["field"] == "participants"
    together = {"changes": [{"log": met}]}
    problem = firm.admin.post(f"/engagements/{engagement}/changes", together, status=422)
    assert problem["errors"][0]["field"] == "changes.0.log.participants"


def test_an_erased_person_is_named_nowhere_and_nowhere_on_disk(store: Path | str) -> None:
    with served(store) as firm:
        key = {"Idempotency-Key": "made"}
        body = {"name": NAME, "email": ADDRESS, "employer": "firm"}
        made = firm.admin.post("/people", body, headers=key)
        person = made["id"]
        firm.admin.post("/clients", {"name": "Acme"})
        opening = {"name": "x", "started_on": "2024-01-01", "practice_lead": person}
        engagement = firm.admin.post("/clients/acme/engagements", opening)["id"]
        firm.admin.ask("PATCH", f"/people/{person}", {"employer": "client"}, headers={"Idempotency-Key": "changed"})
        assert firm.admin.get("/clients/acme")["people"][person] == NAME
        firm.admin.ask("DELETE", f"/people/{person}", status=204)
        assert firm.admin.get("/clients/acme")["people"][person] == "erased person"
        assert firm.admin.get(f"/people/{person}")["name"] == "erased person"
        assert firm.admin.get(f"/engagements/{engagement}")["practice_lead"] == person
        created = firm.admin.post("/people", body, headers=key)
        assert created == {**made, "name": "erased person", "email": None}
        firm.admin.ask("DELETE", f"/people/{person}", status=404)
        firm.admin.ask("PATCH", f"/people/{person}", {"name": "x"}, status=404)
        handed = {**opening, "started_on": "2025-01-01"}
        firm.admin.post("/clients/acme/engagements", handed, status=422)
    with served(store) as firm:
        assert firm.admin.get(f"/people/{person}")["name"] == "erased person"
        if isinstance(store, Path):
            for file in store.iterdir():
                content = file.read_bytes()
                assert NAME.encode() not in content, file
                assert ADDRESS.encode() not in content, file
