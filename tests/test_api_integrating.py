"""What somebody who integrates relies on: slips are named, an answer can be had again, a refusal says of what."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from api_client import Served, served

from api.auth.access import COOKIE
from api.schemas.messages import PATTERNS, message_of
from api.state.roles import Role

NUMBERS = count(1)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("integrating")) as running:
        yield running


@pytest.fixture(scope="module")
def dana(firm: Served) -> str:
    person: str = firm.admin.post("/people", {"name": "Dana", "employer": "firm"})["id"]
    return person


@pytest.fixture
def engagement(firm: Served) -> str:
    client = firm.admin.post("/clients", {"name": f"Client {next(NUMBERS)}"})["id"]
    opened: str = firm.admin.post(f"/clients/{client}/engagements", {"name": "E", "started_on": "2024-01-15"})["id"]
    return opened


def seat(holder: str, *functions: str) -> dict[str, Any]:
    named = {"functions": list(functions)} if functions else {}
    return {"holder": holder, "commitment": "fractional", "provider": "firm", **named}


def log(firm: Served, engagement: str, kind: str, on: str, **options: Any) -> Any:
    body = {"kind": kind, "effective_on": on, **options}
    return firm.client.post(
        f"/api/v1/engagements/{engagement}/milestones",
        json=body,
        headers={"Authorization": f"Bearer {firm.admin.key}"},
    ).json()


@pytest.mark.parametrize(
    "path", ["/clients", "/people", "/reports/structure-mix", "/frameworks", "/events", "/imports/x"]
)
def test_a_parameter_that_an_address_does_not_take_is_named(firm: Served, path: str) -> None:
    problem = firm.admin.ask("GET", f"{path}?sectr=health&sectr=law&q_=1", status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["sectr", "q_"]


def test_a_page_overlooks_what_it_does_not_read(firm: Served) -> None:
    cookie = {"Cookie": f"{COOKIE}={firm.session(Role.VIEWER)}"}
    assert firm.client.get("/clients?status=active&utm_source=mail", headers=cookie).status_code == 200


@pytest.mark.parametrize("path", ["/me", "/frameworks", "/frameworks/seam", "/keys", "/clients"])
def test_every_read_takes_what_programs_say_with_all_of_them(firm: Served, path: str) -> None:
    assert firm.admin.get(f"{path}?after_position=0&format=json") == firm.admin.get(path)
    if path == "/me":
        assert firm.admin.ask("GET", f"{path}?format=csv", status=422).json()["errors"][0]["field"] == "format"


def test_a_post_takes_no_parameters_that_it_does_not_know(firm: Served) -> None:
    body = {"name": "Noor", "employer": "firm"}
    problem = firm.admin.ask("POST", "/people?dry_run=true", body, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["dry_run"]
    assert firm.admin.get("/people?q=Noor")["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/clients?structure=bogus",
        "/clients?quarter=2026-Q1&quarter_structure=bogus",
        "/clients?after_position=-1",
        "/clients?as_of=2026-13-01",
    ],
)
def test_a_wrong_parameter_is_told_once(firm: Served, path: str) -> None:
    (error,) = firm.admin.ask("GET", path, status=422).json()["errors"]
    assert f"{error['field']}=" in path


@pytest.mark.parametrize("path", ["/api/v1/people", "/healthz", "/sign-in", "/static/styles/tokens.css", "/problems"])
def test_head_is_answered_as_get_is_without_the_body(firm: Served, path: str) -> None:
    headers = {"Authorization": f"Bearer {firm.admin.key}"}
    asked, headed = (firm.client.request(method, path, headers=headers) for method in ("GET", "HEAD"))
    assert (headed.status_code, headed.content) == (asked.status_code, b"")
    assert headed.headers["content-length"] == asked.headers["content-length"]
    assert headed.headers["content-type"] == asked.headers["content-type"]


def test_the_methods_that_an_address_takes_are_told(firm: Served) -> None:
    assert firm.admin.ask("PUT", "/people", status=405).headers["Allow"] == "GET, HEAD, POST"
    assert firm.admin.ask("HEAD", "/events/stream", status=405).headers["Allow"] == "GET"


@pytest.mark.parametrize("body", [{"kind": "splt", "effective_on": "2024-02-01"}, {"effective_on": "2024-02-01"}])
def test_an_unknown_kind_is_named_as_the_kind(firm: Served, engagement: str, body: Any) -> None:
    problem = firm.admin.ask("POST", f"/engagements/{engagement}/milestones", body, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["kind"]
    together = {"changes": [{"log": body}]}
    problem = firm.admin.ask("POST", f"/engagements/{engagement}/changes", together, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["changes.0.log.kind"]


def test_a_missing_reason_among_changes_is_named_where_it_is_missing(firm: Served, engagement: str) -> None:
    opened = firm.admin.get(f"/engagements/{engagement}/milestones")["items"][0]["id"]
    body = {
        "changes": [
            {"log": {"kind": "paused", "effective_on": "2024-03-01"}},
            {"correct": {"milestone": opened, "note": "signed"}},
        ]
    }
    problem = firm.admin.ask("POST", f"/engagements/{engagement}/changes", body, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["changes.1.correct.reason"]
    assert firm.admin.post(f"/engagements/{engagement}/changes", {**body, "reason": "as agreed"})["version"] == 2


def test_a_refusal_says_in_words_which_milestone_on_record_no_longer_fits(
    firm: Served, engagement: str, dana: str
) -> None:
    log(firm, engagement, "structure_chosen", "2024-02-01", seats=[seat(dana, "technology", "ai")])
    split = log(firm, engagement, "split_to_two_roles", "2024-06-01", technology=seat(dana), ai=seat(dana))
    refused = log(firm, engagement, "seat_vacated", "2024-05-01", functions=["ai"])
    assert refused["type"] == "/problems/not-unified"
    assert refused["milestone"] == split["id"]
    assert refused["detail"].startswith("“Split into two roles” on 1 Jun 2024 no longer fits: ")


def test_a_new_milestone_that_is_refused_has_no_id(firm: Served, engagement: str) -> None:
    refused = log(firm, engagement, "resumed", "2024-05-01")
    assert (refused["detail"], "milestone" in refused) == ("The engagement is not paused.", False)


def test_a_refusal_says_which_of_several_changes_does_not_fit(firm: Served, engagement: str) -> None:
    body = {"changes": [{"log": {"kind": "paused", "effective_on": f"2024-0{month}-01"}} for month in (3, 4)]}
    refused = firm.admin.ask("POST", f"/engagements/{engagement}/changes", body, status=409).json()
    assert refused["detail"] == "“Engagement paused” on 1 Apr 2024 does not fit: The engagement is already paused."


@pytest.mark.parametrize(
    ("path", "instant"),
    [
        ("/clients/{client}/timeline", ("known_at",)),
        ("/reports/structure-mix", ("parameters", "known_at")),
        ("/reports/paths", ("parameters", "known_at")),
        ("/reports/drift", ("parameters", "known_at")),
    ],
)
def test_an_answer_about_now_says_of_when_it_is_and_can_be_had_again(
    firm: Served, engagement: str, path: str, instant: tuple[str, ...]
) -> None:
    log(firm, engagement, "paused", "2024-03-01")
    path = path.format(client=firm.admin.get(f"/engagements/{engagement}")["client"])
    answer = known_at = firm.admin.get(path)
    for part in instant:
        known_at = known_at[part]
    log(firm, engagement, "resumed", "2024-04-01")
    again = firm.admin.get(f"{path}?known_at={known_at}")
    for row in (*answer.get("rows", ()), *again.get("rows", ())):
        row.pop("links")
    assert again == answer


def test_the_changes_of_a_timeline_say_until_when_they_tell(firm: Served, engagement: str) -> None:
    paused = log(firm, engagement, "paused", "2024-03-01")
    client = firm.admin.get(f"/engagements/{engagement}")["client"]
    answer = firm.admin.get(f"/clients/{client}/timeline/changes?known_from=2024-01-01T00:00:00Z")
    assert answer["known_to"] == paused["recorded_at"]


def columns_of(firm: Served, path: str) -> list[str]:
    return next(csv.reader(io.StringIO(firm.admin.ask("GET", path).text)))


def test_the_columns_of_a_list_do_not_depend_on_what_is_in_it(firm: Served) -> None:
    empty = columns_of(firm, "/clients?q=nobody&format=csv")
    money = {"annual_revenue": {"amount": "1250.50", "currency": "USD"}}
    name = f"Client {next(NUMBERS)}"
    firm.admin.post("/clients", {"name": name, "profile": money})
    assert columns_of(firm, f"/clients?q={name}&format=csv") == empty == columns_of(firm, "/clients?format=csv")
    place = empty.index("profile.annual_revenue.amount")
    assert empty[place - 1 : place + 2] == [
        "profile.products",
        "profile.annual_revenue.amount",
        "profile.annual_revenue.currency",
    ]


def imported(firm: Served, content: bytes, status: int) -> Any:
    sent: dict[str, Any] = {"content": content, "headers": {"Content-Type": "application/x-ndjson"}, "status": status}
    return firm.admin.ask("POST", "/imports?dry_run=true" if status == 200 else "/imports", **sent).json()


def test_a_file_may_begin_with_a_byte_order_mark(firm: Served) -> None:
    line = b'\xef\xbb\xbf{"type": "person", "ref": "bom", "name": "Ada", "employer": "firm"}\r\n'
    assert [row["outcome"] for row in imported(firm, line, 200)["rows"]] == ["new"]


def test_a_line_is_told_by_name_what_it_lacks_and_how_its_kind_is_wrong(firm: Served) -> None:
    lines = (
        {"type": "client", "ref": f"c{next(NUMBERS)}", "name": "Imported"},
        {"type": "person", "name": "Ada", "employer": "firm"},
    )
    refused = imported(firm, b"\n".join(json.dumps(line).encode() for line in lines), 422)
    assert refused["detail"] == "One line was refused."
    assert refused["rows"][1]["problem"]["errors"] == [{"field": "ref", "message": "Field required"}]
    ref = lines[0]["ref"]
    wrong = (
        lines[0],
        {"type": "engagement", "ref": f"e-{ref}", "client": ref, "name": "E", "started_on": "2024-01-15"},
        {
            "type": "milestone",
            "ref": f"m-{ref}",
            "engagement": f"e-{ref}",
            "kind": "splt",
            "effective_on": "2024-02-01",
        },
    )
    refused = imported(firm, b"\n".join(json.dumps(line).encode() for line in wrong), 422)
    assert [error["field"] for error in refused["rows"][2]["problem"]["errors"]] == ["kind"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "", "employer": "firm"}, "must not be empty"),
        ({"name": "x" * 201, "employer": "firm"}, "must have at most 200 characters"),
        ({"name": 7, "employer": "firm"}, "must be a string"),
        ({"name": "Ada", "employer": "other"}, "must be 'firm' or 'client'"),
        ({"name": "Ada", "employer": "firm", "email": "nope"}, "must be an email address like dana@example.org"),
        ({"name": "Ada", "employer": "firm", "age": 7}, "is not a known field"),
    ],
)
def test_what_is_wrong_with_a_field_is_told_in_plain_words(firm: Served, body: Any, message: str) -> None:
    problem = firm.admin.ask("POST", "/people", body, status=422).json()
    assert [error["message"] for error in problem["errors"]] == [message]


def test_every_pattern_has_words_and_none_of_a_validator_are_left() -> None:
    for pattern, words in PATTERNS.items():
        assert message_of(f"String should match pattern '{pattern}'") == words
    assert (
        message_of("Input should be a valid integer, unable to parse string as an integer") == "must be a whole number"
    )
    assert message_of("Input should be greater than or equal to 1") == "must be at least 1"
    assert message_of("Value error, must be a date") == "must be a date"


BY_DANA = {"assessor": "DANA"}
ODD_SEAT = {**seat("DANA", "ai"), "hours_per_month": {"technology": 3}}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"log": {"kind": "closed", "effective_on": "2024-06-01"}}, "log.outcome"),
        ({"log": {"kind": "paused", "effective_on": "2024-06-02", "precision": "month"}}, "log.effective_on"),
        (
            {"log": {"kind": "assessment_taken", "effective_on": "2024-06-01", "answers": {"x": 1}, **BY_DANA}},
            "log.answers.x",
        ),
        ({"log": {"kind": "resumed", "effective_on": "2024-02-02"}}, "log"),
        ({"correct": {"effective_on": "2024-02-02", "precision": "month"}}, "correct.effective_on"),
        ({"correct": {"details": {"x": 1}}}, "correct.details.x"),
        ({"correct": {"details": {"seats": []}}}, "correct.details.seats"),
        (
            {"correct": {"details": {"seats": [ODD_SEAT]}}},
            "correct.details.seats.0.hours_per_month.technology",
        ),
    ],
)
def test_a_refused_part_of_a_request_is_named_by_its_path_in_the_request(
    firm: Served, engagement: str, dana: str, change: dict[str, Any], field: str
) -> None:
    chosen = log(firm, engagement, "structure_chosen", "2024-02-01", seats=[seat(dana, "technology")])["id"]
    ((name, content),) = json.loads(json.dumps(change).replace("DANA", dana)).items()
    if name == "correct":
        single = firm.admin.ask(
            "POST", f"/engagements/{engagement}/milestones/{chosen}/corrections", {"reason": "r", **content}, status=422
        )
        assert [f"correct.{error['field']}" for error in single.json()["errors"]] == [field]
        content["milestone"] = chosen
    first = {"log": {"kind": "conflict_raised", "effective_on": "2024-03-01", "conflict": "c", "topic": "t"}}
    body = {"reason": "both", "changes": [first, {name: content}]}
    status = 409 if field == "log" else 422
    problem = firm.admin.ask("POST", f"/engagements/{engagement}/changes", body, status=status).json()
    assert [error["field"] for error in problem["errors"]] == [f"changes.1.{field}"]
    if name == "log":
        together = [{**first["log"], "effective_on": "2020-03-01"}, content]
        told = {"name": "Earlier", "started_on": "2020-01-01", "milestones": together}
        client = firm.admin.get(f"/engagements/{engagement}")["client"]
        problem = firm.admin.ask("POST", f"/clients/{client}/engagements", told, status=status).json()
        assert [error["field"] for error in problem["errors"]] == [field.replace("log", "milestones.1", 1)]
