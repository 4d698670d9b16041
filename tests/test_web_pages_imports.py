"""A file comes in through the page: every row is checked, all are recorded together, and the import can be undone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from api_client import Served, served
from browsing import Visitor, hidden_in, text_of
from holding_up import HeldUp
from patience import wait_until
from test_api_import import CORRECTION, STORY, lines

from api.imports.tables.headers import WHY_REFUSED
from api.state.import_files import LIFETIME, WaitingFile, find_file, store_file
from api.state.import_runs import ImportRun, store_run
from api.state.roles import Role

TABLE = (
    "Company,Engagement,Kind,Date,Functions,seat.holder,seat.commitment,seat.provider,Mood\n"
    "Halcyon Health,CTO+CAIO,opened,03/04/2023,,,,,sunny\n"
    "Halcyon Health,CTO+CAIO,structure_chosen,05/06/2023,technology+ai,Dana Whitfield,fractional,firm,\n"
    "Halcyon Health,CTO+CAIO,split_to_two_roles,07/08/2023,,,,,\n"
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("imports")) as running:
        yield running


@pytest.fixture(scope="module")
def admin(firm: Served) -> Visitor:
    return Visitor(firm)


def upload(visitor: Visitor, name: str, content: bytes) -> tuple[str, str]:
    """The address and the page of an uploaded file."""
    answer = visitor.client.post("/settings/imports", files={"file": (name, content)})
    assert answer.status_code == 200, text_of(answer.text)
    return answer.url.path, str(answer.text)


def press(visitor: Visitor, page: str, button: str, fields: dict[str, str] | None = None, status: int = 200) -> str:
    """Send the form with a button as it stands, with some fields changed."""
    form = next(f for f in re.findall(r'<form[^>]*method="post".*?</form>', page, re.S) if button in f)
    action = re.search(r'action="([^"]+)"', form)
    assert action is not None
    chosen = re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S)
    matches = {name: re.search(r'value="([^"]*)" selected', options) for name, options in chosen}
    selected = {name: match[1] for name, match in matches.items() if match is not None}
    return visitor.send(action[1], {**hidden_in(form), **selected, **(fields or {})}, status)


def test_json_lines_are_checked_recorded_and_undone(firm: Served, admin: Visitor) -> None:
    assert "Nothing was imported yet" in text_of(admin.get("/settings/imports"))
    path, page = upload(admin, "history.jsonl", lines(*STORY, CORRECTION))
    assert firm.context.log.head() == 0
    assert "5 new, 0 already recorded, 0 refused" in text_of(page)
    made = press(admin, page, "Record 5 rows")
    assert "The import is recorded" in text_of(made)
    admin.get(path, expect=404)
    assert "Halcyon Health" in text_of(admin.get("/clients"))
    assert "Enter a reason" in text_of(press(admin, made, "Undo the import", {"reason": " "}, 422))
    undone = press(admin, made, "Undo the import", {"reason": "of another year"})
    assert "The import is undone" in text_of(undone)
    assert "of another year" in text_of(undone)
    assert "Undo the import" not in undone
    assert "history.jsonl" in text_of(admin.get("/settings/imports"))
    assert firm.admin.get("/clients")["items"] == []


def test_a_table_asks_what_it_cannot_know_and_names_refused_rows(firm: Served, admin: Visitor) -> None:
    _, page = upload(admin, "clients.csv", TABLE.encode())
    assert "The column “Mood” is not recognized. Choose below what it holds, or leave it out." in text_of(page)
    assert "Is the day or the month first in dates such as 03/04/2025?" in text_of(page)
    assert "For example Halcyon Health" in text_of(page)
    page = press(admin, page, "Check again", {"date_order": "dmy"})
    assert "1 refused" in text_of(page)
    assert "Halcyon Health · split_to_two_roles · 07/08/2023" in text_of(page)
    assert "Record the 2 that fit" in text_of(page)
    address = re.search(r'href="([^"]+refused.csv)"', page)
    assert address is not None
    head, *refused = csv.reader(io.StringIO(admin.get(address[1])))
    assert head == [*TABLE.split("\n")[0].split(","), WHY_REFUSED]
    assert [row[:-1] for row in refused] == [TABLE.split("\n")[3].split(",")]
    assert refused[0][-1]
    mended = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [head, *refused])
    _, again = upload(admin, "refused.csv", mended.encode())
    again = press(admin, again, "Check again", {"ignore_unknown": "true", "date_order": "dmy"})
    assert ("The column “Mood” is ignored" in again, f"The column “{WHY_REFUSED}” is" in again) == (True, False)
    made = press(admin, page, "Record the 2 that fit")
    assert "2 new" in text_of(made)
    assert f'href="{address[1]}"' in made
    again = admin.get(address[1].removesuffix("/refused.csv"))
    assert "0 new, 2 already recorded, 1 refused" in text_of(again)
    engagement = firm.admin.get("/clients?q=halcyon")["items"][0]["slug"]
    assert firm.admin.get(f"/clients/{engagement}/engagements")["items"][0]["started_on"] == "2023-04-03"


def test_an_unreadable_file_says_why(admin: Visitor) -> None:
    _, page = upload(admin, "broken.jsonl", b'{"type": "person", "ref": "p9"}\nnot json\n')
    assert "2 refused" in text_of(page)
    assert "/record" not in page
    _, page = upload(admin, "macro.xls", b"\xd0\xcf\x11\xe0")
    assert "This file cannot be read" in text_of(page)
    empty = admin.client.post("/settings/imports", files={"file": ("nothing.csv", b"")})
    assert (empty.status_code, "Choose a file" in text_of(empty.text)) == (422, True)


def test_columns_of_other_names_are_matched_by_hand(admin: Visitor) -> None:
    content = "Kept by Marta;;;\nFirma;Co;Kiedy;Uwagi\nŁódź Textiles;opened;2024-04-03;1,5\n;paused;soon;2,5\n"
    _, page = upload(admin, "klienci.csv", content.encode())
    shown = text_of(page)
    assert "Which column names the client?" in shown
    assert "Which column has the date" in shown
    assert "For example opened, paused" in shown
    twice = press(admin, page, "Check again", {"column.1": "client", "column.2": "client"}, 422)
    assert "The column “Firma” is taken for “Client”." in text_of(twice)
    chosen = {"column.1": "client", "column.2": "kind", "column.3": "effective_on", "column.4": "-"}
    page = press(admin, page, "Check again", chosen)
    assert "2 refused" in text_of(page)
    assert "Łódź Textiles · opened · 2024-04-03" in text_of(page)
    address = re.search(r'href="([^"]+refused.csv)"', page)
    assert address is not None
    rows = list(csv.reader(admin.get(address[1]).splitlines(), delimiter=";"))
    assert [row[:4] for row in rows] == [line.split(";") for line in content.splitlines()[1:]]
    page = press(admin, page, "Check again", {**chosen, "column.1": "-"})
    assert "Which column names the client?" in text_of(page)


def test_a_guess_that_was_taken_back_is_not_made_again(admin: Visitor) -> None:
    _, page = upload(admin, "clients.csv", b"Client,Kind,Date,Comment\nHalcyon Health,paused,2024-01-01,x\n")
    assert 'value="note" selected' in page
    page = press(admin, page, "Check again", {"column.4": "-"})
    assert 'value="note" selected' not in page


def test_only_admins_of_all_clients_import(firm: Served) -> None:
    visitor = Visitor(firm, Role.RECORDER)
    visitor.get("/settings/imports", expect=403)
    assert "/settings/imports" not in visitor.get("/settings")


def test_a_file_is_gone_after_a_day(data_dir: Path) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with served(data_dir) as running:
        files = [
            WaitingFile(uuid4(), f"{number}.csv", "text/csv", b"x", {}, uuid4(), now + timedelta(minutes=number))
            for number in range(25)
        ]
        for file in files:
            running.context.log.write(partial(store_file, file=file))
        with running.context.log.engine.connect() as connection:
            at = now + timedelta(hours=1)
            assert [f.name for f in files if find_file(connection, f.id, at)] == [f.name for f in files[5:]]
            assert find_file(connection, files[-1].id, now + LIFETIME + timedelta(hours=1)) is None


def test_columns_that_are_all_left_out_stay_so(admin: Visitor) -> None:
    _, page = upload(admin, "clients.csv", b"Client,Kind,Date\nHalcyon Health,paused,2024-01-01\n")
    page = press(admin, page, "Check again", {f"column.{number}": "-" for number in (1, 2, 3)})
    assert "guessed" not in page
    assert ' value="client" selected' not in page
    assert "Which column names the client?" in text_of(page)


def test_a_long_recording_shows_its_progress_and_then_its_result(
    firm: Served, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.imports.runs.WAIT_SECONDS", 0)
    _, page = upload(admin, "long.jsonl", lines({"type": "person", "ref": "long", "name": "Lena", "employer": "firm"}))
    held_up = HeldUp(monkeypatch)
    form = press(admin, page, "Record 1 row")
    assert "You can leave this page" in text_of(form)
    assert 'hx-trigger="every 1s"' in form
    assert '<meta http-equiv="refresh"' in form
    overview = admin.get("/settings/imports")
    path = re.search(r'href="(/settings/imports/[0-9a-f-]+\?file=[0-9a-f-]+)"', overview)
    assert path is not None
    assert "long.jsonl recording" in text_of(overview)
    again = press(admin, page, "Record 1 row", {"form_id": str(uuid4())})
    assert path[1].split("?")[0] in again
    held_up.goes_on.set()
    wait_until(lambda: "every 1s" not in admin.get(path[1]))
    assert "1 new, 0 already recorded" in text_of(admin.get(path[1]))
    answer = admin.client.get(path[1], headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == path[1]
    assert len(firm.admin.get("/people?q=Lena")["items"]) == 1
    assert "Not recorded yet" not in admin.get("/settings/imports")


def test_a_recording_that_its_server_did_not_finish_can_be_begun_again(firm: Served, admin: Visitor) -> None:
    path, page = upload(admin, "cut.jsonl", lines({"type": "person", "ref": "cut", "name": "Cleo", "employer": "firm"}))
    context = firm.context
    run = ImportRun(uuid4(), 7, uuid4(), context.now(), UUID(path.rpartition("/")[2]), "cut.jsonl", done=3)
    context.log.write(partial(store_run, run=run))
    context.import_runs.beat()
    shown = text_of(admin.get(f"/settings/imports/{run.id}"))
    assert "Nothing was recorded The server stopped before the import was recorded." in shown
    assert "failed after 3 of 7 rows" in shown
    assert f'href="{path}"' in admin.get(f"/settings/imports/{run.id}")
    assert "cut.jsonl failed" in text_of(admin.get("/settings/imports"))
    assert "The import is recorded" in text_of(press(admin, page, "Record 1 row"))
