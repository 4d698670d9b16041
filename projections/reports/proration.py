"""What is agreed by the month, counted by days and summed in whole numbers.

A fee that is in force on `held` of a month's days is worth `fee * held / days in the month`. Months have 28 to 31 days;
in parts of a number that all four divide every such share is whole, so that plain integer sums in SQL lose nothing.
What was summed is rounded once, half up, to two decimals: a report's figure is right to half a hundredth by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, and_, column, or_, type_coerce, values
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement, coalesce

from domain.quarters import Quarter, months_overlap

PARTS = 377_580
"""The least number that 28, 29, 30 and 31 divide."""

_ONE_DAY = timedelta(days=1)


class _Extreme(FunctionElement[int]):
    """The greatest or the least of some whole numbers, none of them null."""

    type = Integer()
    inherit_cache = True


class greatest(_Extreme):  # noqa: N801  (named like the function that it is)
    """The greatest of some whole numbers, none of them null."""

    name = "greatest"
    inherit_cache = True


class least(_Extreme):  # noqa: N801  (named like the function that it is)
    """The least of some whole numbers, none of them null."""

    name = "least"
    inherit_cache = True


@compiles(greatest)
@compiles(least)
def _compile(element: _Extreme, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{element.name}({compiler.process(element.clauses, **kw)})"


@compiles(greatest, "sqlite")
def _compile_greatest(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"


@compiles(least, "sqlite")
def _compile_least(element: least, compiler: SQLCompiler, **kw: Any) -> str:
    return f"min({compiler.process(element.clauses, **kw)})"


def months_in(quarters: Sequence[Quarter]) -> CTE:
    """The months of these quarters: `quarter` (its place among them), `starts_on`, `ends_on`, `parts`.

    Days are day numbers; `parts` is what one day of the month weighs, so that a whole month weighs `PARTS`.
    """
    rows = [
        (place, month.toordinal(), month.toordinal() + days, PARTS // days)
        for place, quarter in enumerate(quarters)
        for month, _, days in months_overlap(quarter.start, quarter.end + _ONE_DAY)
    ]
    columns = (column(name, Integer) for name in ("quarter", "starts_on", "ends_on", "parts"))
    return values(*columns, name="months").data(rows).cte("months")


def day_number(day: Any) -> ColumnElement[int]:
    """A date as the number it is stored as, to count with."""
    return type_coerce(day, Integer)


def first_shared(*spans: Any) -> ColumnElement[int]:
    """The first day that spans (`starts_on`, `ends_on`) which meet all hold."""
    return greatest(*(day_number(span.c.starts_on) for span in spans))


def end_shared(*spans: Any) -> ColumnElement[int]:
    """The day after the last one that spans which meet all hold; the last of the spans does not go on for good."""
    *others, last = spans
    end = day_number(last.c.ends_on)
    return least(*(coalesce(day_number(span.c.ends_on), end) for span in others), end)


def meet(one: Any, other: Any) -> ColumnElement[bool]:
    """Whether two spans share a day."""
    return and_(_begins_before_end(one, other), _begins_before_end(other, one))


def meets_quarters(span: Any, first: Quarter, last: Quarter) -> ColumnElement[bool]:
    """Whether a span holds a day from the first quarter to the last."""
    begins, ends = day_number(span.c.starts_on), day_number(span.c.ends_on)
    return and_(begins <= last.end.toordinal(), or_(ends.is_(None), ends > first.start.toordinal()))


def rounded(number: Fraction) -> Decimal:
    """A number that is not negative, to two decimals, half up."""
    return Decimal(floor(number * 100 + Fraction(1, 2))).scaleb(-2)


def _begins_before_end(one: Any, other: Any) -> ColumnElement[bool]:
    end = day_number(other.c.ends_on)
    return or_(end.is_(None), day_number(one.c.starts_on) < end)
