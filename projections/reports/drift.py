"""Drift: the clients whose structure has less, or more, than the frameworks advise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

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
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import Kind
from domain.profile import PROFILE_FIELDS
from domain.quarters import quarter_of
from domain.seats import Money, Structure
from domain.text import key_of_name
from domain.timeline import is_within
from projections.milestone_versions import MilestoneVersion
from projections.milestones import standing_of_kind
from projections.profiles import CLIENTS, EVER_SINCE, PROFILES, name_and_profile
from projections.read_model import id_in, known_at_instant
from projections.reports.by_client import FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached
from projections.spans import STRUCTURE_SPANS


@dataclass(frozen=True, slots=True)
class DriftRow:
    """A client whose structure on `as_of` differs from the advice.

    `recommended` is null when no single structure is advised; `reasons` explain the difference. `since` is the first
    day from which the drift lasted through every change of structure, profile and assessments. `frameworks` are those
    that agree with the advice in at least one respect; `assessment` is the newest one, null without any.
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

    question: ReportQuestion
    rows: tuple[DriftRow, ...]

    def towards(self, direction: Direction) -> DriftReport:
        """Only the clients that drifted in one direction."""
        return replace(self, rows=tuple(row for row in self.rows if row.direction is direction))


class _Profile:
    """A client's profile over `[starts_on, ends_on)`, and the day from which each field has its value."""

    __slots__ = ("_answers", "_fields", "_since", "ends_on", "name", "slug", "starts_on")

    def __init__(self, row: Any, before: _Profile | None) -> None:
        self.starts_on: date = row.starts_on
        self.ends_on: date | None = row.ends_on
        self.slug: str = row.slug
        self.name, profile = name_and_profile(row.content)
        self._fields: Mapping[str, object] = {field: getattr(profile, field) for field in PROFILE_FIELDS}
        self._since: Mapping[str, date] = {
            field: before._since[field] if before and before._fields[field] == value else row.starts_on
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


class _Structure(NamedTuple):
    """A structure over `[starts_on, ends_on)`."""

    structure: Structure
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class _Facts:
    """A client's profiles, assessments and structures over time."""

    profiles: Sequence[_Profile]
    assessments: Sequence[MilestoneVersion]
    structures: Sequence[_Structure]

    def profile_on(self, day: date) -> _Profile | None:
        """The profile on a day."""
        return next((profile for profile in self.profiles if is_within(profile.starts_on, profile.ends_on, day)), None)

    def answers_on(self, day: date) -> Answers:
        """The newest answers on a day, from the profile and all assessments by then."""
        profile = self.profile_on(day)
        layers = [] if profile is None else [profile.answers]
        layers += [_answers_in(assessment) for assessment in self.assessments if assessment.takes_effect_on <= day]
        return layers[0] if len(layers) == 1 else merge_answers(*layers)

    def structure_on(self, day: date) -> Structure | None:
        """The structure on a day."""
        return next((s.structure for s in self.structures if is_within(s.starts_on, s.ends_on, day)), None)

    def changes_until(self, day: date) -> list[date]:
        """The days up to `day` on which anything changed, newest first."""
        begun = chain((profile.starts_on for profile in self.profiles), (span.starts_on for span in self.structures))
        days = {*begun, *(assessment.takes_effect_on for assessment in self.assessments)}
        return sorted((on for on in days if EVER_SINCE < on <= day), reverse=True)


@cached
def drift_report(snapshot: Snapshot, question: ReportQuestion) -> DriftReport:
    """Every client with an open engagement on `as_of` whose structure differs from the advice on that day."""
    day, known_at = question.as_of, question.known_at
    structures: dict[UUID, list[_Structure]] = defaultdict(list)
    span = STRUCTURE_SPANS.c
    query = (
        select(span.client_id, span.structure, span.starts_on, span.ends_on)
        .where(known_at_instant(STRUCTURE_SPANS, known_at), span.starts_on <= day, question.includes(span.client_id))
        .order_by(span.client_id, span.starts_on)
    )
    for client, *of_span in snapshot.connection.execute(query):
        structures[client].append(_Structure(*of_span))
    engaged = {
        client: spans
        for client, spans in structures.items()
        if any(is_within(run.starts_on, run.ends_on, day) for run in spans)
    }
    facts = _facts(snapshot, engaged, known_at)
    rows = []
    for client, client_facts in facts.items():
        row = _row(client, client_facts, question)
        if row is not None:
            rows.append(row)
    rows.sort(key=lambda row: (key_of_name(row.name), row.client))
    return DriftReport(question, tuple(rows))


def drift_towards(snapshot: Snapshot, question: ReportQuestion, *, direction: Direction | None = None) -> DriftReport:
    """The clients in drift, in one direction or both."""
    report = drift_report(snapshot, question)
    return report if direction is None else report.towards(direction)


def drift_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The structure advised to each client in drift (`null`: no single one), by the quarter since and direction."""
    month = question.fiscal_year_start_month
    return {
        row.client: {f"{quarter_of(row.since, month)}.{row.direction}": str(row.recommended or "null")}
        for row in drift_report(snapshot, question).rows
    }


def link_to_drift(question: ReportQuestion, quarter: str, direction: str) -> Link:
    """The link to the clients in drift in a direction since a quarter; both may be `any`."""
    return question.link_to_row("drift")(f"{quarter}.{direction}")


def newest_answers(snapshot: Snapshot, client: UUID, *, as_of: date, known_at: datetime | None = None) -> Answers:
    """A client's newest answers to the frameworks' questions by a day, from its profile and assessments."""
    return _facts(snapshot, {client: ()}, known_at)[client].answers_on(as_of)


def _facts(
    snapshot: Snapshot, structures: Mapping[UUID, Sequence[_Structure]], known_at: datetime | None
) -> dict[UUID, _Facts]:
    profiles: dict[UUID, list[_Profile]] = defaultdict(list)
    profile = PROFILES.c
    query = (
        select(profile.stream_id, profile.starts_on, profile.ends_on, profile.content, CLIENTS.c.slug)
        .join_from(PROFILES, CLIENTS, CLIENTS.c.stream_id == profile.stream_id)
        .where(id_in(profile.stream_id, structures), known_at_instant(PROFILES, known_at))
    )
    for row in snapshot.connection.execute(query.order_by(profile.stream_id, profile.starts_on)):
        earlier = profiles[row.stream_id]
        earlier.append(_Profile(row, earlier[-1] if earlier else None))
    assessments: dict[UUID, list[MilestoneVersion]] = defaultdict(list)
    for assessment in standing_of_kind(snapshot, Kind.ASSESSMENT_TAKEN, structures, known_at=known_at):
        assessments[assessment.client].append(assessment)
    return {client: _Facts(profiles[client], assessments[client], spans) for client, spans in structures.items()}


def _row(client: UUID, facts: _Facts, question: ReportQuestion) -> DriftRow | None:
    day = question.as_of
    structure = facts.structure_on(day)
    advised, differs = _advice_and_drift(facts, day)
    if structure is None or differs.direction is Direction.NONE:
        return None
    since = day
    for change in facts.changes_until(day):
        if _advice_and_drift(facts, change)[1].direction is not differs.direction:
            break
        since = change
    profile = facts.profile_on(day)
    if profile is None:
        raise LookupError(f"client {client} has no profile on {day}")
    last = [assessment.id for assessment in facts.assessments if assessment.takes_effect_on <= day]
    return DriftRow(
        client=client,
        slug=profile.slug,
        name=profile.name,
        structure=structure,
        recommended=advised.outcome.structure,
        direction=differs.direction,
        since=since,
        frameworks=advised.frameworks,
        reasons=differs.reasons,
        assessment=last[-1] if last else None,
    )


def _advice_and_drift(facts: _Facts, day: date) -> tuple[Advice, Drift]:
    advised = advice(facts.answers_on(day))
    return advised, drift(advised.outcome, facts.structure_on(day))


def _answers_in(assessment: MilestoneVersion) -> Answers:
    """The answers of an assessment; undated ones get the day of the assessment."""
    details = assessment.details_as(AssessmentTaken)
    if details is None:
        raise LookupError(f"the milestone {assessment.id} is not an assessment")
    return parse_answers(details.answers, as_of=assessment.takes_effect_on)


def _plain(value: object) -> object:
    return {"amount": str(value.amount), "currency": value.currency} if isinstance(value, Money) else value


def _drift_row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.outgrown`: the quarter since which, and the direction. The report is not bounded by quarters."""
    quarter = quarter_of(question.as_of, question.fiscal_year_start_month)
    return RowQuery(replace(question, first=quarter, last=quarter), drift_by_client)


def _table(answer: DriftReport, names: Names) -> Table:
    columns = ("client", "slug", "structure", "recommended", "direction", "since", "frameworks", "reasons")
    rows = (
        (
            *(row.name, row.slug, row.structure, row.recommended, row.direction, row.since),
            *("; ".join(row.frameworks), "; ".join(row.reasons)),
        )
        for row in answer.rows
    )
    return Table(columns, rows)


REPORT = Report("drift", drift_towards, drift_by_client, _table, _drift_row, has_wildcards=True)
