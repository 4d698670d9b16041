"""Every page and every form against every kind of caller, and foreign clients in none of them."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, answer_boards_as_html, served
from browsing import HTML, Visitor
from route_matrix import CALLERS, ENDLESS, NOBODY, Kind, credentials_of, ending, filled, matrix, routes

from api.state.roles import Role
from web.pages.reports import REPORTS

OPEN = {
    *(("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/{token}"), ("POST", "/sign-in/{token}")),
    *(("GET", "/single-sign-on"), ("GET", "/single-sign-on/callback")),
    *(("GET", "/s/{token}"), ("POST", "/s/{token}"), ("GET", "/s/{token}/timeline.{suffix}")),
    ("GET", "/s/{token}/live"),
    ("GET", "/s/{token}/assessments/{assessment}.pdf"),
    ("GET", "/logo/{name}"),
}
LEAVING = {("POST", "/sign-out")}  # leads to the sign-in page, whoever asks
OWNERS = {("POST", "/settings/sign-in-links")}  # nobody's who comes in by another door than the command line
LOOKED_AT = {
    *(
        "/",
        "/compare",
        "/compare.{suffix}",
        "/clients",
        "/clients/{client}",
        "/clients/{client}/assess",
        "/clients/{client}/timeline.{suffix}",
    ),
    *("/milestones", "/engagements/{engagement}/milestones/{milestone}"),
    "/engagements/{engagement}/milestones/{milestone}/assessment",
    "/engagements/{engagement}/milestones/{milestone}/assessment.pdf",
    *(
        "/assess",
        "/people",
        "/people/{person}",
        "/people/{person}/timeline.{suffix}",
        "/frameworks",
        "/frameworks/{framework}",
        "/board-report",
    ),
    *("/signs", "/signs/{sign}"),
    *("/board-report.pdf", "/reports", "/reports/{key}", "/responsibilities"),
    "/clients/{client}/responsibilities",
    *(
        "/reports/{key}/card",
        "/reports/{key}.{suffix}",
        "/reports/{key}/then-and-now",
        "/views",
        "/settings",
        "/views/counts",
    ),
    *("/settings/account", "/palette.json", "/people.json", "/clients.json", "/search", "/live"),
}
OF_VIEWERS = {
    *(("GET", path) for path in LOOKED_AT),
    *(("POST", "/assess"), ("POST", "/assess/says"), ("POST", "/clients/{client}/assess")),
    *(("POST", "/views"), ("POST", "/views/{view}/delete"), ("POST", "/settings/appearance")),
    ("POST", "/presenter"),
    *(("POST", "/settings/account/name"), ("POST", "/settings/account/password")),
    *(("GET", "/settings/calendar-links"), ("POST", "/settings/calendar-links")),
    ("POST", "/settings/calendar-links/{calendar_link}/revoke"),
    *(("POST", "/settings/account/sessions/end"), ("POST", "/settings/account/sessions/{session}/end")),
}
FORMS_OF_RECORDERS = {
    *("/clients/{client}/engagements/new", "/clients/{client}/profile", "/milestones/new", "/people/new"),
    "/engagements/{engagement}/milestones/{milestone}/correct",
    "/engagements/{engagement}/milestones/{milestone}/retract",
    *("/engagements/{engagement}/retract", "/clients/{client}/retract"),
}
OF_RECORDERS = {
    *((method, path) for path in FORMS_OF_RECORDERS for method in ("GET", "POST")),
    ("GET", "/engagements/{engagement}/milestones/{milestone}/undo"),
    *(("POST", "/milestones/check"), ("POST", "/clients/{client}/assess/record")),
}
OF_RECORDERS_OF_ALL = {("GET", "/clients/new"), ("POST", "/clients/new")}
OF_ADMINS = {
    *(("GET", "/settings/share-links"), ("POST", "/settings/share-links")),
    ("POST", "/settings/share-links/{share_link}/revoke"),
    *(("GET", "/settings/webhooks"), ("POST", "/settings/webhooks"), ("GET", "/settings/webhooks/{webhook}")),
    *(("POST", "/settings/webhooks/{webhook}/test"), ("POST", "/settings/webhooks/{webhook}/rotate")),
    *(("POST", "/settings/webhooks/{webhook}/enable"), ("POST", "/settings/webhooks/{webhook}/disable")),
    *(("POST", "/settings/webhooks/{webhook}"), ("POST", "/settings/webhooks/{webhook}/delete")),
    ("POST", "/settings/webhooks/{webhook}/deliveries/{delivery}/redeliver"),
}
OF_ADMINS_OF_ALL = {
    *(("GET", "/people/{person}/change"), ("POST", "/people/{person}/change")),
    *(("GET", "/people/{person}/erase"), ("POST", "/people/{person}/erase")),
    *(("GET", "/settings/users"), ("POST", "/settings/users"), ("GET", "/settings/users/{user}")),
    *(("POST", "/settings/users/{user}"), ("POST", "/settings/users/{user}/active")),
    *(("POST", "/settings/users/{user}/remove"), ("POST", "/settings/users/{user}/link")),
    ("POST", "/settings/users/{user}/sessions/end"),
    ("POST", "/settings/users/{user}/sessions/{session}/end"),
    *(("GET", "/settings/keys"), ("POST", "/settings/keys")),
    *(("POST", "/settings/keys/{key}/rotate"), ("POST", "/settings/keys/{key}/revoke")),
    *(("GET", "/settings/audit"), ("GET", "/settings/firm"), ("POST", "/settings/firm")),
    *(("GET", "/settings/logo"), ("POST", "/settings/logo"), ("POST", "/settings/logo/remove")),
    ("POST", "/settings/logo/restore"),
    *(("GET", "/settings/imports"), ("POST", "/settings/imports"), ("GET", "/settings/imports/files/{file_id}")),
    *(("POST", f"/settings/imports/files/{{file_id}}/{step}") for step in ("columns", "forget", "record", "remove")),
    ("GET", "/settings/imports/files/{file_id}/refused.csv"),
    *(("GET", "/settings/imports/{import_id}"), ("POST", "/settings/imports/{import_id}/undo")),
    *(("GET", "/settings/signs/{sign}"), ("POST", "/settings/signs/{sign}")),
}
PAGES = {
    **dict.fromkeys(OF_VIEWERS, Role.VIEWER),
    **dict.fromkeys(OF_RECORDERS | OF_RECORDERS_OF_ALL, Role.RECORDER),
    **dict.fromkeys(OF_ADMINS | OF_ADMINS_OF_ALL, Role.ADMIN),
}
"""What role a page or a form needs."""

FOREIGN = ("Zwetschgenhof", "zwetschgenhof", "Quetschbert", "Obstgarten", "vertraulich", "424242")
"""What no limited caller may meet: a client's name, its holder's, its engagement's, a note, a fee."""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("pages")) as running:
        answer_boards_as_html(running)
        yield running


@pytest.fixture(scope="module")
def two(firm: Served) -> Mapping[str, Mapping[str, str]]:
    """A client each of ours and of others, with whatever can be told of one: ids by the names in addresses."""
    return {
        "mine": record_client(firm, "Halcyon", "Dana", "Two hats", "a note of ours", "1000.00"),
        "theirs": record_client(firm, FOREIGN[0], FOREIGN[2], FOREIGN[3], FOREIGN[4], f"{FOREIGN[5]}.00"),
    }


def record_client(firm: Served, name: str, holder: str, engagement: str, note: str, fee: str) -> dict[str, str]:
    admin = firm.admin
    person = admin.post("/people", {"name": holder, "email": f"{holder}@example.org", "employer": "firm"})["id"]
    client = admin.post("/clients", {"name": name, "profile": {"sector": "health", "headcount": 240}})
    opened = {"name": engagement, "started_on": "2024-01-01", "practice_lead": person}
    engagement_id = admin.post(f"/clients/{client['slug']}/engagements", opened)["id"]
    seat = {
        "functions": ["technology", "ai"],
        "holder": person,
        "commitment": "fractional",
        "provider": "firm",
        "monthly_fee": {"amount": fee, "currency": "USD"},
        "hours_per_month": {"technology": 20, "ai": 12},
    }
    chosen = {"kind": "structure_chosen", "effective_on": "2024-02-01", "note": note, "seats": [seat]}
    milestone = admin.post(f"/engagements/{engagement_id}/milestones", chosen)["id"]
    return {
        "client": client["slug"],
        "engagement": engagement_id,
        "milestone": milestone,
        "person": person,
        "id": client["id"],
    }


def test_every_page_and_form_is_classified(firm: Served) -> None:
    assert set(routes(firm, pages=True)) == OPEN | LEAVING | OWNERS | PAGES.keys()


FEW = {
    *(("GET", "/clients"), ("POST", "/views"), ("GET", "/milestones/new"), ("POST", "/milestones/check")),
    *(("POST", "/clients/new"), ("GET", "/settings/share-links"), ("POST", "/settings/keys")),
    *(("GET", "/sign-in"), *OWNERS),
}
"""A page or form of each rule."""


@pytest.mark.parametrize(
    "walked",
    [
        pytest.param(FEW, id="some"),
        pytest.param(
            OPEN | LEAVING | OWNERS | PAGES.keys(),
            id="every",
            marks=pytest.mark.slow(reason="opens every page and sends every form as every kind of caller"),
        ),
    ],
)
def test_every_page_and_form_answers_each_kind_of_caller_as_its_rule_says(
    firm: Served, two: Mapping[str, Mapping[str, str]], walked: Collection[tuple[str, str]]
) -> None:
    met = matrix(firm, UUID(two["mine"]["id"]), walked)
    for route in PAGES.keys() & met.keys():
        needed = PAGES[route]
        for kind in CALLERS:
            if kind.role is None:
                expected = "—"
            elif not kind.role.covers(needed) or (kind.is_limited and route in OF_RECORDERS_OF_ALL | OF_ADMINS_OF_ALL):
                expected = "no"
            else:
                expected = "own" if kind.is_limited else "yes"
            assert met[route][kind.name] == expected, f"{route} as {kind.name}"
    for route in OPEN & met.keys():
        assert set(met[route].values()) == {"yes"}, route
    for route in LEAVING & met.keys():
        assert set(met[route].values()) == {"—"}, route
    for route in OWNERS & met.keys():
        assert set(met[route].values()) == {"—", "no"}, route


def test_no_form_is_taken_from_the_page_of_another_site(firm: Served) -> None:
    admin = Visitor(firm)
    sent = sorted(path for method, path in routes(firm, pages=True) if method == "POST")
    assert len(sent) > 30
    for path in sent:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "", "Origin": "https://evil.example"}):
            answer = admin.client.post(filled(path), headers=headers, follow_redirects=False)
            assert answer.status_code == 403, (path, headers)
            assert answer.json()["type"] == "/problems/cross-site-write"
    assert "Settings" in admin.get("/settings")  # signed in still


def drilled(kinds: Iterable[Kind], *fast: str) -> list[Any]:
    """Kinds of callers, of which all but the fast ones walk in drills."""
    slow = pytest.mark.slow(reason="walks every page as another kind of caller")
    return [pytest.param(kind, marks=() if kind.name in fast else slow) for kind in kinds]


SIGNED_IN = [kind for kind in CALLERS if kind.role]
LIMITED = [kind for kind in CALLERS if kind.is_limited and kind.role is not Role.RECORDER]
MORE = {
    **dict.fromkeys(("/search", "/palette.json", "/people.json", "/clients.json", "/api/v1/people"), ("?q=zwetsch",)),
    "/clients": ("?q=zwetsch", "?holder={person}", "?practice_lead={person}"),
    "/api/v1/clients": (
        "?q=zwetsch",
        "?holder={person}",
        "?format=csv",
        "?format=xlsx",
    ),
    "/milestones": ("?client={id}", "?q=vertraul"),
    "/api/v1/exports/history": ("?q=%27", "?status=active"),
    "/api/v1/events": ("?client={id}", "?type=engagement.opened"),
    "/reports/{key}": ("?holder={person}", "?client={id}"),
    "/board-report": ("?client={id}",),
}
"""What else is asked of an address: filters that would match what is foreign, and other formats."""


@pytest.mark.parametrize("kind", drilled(LIMITED, "limited viewer"), ids=lambda kind: kind.name)
def test_whoever_is_limited_meets_what_is_foreign_in_no_answer_at_all(
    firm: Served, two: Mapping[str, Mapping[str, str]], kind: Kind
) -> None:
    credentials = credentials_of(firm, kind, UUID(two["mine"]["id"]))
    walked = [*routes(firm, pages=False), *routes(firm, pages=True)]
    shown = 0
    for method, path in sorted(set(walked)):
        if method != "GET":
            continue
        for address in addresses(path, two):
            headers = {**({} if path.startswith("/api/") else HTML), **credentials}
            with ending(firm) if path in ENDLESS else nullcontext():
                answer = firm.client.get(address, headers=headers, follow_redirects=False)
            assert answer.status_code < 500, address
            shown += answer.status_code == 200
            text = text_of(answer)
            for word in FOREIGN:
                assert word not in text, (address, word)
    assert shown > 60


def test_nobody_at_other_clients_exists_for_whoever_is_limited(
    firm: Served, two: Mapping[str, Mapping[str, str]]
) -> None:
    mine, theirs = two["mine"], two["theirs"]
    limited = firm.caller(Role.RECORDER, {UUID(mine["id"])})
    own = limited.post("/people", {"name": "Ivo", "employer": "firm"})["id"]
    assert limited.get(f"/people/{own}")["name"] == "Ivo"
    limited.ask("GET", f"/people/{theirs['person']}", status=404)
    here = f"/engagements/{mine['engagement']}/milestones"
    handed = {"kind": "handed_over", "effective_on": "2024-05-01", "functions": ["technology", "ai"]}
    refusals = [limited.post(here, {**handed, "holder": who}, status=422) for who in (theirs["person"], NOBODY)]
    assert refusals[0] == refusals[1]
    chosen = {"reason": "x", "details": {"seats": [{"holder": theirs["person"]}]}}
    assert limited.post(f"{here}/{mine['milestone']}/corrections", chosen, status=422)["errors"]
    assert limited.post(f"{here}:check", {**handed, "holder": own})["fits"]


def addresses(path: str, two: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The address of a page as ours and as theirs, with all that may be asked beside."""
    for ids in two.values():
        for key in REPORTS if "{key}" in path else ("",):
            place = filled(path.replace("{key}", key), ids)
            yield place
            for more in MORE.get(path, ()):
                yield place + more.format(**two["theirs"])


def text_of(answer: Any) -> str:
    """All that an answer says, the sheets of a workbook included."""
    if answer.content[:2] != b"PK":
        return str(answer.text)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


@pytest.mark.parametrize("kind", drilled(SIGNED_IN, "viewer", "limited recorder"), ids=lambda kind: kind.name)
def test_no_page_leads_anybody_to_where_they_are_refused(
    firm: Served, two: Mapping[str, Mapping[str, str]], kind: Kind
) -> None:
    credentials = credentials_of(firm, kind, UUID(two["mine"]["id"]))
    mine = two["mine"]
    here = ("/", "/clients", f"/clients/{mine['client']}", "/milestones", "/people", f"/people/{mine['person']}")
    there = (f"/engagements/{mine['engagement']}/milestones/{mine['milestone']}", "/reports", "/views", "/settings")
    seen = set()
    for page in (*here, *there, "/settings/account"):
        shown = firm.client.get(page, headers={**HTML, **credentials})
        assert shown.status_code == 200, page
        for href in re.findall(r'(?:href|action)="(/[^"#]*)', shown.text):
            address = html.unescape(href)
            pattern = re.sub(r"[0-9a-f-]{36}|=[^&]*", "", address)
            if pattern in seen or address.startswith(("/static", "/sign-out", "/board-report.pdf")):
                continue
            seen.add(pattern)
            answer = firm.client.get(address, headers={**HTML, **credentials}, follow_redirects=False)
            assert answer.status_code in (200, 303, 405), (page, address)
    assert len(seen) > 30
