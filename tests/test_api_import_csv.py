"""Importing CSV: encodings, separators, columns, names, and what is refused with its row and column."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served
from test_api_import import lines

from api.http.problems import Problem
from api.imports.lines import UnreadableLine
from api.imports.tables.dates import DateOrder, UnreadableDate, read_date
from api.imports.tables.options import TableOptions
from api.imports.tables.read import CSV_TYPE, Table, read_table

HEAD = "client,engagement,kind,effective_on,note,functions,seat.holder,seat.commitment,seat.provider,seat.monthly_fee"
OPENED = "Halcyon Health,CTO+CAIO,opened,2023-02-20,,,,,,"
CHOSEN = "Halcyon Health,CTO+CAIO,structure_chosen,2023-04-17,,technology+ai,Dana Whitfield,fractional,firm,8500.00 USD"
STORY = f"{HEAD}\n{OPENED}\n{CHOSEN}\n"


@pytest.fixture(scope="module")
def shared_firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("tables")) as running:
        yield running


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def send(firm: Served, content: str | bytes, *, status: int = 201, query: str = "") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return firm.admin.ask(
        "POST", f"/imports{query}", status=status, content=raw, headers={"Content-Type": CSV_TYPE}
    ).json()


def outcomes(answer: Any) -> list[str]:
    return [row["outcome"] for row in answer["rows"]]


def read(content: str | bytes, **options: Any) -> Table:
    return read_table(content.encode() if isinstance(content, str) else content, CSV_TYPE, TableOptions(**options))


def contents(content: str | bytes, **options: Any) -> list[Any]:
    table = read(content, **options)
    assert not [line.problem.detail for line in table.lines if isinstance(line, UnreadableLine)]
    return [line.content for line in table.lines if not isinstance(line, UnreadableLine)]


def refusal(content: str | bytes, **options: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        read(content, **options)
    assert caught.value.status_code == 422
    return caught.value


def row_faults(content: str | bytes, **options: Any) -> list[tuple[int, list[tuple[str, str]]]]:
    return [
        (line.number, list(line.problem.errors))
        for line in read(content, **options).lines
        if isinstance(line, UnreadableLine)
    ]


def test_a_table_records_the_same_timeline_as_json_lines_and_nothing_twice(firm: Served) -> None:
    preview = send(firm, STORY, status=200, query="?dry_run=true")
    assert (preview["status"], outcomes(preview)) == ("preview", ["new", "new"])
    assert [row["line"] for row in preview["rows"]] == [2, 3]
    assert [row["warnings"] for row in preview["rows"]] == [
        ["Registers the new client “Halcyon Health”."],
        ["Adds the new person “Dana Whitfield”, employed by the firm."],
    ]
    assert firm.context.log.head() == 0
    assert outcomes(send(firm, STORY)) == ["new", "new"]
    head = firm.context.log.head()
    assert outcomes(send(firm, STORY)) == ["same", "same"]
    assert firm.context.log.head() == head
    (chosen,) = firm.admin.get("/clients/halcyon-health/timeline")["milestones"][1:]
    person = firm.admin.get("/people")["items"][0]
    assert (chosen["effective_on"], person["name"]) == ("2023-04-17", "Dana Whitfield")
    assert chosen["details"]["seats"] == [
        {
            "functions": ["technology", "ai"],
            "holder": person["id"],
            "commitment": "fractional",
            "provider": "firm",
            "interim": False,
            "reports_to": None,
            "hours_per_month": None,
            "monthly_fee": {"amount": "8500.00", "currency": "USD"},
        }
    ]


def test_rows_on_record_are_the_same_whoever_recorded_them(firm: Served) -> None:
    person = {"type": "person", "ref": "p1", "name": "Dana Whitfield", "employer": "firm"}
    client = {"type": "client", "ref": "c1", "name": "Halcyon Health"}
    engagement = {"type": "engagement", "ref": "e1", "client": "c1", "name": "CTO+CAIO", "started_on": "2023-02-20"}
    issued = {"kind": "deliverable_issued", "effective_on": "2023-05-01", "deliverable": "roadmap", "function": "ai"}
    milestone = {"type": "milestone", "ref": "m1", "engagement": "e1", **issued}
    headers = {"Content-Type": "application/x-ndjson"}
    story = lines(person, client, engagement, milestone)
    firm.admin.ask("POST", "/imports", status=201, content=story, headers=headers)
    head = "client,engagement,kind,effective_on,deliverable,function"
    opened, row = (
        "halcyon health,cto+caio,opened,2023-02-20,,",
        "HALCYON HEALTH,,deliverable_issued,2023-05-01,roadmap,AI",
    )
    twice = f"{head}\n{row}\n{row}\n{opened}\n"
    assert outcomes(send(firm, twice)) == ["same", "new", "same"]
    assert outcomes(send(firm, twice)) == ["same", "same", "same"]


def test_a_partial_import_adds_no_names_of_refused_rows(firm: Served) -> None:
    wrong = [
        "Halcyon Health,CTO+CAIO,structure_chosen,2020-01-01,,ai,Zed,fractional,firm,",
        "Elsewhere,X,opened,2024-01-01,,,,,,not money",
        "Nowhere,X,paused,2024-01-01,,,,,,",
        "Overlap,A,opened,2024-01-01,,,,,,",
        "Overlap,A,structure_chosen,2023-01-01,,ai,Yan,fractional,firm,",
    ]
    content = STORY + "\n".join(wrong) + "\n"
    refused = send(firm, content, status=422)
    assert outcomes(refused) == ["new", "new", "refused", "refused", "refused", "new", "refused"]
    assert firm.context.log.head() == 0
    partial = send(firm, content, query="?partial=true")
    assert (partial["status"], outcomes(partial)) == ("partial", outcomes(refused))
    assert [person["name"] for person in firm.admin.get("/people")["items"]] == ["Dana Whitfield"]
    assert [client["name"] for client in firm.admin.get("/clients")["items"]] == ["Halcyon Health", "Overlap"]
    again = send(firm, content, query="?partial=true")
    assert outcomes(again) == ["same", "same", "refused", "refused", "refused", "same", "refused"]


def test_people_of_one_name_are_asked_back_with_their_candidates(firm: Served) -> None:
    ids = [
        firm.admin.post("/people", {"name": "Dana Whitfield", "email": email, "employer": "firm"})["id"]
        for email in ("dana@example.org", "dana@example.com")
    ]
    problem = send(firm, STORY, status=422)
    (error,) = problem["rows"][1]["problem"]["errors"]
    assert error["field"] == "seat.holder"
    assert all(one in error["message"] for one in ids)
    by_email = STORY.replace("Dana Whitfield", "Dana Whitfield <Dana@example.com>")
    by_id = STORY.replace("Dana Whitfield", ids[1])
    assert outcomes(send(firm, by_email)) == ["new", "new"]
    assert outcomes(send(firm, by_id)) == ["same", "same"]
    assert len(firm.admin.get("/people")["items"]) == 2


def test_an_erased_person_does_not_come_back_with_the_same_table(firm: Served) -> None:
    send(firm, STORY)
    person = firm.admin.get("/people")["items"][0]["id"]
    firm.admin.ask("DELETE", f"/people/{person}", status=204)
    assert outcomes(send(firm, STORY)) == ["same", "same"]
    assert firm.admin.get("/people")["items"] == []


ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 with a mark": lambda text: text.encode("utf-16"),
    "big-endian with a mark": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_utf_8_and_utf_16_are_recognized(encode: Any) -> None:
    (opened,) = contents(encode(f"{HEAD}\nZoë & Søn,CTO,opened,2023-02-20,“naïve” €,,,,,\n"))
    assert (opened["client"], opened["note"]) == ("client: zoe & son", "“naïve” €")


def test_another_encoding_must_be_named_and_is_never_garbled() -> None:
    content = f"{HEAD}\nZoë,CTO,opened,2023-02-20,5 €,,,,,\n".encode("windows-1252")
    problem = refusal(content)
    assert [field for field, _ in problem.errors] == ["encoding"]
    assert "line 2" in problem.detail
    assert contents(content, encoding="windows-1252")[0]["note"] == "5 €"
    assert refusal(content, encoding="utf-9").errors[0][0] == "encoding"
    assert refusal(content, encoding="base64").errors[0][0] == "encoding"
    # UTF-8 read as another encoding would be garbled silently
    assert refusal(content.decode("windows-1252").encode(), encoding="latin-1").errors[0][0] == "encoding"
    assert refusal(b"\x81" + content, encoding="windows-1252").errors[0][0] == "encoding"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_recognized(separator: str) -> None:
    note = '"a, b; c | d ""e""\nf"'
    row = ["Halcyon", "CTO", "opened", "2023-02-20", note, "", "", "", "", ""]
    (opened,) = contents("\r\n".join(separator.join(cells) for cells in (HEAD.split(","), row)))
    assert opened["note"] == 'a, b; c | d "e"\nf'


def test_decimal_commas_belong_to_semicolons() -> None:
    head = "client;engagement;kind;effective_on;initiative;metric;value;unit"
    row = "Halcyon;CTO;outcome_measured;01.03.2025;triage;time;{};minutes"

    def value(number: str, separator: str = ";") -> Any:
        return contents(f"{head}\n{row.format(number)}\n".replace(";", separator))[0]["value"]

    assert [float(value(number)) for number in ("12,5", "1.234,5", "-3", "12.5")] == [12.5, 1234.5, -3, 12.5]
    assert [float(value(number, "\t")) for number in ("12.5", "1,234.5", "8,500")] == [12.5, 1234.5, 8500]
    assert "two ways" in row_faults(f"{head}\n{row.format('1.234')}\n")[0][1][0][1]
    assert row_faults(f"{head}\n{row.format('12,5')}\n".replace(";", "\t"))[0][1][0][0] == "value"


MALFORMED = {
    "a NUL": (STORY.replace("Dana", "Da\0na"), "line 3"),
    "an open quote": (STORY + 'Halcyon,"CTO,paused,2024-01-01,,,,,,\n', "line 4"),
    "a quote within a cell": (STORY + 'Halcyon,"C"TO,paused,2024-01-01,,,,,,\n', "line 4"),
    "no rows": (HEAD, "at least one row"),
    "nothing": ("", "names of the columns"),
    "blank lines": ("\n\n", "names of the columns"),
}


@pytest.mark.parametrize(("content", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_file_that_is_no_table_is_refused_with_the_line(content: str, message: str) -> None:
    problem = refusal(content)
    assert problem.errors[0][0] == "file"
    assert message in problem.detail


def test_ragged_rows_are_refused_and_blank_lines_counted() -> None:
    content = f"{HEAD}\n\n{OPENED}\n\nHalcyon,CTO\n{OPENED},more\n{OPENED},\n"
    assert [(line, errors[0][0]) for line, errors in row_faults(content)] == [(5, "file"), (6, "file")]
    assert sorted(line.number for line in read(content).lines) == [3, 5, 6, 7]


def test_columns_are_mapped_and_unknown_ones_named() -> None:
    content = "Company,CTO letter,What happened,Day,Mood\nHalcyon,CTO,opened,2023-02-20,fine\n"
    mapping = {"client": "Company", "engagement": "CTO letter", "kind": "what  happened", "effective_on": "Day"}
    assert [field for field, _ in refusal(content, mapping=mapping).errors] == ["Mood"]
    table = read(content, mapping=mapping, ignore_unknown=True)
    assert table.warnings == ("The column “Mood” is ignored.",)
    assert [(column.theirs, column.ours, column.guessed) for column in table.columns] == [
        ("Company", "client", False),
        ("CTO letter", "engagement", False),
        ("What happened", "kind", False),
        ("Day", "effective_on", False),
        ("Mood", None, False),
    ]
    guessed = read(content.replace("CTO letter", "Project"), ignore_unknown=True)
    assert [(column.ours, column.guessed) for column in guessed.columns][:4] == [
        ("client", True),
        ("engagement", True),
        ("kind", True),
        ("effective_on", True),
    ]
    assert refusal(content, mapping={"client": "Firma"}).errors[0][0] == "mapping"
    missing = refusal("client,kind\nHalcyon,opened\n")
    assert [field for field, _ in missing.errors] == ["effective_on"]
    repeated = refusal(STORY.replace("functions", "note"))
    assert [field for field, _ in repeated.errors] == ["note"]
    unnamed = refusal(STORY.replace("functions", ""))
    assert unnamed.errors[0][0] == "(column 6 without a name)"


def test_a_refusal_of_a_row_names_the_columns_of_the_file() -> None:
    content = STORY.replace("seat.holder", "Who sits there").replace("8500.00 USD", "much")
    mapping = {"seat.holder": "Who sits there"}
    assert row_faults(content, mapping=mapping) == [(3, [("seat.monthly_fee", "must be an amount like 8500.00 USD")])]
    rows = {
        ",CTO,opened,2023-02-20,,,,,,": "client",
        "Halcyon,,opened,2023-02-20,,,,,,": "engagement",
        "Halcyon,CTO,promoted,2023-02-20,,,,,,": "kind",
        "Halcyon,CTO,opened,soon,,,,,,": "effective_on",
        "Halcyon,CTO,opened,2023-02-20,,ai,,,,": "functions",
        "Halcyon,CTO,opened,2023-02-20,,,,full,,": "seat.commitment",
        "Halcyon,CTO,structure_chosen,2023-02-20,,data,Dana,,,": "functions",
        "Halcyon,CTO,structure_chosen,2023-02-20,,ai,Dana,part,firm,": "seat.commitment",
        "Halcyon,CTO,structure_chosen,2023-02-20,,ai,Dana,fractional,firm,8500": "seat.monthly_fee",
    }
    for row, column in rows.items():
        assert [errors[0][0] for _, errors in row_faults(f"{HEAD}\n{row}\n")] == [column], row


DATES = {
    "2026-03-01": ("2026-03-01", "day"),
    "1 Mar 2026": ("2026-03-01", "day"),
    "March 1st, 2026": ("2026-03-01", "day"),
    "01.03.2026": ("2026-03-01", "day"),
    "13/04/2026": ("2026-04-13", "day"),
    "04/13/2026": ("2026-04-13", "day"),
    "04/04/2026": ("2026-04-04", "day"),
    "2026/03/01": ("2026-03-01", "day"),
    "2026-03-01 00:00:00": ("2026-03-01", "day"),
    "46082": ("2026-03-01", "day"),
    "March 2026": ("2026-03-01", "month"),
    "2026-03": ("2026-03-01", "month"),
    "2026-Q2": ("2026-04-01", "quarter"),
    "Q2 2026": ("2026-04-01", "quarter"),
    "2026": ("2026-01-01", "year"),
}


@pytest.mark.parametrize(("text", "expected"), DATES.items())
def test_dates_are_read_in_the_forms_people_write(text: str, expected: tuple[str, str]) -> None:
    on, precision = expected
    (opened,) = contents(f'{HEAD}\nHalcyon,CTO,opened,"{text}",,,,,,\n')
    assert (opened["started_on"], opened["precision"]) == (on, precision)


@pytest.mark.parametrize(
    "text",
    ["2026-13-01", "31.02.2026", "2026-03-01 09:30", "46082.5", "01.03.26", "FY2026-Q1", "1899-12-31", "soon", "5"],
)
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(UnreadableDate):
        read_date(text)


def test_an_ambiguous_date_is_asked_back_once_for_the_file() -> None:
    content = STORY.replace("2023-02-20", "03/04/2023").replace("2023-04-17", "05/06/2023")
    problem = refusal(content)
    assert [field for field, _ in problem.errors] == ["date_order"]
    assert "line 2, column “effective_on”" in problem.detail
    days = {
        order: [line.get("started_on") or line["effective_on"] for line in contents(content, date_order=order)]
        for order in DateOrder
    }
    assert days == {DateOrder.DMY: ["2023-04-03", "2023-06-05"], DateOrder.MDY: ["2023-03-04", "2023-05-06"]}


def test_the_parameters_of_tables_come_in_the_query_or_the_form(shared_firm: Served) -> None:
    content = STORY.replace("client,", "Company,").replace("2023-04-17", "03/04/2023").encode()
    mapping = json.dumps({"client": "Company"})
    form = {"file": ("history.csv", content, "application/vnd.ms-excel")}
    ask = shared_firm.admin.ask
    preview = ask(
        "POST", "/imports?dry_run=true&date_order=dmy", status=200, files=form, data={"mapping": mapping}
    ).json()
    assert outcomes(preview) == ["new", "new"]
    assert preview["columns"][0] == {"theirs": "Company", "ours": "client", "guessed": False}
    for query in ("date_order=ymd", "mapping=[]", 'mapping={"shoe_size":"Company"}', "sheet=One"):
        send(shared_firm, STORY, status=422, query=f"?{query}")
    ask("POST", "/imports", status=415, files={"file": ("history.xls", content, "application/vnd.ms-excel")})


def test_a_row_warns_of_what_it_says_about_a_client_on_record(firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Acme", "profile": {"sector": "health", "headcount": 24}})
    head = "client,engagement,kind,effective_on,profile.sector,Employees\n"
    table = f"{head}Acme,Letter,opened,2024-01-01,,24\nAcme,Letter,paused,2024-02-01,retail,\n"
    answer = send(firm, table)
    opened, paused = answer["rows"]
    assert opened["warnings"] == []
    assert "“profile.sector” differs from the client on record" in paused["warnings"][0]
    assert firm.admin.get("/clients/acme")["profile"]["sector"] == "health"


def test_rows_without_a_kind_add_people_and_clients_and_change_profiles(firm: Served) -> None:
    table = (
        "ref,client,kind,effective_on,engagement,profile.name,profile.headcount,person.name,person.email,practice_lead\n"
        "p1,,,,,,,Dana Whitfield,dana@example.org,\n"
        "p2,,,,,,,Dana Whitfield,,\n"
        "c1,Acme,,,,,24,,,\n"
        ",Acme,,2024-05-01,,Acme Health,unknown,,,\n"
        ",Acme,opened,2024-01-01,Letter,,,,,p2\n"
    )
    assert outcomes(send(firm, table)) == ["new"] * 5
    assert {row["name"] for row in firm.admin.get("/clients?as_of=2024-06-01")["items"]} == {"Acme Health"}
    assert firm.admin.get("/clients/acme?as_of=2024-06-01")["profile"]["headcount"] is None
    people = firm.admin.get("/people")["items"]
    (second,) = [person["id"] for person in people if person["email"] is None]
    assert firm.admin.get("/clients/acme/timeline")["milestones"][0]["details"]["practice_lead"] == second
    assert outcomes(send(firm, table)) == ["same"] * 5
    ambiguous = table.replace(",p2\n", ",Dana Whitfield\n").replace("2024-01-01", "2024-01-02")
    answer = send(firm, ambiguous, status=422)
    assert answer["rows"][-1]["problem"]["errors"][0]["field"] == "practice_lead"


def test_what_was_retracted_since_it_was_imported_stays_so_and_is_named(firm: Served) -> None:
    head = "client,engagement,kind,effective_on\n"
    table = f"{head}Acme,Letter,opened,2024-01-01\nAcme,Letter,paused,2024-02-01\n"
    opened, paused = (row["id"] for row in send(firm, table)["rows"])
    firm.admin.post(f"/engagements/{opened}/milestones/{paused}/retraction", {"reason": "never"})
    again = send(firm, table)["rows"]
    assert [(row["outcome"], bool(row["warnings"])) for row in again] == [("same", False), ("same", True)]
    firm.admin.post(f"/engagements/{opened}/retraction", {"reason": "never"})
    firm.admin.post("/clients/acme/retraction", {"reason": "never"})
    again = send(firm, table)["rows"]
    assert [(row["outcome"], len(row["warnings"])) for row in again] == [("same", 1), ("same", 1)]
    answer = send(firm, f"{head}Acme,Second,opened,2025-01-01\n", status=422)
    assert "was retracted since it was imported" in answer["rows"][0]["problem"]["detail"]
    firm.admin.post("/clients", {"name": "Acme"})
    assert outcomes(send(firm, table)) == ["new", "new"]
