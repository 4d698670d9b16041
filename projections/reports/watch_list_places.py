"""The watch list in columns: which parts of runs a question is about, in which order, and how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

import numpy as np
from sqlalchemy import select

from domain.signs.detector import Severity
from domain.signs.runs import Detected
from projections.client_names import client_names
from projections.client_rows import stored_rows
from projections.columnar.array_column import Array
from projections.dated_rows import ID, DatedRows
from projections.engagements import ENGAGEMENTS
from projections.judgements import judged_of
from projections.read_model import known_at_instant
from projections.reports.paging import PlacedRows
from projections.reports.question import ReportQuestion
from projections.sign_runs import DETECTED, SEVERITIES, ShownSign, shown_parts, signs_judgement
from projections.snapshot import Snapshot, cached

NO_LEAD: Final = "~"
"""The key of a group without a lead, which comes last."""

RowPlace: TypeAlias = tuple[str, int, date, UUID, str, str, str]
"""The position of a row: the key of its group, severity, since, client, sign, subject, and what detected it."""


class Grouping(StrEnum):
    """How the rows are ordered; within a group the most severe come first, and of those the longest."""

    SEVERITY = "severity"
    CLIENT = "client"
    LEAD = "lead"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class SignSelection:
    """Which signs are shown; null fields do not restrict."""

    sign: str | None
    severity: Severity | None
    detected: Detected | None

    def includes(self, shown: ShownSign) -> bool:
        """Whether a sign is shown."""
        return (
            self.sign in (None, shown.sign)
            and self.severity in (None, shown.severity)
            and self.detected in (None, shown.detected)
        )

    def places_in(self, rows: DatedRows, places: Array) -> Array:
        """Of some places of rows, those of the signs that are shown."""
        for column, numbers, word in (
            ("sign", rows.words.names, self.sign),
            ("severity", SEVERITIES, self.severity),
            ("detected", DETECTED, self.detected),
        ):
            if word is not None:
                number = numbers.index(word) if word in numbers else -1
                places = places[rows[column][places] == number]
        return places


@cached
def placed_signs(
    snapshot: Snapshot, question: ReportQuestion, selection: SignSelection, grouping: Grouping
) -> PlacedRows:
    """The signs that a question is about, in the order of a grouping."""
    rows, places = shown_in_columns(snapshot, question)
    places = selection.places_in(rows, places)
    keys, numbers = _keys(snapshot, question, rows, places, grouping)
    # the order is stable: the rows of a client are in the order of sign, subject and detected
    order = np.lexsort((rows["client"][places], rows["since"][places], rows["severity"][places], numbers))
    numbers = numbers[order]

    def prefix(placed: PlacedRows, number: int) -> tuple[str, int, date, UUID]:
        row = placed.places[number]
        since = date.fromordinal(int(rows["since"][row]))
        return keys[numbers[number]], int(rows["severity"][row]), since, placed.client_at(number)

    return PlacedRows(rows, places[order], prefix)


def shown_in_columns(snapshot: Snapshot, question: ReportQuestion) -> tuple[DatedRows, Array]:
    """The rows of all signs, and the places of those that the question is about."""
    judgement = signs_judgement(question.thresholds, question.known_at)
    rows, is_chosen = judged_of(snapshot, judgement, question)
    is_bounded = question.first is not None or question.last is not None
    places, last = shown_parts(rows, question.as_of.toordinal(), with_ended=is_bounded)
    is_within = is_chosen[rows["client"][places]]
    if question.first is not None:
        is_within &= last >= question.first.start.toordinal()
    if question.last is not None:
        is_within &= rows["since"][places] <= question.last.end.toordinal()
    return rows, places[is_within]


def numbers_of_leads(snapshot: Snapshot, question: ReportQuestion, engagements: Array) -> tuple[list[str], Array]:
    """The keys of practice leads in order, and the place in them of the lead of each engagement."""
    query = select(ENGAGEMENTS.c.stream_id, ENGAGEMENTS.c.practice_lead_id).where(
        known_at_instant(ENGAGEMENTS, question.known_at)
    )
    leads = {
        stream: NO_LEAD if lead is None else str(UUID(bytes=lead)) for stream, lead in stored_rows(snapshot, query)
    }
    keys = sorted({*leads.values(), NO_LEAD})
    numbers = {key: number for number, key in enumerate(keys)}
    ids = np.array(sorted(leads), ID)
    of_engagement = np.array([numbers[leads[stream]] for stream in sorted(leads)], np.int32)
    if not len(ids):
        return keys, np.full(len(engagements), numbers[NO_LEAD], np.int32)
    places = np.minimum(np.searchsorted(ids, engagements), len(ids) - 1)
    return keys, np.where(ids[places] == engagements, of_engagement[places], numbers[NO_LEAD])


def _keys(
    snapshot: Snapshot, question: ReportQuestion, rows: DatedRows, places: Array, grouping: Grouping
) -> tuple[Sequence[str], Array]:
    """The keys of all groups in order, and the place in them of the key of each row."""
    match grouping:
        case Grouping.SEVERITY:
            return ("",), np.zeros(len(places), np.int32)
        case Grouping.CLIENT:
            names, of_client = client_names(snapshot, question.as_of, question.known_at).keys(rows.ids)
            return names, of_client[rows["client"][places]]
        case Grouping.LEAD:
            return numbers_of_leads(snapshot, question, rows["engagement"][places])
        case Grouping.SIGN:
            words, ranks = rows.words.in_order()
            return words, ranks[rows["sign"][places]]
