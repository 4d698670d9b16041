"""Counting by quarter in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, case


def bucket(day: ColumnElement[date], bounds: Sequence[date]) -> ColumnElement[int]:
    """The number of ascending bounds before a day, as an SQL expression; all of them for a null day."""
    return case(*((day <= bound, number) for number, bound in enumerate(bounds)), else_=len(bounds))
