"""A client with a fiscal year of its own is told in its own quarters: on pages, in previews and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from api_client import Served, answer_boards_as_html, served
from browsing import Visitor, sent_unchanged, tell_a_story, text_of

from api.auth.access import THE_OWNER
from api.board import board_query
from api.http.problems import Problem
from api.queries import QueryContext
from web.board.render import board_html


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm of calendar years, with a client whose year begins in April and one whose year begins in February."""
    with served(tmp_path_factory.mktemp("fiscal")) as running:
        tell_a_story(running)
        for name, month in (("April Works", 4), ("February Works", 2)):
            slug = running.admin.post("/clients", {"name": name, "fiscal_year_start_month": month})["slug"]
            opening = {"name": "First letter", "started_on": "2024-02-20"}
            running.admin.post(f"/clients/{slug}/engagements", opening)
        yield running


def asked(firm: Served, quarter: str | None, client: str, as_of: date | None = None) -> tuple[str, date, str]:
    """The quarter of a report, its day, and the page that is printed."""
    read = QueryContext(firm.context, THE_OWNER, None)
    report = board_query(read, quarter=quarter, client=client, as_of=as_of)
    return report.quarter.label, report.as_of, board_html(read, report)


@pytest.mark.parametrize(
    ("client", "named", "own", "last_day"),
    [
        ("april-works", "2025-Q3", "FY2026-Q2", date(2025, 9, 30)),
        ("april-works", "FY2026-Q2", "FY2026-Q2", date(2025, 9, 30)),
        ("february-works", "2025-Q3", "FY2026-Q3", date(2025, 10, 31)),
        ("halcyon-health", "2025-Q3", "2025-Q3", date(2025, 9, 30)),
    ],
)
def test_a_clients_report_is_told_in_its_own_quarters(
    firm: Served, client: str, named: str, own: str, last_day: date
) -> None:
    quarter, day, page = asked(firm, named, client)
    assert (quarter, day) == (own, last_day)
    assert own in page
    labels = set(re.findall(r"\b(?:FY)?20\d\d-Q\d\b", page))
    assert {label.startswith("FY") for label in labels} == {own.startswith("FY")}


def test_a_clients_report_of_a_day_is_of_its_own_quarter(firm: Served) -> None:
    assert asked(firm, None, "february-works", date(2025, 10, 15))[:2] == ("FY2026-Q3", date(2025, 10, 15))
    assert asked(firm, "2025-Q4", "february-works", date(2025, 10, 15))[:2] == ("FY2026-Q3", date(2025, 10, 15))


def test_a_quarter_of_the_firm_that_lies_ahead_is_refused_for_every_client(firm: Served) -> None:
    ahead = f"{firm.context.today().year + 2}-Q1"
    for client in ("april-works", "february-works", "halcyon-health"):
        with pytest.raises(Problem) as refused:
            asked(firm, ahead, client)
        assert refused.value.status_code == 422


def test_the_form_offers_the_quarters_of_the_client(firm: Served) -> None:
    visitor = Visitor(firm)
    for client, fiscal in (("april-works", True), ("halcyon-health", False), ("", False)):
        page = visitor.get("/board-report", client=client)
        select = page[page.index('id="f-quarter"') :].split("</select>")[0]
        labels = re.findall(r'<option value="([^"]+)"', select)
        assert labels
        assert {label.startswith("FY") for label in labels} == {fiscal}


def test_a_form_without_scripts_shows_the_quarters_of_the_client_before_it_prints(firm: Served) -> None:
    answer_boards_as_html(firm)
    visitor = Visitor(firm)

    def sent(fields: Mapping[str, Any], **typed: str) -> tuple[str, dict[str, list[str]]]:
        """The answer to the form, and what the form in it would send."""
        answer = visitor.client.get("/board-report.pdf", params={**fields, **typed})
        assert answer.status_code == 200, answer.text
        return text_of(answer.text), sent_unchanged(answer.text, "year_start")

    offered = sent_unchanged(visitor.get("/board-report"), "year_start")
    assert offered["year_start"] == ["1"]
    words, april = sent(offered, **{"client.name": "april works", "quarter": "2025-Q3"})
    assert "this fiscal year begins in April" in words
    assert (april["client"], april["quarter"], april["year_start"]) == (["april-works"], ["FY2026-Q2"], ["4"])
    words, form = sent(april)
    assert "FY2026-Q2" in words
    assert not form
    _, february = sent(april, **{"client.name": "February Works"})
    assert (february["quarter"], february["year_start"]) == (["FY2026-Q3"], ["2"])
    _, whole = sent(april, **{"client": "", "client.name": "", "client.for": ""})
    assert (whole["quarter"], whole["year_start"]) == (["2025-Q3"], ["1"])


def test_a_preview_is_drawn_in_the_quarters_of_the_client(firm: Served) -> None:
    visitor = Visitor(firm)
    engagement = firm.admin.get("/clients/april-works/engagements")["items"][0]["id"]
    person = firm.admin.get("/people")["items"][0]["id"]
    form = visitor.get("/milestones/new", client="april-works", kind="structure_chosen")
    holder = re.search(r'name="([^"]*holder)"', form)
    assert holder is not None
    prefix = holder[1].removesuffix("holder")
    fields = {
        "client": "april-works",
        "engagement": engagement,
        "kind": "structure_chosen",
        "shape": "one",
        "effective_on": "2025-05-01",
        f"{prefix}holder": person,
        f"{prefix}commitment": "fractional",
        f"{prefix}provider": "firm",
    }
    drawn = visitor.send("/milestones/check", fields)
    assert "<svg" in drawn
    years = set(re.findall(r">((?:FY)?20\d\d)<", drawn))
    assert years
    assert all(year.startswith("FY") for year in years)
