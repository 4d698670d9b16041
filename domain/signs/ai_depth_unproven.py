"""A11: the holder of both roles has not shown depth in AI."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from uuid import UUID

from domain.kinds.kind import Kind
from domain.seats import Function
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts, GivenAnswer
from domain.signs.periods import Periods

_QUESTION = "cto_ai_depth"
_SHALLOW = ("none", "uses_tools")


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """An answer counts for the holder whom it is about; it is given on the day to which it applies."""
    unverified = shallow = Periods()
    evidence = []
    for holder, start, end in _tenures(facts):
        answers = list(_answers_about(facts, holder, start, end))
        days = [*(max(answer.day, start) for answer in answers), end]
        tenure = Periods.of([(start, end)])
        unverified |= facts.active.lasting(tenure, thresholds["unverified"]) - Periods.since(days[0])
        for answer, (since, until) in zip(answers, pairwise(days), strict=True):
            if answer.value in _SHALLOW:
                shallow |= Periods.of([(since, until)])
                if answer.milestone is not None:
                    evidence.append(Evidence(answer.milestone, since, until))
    holds = unverified | shallow
    if holds:
        seats = seat_evidence(facts, Function.AI)
        yield Finding(holds, Severity.LOW, (*seats, *evidence), raised=((Severity.HIGH, shallow),))


def _tenures(facts: EngagementFacts) -> Iterator[tuple[UUID, int, int]]:
    """Each holder of a unified seat with the days of it; new terms, or a new seat of the same holder, continue it."""
    tenures: list[tuple[UUID, int, int]] = []
    for span in facts.seats_of(Function.AI):
        for start, end in Periods.of([span.days]) & facts.unified:
            if tenures and tenures[-1][0] == span.terms.holder and tenures[-1][2] == start:
                start = tenures.pop()[1]
            tenures.append((span.terms.holder, start, end))
    return iter(tenures)


def _answers_about(facts: EngagementFacts, holder: UUID, start: int, end: int) -> Iterator[GivenAnswer]:
    """The known answers about a holder: given since the tenure began, or before, while the same held technology."""
    for answer in facts.answers.of(_QUESTION):
        if answer.day < end and (
            answer.given_on >= start or facts.holder_of(Function.TECHNOLOGY, answer.given_on) == holder
        ):
            yield answer


AI_DEPTH_UNPROVEN = Detector(
    id="A11",
    sources=("S4:L5", "S4:L53", "S4:L56", "S1:L34"),
    about=(
        "Bringing AI into production takes more than the time that another role leaves. A leader of both roles without "
        "depth in AI does neither of them well."
    ),
    symptoms=(
        "Questions about AI are answered with tools and articles, not with systems that were shipped",
        "Nothing shows how models are chosen or evaluated",
    ),
    common_when="A generalist CTO takes on AI as a side responsibility; it is the most common way to fail.",
    rule=(
        "One seat carries both roles, and the newest answer about its holder says that the holder has done nothing "
        "with AI or only used tools; or no answer about the holder is known after the days given."
    ),
    severity="High; low where the depth is only unverified.",
    thresholds=(Threshold("unverified", 90, "Days until a holder's depth in AI should be known"),),
    remedies=(
        Remedy("Record in an assessment that the holder has shipped AI to production", Kind.ASSESSMENT_TAKEN),
        Remedy("Split the two roles", Kind.SPLIT_TO_TWO_ROLES),
        Remedy("Hand the seat over", Kind.HANDED_OVER),
    ),
    find=_find,
)
