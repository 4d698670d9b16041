"""Columns of a table that were matched by hand are remembered for the next table with the same headers."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from api_client import Served, served
from browsing import Visitor, text_of
from hypothesis import given
from hypothesis import strategies as st
from test_api_import_options import run
from test_web_pages_imports import press, upload

from api.imports.tables.columns import COLUMNS
from api.imports.tables.headers import WHY_REFUSED, guess_columns
from api.imports.tables.options import TableOptions
from api.imports.tables.read import CSV_TYPE, XLSX_TYPE
from api.imports.tables.recall import MappingSource, columns_to_remember, headers_hash, recalled
from api.state.import_columns import MOST_REMEMBERED, RememberedColumns, list_remembered, remember
from api.state.roles import Role

HEAD = "Firma,Vertrag,Was,Wann,Stimmung"
ROW = "{client},Letter,opened,03/04/2023,sunny"
MAPPING = {"client": "Firma", "engagement": "Vertrag", "kind": "Was", "effective_on": "Wann"}
BY_HAND = f"&mapping={json.dumps(MAPPING)}&date_order=dmy&ignore_unknown=true"


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    with served(data_dir if request.param == "sqlite" else request.getfixturevalue("postgres_store")) as running:
        yield running


def table(client: str, head: str = HEAD) -> bytes:
    return f"{head}\n{ROW.format(client=client)}\n".encode()


def send(firm: Served, content: bytes, query: str = "", status: int = 201, content_type: str = CSV_TYPE) -> Any:
    path = f"/imports?{query}"
    return firm.admin.ask("POST", path, status=status, content=content, headers={"Content-Type": content_type}).json()


def preview(firm: Served, content: bytes, query: str = "", status: int = 200, content_type: str = CSV_TYPE) -> Any:
    return send(firm, content, f"dry_run=true{query}", status, content_type)


def workbook(client: str) -> bytes:
    book: Any = openpyxl.Workbook()
    book.active.append(["something", "else"])
    sheet = book.create_sheet("history")
    sheet.append(["History of our clients"])
    sheet.append(list(reversed(HEAD.upper().split(","))))
    sheet.append(list(reversed(ROW.format(client=client).split(","))))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_columns_of_a_recorded_table_are_those_of_the_next_one_with_its_headers(either: Served) -> None:
    preview(either, table("Acme"), status=422)
    given_mapping = preview(either, table("Acme"), BY_HAND)
    assert (given_mapping["mapping_source"], given_mapping["date_order"]) == ("given", "dmy")
    preview(either, table("Acme"), status=422)  # a preview is not remembered
    assert send(either, table("Acme"), BY_HAND)["mapping_source"] == "given"

    preview(either, table("Borealis", f"{HEAD}s"), status=422)  # other headers
    again = preview(either, table("Borealis", "Fírma,VERTRAG,was, Wann ,stimmung"))
    assert (again["mapping_source"], again["date_order"]) == ("remembered", "dmy")
    assert [column["ours"] for column in again["columns"]] == ["client", "engagement", "kind", "effective_on", None]
    assert again["warnings"] == ["The column “stimmung” is ignored."]
    assert [row["outcome"] for row in again["rows"]] == ["new"]
    of_workbook = preview(either, workbook("Borealis"), content_type=XLSX_TYPE)
    assert (of_workbook["mapping_source"], [row["outcome"] for row in of_workbook["rows"]]) == ("remembered", ["new"])
    recorded = send(either, table("Borealis"))
    assert (recorded["mapping_source"], recorded["mapping_id"]) == ("remembered", again["mapping_id"])
    engagements = either.admin.get("/clients/borealis/engagements")["items"]
    assert engagements[0]["started_on"] == "2023-04-03"
    mapping_id = preview(either, table("Cobalt"))["mapping_id"]
    either.admin.ask("DELETE", f"/imports/mappings/{mapping_id}", status=204)
    either.admin.ask("DELETE", f"/imports/mappings/{mapping_id}", status=404)
    preview(either, table("Cobalt"), status=422)
    assert [act["subject"] for act in either.admin.get("/audit?kind=import.columns_forgotten")["items"]] == [mapping_id]


def test_what_a_request_says_wins_over_what_is_remembered(firm: Served) -> None:
    send(firm, table("Acme"), BY_HAND)
    swapped = json.dumps({**MAPPING, "client": "Vertrag", "engagement": "Firma"})
    other = preview(firm, table("Borealis"), f"&mapping={swapped}&date_order=mdy&ignore_unknown=true")
    assert [column["ours"] for column in other["columns"]][:2] == ["engagement", "client"]
    assert (other["mapping_source"], other["date_order"]) == ("given", "mdy")
    assert preview(firm, table("Borealis"), "&date_order=mdy")["date_order"] == "mdy"
    strict = preview(firm, table("Borealis"), "&ignore_unknown=false", status=422)
    assert [error["field"] for error in strict["errors"]] == ["Stimmung"]
    without = preview(firm, table("Borealis"), "&mapping={}", status=422)
    assert [error["field"] for error in without["errors"]] == ["client", "kind", "effective_on"]
    form = {"file": ("history.csv", table("Borealis"), CSV_TYPE)}
    answer = firm.admin.ask("POST", "/imports", status=200, files=form, data={"dry_run": "true"}).json()
    assert answer["mapping_source"] == "remembered"
    lines = b'{"type": "client", "ref": "c", "name": "Cobalt"}\n'
    assert preview(firm, lines, content_type="application/x-ndjson")["mapping_source"] is None


def test_columns_that_would_be_guessed_are_not_remembered_and_end_what_was(either: Served) -> None:
    head = "Company,Contract,Kind,Date,Notes"
    row = b"Acme,Letter,opened,2023-04-03,https://example.org/letter\n"
    send(either, f"{head}\n".encode() + row, 'mapping={"client": "Company", "effective_on": "Date"}')
    assert preview(either, f"{head}\n".encode() + row)["mapping_source"] == "guessed"
    send(either, f"{head}\n".encode() + row.replace(b"Acme", b"Borealis"), 'mapping={"links": "Notes"}')
    assert preview(either, f"{head}\n".encode() + row)["mapping_source"] == "remembered"
    send(either, f"{head}\n".encode() + row, "mapping={}")
    assert preview(either, f"{head}\n".encode() + row)["mapping_source"] == "guessed"
    assert [item["kind"] for item in either.admin.get("/audit?kind=import")["items"]] == [
        "import.columns_forgotten",
        *["import.carried_out"] * 3,
    ]


def test_the_page_shows_columns_as_last_time_and_forgets_them(firm: Served) -> None:
    admin = Visitor(firm)
    head = HEAD.replace("Stimmung", "Notes")
    _, page = upload(admin, "clients.csv", table("Acme", head))
    assert "Which column names the client?" in text_of(page)
    chosen = dict(zip((f"column.{n}" for n in range(1, 6)), (*MAPPING, "-"), strict=True))
    page = press(admin, page, "Check again", chosen)
    assert "Is the day or the month first" in text_of(page)
    page = press(admin, page, "Check again", {"date_order": "dmy"})
    assert "The column “Notes” is ignored." in text_of(page)
    press(admin, page, "Record 1 row")
    _, page = upload(admin, "clients.csv", table("Borealis", head))
    assert ("Columns as last time" in text_of(page), "1 new" in text_of(page)) == (True, True)
    assert 'value="note" selected' not in page
    page = press(admin, page, "Forget and guess again")
    assert ("Columns as last time" in page, "Which column names the client?" in text_of(page)) == (False, True)
    (act,) = firm.admin.get("/audit?kind=import.columns_forgotten")["items"]
    assert act["door"] == "session"
    assert "Forgot the columns of a table" in text_of(admin.get("/settings/audit"))
    address = "/settings/imports/files/00000000-0000-0000-0000-000000000000/forget"
    Visitor(firm, Role.RECORDER).send(address, {}, 403)


def test_the_command_line_reads_columns_as_last_time(tmp_path: Path) -> None:
    file, data = tmp_path / "history.csv", ("--data", str(tmp_path / "data"))
    file.write_bytes(table("Acme"))
    by_hand = ("--mapping", json.dumps(MAPPING), "--date-order", "dmy", "--ignore-unknown")
    assert run("import", str(file), *data)[0] == 1
    assert run("import", str(file), *by_hand, *data)[0] == 0
    file.write_bytes(table("Borealis"))
    code, output = run("import", str(file), *data)
    assert (code, "Columns as last time" in output, "1 new" in output) == (0, True, True)
    assert run("import", str(file), "--refuse-unknown", *data)[0] == 1
    assert run("import", str(file), "--mapping", "{}", *data)[0] == 1


def test_the_oldest_of_too_many_are_forgotten(firm: Served) -> None:
    now, by = firm.context.now(), UUID(int=1)

    def fill(connection: Any) -> None:
        for number in range(MOST_REMEMBERED + 2):
            columns = RememberedColumns(number.to_bytes(32, "big"), ("client",), None, False)
            remember(connection, columns, UUID(int=number), made_by=by, made_at=now.replace(microsecond=number))

    firm.context.log.write(fill)
    with firm.context.log.engine.connect() as connection:
        assert set(list_remembered(connection)) == {n.to_bytes(32, "big") for n in range(2, MOST_REMEMBERED + 2)}


HEADERS = st.lists(
    st.sampled_from(("Firma", "Société", "Societe", "Note", "Client", "Company", "Kind", "x", "", WHY_REFUSED)),
    unique=True,
)


@given(headers=HEADERS, columns=st.permutations(COLUMNS[:12]), data=st.data())
def test_a_table_with_its_columns_in_another_order_is_matched_alike(
    headers: list[str], columns: list[str], data: st.DataObject
) -> None:
    named = [header for header in headers if header not in ("", WHY_REFUSED)]
    by_hand = data.draw(st.lists(st.sampled_from(named), unique=True)) if named else []
    options = TableOptions(dict(zip(columns, by_hand, strict=False)), guesses=data.draw(st.booleans()))
    matches = guess_columns(headers, options.matched, guesses=options.guesses)
    memory = columns_to_remember(matches, options)
    shuffled = random.Random(1).sample(headers, len(headers))
    assert headers_hash(shuffled) == headers_hash(headers)
    if memory is None:
        is_guessed = [match.ours for match in matches] == [match.ours for match in guess_columns(headers)]
        assert is_guessed or {"Société", "Societe"} <= set(headers)
        return
    again, source = recalled(shuffled, TableOptions(), {memory.headers_hash: memory})
    assert source is MappingSource.REMEMBERED
    by_header = {match.theirs: match.ours for match in matches if match.theirs in named}
    rematched = guess_columns(shuffled, again.matched, guesses=again.guesses)
    assert {match.theirs: match.ours for match in rematched if match.theirs in named} == by_header
    assert recalled(shuffled, TableOptions({}), {memory.headers_hash: memory}) == (
        TableOptions({}),
        MappingSource.GIVEN,
    )
