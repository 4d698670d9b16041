"""Assessments on share links: shown where the link allows it, without what the link hides, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from api_client import Caller, Served, TestClient, served
from browsing import HTML, Visitor, text_of
from pdf_text import printed_pages
from test_api_advice import LARGE, Engagement

from api.state.audit import Act, list_acts
from web.board import assessment_report

PASSWORD = "plum basalt orchestra"
REVENUE = {"amount": "8123456", "currency": "USD"}
SUM = "8,123,456"


class Story:
    """A client whose first assessment was declined and whose second is open."""

    def __init__(self, firm: Served) -> None:
        self.firm = firm
        self.there = Engagement(firm, "Halcyon Health")
        self.there.choose("2025-02-03", "fractional")
        answers = {**LARGE, "annual_revenue": REVENUE}
        self.first = self.there.assess("2026-01-10", answers)["id"]
        self.there.log("advice_declined", "2026-01-20", assessment=self.first, reason="REASONABLY poor")
        self.second = self.there.assess("2026-03-02", {**answers, "headcount": 40})["id"]

    def share(self, **options: Any) -> str:
        """The path of a new link, which shows assessments unless `options` say otherwise."""
        body = {"client": self.there.slug, "expires_at": "2199-01-01T00:00:00Z", "assessments": True, **options}
        self.made = self.firm.admin.post("/share-links", body)
        return str(urlsplit(self.made["url"]).path)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("shared")) as running:
        yield Story(running)


@pytest.fixture
def as_html(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer written reads as the HTML that would be printed: printing takes long."""
    monkeypatch.setattr(assessment_report, "pdf_of_html", lambda *versions, **_: versions[0].encode())


def stranger(story: Story) -> TestClient:
    return TestClient(story.firm.app, raise_server_exceptions=False, headers=dict(HTML))


def test_a_link_shows_assessments_only_if_it_says_so(story: Story) -> None:
    outsider = stranger(story)
    shown = story.share()
    assert story.made["assessments"] is True
    page = outsider.get(shown)
    words = text_of(page.text)
    assert "Assessment of 2 Mar 2026" in words
    assert "By Leader of Halcyon Health. 9 of 43 questions answered. Advice by version 2" in words
    assert "The advice has been neither followed nor declined yet." in words
    for heading in ("Who agrees", "What to do on Monday", "What can go wrong", "Why it says so"):
        assert heading in words
    first = story.firm.admin.get(f"/engagements/{story.there.id}/milestones/{story.first}")
    assert f"10 Jan 2026 {first['details']['verdicts']['recommendation']['headline']}" in words
    assert "Declined on 20 Jan 2026." in words
    links = re.findall(r'href="([^"]+\.pdf)"', page.text)
    assert links == [f"{shown}/assessments/{one}.pdf" for one in (story.second, story.first)]
    assert 'href="/frameworks' not in page.text
    pdf = outsider.get(links[0])
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["x-robots-tag"] == "noindex, nofollow"
    assert pdf.headers["referrer-policy"] == "no-referrer"
    assert "Assessed on 2 Mar 2026 by Leader of Halcyon Health" in printed_pages(pdf.content)[0]
    assert story.firm.admin.get(f"/share-links/{story.made['id']}")["uses"] == 2
    hidden = story.share(assessments=False)
    plain = outsider.get(hidden)
    assert plain.status_code == 200
    assert "Who agrees" not in plain.text
    assert ".pdf" not in plain.text
    default = {"client": story.there.slug, "expires_at": "2199-01-01T00:00:00Z"}
    assert story.firm.admin.post("/share-links", default)["assessments"] is False
    unknown = outsider.get("/s/nobodys")
    gone = outsider.get(f"{hidden}/assessments/{story.second}.pdf")
    assert (gone.status_code, gone.text) == (404, unknown.text)


def test_what_a_link_does_not_show_is_like_a_link_that_never_was(story: Story) -> None:
    outsider, admin = stranger(story), story.firm.admin
    unknown = outsider.get("/s/nobodys").text
    other = Engagement(story.firm, "Quiet Mills")
    foreign = other.assess("2026-01-10")["id"]
    shown, revoked = story.share(), story.made["id"]
    opened = admin.get(f"/engagements/{story.there.id}/milestones")["items"][0]["id"]
    for assessment in (foreign, opened, "nobodys", str(UUID(int=0)), story.second.upper()):
        answer = outsider.get(f"{shown}/assessments/{assessment}.pdf")
        assert (answer.status_code, answer.text) == (404, unknown), assessment
    early = story.share(as_of="2026-01-31")
    assert outsider.get(f"{early}/assessments/{story.second}.pdf").text == unknown
    assert "Assessment of 10 Jan 2026" in text_of(outsider.get(early).text)
    assert "Who agrees" not in outsider.get(story.share(as_of="2026-01-09")).text
    locked = story.share(password=PASSWORD)
    assert outsider.get(f"{locked}/assessments/{story.second}.pdf").status_code == 404
    path = f"{shown}/assessments/{story.second}.pdf"
    admin.ask("DELETE", f"/share-links/{revoked}", status=204)
    assert (outsider.get(path).status_code, outsider.get(path).text) == (404, unknown)


def test_a_password_opens_the_pdf_too(story: Story, as_html: None) -> None:
    outsider = stranger(story)
    locked = story.share(password=PASSWORD)
    outsider.post(locked, data={"password": PASSWORD})
    assert outsider.get(f"{locked}/assessments/{story.second}.pdf").status_code == 200


@pytest.mark.parametrize("money", [False, True])
@pytest.mark.parametrize("notes", [False, True])
def test_sums_and_reasons_follow_the_link(story: Story, as_html: None, money: bool, notes: bool) -> None:
    outsider = stranger(story)
    path = story.share(money=money, notes=notes)
    page = outsider.get(path).text
    pdfs = [outsider.get(f"{path}/assessments/{one}.pdf").text for one in (story.first, story.second)]
    assert (SUM in page) == (SUM in pdfs[0]) == (SUM in pdfs[1]) == money
    assert "annual revenue: at most" not in (page + "".join(pdfs)).lower() or money
    assert ("REASONABLY" in pdfs[0]) == notes
    assert "REASONABLY" not in pdfs[1]
    assert "8123456" not in page
    assert notes or "REASONABLY" not in page


def test_the_page_of_share_links_offers_it_and_the_audit_says_it(story: Story) -> None:
    admin = Visitor(story.firm)
    made = admin.fill(
        "/settings/share-links",
        {"client": story.there.slug, "expires_on": "2199-03-31", "assessments": "true"},
        status=201,
    )
    assert "with assessments" in text_of(made)
    link = story.firm.admin.get("/share-links")["items"][0]
    assert link["assessments"] is True
    with story.firm.context.log.engine.connect() as connection:
        act = next(one for one in list_acts(connection, limit=20) if one.act == Act.SHARE_LINK_MADE)
    assert act.detail["assessments"] is True
    assert "with assessments" in text_of(admin.get("/settings/audit"))
    limited = story.firm.admin.post("/keys", {"name": "limited", "role": "admin", "clients": ["halcyon-health"]})
    body = {"client": Engagement(story.firm, "Unseen").slug, "expires_at": "2199-01-01T00:00:00Z", "assessments": True}
    Caller(story.firm.client, limited["key"]).ask("POST", "/share-links", body, status=404)


def test_a_retracted_assessment_and_an_expired_link_show_nothing(data_dir: Path, as_html: None) -> None:
    with served(data_dir) as firm:
        story = Story(firm)
        path = story.share()
        before = firm.context.now().isoformat()
        address = f"/engagements/{story.there.id}/milestones/{story.second}/retraction"
        firm.admin.post(address, {"reason": "Never happened"})
        outsider = stranger(story)
        assert "Assessment of 10 Jan 2026" in text_of(outsider.get(path).text)
        assert outsider.get(f"{path}/assessments/{story.second}.pdf").status_code == 404
        frozen = story.share(known_at=before)
        assert outsider.get(f"{frozen}/assessments/{story.second}.pdf").status_code == 200
        later = firm.context.now().replace(year=2200)
        object.__setattr__(firm.context, "clock", lambda: later)
        assert outsider.get(f"{path}/assessments/{story.first}.pdf").status_code == 404
