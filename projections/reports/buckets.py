"""Counting by quarter in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, case


def bucket(day: ColumnElement[date], bounds: Sequence[date]) -> ColumnElement[int]:
    """How many of these ascending bounds lie before a day, in SQL; all of them where the day is null."""
    return case(*((day <= bound, number) for number, bound in enumerate(bounds)), else_=len(bounds))
