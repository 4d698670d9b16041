"""What a page changes by itself, and what it says after a form, in a real Chromium: in view, and in nobody's way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import tell_a_story
from patience import wait_until
from test_web_pages_browser import Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

TEMPLATES = Path(__file__).parent.parent / "web" / "templates"
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A firm with a story, served to browsers."""
    running = Running(tmp_path_factory.mktemp("in-view"))
    tell_a_story(running)
    yield running
    running.stop()


@pytest.fixture
def at_work(firm: Running, page: Page) -> Page:
    """Somebody who is signed in."""
    firm.let_in(page)
    return page


def scroll_of(page: Page) -> int:
    top: int = page.evaluate("Math.round(scrollY)")
    return top


def focus_of(page: Page) -> str:
    name: str = page.evaluate("document.activeElement.name || document.activeElement.id")
    return name


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/assess", "/clients/halcyon-health/assess"])
def test_an_answer_changes_what_is_advised_while_page_and_focus_stay(
    firm: Running, at_work: Page, path: str, size: str
) -> None:
    at_work.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    at_work.goto(firm.url + path)
    head = firm.context.log.head()
    names = at_work.locator("#short fieldset[data-question]").evaluate_all(
        "all => all.map(one => one.dataset.question)"
    )
    for name in names[:2]:
        answer = at_work.locator(f"#short input[name={name}][value=yes]")
        answer.scroll_into_view_if_needed()
        answer.focus()
        top = scroll_of(at_work)
        with at_work.expect_response("**/assess/says") as sent:
            at_work.keyboard.press("Space")
        assert sent.value.ok
        at_work.wait_for_timeout(150)
        assert answer.is_checked()
        assert focus_of(at_work) == name
        assert abs(scroll_of(at_work) - top) <= 1
    assert at_work.evaluate("document.documentElement.scrollWidth <= innerWidth")
    listed = at_work.locator("#short [data-question]").evaluate_all("all => all.map(one => one.dataset.question)")
    following = at_work.locator("#says [data-next]").get_attribute("data-next") or ""
    assert {*following.split(), *names[:2]} <= set(listed)
    before = at_work.locator("#says").text_content()
    typed = at_work.locator("form.assess input[inputmode]").first
    typed.scroll_into_view_if_needed()
    typed.select_text()
    top = scroll_of(at_work)
    with at_work.expect_response("**/assess/says"):
        at_work.keyboard.type("240000000")
    with at_work.expect_response("**/assess/says"):
        at_work.keyboard.press("Enter")
    at_work.wait_for_timeout(150)
    assert at_work.url == firm.url + path
    assert typed.input_value() == "240000000"
    assert focus_of(at_work) == typed.get_attribute("name")
    assert abs(scroll_of(at_work) - top) <= 1
    assert at_work.locator("#says").text_content() != before
    assert firm.context.log.head() == head


@pytest.mark.parametrize("size", SIZES)
def test_a_preview_is_painted_while_required_fields_are_empty(firm: Running, at_work: Page, size: str) -> None:
    at_work.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    engagement = firm.admin.get("/clients/halcyon-health/engagements")["items"][0]["id"]
    milestones = firm.admin.get(f"/engagements/{engagement}/milestones")["items"]
    split = next(m["id"] for m in milestones if m["kind"] == "split_to_two_roles")
    paths = (
        "/milestones/new?client=halcyon-health&kind=split_to_two_roles",
        f"/engagements/{engagement}/milestones/{split}/correct",
    )
    for path in paths:
        at_work.goto(firm.url + path)
        field = at_work.locator("form.form textarea").first
        field.scroll_into_view_if_needed()
        field.click()
        top = scroll_of(at_work)
        with at_work.expect_response(re.compile("/milestones/check|/correct")) as sent:
            at_work.keyboard.type("A note")
        assert sent.value.ok
        at_work.wait_for_timeout(150)
        assert focus_of(at_work) == field.get_attribute("name")
        assert abs(scroll_of(at_work) - top) <= 1


def test_every_form_that_is_sent_while_one_types_goes_without_its_required_fields() -> None:
    forms = [
        form
        for template in TEMPLATES.rglob("*.html")
        for form in re.findall(r"<form\b[^>]*>", template.read_text(encoding="utf-8"))
        if re.search(r'hx-trigger="[^"]*\b(?:change|input|keyup)', form)
    ]
    assert len(forms) >= 3
    assert [form for form in forms if 'hx-validate="false"' not in form] == []


@pytest.mark.parametrize("size", SIZES)
def test_the_notice_after_recording_is_in_view_with_its_undo_and_is_announced(
    firm: Running, at_work: Page, size: str
) -> None:
    at_work.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    at_work.goto(f"{firm.url}/milestones/new?client=halcyon-health&kind=deliverable_issued")
    at_work.get_by_label("Took effect on").fill("1 Jul 2025")
    at_work.locator("[name=deliverable]").fill("roadmap")
    at_work.get_by_label("AI", exact=True).check()
    at_work.get_by_role("button", name="Record milestone").click()
    at_work.wait_for_url(re.compile("#m-"))
    notice = at_work.locator("#notices .notice.good")
    undo = notice.get_by_role("link", name="Undo")
    target = at_work.locator("li:target")
    for element in (notice, undo, target):
        box = element.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= SIZES[size]["height"]
    shown, found = notice.bounding_box(), target.bounding_box()
    assert shown is not None
    assert found is not None
    assert shown["y"] + shown["height"] <= found["y"] + 1, "the milestone is not covered by its notice"
    announcer = at_work.locator("#announcer")
    assert announcer.get_attribute("role") == "status"
    announcer.filter(has_text="The milestone is recorded.").wait_for(state="attached")
    undo.click()
    at_work.get_by_role("button", name="Retract milestone").wait_for()


def marks_of(page: Page) -> list[tuple[str, str]]:
    """The marked fields of a form: the label and the message beside it."""
    marks: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll('form.form .wrong')].map((field) => [
            field.querySelector('label, legend').firstChild.textContent.trim(),
            field.querySelector(':scope > .error').textContent,
        ])"""
    )
    return [(label, message) for label, message in marks]


def test_a_preview_marks_what_recording_would_refuse_with_the_same_words_until_it_is_mended(
    firm: Running, at_work: Page
) -> None:
    at_work.goto(f"{firm.url}/milestones/new?client=halcyon-health&kind=deliverable_issued")
    day = at_work.locator("[name=effective_on]")
    wrong = ("Took effect on", "There is no such day in the calendar.")
    at_work.locator("[name=note]").fill("Half a form")
    at_work.locator("#effect", has_text="Still needed: Deliverable").wait_for()
    assert marks_of(at_work) == [], "what is merely empty is not marked"
    day.fill("31 Feb 2025")
    wait_until(lambda: marks_of(at_work) == [wrong])
    assert day.get_attribute("aria-invalid") == "true"
    assert "f-effective-on-error" in (day.get_attribute("aria-describedby") or "")
    at_work.evaluate("document.querySelector('form.form').noValidate = true")
    with at_work.expect_navigation():
        at_work.get_by_role("button", name="Record milestone").click()
    refused = marks_of(at_work)
    assert wrong in refused
    assert ("Deliverable", "Required.") in refused
    assert at_work.locator("[name=note]").input_value() == "Half a form"
    assert day.input_value() == "31 Feb 2025"
    day.fill("1 Jul 2025")
    wait_until(lambda: marks_of(at_work) == [mark for mark in refused if mark != wrong])
    assert "Took effect on" not in at_work.locator("main > .refusal").inner_text()
    at_work.locator("[name=deliverable]").fill("roadmap")
    at_work.get_by_label("AI", exact=True).check()
    wait_until(lambda: marks_of(at_work) == [])
    assert at_work.locator("main > .refusal").count() == 0
    assert at_work.locator("[aria-invalid]").count() == 0


def test_a_preview_marks_the_field_of_a_refusal_by_the_record(firm: Running, at_work: Page) -> None:
    at_work.goto(f"{firm.url}/milestones/new?client=halcyon-health&kind=paused")
    for text, marked in (("2020-01-01", 1), ("2025-07-01", 0), ("1 Feb 2020", 1)):
        at_work.locator("[name=effective_on]").fill(text)
        labels = ["Took effect on"] * marked
        wait_until(lambda: [label for label, _ in marks_of(at_work)] == labels)  # noqa: B023  (called in this round)


def test_a_preview_of_a_correction_marks_its_fields_and_the_answers_of_an_assessment(
    firm: Running, at_work: Page
) -> None:
    engagement = firm.admin.get("/clients/halcyon-health/engagements")["items"][0]["id"]
    dana = next(person["id"] for person in firm.admin.get("/people")["items"] if person["name"] == "Dana")
    taken = {"kind": "assessment_taken", "effective_on": "2025-03-03", "assessor": dana, "answers": {"headcount": 24}}
    assessment = firm.admin.post(f"/engagements/{engagement}/milestones", taken)["id"]
    at_work.goto(f"{firm.url}/engagements/{engagement}/milestones/{assessment}/correct")
    count = at_work.locator("[name=headcount]")
    count.fill("many")
    wait_until(lambda: [words for _, words in marks_of(at_work)] == ["Must be a whole number, or empty if unknown."])
    assert count.get_attribute("aria-invalid") == "true"
    at_work.locator("[name=effective_on]").fill("31 Feb 2025")
    wait_until(lambda: len(marks_of(at_work)) == 2)
    count.fill("25")
    wait_until(lambda: [label for label, _ in marks_of(at_work)] == ["Took effect on"])
