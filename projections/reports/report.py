"""The definition of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from projections.reports.by_client import ByClient
from projections.reports.question import ReportQuestion

A = TypeVar("A")

Cell: TypeAlias = str | int | float | Decimal | bool | date | datetime | UUID | None
"""A typed value in a table; null is an empty cell."""

Names: TypeAlias = Mapping[UUID, str]
"""People's names, which no read model holds."""


class Table(NamedTuple):
    """An answer as a flat table. The rows are generated while they are read, once."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Cell, ...]]


class RowQuery(NamedTuple):
    """How to find the clients behind a row: the figures it is one of, and the question they are computed for."""

    question: ReportQuestion
    by_client: ByClient


@dataclass(frozen=True, slots=True)
class Report(Generic[A]):
    """A report; `projections.reports.catalog` lists them all.

    `key` is its name in URLs. `answer` takes a snapshot, a question, and the options that only this report has.
    `by_client` says what each client contributes to its rows, `table` turns an answer into a table, and `row` parses
    the name of a row; it raises `ValueError` for a name that no row of the report can have.

    `is_bounded`: the question has a first and a last quarter, eight of them by default; otherwise quarters bound the
    report only where they are given. `has_wildcards`: `any` may stand for a part of a row's name. `comparisons` are the
    names under which then-and-now compares the report, where it is not just the key.
    """

    key: str
    answer: Callable[..., A]
    by_client: ByClient
    table: Callable[[A, Names], Table]
    row: Callable[[str, ReportQuestion], RowQuery]
    is_bounded: bool = True
    has_wildcards: bool = False
    comparisons: Mapping[str, ByClient] = field(default_factory=dict)

    @property
    def module(self) -> str:
        """The name of the report's files in `projections/reports`, `api/reports` and `web/pages/reports`."""
        return self.key.replace("-", "_")

    @property
    def compared_as(self) -> Mapping[str, ByClient]:
        """What then-and-now compares, by the name it has there."""
        return self.comparisons or {self.key: self.by_client}

    def with_default_quarters(self, question: ReportQuestion) -> ReportQuestion:
        """The question, with default quarters filled in if the report is bounded."""
        return question.bounded() if self.is_bounded else question
