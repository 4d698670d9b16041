"""Lines read from the rows of a table, which name people, clients and engagements instead of referring to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from api.http.problems import Problem, invalid
from api.imports.lines import Line, LineType
from domain.milestones import Kind, Precision, takes_effect_on


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A person or a client that a row names: the column, the ref in the row's content, and the line that adds it.

    `ref` differs from the line's own where a name alone stands for a person whose address another row gives.
    """

    column: str
    ref: str
    line: Line
    id: str | None = None
    """The id, if the cell has one instead of a name."""
    has_ref: bool = False
    """Whether the ref is one that a row of the table gives this record."""

    def problem(self, problem: Problem) -> Problem:
        """A problem with this record, in its column."""
        if self.line.type is LineType.CLIENT and problem.errors and problem.errors[0][0] != "name":
            return problem  # about the profile, which has columns of its own
        messages = [message for _, message in problem.errors] or [str(problem.detail)]
        return Problem(
            problem.kind,
            "; ".join(f"{self.column}: {message}" for message in messages),
            errors=[(self.column, message) for message in messages],
        )


@dataclass(frozen=True, slots=True)
class TableLine(Line):
    """A row of a table. Without a `ref`, it is recognized by its meaning when it is imported again.

    An engagement is named by its client and `engagement` (empty: any), and chosen by the row's date.
    """

    names: Sequence[NamedRecord] = ()
    engagement: str = ""
    effective_on: date = date.min
    column_of: Callable[[str], str] = field(default=str, compare=False)
    """The name of the table's column for a dotted path of the content."""
    column_in_table: Callable[[str], str] = field(default=str, compare=False)
    """The name of the table's column for one of ours."""
    client_values: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """What the row's columns say about its client, which counts only for a new one."""

    @property
    def alias(self) -> str:
        """What milestones of the same table call the engagement that this row opens."""
        return f"engagement: line {self.number}"

    def in_columns(self, problem: Problem) -> Problem:
        """A problem with the row, whose fields are the columns of the table."""
        if not problem.errors:
            return problem
        errors = tuple(dict.fromkeys((self.column_of(path), message) for path, message in problem.errors))
        renamed = Problem(problem.kind, problem.detail, errors=errors, milestone=problem.milestone, about=problem.about)
        if problem.detail == invalid(*problem.errors).detail:
            renamed.detail = invalid(*errors).detail
        return renamed

    def within(self, engagement_ref: str, started_on: date) -> TableLine:
        """The line of a milestone with the ref of its engagement, dated by the day on which it takes effect."""
        precision = Precision(self.content.get("precision", Precision.DAY))
        effective_on = takes_effect_on(self.effective_on, precision, started_on)
        return replace(self, content={**self.content, "engagement": engagement_ref}, effective_on=effective_on)

    @property
    def place(self) -> tuple[bool, date, bool, int]:
        """The place among the lines of its table: milestones after all others, by date, a close last."""
        if self.type is not LineType.MILESTONE:
            return False, date.min, False, 0
        return True, self.effective_on, self.content["kind"] == Kind.CLOSED.value, self.number
