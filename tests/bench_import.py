"""How long a spreadsheet of 10,000 rows takes to import, previewed and recorded, as CSV and as a workbook.

Beside it, in the same run: the same record as JSON Lines, in which nothing is found by its name; and, as the floor, the
same events put into an empty log as they are. Figures are processor seconds: what others do on the machine does not
count.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import openpyxl
from api_client import Caller, served

from api.imports.tables.read import CSV_TYPE, XLSX_TYPE
from projections.log import open_log

ROWS = 10_000
CLIENTS = 250
"""Of a firm with as many engagements, each of forty rows."""

COLUMNS = (
    *("client", "engagement", "kind", "effective_on", "note", "profile.headcount", "functions", "seat.holder"),
    *("seat.commitment", "seat.provider", "seat.monthly_fee", "month", "function", "hours", "deliverable"),
    *("area", "owner", "participants", "initiative", "metric", "value", "unit", "outcome"),
)
PEOPLE = [f"{first} {last}" for last in ("Okafor", "Lindqvist", "Haddad") for first in ("Maya", "Ivo", "Noor", "Tomás")]
"""Each leads some twenty engagements one after the other and beside each other."""


def bench_importing_ten_thousand_rows(tmp_path: Path) -> None:
    table = [list(COLUMNS), *rows()]
    assert len(table) == ROWS + 1
    files = {"CSV": (CSV_TYPE, as_csv(table)), "XLSX": (XLSX_TYPE, as_workbook(table))}
    print(f"\n{ROWS:,} rows about {CLIENTS} clients, in seconds of the processor (by the clock)")
    for name, (content_type, content) in files.items():
        with served(tmp_path / name) as firm:
            send = sender(firm.admin, content_type, content)
            preview, recorded, again = Took(send("?dry_run=true", 200)), Took(send("", 201)), Took(send("", 201))
            assert outcomes(preview) == outcomes(recorded) == {"new"}
            assert outcomes(again) == {"same"}
            history = firm.admin.ask("GET", "/exports/history").content
        print(f"  {name:10} preview {preview}, recorded {recorded}, once more {again}")
        with served(tmp_path / f"{name} as lines") as elsewhere:
            lines = Took(sender(elsewhere.admin, "application/x-ndjson", history)("", 201))
            assert outcomes(lines) == {"new"}
        floor = Took(lambda: put(tmp_path / name, tmp_path / f"{name} as it is"))  # noqa: B023  (called at once)
        print(
            f"  {'':10} the same as JSON Lines {lines} ({recorded.worked / lines.worked:.1f} times as long); "
            f"its {floor.answer:,} events alone {floor} ({recorded.worked / floor.worked:.0f} times)"
        )


class Took:
    """How long something took by the clock, and how much of that this process worked."""

    def __init__(self, work: Callable[[], Any]) -> None:
        begun, used = perf_counter(), process_time()
        self.answer = work()
        self.seconds, self.worked = perf_counter() - begun, process_time() - used

    def __str__(self) -> str:
        return f"{self.worked:.1f} s ({self.seconds:.1f})"


def sender(admin: Caller, content_type: str, content: bytes) -> Callable[[str, int], Callable[[], Any]]:
    """Imports a file over HTTP, with some parameters, and expects a status."""
    headers = {"Content-Type": content_type}
    return lambda query, status: (
        lambda: admin.ask("POST", f"/imports{query}", status=status, content=content, headers=headers).json()
    )


def outcomes(took: Took) -> set[str]:
    return {row["outcome"] for row in took.answer["rows"]}


def put(place: Path, other: Path) -> int:
    """Put all events of a log into an empty one; returns how many there are."""
    with open_log(place) as log, open_log(other) as copy:
        copy.engagements.events.put([recorded.event for recorded in log.read(0, log.head())])
        return copy.head()


def as_csv(table: Sequence[Sequence[Any]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(table)
    return file.getvalue().encode()


def as_workbook(table: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet: Any = book.create_sheet()
    for row in table:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rows() -> Iterator[list[Any]]:
    """The rows of all clients, as a firm writes them down: client by client, each in order."""
    for number in range(CLIENTS):
        for cells in rows_of(number):
            yield [cells.get(column) for column in COLUMNS]


def rows_of(number: int) -> Iterator[dict[str, Any]]:
    """Forty rows: an engagement of fourteen months with one leader for both functions."""
    start = date(2023, 1, 9) + timedelta(days=number % 300)
    own = {"client": f"Client {number:03} Ltd.", "engagement": "Two hats"}
    holder = PEOPLE[number % len(PEOPLE)]

    def row(days: int, kind: str, **cells: Any) -> dict[str, Any]:
        return {**own, "kind": kind, "effective_on": start + timedelta(days=days), **cells}

    yield row(0, "opened", **{"profile.headcount": 20 + number})
    yield row(7, "structure_chosen", **seat(holder))
    for month in range(14):
        first = (start.replace(day=1) + timedelta(days=31 * month + 46)).replace(day=1)
        for function, hours in (("technology", 18), ("ai", 7.5)):
            worked = {"month": f"{first:%Y-%m}", "function": function, "hours": hours}
            yield row(31 * month + 66, "hours_reported", **worked)
    for days, paper, function in ((60, "technology_read", "technology"), (80, "ai_capability_map", "ai")):
        yield row(days, "deliverable_issued", deliverable=paper, function=function)
    for days, area, owner in ((30, "architecture", "technology"), (32, "ai_risk", "ai"), (34, "mlops", "joint")):
        yield row(days, "decision_right_assigned", area=area, owner=owner)
    yield row(90, "initiative_started", initiative="claims triage", note="Agreed with the board, with a budget.")
    yield row(200, "initiative_live", initiative="claims triage")
    yield row(260, "outcome_measured", initiative="claims triage", metric="time to answer", value=12.5, unit="minutes")
    yield row(100, "alignment_held", participants=f"{holder}; {PEOPLE[(number + 1) % len(PEOPLE)]}")
    yield row(480, "closed", outcome="completed", note="Handed over to an own team.")


def seat(holder: str) -> dict[str, Any]:
    return {
        "functions": "technology+ai",
        "seat.holder": holder,
        "seat.commitment": "fractional",
        "seat.provider": "firm",
        "seat.monthly_fee": "8500.00 USD",
    }
