"""Presenter mode: one browser shows neither names of clients nor amounts, on pages, in files and in the palette."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from api_client import Served, answer_boards_as_html, served
from browsing import Visitor
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from api.http.presenter import Masker, NamedClient, without_amounts

NAMES = ("Zwetschgenhof & Söhne", "Quetsch")
SECRETS = (*NAMES, "Zwetschgenhof", "zwetschgenhof", "8,641.35", "8641.35", "912,345", "912345")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("presenter")) as running:
        answer_boards_as_html(running)
        person = running.admin.post("/people", {"name": "Dana", "employer": "firm"})["id"]
        for name in NAMES:
            profile = {"sector": "health", "annual_revenue": {"amount": "912345.00", "currency": "USD"}}
            client = running.admin.post("/clients", {"name": name, "profile": profile})["id"]
            letter = {"name": f"CTO at {name}", "started_on": "2024-01-01", "practice_lead": person}
            engagement = running.admin.post(f"/clients/{client}/engagements", letter)["id"]
            fee = {"amount": "8641.35", "currency": "EUR"}
            terms = {"holder": person, "commitment": "fractional", "provider": "firm", "monthly_fee": fee}
            seats = [{"functions": ["technology", "ai"], **terms}]
            chosen = {
                "kind": "structure_chosen",
                "effective_on": "2024-02-01",
                "seats": seats,
                "note": f"{name} agreed",
            }
            running.admin.post(f"/engagements/{engagement}/milestones", chosen)
        yield running


@pytest.fixture
def presenter(firm: Served) -> Visitor:
    visitor = Visitor(firm)
    visitor.send("/presenter", {"on": "on"})
    return visitor


@pytest.mark.slow(reason="follows every kind of link")
def test_no_page_that_links_lead_to_shows_a_name_or_an_amount(firm: Served, presenter: Visitor) -> None:
    seen, waiting = (
        {"/sign-out"},
        ["/", "/palette.json", "/search?q=zwetsch", "/api/v1/clients", "/api/v1/clients?format=csv", "/reports"],
    )
    patterns: set[str] = set()
    while waiting:
        address = waiting.pop()
        pattern = re.sub(r"[0-9a-f-]{36}|\d{4}-Q\d|\d+|(?<==)[^&]*", "*", address)
        if address in seen or pattern in patterns:
            continue
        seen.add(address)
        patterns.add(pattern)
        answer = presenter.client.get(address)
        assert answer.status_code < 500, address
        content = answer.text if "image/png" not in answer.headers["content-type"] else ""
        assert not [secret for secret in SECRETS if secret in content], (address, content[:300])
        assert not [s for s in SECRETS if s in answer.headers.get("content-disposition", "")], address
        if answer.headers["content-type"].startswith("text/html") and len(seen) < 60:
            waiting += [
                link.replace("&amp;", "&")
                for link in re.findall(r'href="(/[^"#]*)', answer.text)
                if not link.startswith(("/static", "/logo", "/api", "/settings/audit", "/frameworks/", "/signs/"))
            ]
    assert len(seen) > 30


def test_files_of_reports_hide_names_and_amounts(presenter: Visitor) -> None:
    for path in ("/reports/quarter-grid", "/reports/capacity", "/reports/drift"):
        book = load_workbook(io.BytesIO(presenter.client.get(f"/api/v1{path}?format=xlsx").content))
        text = str([row for sheet in book for row in sheet.iter_rows(values_only=True)])
        assert not [secret for secret in SECRETS if secret in text], path
        csv = presenter.client.get(f"{path}.csv").text
        assert not [secret for secret in SECRETS if secret in csv], path
    assert presenter.client.get("/reports/revenue.csv").status_code == 403


def test_the_browser_says_so_and_is_as_before_once_it_is_switched_off(firm: Served, presenter: Visitor) -> None:
    page = presenter.get("/clients")
    assert "Presenter mode is on" in page
    assert "Client 1" in page
    assert "/milestones/new" not in page
    presenter.get("/milestones/new", expect=403)
    assert "Zwetschgenhof &amp; Söhne" in Visitor(firm).get("/clients")
    presenter.send("/presenter", {"on": ""})
    assert "Zwetschgenhof &amp; Söhne" in presenter.get("/clients")


def test_links_lead_to_clients_by_id(firm: Served, presenter: Visitor) -> None:
    client = firm.admin.get("/clients/zwetschgenhof-sohne")["id"]
    assert f'href="/clients/{client}"' in presenter.get("/clients")
    page = presenter.get(f"/clients/{client}")
    assert "<h1" in page


def masker(*names: str) -> Masker:
    return Masker([NamedClient(UUID(int=number), f"slug-{number}", (name,)) for number, name in enumerate(names)])


def test_a_name_is_replaced_as_a_whole_and_the_longest_first() -> None:
    mask = masker("Acme", "Acme Health", "(Ex) Co")
    assert mask.names("Acme Health, Acme, Acmed and (Ex) Co") == "Client 2, Client 1, Acmed and Client 3"


def test_markup_keeps_its_tags_and_classes() -> None:
    mask = masker("table", "data")
    assert mask.markup('<table class="table" title="table">data</table>') == (
        '<table class="table" title="Client 1">Client 2</table>'
    )
    assert mask.json('{"data": "data"}') == '{"data": "Client 2"}'


@pytest.mark.parametrize(
    "text",
    [
        "8,500 USD",
        "8500.00 EUR",
        "USD 8,500",
        "$8,500",
        "€ 12",
        "1.2M USD",
        "<td>8,500</td> <td>USD</td>",
        "12\u00a0CHF",
    ],
)
def test_amounts_beside_a_currency_are_hidden(text: str) -> None:
    assert not re.search(r"\d", without_amounts(text))


def test_other_numbers_stay() -> None:
    for text in ("12 clients", "2026-Q1", "20 h technology", "3 USDA", "A07", "2024-01-01 to 2024-12-31"):
        assert without_amounts(text) == text


@given(st.text(min_size=1, max_size=12), st.text(max_size=10), st.text(max_size=10))
def test_no_name_with_a_letter_survives_between_blanks(name: str, before: str, after: str) -> None:
    mask = Masker([NamedClient(uuid4(), "x", (name,))])
    text = mask.names(f"{before} | {name} | {after}")
    if re.search(r"\w", name) and name not in f"{before}{after} | Client 1":
        assert f" {name} " not in text
