"""What every address of the API does alike: parameters and headers once, instants that are past, entity tags."""

from __future__ import annotations

from typing import Any

import pytest
from api_client import Caller, Served

LATER = "2199-01-01T00:00:00Z"


@pytest.fixture
def firm(either: Served) -> Served:
    """A firm with a client, an engagement and a few of everything, in each of the databases."""
    either.admin.post("/clients", {"name": "Acme"})
    return either


def refused(caller: Caller, method: str, path: str, status: int, **options: Any) -> str:
    """What a refusal says."""
    return str(caller.ask(method, path, options.pop("body", None), status=status, **options).json()["detail"])


def test_a_parameter_given_twice_is_refused_by_name(firm: Served) -> None:
    for path in (
        "/clients?sector=a&sector=b",
        "/people?limit=1&limit=2",
        "/reports/structure-mix?as_of=2026-01-01&as_of=2026-01-02",
        "/audit?kind=key&kind=key",
        "/events?after=1&after=1",
    ):
        assert path.split("?")[1].split("=")[0] in refused(firm.admin, "GET", path, 400), path
    engagement = firm.admin.post("/clients/acme/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
    body = {"kind": "resumed", "effective_on": "2024-02-01"}
    refused(firm.admin, "POST", f"/engagements/{engagement}/milestones?x=1", 422, body=body)


def test_a_header_with_one_value_given_twice_is_refused_by_name(firm: Served) -> None:
    key = f"Bearer {firm.admin.key}"
    for name, value in (
        ("Authorization", key),
        ("Idempotency-Key", "a"),
        ("Seatline-After", "0"),
        ("Content-Type", "application/json"),
    ):
        headers = [("Authorization", key)] if name != "Authorization" else []
        answer = firm.client.get("/api/v1/clients", headers=[*headers, (name, value), (name, value)])
        assert (answer.status_code, name.lower() in answer.json()["detail"]) == (400, True), name


def test_entity_tags_may_stand_in_several_lines(firm: Served) -> None:
    headers = [("Authorization", f"Bearer {firm.admin.key}"), ("If-Match", '"9"'), ("If-Match", '"2"')]
    change = {"effective_on": "2026-01-01", "headcount": 5}
    address = "/api/v1/clients/acme/profile-changes"
    assert firm.client.post(address, json=change, headers=headers).status_code == 412
    tag = firm.admin.ask("GET", "/clients/acme").headers["ETag"]
    assert firm.client.post(address, json=change, headers=[*headers, ("If-Match", tag)]).status_code == 201


def test_what_will_be_known_later_cannot_be_asked(firm: Served) -> None:
    for path in (
        f"/clients?known_at={LATER}",
        f"/clients/acme?known_at={LATER}",
        f"/clients/acme/timeline?known_at={LATER}",
        f"/clients/acme/timeline/changes?known_from={LATER}",
        f"/clients/acme/timeline/changes?known_from=2024-01-01T00:00:00Z&known_to={LATER}",
        f"/reports/drift?known_at={LATER}",
        f"/reports/then-and-now?report=plan&then={LATER}",
        f"/reports/board?known_at={LATER}",
    ):
        assert "future" in refused(firm.admin, "GET", path, 422), path
    newest = firm.admin.get("/reports/structure-mix")["parameters"]["known_at"]
    firm.admin.get(f"/clients?known_at={newest}")


def test_an_entity_tag_that_is_given_is_honoured(firm: Served) -> None:
    admin = firm.admin
    made = {
        "people": admin.post("/people", {"name": "Maya", "employer": "firm"}),
        "keys": admin.post("/keys", {"name": "k", "role": "viewer"}),
        "users": admin.post("/users", {"name": "Noor", "email": "noor@example.org", "role": "viewer"}),
        "views": admin.post("/views", {"name": "v", "url": "/clients"}),
        "share-links": admin.post("/share-links", {"client": "acme", "expires_at": LATER}),
        "calendar-links": admin.post("/calendar-links", {"name": "c"}),
    }
    for kind, resource in made.items():
        path = f"/{kind}/{resource['id']}"
        tag = admin.ask("GET", path).headers["ETag"]
        assert admin.ask("GET", path).headers["ETag"] == tag
        if kind in ("people", "users"):
            admin.ask("PATCH", path, {"name": "Other"}, status=412, headers={"If-Match": '"1"'})
            changed = admin.ask("PATCH", path, {"name": "Other"}, headers={"If-Match": tag})
            assert changed.headers["ETag"] == admin.ask("GET", path).headers["ETag"] != tag
            admin.ask("DELETE", path, status=412, headers={"If-Match": tag})
            tag = changed.headers["ETag"]
        admin.ask("DELETE", path, status=412, headers={"If-Match": '"1", W/' + tag})
        answer = admin.ask("DELETE", path, status=204, headers={"If-Match": f'"1", {tag}'})
        assert "content-type" not in answer.headers, kind


def test_if_match_is_documented_where_there_is_an_entity_tag_and_refused_elsewhere(firm: Served) -> None:
    taken = {
        (method.upper(), path)
        for path, operations in firm.admin.get("/openapi.json")["paths"].items()
        for method, operation in operations.items()
        if any(parameter["name"].lower() == "if-match" for parameter in operation.get("parameters", ()))
    }
    assert not {(method, path) for method, path in taken if path.rpartition("/")[2] in ("people", "users", "imports")}
    assert ("POST", "/api/v1/clients") not in taken
    for person in ("person", "user", "key", "view", "share_link", "calendar_link"):
        assert any(method == "DELETE" and f"{{{person}_id}}" in path for method, path in taken), person
    body = {"name": "Maya", "employer": "firm"}
    firm.admin.ask("POST", "/people", body, status=412, headers={"If-Match": '"1"'})
    firm.admin.ask("POST", "/people", body, status=201, headers={"If-Match": "*"})


def test_text_that_no_database_holds_is_refused_everywhere(firm: Served) -> None:
    for text in ("%00", "a%00b", "%ED%A0%80", "%FF"):
        for path in (f"/clients?q={text}", f"/people?q={text}", f"/clients/{text}", f"/audit?kind={text}"):
            assert refused(firm.admin, "GET", path, 400)
    answer = firm.client.post(
        "/api/v1/clients",
        content=b'{"name": "\\ud800"}',
        headers={"Authorization": f"Bearer {firm.admin.key}", "Content-Type": "application/json"},
    )
    assert answer.status_code == 400


def test_a_retraction_answers_its_own_position_and_version(firm: Served) -> None:
    engagement = firm.admin.post("/clients/acme/engagements", {"name": "x", "started_on": "2024-01-01"})
    milestones = f"/engagements/{engagement['id']}/milestones"
    assert engagement["position"] == firm.context.log.head()
    closed = firm.admin.post(milestones, {"kind": "closed", "effective_on": "2024-06-01", "outcome": "done"})
    assert closed["position"] == firm.context.log.head()
    body = {"reason": "a month later", "effective_on": "2024-07-01"}
    corrected = firm.admin.post(f"{milestones}/{closed['id']}/corrections", body)
    assert corrected["position"] == firm.context.log.head()
    retracted = firm.admin.ask("POST", f"{milestones}/{closed['id']}/retraction", {"reason": "never"})
    answer = retracted.json()
    assert answer["position"] == answer["retraction"]["position"] == firm.context.log.head()
    assert retracted.headers["ETag"] == f'"{answer["version"]}"'
    shown = firm.admin.ask("GET", f"{milestones}/{closed['id']}?after_position={answer['position']}")
    assert shown.json() == answer
    assert shown.headers["ETag"] == retracted.headers["ETag"]
