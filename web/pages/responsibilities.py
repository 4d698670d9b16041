"""The responsibilities of both roles side by side: in general, and beside what a client has assigned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from domain.areas import DECISION_AREAS
from domain.assessment import FRAMEWORKS
from domain.assessment.framework import Source
from domain.kinds.agreements import DecisionRightAssigned
from domain.responsibilities import AREA_SPLITS, CONTRASTS, DUTIES, NOT_OWNED_BY_AI
from domain.seats import Function
from projections.milestone_versions import MilestoneVersion
from projections.milestones import standing_milestones
from web.components import Link
from web.forms import words_of
from web.pages.page_context import PageContext, ViewerPage
from web.pages.reports.governance import OWNERS
from web.pages.time_params import At, Times

router = APIRouter(include_in_schema=False)

TITLE = "Responsibilities of both roles"


class AreaRow(NamedTuple):
    """A decision area: its usual owner, each role's part, who settles disagreements, and the owner at the client.

    Texts are empty, and `since` is null, where nothing is assigned.
    """

    area: str
    owner: str
    technology: str
    ai: str
    settled_by: str
    sources: str
    assigned_to: str
    since: date | None


@router.get("/responsibilities")
def show_responsibilities(page: ViewerPage) -> Response:
    """The responsibilities in general."""
    return _render(page, (Link("Governance", "/reports/governance"), Link(TITLE)), _area_rows({}))


@router.get("/clients/{client}/responsibilities")
def show_client_responsibilities(client: str, page: ViewerPage, at: At) -> Response:
    """The responsibilities beside the decision rights that are assigned at one client. Raises `UnknownClient`."""
    with page.snapshot() as snapshot:
        row = page.queries.client(snapshot, client, at.moment)
        milestones = standing_milestones(snapshot, client=row.id, known_at=at.known_at)
    assigned = _assigned(milestones, at)
    crumbs = (Link("Clients", "/clients"), Link(row.name, f"/clients/{row.slug}"), Link(TITLE))
    return _render(page, crumbs, _area_rows(assigned), name=row.name, at=at)


def _render(
    page: PageContext, crumbs: tuple[Link, ...], areas: list[AreaRow], *, name: str = "", at: Times | None = None
) -> Response:
    return page.render(
        "responsibilities",
        TITLE,
        here="clients" if name else "governance",
        crumbs=crumbs,
        client_name=name,
        at=at,
        contrasts=[(one.aspect, one.technology, one.ai, _cited(one.sources)) for one in CONTRASTS],
        duties=[
            (title, [(duty.text, _cited(duty.sources)) for duty in DUTIES[function]])
            for function, title in ((Function.TECHNOLOGY, "The CTO owns"), (Function.AI, "The CAIO owns"))
        ],
        not_owned=(NOT_OWNED_BY_AI.text, _cited(NOT_OWNED_BY_AI.sources)),
        areas=areas,
        sources=[(place, source) for place, source in enumerate(_SOURCES.values(), start=1)],
    )


_SOURCES: Mapping[str, Source] = {
    source.key: source for source in sorted({framework.source for framework in FRAMEWORKS}, key=attrgetter("key"))
}
"""The articles by their key, in the order of keys."""

_NUMBERS = {key: place for place, key in enumerate(_SOURCES, start=1)}


def _cited(sources: Iterable[str]) -> str:
    """`Article 2, line 22; article 4, line 35`, by the numbers of the list of articles on the page."""
    return "; ".join(f"article {_NUMBERS[key]}, line {line[1:]}" for key, line in (s.split(":") for s in sources))


def _assigned(milestones: Iterable[MilestoneVersion], at: Times) -> Mapping[str, tuple[str, date]]:
    """The newest owner of each area on the day, in words, and since when."""
    rights: dict[str, tuple[str, date]] = {}
    for milestone in milestones:
        right = milestone.details_as(DecisionRightAssigned) if milestone.takes_effect_on <= at.as_of else None
        if right is not None:
            rights[right.area] = OWNERS[right.owner], milestone.takes_effect_on
    return rights


def _area_rows(assigned: Mapping[str, tuple[str, date]]) -> list[AreaRow]:
    """The named areas in their order, then other areas that the client has assigned."""
    rows = []
    for area, owner in DECISION_AREAS.items():
        split = AREA_SPLITS[area]
        here, since = assigned.get(area, ("", None))
        parts = split.technology, split.ai, split.settled_by
        rows.append(AreaRow(words_of(area), OWNERS[owner], *parts, _cited(split.sources), here, since))
    others = sorted(assigned.keys() - DECISION_AREAS.keys())
    return rows + [AreaRow(words_of(area), "", "", "", "", "", *assigned[area]) for area in others]
