"""A history written as a table, in any dialect, comes in as the same lines as from JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from api_client import Served, served
from examples import examples
from histories import history, numbers
from hypothesis import given
from hypothesis import strategies as st

from api.imports.lines import UnreadableLine
from api.imports.meaning import meaning_of, meaning_on_record
from api.imports.tables.cells import cells_of, list_text
from api.imports.tables.columns import COLUMNS, KIND_COLUMNS
from api.imports.tables.options import TableOptions
from api.imports.tables.read import CSV_TYPE, XLSX_TYPE, read_table
from api.imports.template import example_rows
from api.schemas.examples import EXAMPLE_PEOPLE, EXAMPLES
from api.schemas.milestones import MILESTONE
from domain.client import is_uuid
from domain.milestones import Kind, Milestone, Precision
from projections.details_json import details_to_json

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FORMS = {
    Precision.DAY: (
        str,
        lambda on: f"{on.day} {_MONTHS[on.month - 1]} {on.year}",
        lambda on: f"{on:%d.%m.%Y}",
        lambda on: str((on - date(1899, 12, 30)).days),
    ),
    Precision.MONTH: (lambda on: f"{on:%Y-%m}", lambda on: f"{_MONTHS[on.month - 1]} {on.year}"),
    Precision.QUARTER: (lambda on: f"{on.year}-Q{(on.month + 2) // 3}",),
    Precision.YEAR: (lambda on: str(on.year),),
}


def row_of(milestone: Milestone, form: int) -> Mapping[str, str]:
    """A milestone as somebody may write it."""
    forms = _FORMS[milestone.precision]
    row = {
        "client": "Halcyon",
        "engagement": "CTO+CAIO",
        "kind": milestone.kind.label if form % 2 else milestone.kind.value,
        "effective_on": forms[form % len(forms)](milestone.effective_on),
        "note": milestone.note or "",
        "links": list_text(list(milestone.links)),
        "reported_on": str(milestone.reported_on or ""),
    }
    details = details_to_json(milestone.details)
    if milestone.kind is Kind.OPENED:
        del details["name"]
    return row | cells_of(milestone.kind, details)


def written(rows: Sequence[Mapping[str, str]], dialect: str, encoding: str) -> tuple[bytes, str]:
    columns = [column for column in COLUMNS if any(column in row for row in rows)]
    cells = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    file = io.StringIO(newline="")
    if dialect == "xlsx":
        book: Any = openpyxl.Workbook()
        for line in cells:
            book.active.append([cell or None for cell in line])
        content = io.BytesIO()
        book.save(content)
        return content.getvalue(), XLSX_TYPE
    csv.writer(file, delimiter=dialect).writerows(cells)
    return file.getvalue().encode(encoding), CSV_TYPE


@examples(25)
@given(
    rolls=st.lists(numbers, min_size=1, max_size=8),
    dialect=st.sampled_from([",", ";", "\t", "|", "xlsx"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    form=st.integers(0, 7),
)
def test_a_history_written_as_a_table_is_read_as_it_was(
    rolls: list[int], dialect: str, encoding: str, form: int
) -> None:
    milestones = history(rolls)
    content, content_type = written([row_of(milestone, form) for milestone in milestones], dialect, encoding)
    lines = {line.number: line for line in read_table(content, content_type, TableOptions()).lines}
    for number, milestone in enumerate(milestones, start=2):
        line = lines[number]
        assert not isinstance(line, UnreadableLine), line.problem.detail
        if milestone.kind is Kind.OPENED:
            assert line.content["started_on"] == str(milestone.effective_on)
            continue
        body = dict(line.content)
        for name in ("type", "ref", "engagement"):
            del body[name]
        read = MILESTONE.validate_python(body, context={"people": People(), "milestones": People()})
        assert meaning_of(read, milestone.id) == meaning_on_record(milestone, milestone.id)


class People:
    """Refs that are ids, as the table has ids in place of names."""

    def __contains__(self, ref: object) -> bool:
        return isinstance(ref, str) and is_uuid(ref.removeprefix("person: "))

    def __getitem__(self, ref: str) -> str:
        return ref.removeprefix("person: ")


def test_every_field_of_every_kind_has_a_column_that_reads_it() -> None:
    for kind, row in zip(EXAMPLES, example_rows(), strict=True):
        content, content_type = written([row], ",", "utf-8")
        (line,) = read_table(content, content_type, TableOptions()).lines
        assert not isinstance(line, UnreadableLine), line.problem.detail
        details = {name: value for name, value in EXAMPLES[kind].items() if name not in ("effective_on", "links")}
        assert {*details} <= {*line.content}, kind
        assert set(row) - {"client", "engagement", "kind", "effective_on", "links", "ref"} <= {
            *KIND_COLUMNS[kind],
            "profile.sector",
        }


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    with served(data_dir if request.param == "sqlite" else request.getfixturevalue("postgres_store")) as running:
        yield running


def test_tables_are_recorded_on_both_databases(firm: Served) -> None:
    rows = {
        Kind(row["kind"]): row
        for row in example_rows()
        if row["kind"] in ("opened", "structure_chosen", "decision_right_assigned", "alignment_held", "closed")
    }
    backwards = list(reversed(rows.values()))
    for dialect in (";", "xlsx"):
        content, content_type = written(backwards, dialect, "utf-16")
        headers = {"Content-Type": content_type}
        answer = firm.admin.ask("POST", "/imports", status=201, content=content, headers=headers).json()
        expected = "new" if dialect == ";" else "same"
        assert [(row["line"], row["outcome"]) for row in answer["rows"]] == [(n, expected) for n in range(2, 7)]
    timeline = firm.admin.get("/clients/halcyon-health/timeline")
    assert [milestone["kind"] for milestone in timeline["milestones"]] == [
        kind.value for kind in sorted(rows, key=list(Kind).index)
    ]
    assert {person["name"] for person in firm.admin.get("/people")["items"]} == {*EXAMPLE_PEOPLE.values()}
    first, second = firm.admin.get("/imports")["items"]
    assert (first["same"], second["new"]) == (5, 5)
    assert firm.admin.get(f"/imports/{second['id']}")["status"] == "recorded"


def test_the_template_has_every_column_and_an_example_of_every_kind(data_dir: Path) -> None:
    with served(data_dir) as running:
        plain = running.admin.ask("GET", "/imports/template", status=200)
        assert plain.text.strip().split(",") == list(COLUMNS)
        book = openpyxl.load_workbook(io.BytesIO(running.admin.ask("GET", "/imports/template?format=xlsx").content))
        assert book.sheetnames == ["history", "examples"]
        heads = [[cell.value for cell in next(sheet.iter_rows())] for sheet in book.worksheets]
        assert heads == [list(COLUMNS)] * 2
        assert [row[2].value for row in book["examples"].iter_rows(min_row=2)] == [kind.value for kind in Kind]
        running.admin.ask("GET", "/imports/template?format=json", status=422)


def test_lists_and_answers_are_one_cell_each() -> None:
    assert list_text(["a", "b"]) == "a; b"
    assert json.loads(list_text(["a; b", "c"])) == ["a; b", "c"]
