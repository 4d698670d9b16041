"""Then and now: a report as it was known at an instant beside what is known since, and who makes the difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.pointers import people_named
from api.problems import invalid
from api.reports_then_and_now import Compared, compare
from domain.client import is_uuid
from domain.quarters import Quarter, parse_quarter, quarter_of
from domain.seats import Structure
from projections.milestones import MilestoneVersion
from projections.reports.contributions import Report as Rows
from projections.reports.scope import Figure
from projections.reports.then_and_now import ClientDifference, FigureDifference
from projections.reports.time_to import Awaited
from projections.timeline_changes import Difference, MilestoneDifference
from web.charts.wording import FAMILY_OF, STRUCTURES, Family, effective_words
from web.forms import Unreadable, end_of, read_instant
from web.pages.addresses import address, client_address, milestone_address
from web.pages.moments import Times, known_text, known_words
from web.pages.report_pages import Asking
from web.pages.report_questions import Question
from web.pages.report_rows import row_words
from web.pages.reports.report import Shown
from web.pages.reports.revenue import money_words
from web.pages.saved_views import may_share, views_under
from web.pages.telling import Naming, tell_version
from web.pages.visit import Visit, Visiting
from web.parts import Link

router = APIRouter(prefix="/reports", include_in_schema=False)

LISTED = 50
HALF = 500.0
WHOLE = 1120.0
_DECIDING = ("structure_chosen", "split_to_two_roles", "merged_to_one_role")
_HOW = {Difference.ADDED: "Not known then", Difference.CHANGED: "Said otherwise", Difference.REMOVED: "Taken back"}


@dataclass(frozen=True, slots=True)
class FigureWords:
    """One row of the report in words, and what a client contributed to it then and now; empty: nothing."""

    row: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class MilestoneWords:
    """One milestone that is said otherwise: how, what it says now (or last said), and what changed, with its reason."""

    how: str
    on: str
    title: str
    was: str
    reason: str
    href: str


@dataclass(frozen=True, slots=True)
class ClientWords:
    """One client that makes a difference, and why; `others` are milestones that hardly can be the reason."""

    name: str
    href: str
    figures: Sequence[FigureWords]
    milestones: Sequence[MilestoneWords]
    others: Sequence[MilestoneWords]
    profile: str


@router.get("/{key}/then-and-now")
def show_then_and_now(visit: Visiting, asking: Asking, then: Annotated[str, Query(max_length=40)] = "") -> Response:
    """A report twice, and the clients and milestones that make the difference."""
    before = _then(then, visit, asking)
    width = WHOLE if asking.report.is_wide else HALF
    now = replace(asking.asked(visit), width=width, uid="now", says="as known now")
    known_before = replace(
        now,
        parameters=replace(now.parameters, known_at=before),
        times={**now.times, "known_at": known_text(before)},
        uid="then",
        says="as known then",
    )
    with visit.views() as connection:
        shown_then = asking.report.show(connection, known_before)
        shown_now = asking.report.show(connection, now)
        found = compare(connection, compared_of(asking), now.parameters, now.scope, before, limit=LISTED)
    naming = visit.naming({*asking.people, *_people(found.clients)})
    query = {**asking.query, "then": known_text(before)}
    path = f"{asking.path}/then-and-now"
    rest = {name: text for name, text in query.items() if name not in ("from", "to", "as_of", "known_at", "then")}
    return visit.page(
        "then_and_now",
        f"{asking.report.title}, then and now",
        here=asking.report.key,
        crumbs=(
            Link("Reports", "/reports"),
            Link(asking.report.title, address(asking.path, asking.query)),
            Link("Then and now"),
        ),
        asking=asking,
        at=asking.at,
        path=path,
        rest=rest,
        then_day=before.date().isoformat(),
        removable=asking.removable(naming, path, {"then": known_text(before)}),
        ranges=_instants(visit, asking, query, path, before),
        sides=_sides(asking, before, shown_then, shown_now),
        count=found.count,
        views=views_under(visit, path),
        view_url=address(path, query),
        may_share=may_share(visit),
        clients=[_client(one, asking, naming) for one in found.clients],
        api=address(
            "/api/v1/reports/then-and-now",
            asking.api_query,
            report=compared_of(asking).value,
            then=_full(before),
            event=None,
            by=None,
            first_arrangement=None,
            person=None,
        ),
    )


def compared_of(asking: Question) -> Compared:
    """Which comparison a report's page takes: time to change is two of them."""
    if asking.report.key == "time-to":
        return Compared.TIME_TO_SPLIT if asking.own["event"] == Awaited.SPLIT else Compared.TIME_TO_FULL_TIME
    return Compared(asking.report.key)


def _full(instant: datetime) -> str:
    return Times(instant.date(), instant, instant.date()).api_query["known_at"]


def _then(text: str, visit: Visit, asking: Question) -> datetime:
    """The earlier instant; the end of the last quarter unless it is named. Raises `Problem` 422."""
    if not text.strip():
        return end_of(quarter_of(asking.at.today, visit.house.fiscal_year_start_month).previous.end)
    try:
        then = read_instant(text)
    except Unreadable as fault:
        raise invalid(("then", str(fault))) from None
    if then > (asking.at.known_at or visit.house.now()):
        raise invalid(("then", "must not come after what it is compared with"))
    return then


def _instants(
    visit: Visit, asking: Question, query: dict[str, str], path: str, before: datetime
) -> list[tuple[str, str, bool]]:
    """The ends of the last quarters, as instants of knowledge."""
    quarter = quarter_of(asking.at.today, visit.house.fiscal_year_start_month).previous
    found = []
    for back in (1, 2, 4):
        while_back = _before(quarter, back - 1)
        instant = end_of(while_back.end)
        if asking.at.known_at is None or instant <= asking.at.known_at:
            found.append((f"End of {while_back}", address(path, query, then=known_text(instant)), instant == before))
    return found


def _before(quarter: Quarter, count: int) -> Quarter:
    for _ in range(count):
        quarter = quarter.previous
    return quarter


def _sides(asking: Question, before: datetime, then: Shown, now: Shown) -> list[tuple[str, str, str, Shown]]:
    """Both reports with a heading and the address of the report as it was known."""
    at_then = address(asking.path, asking.query, known_at=known_text(before))
    now_words = f"As known {asking.at.known_words}" if asking.at.known_at else "As known now"
    return [
        ("then", f"As known {known_words(before)}", at_then, then),
        ("now", now_words, address(asking.path, asking.query), now),
    ]


def _people(clients: Sequence[ClientDifference]) -> Iterator[UUID]:
    for client in clients:
        for milestone in client.milestones:
            for version in (milestone.before, milestone.after):
                if version is not None:
                    yield from (person for _, person in people_named(version.details))
        for figure in client.figures:
            yield from _people_in(figure.row)


def _people_in(row: str) -> Iterator[UUID]:
    yield from (UUID(part) for part in row.split(".") if is_uuid(part))


def _client(one: ClientDifference, asking: Question, naming: Naming) -> ClientWords:
    person = asking.own.get("person", "") if asking.report.key == "capacity" else ""
    figures = [figure for figure in one.figures if figure.row.endswith(person)]
    return ClientWords(
        one.name,
        client_address(str(one.client), **asking.at.query),
        list(_figures(asking, figures, naming)),
        [_milestone(milestone, naming) for milestone in one.milestones if _tells(milestone, asking.report.key)],
        [_milestone(milestone, naming) for milestone in one.milestones if not _tells(milestone, asking.report.key)],
        ", ".join(field.replace("_", " ") for field in one.profile),
    )


def _tells(one: MilestoneDifference, report: str) -> bool:
    """Whether a milestone moves seats, engagements or fees; reported hours move capacity alone."""
    version = one.after or one.before
    kind = version.kind.value if version else ""
    if kind == "hours_reported":
        return report == "capacity"
    return FAMILY_OF.get(kind) in (Family.SEAT, Family.ENGAGEMENT) or kind in _DECIDING


def _figures(asking: Question, figures: Sequence[FigureDifference], naming: Naming) -> Iterator[FigureWords]:
    """The figures in words; of structures, quarters in a row with the same difference are one."""
    key = asking.report.key
    if key not in ("structure-mix", "quarter-grid"):
        for figure in figures:
            yield FigureWords(_row(key, figure.row, naming), _words(key, figure.then), _words(key, figure.now))
        return
    month = asking.quarters[0].fiscal_year_start_month
    told: list[tuple[Quarter, Quarter, FigureDifference]] = []
    for quarter, figure in sorted(
        ((parse_quarter(figure.row, month), figure) for figure in figures), key=itemgetter(0)
    ):
        if told and told[-1][1].next == quarter and (told[-1][2].then, told[-1][2].now) == (figure.then, figure.now):
            told[-1] = (told[-1][0], quarter, figure)
        else:
            told.append((quarter, quarter, figure))
    for first, last, figure in told:
        span = str(first) if first == last else f"{first} to {last}"
        yield FigureWords(span, _structure(figure.then), _structure(figure.now))


def _structure(figure: Figure | None) -> str:
    return STRUCTURES[Structure(str(figure))].name if figure is not None else "not engaged"


def _row(key: str, row: str, naming: Naming) -> str:
    if key == "transitions":
        quarter, before, after = row.split(".")
        from_ = STRUCTURES[Structure(before)].name if before != "null" else "Not engaged"
        to = STRUCTURES[Structure(after)].name if after != "null" else "Engagement over"
        return f"{quarter}: {from_} to {to}"
    return row_words(Rows(key), row, naming)


def _words(key: str, figure: Figure | None) -> str:
    if figure is None:
        return "nothing"
    if isinstance(figure, Decimal):
        return f"{money_words(figure)} hours" if key == "capacity" else money_words(figure)
    if key in ("paths", "time-to"):
        return f"{figure} days" if not str(figure).endswith("+") else f"{str(figure)[:-1]} days and not yet"
    return f"{figure} {'time' if figure == 1 else 'times'}"


def _milestone(one: MilestoneDifference, naming: Naming) -> MilestoneWords:
    version = one.after or one.before
    if version is None:
        raise ValueError("a difference has one side at least")
    was = _told(one.before, naming) if one.before else ""
    if one.after is None or was == _told(one.after, naming):
        was = ""
    last = one.recordings[-1] if one.recordings else version
    return MilestoneWords(
        _HOW[one.difference],
        effective_words(version.effective_on, version.precision.value),
        tell_version(version, naming).title,
        was,
        last.reason or "",
        milestone_address(one.engagement, one.milestone),
    )


def _told(version: MilestoneVersion, naming: Naming) -> str:
    return f"{effective_words(version.effective_on, version.precision.value)}, {tell_version(version, naming).title}"
