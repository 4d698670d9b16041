"""The way from a figure of a report to its clients: the row that a link to the list of clients names, and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from api.filters import quarter_named
from api.problems import invalid
from api.rows import Behind
from domain.assessment import Direction
from domain.client import is_uuid
from domain.seats import Structure
from projections.reports.contributions import Report
from projections.reports.flows import Outside, State
from projections.reports.groups import Field
from projections.reports.scope import ANY, Scope
from projections.reports.time_to import Awaited
from projections.snapshot import Snapshot
from web.charts.flow import state_words
from web.charts.wording import STRUCTURES
from web.pages.filters import Filtered
from web.pages.moments import At
from web.pages.reports.drift import DIRECTIONS
from web.pages.reports.revenue import HATS
from web.pages.reports.time_to import FIELDS
from web.pages.visit import Visiting
from web.parts import Link

_HATS = {ANY: "any seat", **{hats.value: words for hats, words in HATS.items()}}
Naming = Callable[[UUID], str]


@dataclass(frozen=True, slots=True)
class Row:
    """The row that a page's URL names; without one it is every client."""

    behind: Behind
    query: Mapping[str, str]

    @property
    def people(self) -> tuple[UUID, ...]:
        """The people whom the row's name names."""
        return tuple(UUID(part) for part in (self.behind.row or "").split(".") if is_uuid(part))

    def visible(self, snapshot: Snapshot) -> frozenset[UUID] | None:
        """The clients behind the row, among those the visitor may see. Raises `Problem` 422."""
        return self.behind.visible(snapshot)

    def removable(self, href: str, naming: Naming) -> list[Link]:
        """The row in words, with an address without it."""
        report, row = self.behind.report, self.behind.row
        return [] if report is None or row is None else [Link(row_words(report, row, naming), href)]


async def named_row(
    visit: Visiting,
    at: At,
    filters: Filtered,
    report: Annotated[str, Query(max_length=40)] = "",
    row: Annotated[str, Query(max_length=4000)] = "",
    from_: Annotated[str, Query(alias="from", max_length=12)] = "",
    to: Annotated[str, Query(max_length=12)] = "",
) -> Row:
    """The dependency that reads it. Raises `Problem` 422."""
    month = visit.house.fiscal_year_start_month
    first, last = quarter_named("from", from_.strip() or None, month), quarter_named("to", to.strip() or None, month)
    if first is not None and last is not None and last < first:
        raise invalid(("to", "must not come before `from`"))
    if bool(report) is not bool(row):
        raise invalid(("row" if report else "report", "must be given: a report and its row go together"))
    if report and report not in set(Report):
        raise invalid(("report", "must be one of " + ", ".join(Report)))
    scope = Scope(at.as_of, first, last, at.known_at, filters.chosen, visit.visible, month)
    query = {"report": report, "row": row, "from": from_.strip(), "to": to.strip()} if report else {}
    return Row(Behind(scope, Report(report) if report else None, row or None), query)


def row_words(report: Report, row: str, naming: Naming) -> str:
    """What a row's clients have in common: `Fees in 2026-Q1: Unified, fractional, AI seat, USD`."""
    parts = row.split(".")
    try:
        match report:
            case Report.TRANSITIONS:
                named = zip(parts[::2], parts[1::2], strict=True)
                return ", ".join(f"{state_words(_state(s))} at the end of {q}" for q, s in named if s != ANY)
            case Report.PATHS:
                return "Path: " + ", then ".join(_structure(part) for part in parts)
            case Report.PLAN:
                since = "" if parts[1] == ANY else f"{_structure(parts[1])} "
                return f"Planned for {parts[0]}: {since}to {_structure(parts[2], 'Engagement over')}"
            case Report.REVENUE:
                structure, hats, currency = parts[1:]
                told = ("any structure" if structure == ANY else _structure(structure), _HATS[hats], currency)
                return f"Fees in {parts[0]}: {', '.join(told)}"
            case Report.CAPACITY:
                return f"A seat held by {naming(UUID(parts[1]))} in {parts[0]}"
            case Report.DRIFT:
                since = "" if parts[0] == ANY else f" since {parts[0]}"
                return f"In drift: {DIRECTIONS[Direction(parts[1])].lower()}{since}"
            case Report.TIME_TO:
                return _time_to(row, naming)
    except (ValueError, IndexError, KeyError):
        return f"{report}: {row}"


def _time_to(row: str, naming: Naming) -> str:
    event, by, first, group = row.split(".", maxsplit=3)
    words = "Time to split" if Awaited(event) is Awaited.SPLIT else "Time to a full-time seat"
    if first:
        words += f", began with {_structure(first)}"
    if not by:
        return words
    return f"{words}, {FIELDS.get(Field(by), by)}: {naming(UUID(group)) if is_uuid(group) else group}"


def _state(name: str) -> State:
    return Outside(name) if name in set(Outside) else Structure(name)


def _structure(name: str, nothing: str = "Not engaged") -> str:
    return nothing if name == "null" else STRUCTURES[Structure(name)].name


NamedRow = Annotated[Row, Depends(named_row)]
