"""The counts of the reports, computed from the columnar cache; equal to those of the reports' SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, LargeBinary, select, type_coerce

from domain.seats import Structure
from projections.client_filter import EVERY_CLIENT
from projections.columnar.append_only_table import ALWAYS
from projections.columnar.array_column import Array
from projections.columnar.columnar_view import ColumnarView, Labels
from projections.profiles import PROFILES
from projections.reports.question import ReportQuestion

_STRUCTURES: Final = tuple(Structure)
_COUNT: Final = len(_STRUCTURES)
_SIDES: Final = _COUNT + 1
"""The number of values on one side of a transition: the structures, and null."""


def _selected_mask(columns: ColumnarView, question: ReportQuestion) -> Array | None:
    """A mask of the selected and visible clients, by number; null when that is every client."""
    if question.filters == EVERY_CLIENT and question.visible is None:
        return None
    of_clients = (question.filters, question.as_of, question.known_at, question.visible)
    return columns.mask_of_clients(of_clients, lambda connection: _selected_ids(connection, question))


def _selected_ids(connection: Connection, question: ReportQuestion) -> Iterable[bytes]:
    if question.filters == EVERY_CLIENT:
        return [client.bytes for client in question.visible or ()]
    # stored ids: converting many of them would be slow
    stored = type_coerce(PROFILES.c.stream_id, LargeBinary)
    query = select(stored).where(question.includes(PROFILES.c.stream_id))
    return [bytes(client) for client in connection.execute(query).scalars()]


def count_structures(
    columns: ColumnarView, question: ReportQuestion, days: Sequence[date]
) -> Counter[tuple[int, Structure]]:
    """The number of clients by structure on each of some ascending days, by the index of the day."""
    spans = columns.structures(question.known_at)
    chosen = _selected_mask(columns, question)
    word, starts, ends = (spans[name] for name in ("structure", "starts_on", "ends_on"))
    if chosen is not None:
        among = chosen[spans["client"]]
        word, starts, ends = word[among], starts[among], ends[among]
    width = len(days) + 1
    # a span contains the days from the first one not before its start to the last one before its end
    begun = _tally(word * np.int64(width) + _bounds_before(starts, days), _COUNT * width)
    ended = _tally(word * np.int64(width) + _bounds_before(ends, days), _COUNT * width)
    counts = (begun - ended).reshape(_COUNT, width).cumsum(axis=1)
    return Counter(
        {
            (int(day), _STRUCTURES[code]): int(counts[code, day])
            for code, day in zip(*np.nonzero(counts[:, :-1]), strict=True)
        }
    )


def count_transitions(
    columns: ColumnarView, question: ReportQuestion, ends: Sequence[date], first: date, last: date
) -> list[tuple[int, Structure | None, Structure | None, int, int]]:
    """The transitions from `first` to `last`: index of the quarter (by `ends`), before, after, clients and times."""
    moves = columns.transitions(question.known_at)
    chosen = _selected_mask(columns, question)
    made_on = moves["made_on"]
    among = (made_on >= first.toordinal()) & (made_on <= last.toordinal())
    if chosen is not None:
        among &= chosen[moves["client"]]
    places = np.flatnonzero(among)
    quarter = _bounds_before(made_on[places], ends)
    before, after = moves["before"][places] + np.int64(1), moves["after"][places] + np.int64(1)
    key = (quarter * _SIDES + before) * _SIDES + after
    times = _tally(key, len(ends) * _SIDES * _SIDES)
    clients = _tally(_once_each(key, moves["client"][places]), len(times))
    rows = []
    for code in np.flatnonzero(times):
        rest, to = divmod(int(code), _SIDES)
        place, since = divmod(rest, _SIDES)
        rows.append((place, _structure(since - 1), _structure(to - 1), int(clients[code]), int(times[code])))
    return rows


def count_flows(columns: ColumnarView, question: ReportQuestion, days: Sequence[date]) -> Counter[tuple[int, int, int]]:
    """The number of clients by state before and after, for each pair of neighbouring days (ascending, by index).

    A state is 0 before the first engagement, 1 after one, and 2 or more for the structures in order. Clients in state 0
    on all days, or in state 1 on all days, are left out.
    """
    spans = columns.structures(question.known_at)
    chosen, bounds = _selected_mask(columns, question), [day.toordinal() for day in days]
    among = spans["starts_on"] <= bounds[-1]
    if chosen is not None:
        among &= chosen[spans["client"]]
    client, word, starts, ends = (spans[name][among] for name in ("client", "structure", "starts_on", "ends_on"))
    clients, number = np.unique(client, return_inverse=True)
    states: Array = np.zeros((len(days), len(clients)), np.int64)
    for place, day in enumerate(bounds):
        begun = starts <= day
        states[place, number[begun]] = 1
        engaged = begun & (ends > day)
        states[place, number[engaged]] = word[engaged] + np.int64(2)
    states = states[:, ~(states == 1).all(axis=0)]
    width = _COUNT + 2
    flows: Counter[tuple[int, int, int]] = Counter()
    for place in range(len(days) - 1):
        tallied = _tally(states[place] * width + states[place + 1], width * width)
        for code in np.flatnonzero(tallied):
            before, after = divmod(int(code), width)
            flows[place, before, after] = int(tallied[code])
    return flows


def engaged_clients(columns: ColumnarView, question: ReportQuestion, first: date, last: date) -> Callable[[UUID], bool]:
    """A predicate for the clients with a structure on some day from `first` to `last`."""
    spans = columns.structures(question.known_at)
    among = (spans["starts_on"] <= last.toordinal()) & (spans["ends_on"] > first.toordinal())
    engaged: Array = np.zeros(int(spans["client"].max(initial=-1)) + 1, np.bool_)
    engaged[spans["client"][among]] = True

    def is_engaged(client: UUID) -> bool:
        number = columns.number_of(client)
        return number is not None and number < len(engaged) and bool(engaged[number])

    return is_engaged


class ObservedEngagements(NamedTuple):
    """Observed engagements: number, client, days of observation, and whether the event happened."""

    stream: Array
    client: Array
    days: Array
    happened: Array

    def tally(self) -> tuple[int, Counter[tuple[int, bool]]]:
        """The number of clients, and the count of each pair of days and outcome."""
        counts = _tally(self.days * np.int64(2) + self.happened, 0)
        clients = int(np.count_nonzero(_tally(self.client, 0)))
        return clients, Counter(
            {(int(code) >> 1, bool(code & 1)): int(counts[code]) for code in np.flatnonzero(counts)}
        )

    def by_label(self, numbers: Array, labels: Labels) -> dict[str | None, ObservedEngagements]:
        """The engagements of each label; `numbers` index the labels. Empty labels are left out."""
        of = labels.codes[numbers]
        return {
            None if code < 0 else labels.names[int(code)]: ObservedEngagements(*(column[of == code] for column in self))
            for code in np.unique(of)
        }


def concatenated(many: Sequence[ObservedEngagements]) -> ObservedEngagements:
    """Concatenate several groups."""
    return ObservedEngagements(*(np.concatenate(columns) for columns in zip(*many, strict=True)))


def observed_engagements(
    columns: ColumnarView,
    question: ReportQuestion,
    *,
    starting: Sequence[Structure],
    awaited: Sequence[Structure],
    later: bool,
    first_arrangement: Structure | None,
) -> ObservedEngagements:
    """The engagements that reach one of the `starting` structures, and the days until an `awaited` one.

    With `later`, the awaited structure must begin after the first day of observation.
    """
    as_of = question.as_of.toordinal()
    spans = columns.structures(question.known_at)
    chosen = _selected_mask(columns, question)
    among = spans["starts_on"] <= as_of
    if chosen is not None:
        among &= chosen[spans["client"]]
    places = np.flatnonzero(among)
    stream, word, starts = (spans[name][places] for name in ("stream", "structure", "starts_on"))
    count = int(stream.max(initial=-1)) + 1
    arranged_on = _first(stream, starts, word != _code(Structure.NONE), count)
    start = _first(stream, starts, _is_one(word, starting), count)
    is_awaited = _is_one(word, awaited)
    if later:
        is_awaited &= starts > start[stream]
    happened_on = _first(stream, starts, is_awaited, count)
    ended_on = np.zeros(count, np.int32)
    np.maximum.at(ended_on, stream, spans["ends_on"][places])
    client = np.zeros(count, np.int32)
    client[stream] = spans["client"][places]
    subjects = start != ALWAYS
    if question.first is not None:
        subjects &= arranged_on >= question.first.start.toordinal()
    if question.last is not None:
        subjects &= arranged_on <= question.last.end.toordinal()
    if first_arrangement is not None:
        has_arrangement = np.zeros(count, np.bool_)
        has_arrangement[stream[(word == _code(first_arrangement)) & (starts == arranged_on[stream])]] = True
        subjects &= has_arrangement
    of = np.flatnonzero(subjects)
    happened = happened_on[of] != ALWAYS
    until = np.where(happened, happened_on[of], np.minimum(ended_on[of], as_of))
    return ObservedEngagements(of, client[of], until - start[of], happened)


def _first(stream: Array, starts: Array, among: Array, count: int) -> Array:
    """The first day of each stream's spans selected by `among`; `ALWAYS` without one."""
    days: Array = np.full(count, ALWAYS, np.int32)
    np.minimum.at(days, stream[among], starts[among])
    return days


def _is_one(word: Array, structures: Sequence[Structure]) -> Array:
    is_listed: Array = np.zeros(_COUNT, np.bool_)
    is_listed[[_code(structure) for structure in structures]] = True
    matches: Array = is_listed[word]
    return matches


def _tally(codes: Array, length: int) -> Array:
    tallied: Array = np.bincount(codes, minlength=length)
    return tallied


def _bounds_before(days: Array, bounds: Sequence[date]) -> Array:
    """The number of ascending bounds before each day, from a lookup table, which is faster than searching."""
    numbers = np.array([bound.toordinal() for bound in bounds], np.int64)
    first, last = numbers[0], numbers[-1] + 1
    counts = np.searchsorted(numbers, np.arange(first, last + 1))
    bounds_before: Array = counts[np.clip(days, first, last) - first]
    return bounds_before


def _once_each(codes: Array, clients: Array) -> Array:
    """Each code, repeated once per distinct client."""
    pairs = codes * np.int64(1 << 32) + clients
    pairs.sort()
    is_first = np.ones(len(pairs), np.bool_)
    is_first[1:] = pairs[1:] != pairs[:-1]
    distinct_codes: Array = pairs[is_first] >> 32
    return distinct_codes


def _code(structure: Structure) -> int:
    return _STRUCTURES.index(structure)


def _structure(code: int) -> Structure | None:
    return None if code < 0 else _STRUCTURES[code]
