"""Reports as files: a table, and in a workbook a second sheet with the parameters and the time of the answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request, Response

from api.http.formats import About, Cell, Format, table
from api.queries import Moment, QueryContext
from api.reports.query import filters_of
from api.schemas.scalars import Answer, instant_text
from api.state.people import names_of
from projections.reports.question import ReportQuestion
from projections.reports.report import Report

A = TypeVar("A")
B = TypeVar("B", bound=Answer)


def respond(
    read: QueryContext,
    written: Format,
    report: Report[A],
    question: ReportQuestion,
    body: Callable[[A, datetime], B],
    *,
    options: Mapping[str, Any] | None = None,
    rows: Mapping[str, Any] | None = None,
    people: Callable[[A], Collection[UUID]] = lambda answer: (),
    in_file: Callable[[A], A] = lambda answer: answer,
) -> B | Response:
    """Answer a report as JSON, by `body`, or as a file.

    `options` are the parameters that only this report has, `rows` those that say which rows are computed. `people` says
    whose names a file shows, and `in_file` which part of the answer it has.
    """
    own = options or {}
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, question.known_at)
        answer = report.answer(snapshot, question, **own, **(rows or {}))
    if written is Format.JSON:
        return body(answer, known_at)
    names: Mapping[UUID, str] = {}
    if those := people(answer):
        with read.state() as connection:
            names = names_of(connection, those)
    cells = report.table(in_file(answer), names)
    return table(written, report.key, cells.columns, cells.rows, {}, about_report(read, report.key, question, **own))


def about_report(read: QueryContext, report: str, question: ReportQuestion, **options: Cell) -> About:
    """The parameters of a report's file, and when it was answered."""
    own = ((name, value) for name, value in options.items() if value is not None)
    return _about(read, [("report", report), *_parameters(question), *own], question.known_at)


def about_list(read: QueryContext, request: Request, name: str, at: Moment | None = None) -> About:
    """The same of a list: its filters as they stand in the query, and the two times where it has them."""
    times: list[tuple[str, Cell]] = [] if at is None else [("as_of", at.as_of), ("known_at", _known(at.known_at))]
    others = ("as_of", "known_at", "format", "after_position")
    filters = [(name, text) for name, text in request.query_params.multi_items() if name not in others]
    return _about(read, [("list", name), *times, *filters], at.known_at if at else None)


def _about(read: QueryContext, parameters: list[tuple[str, Cell]], known_at: datetime | None) -> About:
    """An answer as known at an instant never changes, so the file does not say by whom and when it was requested."""
    if known_at is not None:
        return About(parameters, known_at)
    now = read.context.now()
    return About([*parameters, ("answered_at", now), ("answered_for", read.caller.name)], now)


def _known(known_at: datetime | None) -> str:
    return instant_text(known_at) if known_at else "now"


def _parameters(question: ReportQuestion) -> Iterator[tuple[str, Cell]]:
    yield "from", question.first.label if question.first else None
    yield "to", question.last.label if question.last else None
    yield "as_of", question.as_of
    yield "known_at", _known(question.known_at)
    yield from filters_of(question).items()
