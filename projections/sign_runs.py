"""The runs of warning signs of clients, detected and observed, as of a day and as known at an instant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.signs.catalog import DETECTORS
from domain.signs.detector import Severity
from domain.signs.facts import EngagementFacts
from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds
from domain.signs.observed import observed_runs
from domain.signs.runs import Detected, Run, ThresholdHistory, runs_of
from projections.client_facts import client_facts
from projections.judgements import judged
from projections.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ShownSign:
    """A run of a sign as it stood on a day: the day asked for, or the run's last day where that came earlier.

    `since` is the first day on which it held, `until` the first on which it no longer did (null: it holds). Severity,
    evidence, details and thresholds are those of the day. `subject` distinguishes several runs of one sign.
    """

    client: UUID
    engagement: UUID
    sign: str
    detected: Detected
    since: date
    until: date | None
    severity: Severity
    subject: str | None
    details: tuple[str, ...]
    evidence: tuple[UUID, ...]
    thresholds: Mapping[str, int]

    @property
    def detail(self) -> str | None:
        """What it is about, and what the finding names; null if nothing."""
        return ", ".join(filter(None, (self.subject, *self.details))) or None


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


def shown_signs(client: UUID, runs: Iterable[Run], as_of: date) -> Iterator[ShownSign]:
    """The runs that began by a day, as they stood on it. What takes effect later counts for nothing."""
    day = as_of.toordinal()
    for run in runs:
        last = min(day, run.end - 1)
        stretch = run.on(last)
        if stretch is None:  # it begins later
            continue
        finding = stretch.finding
        yield ShownSign(
            client=client,
            engagement=run.engagement,
            sign=run.sign,
            detected=run.detected,
            since=date.fromordinal(run.since),
            until=date.fromordinal(run.end) if run.end <= day else None,
            severity=finding.severity_on(last),
            subject=run.subject,
            details=finding.details_on(last),
            evidence=finding.evidence_on(last),
            thresholds=stretch.thresholds,
        )
