"""Two to four clients compared on one axis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import Visitor, text_of

from api.state.roles import Role

TWO = "client=torchlight-security&client=halcyon-health"


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Served]:
    with served(demonstration) as running:
        yield running


def test_the_timelines_of_the_clients_have_one_axis_and_the_order_of_the_url(firm: Served) -> None:
    page = Visitor(firm).get(f"/compare?{TWO}&client=ironvale-components&as_of=2026-06-30")
    axes = re.findall(r'data-days="(\d+)" data-start="([0-9-]+)"', page)
    assert len(axes) == 3
    assert len(set(axes)) == 1
    headings = re.findall(r'<h2 id="client-\d"><a href="/clients/([a-z-]+)', page)
    assert headings == ["torchlight-security", "halcyon-health", "ironvale-components"]
    text = text_of(page)
    assert "On 30 Jun 2026" in text
    assert "Structure by quarter" in text
    assert "Monthly fee" in text


def test_quarters_and_knowledge_of_a_comparison_are_in_its_url(firm: Served) -> None:
    visitor = Visitor(firm)
    page = visitor.get(f"/compare?{TWO}&from=2025-Q1&to=2025-Q4&as_of=2025-12-31&known_at=2026-08-01")
    assert set(re.findall(r'data-days="(\d+)" data-start="([0-9-]+)"', page)) == {("365", "2025-01-01")}
    assert "As known on 1 Aug 2026" in text_of(page)
    csv = visitor.client.get(f"/compare.csv?{TWO}&from=2025-Q1&to=2025-Q4&as_of=2025-12-31").text.splitlines()
    assert csv[0] == "quarter,Torchlight Security,Halcyon Health"
    assert [line.split(",")[0] for line in csv[1:]] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    for bad in ("from=2025-Q4&to=2025-Q1", "from=2025-Q9", "as_of=never"):
        assert visitor.client.get(f"/compare?{TWO}&{bad}").status_code == 422, bad


def test_a_comparison_is_also_a_picture(firm: Served) -> None:
    client = Visitor(firm).client
    svg = client.get(f"/compare.svg?{TWO}&as_of=2026-06-30")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.text.index("Torchlight Security") < svg.text.index("Halcyon Health")
    assert len(re.findall(r'id="([^"]+)"', svg.text)) == len(set(re.findall(r'id="([^"]+)"', svg.text)))
    assert client.get(f"/compare.png?{TWO}&as_of=2026-06-30").content.startswith(b"\x89PNG")
    assert client.get("/compare.svg?client=halcyon-health").status_code == 422
    assert client.get(f"/compare.pdf?{TWO}").status_code == 404


def test_one_client_asks_for_another_and_five_are_too_many(firm: Served) -> None:
    visitor = Visitor(firm)
    assert "Choose two to four clients" in text_of(visitor.get("/compare"))
    assert "Choose two to four clients" in text_of(visitor.get("/compare?client=halcyon-health"))
    five = "&".join(f"client={row['slug']}" for row in firm.admin.get("/clients?limit=5")["items"])
    assert visitor.client.get(f"/compare?{five}").status_code == 422
    once = visitor.get(f"/compare?{TWO}&client=halcyon-health")
    assert len(re.findall(r'<h2 id="client-\d">', once)) == 2


def test_a_client_is_added_by_typing_its_name_without_scripts(firm: Served) -> None:
    client = Visitor(firm).client
    sent = "client=halcyon-health&client.for=&client.name=torchlight+SECURITY&from=&as_of="
    answer = client.get(f"/compare?{sent}", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/compare?client=halcyon-health&client=torchlight-security"
    unclear = client.get("/compare?client=halcyon-health&client.name=security", follow_redirects=True)
    assert unclear.status_code == 200
    assert 'name="client.pick"' in unclear.text


def test_foreign_and_unknown_clients_cannot_be_compared(firm: Served) -> None:
    own = firm.admin.get("/clients/halcyon-health")["id"]
    limited = Visitor(firm, Role.VIEWER, {UUID(own)})
    assert limited.client.get("/compare?client=halcyon-health").status_code == 200
    for other in ("torchlight-security", "nobody-at-all"):
        for path in ("/compare", "/compare.svg", "/compare.csv"):
            assert limited.client.get(f"{path}?client=halcyon-health&client={other}").status_code == 404, other


@pytest.fixture(scope="module")
def fiscal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm of calendar years with two clients whose years start in April and three with calendar years."""
    with served(tmp_path_factory.mktemp("fiscal-compare")) as running:
        for name, month in (("April Works", 4), ("April Mills", 4), ("Plain Mills", None), ("A", None), ("B", None)):
            slug = running.admin.post("/clients", {"name": name, "fiscal_year_start_month": month})["slug"]
            running.admin.post(f"/clients/{slug}/engagements", {"name": "Letter", "started_on": "2024-02-20"})
        yield running


APRIL = "client=april-works&client=april-mills"
MIXED = "client=april-works&client=plain-mills"


def test_clients_of_one_fiscal_year_are_compared_in_its_quarters(fiscal: Served) -> None:
    page = Visitor(fiscal).get(f"/compare?{APRIL}&as_of=2025-05-15")
    quarters = set(re.findall(r"\b(?:FY)?20\d\d-Q\d\b", text_of(page)))
    assert quarters
    assert all(quarter.startswith("FY") for quarter in quarters)
    assert text_of(page).count("Fiscal years start in April") == 2
    keys = re.findall(r'href="([^"]+)"[^>]*data-key="(\[|\])"', page)
    assert [key for _, key in keys] == ["[", "]"]
    assert "as_of=2025-03-31" in keys[0][0]
    assert "as_of=2025-06-30" in keys[1][0]


def test_clients_of_different_fiscal_years_are_compared_in_the_quarters_of_the_firm_and_the_page_says_so(
    fiscal: Served,
) -> None:
    client = Visitor(fiscal).client
    page = client.get(f"/compare?{MIXED}").text
    assert "FY20" not in page
    note = "Shown in the firm's quarters; its own fiscal years start in April"
    assert text_of(page).count(note) == 1
    assert "at the end of each quarter of the firm" in text_of(page)
    drawn = client.get(f"/compare.svg?{MIXED}").text
    assert drawn.count(note.replace("'", "&#39;")) == 1
    assert "April Works" in drawn.split(note.replace("'", "&#39;"))[0]


@pytest.mark.parametrize(
    ("clients", "bounds", "shown"),
    [
        (f"{APRIL}&client=plain-mills", "from=FY2025-Q1&to=FY2026-Q4", ("2024-Q2", "2026-Q1")),
        (APRIL, "from=2024-Q2&to=2025-Q1", ("FY2025-Q1", "FY2025-Q4")),
        (APRIL, "from=fy2025-q1&to=FY2025-Q2", ("FY2025-Q1", "FY2025-Q2")),
    ],
)
def test_quarters_of_another_calendar_stay_the_same_days_when_the_clients_change(
    fiscal: Served, clients: str, bounds: str, shown: tuple[str, str]
) -> None:
    visitor = Visitor(fiscal)
    page = visitor.get(f"/compare?{clients}&{bounds}")
    assert tuple(re.findall(r'id="f-(?:from|to)" name="\w+" type="text" value="([^"]*)"', page)) == shown
    rows = visitor.client.get(f"/compare.csv?{clients}&{bounds}").text.splitlines()[1:]
    assert (rows[0].split(",")[0], rows[-1].split(",")[0]) == shown
    assert ("are of another fiscal year" in page) == (bounds[5:7].upper() != shown[0][:2].upper())


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        (f"{APRIL}&from=spring", "from", "Enter a quarter, for example FY"),
        (f"{MIXED}&to=2025-Q9", "to", "Enter a quarter, for example 20"),
        (f"{MIXED}&from=2025-Q3&to=2025-Q1", "to", "Enter 2025-Q3 or a later quarter."),
        ("client=april-works&client=april-mills&client=plain-mills&client=a&client=b", "client", "at most four"),
    ],
)
def test_what_cannot_be_compared_is_refused_beside_its_field_and_stays_typed(
    fiscal: Served, query: str, field: str, words: str
) -> None:
    page = Visitor(fiscal).get(f"/compare?{query}", expect=422)
    error = re.search(rf'<p class="error" id="f-{field}-error">(.*?)</p>', page)
    assert error is not None
    assert words in error[1]
    typed = re.search(rf"{field}=([^&]+)", query)
    assert typed is not None
    assert f'value="{typed[1]}"' in page


def test_a_comparison_follows_its_own_clients(fiscal: Served) -> None:
    page = Visitor(fiscal).get(f"/compare?{APRIL}")
    ids = [fiscal.admin.get(f"/clients/{slug}")["id"] for slug in ("april-works", "april-mills")]
    assert f'data-clients="{" ".join(ids)}"' in page
    assert "data-clients=" not in Visitor(fiscal).get("/compare")
