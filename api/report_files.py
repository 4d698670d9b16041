"""Reports as files: a table, and in a workbook a sheet that says what was asked and when that was answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from api.formats import About, Cell, Format, table
from api.kept.people import names_of
from api.reading import Moment, Reader
from api.shapes.scalars import instant_text
from projections.reports.scope import Asked, link_to_row
from projections.reports.tables import rows_for_export


def report_file(
    read: Reader, written: Format, report: str, answer: Any, people: Collection[UUID] = (), **asked: Cell
) -> Response:
    """A report's answer as a file; `people` are those whose names it shows, `asked` is what only this report takes."""
    names: Mapping[UUID, str] = {}
    if people:
        with read.kept() as connection:
            names = names_of(connection, people)
    told = rows_for_export(answer, names)
    return table(written, report, told.columns, told.rows, {}, about_report(read, report, answer.parameters, **asked))


def about_report(read: Reader, report: str, parameters: Asked, **asked: Cell) -> About:
    """What was asked, and when that was answered."""
    own = ((name, value) for name, value in asked.items() if value is not None)
    return _about(read, [("report", report), *_asked(parameters), *own], parameters.known_at)


def about_list(read: Reader, request: Request, name: str, at: Moment | None = None) -> About:
    """The same of a list: its filters as they stand in the query, and the two times where it has them."""
    times: list[tuple[str, Cell]] = [] if at is None else [("as_of", at.as_of), ("known_at", _known(at.known_at))]
    others = ("as_of", "known_at", "format", "after_position")
    filters = [(name, text) for name, text in request.query_params.multi_items() if name not in others]
    return _about(read, [("list", name), *times, *filters], at.known_at if at else None)


def _about(read: Reader, asked: list[tuple[str, Cell]], known_at: datetime | None) -> About:
    """An answer as known at an instant is the same for ever: by whom and when it was asked for is no part of it."""
    if known_at is not None:
        return About(asked, known_at)
    now = read.house.now()
    return About([*asked, ("answered_at", now), ("answered_for", read.caller.name)], now)


def _known(known_at: datetime | None) -> str:
    return instant_text(known_at) if known_at else "now"


def _asked(parameters: Asked) -> Iterator[tuple[str, Cell]]:
    yield "from", parameters.first.label if parameters.first else None
    yield "to", parameters.last.label if parameters.last else None
    yield "as_of", parameters.as_of
    yield "known_at", _known(parameters.known_at)
    yield from filters_of(parameters).items()


def filters_of(parameters: Asked) -> dict[str, str]:
    """The filters that pick the clients, as they stand in a query."""
    others = ("as_of", "known_at", "from", "to", "report", "row")
    return {name: text for name, text in link_to_row("", "", parameters).items() if name not in others}
