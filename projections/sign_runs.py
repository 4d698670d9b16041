"""The runs of warning signs of clients, detected and observed, as of a day and as known at an instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import pairwise
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np

from domain.signs.catalog import DETECTORS
from domain.signs.detector import Severity
from domain.signs.facts import EngagementFacts
from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds
from domain.signs.observed import observed_runs
from domain.signs.runs import Detected, Run, Stretch, ThresholdHistory, runs_of
from projections.client_facts import ClientFacts, client_facts, facts_in
from projections.client_rows import ClientRows
from projections.columnar.array_column import Array
from projections.dated_rows import ID, Column, DatedRows, JudgedClient
from projections.judgements import FEW_CLIENTS, Judgement, judged
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
    clients: Collection[UUID],
    *,
    known_at: datetime | None = None,
    thresholds: FirmThresholds = DEFAULTS,
) -> Mapping[UUID, tuple[Run, ...]]:
    """All runs of some clients, as known at an instant (null: now), plans included; clients without any are left out.

    `thresholds` are all that the firm ever set; those recorded after `known_at` are left out.
    """
    history = thresholds.known_at(known_at).history()
    runs = ((facts.client, _runs(facts, history)) for facts in client_facts(snapshot, clients, known_at=known_at))
    return {client: of_client for client, of_client in runs if of_client}


def _runs(facts: ClientFacts, thresholds: ThresholdHistory) -> tuple[Run, ...]:
    return tuple(run for one in facts.engagements for run in _runs_in(one, thresholds))


def _runs_in(facts: EngagementFacts, thresholds: ThresholdHistory) -> Iterator[Run]:
    for detector in DETECTORS.values():
        yield from runs_of(detector, facts, thresholds)
    yield from observed_runs(facts)


SEVERITIES: Final = tuple(sorted(Severity, key=lambda severity: severity.order))
"""The severities by their order, high first: the numbers in the column `severity`."""

DETECTED: Final = tuple(sorted(Detected))
"""What may detect a sign: the numbers in the column `detected`."""

_COLUMNS: Final = (
    Column.of_words("sign"),
    Column("detected", np.int8),
    Column("severity", np.int8),
    Column("since", np.int32),
    Column("run_end", np.int32),
    Column("engagement", ID),
)


def signs_judgement(thresholds: FirmThresholds = DEFAULTS, known_at: datetime | None = None) -> Judgement:
    """The parts of all runs with one severity, plans included; the parts of a client by sign, subject and detected.

    `run_end` is the end of the whole run.
    """
    in_force = thresholds.known_at(known_at)
    return Judgement("signs", _COLUMNS, partial(_judge, in_force.history()), parameters=in_force)


def _judge(thresholds: ThresholdHistory, rows: ClientRows) -> Iterator[JudgedClient]:
    for facts in facts_in(rows):
        runs = sorted(_runs(facts, thresholds), key=lambda run: (run.sign, run.subject or "", run.detected))
        yield facts.client.bytes, [part for run in runs for part in _parts(run)]


def _parts(run: Run) -> Iterator[tuple[Any, ...]]:
    days = {day for stretch in run.stretches for day in (stretch.start, stretch.end)}
    days.update(day for one in run.stretches for _, periods in one.finding.raised for span in periods for day in span)
    parts: list[tuple[int, int, int]] = []
    for start, end in pairwise(sorted(day for day in days if run.start <= day <= run.end)):
        stretch = run.on(start)
        if stretch is None:
            continue
        severity = stretch.finding.severity_on(start).order
        if parts and parts[-1][1:] == (start, severity):
            parts[-1] = (parts[-1][0], end, severity)
        else:
            parts.append((start, end, severity))
    for start, end, severity in parts:
        detected = DETECTED.index(run.detected)
        yield start, end, run.sign, detected, severity, run.since, run.end, run.engagement.bytes


def shown_parts(rows: DatedRows, day: int, *, with_ended: bool = True) -> tuple[Array, Array]:
    """The places of the parts of runs that `shown_signs` shows for a day, and the day of each."""
    last = np.minimum(day, rows["run_end"] - 1)
    is_shown = (rows["start"] <= last) & (last < rows["end"])
    if not with_ended:
        is_shown &= rows["run_end"] > day
    places = np.flatnonzero(is_shown)
    return places, last[places]


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
    if clients is not None and len(clients) <= FEW_CLIENTS:
        runs = runs_by_client(snapshot, clients, known_at=known_at, thresholds=thresholds)
        counted: Mapping[UUID, SignCounts] = {
            client: _holding(shown_signs(client, runs[client], as_of)) for client in runs
        }
    else:
        rows = judged(snapshot, signs_judgement(thresholds, known_at), known_at=known_at)
        counted = _holding_in(rows, as_of, clients)
    return {client: counts for client, counts in counted.items() if counts != NO_SIGNS}


def _holding(signs: Iterable[ShownSign]) -> SignCounts:
    holding = Counter(shown.severity for shown in signs if shown.until is None)
    return SignCounts(*(holding[severity] for severity in SEVERITIES))


def _holding_in(rows: DatedRows, as_of: date, clients: Collection[UUID] | None) -> Mapping[UUID, SignCounts]:
    places, _ = shown_parts(rows, as_of.toordinal(), with_ended=False)
    cells = rows["client"][places].astype(np.int64) * len(SEVERITIES) + rows["severity"][places]
    counts = np.bincount(cells, minlength=len(rows.ids) * len(SEVERITIES)).reshape(-1, len(SEVERITIES))
    of_clients = np.flatnonzero(counts.any(axis=1))
    ids = rows.client_ids(of_clients)
    counted = {client: SignCounts(*numbers) for client, numbers in zip(ids, counts[of_clients].tolist(), strict=True)}
    return counted if clients is None else {client: counted[client] for client in clients if client in counted}


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
