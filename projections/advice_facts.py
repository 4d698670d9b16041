"""The facts on which advice is judged, by client: profile, assessments and replies to them, seats and structures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Final
from uuid import UUID

from domain.assessment import Answers, answers_from_profile, merge_answers, parse_answers
from domain.assessment.following import AdviceReply, FollowUp, GivenAdvice, follow_ups, reply_of
from domain.assessment.record import HeldSeat, SeatsOnRecord
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import DETAILS, Kind
from domain.seats import Commitment, Function, Structure
from domain.timeline import StructureSpan, is_within
from projections.assessments import given_advice
from projections.client_rows import ClientRows, ProfileRow, StandingRow, StoredRow, client_rows
from projections.column_types import from_json, id_of
from projections.details_json import details_from_json
from projections.profiles import EVER_SINCE
from projections.snapshot import Snapshot


class ProfilePeriod:
    """A client's profile over `[starts_on, ends_on)`, and the day from which each field has its value."""

    __slots__ = ("_answers", "_fields", "_since", "ends_on", "name", "starts_on")

    def __init__(self, row: ProfileRow, before: ProfilePeriod | None) -> None:
        """Take the stored profile; `before` is the one of the period before."""
        self.starts_on = starts_on = date.fromordinal(row.start)
        self.ends_on = None if row.end is None else date.fromordinal(row.end)
        self.name, self._fields = row.name, row.fields
        self._since: Mapping[str, date] = {
            field: before._since[field] if before and before._fields[field] == value else starts_on
            for field, value in row.fields.items()
        }
        self._answers: Answers | None = None

    @property
    def answers(self) -> Answers:
        """The profile as answers, each dated by the day from which it holds, or undated if it always has."""
        if self._answers is None:
            values = {field: value for field, value in self._fields.items() if value is not None}
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

    def changes(self) -> Iterator[date]:
        """The days on which anything changed but replies to assessments, in any order."""
        yield from (profile.starts_on for profile in self.profiles)
        for span in self.structures:
            yield span.start
            if span.end is not None:
                yield span.end
        yield from (one.advice.on for one in self.assessments)
        yield from self.seats.changes()

    def changes_until(self, day: date) -> list[date]:
        """The days up to `day` on which anything changed, newest first."""
        return sorted((on for on in {*self.changes()} if EVER_SINCE < on <= day), reverse=True)

    def follow_ups_on(self, day: date) -> tuple[FollowUp, ...]:
        """What became of each assessment by a day, in effective order."""
        if not self.assessments:
            return ()
        return follow_ups([one.advice for one in self.assessments], self.replies, self.structures, day)


def advice_facts(
    snapshot: Snapshot, clients: Collection[UUID] | None = None, *, known_at: datetime | None = None
) -> Iterator[AdviceFacts]:
    """The facts of some clients, or of all (null), as known at an instant (null: now). Unknown clients are left out."""
    for rows in client_rows(snapshot, clients, known_at=known_at):
        yield from advice_facts_in(rows)


def seats_on_record(snapshot: Snapshot, client: UUID, *, known_at: datetime | None = None) -> SeatsOnRecord:
    """A client's seats over time, as known at an instant (null: now)."""
    return _seats(ClientRows(snapshot, [client], known_at), client.bytes)


def advice_facts_in(rows: ClientRows, *, assessed_only: bool = False) -> Iterator[AdviceFacts]:
    """The facts of the clients whose rows these are, optionally only of those with an assessment."""
    for client, slug in rows.slugs.items():
        milestones = _milestones(rows, client)
        if assessed_only and not any(one.kind == Kind.ASSESSMENT_TAKEN for one in milestones):
            continue
        yield AdviceFacts(
            client=id_of(client),
            slug=slug,
            profiles=_profiles(rows.profiles[client]),
            assessments=[_assessment(one) for one in milestones if one.kind == Kind.ASSESSMENT_TAKEN],
            replies=[reply for one in milestones if (reply := _reply(one)) is not None],
            structures=_structures(rows.structures.get(client, ())),
            seats=_seats(rows, client),
        )


def _profiles(rows: Iterable[ProfileRow]) -> Sequence[ProfilePeriod]:
    periods: list[ProfilePeriod] = []
    for row in rows:
        periods.append(ProfilePeriod(row, periods[-1] if periods else None))
    return periods


def _milestones(rows: ClientRows, client: bytes) -> Sequence[StandingRow]:
    """A client's assessments and the milestones that name one, in effective order."""
    placed: list[tuple[int, int, bytes, StandingRow]] = []
    for engagement, standing in rows.milestones.get(client, {}).items():
        opened_on = next(one.day for one in standing if one.kind == Kind.OPENED)
        placed += [
            (one.day, opened_on, engagement, one)
            for one in standing
            if one.kind == Kind.ASSESSMENT_TAKEN or _NAMES_ASSESSMENT in one.content
        ]
    return [one for *_, one in sorted(placed)]


def _structures(rows: Iterable[StoredRow]) -> Sequence[StructureSpan]:
    return [
        StructureSpan(
            Structure(structure),
            date.fromordinal(start),
            None if end is None else date.fromordinal(end),
            id_of(milestone),
        )
        for _, structure, start, end, milestone in sorted(rows, key=itemgetter(2))
    ]


def _seats(rows: ClientRows, client: bytes) -> SeatsOnRecord:
    return SeatsOnRecord(
        HeldSeat(
            _FUNCTIONS[function],
            id_of(seat),
            _COMMITMENTS[commitment],
            date.fromordinal(start),
            None if end is None else date.fromordinal(end),
        )
        for _, _, commitment, *_, function, seat, start, end, _ in rows.seats.get(client, ())
    )


_FUNCTIONS: Final[Mapping[str, Function]] = {str(word): word for word in Function}
_COMMITMENTS: Final[Mapping[str, Commitment]] = {str(word): word for word in Commitment}
"""Words by how they are stored: calling an enumeration takes ten times as long."""

_NAMES_ASSESSMENT: Final = '"assessment":"'
"""What the content of every milestone holds that names an assessment."""


def _assessment(milestone: StandingRow) -> AssessmentFacts:
    taken_on = date.fromordinal(milestone.day)
    details = details_from_json(AssessmentTaken, from_json(milestone.content)["details"])
    advice = given_advice(id_of(milestone.milestone), taken_on, details)
    return AssessmentFacts(advice, parse_answers(details.answers, as_of=taken_on))


def _reply(milestone: StandingRow) -> AdviceReply | None:
    """The reply to an assessment that a milestone contains; null if it names none."""
    content = from_json(milestone.content)["details"]
    if not content.get("assessment"):
        return None
    details = details_from_json(DETAILS[Kind(milestone.kind)], content)
    return reply_of(id_of(milestone.milestone), details, date.fromordinal(milestone.day))
