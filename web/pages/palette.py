"""Search for the command palette and the search page: clients, people, saved views, milestones, pages and actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from api.state.people import list_people
from domain.areas import SIGNS
from domain.assessment import FRAMEWORKS
from domain.text import fold
from projections.clients import ClientFilter, list_clients, names_of
from projections.milestone_versions import RecordingKind
from projections.milestones import recent_milestones, standing_milestones
from web.charts.wording import STRUCTURES, effective_words
from web.components import Link
from web.kinds import GROUPS, KIND_NAMES, describe_version
from web.pages.filters import STATUSES
from web.pages.milestones.milestone_list import people_of
from web.pages.navigation import navigation
from web.pages.page_context import PageContext, ViewerPage
from web.pages.people.people import EMPLOYERS
from web.pages.reports import REPORTS
from web.pages.settings.sections import places
from web.pages.urls import address, client_address, milestone_address

router = APIRouter(include_in_schema=False)

SearchText = Annotated[str, Query(max_length=200)]
IN_PALETTE = 8
PRESENTER = "/settings#appearance"
"""Where the switch of presenter mode is; the palette submits it at once."""
_PRESENTER_FORM = "presenter"
ON_PAGE = 30
CLIENT_WORDS = 4
CLIENTS_SEARCHED = 5
"""How many words may name clients, and how many clients each, whose milestones are then searched."""
RECENT_SEARCHED = 100


@router.get("/palette.json")
def palette(page: ViewerPage, q: SearchText = "") -> Response:
    """The matches for the command palette as JSON."""
    items = [_item(link, hint) for _, links in find(page, q, IN_PALETTE) for link, hint in links]
    return JSONResponse({"items": items[:24]})


def _item(link: Link, hint: str) -> dict[str, str | None]:
    item = {"label": link.label, "href": link.href, "hint": hint}
    return {**item, "submits": _PRESENTER_FORM} if link.href == PRESENTER else item


@router.get("/search")
def search(page: ViewerPage, q: SearchText = "") -> Response:
    """The search page, for browsers without scripts."""
    return page.render(
        "search", "Search", q=q, groups=[(title, links) for title, links in find(page, q, ON_PAGE) if links]
    )


def find(page: PageContext, q: str, limit: int) -> list[tuple[str, list[tuple[Link, str]]]]:
    """Clients, people, saved views, milestones, pages and actions whose names contain all words.

    Groups with a name that begins as typed come first, and so do such pages and actions.
    """
    words = fold(q).split()
    actions = [entry for entry in _actions(page) if _matches(words, entry[0].label)]
    if not words:
        return [("Actions", actions[:5]), ("Pages", list(_pages(page)))]
    pages = [entry for entry in (*_pages(page), *_other_pages(page)) if _matches(words, entry[0].label)]
    for entries in (actions, pages):
        entries.sort(key=lambda entry: _begins_otherwise(words, entry[0].label))
    groups = [
        ("Clients", list(_clients(page, q.strip(), limit))),
        ("People", list(_people(page, q.strip(), limit))),
        ("Saved views", [entry for entry in _views(page) if _matches(words, entry[0].label)][:limit]),
        ("Milestones", list(_milestones(page, words, limit))),
        ("Pages", pages),
        ("Actions", actions[:limit]),
    ]
    return sorted(groups, key=lambda group: all(_begins_otherwise(words, link.label) for link, _ in group[1]))


def _begins_otherwise(words: list[str], label: str) -> bool:
    return not fold(label).startswith(" ".join(words))


def _matches(words: list[str], label: str) -> bool:
    return all(word in fold(label) for word in words)


def _clients(page: PageContext, q: str, limit: int) -> Iterator[tuple[Link, str]]:
    with page.snapshot() as snapshot:
        matches = list_clients(
            snapshot, ClientFilter(q=q), as_of=page.context.today(), visible=page.visible, limit=limit
        )
    for row in matches.items:
        hint = STRUCTURES[row.structure].name if row.structure else STATUSES[row.status]
        yield Link(row.name, client_address(row.slug)), hint


def _people(page: PageContext, q: str, limit: int) -> Iterator[tuple[Link, str]]:
    with page.queries.state() as connection:
        people = list_people(connection, limit=limit, q=q, among=page.queries.people(), made_by=page.caller.id)
    for person in people:
        yield Link(person.name or "", f"/people/{person.id}"), EMPLOYERS[person.employer]


def _views(page: PageContext) -> Iterator[tuple[Link, str]]:
    for view in page.saved_views:
        yield Link(view.name, view.url), "Saved view"


def _milestones(page: PageContext, words: Sequence[str], limit: int) -> Iterator[tuple[Link, str]]:
    """Milestones of clients that a word names, and recently recorded ones, whose words, client or date match."""
    today = page.context.today()
    with page.snapshot() as snapshot:
        named = {
            row.id: row.name
            for word in words[:CLIENT_WORDS]
            for row in list_clients(
                snapshot, ClientFilter(q=word), as_of=today, visible=page.visible, limit=CLIENTS_SEARCHED
            ).items
        }
        recent = recent_milestones(snapshot, visible=page.visible, limit=RECENT_SEARCHED).items
        versions = [m for client in named for m in standing_milestones(snapshot, client=client)]
        versions.sort(key=lambda m: m.takes_effect_on, reverse=True)
        versions += [m for m in recent if m.recording_kind is not RecordingKind.RETRACTED and m.client not in named]
        named |= names_of(snapshot, {m.client for m in recent} - named.keys(), as_of=today)
    naming = page.naming(people_of(versions))
    seen: set[UUID] = set()
    for version in versions:
        client = named.get(version.client, "")
        title = describe_version(version, naming).title
        on = effective_words(version.effective_on, version.precision.value)
        if version.id in seen or _matches(list(words), client):  # a client alone is found as a client
            continue
        if not _matches(list(words), f"{client} {title} {KIND_NAMES[version.kind.value]} {on}"):
            continue
        seen.add(version.id)
        yield Link(f"{client}: {title}", milestone_address(version.engagement, version.id)), on
        if len(seen) == limit:
            return


def _pages(page: PageContext) -> Iterator[tuple[Link, str]]:
    for group in navigation(governs=page.governs):
        for item in group.items:
            yield Link(item.label, item.href), group.label or "Page"


def _other_pages(page: PageContext) -> Iterator[tuple[Link, str]]:
    """The pages that no entry of the navigation leads to."""
    yield Link("Compare clients", "/compare"), "Page"
    yield Link("Responsibilities of both roles", "/responsibilities"), "Page"
    yield Link("Saved views", "/views"), "Page"
    for words, href, _ in places(page, ""):
        yield Link(words, href), "Settings"
    if page.governs:
        yield Link("Firm settings", "/settings/firm"), "Settings"
        yield Link("Logo", "/settings/logo"), "Settings"
    for report in REPORTS.values():
        yield Link(f"{report.title}, then and now", f"/reports/{report.key}/then-and-now"), "Report"
    for sign, title in SIGNS.items():
        yield Link(title, f"/signs/{sign}"), "Warning sign"
    for framework in FRAMEWORKS:
        yield Link(framework.title, f"/frameworks/{framework.id}"), "Framework"


def _actions(page: PageContext) -> Iterator[tuple[Link, str]]:
    presenter = Link(f"Turn presenter mode {'off' if page.is_presenting else 'on'}", PRESENTER)
    if not page.may_record:
        yield presenter, "Action"
        return
    yield Link("Log a milestone", "/milestones/new"), "Action"
    if page.may_register:
        yield Link("Register a client", "/clients/new"), "Action"
    yield Link("Add a person", "/people/new"), "Action"
    if page.governs:
        yield Link("Invite a user", "/settings/users#invite"), "Action"
        yield Link("Import a file", "/settings/imports"), "Action"
        yield Link("Create an API key", "/settings/keys#new-key"), "Action"
    yield presenter, "Action"
    for _, pages in GROUPS:
        for kind_page in pages:
            yield (
                Link(f"Log: {kind_page.name.lower()}", address("/milestones/new", kind=kind_page.kind.value)),
                "Action",
            )
