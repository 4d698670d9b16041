"""What tables kept by hand have in them: heads of two rows, names twice, totals, notes, months in many languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from api.http.problems import Problem
from api.imports.lines import Line, UnreadableLine
from api.imports.tables.dates import UnreadableDate, read_date
from api.imports.tables.options import TableOptions
from api.imports.tables.read import CSV_TYPE, Table, read_table

HEAD = "client,kind,effective_on,note"


def table(text: str, mapping: dict[str, str] | None = None, **options: Any) -> Table:
    return read_table(text.encode(), CSV_TYPE, TableOptions(mapping, **options))


def notes_of(read: Table) -> list[Any]:
    return [line.content.get("note") for line in read.lines if isinstance(line, Line)]


def refusal(text: str, mapping: dict[str, str] | None = None, **options: Any) -> dict[str, str]:
    with pytest.raises(Problem) as refused:
        table(text, mapping, **options)
    return dict(refused.value.errors)


def test_columns_of_one_name_are_told_apart_by_a_number() -> None:
    text = f"{HEAD},Note\nAcme,paused,2024-03-01,first,second\n"
    message = "is the name of more than one column; map “note”, “Note (2)”, and send ignore_unknown=true for the others"
    assert refusal(text) == {"note": message}
    assert notes_of(table(text, {"note": "Note (2)"}, ignore_unknown=True)) == ["second"]
    assert notes_of(table(text, {"note": "note"}, ignore_unknown=True)) == ["first"]
    assert list(refusal(text, {"note": "Note (2)"})) == ["note"]
    other = "Mood,client,kind,effective_on,Mood\nx,Acme,paused,2024-03-01,y\n"
    assert list(refusal(other)) == ["Mood"]
    assert notes_of(table(other, ignore_unknown=True)) == [None]
    assert list(refusal("client,kind,kind,effective_on\nAcme,paused,resumed,2024-03-01\n", ignore_unknown=True)) == [
        "kind"
    ]


def test_a_name_with_a_number_that_a_column_has_itself_stays_its_own() -> None:
    text = f"{HEAD},Note (2),Note\nAcme,paused,2024-03-01,first,own,third\n"
    assert notes_of(table(text, {"note": "Note (2)"}, ignore_unknown=True)) == ["own"]
    assert notes_of(table(text, {"note": "Note (3)"}, ignore_unknown=True)) == ["third"]


def test_a_head_of_two_rows_is_read_as_one_and_said() -> None:
    text = "Kept by Ana,,,\nClient,Step,,Remark\n,Kind,Date,\nAcme,paused,2024-03-01,x\n"
    read = table(text, {"note": "Remark"})
    assert [match.ours for match in read.columns] == ["client", "kind", "effective_on", "note"]
    assert "The head has two rows: “Client”, “Remark” are in row 2." in read.warnings
    assert notes_of(read) == ["x"]
    titled = table("Kept by Ana,,,\n,kind,client,effective_on\n,paused,Acme,2024-03-01\n")
    assert [match.theirs for match in titled.columns] == ["kind", "client", "effective_on"]


@pytest.mark.parametrize(
    "name", ["Total", "TOTALS:", "Summe", "Subtotal", "* dates are of the letters", "Note: see 2023"]
)
def test_a_total_or_a_note_below_a_table_is_no_client(name: str) -> None:
    (line,) = (line for line in table(f"{HEAD}\nAcme,,,\n{name},,,\n").lines if isinstance(line, UnreadableLine))
    assert dict(line.problem.errors) == {
        "client": "looks like a total or a note; leave the row out, or give the client a ref"
    }
    named = table(f"client,kind,effective_on,ref\n{name},,,c1\n").lines
    assert [line.content["name"] for line in named if isinstance(line, Line)] == [name]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("12 janvier 2024", date(2024, 1, 12)),
        ("1er févr. 2024", date(2024, 2, 1)),
        ("lun. 3 juin 2024", date(2024, 6, 3)),
        ("15 août 2024", date(2024, 8, 15)),
        ("12. März 2024", date(2024, 3, 12)),
        ("Montag, 7. Okt. 2024", date(2024, 10, 7)),
        ("2 de enero de 2024", date(2024, 1, 2)),
        ("5 mrt. 2024", date(2024, 3, 5)),
        ("9 dicembre 2024", date(2024, 12, 9)),
        ("setembro de 2024", date(2024, 9, 1)),
    ],
)
def test_months_are_read_in_several_languages(typed: str, day: date) -> None:
    assert read_date(typed).on == day


@pytest.mark.parametrize("typed", ["4 jui 2024", "4 ma 2024", "4 total 2024", "31 février 2024"])
def test_a_month_that_can_be_two_is_none(typed: str) -> None:
    with pytest.raises(UnreadableDate):
        read_date(typed)
