"""Who has outgrown its structure, and who is ahead of itself: what the frameworks advise against what is held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from domain.assessment import (
    Advice,
    Answers,
    Direction,
    Drift,
    advice,
    answers_from_profile,
    drift,
    merge_answers,
    parse_answers,
)
from domain.milestones import Kind
from domain.profile import PROFILE_FIELDS
from domain.quarters import quarter_of
from domain.seats import Money, Structure
from projections.folding import among, known
from projections.milestones import MilestoneVersion, standing_of_kind
from projections.profiles import CLIENTS, EVER_SINCE, PROFILES, name_and_profile
from projections.reports.parameters import Link, ReportParameters, among_chosen
from projections.reports.scope import Contributions, links_to_rows
from projections.spans import STRUCTURE_SPANS


@dataclass(frozen=True, slots=True)
class DriftRow:
    """A client whose structure on `as_of` is not what is advised.

    `recommended` is null where the advice does not come down to one structure; `reasons` say what differs. `since` is
    the first day from which every change of the structure, the profile or the assessments left it so. `frameworks` are
    those whose vote is the advice in at least one respect; `assessment` is the newest one it rests on, if any.
    """

    client: UUID
    slug: str
    name: str
    structure: Structure
    recommended: Structure | None
    direction: Direction
    since: date
    frameworks: tuple[str, ...]
    reasons: tuple[str, ...]
    assessment: UUID | None


@dataclass(frozen=True, slots=True)
class DriftReport:
    """Clients in drift, by name."""

    parameters: ReportParameters
    rows: tuple[DriftRow, ...]

    def towards(self, direction: Direction) -> DriftReport:
        """Only those that drifted one way."""
        return replace(self, rows=tuple(row for row in self.rows if row.direction is direction))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one client over time: its profiles, its assessments, and its structures."""

    profiles: Sequence[Row[Any]]
    assessments: Sequence[MilestoneVersion]
    structures: Sequence[Row[Any]]

    def answers_on(self, day: date) -> Answers:
        """The newest known answers of a day: the profile as it was, and every assessment taken by then."""
        held = next((row for row in self.profiles if _holds(row, day)), None)
        layers = [] if held is None else [self._from_profile(held)]
        layers += [_answers_of(taken) for taken in self.assessments if taken.takes_effect_on <= day]
        return merge_answers(*layers)

    def structure_on(self, day: date) -> Structure | None:
        """The structure that held on a day."""
        return next((row.structure for row in self.structures if _holds(row, day)), None)

    def changes_until(self, day: date) -> list[date]:
        """The days by then on which anything of it changed, newest first."""
        spans = chain(self.profiles, self.structures)
        days = {row.starts_on for row in spans} | {taken.takes_effect_on for taken in self.assessments}
        return sorted((on for on in days if EVER_SINCE < on <= day), reverse=True)

    def _from_profile(self, held: Row[Any]) -> Answers:
        """Each field speaks of the day from which it has been what it is; what was always so carries no date."""
        _, profile = name_and_profile(held.content)
        told: dict[str, object] = {}
        since: dict[str, date] = {}
        for field in PROFILE_FIELDS:
            value = getattr(profile, field)
            if value is None:
                continue
            told[field] = _plain(value)
            start = self._since(field, value, held)
            if start != EVER_SINCE:
                since[field] = start
        return answers_from_profile(told, as_of=since)

    def _since(self, field: str, value: object, held: Row[Any]) -> date:
        start: date = held.starts_on
        for row in reversed([row for row in self.profiles if row.starts_on < held.starts_on]):
            if getattr(name_and_profile(row.content)[1], field) != value:
                break
            start = row.starts_on
        return start


def drift_report(connection: Connection, parameters: ReportParameters) -> DriftReport:
    """Every client with an open engagement on `as_of` whose structure is not what is advised of it then."""
    day, known_at = parameters.as_of, parameters.known_at
    structures: dict[UUID, list[Row[Any]]] = defaultdict(list)
    span = STRUCTURE_SPANS.c
    query = (
        select(STRUCTURE_SPANS)
        .where(known(STRUCTURE_SPANS, known_at), span.starts_on <= day, among_chosen(span.client_id, parameters))
        .order_by(span.client_id, span.starts_on)
    )
    for row in connection.execute(query):
        structures[row.client_id].append(row)
    engaged = {client: spans for client, spans in structures.items() if any(_holds(row, day) for row in spans)}
    facts = _facts(connection, engaged, known_at)
    found = []
    for client, known_of_it in facts.items():
        drifted = _row(client, known_of_it, parameters)
        if drifted is not None:
            found.append(drifted)
    found.sort(key=lambda row: (row.name.casefold(), row.client))
    return DriftReport(parameters, tuple(found))


def drift_by_client(connection: Connection, parameters: ReportParameters) -> Contributions:
    """What is advised of each client in drift (`null`: no one structure), by the quarter since when and the way."""
    month = parameters.first.fiscal_year_start_month
    return {
        row.client: {f"{quarter_of(row.since, month)}.{row.direction}": str(row.recommended or "null")}
        for row in drift_report(connection, parameters).rows
    }


def link_to_drift(parameters: ReportParameters, quarter: str, direction: str) -> Link:
    """The way to the clients that have drifted one way since a quarter; either of them may be `any`."""
    return links_to_rows("drift", parameters)(f"{quarter}.{direction}")


def newest_answers(connection: Connection, client: UUID, *, as_of: date, known_at: datetime | None = None) -> Answers:
    """What is known to answer the frameworks' questions about one client: its profile and its assessments by a day."""
    return _facts(connection, {client: ()}, known_at)[client].answers_on(as_of)


def _facts(
    connection: Connection, structures: Mapping[UUID, Sequence[Row[Any]]], known_at: datetime | None
) -> dict[UUID, Facts]:
    profiles: dict[UUID, list[Row[Any]]] = defaultdict(list)
    query = (
        select(PROFILES, CLIENTS.c.slug)
        .join(CLIENTS, CLIENTS.c.stream_id == PROFILES.c.stream_id)
        .where(among(PROFILES.c.stream_id, structures), known(PROFILES, known_at))
    )
    for row in connection.execute(query.order_by(PROFILES.c.stream_id, PROFILES.c.starts_on)):
        profiles[row.stream_id].append(row)
    assessments: dict[UUID, list[MilestoneVersion]] = defaultdict(list)
    for taken in standing_of_kind(connection, Kind.ASSESSMENT_TAKEN, structures, known_at=known_at):
        assessments[taken.client].append(taken)
    return {client: Facts(profiles[client], assessments[client], spans) for client, spans in structures.items()}


def _row(client: UUID, facts: Facts, parameters: ReportParameters) -> DriftRow | None:
    day = parameters.as_of
    held = facts.structure_on(day)
    advised, differs = _looked_at(facts, day)
    if held is None or differs.direction is Direction.NONE:
        return None
    since = day
    for change in facts.changes_until(day):
        if _looked_at(facts, change)[1].direction is not differs.direction:
            break
        since = change
    row = next(row for row in facts.profiles if _holds(row, day))
    name, _ = name_and_profile(row.content)
    last = [taken.id for taken in facts.assessments if taken.takes_effect_on <= day]
    return DriftRow(
        client=client,
        slug=row.slug,
        name=name,
        structure=held,
        recommended=advised.outcome.structure,
        direction=differs.direction,
        since=since,
        frameworks=advised.frameworks,
        reasons=differs.reasons,
        assessment=last[-1] if last else None,
    )


def _looked_at(facts: Facts, day: date) -> tuple[Advice, Drift]:
    advised = advice(facts.answers_on(day))
    return advised, drift(advised.outcome, facts.structure_on(day))


def _answers_of(taken: MilestoneVersion) -> Answers:
    """What was answered; answers without a date speak of the day of the assessment."""
    answers = taken.details["answers"]
    if not isinstance(answers, Mapping):
        raise TypeError(f"the assessment {taken.id} holds no answers")
    return parse_answers(answers, as_of=taken.takes_effect_on)


def _holds(row: Row[Any], day: date) -> bool:
    return bool(row.starts_on <= day and (row.ends_on is None or day < row.ends_on))


def _plain(value: object) -> object:
    return {"amount": str(value.amount), "currency": value.currency} if isinstance(value, Money) else value
