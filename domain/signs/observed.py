"""Signs that people observe: those for which there is no rule, and from when to when any sign stood as observed."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, repeat
from typing import Final

from domain.kinds.agreements import SignCleared, SignObserved
from domain.signs.detector import Detail, Evidence, Finding, Severity, SignDefinition
from domain.signs.facts import EngagementFacts, Entry
from domain.signs.periods import FOREVER, Periods
from domain.signs.runs import Detected, Run, Stretch, unbroken

OBSERVED_SEVERITY: Final = Severity.MEDIUM
"""The severity of an observed sign: the observer gives none."""

OBSERVED_ONLY: Final = (
    SignDefinition(
        id="W01",
        sources=("S3:L57",),
        about="AI always waits for something more urgent, so it never gets its turn without a champion of its own.",
        symptoms=(
            "AI work is promised for after the migration, the audit or the next release",
            "The same AI plan moves from one quarter to the next",
        ),
    ),
    SignDefinition(
        id="W02",
        sources=("S3:L58",),
        about="AI is discussed as a choice of technology, and nobody leads it from the side of the business.",
        symptoms=(
            "Discussions of AI open with tools and vendors",
            "Nobody can name the business problem that a tool is to solve",
        ),
    ),
    SignDefinition(
        id="W04",
        sources=("S3:L60",),
        about=(
            "AI changes from week to week, and a leader who also runs infrastructure, development and security has no "
            "time to follow it."
        ),
        symptoms=(
            "New models and tools are not evaluated",
            "Governance of AI is always about to be drafted",
        ),
    ),
    SignDefinition(
        id="W05",
        sources=("S0:L3",),
        about="Sales needs AI features by the renewals, and the technology leader is measured on something else.",
        symptoms=(
            "Asked whether AI features ship before the renewals, the CTO does not know",
            "Nobody plans releases of AI by the dates on which customers renew",
        ),
    ),
    SignDefinition(
        id="W06",
        sources=("S0:L16",),
        about="Turning AI into business value was given to a person who has no room for it, so it is not done.",
        symptoms=(
            "A leader with a full portfolio owns AI on paper",
            "Nobody spends their days on what AI is worth to the business",
        ),
    ),
    SignDefinition(
        id="W07",
        sources=("S3:L27",),
        about="Under the CTO, AI is one of many priorities beside infrastructure, security and development, and loses.",
        symptoms=(
            "AI work is the first to be dropped when something breaks",
            "AI takes little of the technology leader's attention",
        ),
    ),
    SignDefinition(
        id="W09",
        sources=("S4:L8",),
        about="A chart with two boxes was drawn without deciding first who decides what.",
        symptoms=(
            "The plan shows an AI lead beside the CTO, without saying who decides what",
            "The titles are chosen and the work behind them is not described",
        ),
    ),
)
"""The signs that only people can see, in the order of ids."""


def observed_runs(facts: EngagementFacts) -> tuple[Run, ...]:
    """When each sign stood as observed in an engagement, by sign and time.

    A sign stands from the day of its observation until the day on which it is cleared; like a detected one, it ends at
    the close and does not hold on paused days. Runs of any sign are included, named ones and others.
    """
    observed: dict[str, list[Entry[SignObserved]]] = defaultdict(list)
    cleared: dict[str, list[int]] = defaultdict(list)
    for observation in facts.entries(SignObserved):
        observed[observation.details.sign].append(observation)
    for clearance in facts.entries(SignCleared):
        cleared[clearance.details.sign].append(clearance.day)
    runs: list[Run] = []
    for sign, observations in observed.items():
        # a sign is not observed again before it is cleared, so the n-th clearance ends the n-th observation
        stretches = [
            Stretch(start, end, finding, {})
            for observation, until in zip(observations, chain(cleared[sign], repeat(FOREVER)), strict=False)
            for finding in (_finding(observation, until),)
            for start, end in finding.holds & facts.active.periods
        ]
        runs.extend(unbroken(sign, facts.engagement, stretches, Detected.OBSERVED))
    return tuple(runs)


def _finding(observation: Entry[SignObserved], until: int) -> Finding:
    return Finding(
        Periods.of([(observation.day, until)]),
        OBSERVED_SEVERITY,
        evidence=(Evidence(observation.milestone, observation.day, until),),
        details=(Detail(observation.details.evidence, observation.day, until),),
    )
