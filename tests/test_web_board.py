"""The board report: what it says, that it is the same file for ever, and what happens where it cannot be made."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from api_client import Served, served
from browsing import Visitor, text_of
from pdf_text import printed_pages
from typer.testing import CliRunner

from api.auth.access import THE_OWNER
from api.board import board_query
from api.queries import QueryContext
from api.state.roles import Role
from domain.seats import StructureGroup
from projections.client_filter import ClientFilter
from web.board import command, render
from web.board.figures import MINUS
from web.board.layout import change_words
from web.board.render import board_html
from web.cli import app
from web.formatting import number_text
from web.server_client import ServerClient

TODAY = date(2026, 11, 22)
PINNED = {"client": "drayline", "known_at": "2026-10-05T23:59:59.999999Z"}


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Served]:
    """The demonstration firm, served."""
    with served(demonstration) as running:
        yield running


def said_by(firm: Served, **parameters: Any) -> str:
    """What a report says, its markup and its charts left out."""
    read = QueryContext(firm.context, THE_OWNER, None)
    return text_of(board_html(read, board_query(read, **parameters)))


def unpacked(pdf: bytes) -> bytes:
    """A PDF with its streams in the clear."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    return pdf + b"".join(zlib.decompressobj().decompress(s) for s in streams if s[:1] == b"\x78")


def test_the_portfolio_is_told_in_one_file(firm: Served) -> None:
    answer = firm.admin.ask("GET", "/reports/board?quarter=2026-Q3")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="board-report-portfolio-2026-Q3.pdf"'
    assert answer.content.startswith(b"%PDF-")
    clear = unpacked(answer.content)
    assert len(re.findall(rb"/Type /Page\b", clear)) >= 6
    # its letters are Inter's own, and nothing says where or when it was made
    fonts = set(re.findall(rb"/BaseFont /[A-Z]+\+([A-Za-z-]+)", clear))
    assert fonts
    assert all(font.startswith(b"Inter") for font in fonts)
    assert b"CreationDate" not in clear


def test_the_portfolio_report_says_what_the_reports_say(firm: Served) -> None:
    text = said_by(firm, quarter="2026-Q3", fees=True)
    mix = firm.admin.get("/reports/structure-mix?as_of=2026-09-30&from=2026-Q3&to=2026-Q3")["rows"]
    assert f"Clients engaged {sum(row['clients'] for row in mix)}" in text
    for section in (
        *("Structure mix", "Transitions", "Who changed, and why", "Client by quarter", "Revenue", "Capacity"),
        *("Watch list", "Governance", "Outcomes", "What lies ahead", "Drift"),
    ):
        assert section in text
    for row in firm.admin.get("/reports/revenue?as_of=2026-09-30&from=2026-Q3&to=2026-Q3")["rows"]:
        assert f"{float(row['amount']):,.2f}" in text
    for move in firm.admin.get("/reports/plan?as_of=2026-09-30")["moves"]:
        assert move["name"] in text
    for row in firm.admin.get("/reports/drift?as_of=2026-09-30")["rows"]:
        assert f"{row['name']} " in text
    assert "as of 30 Sep 2026" in text


@pytest.mark.parametrize("structure", ["", "two_seats"])
def test_the_summary_says_what_the_reports_say_of_this_quarter_and_the_one_before(firm: Served, structure: str) -> None:
    group = StructureGroup(structure) if structure else None
    text = said_by(firm, quarter="2026-Q3", chosen=ClientFilter(structure=group))
    query = "as_of=2026-09-30" + (f"&structure={structure}" if structure else "")
    mix = firm.admin.get(f"/reports/structure-mix?{query}&from=2026-Q2&to=2026-Q3")["rows"]
    before, now = (sum(r["clients"] for r in mix if r["quarter"] == quarter) for quarter in ("2026-Q2", "2026-Q3"))
    compared = change_words(now, before, "2026-Q2")
    assert f"{now} clients were engaged on 30 Sep 2026, {compared}." in text
    planned = sum(row["times"] for row in firm.admin.get(f"/reports/plan?{query}")["rows"])
    assert f"{planned} change{' is' if planned == 1 else 's are'} planned" in text
    signs = firm.admin.get(f"/reports/watch-list?{query}&limit=500")["rows"]
    high = sum(row["severity"] == "high" for row in signs)
    assert f"; {high or 'none'} {'is' if high <= 1 else 'are'} of high severity." in text
    drifting = firm.admin.get(f"/reports/drift?{query}")["rows"]
    assert (
        f"{len(drifting)} client{' has' if len(drifting) == 1 else 's have'} a structure that differs from the advice"
        in text
    )
    if not structure:
        early_signs = firm.admin.get("/reports/watch-list?as_of=2026-06-30&limit=500")["rows"]
        assert f"{len(signs)} warning signs hold, {change_words(len(signs), len(early_signs), '2026-Q2')};" in text
        early_drift = firm.admin.get("/reports/drift?as_of=2026-06-30")["rows"]
        assert f"from the advice, {change_words(len(drifting), len(early_drift), '2026-Q2')}." in text


def test_every_figure_of_the_summary_is_in_its_table_with_its_change(firm: Served) -> None:
    text = said_by(firm, quarter="2026-Q3", fees=True)
    hours = {
        quarter: sum(
            Decimal(str(row["agreed"][hat] or 0))
            for row in firm.admin.get(f"/reports/capacity?as_of={day}&from={quarter}&to={quarter}&limit=500")["rows"]
            for hat in ("technology", "ai")
        )
        for quarter, day in (("2026-Q2", "2026-06-30"), ("2026-Q3", "2026-09-30"))
    }
    before, now = hours.values()
    change = f"{'+' if now > before else MINUS}{number_text(abs(now - before))}"
    assert f"Hours agreed {number_text(now)} {number_text(before)} {change} " in text
    assert f"{number_text(now)} hours are agreed for 2026-Q3" in text
    assert "What lies ahead 8 changes are planned, the next on 19 Oct 2026 at Helix & Hare." in text


def test_the_summary_of_a_client_names_its_structure_and_who_holds_its_seats(firm: Served) -> None:
    text = said_by(firm, quarter="2026-Q3", client="drayline")
    assert "Drayline was engaged on 30 Sep 2026: Two seats, both fractional, since 3 Aug 2026" in text
    assert "; at the end of 2026-Q2: Unified, fractional. Rafael Quintero holds the CTO seat. Yuki Tanabe holds" in text
    assert "In 2026-Q3, there was 1 change of structure; in 2026-Q2 it was none." in text
    assert "Changes of structure 1 0 +1 " in text


@pytest.mark.parametrize("client", ["", "drayline"])
def test_fees_are_only_in_a_report_that_is_asked_for_them(firm: Served, client: str) -> None:
    query = {"quarter": "2026-Q3", **({"client": client} if client else {})}
    without, including = said_by(firm, **query), said_by(firm, **query, fees=True)
    assert not re.search(r"\b[Ff]ees?\b|Revenue", without)
    assert re.search(r"Monthly fee", including)


def test_a_client_is_told_with_its_seats_and_milestones(firm: Served) -> None:
    text = said_by(firm, quarter="2026-Q3", client="drayline")
    client = firm.admin.get("/clients/drayline?as_of=2026-09-30")
    assert client["name"] in text
    for person in client["people"].values():
        assert person in text
    assert "Split into two roles" in text
    assert "Halcyon" not in text
    pdf = firm.admin.ask("GET", "/reports/board?quarter=2026-Q3&client=drayline")
    assert pdf.headers["content-disposition"] == 'inline; filename="board-report-drayline-2026-Q3.pdf"'


def test_as_known_earlier_it_says_what_was_known(firm: Served) -> None:
    # the transition of 7 September was recorded on 12 October
    assert "CAIO seat full-time" in said_by(firm, quarter="2026-Q3", client="halcyon-health")
    read = QueryContext(firm.context, THE_OWNER, None)
    visitor = Visitor(firm)
    page = visitor.client.get("/board-report.pdf", params={"client": "halcyon-health", "known_at": "2026-10-05"})
    assert page.headers["content-type"] == "application/pdf"
    early = board_query(read, quarter="2026-Q3", client="halcyon-health", known_at=datetime(2026, 10, 5, tzinfo=UTC))
    assert "CAIO seat full-time" not in text_of(board_html(read, early))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("quarter=2027-Q3", "quarter"),
        ("quarter=2026-Q3&known_at=2026-06-30T00:00:00Z", "quarter"),
        ("quarter=2026-Q3&as_of=2026-10-01", "as_of"),
        ("quarter=FY2026-Q3", "quarter"),
        ("known_at=0507-06-06T12:31:46Z", "known_at"),
    ],
)
def test_a_quarter_that_cannot_be_told_is_refused(firm: Served, query: str, field: str) -> None:
    problem = firm.admin.ask("GET", f"/reports/board?{query}", status=422).json()
    assert [error["field"] for error in problem["errors"]] == [field]


def test_the_quarter_is_that_of_the_day_and_the_day_the_last_that_is_known(firm: Served) -> None:
    read = QueryContext(firm.context, THE_OWNER, None)
    query = board_query(read, as_of=date(2026, 5, 4))
    assert (query.quarter.label, query.as_of) == ("2026-Q2", date(2026, 5, 4))
    query = board_query(read, quarter="2026-Q1")
    assert query.as_of == date(2026, 3, 31)
    known_at = firm.context.log.read()[-1].event.timestamp.replace(year=2026, month=2, day=3)
    query = board_query(read, known_at=known_at)
    assert (query.quarter.label, query.as_of) == ("2026-Q1", date(2026, 2, 3))


def test_who_sees_two_clients_reads_of_two(firm: Served) -> None:
    every = firm.admin.get("/clients?as_of=2026-09-30&limit=500&structure=fractional_pair")["items"]
    mine, other = every[:2], every[2]
    viewer = firm.caller(Role.VIEWER, {UUID(client["id"]) for client in mine})
    viewer.ask("GET", f"/reports/board?quarter=2026-Q3&client={other['slug']}", status=404)
    viewer.ask("GET", "/reports/board?quarter=2026-Q3&client=nobody", status=404)
    caller = THE_OWNER.__class__(
        THE_OWNER.id, "x", Role.VIEWER, frozenset(UUID(c["id"]) for c in mine), THE_OWNER.door, THE_OWNER.door_id
    )
    read = QueryContext(firm.context, caller, None)
    query = text_of(board_html(read, board_query(read, quarter="2026-Q3")))
    assert "Clients engaged 2 " in query
    assert other["name"] not in query


def test_stored_text_is_text_and_nothing_is_fetched(firm: Served) -> None:
    from web.board.pdf import BundledFontFetcher  # loads the PDF printer, which few workers need

    name = '<img src="file:///etc/passwd"><link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
    client = firm.admin.post("/clients", {"name": name, "slug": "tricks"})
    firm.admin.post(f"/clients/{client['slug']}/engagements", {"name": "<script>", "started_on": "2026-07-05"})
    read = QueryContext(firm.context, THE_OWNER, None)
    html = board_html(read, board_query(read, client="tricks"))
    assert "<img" not in html
    assert "&lt;img" in html
    fetcher = BundledFontFetcher()
    for elsewhere in ("file:///etc/passwd", "http://127.0.0.1/", "https://example.org/", "seatline:../pdf.py", "x"):
        with pytest.raises(ValueError, match="may only load bundled fonts"):
            fetcher.fetch(elsewhere)
    assert fetcher.fetch("seatline:Inter-Regular.ttf").read()[:4] == b"\0\1\0\0"


def test_without_the_printer_everything_else_runs_and_says_what_is_missing(
    firm: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "web.board.pdf", raising=False)
    monkeypatch.delattr("web.board.pdf", raising=False)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    problem = firm.admin.ask("GET", "/reports/board?quarter=2026-Q3", status=503).json()
    assert problem["type"] == "/problems/pdf-unavailable"
    assert "weasyprint is not installed" in problem["detail"]
    assert firm.admin.get("/reports/plan")["rows"] is not None


def test_without_a_library_of_the_system_it_is_named(
    firm: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    monkeypatch.delitem(sys.modules, "web.board.pdf", raising=False)
    monkeypatch.delattr("web.board.pdf", raising=False)
    for module in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.syspath_prepend(tmp_path)
    problem = firm.admin.ask("GET", "/reports/board?quarter=2026-Q3", status=503).json()
    assert "cannot load library libpango-1.0-0" in problem["detail"]


def test_whoever_waits_too_long_is_told_to_come_again(firm: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "PATIENCE_SECONDS", 0.01)
    with render._pdf_lock:
        answer = firm.admin.ask("GET", "/reports/board?quarter=2026-Q3", status=503)
    assert answer.json()["type"] == "/problems/press-busy"
    assert answer.headers["retry-after"] == "10"


def test_the_page_offers_quarters_and_clients(firm: Served) -> None:
    visitor = Visitor(firm)
    page = visitor.get("/board-report", client="drayline")
    assert 'name="client" value="drayline"' in page
    assert "The whole portfolio" in page
    assert "seatline report --quarter" in page
    assert 'href="/board-report?client=drayline"' in visitor.get("/clients/drayline")
    visitor.get("/board-report", expect=404, client="nobody")
    visitor.get("/board-report.pdf", expect=422, quarter="soon")


def test_the_command_line_asks_the_server_at_work(
    demonstration: Path, firm: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def find_server(store: object) -> ServerClient:
        return ServerClient("http://testserver", firm.admin.key)

    def get(running: ServerClient, path: str, query: dict[str, str]) -> object:
        headers = {"Authorization": f"Bearer {running.secret}"}
        return firm.client.get(f"/api/v1{path}", params=query, headers=headers)

    def ask(method: str, url: str, *, timeout: float, trust_env: bool, **request: Any) -> object:
        return firm.client.request(method, url, **request)

    monkeypatch.setattr(ServerClient, "get", get)
    monkeypatch.setattr(command, "find_server", find_server)
    monkeypatch.setattr("web.server_client.find_server", find_server)
    monkeypatch.setattr(httpx, "request", ask)
    file = tmp_path / "board.pdf"
    store = str(demonstration)
    arguments = ["report", "--data", store, "--client", "drayline", "--known-at", "2026-10-05", "--pdf", str(file)]
    made = CliRunner().invoke(app, arguments)
    assert made.exit_code == 0, made.output
    assert file.read_bytes() == firm.admin.ask("GET", "/reports/board", params=PINNED).content
    firm.admin.ask("PATCH", "/settings", {"time_zone": "Pacific/Kiritimati"})
    made = CliRunner().invoke(app, arguments)
    midnight = {**PINNED, "known_at": "2026-10-05T09:59:59.999999Z"}
    until_midnight = firm.admin.ask("GET", "/reports/board", params=midnight).content
    firm.admin.ask("PATCH", "/settings", {"time_zone": "UTC"})
    assert (made.exit_code, file.read_bytes() == until_midnight) == (0, True), made.output
    refused = CliRunner().invoke(app, ["report", "--data", store, "--client", "nobody", "--pdf", str(file)])
    assert (refused.exit_code, "no such client" in refused.output) == (1, True)


def test_the_report_begins_with_a_cover_and_its_figures_say_how_they_changed(firm: Served) -> None:
    text = said_by(firm, quarter="2026-Q3")
    cover, _, summary = text.partition(" Summary Clients engaged ")
    assert "Portfolio 2026-Q3 1 Jul 2026 to 30 Sep 2026 About All clients State As of 30 Sep 2026" in cover
    assert "Fees" not in cover
    assert "Amounts Fees are shown" in said_by(firm, quarter="2026-Q3", fees=True)
    mix = firm.admin.get("/reports/structure-mix?as_of=2026-09-30&from=2026-Q2&to=2026-Q3")["rows"]
    before, now = (sum(r["clients"] for r in mix if r["quarter"] == quarter) for quarter in ("2026-Q2", "2026-Q3"))
    change = f"{abs(now - before)} {'more' if now > before else 'fewer'} than" if now != before else "as many as"
    assert summary.startswith(f"{now} {change} at the end of 2026-Q2")


@pytest.mark.parametrize(("paper", "size"), [("a4", b"841.8"), ("letter", b"792")])
def test_on_either_paper_the_cover_and_the_summary_are_a_page_each(firm: Served, paper: str, size: bytes) -> None:
    query = f"quarter=2026-Q3&client=drayline&paper={paper}"
    pdf = firm.admin.ask("GET", f"/reports/board?{query}").content
    assert re.search(rb"/MediaBox \[0 0 " + re.escape(size), unpacked(pdf))
    cover, summary, *_ = printed_pages(pdf)
    assert cover.startswith("Board report Drayline 2026-Q3 1 Jul 2026 to 30 Sep 2026")
    contents = re.findall(r"([A-Z][^\d]*?(?: 2026-Q3)?) (\d+)(?= [A-Z]|$)", cover.partition(" Contents ")[2])
    assert (contents[0], contents[-1][0]) == (("Summary", "2"), "What needs attention")
    printed = printed_pages(pdf)
    for title, page in contents:
        assert title in printed[int(page) - 1]
    assert summary.startswith("Summary ")
    for part in ("Drayline was engaged on 30 Sep 2026", "Changes of structure", "What lies ahead", "Page 2 of"):
        assert part in summary


def test_the_cover_says_which_clients_the_report_covers(firm: Served) -> None:
    person = firm.admin.get("/people?limit=1")["items"][0]
    chosen = ClientFilter(structure=StructureGroup.TWO_SEATS, practice_lead=UUID(person["id"]), regulated=False)
    cover = said_by(firm, quarter="2026-Q3", chosen=chosen).partition(" Summary ")[0]
    filters = f"Two seats; Led by {person['name']}; Not regulated"
    assert f"About All clients with these filters: {filters} State" in cover
