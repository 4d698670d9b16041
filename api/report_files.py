"""Reports as files: a table, and in a workbook a sheet that says what was asked and when that was answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from fastapi import Response

from api.formats import About, Cell, Format, table
from api.kept.people import names_of
from api.reading import Reader
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
    """What was asked, and when that was answered: at the instant whose knowledge was asked for, else now."""
    answered_at = parameters.known_at or read.house.now()
    own = ((name, value) for name, value in asked.items() if value is not None)
    return About([("report", report), *_asked(parameters), *own, ("answered_at", answered_at)], answered_at)


def _asked(parameters: Asked) -> Iterator[tuple[str, Cell]]:
    yield "from", parameters.first.label if parameters.first else None
    yield "to", parameters.last.label if parameters.last else None
    yield "as_of", parameters.as_of
    yield "known_at", instant_text(parameters.known_at) if parameters.known_at else "now"
    yield from filters_of(parameters).items()


def filters_of(parameters: Asked) -> dict[str, str]:
    """The filters that pick the clients, as they stand in a query."""
    others = ("as_of", "known_at", "from", "to", "report", "row")
    return {name: text for name, text in link_to_row("", "", parameters).items() if name not in others}
