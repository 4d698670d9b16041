"""A02: AI is done on the side, and nothing reaches production."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kinds.kind import Kind
from domain.kinds.work import InitiativeLive, InitiativeStarted
from domain.signs.detector import Detector, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import answer_evidence, entry_evidence
from domain.signs.facts import EngagementFacts
from domain.signs.periods import FOREVER, Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    started = facts.entries(InitiativeStarted)[: thresholds["pilots"]]
    if len(started) < thresholds["pilots"]:
        return
    live = facts.entries(InitiativeLive)
    nothing_live = Periods.of([(started[-1].day, live[0].day if live else FOREVER)])
    busy = facts.answers.among("cto_bandwidth", "full", "stretched")
    yield Finding(
        (facts.active.lasting(nothing_live, thresholds["stall_days"]) & busy) - facts.ai_in_own_seat,
        Severity.MEDIUM,
        evidence=(*entry_evidence(started), *answer_evidence(facts, "cto_bandwidth")),
    )


PILOTS_WITHOUT_PRODUCTION = Detector(
    id="A02",
    sources=("S0:L10",),
    about=(
        "AI was added to a portfolio that was full already. It gets what time is left over, or goes to a side team, "
        "and produces demonstrations instead of systems that customers use."
    ),
    symptoms=(
        "AI work happens in the evenings and at weekends",
        "A side team shows impressive demonstrations",
        "Nothing that was shown runs in production",
    ),
    common_when="AI was added to the duties of a CTO who had no room for it.",
    rule=(
        "AI has no seat of its own, the technology leader's portfolio is full, several initiatives have been started, "
        "none has gone live, and the last of those needed is old enough."
    ),
    severity="Medium.",
    thresholds=(
        Threshold("pilots", 2, "Initiatives started", unit="initiatives", most=100),
        Threshold("stall_days", 180, "Days since so many were started"),
    ),
    remedies=(
        Remedy("Bring an initiative into production", Kind.INITIATIVE_LIVE),
        Remedy("Give AI a seat of its own", Kind.SPLIT_TO_TWO_ROLES),
        Remedy("Record in an assessment that the technology leader has room to spare", Kind.ASSESSMENT_TAKEN),
    ),
    find=_find,
)
