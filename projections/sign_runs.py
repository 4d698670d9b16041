"""The runs of warning signs of clients, detected and observed, as of a day and as known at an instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.signs.catalog import DETECTORS
from domain.signs.detector import Severity
from domain.signs.facts import EngagementFacts
from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds
from domain.signs.observed import observed_runs
from domain.signs.runs import Detected, Run, Stretch, ThresholdHistory, runs_of
from projections.client_facts import client_facts
from projections.judgements import judged
from projections.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ShownSign:
    """A run of a sign as it stood on a day: the day asked for, or the run's last day where that came earlier.

    `day` is that day. `is_over`: the run had ended by the day asked for.
    """

    client: UUID
    run: Run
    stretch: Stretch
    day: int
    is_over: bool

    @property
    def engagement(self) -> UUID:
        """The engagement in which it held."""
        return self.run.engagement

    @property
    def sign(self) -> str:
        """The id of the sign, or the slug of another that people observed."""
        return self.run.sign

    @property
    def detected(self) -> Detected:
        """Whether a rule detected it, or a person observed it."""
        return self.run.detected

    @property
    def since(self) -> date:
        """The first day on which it held."""
        return date.fromordinal(self.run.since)

    @property
    def until(self) -> date | None:
        """The first day on which it no longer held; null if it holds."""
        return date.fromordinal(self.run.end) if self.is_over else None

    @property
    def severity(self) -> Severity:
        """Its severity on the day."""
        return self.stretch.finding.severity_on(self.day)

    @property
    def subject(self) -> str | None:
        """What distinguishes several runs of one sign; null if nothing."""
        return self.run.subject

    @property
    def details(self) -> tuple[str, ...]:
        """What the finding names on the day."""
        return self.stretch.finding.details_on(self.day)

    @property
    def detail(self) -> str | None:
        """What it is about, and what the finding names; null if nothing."""
        return ", ".join(filter(None, (self.subject, *self.details))) or None

    @property
    def evidence(self) -> tuple[UUID, ...]:
        """The milestones on which it rested on the day."""
        return self.stretch.finding.evidence_on(self.day)

    @property
    def thresholds(self) -> Mapping[str, int]:
        """The thresholds in force on the day, by name."""
        return self.stretch.thresholds


def runs_by_client(
    snapshot: Snapshot,
    clients: Collection[UUID] | None = None,
    *,
    known_at: datetime | None = None,
    thresholds: FirmThresholds = DEFAULTS,
) -> Mapping[UUID, tuple[Run, ...]]:
    """All runs of some clients, or of all (null), as known at an instant (null: now), plans included.

    Clients without any are left out. `thresholds` are all that the firm ever set; those recorded after `known_at` are
    left out.
    """
    in_force = thresholds.known_at(known_at)
    history = in_force.history()

    def judge(some: Collection[UUID] | None, at: datetime | None) -> Mapping[UUID, tuple[Run, ...]]:
        runs = (
            (facts.client, tuple(run for one in facts.engagements for run in _runs(one, history)))
            for facts in client_facts(snapshot, some, known_at=at)
        )
        return {client: of_client for client, of_client in runs if of_client}

    return judged(snapshot, ("signs", in_force), judge, clients, known_at=known_at)


def _runs(facts: EngagementFacts, thresholds: ThresholdHistory) -> Iterator[Run]:
    for detector in DETECTORS.values():
        yield from runs_of(detector, facts, thresholds)
    yield from observed_runs(facts)


class SignCounts(NamedTuple):
    """How many signs hold at a client, by severity. More severe ones count more in comparisons."""

    high: int = 0
    medium: int = 0
    low: int = 0


NO_SIGNS = SignCounts()


def sign_counts(
    snapshot: Snapshot,
    clients: Collection[UUID] | None = None,
    *,
    as_of: date,
    known_at: datetime | None = None,
    thresholds: FirmThresholds = DEFAULTS,
) -> Mapping[UUID, SignCounts]:
    """The number of signs that hold at each of some clients (null: all) on a day; those without any are left out."""
    runs = runs_by_client(snapshot, clients, known_at=known_at, thresholds=thresholds)
    counts: dict[UUID, SignCounts] = {}
    for client, of_client in runs.items():
        holding = Counter(shown.severity for shown in shown_signs(client, of_client, as_of) if shown.until is None)
        if holding:
            counts[client] = SignCounts(
                *(holding[severity] for severity in (Severity.HIGH, Severity.MEDIUM, Severity.LOW))
            )
    return counts


def signs_of(
    snapshot: Snapshot,
    client: UUID,
    *,
    as_of: date,
    known_at: datetime | None = None,
    thresholds: FirmThresholds = DEFAULTS,
) -> tuple[ShownSign, ...]:
    """Every run of one client that began by a day, the most severe first; those without `until` hold on the day."""
    runs = runs_by_client(snapshot, [client], known_at=known_at, thresholds=thresholds).get(client, ())
    shown = shown_signs(client, runs, as_of)
    return tuple(sorted(shown, key=lambda sign: (sign.severity.order, sign.since, sign.sign)))


def shown_signs(client: UUID, runs: Iterable[Run], as_of: date, *, with_ended: bool = True) -> Iterator[ShownSign]:
    """The runs that began by a day, as they stood on it, optionally without those that had ended.

    What takes effect later counts for nothing.
    """
    day = as_of.toordinal()
    for run in runs:
        is_over = run.end <= day
        if run.start > day or (is_over and not with_ended):
            continue
        last = run.end - 1 if is_over else day
        stretch = run.on(last)
        if stretch is not None:
            yield ShownSign(client, run, stretch, last, is_over)
