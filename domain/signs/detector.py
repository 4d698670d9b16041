"""What a warning sign is, and a detector: a rule over the facts of an engagement, with its thresholds and wording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final
from uuid import UUID

from domain.areas import SIGNS
from domain.kinds.kind import Kind
from domain.signs.facts import EngagementFacts
from domain.signs.periods import FOREVER, Periods


class Severity(StrEnum):
    """How much a sign matters; `order` sorts high before low."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def order(self) -> int:
        """0 for high, 1 for medium, 2 for low."""
        return _ORDER[self]


_ORDER: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}

OUR_DEFAULT: Final = "our default"
"""Who set a threshold for which the articles give no figure."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure of a detector that a firm may change. `set_by` is a source line (`S1:L34`) or `OUR_DEFAULT`."""

    name: str
    default: int
    label: str
    unit: str = "days"
    set_by: str = OUR_DEFAULT
    least: int = 1
    most: int = 3660


Thresholds = Mapping[str, int]
"""The value of each threshold of one detector, by name."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A milestone on which a finding rests, on the days `[start, end)`."""

    milestone: UUID
    start: int
    end: int = FOREVER


@dataclass(frozen=True, slots=True)
class Detail:
    """What a finding names on the days `[start, end)`, for example a missing deliverable."""

    value: str
    start: int
    end: int = FOREVER


@dataclass(frozen=True, slots=True)
class Finding:
    """The days on which a detector's rule holds, for one subject.

    `holds` may include paused days; they are left out later. `raised` are the severities of some of the days, the first
    that contains a day counts; on all others it is `severity`. `subject` distinguishes several findings of one
    detector (for example an initiative). `dated_back` gives, for the first day of a period in `holds`, an earlier day
    since which the sign is said to hold.
    """

    holds: Periods
    severity: Severity
    evidence: tuple[Evidence, ...] = ()
    raised: tuple[tuple[Severity, Periods], ...] = ()
    subject: str | None = None
    details: tuple[Detail, ...] = ()
    dated_back: Mapping[int, int] = field(default_factory=dict)

    def severity_on(self, day: int) -> Severity:
        """The severity on a day on which the rule holds."""
        return next((severity for severity, periods in self.raised if day in periods), self.severity)

    def evidence_on(self, day: int) -> tuple[UUID, ...]:
        """The milestones on which the finding rests on a day, by the day from which it rests on each."""
        current = sorted((e for e in self.evidence if e.start <= day < e.end), key=lambda e: e.start)
        return tuple(dict.fromkeys(e.milestone for e in current))

    def details_on(self, day: int) -> tuple[str, ...]:
        """What the finding names on a day."""
        return tuple(detail.value for detail in self.details if detail.start <= day < detail.end)


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something that clears a sign; `kind` is the milestone that records it, where one does."""

    text: str
    kind: Kind | None = None


@dataclass(frozen=True, kw_only=True)
class SignDefinition:
    """A named warning sign, which people may observe; a `Detector` also finds it in the record.

    `sources` are lines of the articles, `about` says what goes wrong, `symptoms` how people notice it, and
    `common_when`, a sentence, when the source sees it most, if it says so.
    """

    id: str
    sources: tuple[str, ...]
    about: str
    symptoms: tuple[str, ...] = ()
    common_when: str | None = None

    @property
    def title(self) -> str:
        """The sign's name for people."""
        return SIGNS[self.id]


@dataclass(frozen=True, kw_only=True)
class Detector(SignDefinition):
    """A sign with a rule. `find` yields its findings in one engagement; on no day does it look at a later one.

    `rule` says in a sentence when it holds. While `severe_with` holds too, the severity is high.
    """

    rule: str
    severity: str
    remedies: tuple[Remedy, ...]
    find: Callable[[EngagementFacts, Thresholds], Iterable[Finding]] = field(repr=False)
    thresholds: tuple[Threshold, ...] = ()
    severe_with: Detector | None = None

    @cached_property
    def defaults(self) -> Thresholds:
        """The default of every threshold."""
        return {threshold.name: threshold.default for threshold in self.thresholds}
