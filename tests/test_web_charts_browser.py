"""The look in a real browser: nothing for axe to find, the keyboard's habits, and the cursor that follows its range."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from patience import HANGING_SECONDS
from test_web_charts_painting import a_flow, a_grid, a_page, a_stack, a_survival, a_timeline

from web.charts.render import environment
from web.static_files import find_static_file

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

HOST = "http://localhost"
POLICY = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
FOUND = {"items": [{"label": "Halcyon <b>Health</b>", "href": "/clients/halcyon", "hint": "client"}]}

CLIENT = """{% extends "base.html" %}
{% from "charts/timeline.html" import timeline, timeline_legend, timeline_table, as_of_form %}
{% block main %}{% call parts.page_head("A client") %}{{ parts.structure_pill(none) }}{% endcall %}
{% call parts.card("Structure over time", flush=True) %}
<div class="body">{{ timeline(T) }}{{ timeline_legend(T) }}</div>
{{ as_of_form("/client", T.as_of, "2026-11-22", {"q": "kept"}, "/earlier", "/later") }}
{{ timeline_table(T) }}{% endcall %}
<ul><li id="m-1">one</li><li id="m-2">two</li></ul>{% endblock %}"""
REPORTS = """{% extends "base.html" %}
{% from "charts/columns.html" import columns %}{% from "charts/grid.html" import grid, grid_table %}
{% from "charts/flow.html" import flow %}{% from "charts/survival.html" import survival, survival_table %}
{% block main %}{{ parts.page_head("Reports") }}{{ columns(C) }}{{ grid(G) }}{{ grid_table(G) }}
{{ flow(F) }}{{ survival(S) }}{{ survival_table(S) }}{% endblock %}"""


@cache
def pages() -> dict[str, str]:
    def render(text: str, **options: object) -> str:
        return environment().from_string(text).render(title="Look", here="clients", **options)

    return {
        "/client": render(CLIENT, T=a_timeline()),
        "/reports": render(REPORTS, C=a_stack(), G=a_grid(), F=a_flow(), S=a_survival()),
        "/form": a_page(),
        "/sign-in": a_page("plain.html"),
    }


def serve(page: Page) -> None:
    """Answer the page from the templates, under the product's policy, without a server."""
    served = pages()

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        headers = {"content-security-policy": POLICY}
        if path.startswith("/static/"):
            file, _ = find_static_file(path.removeprefix("/static/")) or (None, False)
            assert file is not None, path
            route.fulfill(body=file.content, content_type=file.media_type, headers=headers)
        elif path == "/palette.json":
            route.fulfill(body=json.dumps(FOUND), content_type="application/json", headers=headers)
        else:
            body = served.get(path, "<!doctype html><html lang='en'><title>elsewhere</title>")
            route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=headers)

    page.route("**/*", answer)


@pytest.fixture
def site(page: Page) -> Page:
    """A page before which the templates are served."""
    serve(page)
    return page


def visit(site: Page, path: str) -> Page:
    site.goto(HOST + path)
    return site


@pytest.mark.parametrize("path", ["/client", "/reports", "/form"])
def test_axe_finds_nothing_in_either_theme(
    site: Page, axe_in_both_themes: Callable[[Page], list[str]], path: str
) -> None:
    visit(site, path)
    assert axe_in_both_themes(site) == []


@pytest.mark.parametrize("path", ["/client", "/reports", "/sign-in"])
def test_axe_finds_nothing_on_a_phone(site: Page, axe: Callable[[Page], list[str]], path: str) -> None:
    site.set_viewport_size({"width": 390, "height": 844})
    visit(site, path)
    assert axe(site) == []


@pytest.mark.parametrize("path", ["/client", "/reports", "/form", "/sign-in"])
def test_a_phone_never_scrolls_the_page_sideways(site: Page, path: str) -> None:
    site.set_viewport_size({"width": 390, "height": 844})
    visit(site, path)
    assert site.evaluate("document.documentElement.scrollWidth") <= 390


def test_lane_names_stay_in_sight_while_a_phone_scrolls_the_plot(site: Page) -> None:
    site.set_viewport_size({"width": 390, "height": 844})
    visit(site, "/client")
    before = site.locator(".tl-names").bounding_box()
    site.evaluate("document.querySelector('[data-timeline]').scrollLeft = 500")
    after = site.locator(".tl-names").bounding_box()
    assert before is not None
    assert after is not None
    assert 0 <= after["x"] < 60


@pytest.mark.parametrize(
    ("keys", "path"),
    [(["n"], "/milestones/new"), (["g", "c"], "/clients"), (["["], "/earlier"), (["]"], "/later")],
)
def test_single_keys_go_places(site: Page, keys: list[str], path: str) -> None:
    visit(site, "/client")
    for key in keys:
        site.keyboard.press(key)
    site.wait_for_url(HOST + path)


def test_single_keys_rest_while_somebody_types_and_when_switched_off(site: Page) -> None:
    visit(site, "/form").locator("#f-note").press_sequentially("ng?")
    assert site.url == HOST + "/form"
    assert site.locator("#f-note").input_value().startswith("ng?")
    site.locator("h1").click()
    site.keyboard.press("?")
    site.locator("[data-single-keys-switch]").uncheck()
    site.keyboard.press("Escape")
    site.keyboard.press("n")
    assert site.url == HOST + "/form"
    visit(site, "/form").keyboard.press("n")
    assert site.url == HOST + "/form"


def test_the_palette_finds_and_follows(site: Page) -> None:
    visit(site, "/client").keyboard.press("Control+k")
    option = site.locator("#palette-list [role=option]").first
    option.wait_for()
    assert "Halcyon <b>Health</b>" in option.inner_text()
    site.keyboard.press("Enter")
    site.wait_for_url(HOST + "/clients/halcyon")


def test_the_cursor_follows_its_range_and_the_page_follows_the_cursor(site: Page) -> None:
    visit(site, "/client")
    field = site.locator("[data-as-of]")
    before = site.locator(".cursor-line").get_attribute("transform")
    words = site.locator(".cursor-text").text_content()
    site.evaluate("window.sameDocument = true")
    field.focus()
    site.keyboard.press("ArrowLeft")
    assert site.locator(".cursor-line").get_attribute("transform") != before
    assert site.locator(".cursor-text").text_content() != words
    site.wait_for_url(lambda url: "as_of=" in url and "q=kept" in url)
    assert site.evaluate("window.sameDocument") is True
    assert site.evaluate("document.activeElement.matches('[data-as-of]')")


def test_without_scripts_the_as_of_form_and_its_links_do_the_same(chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(1000 * HANGING_SECONDS)
    page = context.new_page()
    serve(page)
    visit(page, "/client")
    assert page.locator("[data-as-of]").is_hidden()
    page.locator("input[name=as_of]").fill("2024-02-29")
    page.get_by_role("button", name="Show").click()
    assert "as_of=2024-02-29" in page.url
    assert "q=kept" in page.url
    page.get_by_role("link", name="Previous quarter").click()
    assert page.url == HOST + "/earlier"
    context.close()


def test_arrows_step_along_the_marks_of_a_chart(site: Page) -> None:
    visit(site, "/client").locator(".marks a.step").first.focus()
    first = site.evaluate("document.activeElement.getAttribute('aria-label')")
    site.keyboard.press("ArrowRight")
    second = site.evaluate("document.activeElement.getAttribute('aria-label')")
    assert second != first
    assert site.locator("#tip[data-on]").inner_text()
    assert site.locator(".marks a.step[tabindex='0']").count() == 1


def test_the_theme_shows_at_once_and_stays(site: Page) -> None:
    visit(site, "/client").locator("button[aria-label=Theme]").click()
    site.locator("#themes button[value=dark]").click()
    assert site.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(12, 13, 16)"
    visit(site, "/reports")
    assert site.evaluate("document.documentElement.dataset.theme") == "dark"


def test_times_are_the_readers_and_dates_never_shift(site: Page) -> None:
    visit(site, "/form")
    instant = site.locator("time[data-instant]")
    assert instant.inner_text() == "22 Nov 2026, 09:30"
    assert instant.get_attribute("title") == "22 Nov 2026, 09:30:00 UTC"
    assert site.locator("time:not([data-instant])").all_inner_texts() == ["Feb 2024", "Q2 2024"]
