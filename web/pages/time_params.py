"""The query parameters `as_of` (a day) and `known_at` (an instant) of pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from api.clock import day_in
from api.context import AppContext, AppContextDep
from api.http.problems import Problem, invalid
from api.queries import Moment, check_not_in_future
from api.schemas.scalars import instant_text
from domain.field_checks import EARLIEST, LATEST
from domain.quarters import quarter_of
from web.charts.wording import day_words, instant_words
from web.forms import Unreadable, end_of, read_day, read_instant


@dataclass(frozen=True, slots=True)
class Times:
    """The two times of a page: as text in the URL and as values.

    `as_of_text` and `known_at_text` are as the URL has them, empty when it has none; a day stands for its end
    in the firm's time `zone`.
    """

    as_of: date
    known_at: datetime | None
    today: date
    as_of_text: str = ""
    known_at_text: str = ""
    zone: tzinfo = UTC

    @property
    def moment(self) -> Moment:
        """The two times as queries take them."""
        return Moment(self.as_of, self.known_at)

    @property
    def query(self) -> dict[str, str]:
        """The times as query parameters for links to other pages."""
        return {"as_of": self.as_of_text, "known_at": self.known_at_text}

    @property
    def api_query(self) -> dict[str, str]:
        """The times as query parameters of the API."""
        return {"as_of": self.as_of_text, "known_at": instant_text(self.known_at) if self.known_at else ""}

    @property
    def known_day(self) -> str:
        """`known_at` as a day for a date input; empty for now."""
        return day_in(self.known_at, self.zone).isoformat() if self.known_at else ""

    @property
    def known_words(self) -> str:
        """`on 3 Mar 2025` or `at 3 Mar 2025, 10:12:45 UTC`; empty for now."""
        return known_words(self.known_at, self.zone) if self.known_at else ""


def quarter_step(at: Times, step: int, fiscal_year_start_month: int) -> date | None:
    """The end of the quarter before (`step` -1) or after (1) the as-of day; null beyond the calendar.

    Within a quarter the next step is its end, unless that is today.
    """
    quarter = quarter_of(at.as_of, fiscal_year_start_month)
    if step < 0:
        day = quarter.start - timedelta(days=1)
    else:
        day = quarter.end if at.as_of < quarter.end and quarter.end != at.today else quarter.next.end
    return day if 1900 < day.year < 2199 else None


def known_words(instant: datetime, zone: tzinfo) -> str:
    """`on 3 Mar 2025` (at the end of the day) or `at 3 Mar 2025, 10:12:45 UTC`."""
    day = day_in(instant, zone)
    if _is_end(instant, day, zone):
        return f"on {day_words(day)}"
    return f"at {instant_words(instant, to_second=True)}"


def known_text(instant: datetime, zone: tzinfo) -> str:
    """An instant as URLs of pages write it: only the day when it is the end of that day."""
    day = day_in(instant, zone)
    return day.isoformat() if _is_end(instant, day, zone) else instant_text(instant)


def _is_end(instant: datetime, day: date, zone: tzinfo) -> bool:
    """Whether an instant is the end of a day. Days at the ends of the calendar have no end in some zones."""
    return EARLIEST <= day <= LATEST and instant == end_of(day, zone)


_IN_FUTURE = "This day is in the future. Enter today or an earlier day."


async def times(
    context: AppContextDep,
    as_of: Annotated[str, Query(max_length=40)] = "",
    known_at: Annotated[str, Query(max_length=40)] = "",
) -> Times:
    """Dependency that reads the two times. Raises `Problem` 422 for an invalid date."""
    read = read_times(context, as_of, known_at)
    if read.known_at is not None and read.known_at > context.now():
        try:
            await run_in_threadpool(check_not_in_future, context, known_at=read.known_at)
        except Problem:
            raise invalid(("known_at", _IN_FUTURE)) from None
    return read


def read_times(context: AppContext, as_of: str, known_at: str) -> Times:
    """The two times in a query, whether the second lies in the future or not. Raises `Problem` 422."""
    today, zone = context.today(), context.firm.zone
    as_of_day, known_instant = today, None
    faults: list[tuple[str, str]] = []
    if as_of.strip():
        try:
            as_of_day = _day("as_of", as_of)
        except Problem as problem:
            faults += problem.errors
    if known_at.strip():
        try:
            known_instant = read_instant(known_at, zone)
        except Unreadable as fault:
            faults.append(("known_at", str(fault)))
        # today stands for its end, which is now
        if known_instant == end_of(today, zone):
            known_instant = None
    if faults:
        raise invalid(*faults)
    as_of_text = "" if as_of_day == today else as_of_day.isoformat()
    return Times(
        as_of_day,
        known_instant,
        today,
        as_of_text,
        "" if known_instant is None else known_text(known_instant, zone),
        zone,
    )


def _day(name: str, text: str) -> date:
    try:
        day = read_day(text)
    except Unreadable as fault:
        raise invalid((name, str(fault))) from None
    if not EARLIEST <= day <= LATEST:
        raise invalid((name, f"must lie between {EARLIEST} and {LATEST}"))
    return day


At = Annotated[Times, Depends(times)]
