"""The JSON of warning signs: what they are, where they come from, and what clears them."""

from __future__ import annotations

from pydantic import Field

from api.schemas.scalars import Answer, Day
from domain.milestones import Kind
from domain.signs.catalog import DETECTORS, NAMED_SIGNS
from domain.signs.detector import Remedy
from domain.signs.runs import Detected

CLEARED_BY_PEOPLE = Remedy("Log that it was cleared", Kind.SIGN_CLEARED)
"""What clears an observed sign."""


class RemedyAnswer(Answer):
    """Something that clears a sign; `kind` is the kind of milestone that records it, where one does."""

    text: str
    kind: Kind | None


class SignThresholdAnswer(Answer):
    """A figure of a sign's rule that the firm may change.

    `set_by` names the source line of the default, or says that it is ours. `value` is in force today, since
    `counts_from` (null: the default, which always was).
    """

    name: str = Field(examples=["gap"])
    label: str
    unit: str
    default: int
    set_by: str = Field(examples=["S1:L34", "our default"])
    least: int
    most: int
    value: int
    counts_from: Day | None


class SignAnswer(Answer):
    """A named warning sign.

    `rule`, `severity` and `thresholds` describe how it is detected; without a rule only people can see it. `clears`
    lists what ends a detected sign; an observed one is cleared by a milestone.
    """

    id: str = Field(examples=["A07"])
    title: str
    source: str = Field(examples=["S1:L48, S0:L19"])
    about: str
    symptoms: list[str]
    common_when: str | None
    rule: str | None
    severity: str | None
    thresholds: list[SignThresholdAnswer]
    clears: list[RemedyAnswer]
    detectable: bool
    observable: bool = Field(description="Whether people may observe it: true of every named sign.")


def remedies_of(sign: str, detected: Detected) -> list[RemedyAnswer]:
    """What clears a sign that was detected, or observed."""
    return [RemedyAnswer.of(remedy) for remedy in remedies(sign, detected)]


def remedies(sign: str, detected: Detected) -> tuple[Remedy, ...]:
    """What clears a sign: a milestone if it was observed, the remedies of its detector if it was detected."""
    return (CLEARED_BY_PEOPLE,) if detected is Detected.OBSERVED else DETECTORS[sign].remedies


def sources_of(sign: str) -> str | None:
    """The lines of the articles that name a sign; null for a sign of the firm's own."""
    return ", ".join(NAMED_SIGNS[sign].sources) if sign in NAMED_SIGNS else None
