"""The record goes out as tables and as JSON Lines, and either comes in elsewhere as the same timelines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served
from examples import examples
from histories import PEOPLE, Dice, history, numbers
from hypothesis import example, given
from hypothesis import strategies as st
from test_api_exports import RECORDED, record_everything

from api.http.csv_xlsx import safe_cell
from api.imports.tables.columns import COLUMNS
from api.imports.tables.grid import text_of
from api.state.people import ERASED_NAME
from domain.milestones import Kind
from projections.details_json import details_to_json

FORMATS = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DAYS = ("2024-01-20", "2024-03-10", "2024-06-01", "2025-01-01")
WORDS = (
    "Ada Lovelace",
    "=1+1",
    "'=x",
    "''-1",
    "unknown",
    '"Unknown"',
    "a; b",
    "_x0041_",
    "x005F_",
    "Łódź é",
    "[1]",
    "a@b.co",
)
TEXTS = (*WORDS, "a@b.co", "two\nlines", '"quoted"', "+49 30", "it's", "ä" * 300)
_numbers = count()


@dataclass(slots=True)
class Firm:
    """Two stores: what is recorded in the first goes to the second."""

    source: Served
    target: Served
    people: dict[Any, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def firms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    with served(tmp_path_factory.mktemp("source")) as source, served(tmp_path_factory.mktemp("target")) as target:
        yield Firm(source, target)


def exported(firm: Served, file_format: str, query: str = "") -> bytes:
    answer = firm.admin.ask("GET", f"/exports/history?format={file_format}{query}")
    assert answer.headers["content-type"].partition(";")[0] == FORMATS[file_format]
    assert answer.headers["content-disposition"] == f'attachment; filename="history.{file_format}"'
    return bytes(answer.content)


def imported(firm: Served, content: bytes, file_format: str, status: int = 201) -> Any:
    headers = {"Content-Type": FORMATS[file_format]}
    return firm.admin.ask("POST", "/imports", content=content, headers=headers, status=status).json()


def outcomes(answer: Any) -> set[str]:
    return {row["outcome"] for row in answer["rows"]}


def timelines(firm: Served, clients: Sequence[str]) -> Any:
    """What is shown of clients on some days, apart from who recorded it when, and how often it was corrected."""
    api = firm.admin
    return [
        _without_versions([api.get(f"/clients/{one}?as_of={day}"), api.get(f"/clients/{one}/timeline?as_of={day}")])
        for one in clients
        for day in DAYS
    ]


def _without_versions(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_versions(member)
            for name, member in value.items()
            if name not in (*RECORDED, "registered_at", "version", "verdicts")
        }
    return [_without_versions(member) for member in value] if isinstance(value, list) else value


def everybody(firm: Served) -> Any:
    return firm.admin.get("/people")["items"]


def rows_of(content: bytes) -> list[dict[str, str]]:
    return [
        {column: text_of(cell) for column, cell in row.items() if cell}
        for row in csv.DictReader(io.StringIO(content.decode(), newline=""))
    ]


def record_client(firm: Served, number: int, rolls: Sequence[int]) -> str:
    """A client with people of nasty names, a profile that changed, and two engagements; returns what finds it."""
    api, dice = firm.admin, Dice(rolls[0])
    token = f"t{number:05}"
    people = {}
    for person in PEOPLE:
        body: dict[str, Any] = {"name": dice.of(WORDS), "employer": dice.of(("firm", "client"))}
        if dice.once_in(2):
            body["email"] = f"{token}.{person.int}@example.org"
        people[str(person)] = api.post("/people", body)["id"]
    client = api.post(
        "/clients",
        {
            "name": f"{dice.of(WORDS)} {token}",
            "profile": {"sector": dice.of(WORDS), "annual_revenue": {"amount": "4200000.50", "currency": "USD"}},
            "fiscal_year_start_month": dice.of((None, 4)),
        },
    )["id"]
    for day in ("2024-05-01", "2024-02-01"):
        change: Mapping[str, Any] = dice.of(
            ({"sector": None}, {"name": f"{dice.of(WORDS)} {token}"}, {"regulated": True, "headcount": 7})
        )
        api.post(f"/clients/{client}/profile-changes", {"effective_on": day, **change})
    past = {"kind": "closed", "effective_on": "2023-12-31", "outcome": "completed", "note": dice.of(TEXTS)}
    name = dice.of(WORDS)
    api.post(
        f"/clients/{client}/engagements",
        {"name": dice.of((name, "before")), "started_on": "2023-01-01", "milestones": [past]},
    )
    engagement = api.post(f"/clients/{client}/engagements", {"name": name, "started_on": "2024-01-15"})["id"]
    ids: dict[str, str] = {}
    for milestone in history(list(rolls)):
        if milestone.kind is Kind.OPENED:
            continue
        details = {key: value for key, value in details_to_json(milestone.details).items() if key != "verdicts"}
        milestone_body = {
            "kind": milestone.kind.value,
            "effective_on": str(milestone.effective_on),
            "precision": milestone.precision.value,
            "note": dice.of(TEXTS) if dice.once_in(3) else milestone.note,
            **_with_ids(details, {**people, **ids}),
        }
        logged = _try(firm, f"/engagements/{engagement}/milestones", milestone_body)
        if logged is not None:
            ids[str(milestone.id)] = logged["id"]
    for one in list(ids.values())[:: dice.below(3) + 2]:
        path = f"/engagements/{engagement}/milestones/{one}"
        _try(firm, f"{path}/corrections", {"reason": "later", "note": dice.of(TEXTS)})
        if dice.once_in(3):
            _try(firm, f"{path}/retraction", {"reason": "never"})
    return token


def _try(firm: Served, path: str, body: Mapping[str, Any]) -> Any:
    """The answer to a POST; null if it does not fit."""
    headers = {"Authorization": f"Bearer {firm.admin.key}"}
    answer = firm.client.post(f"/api/v1{path}", json=body, headers=headers)
    return answer.json() if answer.status_code == 201 else None


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _with_ids(member, ids) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_with_ids(member, ids) for member in value]
    return ids.get(value, value) if isinstance(value, str) else value


@examples(8)
@given(rolls=st.lists(numbers, min_size=1, max_size=10), file_format=st.sampled_from(sorted(FORMATS)))
def test_a_random_firm_comes_in_elsewhere_as_the_same_and_once(firms: Firm, rolls: list[int], file_format: str) -> None:
    token = record_client(firms.source, next(_numbers), rolls)
    query = f"&q={token}"
    content = exported(firms.source, file_format, query)
    answer = imported(firms.target, content, file_format)
    assert outcomes(answer) == {"new"}
    (client,) = (row["id"] for row in firms.source.admin.get(f"/clients?q={token}")["items"])
    assert timelines(firms.target, [client]) == timelines(firms.source, [client])
    assert rows_of(exported(firms.target, "csv", query)) == rows_of(exported(firms.source, "csv", query))
    for firm in (firms.target, firms.source):
        head = firm.context.log.head()
        assert outcomes(imported(firm, content, file_format)) == {"same"}
        assert firm.context.log.head() == head


@given(text=st.text(alphabet=st.sampled_from("'=+-@\t\r\nab "), max_size=6))
@example("'=x")
def test_a_text_that_looks_like_a_formula_is_written_safely_and_read_as_it_was(text: str) -> None:
    cell = safe_cell(text)
    assert isinstance(cell, str)
    assert cell[:1] not in set("=+-@\t\r\n") - {""} or cell == ""
    assert text_of(cell) == text


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_table_of_the_whole_record_has_what_stands(tmp_path: Path, file_format: str) -> None:
    with served(tmp_path / "source") as source, served(tmp_path / "target") as target:
        record_everything(source)
        content = exported(source, file_format)
        assert outcomes(imported(target, content, file_format)) == {"new"}
        slugs = [client["slug"] for client in source.admin.get("/clients")["items"]]
        assert timelines(target, slugs) == timelines(source, slugs)
        names = ("id", "name", "email", "employer")
        people = [
            sorted([one[name] for name in names] for one in everybody(firm) if one["name"] != ERASED_NAME)
            for firm in (source, target)
        ]
        assert people[0] == people[1]
        table = exported(source, "csv")
        assert table.partition(b"\r\n")[0].decode().split(",") == list(COLUMNS)
        rows = rows_of(table)
        assert [row["person.name"] for row in rows if "person.name" in row].count(ERASED_NAME) == 1
        assert exported(target, "csv") == table
        assert outcomes(imported(source, content, file_format)) == {"same"}
