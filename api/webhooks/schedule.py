"""When a delivery is sent again, and when a webhook is disabled: pure rules over instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from api.state.webhooks import DisabledReason

RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The waits between attempts; the last one repeats while nothing at all reaches the receiver."""
GIVE_UP_AFTER = timedelta(days=5)
"""How long a webhook may fail without a success until it is disabled."""
LONGEST_RETRY_AFTER = timedelta(hours=24)
GONE = 410
ASK_TO_WAIT = (429, 503)


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What came of one attempt. `status` is the HTTP status; null when there was no answer, which `error` explains."""

    at: datetime
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took the event."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class AfterFailure:
    """What follows a failed attempt.

    `next_at` is when the delivery is sent again (null: not any more), `disable` why the webhook is disabled, and
    `failing_since` when the first failure after the last success was.
    """

    next_at: datetime | None
    failing_since: datetime
    disable: DisabledReason | None = None


def after_failure(
    result: AttemptResult, *, attempts: int, first_at: datetime, failing_since: datetime | None
) -> AfterFailure:
    """Decide what follows a failed attempt.

    `attempts` counts this one; `first_at` is when the delivery was first attempted; `failing_since` is null if the last
    attempt of the webhook succeeded. A delivery is given up after the whole schedule only if others reached the
    receiver meanwhile: then the receiver objects to this event. If nothing reached it, the webhook is disabled after
    five days, and the delivery waits.
    """
    since = result.at if failing_since is None else failing_since
    if result.status == GONE:
        return AfterFailure(result.at, since, DisabledReason.GONE)
    end = since + GIVE_UP_AFTER
    if result.at >= end:
        return AfterFailure(result.at, since, DisabledReason.FAILING)
    if attempts > len(RETRIES) and since > first_at:
        return AfterFailure(None, since)
    wait = RETRIES[min(attempts, len(RETRIES)) - 1]
    if result.status in ASK_TO_WAIT and result.retry_after is not None:
        wait = max(wait, min(result.retry_after, LONGEST_RETRY_AFTER))
    return AfterFailure(min(result.at + wait, end), since)


def retry_after_of(header: str | None, *, at: datetime) -> timedelta | None:
    """The wait of a `Retry-After` header in seconds or as a date; null without a valid one."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        return None
    return max(min(until - at, LONGEST_RETRY_AFTER), timedelta())
