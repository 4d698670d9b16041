"""What people expect of pages: news since the last visit, a way on from problems, search, quarters back and forth."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import HTML, Visitor, tell_a_story, text_of

from api.auth.access import COOKIE
from api.state.roles import Role


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with a story."""
    with served(tmp_path_factory.mktemp("habits")) as running:
        yield running


@pytest.fixture(scope="module")
def ids(firm: Served) -> Mapping[str, str]:
    """The ids of the story."""
    return tell_a_story(firm)


@pytest.fixture(scope="module")
def admin(firm: Served, ids: Mapping[str, str]) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(firm)


def test_the_overview_says_what_changed_since_the_last_visit_until_the_visit_ends(
    firm: Served, ids: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Visitor(firm, Role.VIEWER)

    def since() -> str:
        match = re.search(r'<section[^>]*"since-last-visit".*?</section>', reader.get("/"), re.S)
        return text_of(match[0]) if match else ""

    def record(day: str) -> None:
        milestone: dict[str, Any] = {"kind": "alignment_held", "effective_on": day, "participants": [ids["Dana"]]}
        firm.admin.post(f"/engagements/{ids['engagement']}/milestones", milestone)

    assert since() == ""
    record("2025-10-01")
    assert since() == "", "within the first visit nothing is new"
    monkeypatch.setattr("api.state.visits.VISIT_ENDS_AFTER", type(firm.context.now() - firm.context.now())(0))
    since()
    monkeypatch.undo()
    record("2025-10-02")
    assert "Nothing new" not in since()
    assert "Halcyon Health 1 new milestone" in since()
    assert "Halcyon Health 1 new milestone" in since(), "a reload moves nothing"
    record("2025-10-03")
    refreshed = text_of(reader.client.get("/", headers={"Seatline-Refresh": "1"}).text)
    assert "Since your last visit" in refreshed
    assert "Halcyon Health 2 new milestones" in refreshed, "an open page goes on counting"
    assert "Halcyon Health 2 new milestones" in since(), "and a page that refreshes itself moves nothing"


def test_problem_pages_keep_the_navigation_of_readers_who_are_signed_in(firm: Served, admin: Visitor) -> None:
    page = admin.get("/clients/nobody", expect=404)
    assert 'aria-label="Main"' in page
    assert "Page not found" in text_of(page)
    assert 'aria-label="Main"' in Visitor(firm, Role.VIEWER).get("/settings/users", expect=403)
    refused = admin.client.post(
        "/clients/new", data={"name": "a\0b"}, headers={"Referer": "http://testserver/clients?q=a"}
    )
    assert refused.status_code == 422
    strange = admin.client.get("/milestones", params={"limit": "1", "nonsense": "x", "as_of": "never"})
    assert strange.status_code == 422
    assert 'aria-label="Main"' in strange.text
    came = admin.client.get("/clients/nobody", headers={"Referer": "http://testserver/clients?q=a"})
    assert re.search(r'href="/clients\?q=a">Go back<', came.text)
    elsewhere = admin.client.get("/clients/nobody", headers={"Referer": "http://evil.example/x"})
    assert "Go back" not in elsewhere.text


def test_problem_pages_for_others_lead_to_the_sign_in_only(firm: Served) -> None:
    for cookie in ("", f"{COOKIE}=not-a-session"):
        answer = firm.client.get("/s/nothing/timeline.png", headers={**HTML, "Cookie": cookie})
        assert answer.status_code == 404
        assert 'aria-label="Main"' not in answer.text
        assert "/clients" not in answer.text


def test_the_palette_finds_milestones_and_saved_views_whatever_the_accents(firm: Served, admin: Visitor) -> None:
    firm.admin.post("/views", {"name": "Aktive Mühlen", "url": "/clients?status=active", "shared": True})

    def labels(q: str) -> list[str]:
        return [item["label"] for item in admin.client.get("/palette.json", params={"q": q}).json()["items"]]

    assert "Aktive Mühlen" in labels("muhlen")
    assert any(label.startswith("Halcyon Health: Split") for label in labels("halcyon SPLIT"))
    assert any(label.startswith("Halcyon Health: ") for label in labels("split jun 2025"))
    quiet = firm.admin.get("/clients/quiet-mills")["id"]
    limited = Visitor(firm, Role.VIEWER, {UUID(quiet)})
    assert not any(
        "Halcyon" in i["label"] for i in limited.client.get("/palette.json", params={"q": "split"}).json()["items"]
    )


@pytest.mark.parametrize(
    ("words", "href"),
    [
        *(("compare", "/compare"), ("responsibilities", "/responsibilities"), ("saved views", "/views")),
        *(
            ("audit", "/settings/audit"),
            ("share links", "/settings/share-links"),
            ("your account", "/settings/account"),
        ),
        *(("firm settings", "/settings/firm"), ("logo", "/settings/logo"), ("import", "/settings/imports")),
        *(("drift then", "/reports/drift/then-and-now"), ("board", "/board-report"), ("api keys", "/settings/keys")),
        *(("bottleneck", "/signs/A03"), ("log handed", "/milestones/new?kind=handed_over")),
    ],
)
def test_the_palette_finds_every_page_by_its_name(admin: Visitor, words: str, href: str) -> None:
    items = admin.client.get("/palette.json", params={"q": words}).json()["items"]
    assert href in [item["href"] for item in items]
    assert admin.get(href)


def test_presenter_mode_is_one_command_of_the_palette_and_one_button_away(admin: Visitor) -> None:
    def command() -> dict[str, str]:
        items = admin.client.get("/palette.json", params={"q": "presenter"}).json()["items"]
        return next(item for item in items if item.get("submits"))

    assert command()["label"] == "Turn presenter mode on"
    assert re.search(
        rf'<form[^>]* id="{command()["submits"]}" method="post" action="/presenter">', admin.get("/clients")
    )
    admin.send("/presenter", {"on": "on"})
    assert command()["label"] == "Turn presenter mode off"
    page = admin.get("/clients")
    assert page.count(f'id="{command()["submits"]}"') == 1
    admin.send("/presenter", {"on": ""})
    assert command()["label"] == "Turn presenter mode on"


def test_pages_with_a_date_go_a_quarter_back_and_forth(admin: Visitor) -> None:
    def step(page: str, key: str) -> str:
        (link,) = [tag for tag in re.findall(r"<a [^>]*>", page) if f'data-key="{key}"' in tag]
        match = re.search(r'href="([^"]+)"', link)
        assert match is not None
        return html.unescape(match[1])

    for path in ("/", "/clients", "/clients/halcyon-health", "/reports/structure-mix", "/reports/drift", "/signs"):
        page = admin.get(path, as_of="2025-05-20")
        assert "as_of=2025-03-31" in step(page, "["), path
        assert "as_of=2025-06-30" in step(page, "]"), path
        admin.get(step(page, "["))
    assert "q=a&as_of=2025-03-31" in step(admin.get("/clients", q="a", as_of="2025-05-20"), "[")


def test_pages_of_a_client_with_its_own_fiscal_year_go_by_its_quarters(firm: Served, admin: Visitor) -> None:
    firm.admin.post("/clients", {"name": "February Works", "fiscal_year_start_month": 2})
    opening = {"name": "Letter", "started_on": "2024-02-20"}
    engagement = firm.admin.post("/clients/february-works/engagements", opening)["id"]
    opened = firm.admin.get(f"/engagements/{engagement}/milestones")["items"][0]["id"]
    for path in (
        "/clients/february-works",
        "/clients/february-works/assess",
        f"/engagements/{engagement}/milestones/{opened}",
    ):
        page = admin.get(path, as_of="2025-05-20")
        assert re.findall(r'as_of=([\d-]+)"[^>]* data-key="[\[\]]"', page) == ["2025-04-30", "2025-07-31"], path


@pytest.mark.parametrize(
    ("path", "words", "way_on"),
    [
        ("/clients?q=a&as_of=never", "As of: Type a date like 2026-03-01", "/clients?q=a"),
        ("/clients?q=a&as_of=never&known_at=x", "As known on: Type a date like 2026-03-01", "/clients?q=a"),
        ("/clients?known_at=2199-01-01", "As known on: This day is in the future", "/clients"),
        ("/clients?structure=banana", "Structure: Choose one.", "/clients"),
        ("/reports/structure-mix?from=2026-Q4&to=2025-Q1", "To: Choose a quarter that is not before “From”.", None),
        ("/reports/structure-mix?from=1950-Q1&to=2100-Q1", "To: Choose at most 120 quarters.", None),
        ("/reports/structure-mix?as_of=1066-01-01", "Enter a date between 1 Jan 1900 and 31 Dec 2199.", None),
    ],
)
def test_an_address_with_a_value_that_is_not_valid_says_which_in_plain_words_and_leads_to_the_page_without_it(
    admin: Visitor, path: str, words: str, way_on: str | None
) -> None:
    page = admin.get(path, expect=422)
    text = text_of(page).replace(" : ", ": ")
    assert "Part of this address isn't valid" in text
    assert words in text
    assert "`" not in text
    assert "highlighted" not in text
    link = re.search(r'href="([^"]+)">Show the page without (?:it|them)<', page)
    assert link is not None
    if way_on:
        assert html.unescape(link[1]) == way_on
    admin.get(html.unescape(link[1]))


def test_a_problem_page_offers_only_what_the_reader_may_open(firm: Served) -> None:
    for role, may_import in ((Role.VIEWER, False), (Role.ADMIN, True)):
        page = Visitor(firm, role).get("/clients/nobody", expect=404)
        assert ('href="/settings/imports"' in page) == may_import


def test_a_view_without_a_name_is_refused_beside_its_field_with_what_was_typed(firm: Served, admin: Visitor) -> None:
    for name, words in (("  ", "Must not be empty."), ("x" * 201, "Must have at most 200 characters.")):
        page = admin.send("/views", {"name": name, "url": "/clients?q=a", "shared": "true"}, 422)
        assert f'id="f-name-error">{words}<' in page
        assert f'name="name" type="text" value="{name}"' in page
        assert re.search(r'name="shared" value="true" checked', page)
        assert 'name="url" value="/clients?q=a"' in page
    admin.send("/views", {"name": "x", "url": "https://elsewhere.example"}, 422)


def test_namesakes_that_changed_since_the_last_visit_are_told_apart(
    firm: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Visitor(firm)
    reader.get("/")
    for sector in ("shipping", "banking"):
        slug = firm.admin.post("/clients", {"name": "Twin Works", "profile": {"sector": sector}})["slug"]
        firm.admin.post(f"/clients/{slug}/engagements", {"name": "Letter", "started_on": "2024-02-20"})
    monkeypatch.setattr("api.state.visits.VISIT_ENDS_AFTER", timedelta(0))
    match = re.search(r'<section[^>]*"since-last-visit".*?</section>', reader.get("/"), re.S)
    assert match is not None
    for sector in ("shipping", "banking"):
        assert re.search(rf"Twin Works Nobody yet · .?{sector}.? · on record since", text_of(match[0])), sector
