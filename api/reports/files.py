"""Reports as files. Workbooks have a second sheet with the parameters and the time of the answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request, Response

from api.http.csv_xlsx import About, Cell, Format, table
from api.queries import Moment, QueryContext
from api.reports.query import filters_of
from api.schemas.scalars import Answer, instant_text
from api.state.people import names_of
from projections.reports.question import ReportQuestion
from projections.reports.report import Report
from projections.snapshot import Snapshot

A = TypeVar("A")
B = TypeVar("B", bound=Answer)


def respond(
    query: QueryContext,
    file_format: Format,
    report: Report[A],
    question: ReportQuestion,
    body: Callable[[A, datetime], B],
    *,
    options: Mapping[str, Any] | None = None,
    rows: Mapping[str, Any] | None = None,
    people: Callable[[A], Collection[UUID]] = lambda answer: (),
    in_file: Callable[[A], A] = lambda answer: answer,
) -> B | Response:
    """Answer a report as JSON, made by `body`, or as a file.

    `options` are parameters of this report only, `rows` those that select the computed rows. `people` returns the
    people whose names a file needs, and `in_file` the part of the answer that a file contains.
    """
    report_options = options or {}
    with query.snapshot() as snapshot:
        known_at = _known_at(query, snapshot, question)
        answer = report.answer(snapshot, question, **report_options, **(rows or {}))
    if file_format is Format.JSON:
        return body(answer, known_at)
    names: Mapping[UUID, str] = {}
    if person_ids := people(answer):
        with query.state() as connection:
            names = names_of(connection, person_ids)
    cells = report.table(in_file(answer), names)
    return table(
        file_format,
        report.key,
        cells.columns,
        cells.rows,
        {},
        about_report(query, report.key, question, **report_options),
    )


def _known_at(query: QueryContext, snapshot: Snapshot, question: ReportQuestion) -> datetime:
    """The instant of knowledge of an answer: that of the newest event or threshold, where none is asked for."""
    known_at = query.known_at(snapshot, question.known_at)
    newest = question.thresholds.recorded_at
    return known_at if question.known_at is not None or newest is None else max(known_at, newest)


def about_report(query: QueryContext, report: str, question: ReportQuestion, **options: Cell) -> About:
    """The parameters of a report's file, and when it was answered."""
    report_options = ((name, value) for name, value in options.items() if value is not None)
    return _about(query, [("report", report), *_parameters(question), *report_options], question.known_at)


def about_list(query: QueryContext, request: Request, name: str, at: Moment | None = None) -> About:
    """The parameters of a list's file: its filters and the two times, if it has them."""
    times: list[tuple[str, Cell]] = (
        [] if at is None else [("as_of", at.as_of), ("known_at", _known_at_text(at.known_at))]
    )
    others = ("as_of", "known_at", "format", "after_position")
    filters = [(name, text) for name, text in request.query_params.multi_items() if name not in others]
    return _about(query, [("list", name), *times, *filters], at.known_at if at else None)


def _about(query: QueryContext, parameters: list[tuple[str, Cell]], known_at: datetime | None) -> About:
    """A file with `known_at` never changes, so it does not name its caller and time."""
    if known_at is not None:
        return About(parameters, known_at)
    now = query.context.now()
    return About([*parameters, ("answered_at", now), ("answered_for", query.caller.name)], now)


def _known_at_text(known_at: datetime | None) -> str:
    return instant_text(known_at) if known_at else "now"


def _parameters(question: ReportQuestion) -> Iterator[tuple[str, Cell]]:
    yield "from", question.first.label if question.first else None
    yield "to", question.last.label if question.last else None
    yield "as_of", question.as_of
    yield "known_at", _known_at_text(question.known_at)
    yield from filters_of(question).items()
