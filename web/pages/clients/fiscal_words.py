"""Which fiscal years the quarters of a page are of, in words."""

from __future__ import annotations

from calendar import month_name


def calendar_words(month: int) -> str:
    """The quarters of a client's own page; `month` is the one in which its fiscal year starts."""
    return "by quarter" if month == 1 else f"by fiscal quarter, years start in {month_name[month]}"


def axis_note(own: int, shown: int) -> str:
    """What to know of a client with fiscal years from the month `own` on an axis of fiscal years from `shown`.

    Empty where both are calendar years.
    """
    if own != shown:
        return f"Shown in the firm's quarters; its own fiscal years start in {month_name[own]}"
    return "" if shown == 1 else f"Fiscal years start in {month_name[own]}"
