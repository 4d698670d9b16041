"""The facts on which clients are judged, from the rows of the read models: engagements, and answers over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from domain.assessment import Answers, answers_from_profile, parse_answers
from domain.milestones import DETAILS, Details, Kind
from domain.seats import Commitment, Function, Hours, Money, Provider, ReportsTo, SeatTerms
from domain.signs.facts import AnswerHistory, AnswerLayer, EngagementFacts, Entry
from domain.signs.periods import FOREVER, ActiveDays, Periods
from domain.timeline import SeatSpan
from projections.client_rows import ClientRows, ProfileRow, StandingRow, StoredRow, client_rows
from projections.column_types import from_hundredths, from_json, from_ten_thousandths, id_of
from projections.details_json import details_from_json
from projections.profiles import EVER_SINCE
from projections.snapshot import Snapshot

_DETAILS: Mapping[str, type[Details]] = {str(kind): details for kind, details in DETAILS.items()}
_FUNCTIONS: Mapping[str, Function] = {str(word): word for word in Function}
_COMMITMENTS: Mapping[str, Commitment] = {str(word): word for word in Commitment}
_PROVIDERS: Mapping[str, Provider] = {str(word): word for word in Provider}
_REPORTS_TO: Mapping[str, ReportsTo] = {str(word): word for word in ReportsTo}
"""Words by how they are stored: calling an enumeration takes ten times as long."""


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
    for rows in client_rows(snapshot, clients, known_at=known_at):
        yield from facts_in(rows)


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
    for rows in client_rows(snapshot, clients, known_at=known_at, kinds=kinds):
        for client, engagements in engagements_in(rows):
            yield id_of(client), engagements


def facts_in(rows: ClientRows) -> Iterator[ClientFacts]:
    """The facts of the clients whose rows these are."""
    for client, profiles in sorted(rows.profiles.items()):
        assessments = [
            _assessment(milestone)
            for standing in rows.milestones.get(client, {}).values()
            for milestone in standing
            if milestone.kind == Kind.ASSESSMENT_TAKEN
        ]
        # sorting keeps the order within a day: an assessment overrides the profile that it began with
        layers = sorted((*_profile_layers(profiles), *assessments), key=lambda layer: layer.day)
        answers = AnswerHistory(layers)
        rows.facts[client] = engagements = _engagements(rows, client, answers)
        yield ClientFacts(id_of(client), engagements, answers)


def engagements_in(rows: ClientRows) -> Iterator[tuple[bytes, tuple[EngagementFacts, ...]]]:
    """The engagements of the clients whose rows these are, whose answers may be missing."""
    for client in rows.milestones:
        if client not in rows.facts:
            rows.facts[client] = _engagements(rows, client, AnswerHistory())
        yield client, rows.facts[client]


def _engagements(rows: ClientRows, client: bytes, answers: AnswerHistory) -> tuple[EngagementFacts, ...]:
    """The engagements of one client in the order of their start, each with its milestones in effective order."""
    engagements = rows.milestones.get(client, {})
    if not engagements:
        return ()
    seats: dict[bytes, list[SeatSpan]] = defaultdict(list)
    for engagement, *row in rows.seats.get(client, ()):
        seats[engagement].append(_seat_span(row))
    active: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for engagement, start, end in rows.active.get(client, ()):
        active[engagement].append((start, FOREVER if end is None else end))
    facts = [
        EngagementFacts(
            id_of(engagement),
            standing[0].day,
            ActiveDays(Periods.of(active[engagement])),
            tuple(sorted(seats[engagement], key=_span_order)),
            StoredEntries(standing),
            answers,
        )
        for engagement, standing in engagements.items()
    ]
    return tuple(sorted(facts, key=lambda one: (one.started_on, one.engagement)))


class StoredEntries(Mapping[type[Details], tuple[Entry[Details], ...]]):
    """Milestones by the class of their details. Those of a kind are decoded when that kind is first asked for."""

    __slots__ = ("_decoded", "_stored")

    def __init__(self, standing: Iterable[StandingRow]) -> None:
        """Take milestones in effective order."""
        self._stored: dict[type[Details], list[StandingRow]] = defaultdict(list)
        for milestone in standing:
            self._stored[_DETAILS[milestone.kind]].append(milestone)
        self._decoded: dict[type[Details], tuple[Entry[Details], ...]] = {}

    def __getitem__(self, kind: type[Details]) -> tuple[Entry[Details], ...]:
        """The milestones of one kind; raises `KeyError` without any."""
        decoded = self._decoded.get(kind)
        if decoded is None:
            if kind not in self._stored:
                raise KeyError(kind)
            decoded = self._decoded[kind] = tuple(_entry(kind, milestone) for milestone in self._stored[kind])
        return decoded

    def get(self, kind: type[Details], default: Any = None) -> Any:
        """The milestones of one kind, or else the default; without an error that most kinds would raise."""
        return self[kind] if kind in self._stored else default

    def __iter__(self) -> Iterator[type[Details]]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


def _entry(kind: type[Details], milestone: StandingRow) -> Entry[Details]:
    content = from_json(milestone.content)
    details = details_from_json(kind, content["details"])
    return Entry(milestone.day, id_of(milestone.milestone), details, tuple(content["links"]))


def _assessment(milestone: StandingRow) -> AnswerLayer:
    taken_on = date.fromordinal(milestone.day)
    answers = from_json(milestone.content)["details"]["answers"]
    return AnswerLayer(taken_on, parse_answers(answers, as_of=taken_on), id_of(milestone.milestone))


def _seat_span(row: StoredRow | list[Any]) -> SeatSpan:
    *terms, function, seat, start, end, milestone = row
    return SeatSpan(
        _FUNCTIONS[function],
        id_of(seat),
        _terms(*terms),
        date.fromordinal(start),
        None if end is None else date.fromordinal(end),
        id_of(milestone),
    )


def _span_order(span: SeatSpan) -> tuple[bool, date]:
    return span.function is not Function.TECHNOLOGY, span.start


@lru_cache(maxsize=10_000)
def _terms(
    holder: bytes,
    commitment: str,
    provider: str,
    interim: int,
    reports_to: str | None,
    technology_hours: int | None,
    ai_hours: int | None,
    fee_amount: int | None,
    fee_currency: str,
) -> SeatTerms:
    hours = (technology_hours, ai_hours)
    return SeatTerms(
        holder=id_of(holder),
        commitment=_COMMITMENTS[commitment],
        provider=_PROVIDERS[provider],
        interim=bool(interim),
        reports_to=None if reports_to is None else _REPORTS_TO[reports_to],
        hours_per_month=None
        if hours == (None, None)
        else Hours(*(None if one is None else from_hundredths(one) for one in hours)),
        monthly_fee=None if fee_amount is None else Money(from_ten_thousandths(fee_amount, fee_currency), fee_currency),
    )


def _profile_layers(profiles: Sequence[ProfileRow]) -> Iterator[AnswerLayer]:
    """What each profile change adds or changes, dated by its day; the first profile, which always held, is undated."""
    earlier: Mapping[str, Any] = {}
    for profile in profiles:
        starts_on = date.fromordinal(profile.start)
        changed = {
            name: value for name, value in profile.fields.items() if value is not None and earlier.get(name) != value
        }
        since = None if starts_on == EVER_SINCE else starts_on
        yield AnswerLayer(starts_on, answers_from_profile(changed, as_of=since) if changed else Answers())
        earlier = profile.fields
