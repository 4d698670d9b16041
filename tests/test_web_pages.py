"""Pages over HTTP on a real store: what they show, where their links lead, and what they teach while empty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor, tell_a_story, text_of


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    """An empty firm, served."""
    with served(data_dir) as running:
        yield running


@pytest.fixture
def admin(firm: Served) -> Visitor:
    """An admin at a browser."""
    return Visitor(firm)


def test_every_empty_page_teaches_with_a_sentence_an_action_and_a_curl_line(admin: Visitor) -> None:
    for path in ("/", "/clients", "/milestones"):
        page = admin.get(path)
        assert re.search(r'class="empty"><p>[A-Z][^<]+\.</p>', page), path
        assert re.search(r'<a class="btn primary" href="/[^"]+/new"', page), path
        assert "curl " in page, path
    for report in ("structure-mix", "quarter-grid", "transitions"):
        assert f"curl &#34;$SEATLINE/api/v1/reports/{report}&#34;" in admin.get(f"/reports/{report}")


def test_a_client_page_tells_how_it_got_here(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    page = admin.get("/clients/halcyon-health", as_of="2026-01-15")
    words = text_of(page)
    assert "Health, 240 people. Engaged since 20 Feb 2024, led by Dana." in words
    assert "State on 15 Jan 2026" in words
    assert "CAIO Ravi, fractional" in words
    assert "Time to split 419 days" in words
    assert "Split into two roles" in words
    assert "Mandate too wide for one seat" in words
    assert f'href="/engagements/{ids["engagement"]}/milestones/{ids["split_to_two_roles"]}"' in page
    assert "2025-Q2" in words
    assert "11,500 USD" in words
    assert "data-as-of-form" in page
    assert "Leadership structure of Halcyon Health over time" in page


def test_the_as_of_date_moves_the_state_and_stays_in_every_link(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    words = text_of(admin.get("/clients/halcyon-health", as_of="1 May 2024"))
    assert "State on 1 May 2024" in words
    assert "CTO Dana, fractional CAIO Dana, fractional" in words
    page = admin.get("/clients", as_of="2024-05-01", structure="unified_fractional")
    assert 'href="/clients/halcyon-health?as_of=2024-05-01"' in page
    assert "1 client on 1 May 2024" in text_of(page)


def test_as_we_knew_it_shows_the_earlier_telling_and_what_was_recorded_since(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    milestone = firm.admin.get(f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}")
    before = milestone["recorded_at"]
    firm.admin.post(
        f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}/corrections",
        {"reason": "signed a month later", "effective_on": "2025-07-10"},
    )
    words = text_of(admin.get("/clients/halcyon-health", as_of="2025-06-20", known_at=before))
    assert "As known" in words
    assert "Two seats, both fractional" in words
    assert "Added or changed since then 1" in words
    assert "signed a month later" in words
    assert "Correct" not in words.split("Milestones", 1)[1].split("Quarters")[0]
    assert "Unified, fractional" in text_of(admin.get("/clients/halcyon-health", as_of="2025-06-20"))


def test_a_report_leads_from_each_figure_to_just_its_clients(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    page = admin.get("/reports/structure-mix?from=2025-Q1&to=2025-Q2")
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/clients\?[^"]+)"', page)}
    drilled = {link for link in links if "quarter=2025-Q2" in link and "fractional_pair" in link}
    assert len(drilled) == 1
    text = text_of(admin.get(drilled.pop()))
    assert "1 client" in text
    assert "Halcyon Health" in text
    assert "Quiet Mills" not in text
    assert "Two seats, both fractional at the end of 2025-Q2" in text


@pytest.mark.parametrize("report", ["structure-mix", "quarter-grid", "transitions"])
def test_every_report_has_a_table_an_svg_and_a_png(firm: Served, admin: Visitor, report: str) -> None:
    tell_a_story(firm)
    query = "from=2024-Q1&to=2025-Q4"
    assert '<table class="table">' in admin.get(f"/reports/{report}?{query}")
    svg = admin.client.get(f"/reports/{report}.svg?{query}")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert "<script" not in svg.text
    assert svg.text.startswith("<?xml")
    assert admin.client.get(f"/reports/{report}.png?{query}").content.startswith(b"\x89PNG")


def test_a_timeline_leaves_as_svg_png_and_csv(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    assert admin.client.get("/clients/halcyon-health/timeline.svg").text.startswith("<?xml")
    assert admin.client.get("/clients/halcyon-health/timeline.png").content.startswith(b"\x89PNG")
    rows = admin.client.get("/clients/halcyon-health/timeline.csv").text.splitlines()
    assert rows[0].startswith("functions,holder,commitment")
    assert rows[1].startswith("technology+ai,Dana,fractional,firm,false,,20.00,12.00,11500.00,USD")
    admin.get("/clients/quiet-mills/timeline.svg", expect=404)


def test_clients_are_found_by_name_and_filters_are_undone_one_by_one(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    page = admin.get("/clients", q="halcyon", status="active", sector="")
    assert "Halcyon Health" in page
    assert 'href="/clients?status=active" aria-label="Without: “halcyon”"' in page
    assert "No clients match these filters" in admin.get("/clients", q="nobody")


def test_a_long_list_is_paged_by_links(firm: Served, admin: Visitor) -> None:
    for number in range(53):
        firm.admin.post("/clients", {"name": f"Client {number:02}"})
    page = admin.get("/clients")
    assert "1 to 50 of 53" in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    rest = admin.get(following[1].replace("&amp;", "&"))
    assert "51 to 53 of 53" in rest
    assert "Client 52" in rest


def test_the_palette_finds_clients_people_pages_and_actions(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    items = admin.client.get("/palette.json", params={"q": "halcyon"}).json()["items"]
    assert items == [
        {"label": "Halcyon Health", "href": "/clients/halcyon-health", "hint": "Two seats, both fractional"}
    ]
    assert [i["hint"] for i in admin.client.get("/palette.json", params={"q": "ravi"}).json()["items"]] == ["Our firm"]
    assert "Structure mix" in str(admin.client.get("/palette.json", params={"q": "mix"}).json())
    assert "Log a milestone" in str(admin.client.get("/palette.json").json())
    for typed, first in (
        ("log a", "Log a milestone"),
        ("Rev", "Revenue"),
        ("halc", "Halcyon Health"),
    ):
        assert admin.client.get("/palette.json", params={"q": typed}).json()["items"][0]["label"] == first
    assert "Halcyon Health" in admin.get("/search", q="halcyon")


def test_a_form_says_who_holds_each_seat_or_why_there_is_none(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    words = text_of(admin.get("/milestones/new", client="halcyon-health", kind="handed_over"))
    assert "CTO seat today: Dana, fractional CAIO seat today: Ravi, fractional" in words
    assert "Unified seat there is no unified seat today" in words
    engagement = firm.admin.post("/clients/quiet-mills/engagements", {"name": "CTO", "started_on": "2024-02-20"})["id"]
    form = "/milestones/new?client=quiet-mills&kind=handed_over"
    assert "CTO seat vacant today CAIO seat vacant today" in text_of(admin.get(form))
    seat = {"functions": ["technology", "ai"], "commitment": "fractional", "provider": "firm"}
    holder = firm.admin.get("/people?q=elena")["items"][0]["id"]
    chosen = {"kind": "structure_chosen", "effective_on": "2024-03-01", "seats": [{**seat, "holder": holder}]}
    firm.admin.post(f"/engagements/{engagement}/milestones", chosen)
    words = text_of(admin.get(form))
    assert "CAIO seat today: Elena, fractional, in the unified seat Unified seat today: Elena, fractional" in words


def test_the_navigation_leads_only_where_something_is(admin: Visitor) -> None:
    nav = re.search(r'<nav class="side".*?</nav>', admin.get("/"), re.S)
    assert nav is not None
    for href in re.findall(r'<li><a href="([^"]+)"', nav[0]):
        admin.get(href)


def test_the_overview_compares_with_a_year_ago_and_lists_plans(firm: Served, admin: Visitor) -> None:
    ids = tell_a_story(firm)
    firm.admin.post(
        f"/engagements/{ids['engagement']}/milestones",
        {"kind": "handed_over", "effective_on": "2199-01-01", "functions": ["ai"], "holder": ids["Elena"]},
    )
    words = text_of(admin.get("/"))
    assert re.search(r"Two seats 1 \d+ a year ago", words)
    assert "CAIO seat handed over to Elena" in words.split("Upcoming changes")[1]
    assert "Recently recorded" in words


def test_what_is_not_there_is_a_friendly_page_and_bad_dates_say_so(admin: Visitor) -> None:
    assert "Page not found" in admin.get("/clients/nobody", expect=404)
    assert "Page not found" in admin.get("/no/such/page", expect=404)
    assert "Enter a date between" in text_of(admin.get("/clients", expect=422, as_of="1850-01-01"))
    assert "Type a date like" in text_of(admin.get("/clients", expect=422, as_of="soon"))
    turned = admin.get("/reports/structure-mix?from=2026-Q1&to=2025-Q1", expect=422)
    assert "Choose a quarter that is not before “From”." in text_of(turned)
    assert "Choose a quarter and a structure together." in text_of(admin.get("/clients?quarter=2026-Q1", expect=422))
    assert "Choose one." in text_of(admin.get("/clients?quarter=2026-Q1&quarter_structure=bogus", expect=422))


def test_stored_text_runs_nowhere(firm: Served, admin: Visitor) -> None:
    evil = '"><script>alert(1)</script><b x="'
    ids = tell_a_story(firm)
    firm.admin.post("/clients", {"name": evil, "slug": "evil", "profile": {"sector": evil[:100]}})
    firm.admin.post(
        f"/engagements/{ids['engagement']}/milestones",
        {"kind": "seat_vacated", "effective_on": "2025-08-01", "functions": ["ai"], "reason": evil, "note": evil},
    )
    pages = ("/", "/clients", "/clients/evil", "/clients/halcyon-health", "/milestones", "/reports/quarter-grid")
    for path in (*pages, "/search?q=script"):
        assert "<script>alert" not in admin.get(path), path


def test_no_page_carries_inline_scripts_or_styles(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    for path in ("/", "/clients", "/clients/halcyon-health", "/reports/transitions", "/settings", "/milestones/new"):
        page = admin.get(path)
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", page), path


def test_pages_of_what_is_known_now_are_live_and_others_are_not(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    halcyon, head = firm.admin.get("/clients/halcyon-health")["id"], firm.context.log.head()
    live = f'data-after="{head}" data-clients="'
    assert f'{live}{halcyon}"' in admin.get("/clients/halcyon-health")
    for path in ("/", "/clients", "/milestones", "/people", "/reports/structure-mix", "/signs"):
        assert f'{live}"' in admin.get(path), path
    then = firm.admin.get("/clients/halcyon-health/timeline")["milestones"][0]["recorded_at"]
    assert "data-after=" not in admin.get("/clients/halcyon-health", known_at=then)
    assert "data-after=" not in admin.get("/milestones/new?client=halcyon-health")


def test_a_client_that_was_not_on_record_yet_says_so(firm: Served, admin: Visitor) -> None:
    tell_a_story(firm)
    assert "was not on record yet" in admin.get("/clients/halcyon-health", known_at="2020-01-01")
    admin.get("/clients/nobody", expect=404, known_at="2020-01-01")
