"""One place decides: every route against every kind of caller, and what is foreign looks like what never was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread
from typing import Any
from uuid import UUID

import pytest
from api_client import Caller, Served, served
from route_matrix import CALLERS, NOBODY, Matrix, as_markdown, bodies, filled, matrix, routes
from sqlalchemy import Engine, event
from test_api_access import KEYS_ALONE, NEEDED, PUBLIC

from api.state.roles import Role
from domain.client import is_uuid

FIRM_WIDE = {  # what concerns the whole firm is closed to whoever is limited to some clients
    *(("GET", "/api/v1/keys"), ("POST", "/api/v1/keys"), ("GET", "/api/v1/keys/{key_id}")),
    *(("DELETE", "/api/v1/keys/{key_id}"), ("POST", "/api/v1/keys/{key_id}/rotation")),
    *(("GET", "/api/v1/users"), ("POST", "/api/v1/users"), ("GET", "/api/v1/users/{user_id}")),
    *(("PATCH", "/api/v1/users/{user_id}"), ("DELETE", "/api/v1/users/{user_id}")),
    *(("POST", "/api/v1/users/{user_id}/sign-in-links"), ("GET", "/api/v1/users/{user_id}/sessions")),
    *(("DELETE", "/api/v1/users/{user_id}/sessions"), ("DELETE", "/api/v1/users/{user_id}/sessions/{session_id}")),
    ("GET", "/api/v1/imports/template"),
    *(("POST", "/api/v1/clients"), ("POST", "/api/v1/imports"), ("GET", "/api/v1/imports/{import_id}")),
    *(("GET", "/api/v1/imports"), ("POST", "/api/v1/imports/{import_id}/undo")),
    ("DELETE", "/api/v1/imports/mappings/{mapping_id}"),
    *(("POST", "/read-models/rebuild"), ("GET", "/api/v1/audit"), ("PATCH", "/api/v1/settings")),
    ("POST", "/log/backups"),
    ("POST", "/log/verifications"),
    *(("PATCH", "/api/v1/people/{person_id}"), ("DELETE", "/api/v1/people/{person_id}")),
    *(("GET", "/api/v1/people/{person_id}/personal-data"), ("PATCH", "/api/v1/settings/signs")),
}
FEW = {
    *(("GET", "/metrics"), ("GET", "/api/v1/clients"), ("POST", "/api/v1/clients"), ("GET", "/api/v1/keys")),
    *(("POST", "/api/v1/people"), ("PATCH", "/api/v1/settings"), ("GET", "/api/v1/me"), ("GET", "/healthz")),
}
"""A route of each rule."""
MOST_MORE = 1
"""By how many statements the work for a foreign id may differ from that for an unknown one."""
OF_CLIENTS = ("client", "engagement", "milestone")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("routes")) as running:
        yield running


@pytest.fixture(scope="module")
def own(firm: Served) -> UUID:
    """The client to which limited callers are limited."""
    return UUID(firm.admin.post("/clients", {"name": "own"})["id"])


@pytest.fixture(scope="module")
def met(firm: Served, own: UUID) -> Matrix:
    """What each kind of caller meets at a few routes."""
    return matrix(firm, own, FEW)


def test_every_route_of_the_api_has_a_rule(firm: Served) -> None:
    assert set(routes(firm, pages=False)) == NEEDED.keys() | PUBLIC


def test_a_few_routes_answer_each_kind_of_caller_as_their_rules_say(met: Matrix) -> None:
    check_rules(met)


@pytest.mark.slow(reason="asks every route as every kind of caller")
def test_every_route_of_the_api_answers_each_kind_of_caller_as_its_rule_says(firm: Served, own: UUID) -> None:
    check_rules(matrix(firm, own, NEEDED.keys() | PUBLIC))


def check_rules(met: Matrix) -> None:
    for route in NEEDED.keys() & met.keys():
        for kind in CALLERS:
            if kind.role is None:
                expected = "—"
            elif route in KEYS_ALONE or not kind.role.covers(NEEDED[route]) or (kind.is_limited and route in FIRM_WIDE):
                expected = "no"
            else:
                expected = "own" if kind.is_limited else "yes"
            assert met[route][kind.name] == expected, f"{route} as {kind.name}"


def test_figures_of_the_whole_firm_are_closed_to_whoever_sees_a_part_of_it(met: Matrix) -> None:
    by = met["GET", "/metrics"]
    assert (by["none"], by["recorder"], by["admin"], by["limited admin"]) == ("—", "no", "yes", "no")


def test_the_table_has_a_row_for_every_route(met: Matrix) -> None:
    lines = as_markdown(met).splitlines()
    assert len(lines) == 2 + len(met)
    assert all(line.count("|") == len(CALLERS) + 2 for line in lines)


@pytest.fixture(scope="module")
def two(firm: Served) -> dict[str, Any]:
    """A client each of ours and of others, with an engagement and a milestone, and callers who see the first alone."""
    ids: dict[str, Any] = {}
    for name in ("mine", "theirs"):
        holder = firm.admin.post("/people", {"name": f"of {name}", "employer": "firm"})["id"]
        client = firm.admin.post("/clients", {"name": name})["id"]
        engagement = firm.admin.post(f"/clients/{name}/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
        seat = {"functions": ["technology", "ai"], "holder": holder, "commitment": "fractional", "provider": "firm"}
        chosen = {"kind": "structure_chosen", "effective_on": "2024-02-01", "seats": [seat]}
        milestone = firm.admin.post(f"/engagements/{engagement}/milestones", chosen)["id"]
        ids[name] = {"holder": holder, "client": client, "engagement": engagement, "milestone": milestone}
    ids["limited"] = firm.caller(Role.RECORDER, {UUID(ids["mine"]["client"])})
    return ids


def of_clients(firm: Served) -> list[tuple[str, str]]:
    """The routes of the API that name a client, an engagement or a milestone in their address."""
    return sorted(
        {
            (method, path)
            for method, path in routes(firm, pages=False)
            if set(re.findall(r"{(\w+?)(?:_id)?}", path)) & set(OF_CLIENTS)
        }
    )


def test_whatever_is_asked_of_a_foreign_client_is_answered_as_of_one_that_never_was(
    firm: Served, two: dict[str, Any]
) -> None:
    limited: Caller = two["limited"]
    sent = bodies(firm)
    query = "?known_from=2024-01-01T00:00:00Z"  # for the one route that must be told
    walked = [route for route in of_clients(firm) if Role.RECORDER.covers(NEEDED[route])]
    assert len(walked) >= 11
    counted_works: list[int] = []
    for method, path in walked:
        told, works = [], []
        for ids in (two["theirs"], dict.fromkeys(OF_CLIENTS, NOBODY)):
            address = filled(path, ids).removeprefix("/api/v1") + (query if path.endswith("/timeline/changes") else "")
            body = naming(sent.get((method, path)), two["mine"]["holder"])
            counts = []
            for _ in range(3):  # the least of some: the first may fill caches
                with counted() as statements:
                    told.append(limited.ask(method, address, body, status=404).content)
                counts.append(len(statements))
            works.append(min(counts))
        assert len(set(told)) == 1, path
        assert abs(works[0] - works[1]) <= MOST_MORE, f"{path}: {works} statements"
        counted_works += works
    assert any(counted_works)


def naming(body: Any, person: str) -> Any:
    """A body whose ids are all that person's, whom the caller knows."""
    match body:
        case dict():
            return {name: naming(value, person) for name, value in body.items()}
        case list():
            return [naming(value, person) for value in body]
        case str() if is_uuid(body):
            return person
        case _:
            return body


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to databases meanwhile, without those of work in the background."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        thread = current_thread()  # requests are answered in the threads of AnyIO
        if thread.name == "log-writer" or thread.name.startswith("AnyIO"):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
