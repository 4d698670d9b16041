"""Time to an event: until a unified role is split, or until a seat is full-time.

An engagement is observed from its first relevant day to the event, its close or `as_of`, whichever is first. An event
on `as_of` has happened; a later one is planned and has not. Days are calendar days, including paused ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Select, and_, case, func, select, type_coerce

from domain.client import is_uuid
from domain.seats import Structure
from projections.columnar.columnar_view import ColumnarView
from projections.columnar.counts import ObservedEngagements, concatenated, observed_engagements
from projections.engagements import ENGAGEMENTS
from projections.read_model import known_at_instant
from projections.reports.by_client import FiguresByClient
from projections.reports.groups import Field, labels_of, names_of_groups
from projections.reports.proration import day_number
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot
from projections.spans import STRUCTURE_SPANS
from projections.survival import Lifetime, Survival, survival_of

EVERYBODY = "all"
"""The name of the only group when engagements are not grouped."""

UNIFIED = (Structure.UNIFIED_FRACTIONAL, Structure.UNIFIED_FULL_TIME)
PAIRS = (
    Structure.FRACTIONAL_PAIR,
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
    Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
    Structure.FULL_TIME_PAIR,
)
ARRANGED = tuple(structure for structure in Structure if structure is not Structure.NONE)
WITH_FULL_TIME = (
    Structure.CTO_ONLY_FULL_TIME,
    Structure.CAIO_ONLY_FULL_TIME,
    Structure.UNIFIED_FULL_TIME,
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
    Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
    Structure.FULL_TIME_PAIR,
)


class TimeToEvent(StrEnum):
    """The event: a unified role is split, or any seat is full-time."""

    SPLIT = "split"
    FULL_TIME = "full_time"


@dataclass(frozen=True, slots=True)
class TimeToGroup:
    """The number of engagements in a group, and of their clients."""

    group: str
    engagements: int
    clients: int
    link: Link


@dataclass(frozen=True, slots=True)
class TimeTo:
    """The groups, and their curves, medians and test (`survival`) in the same order."""

    question: ReportQuestion
    event: TimeToEvent
    by: Field | None
    first_arrangement: Structure | None
    groups: tuple[TimeToGroup, ...]
    survival: Survival


class _Subject(NamedTuple):
    """One engagement, its observed lifetime, and the label of its group (null: unknown)."""

    client: bytes
    lifetime: Lifetime
    label: str | None


class _Tally(NamedTuple):
    """The number of clients of a group, and the count of each lifetime."""

    clients: int
    lifetimes: Counter[tuple[int, bool]]


def time_to(
    snapshot: Snapshot,
    question: ReportQuestion,
    event: TimeToEvent,
    *,
    by: Field | None = None,
    first_arrangement: Structure | None = None,
) -> TimeTo:
    """The survival analysis of engagements until the event, by group.

    The quarters select engagements by the date of their first arrangement, `first_arrangement` by its structure.
    `split` counts from the first day of a unified role to the first later day with the functions in different seats;
    engagements that were never unified are left out. `full_time` counts from the first arrangement to the first day
    with a full-time seat, which may be the same day.
    """
    columns = snapshot.columns
    if columns is None:
        subjects_by_group = _groups(snapshot, question, event, by, first_arrangement)
        groups = {name: _tally(subjects) for name, subjects in subjects_by_group.items()}
    else:
        groups = _tallies(snapshot, columns, question, event, by, first_arrangement)
    return TimeTo(
        question,
        event,
        by,
        first_arrangement,
        tuple(
            TimeToGroup(
                group=name,
                engagements=tally.lifetimes.total(),
                clients=tally.clients,
                link=question.link_to_row("time-to", with_quarters=True)(_name(event, by, first_arrangement, name)),
            )
            for name, tally in groups.items()
        ),
        survival_of({name: tally.lifetimes for name, tally in groups.items()}),
    )


def times_by_client(
    snapshot: Snapshot,
    question: ReportQuestion,
    event: TimeToEvent,
    *,
    by: Field | None = None,
    first_arrangement: Structure | None = None,
) -> FiguresByClient:
    """The observed days of each client's engagements, by group: `312`, or `312+` when the event has not happened."""
    figures: dict[UUID, dict[str, str]] = defaultdict(dict)
    for group, subjects in _groups(snapshot, question, event, by, first_arrangement).items():
        name = _name(event, by, first_arrangement, group)
        for subject in sorted(subjects):
            rows = figures[UUID(bytes=subject.client)]
            days = f"{subject.lifetime.days}{'' if subject.lifetime.happened else '+'}"
            rows[name] = f"{rows[name]}, {days}" if name in rows else days
    return figures


def _name(event: TimeToEvent, by: Field | None, first_arrangement: Structure | None, group: str) -> str:
    return f"{event}.{by or ''}.{first_arrangement or ''}.{group}"


def _groups(
    snapshot: Snapshot,
    question: ReportQuestion,
    event: TimeToEvent,
    by: Field | None,
    first_arrangement: Structure | None,
) -> dict[str, list[_Subject]]:
    """The subjects by name of their group, in the order of the groups."""
    subjects = _subjects(snapshot, question, event, by, first_arrangement)
    if by is None:
        return {EVERYBODY: subjects} if subjects else {}
    names = names_of_groups(by, (subject.label for subject in subjects))
    groups: dict[str, list[_Subject]] = {name: [] for name in names.values()}
    for subject in subjects:
        groups[names[subject.label]].append(subject)
    return groups


def _tally(subjects: Sequence[_Subject]) -> _Tally:
    return _Tally(
        len({subject.client for subject in subjects}), Counter((s.lifetime.days, s.lifetime.happened) for s in subjects)
    )


def _tallies(
    snapshot: Snapshot,
    columns: ColumnarView,
    question: ReportQuestion,
    event: TimeToEvent,
    by: Field | None,
    first_arrangement: Structure | None,
) -> dict[str, _Tally]:
    """The tallies of the groups, from the columnar cache."""
    subjects = observed_engagements(
        columns,
        question,
        starting=UNIFIED if event is TimeToEvent.SPLIT else ARRANGED,
        awaited=PAIRS if event is TimeToEvent.SPLIT else WITH_FULL_TIME,
        later=event is TimeToEvent.SPLIT,
        first_arrangement=first_arrangement,
    )
    if by is None:
        return {EVERYBODY: _Tally(*subjects.tally())} if len(subjects.stream) else {}
    key = (by, question.as_of, question.known_at, question.filters, question.visible)
    if by is Field.PRACTICE_LEAD:
        leads = columns.labels_of_streams(key, lambda: _leads(snapshot, question))
        by_label = subjects.by_label(subjects.stream, leads)
    else:
        labels = columns.labels_of_clients(key, lambda: labels_of(snapshot, by, question))
        by_label = subjects.by_label(subjects.client, labels)
    names = names_of_groups(by, Counter({label: len(some.stream) for label, some in by_label.items()}))
    groups: dict[str, list[ObservedEngagements]] = {name: [] for name in names.values()}
    for label, some in by_label.items():
        groups[names[label]].append(some)
    return {name: _Tally(*concatenated(some).tally()) for name, some in groups.items()}


def _leads(snapshot: Snapshot, question: ReportQuestion) -> dict[bytes, str]:
    """The practice lead's id of each engagement that has one."""
    table = ENGAGEMENTS.c
    # stored ids: converting many of them would be slow
    stream_id, lead_id = type_coerce(table.stream_id, LargeBinary), type_coerce(table.practice_lead_id, LargeBinary)
    query = select(stream_id, lead_id).where(
        known_at_instant(ENGAGEMENTS, question.known_at), table.practice_lead_id.is_not(None)
    )
    return {bytes(stream): str(UUID(bytes=bytes(lead))) for stream, lead in snapshot.connection.execute(query)}


def _subjects(
    snapshot: Snapshot,
    question: ReportQuestion,
    event: TimeToEvent,
    by: Field | None,
    first_arrangement: Structure | None,
) -> list[_Subject]:
    labels = labels_of(snapshot, by, question) if by not in (None, Field.PRACTICE_LEAD) else {}
    as_of = question.as_of.toordinal()
    subjects = []
    for client_id, lead_id, start, happened, left in snapshot.connection.execute(
        _watched(question, event, first_arrangement)
    ):
        client = bytes(client_id)
        if happened is None:
            lifetime = Lifetime(min(as_of, as_of if left is None else left) - start, False)
        else:
            lifetime = Lifetime(happened - start, True)
        lead = None if lead_id is None or by is not Field.PRACTICE_LEAD else str(UUID(bytes=bytes(lead_id)))
        subjects.append(_Subject(client, lifetime, labels.get(client, lead)))
    return subjects


def _watched(question: ReportQuestion, event: TimeToEvent, first_arrangement: Structure | None) -> Select[Any]:
    """Client, practice lead, first relevant day, day of the event and day of the close of each engagement."""
    firsts = _firsts(question).subquery()
    arranged_on, unified_on = firsts.c.arranged_on, firsts.c.unified_on
    later = STRUCTURE_SPANS.alias()
    split_on = (
        select(func.min(day_number(later.c.starts_on)))
        .where(
            later.c.stream_id == firsts.c.stream_id,
            known_at_instant(later, question.known_at),
            later.c.structure.in_(PAIRS),
            day_number(later.c.starts_on) > unified_on,
            later.c.starts_on <= question.as_of,
        )
        .scalar_subquery()
    )
    start, happened = (unified_on, split_on) if event is TimeToEvent.SPLIT else (arranged_on, firsts.c.full_time_on)
    query = (
        select(
            type_coerce(firsts.c.client_id, LargeBinary),
            type_coerce(ENGAGEMENTS.c.practice_lead_id, LargeBinary),
            start,
            happened,
            firsts.c.left_on,
        )
        .join(ENGAGEMENTS, ENGAGEMENTS.c.stream_id == firsts.c.stream_id)
        .where(known_at_instant(ENGAGEMENTS, question.known_at), start.is_not(None))
    )
    if question.first is not None:
        query = query.where(arranged_on >= question.first.start.toordinal())
    if question.last is not None:
        query = query.where(arranged_on <= question.last.end.toordinal())
    if first_arrangement is not None:
        first = STRUCTURE_SPANS.alias()
        query = query.join(
            first,
            and_(
                first.c.stream_id == firsts.c.stream_id,
                known_at_instant(first, question.known_at),
                day_number(first.c.starts_on) == arranged_on,
                first.c.structure == first_arrangement,
            ),
        )
    return query


def _firsts(question: ReportQuestion) -> Select[Any]:
    """The first days up to `as_of` that each engagement's events are counted from and to, and its last day."""
    table = STRUCTURE_SPANS.c
    starts_on, ends_on = day_number(table.starts_on), day_number(table.ends_on)

    def first(condition: ColumnElement[bool]) -> ColumnElement[int | None]:
        return func.min(case((condition, starts_on)))

    return (
        select(
            table.stream_id,
            table.client_id,
            first(table.structure != Structure.NONE).label("arranged_on"),
            first(table.structure.in_(UNIFIED)).label("unified_on"),
            first(table.structure.in_(WITH_FULL_TIME)).label("full_time_on"),
            # an engagement is open when its last span is
            case((func.count() == func.count(ends_on), func.max(ends_on))).label("left_on"),
        )
        .where(
            known_at_instant(STRUCTURE_SPANS, question.known_at),
            question.includes(table.client_id),
            table.starts_on <= question.as_of,
        )
        .group_by(table.stream_id, table.client_id)
    )


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """`split.sector.unified_fractional.fintech`: the event, the grouping field, the first arrangement and the group."""
    event, by, first, _ = name.split(".", maxsplit=3)
    figures = partial(
        times_by_client,
        event=TimeToEvent(event),
        by=Field(by) if by else None,
        first_arrangement=Structure(first) if first else None,
    )
    return RowQuery(question, figures)


def _table(answer: TimeTo, names: Names) -> Table:
    """One row per step of a curve, with its group's median."""
    medians = {median.group: median for median in answer.survival.medians}
    columns = ("group", "days", "at_risk", "events", "censored", "survival", "lower", "upper")
    of_group = ("median_days", "median_lower", "median_upper", "small")
    rows = (
        (
            *(_group_name(answer, step.group, names), *(getattr(step, column) for column in columns[1:])),
            *((median := medians[step.group]).days, median.lower, median.upper, median.small),
        )
        for step in answer.survival.steps
    )
    return Table((*columns, *of_group), rows)


def _group_name(answer: TimeTo, group: str, names: Names) -> str:
    """A group's name; for a practice lead, the person's name if it is known."""
    if answer.by is not Field.PRACTICE_LEAD or not is_uuid(group):
        return group
    return names.get(UUID(group), group)


_SPLITS = partial(times_by_client, event=TimeToEvent.SPLIT)
REPORT = Report(
    "time-to",
    time_to,
    _SPLITS,
    _table,
    _row,
    is_bounded=False,
    comparisons={"time-to-split": _SPLITS, "time-to-full-time": partial(times_by_client, event=TimeToEvent.FULL_TIME)},
)
