"""The options of an import: in the query, in the fields of a form, and on the command line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from api_client import Served, served
from typer.testing import CliRunner

from web.cli import app

HEAD = "Company;Contract;Event;Day;Notes;Colour\n"
ROWS = (
    "Acmé;Letter;opened;03/04/2024;;red\n",
    "Acmé;Letter;paused;05/06/2024;x;blue\n",
    "Acmé;Letter;nonsense;2024-07-01;;\n",
)
TABLE = HEAD + "".join(ROWS)
OPTIONS = {
    "mapping": '{"client": "Company"}',
    "encoding": "windows-1252",
    "date_order": "dmy",
    "ignore_unknown": "true",
    "dry_run": "true",
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("firm")) as running:
        yield running


def send(firm: Served, fields: dict[str, Any], query: str = "", status: int = 200) -> Any:
    file = {"file": ("history.csv", TABLE.encode("windows-1252"), "text/csv")}
    return firm.admin.ask("POST", f"/imports{query}", status=status, files=file, data=fields).json()


def test_every_option_can_be_a_field_of_the_form(firm: Served) -> None:
    preview = send(firm, OPTIONS)
    assert [row["outcome"] for row in preview["rows"]] == ["new", "new", "refused"]
    assert preview["warnings"] == ["The column “Colour” is ignored."]
    same = send(firm, {**OPTIONS, "mapping": '{ "client":"Company" }'}, "?dry_run=true&mapping=" + OPTIONS["mapping"])
    assert [row["outcome"] for row in same["rows"]] == ["new", "new", "refused"]
    partly = send(firm, {**OPTIONS, "dry_run": "", "partial": "true"}, status=201)
    assert partly["status"] == "partial"


@pytest.mark.parametrize(("query", "field"), [("date_order=mdy", "date_order"), ("dry_run=false", "dry_run")])
def test_a_form_and_a_query_that_disagree_are_refused(firm: Served, query: str, field: str) -> None:
    problem = send(firm, OPTIONS, f"?{query}", status=422)
    assert [error["field"] for error in problem["errors"]] == [field]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"date_order": "ymd"}, 422),
        ({"shoe_size": "9"}, 422),
        ({"partial": "perhaps"}, 422),
        ({"sheet": ["a", "b"]}, 400),
    ],
)
def test_a_field_that_is_unknown_wrong_or_repeated_is_refused_by_name(
    firm: Served, fields: dict[str, Any], status: int
) -> None:
    problem = send(firm, fields, status=status)
    assert next(iter(fields)) in json.dumps(problem)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_every_option_of_the_command_line_counts(tmp_path: Path) -> None:
    file, data = tmp_path / "history.csv", ("--data", str(tmp_path / "data"))
    file.write_bytes(TABLE.encode("windows-1252"))
    as_said = ["--encoding", "windows-1252", "--ignore-unknown", "--mapping", '{"client": "Company"}']
    assert "send its encoding" in run("import", str(file), *data)[1].replace("\n", " ")
    assert "Colour" in run("import", str(file), "--encoding", "windows-1252", *data)[1]
    assert "date_order" in run("import", str(file), *as_said, *data)[1]
    assert run("import", str(file), *as_said, "--date-order", "ymd", *data)[0] == 2
    assert "mapping" in run("import", str(file), "--mapping", "[]", *data)[1]
    as_said += ["--date-order", "dmy"]
    code, output = run("import", str(file), *as_said, "--dry-run", *data)
    assert (code, "2 new, 1 refused" in output, "line 4: Event" in output) == (1, True, True)
    assert "Nothing was recorded" in run("import", str(file), *as_said, *data)[1]
    assert "2 new, 1 refused" in run("import", str(file), *as_said, "--partial", *data)[1]
    assert "2 same, 1 refused" in run("import", str(file), *as_said, "--dry-run", *data)[1]
    book: Any = openpyxl.Workbook()
    book.create_sheet("second").append(["client", "kind", "effective_on"])
    book["second"].append(["Acmé", "resumed", "2024-08-01"])
    book.save(tmp_path / "history.xlsx")
    assert "no sheet" in run("import", str(tmp_path / "history.xlsx"), "--sheet", "third", *data)[1]
    assert run("import", str(tmp_path / "history.xlsx"), "--sheet", "second", *data)[0] == 0
    exported = {}
    for ending in ("jsonl", "csv", "xlsx"):
        target = tmp_path / f"out.{ending}"
        assert run("export", str(target), *data)[0] == 0
        exported[ending] = target.read_bytes()
        assert run("import", str(target), "--dry-run", *data)[1].rstrip().endswith("same")
    assert exported["jsonl"].startswith(b'{"type":')
    assert exported["csv"].startswith(b"client,engagement,kind")
    assert openpyxl.load_workbook(io.BytesIO(exported["xlsx"])).sheetnames == ["history"]
