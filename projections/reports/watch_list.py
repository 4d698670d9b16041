"""The watch list: warning signs that hold on a day, or held within some quarters, detected and observed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache, partial
from uuid import UUID

import numpy as np
from sqlalchemy import select

from domain.areas import sign_title
from domain.quarters import Quarter, parse_quarter, quarter_of
from domain.signs.detector import Severity
from domain.signs.runs import Detected
from projections.dated_rows import counted
from projections.engagements import ENGAGEMENTS
from projections.profiles import CLIENTS, PROFILES, name_and_profile
from projections.read_model import id_in, known_at_instant, span_contains
from projections.reports.by_client import ANY, FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.reports.watch_list_places import (
    NO_LEAD,
    Grouping,
    RowPlace,
    SignSelection,
    placed_signs,
    shown_in_columns,
)
from projections.sign_runs import DETECTED, SEVERITIES, ShownSign, runs_by_client, shown_signs
from projections.snapshot import Snapshot, cached


class JudgedBy(StrEnum):
    """The thresholds by which days are judged: those in force on each day, or on all days those of `as_of`."""

    EACH_DAY = "each_day"
    TODAY = "today"


@dataclass(frozen=True, slots=True)
class WatchListRow:
    """A sign at a client; `name` and `slug` are the client's, `lead` leads the practice in the engagement."""

    shown: ShownSign
    name: str
    slug: str
    lead: UUID | None


@dataclass(frozen=True, slots=True)
class SignCount:
    """The runs of one sign of one severity, by what detected them; `clients` counts each client once."""

    sign: str
    severity: Severity
    detected: Detected
    clients: int
    runs: int
    link: Link


@dataclass(frozen=True, slots=True)
class BeganCount:
    """The runs of one severity that began in one quarter; `clients` counts each client once."""

    quarter: Quarter
    severity: Severity
    clients: int
    runs: int
    link: Link


@dataclass(frozen=True, slots=True)
class WatchList:
    """One page of the signs, and the counts of all of them; `next` is the position after which more follow."""

    question: ReportQuestion
    counts: tuple[SignCount, ...]
    began: tuple[BeganCount, ...]
    clients: int
    runs: int
    rows: tuple[WatchListRow, ...]
    next: RowPlace | None


@dataclass(frozen=True, slots=True)
class _Counts:
    """What is counted of all pages."""

    by_sign: tuple[SignCount, ...]
    began: tuple[BeganCount, ...]
    clients: int


def watch_list(
    snapshot: Snapshot,
    question: ReportQuestion,
    *,
    sign: str | None = None,
    severity: Severity | None = None,
    detected: Detected | None = None,
    thresholds: JudgedBy = JudgedBy.EACH_DAY,
    by: Grouping = Grouping.SEVERITY,
    limit: int | None = None,
    after: RowPlace | None = None,
) -> WatchList:
    """The signs that hold on `as_of`; with quarters, every run by then that overlaps them.

    `limit` null gives all rows.
    """
    if thresholds is JudgedBy.TODAY:
        question = judged_as_of_one_day(question)
    selection = SignSelection(sign, severity, detected)
    placed = placed_signs(snapshot, question, selection, by)
    counts = _counts(snapshot, question, selection, by)
    page, last = _page(snapshot, question, selection, by, limit, after)
    return WatchList(question, counts.by_sign, counts.began, counts.clients, len(placed), page, last)


def judged_as_of_one_day(question: ReportQuestion) -> ReportQuestion:
    """The question with all days judged by the thresholds in force on `as_of`, as if they had always been."""
    return replace(question, thresholds=replace(question.thresholds, throughout=question.as_of))


def signs_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """Since when each client has each sign, by the quarter of that day, sign, severity and what detected it."""
    rows, places = shown_in_columns(snapshot, question)
    columns = [rows[column][places].tolist() for column in ("client", "since", "sign", "severity", "detected")]
    figures: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    quarter_of_day = lru_cache(maxsize=10_000)(partial(_quarter, question))
    for client, since, sign, severity, detected in zip(*columns, strict=True):
        day = date.fromordinal(since)
        name = (quarter_of_day(day).label, _part(rows.words.names[sign]), SEVERITIES[severity], DETECTED[detected])
        figures[client][".".join((*name, *_end(question)))].append(day.isoformat())
    ids = rows.client_ids(np.array(list(figures), np.int64))
    return {
        client: {name: ", ".join(sorted(days)) for name, days in names.items()}
        for client, names in zip(ids, figures.values(), strict=True)
    }


@cached
def _page(
    snapshot: Snapshot,
    question: ReportQuestion,
    selection: SignSelection,
    grouping: Grouping,
    limit: int | None,
    after: RowPlace | None,
) -> tuple[tuple[WatchListRow, ...], RowPlace | None]:
    """The rows of a page, and the position after which more follow."""
    placed = placed_signs(snapshot, question, selection, grouping)

    def rows_of(clients: frozenset[UUID]) -> Sequence[tuple[RowPlace, ShownSign]]:
        return _placed(snapshot, replace(question, visible=clients), selection, grouping)

    page, last = placed.page(rows_of, lambda row: row[0], after, limit)
    return _rows(snapshot, [shown for _, shown in page], question), last


def _placed(
    snapshot: Snapshot, question: ReportQuestion, selection: SignSelection, grouping: Grouping
) -> Sequence[tuple[RowPlace, ShownSign]]:
    """The signs of the visible clients in the order of a grouping, each with its position."""
    clients = question.visible or frozenset()
    signs = [shown for shown in _shown(snapshot, question, clients) if selection.includes(shown)]
    keys: Mapping[UUID, str] = {}
    match grouping:
        case Grouping.CLIENT:
            keys = _name_keys(snapshot, clients, question)
        case Grouping.LEAD:
            leads = _leads(snapshot, {shown.engagement for shown in signs}, question)
            keys = {engagement: str(lead) for engagement, lead in leads.items() if lead is not None}
    rows = [(_place(shown, grouping, keys), shown) for shown in signs]
    rows.sort(key=lambda row: row[0])
    return rows


def _shown(snapshot: Snapshot, question: ReportQuestion, clients: Collection[UUID]) -> Iterator[ShownSign]:
    """The signs of some clients that the question is about, with everything that they name."""
    runs = runs_by_client(snapshot, clients, known_at=question.known_at, thresholds=question.thresholds)
    is_bounded = question.first is not None or question.last is not None
    for client, of_client in runs.items():
        for shown in shown_signs(client, of_client, question.as_of, with_ended=is_bounded):
            if not is_bounded or _is_within(shown, question):
                yield shown


def _is_within(shown: ShownSign, question: ReportQuestion) -> bool:
    """Whether the run, by `as_of`, overlaps the quarters of the question."""
    began = question.last is None or shown.since <= question.last.end
    return began and (question.first is None or shown.day >= question.first.start.toordinal())


def _place(shown: ShownSign, grouping: Grouping, keys: Mapping[UUID, str]) -> RowPlace:
    match grouping:
        case Grouping.SEVERITY:
            key = ""
        case Grouping.CLIENT:
            key = keys[shown.client]
        case Grouping.LEAD:
            key = keys.get(shown.engagement, NO_LEAD)
        case Grouping.SIGN:
            key = shown.sign
    return (
        *(key, shown.severity.order, shown.since, shown.client, shown.sign),
        *(shown.subject or "", shown.detected.value),
    )


def _name_keys(snapshot: Snapshot, clients: Collection[UUID], question: ReportQuestion) -> Mapping[UUID, str]:
    query = select(PROFILES.c.stream_id, PROFILES.c.sort_name).where(
        id_in(PROFILES.c.stream_id, clients),
        known_at_instant(PROFILES, question.known_at),
        span_contains(PROFILES, question.as_of),
    )
    return dict(snapshot.connection.execute(query).all())


def _leads(snapshot: Snapshot, engagements: Collection[UUID], question: ReportQuestion) -> Mapping[UUID, UUID | None]:
    query = select(ENGAGEMENTS.c.stream_id, ENGAGEMENTS.c.practice_lead_id).where(
        id_in(ENGAGEMENTS.c.stream_id, engagements), known_at_instant(ENGAGEMENTS, question.known_at)
    )
    return dict(snapshot.connection.execute(query).all())


def _rows(snapshot: Snapshot, signs: Sequence[ShownSign], question: ReportQuestion) -> tuple[WatchListRow, ...]:
    clients = {shown.client for shown in signs}
    query = (
        select(PROFILES.c.stream_id, PROFILES.c.content, CLIENTS.c.slug)
        .join_from(PROFILES, CLIENTS, CLIENTS.c.stream_id == PROFILES.c.stream_id)
        .where(
            id_in(PROFILES.c.stream_id, clients),
            known_at_instant(PROFILES, question.known_at),
            span_contains(PROFILES, question.as_of),
            known_at_instant(CLIENTS, question.known_at),
        )
    )
    named = {
        client: (name_and_profile(content)[0], slug) for client, content, slug in snapshot.connection.execute(query)
    }
    leads = _leads(snapshot, {shown.engagement for shown in signs}, question)
    return tuple(WatchListRow(shown, *named[shown.client], leads.get(shown.engagement)) for shown in signs)


@cached
def _counts(snapshot: Snapshot, question: ReportQuestion, selection: SignSelection, grouping: Grouping) -> _Counts:
    placed = placed_signs(snapshot, question, selection, grouping)
    client, severity, detected = (placed.values(column) for column in ("client", "severity", "detected"))
    signs, ranks = placed.rows.words.in_order()
    sign = ranks[placed.values("sign")]
    days, of_day = np.unique(placed.values("since"), return_inverse=True)
    quarters = [_quarter(question, date.fromordinal(day)) for day in days.tolist()]
    labels = sorted(set(quarters))
    quarter = np.array([labels.index(one) for one in quarters], np.int32)[of_day]
    by_sign = dict(counted(severity, sign, detected, once=client))
    by_quarter = dict(counted(quarter, severity, once=client))
    return _Counts(
        tuple(
            SignCount(
                sign=signs[a_sign],
                severity=SEVERITIES[order],
                detected=DETECTED[by],
                clients=by_sign[order, a_sign, by],
                runs=runs,
                link=link_to_signs(question, sign=signs[a_sign], severity=SEVERITIES[order], detected=DETECTED[by]),
            )
            for (order, a_sign, by), runs in counted(severity, sign, detected)
        ),
        tuple(
            BeganCount(
                labels[began],
                SEVERITIES[order],
                by_quarter[began, order],
                runs,
                link_to_signs(
                    question,
                    quarter=labels[began],
                    sign=selection.sign,
                    severity=SEVERITIES[order],
                    detected=selection.detected,
                ),
            )
            for (began, order), runs in counted(quarter, severity)
        ),
        len(np.unique(client)),
    )


def link_to_signs(
    question: ReportQuestion,
    *,
    quarter: Quarter | None = None,
    sign: str | None = None,
    severity: Severity | None = None,
    detected: Detected | None = None,
) -> Link:
    """The link to the clients with a sign; null parts stand for any."""
    parts = (quarter, sign and _part(sign), severity, detected)
    name = ".".join((*(str(part or ANY) for part in parts), *_end(question)))
    return question.link_to_row("watch-list", with_quarters=True)(name)


def _part(sign: str) -> str:
    """A sign as part of a row's name, whose parts are separated by dots."""
    return sign.replace(".", "%2E")


def _quarter(question: ReportQuestion, day: date) -> Quarter:
    return quarter_of(day, question.fiscal_year_start_month)


def _end(question: ReportQuestion) -> tuple[str, ...]:
    return () if question.thresholds.throughout is None else (JudgedBy.TODAY,)


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.A07.high.rule`: the quarter in which it began, the sign, its severity, and what detected it.

    A fifth part, `today`: all days are judged by the thresholds of `as_of`.
    """
    quarter, sign, severity, detected, *end = name.split(".")
    if not sign or end not in ([], [JudgedBy.TODAY]):
        raise ValueError(f"{name} is no row of the watch list")
    if quarter != ANY:
        parse_quarter(quarter, question.fiscal_year_start_month)
    for part, values in ((severity, Severity), (detected, Detected)):
        if part != ANY:
            values(part)
    return RowQuery(judged_as_of_one_day(question) if end else question, signs_by_client)


def _table(answer: WatchList, names: Names) -> Table:
    columns = (
        *("client", "slug", "sign", "title", "since", "until", "severity", "detected", "detail", "lead"),
        *("evidence", "thresholds"),
    )
    return Table(columns, map(partial(_cells, names), answer.rows))


def _cells(names: Names, row: WatchListRow) -> tuple[str | date | None, ...]:
    shown = row.shown
    return (
        *(row.name, row.slug, shown.sign, sign_title(shown.sign), shown.since, shown.until),
        *(shown.severity.value, shown.detected.value, shown.detail),
        None if row.lead is None else names.get(row.lead),
        "; ".join(map(str, shown.evidence)) or None,
        "; ".join(f"{name}: {value}" for name, value in shown.thresholds.items()) or None,
    )


def people_in(answer: WatchList) -> frozenset[UUID]:
    """The practice leads of the rows."""
    return frozenset(row.lead for row in answer.rows if row.lead is not None)


REPORT = Report("watch-list", watch_list, signs_by_client, _table, _row, is_bounded=False, has_wildcards=True)
"""The watch list: what goes wrong at which client, how badly, and since when."""
