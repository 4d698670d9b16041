"""A07: two people hold the two seats and do not meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from domain.kinds.agreements import AlignmentHeld
from domain.kinds.kind import Kind
from domain.seats import Function
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts, Entry
from domain.signs.periods import Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    gap = thresholds["gap"]
    holds, severe, meetings_before = [], [], []
    meetings = list(_valid_meetings(facts))
    for start, end in facts.two_seats:
        within = [meeting for meeting in meetings if start <= meeting.day < end]
        days = [start, *(meeting.day for meeting in within), end]
        for day, next_day in pairwise(days):
            holds.append((facts.active.after(day, gap + 1), next_day))
            severe.append((facts.active.after(day, 2 * gap + 1), next_day))
        meetings_before += [
            Evidence(meeting.milestone, meeting.day, next_day)
            for meeting, next_day in zip(within, days[2:], strict=True)
        ]
    yield Finding(
        Periods.of(holds),
        Severity.MEDIUM,
        evidence=(*seat_evidence(facts), *meetings_before),
        raised=((Severity.HIGH, Periods.of(severe)),),
    )


def _valid_meetings(facts: EngagementFacts) -> Iterator[Entry[AlignmentHeld]]:
    """The meetings in which both people took part who held the two seats on that day."""
    for meeting in facts.entries(AlignmentHeld):
        technology, ai = facts.span_on(Function.TECHNOLOGY, meeting.day), facts.span_on(Function.AI, meeting.day)
        if technology and ai and technology.seat != ai.seat:
            participants = meeting.details.participants
            if technology.terms.holder in participants and ai.terms.holder in participants:
                yield meeting


NO_ALIGNMENT = Detector(
    id="A07",
    sources=("S1:L48", "S0:L19", "S1:L30", "S3:L42"),
    about=(
        "AI work is planned that the infrastructure cannot carry, and the platform gains abilities that nobody needs, "
        "because the two leaders do not plan together every week."
    ),
    rule="Two seats are held, and their holders have not met for more than three weeks.",
    severity="Medium, high once it lasts twice as long.",
    thresholds=(Threshold("gap", 21, "Days without a meeting that are still acceptable"),),
    remedies=(
        Remedy("Hold a meeting of both holders", Kind.ALIGNMENT_HELD),
        Remedy("The two functions are no longer in two seats"),
    ),
    symptoms=(
        "AI plans that the infrastructure cannot carry",
        "Platform work that serves no strategic priority",
    ),
    find=_find,
)
