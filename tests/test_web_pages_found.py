"""Forms that stay small whoever there is, kinds that cannot fit, filters by name, and milestones logged again."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from api_client import Served, served
from browsing import Visitor, sent_unchanged, tell_a_story, text_of

from api.state.people import OWNER, Employer, Person, add_people


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("found")) as running:
        yield running


@pytest.fixture(scope="module")
def story(firm: Served) -> dict[str, str]:
    return tell_a_story(firm)


@pytest.fixture(scope="module")
def admin(firm: Served, story: dict[str, str]) -> Visitor:
    return Visitor(firm)


NEW = "/milestones/new?client=halcyon-health"


def grow(firm: Served, count: int) -> None:
    crowd = [Person(firm.context.new_id(), f"Person {n:05}", f"p{n}@example.org", Employer.FIRM) for n in range(count)]
    firm.context.log.write(lambda c: add_people(c, crowd, made_by=OWNER, made_at=firm.context.now()))


def test_pages_do_not_grow_with_the_number_of_people(firm: Served, story: dict[str, str], admin: Visitor) -> None:
    paths = [
        *(f"{NEW}&kind={kind}" for kind in ("split_to_two_roles", "structure_chosen", "alignment_held", "handed_over")),
        f"/engagements/{story['engagement']}/milestones/{story['split_to_two_roles']}/correct",
        "/clients/quiet-mills/engagements/new",
        "/clients/halcyon-health/assess",
        "/clients",
        "/reports/capacity",
        "/reports/structure-mix",
        "/board-report",
    ]
    grow(firm, 45)
    before = {path: len(admin.get(path)) for path in paths}
    grow(firm, 2_000)
    after = {path: len(admin.get(path)) for path in paths}
    assert {path: size - before[path] for path, size in after.items() if abs(size - before[path]) > 400} == {}


def test_what_cannot_fit_on_a_day_is_marked_with_why(story: dict[str, str], admin: Visitor) -> None:
    words = text_of(admin.get(f"{NEW}&effective_on=2025-07-01"))
    split = "Split into two roles A unified seat becomes two seats Does not fit on 1 Jul 2025: "
    assert split + "the two functions are already in two seats." in words
    assert "The engagement continues Does not fit on 1 Jul 2025: the engagement is not paused." in words
    earlier = admin.get(f"{NEW}&effective_on=1 May 2025")
    assert f"/milestones/{story['split_to_two_roles']}" in earlier
    assert "Conflicts with: Split into two roles" in text_of(earlier)
    link = re.search(r'href="([^"]*kind=handed_over[^"]*)"', earlier)
    assert link is not None
    assert "1 May 2025" in sent_unchanged(admin.get(html.unescape(link[1])))["effective_on"]


def test_a_filter_finds_people_by_name_and_its_address_holds_the_id_alone(
    firm: Served, story: dict[str, str], admin: Visitor
) -> None:
    answer = admin.client.get("/clients", params={"holder": "", "holder.for": "", "holder.name": "ravi", "q": ""})
    assert parse_qs(urlsplit(str(answer.url)).query) == {"holder": [story["Ravi"]]}
    assert 'value="Ravi"' in answer.text
    nobody = admin.client.get("/reports/capacity", params={"person.name": "Nobody At All", "person": story["Ravi"]})
    assert parse_qs(urlsplit(str(nobody.url)).query) == {"person.name": ["Nobody At All"]}
    assert "No person with this name." in text_of(nobody.text)
    assert "as a new person" not in nobody.text
    report = admin.client.get("/board-report.pdf", params={"practice_lead.name": "Nobody At All"})
    assert "No person with this name." in text_of(report.text)


def test_a_retracted_milestone_is_shown_on_demand_and_logged_again(
    firm: Served, story: dict[str, str], admin: Visitor
) -> None:
    path = f"/engagements/{story['engagement']}/milestones"
    details = {"participants": [story["Ravi"]], "topics": ["budget"]}
    created = firm.admin.post(
        path, {"kind": "alignment_held", "effective_on": "2025-08-01", "precision": "month", "note": "Kept", **details}
    )
    firm.admin.post(f"{path}/{created['id']}/retraction", {"reason": "another client's"})
    client = admin.get("/clients/halcyon-health")
    assert "Show 1 retracted milestone" in text_of(client)
    shown = admin.get("/clients/halcyon-health?retracted=shown")
    assert "another client's" in text_of(shown)
    assert re.search(r"<del>[^<]*</del>", shown)
    again = re.search(r'<a href="([^"]+)" aria-label="Log it again', shown)
    assert again is not None
    form = admin.get(html.unescape(again[1]))
    admin.send("/milestones/new", {**sent_unchanged(form), "do": "record"})
    logged = next(m for m in firm.admin.get(path)["items"] if m["kind"] == "alignment_held")
    assert (logged["details"], logged["precision"], logged["note"]) == (created["details"], "month", "Kept")
    assert logged["id"] != created["id"]


def test_a_text_that_only_one_client_or_kind_matches_leads_to_it(admin: Visitor) -> None:
    sent = admin.client.get("/milestones/new?q=quiet", follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/milestones/new?client=quiet-mills")
    path = "/milestones/new?client=halcyon-health&effective_on=2025-10-01"
    sent = admin.client.get(f"{path}&q=SEAT+filled", follow_redirects=False)
    assert sent.status_code == 303
    assert sent.headers["location"] == f"{path.replace('&', '&kind=seat_filled&')}"
    several = text_of(admin.get(f"{path}&q=seat"))
    assert "Seat filled" in several
    assert "Alignment held" not in several
    assert "No milestone type has this name." in text_of(admin.get(f"{path}&q=nothing of the kind"))


def test_the_clients_with_the_last_recordings_are_offered_first(admin: Visitor) -> None:
    page = text_of(admin.get("/milestones/new"))
    assert page.index("Halcyon Health") < page.index("Quiet Mills")
    offered = admin.client.get("/clients.json").json()["items"]
    assert offered[0]["label"] == "Halcyon Health"


def test_clients_are_found_by_typing(admin: Visitor) -> None:
    page = admin.client.get("/milestones/new?q=quiet", headers={"HX-Request": "true"}).text
    assert "Quiet Mills" in text_of(page)
    assert "Halcyon Health" not in text_of(page)
    assert re.search(r'<input[^>]*name="q"[^>]*hx-get="/milestones/new"[^>]*hx-target="#found"', page)
    assert 'id="found"' in page
