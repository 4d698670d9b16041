"""Text from people is cleaned wherever it enters: bodies, forms, imports and the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, served
from signing_in import user_in
from typer.testing import CliRunner

from domain.decisions import Log
from domain.kinds.agreements import ConflictRaised
from web.cli import app as command_line

DIRTY = ("\u202eAnna Berg", "A\u200bB", "\u3164", "a\x07b", "An\u200dna", "a\u2028b", "\u2060x")
DAY = {"effective_on": "2024-03-01"}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A person, and a client with an open engagement."""
    with served(tmp_path_factory.mktemp("text", numbered=True)) as running:
        running.admin.post("/clients", {"name": "Acme"})
        running.admin.post("/clients/acme/engagements", {"name": "x", "started_on": "2024-01-01"})
        yield running


def engagement_of(firm: Served) -> str:
    return str(firm.admin.get("/clients/acme")["engagement"])


def entries(firm: Served) -> list[tuple[str, str, dict[str, Any], str]]:
    """Each place where a text enters: method, path, the body without the text, and the text's dotted field."""
    milestones = f"/engagements/{engagement_of(firm)}/milestones"
    opening = firm.admin.get(milestones)["items"][0]["id"]
    person = firm.admin.post("/people", {"name": "Dana", "employer": "firm"})["id"]
    link = {"url": "/clients"}
    log = "changes.0.log"
    return [
        ("POST", "/people", {"employer": "firm"}, "name"),
        ("PATCH", f"/people/{person}", {}, "name"),
        ("POST", "/clients", {}, "name"),
        ("POST", "/clients", {"name": "x"}, "profile.sector"),
        ("POST", "/clients", {"name": "x"}, "profile.funding_stage"),
        ("POST", "/clients/acme/profile-changes", DAY, "name"),
        ("POST", "/clients/acme/profile-changes", DAY, "sector"),
        ("POST", "/clients/acme/engagements", {"started_on": "2025-01-01"}, "name"),
        ("POST", "/clients/acme/engagements", {"name": "x", "started_on": "2025-01-01"}, "note"),
        ("POST", milestones, {**DAY, "kind": "conflict_raised", "topic": "x"}, "conflict"),
        ("POST", milestones, {**DAY, "kind": "conflict_raised", "conflict": "x"}, "topic"),
        ("POST", milestones, {**DAY, "kind": "initiative_started"}, "initiative"),
        ("POST", milestones, {**DAY, "kind": "sign_observed", "sign": "x"}, "evidence"),
        ("POST", milestones, {**DAY, "kind": "sign_observed", "evidence": "x"}, "sign"),
        ("POST", milestones, {**DAY, "kind": "closed"}, "outcome"),
        ("POST", milestones, {**DAY, "kind": "closed", "outcome": "x"}, "reason"),
        ("POST", milestones, {**DAY, "kind": "paused"}, "note"),
        ("POST", f"{milestones}:check", {**DAY, "kind": "paused"}, "reason"),
        ("POST", milestones, {**DAY, "kind": "assessment_taken", "assessor": person}, "answers.sector"),
        ("POST", f"{milestones}/{opening}/corrections", {"note": "x"}, "reason"),
        ("POST", f"{milestones}/{opening}/corrections", {"reason": "x"}, "details.name"),
        ("POST", f"{milestones}/{opening}/retraction", {}, "reason"),
        ("POST", f"/engagements/{engagement_of(firm)}/changes", {"changes": [{"log": {}}]}, f"{log}.note"),
        ("POST", "/users", {"email": "x@example.org", "role": "viewer"}, "name"),
        ("POST", "/keys", {"role": "viewer"}, "name"),
        ("POST", "/views", link, "name"),
        ("POST", "/assessments:evaluate", {}, "answers.sector"),
    ]


def with_text(body: dict[str, Any], field: str, text: str) -> dict[str, Any]:
    """The body with a text at a dotted field."""
    copy: Any = json.loads(json.dumps(body))
    place = copy
    *path, last = field.split(".")
    for number, part in enumerate(path):
        if isinstance(place, list):
            place = place[int(part)]
        else:
            place = place.setdefault(part, [] if path[number + 1 : number + 2] == ["0"] else {})
    place[last] = text
    if "changes" in copy:
        place |= {**DAY, "kind": "paused"}
    return dict(copy)


@pytest.mark.parametrize("text", DIRTY, ids=ascii)
def test_unclean_text_is_refused_wherever_it_enters_and_the_field_is_named(firm: Served, text: str) -> None:
    _, browser = user_in(firm, f"{abs(hash(text))}@example.org", role="admin")
    for method, path, body, field in entries(firm):
        if path == "/views":
            problem = browser.ask(method, f"{path}", with_text(body, field, text), 422)
        else:
            problem = firm.admin.ask(method, path, with_text(body, field, text), status=422).json()
        assert [error["field"] for error in problem["errors"]] == [field], (path, problem)


def test_texts_are_kept_in_one_normal_form_without_blanks_around_them(firm: Served) -> None:
    for name in ("  Zoe\u0308 ", "\u00a0Zo\u00eb"):
        assert firm.admin.post("/people", {"name": name, "employer": "firm"})["name"] == "Zo\u00eb"
    note = {"kind": "paused", **DAY, "note": "one\r\ntwo  \n", "reason": " e\u0301 "}
    preview = firm.admin.post(f"/engagements/{engagement_of(firm)}/milestones:check", note)
    assert preview["fits"]
    client = firm.admin.post("/clients", {"name": "Cafe\u0301", "profile": {"sector": " me\u0301dia "}})
    assert (client["name"], client["slug"], client["profile"]["sector"]) == ("Caf\u00e9", "cafe", "m\u00e9dia")
    for sector in ("me\u0301dia", "m\u00e9dia"):
        assert [row["slug"] for row in firm.admin.get("/clients", params={"sector": sector})["items"]] == ["cafe"]


def test_an_import_names_the_line_and_the_field_of_an_unclean_text(firm: Served) -> None:
    lines = [
        {"type": "person", "ref": "p1", "name": "Dana", "employer": "firm"},
        {"type": "person", "ref": "p2", "name": "\u202eDana", "employer": "firm"},
        {"type": "client", "ref": "c1", "name": "x", "profile": {"sector": "a\u200bb"}},
        {"type": "person", "ref": "p\u0000", "name": "Dana", "employer": "firm"},
    ]
    for number, field in ((2, "name"), (3, "profile.sector")):
        content = "\n".join(json.dumps(line) for line in lines[:number]).encode()
        headers = {"Content-Type": "application/x-ndjson"}
        answer = firm.admin.ask("POST", "/imports?dry_run=true", content=content, headers=headers).json()
        row = answer["rows"][number - 1]
        assert (row["line"], row["outcome"], row["problem"]["errors"][0]["field"]) == (number, "refused", field)


def test_a_form_says_beside_the_field_what_is_wrong_with_a_text(firm: Served) -> None:
    _, browser = user_in(firm, "form@example.org", role="admin")
    answer = browser.send("/people/new", {"name": "A\u200bB", "employer": "firm"})
    assert answer.status_code == 422
    assert "invisible characters" in answer.text


def test_whoever_comes_in_by_a_link_has_a_clean_name_and_one_address(firm: Served) -> None:
    link = firm.admin.post("/users", {"name": "Noor", "email": "link@example.org", "role": "viewer"})["link"]["url"]
    _, browser = user_in(firm, "other@example.org")
    refused = browser.come_in(link, name="\u202eNoor")
    assert refused.status_code == 422
    assert browser.come_in(link, name=" Noor Haddad ").status_code == 303


def test_the_command_line_refuses_unclean_text(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLINE_DATA", str(data_dir))
    words = ["users", "invite", "noor@example.org", "--name", "A\u200bB"]
    result = CliRunner().invoke(command_line, words)
    assert (result.exit_code, "name" in result.output) == (1, True)


def test_a_milestone_with_unclean_text_of_an_earlier_version_is_read_and_corrected(
    either: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, context = either.admin, either.context
    admin.post("/clients", {"name": "Acme"})
    engagement = admin.post("/clients/acme/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
    log = Log(context.new_id(), date(2024, 2, 1), ConflictRaised("c\u200b1", "old\u202etopic"), note="\u2060note")
    with monkeypatch.context() as earlier:
        earlier.setattr("domain.validation.clean", lambda text, **_: text)
        context.log.engagements.run(lambda unit: unit.change(UUID(engagement), [log], recorded_by=context.new_id()))
    path = f"/engagements/{engagement}/milestones/{log.milestone}"
    assert admin.get(path)["details"] == {"conflict": "c\u200b1", "topic": "old\u202etopic"}
    admin.post(f"{path}/corrections", {"reason": "a day later", "effective_on": "2024-02-02"})
    corrected = admin.post(f"{path}/corrections", {"reason": "said better", "details": {"topic": "new topic"}})
    assert corrected["details"] == {"conflict": "c\u200b1", "topic": "new topic"}
    problem = admin.post(f"{path}/corrections", {"reason": "x", "details": {"topic": "n\u200bw"}}, status=422)
    assert problem["errors"][0]["field"] == "details.topic"
