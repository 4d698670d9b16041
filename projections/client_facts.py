"""The facts on which clients are judged, from the rows of the read models: engagements, and answers over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import select

from domain.assessment import Answers, answers_from_profile, parse_answers
from domain.milestones import DETAILS, Details, Kind, takes_effect_on
from domain.profile import PROFILE_FIELDS
from domain.seats import Money
from domain.signs.facts import AnswerHistory, AnswerLayer, EngagementFacts, Entry
from domain.signs.periods import FOREVER, ActiveDays, Periods
from domain.timeline import SeatSpan, Status
from projections.clients import terms_of
from projections.column_types import from_json
from projections.details_json import details_from_json
from projections.milestone_versions import MILESTONES, RecordingKind
from projections.profiles import CLIENTS, EVER_SINCE, PROFILES, name_and_profile
from projections.read_model import id_in, known_at_instant
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS, STATUS_SPANS

CLIENTS_AT_ONCE: Final = 500
"""How many clients are read in one query."""


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What was known of one client: its engagements in the order of their start, and its answers over time."""

    client: UUID
    engagements: tuple[EngagementFacts, ...]
    answers: AnswerHistory


def client_facts(
    snapshot: Snapshot, clients: Collection[UUID] | None = None, *, known_at: datetime | None = None
) -> Iterator[ClientFacts]:
    """The facts of some clients, or of all (null), as known at an instant (null: now). Unknown clients are left out."""
    for part in _parts(snapshot, clients, known_at):
        yield from _facts_of(snapshot, part, known_at)


def engagement_facts(
    snapshot: Snapshot,
    kinds: Collection[Kind],
    clients: Collection[UUID] | None = None,
    *,
    known_at: datetime | None = None,
) -> Iterator[tuple[UUID, tuple[EngagementFacts, ...]]]:
    """The engagements of some clients, or of all (null), with milestones of some kinds only, and without answers.

    Faster than `client_facts`. `kinds` must include `Kind.OPENED`, by which imprecise dates are read.
    """
    for part in _parts(snapshot, clients, known_at):
        milestones = _milestones(snapshot, part, known_at, kinds)
        seats, active = _seat_spans(snapshot, part, known_at), _active_days(snapshot, part, known_at)
        for client, engagements in milestones.items():
            yield client, _engagements(engagements, seats, active, AnswerHistory())


def _parts(snapshot: Snapshot, clients: Collection[UUID] | None, known_at: datetime | None) -> Iterator[Sequence[UUID]]:
    """Some clients, or all (null), in parts that are read at once."""
    if clients is None:
        query = select(CLIENTS.c.stream_id).where(known_at_instant(CLIENTS, known_at))
        clients = snapshot.connection.execute(query).scalars().all()
    ordered = sorted(clients)
    for first in range(0, len(ordered), CLIENTS_AT_ONCE):
        yield ordered[first : first + CLIENTS_AT_ONCE]


def _facts_of(snapshot: Snapshot, clients: Sequence[UUID], known_at: datetime | None) -> Iterator[ClientFacts]:
    profiles = _profile_layers(snapshot, clients, known_at)
    milestones = _milestones(snapshot, clients, known_at)
    seats, active = _seat_spans(snapshot, clients, known_at), _active_days(snapshot, clients, known_at)
    for client in clients:
        if client not in profiles:
            continue
        engagements = milestones.get(client, {})
        assessments = [
            _assessment(m) for standing in engagements.values() for m in standing if m.kind is Kind.ASSESSMENT_TAKEN
        ]
        # sorting keeps the order within a day: an assessment overrides the profile that it began with
        layers = sorted((*profiles[client], *assessments), key=lambda layer: layer.day)
        answers = AnswerHistory(layers)
        yield ClientFacts(client, _engagements(engagements, seats, active, answers), answers)


def _engagements(
    milestones: Mapping[UUID, Sequence[_Standing]],
    seats: Mapping[UUID, Sequence[SeatSpan]],
    active: Mapping[UUID, ActiveDays],
    answers: AnswerHistory,
) -> tuple[EngagementFacts, ...]:
    """The engagements of one client in the order of their start, each with its milestones in effective order."""
    facts = [
        EngagementFacts(
            engagement,
            standing[0].day,
            active.get(engagement, ActiveDays(Periods())),
            tuple(seats.get(engagement, ())),
            _entries(standing),
            answers,
        )
        for engagement, standing in milestones.items()
    ]
    return tuple(sorted(facts, key=lambda one: (one.started_on, one.engagement)))


def _assessment(milestone: _Standing) -> AnswerLayer:
    taken_on = date.fromordinal(milestone.day)
    answers = milestone.content["details"]["answers"]
    return AnswerLayer(taken_on, parse_answers(answers, as_of=taken_on), milestone.milestone)


class _Standing(NamedTuple):
    """A standing milestone: the day on which it takes effect, its order, and its content as stored."""

    day: int
    order: int
    milestone: UUID
    kind: Kind
    content: Mapping[str, Any]


def _milestones(
    snapshot: Snapshot, clients: Sequence[UUID], known_at: datetime | None, kinds: Collection[Kind] | None = None
) -> dict[UUID, dict[UUID, list[_Standing]]]:
    """The standing milestones, of some kinds or of all (null), by client and engagement, in effective order."""
    milestone = MILESTONES.c
    query = select(
        milestone.client_id,
        milestone.stream_id,
        milestone.milestone_id,
        milestone.kind,
        milestone.effective_on,
        milestone.precision,
        milestone.place,
        milestone.content,
    ).where(
        id_in(milestone.client_id, clients),
        known_at_instant(MILESTONES, known_at),
        milestone.said != RecordingKind.RETRACTED,
    )
    if kinds is not None:
        query = query.where(milestone.kind.in_(kinds))
    rows = snapshot.connection.execute(query).all()
    opened_on = {row.stream_id: row.effective_on for row in rows if row.kind is Kind.OPENED}
    milestones: dict[UUID, dict[UUID, list[_Standing]]] = defaultdict(lambda: defaultdict(list))
    for client, engagement, one, kind, effective_on, precision, order, content in rows:
        day = takes_effect_on(effective_on, precision, opened_on[engagement]).toordinal()
        milestones[client][engagement].append(_Standing(day, order, one, kind, from_json(content)))
    for engagements in milestones.values():
        for standing in engagements.values():
            standing.sort(key=_place)
    return milestones


def _place(milestone: _Standing) -> tuple[int, int]:
    return milestone.day, milestone.order


def _entries(milestones: Iterable[_Standing]) -> Mapping[type[Details], tuple[Entry[Details], ...]]:
    by_kind: dict[type[Details], list[Entry[Details]]] = defaultdict(list)
    for milestone in milestones:
        details = details_from_json(DETAILS[milestone.kind], milestone.content["details"])
        links = tuple(milestone.content["links"])
        by_kind[type(details)].append(Entry(milestone.day, milestone.milestone, details, links))
    return {kind: tuple(entries) for kind, entries in by_kind.items()}


def _seat_spans(snapshot: Snapshot, clients: Sequence[UUID], known_at: datetime | None) -> dict[UUID, list[SeatSpan]]:
    spans: dict[UUID, list[SeatSpan]] = defaultdict(list)
    query = select(SEAT_SPANS).where(id_in(SEAT_SPANS.c.client_id, clients), known_at_instant(SEAT_SPANS, known_at))
    for row in snapshot.connection.execute(
        query.order_by(SEAT_SPANS.c.stream_id, SEAT_SPANS.c.function.desc(), SEAT_SPANS.c.starts_on)
    ):
        spans[row.stream_id].append(
            SeatSpan(row.function, row.seat_id, terms_of(row), row.starts_on, row.ends_on, row.milestone_id)
        )
    return spans


def _active_days(snapshot: Snapshot, clients: Sequence[UUID], known_at: datetime | None) -> dict[UUID, ActiveDays]:
    periods: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    span = STATUS_SPANS.c
    query = select(span.stream_id, span.starts_on, span.ends_on).where(
        id_in(span.client_id, clients), known_at_instant(STATUS_SPANS, known_at), span.status == Status.OPEN
    )
    for engagement, start, end in snapshot.connection.execute(query):
        periods[engagement].append((start.toordinal(), FOREVER if end is None else end.toordinal()))
    return {engagement: ActiveDays(Periods.of(spans)) for engagement, spans in periods.items()}


def _profile_layers(
    snapshot: Snapshot, clients: Sequence[UUID], known_at: datetime | None
) -> dict[UUID, list[AnswerLayer]]:
    """What each profile change says anew, dated by its day; the first profile, which always held, is not dated."""
    layers: dict[UUID, list[AnswerLayer]] = {}
    before: dict[UUID, dict[str, object]] = {}
    profile = PROFILES.c
    query = select(profile.stream_id, profile.starts_on, profile.content).where(
        id_in(profile.stream_id, clients), known_at_instant(PROFILES, known_at)
    )
    for client, starts_on, content in snapshot.connection.execute(query.order_by(profile.stream_id, profile.starts_on)):
        values = _known_values(content)
        earlier = before.get(client, {})
        changed = {name: value for name, value in values.items() if earlier.get(name) != value}
        since = None if starts_on == EVER_SINCE else starts_on
        answers = answers_from_profile(changed, as_of=since) if changed else Answers()
        layers.setdefault(client, []).append(AnswerLayer(max(starts_on, date.min), answers))
        before[client] = values
    return layers


def _known_values(content: str) -> dict[str, object]:
    _, profile = name_and_profile(content)
    values: dict[str, Any] = {field: getattr(profile, field) for field in PROFILE_FIELDS}
    return {
        field: {"amount": str(value.amount), "currency": value.currency} if isinstance(value, Money) else value
        for field, value in values.items()
        if value is not None
    }
