"""The facts on which advice is judged, by client: profile, assessments and replies to them, seats and structures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from domain.assessment import Answers, answers_from_profile, merge_answers, parse_answers
from domain.assessment.following import AdviceReply, FollowUp, GivenAdvice, follow_ups
from domain.assessment.record import HeldSeat, SeatsOnRecord
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import Kind
from domain.profile import PROFILE_FIELDS
from domain.seats import Money, Structure
from domain.timeline import StructureSpan, is_within
from projections.assessments import advice_reply, given_advice
from projections.milestone_versions import MILESTONES, MilestoneVersion, RecordingKind, version_of
from projections.profiles import CLIENTS, EVER_SINCE, PROFILES, name_and_profile
from projections.read_model import id_in, known_at_instant
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS, STRUCTURE_SPANS

CLIENTS_AT_ONCE: Final = 1_000
"""How many clients are read in one query."""


class ProfilePeriod:
    """A client's profile over `[starts_on, ends_on)`, and the day from which each field has its value."""

    __slots__ = ("_answers", "_fields", "_since", "ends_on", "name", "starts_on")

    def __init__(self, starts_on: date, ends_on: date | None, content: str, before: ProfilePeriod | None) -> None:
        """Read the stored profile; `before` is the one of the period before."""
        self.starts_on, self.ends_on = starts_on, ends_on
        self.name, profile = name_and_profile(content)
        self._fields: Mapping[str, object] = {field: getattr(profile, field) for field in PROFILE_FIELDS}
        self._since: Mapping[str, date] = {
            field: before._since[field] if before and before._fields[field] == value else starts_on
            for field, value in self._fields.items()
        }
        self._answers: Answers | None = None

    @property
    def answers(self) -> Answers:
        """The profile as answers, each dated by the day from which it holds, or undated if it always has."""
        if self._answers is None:
            values = {field: _plain(value) for field, value in self._fields.items() if value is not None}
            since = {field: day for field, day in self._since.items() if day != EVER_SINCE}
            self._answers = answers_from_profile(values, as_of=since)
        return self._answers


@dataclass(frozen=True, slots=True)
class AssessmentFacts:
    """An assessment: its advice, and its answers, dated by its day where they carry no date."""

    advice: GivenAdvice
    answers: Answers


@dataclass(frozen=True, slots=True)
class AdviceFacts:
    """The facts of one client, as known at an instant. Everything is in effective order, plans included."""

    client: UUID
    slug: str
    profiles: Sequence[ProfilePeriod]
    assessments: Sequence[AssessmentFacts]
    replies: Sequence[AdviceReply]
    structures: Sequence[StructureSpan]
    seats: SeatsOnRecord

    def profile_on(self, day: date) -> ProfilePeriod | None:
        """The profile on a day."""
        return next((one for one in self.profiles if is_within(one.starts_on, one.ends_on, day)), None)

    def answers_on(self, day: date) -> Answers:
        """The newest answers on a day: of the seats on record, the profile, and all assessments by then."""
        profile = self.profile_on(day)
        layers = [] if profile is None else [profile.answers]
        layers += [self.seats.standing(one.answers) for one in self.assessments if one.advice.on <= day]
        return self.seats.complete(layers[0] if len(layers) == 1 else merge_answers(*layers), day)

    def structure_on(self, day: date) -> Structure | None:
        """The structure on a day; null without an open engagement."""
        return next((span.structure for span in self.structures if is_within(span.start, span.end, day)), None)

    def changes_until(self, day: date) -> list[date]:
        """The days up to `day` on which anything changed, newest first."""
        begun = chain((profile.starts_on for profile in self.profiles), (span.start for span in self.structures))
        days = {*begun, *(one.advice.on for one in self.assessments), *self.seats.changes()}
        return sorted((on for on in days if EVER_SINCE < on <= day), reverse=True)

    def follow_ups_on(self, day: date) -> tuple[FollowUp, ...]:
        """What became of each assessment by a day, in effective order."""
        if not self.assessments:
            return ()
        return follow_ups([one.advice for one in self.assessments], self.replies, self.structures, day)


def advice_facts(
    snapshot: Snapshot, clients: Collection[UUID] | None = None, *, known_at: datetime | None = None
) -> Iterator[AdviceFacts]:
    """The facts of some clients, or of all (null), as known at an instant (null: now). Unknown clients are left out."""
    if clients is None:
        query = select(CLIENTS.c.stream_id).where(known_at_instant(CLIENTS, known_at))
        ordered = sorted(snapshot.connection.execute(query).scalars())
        for first in range(0, len(ordered), CLIENTS_AT_ONCE):
            ids = ordered[first : first + CLIENTS_AT_ONCE]
            yield from _Reading(snapshot, known_at, (ids[0], ids[-1])).facts()
        return
    ordered = sorted(clients)
    for first in range(0, len(ordered), CLIENTS_AT_ONCE):
        yield from _Reading(snapshot, known_at, ordered[first : first + CLIENTS_AT_ONCE]).facts()


def seats_on_record(snapshot: Snapshot, client: UUID, *, known_at: datetime | None = None) -> SeatsOnRecord:
    """A client's seats over time, as known at an instant (null: now)."""
    return SeatsOnRecord(_Reading(snapshot, known_at, [client]).seats().get(client, ()))


class _Reading:
    """Reads the facts of the clients in a range of ids (a pair), or of those in a list."""

    def __init__(self, snapshot: Snapshot, known_at: datetime | None, clients: tuple[UUID, UUID] | list[UUID]) -> None:
        self._snapshot, self._known_at, self._clients = snapshot, known_at, clients

    def facts(self) -> Iterator[AdviceFacts]:
        """The facts of each client."""
        profiles, milestones = self._profiles(), self._milestones()
        structures, seats = self._structures(), self.seats()
        for client, (slug, periods) in profiles.items():
            of_client = milestones.get(client, ())
            yield AdviceFacts(
                client=client,
                slug=slug,
                profiles=periods,
                assessments=[facts for m in of_client if (facts := _assessment(m)) is not None],
                replies=[reply for m in of_client if (reply := advice_reply(m)) is not None],
                structures=structures.get(client, ()),
                seats=SeatsOnRecord(seats.get(client, ())),
            )

    def _rows(self, columns: Iterable[Any], table: Any, client_id: ColumnElement[UUID], *more: Any) -> Iterable[Any]:
        """Rows of the clients that are known at the instant."""
        if isinstance(self._clients, tuple):
            chosen = and_(client_id >= self._clients[0], client_id <= self._clients[1])
        else:
            chosen = id_in(client_id, self._clients)
        query = select(*columns).where(chosen, known_at_instant(table, self._known_at), *more)
        return self._snapshot.connection.execute(query)

    def _profiles(self) -> dict[UUID, tuple[str, list[ProfilePeriod]]]:
        table = PROFILES.c
        clients: dict[UUID, tuple[str, list[ProfilePeriod]]] = {
            client: (slug, [])
            for client, slug in self._rows((CLIENTS.c.stream_id, CLIENTS.c.slug), CLIENTS, CLIENTS.c.stream_id)
        }
        columns = (table.stream_id, table.starts_on, table.ends_on, table.content)
        rows = self._rows(columns, PROFILES, table.stream_id)
        for row in sorted(rows, key=lambda row: row.starts_on):
            _, periods = clients[row.stream_id]
            before = periods[-1] if periods else None
            periods.append(ProfilePeriod(row.starts_on, row.ends_on, row.content, before))
        return clients

    def _milestones(self) -> Mapping[UUID, list[MilestoneVersion]]:
        """The assessments and the milestones that name one, and the openings that date imprecise ones."""
        table = MILESTONES.c
        names_assessment = table.content.contains('"assessment":"', autoescape=True)
        kinds = (Kind.ASSESSMENT_TAKEN, Kind.OPENED)
        stand = (table.said != RecordingKind.RETRACTED, or_(table.kind.in_(kinds), names_assessment))
        rows = list(self._rows((MILESTONES,), MILESTONES, table.client_id, *stand))
        opened_on = {row.stream_id: row.effective_on for row in rows if row.kind is Kind.OPENED}
        milestones: dict[UUID, list[MilestoneVersion]] = defaultdict(list)
        for row in rows:
            if row.kind is not Kind.OPENED:
                milestones[row.client_id].append(version_of(row, opened_on[row.stream_id]))
        for of_client in milestones.values():
            of_client.sort(key=lambda m: (m.takes_effect_on, opened_on[m.engagement], m.engagement, m.order))
        return milestones

    def _structures(self) -> Mapping[UUID, list[StructureSpan]]:
        span = STRUCTURE_SPANS.c
        columns = (span.client_id, span.structure, span.starts_on, span.ends_on, span.milestone_id)
        structures: dict[UUID, list[StructureSpan]] = defaultdict(list)
        for client, *row in self._rows(columns, STRUCTURE_SPANS, span.client_id):
            structures[client].append(StructureSpan(*row))
        for spans in structures.values():
            spans.sort(key=lambda span: span.start)
        return structures

    def seats(self) -> Mapping[UUID, list[HeldSeat]]:
        """The seats of each client that has had any."""
        span = SEAT_SPANS.c
        columns = (span.client_id, span.function, span.seat_id, span.commitment, span.starts_on, span.ends_on)
        seats: dict[UUID, list[HeldSeat]] = defaultdict(list)
        for client, *row in self._rows(columns, SEAT_SPANS, span.client_id):
            seats[client].append(HeldSeat(*row))
        return seats


def _assessment(milestone: MilestoneVersion) -> AssessmentFacts | None:
    details = milestone.details_as(AssessmentTaken)
    if details is None:
        return None
    answers = parse_answers(details.answers, as_of=milestone.takes_effect_on)
    return AssessmentFacts(given_advice(milestone, details), answers)


def _plain(value: object) -> object:
    return {"amount": str(value.amount), "currency": value.currency} if isinstance(value, Money) else value
